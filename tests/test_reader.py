from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ink import BAD_STROKES, BLANK_PICTURES, DIGITS, encoded, picture
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import inkdigit
from inkdigit import datasets
from inkdigit.errors import InkError, PictureError
from inkdigit.evaluation.corruptions import CORRUPTIONS, corrupt


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_is_read_from_strokes_and_from_a_picture(reader: inkdigit.Reader, digit: int) -> None:
    assert reader.ink(DIGITS[digit]).text == str(digit)
    assert reader.digit(picture(digit)).value == digit
    assert reader.page(255 - picture(digit)).numbers[0].text == str(digit)


@pytest.mark.parametrize("pixels", BLANK_PICTURES.values(), ids=BLANK_PICTURES)
def test_a_blank_picture_reads_as_none(reader: inkdigit.Reader, pixels: NDArray[np.uint8]) -> None:
    digit = reader.digit(pixels)
    assert digit.value is None
    assert digit.is_blank
    assert reader.page(pixels).numbers == ()


def test_blank_ink_reads_as_nothing(reader: inkdigit.Reader) -> None:
    assert reader.ink([]).text == ""
    assert reader.ink([[]]).digits[0].value is None


@pytest.mark.parametrize(("raw", "words"), BAD_STROKES.values(), ids=BAD_STROKES)
def test_bad_strokes_are_refused(reader: inkdigit.Reader, raw: object, words: str) -> None:
    with pytest.raises(InkError):
        reader.ink(raw)  # type: ignore[arg-type]


def test_a_scribble_is_not_a_digit(reader: inkdigit.Reader) -> None:
    random = np.random.default_rng(3)
    refused = [reader.ink([random.uniform(0, 100, (40, 2))]).text == "?" for _ in range(20)]
    assert sum(refused) >= 18


@given(scale=st.floats(0.02, 100), right=st.floats(-1e3, 1e3), digit=st.sampled_from(range(10)))
def test_place_and_size_do_not_change_the_answer(
    reader: inkdigit.Reader, scale: float, right: float, digit: int
) -> None:
    assert reader.ink([np.array(stroke) * scale + right for stroke in DIGITS[digit]]).text == str(digit)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("size", [40, 100, 280, 1200])
def test_a_picture_of_any_size_and_either_polarity_reads_the_same(
    reader: inkdigit.Reader, digit: int, size: int
) -> None:
    pixels = picture(digit, size, pen=max(2, size // 16))
    assert reader.digit(pixels).value == digit
    assert reader.digit(255 - pixels).value == digit


def test_many_are_read_in_the_same_order(reader: inkdigit.Reader) -> None:
    order = [3, 1, 4, 1, 5, 9, 2, 6] * 40
    answers = reader.digits(picture(digit) for digit in order)
    assert [answer.value for answer in answers] == order
    assert reader.digits([]) == []


def test_blanks_among_many_keep_their_place(reader: inkdigit.Reader) -> None:
    answers = reader.digits([picture(7), np.zeros((9, 9), np.uint8), picture(2)])
    assert [answer.value for answer in answers] == [7, None, 2]


def test_a_bad_picture_among_many_is_an_error(reader: inkdigit.Reader) -> None:
    with pytest.raises(PictureError, match="at place 300 of those given"):
        reader.digits([*[picture(7)] * 300, b"no picture"])


def test_the_box_and_the_glyph_are_those_of_the_mark(reader: inkdigit.Reader) -> None:
    digit = reader.digit(picture(1))
    assert digit.box is not None
    left, top, right, bottom = digit.box
    assert 100 < left < right < 180
    assert 50 < top < bottom < 230
    assert digit.glyph.max() > 0.9
    assert digit.probabilities.dtype == np.float32


def test_a_reader_is_safe_to_share_between_threads(reader: inkdigit.Reader) -> None:
    order = list(range(10)) * 20
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda digit: reader.ink(DIGITS[digit]).text, order))
    assert answers == [str(digit) for digit in order]


def test_the_front_door_reads(tmp_path: object) -> None:
    assert inkdigit.read(encoded(picture(5))).numbers[0].text == "5"


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_spoilt_digits_are_read(reader: inkdigit.Reader, name: str) -> None:
    """As little pictures, with every corruption of MNIST-C in twenty ways."""
    clean = np.stack([np.rint(reader.ink(DIGITS[digit]).digits[0].glyph * 255).astype(np.uint8) for digit in range(10)])
    answers = [[d.probabilities.argmax() for d in reader.digits(corrupt(clean, name, seed))] for seed in range(20)]
    assert (np.array(answers) == np.arange(10)).mean() > (0.75 if name == "zigzag" else 0.9)


def test_strangers_digits_of_scikit_learn_are_read(reader: inkdigit.Reader) -> None:
    """8x8 pixels of other people's digits, which no part of the training has seen."""
    digits = load_digits()
    images = (digits.images * 255 / 16).astype(np.uint8)
    answers = [answer.probabilities.argmax() for answer in reader.digits(images)]
    right = sum(int(answer == label) for answer, label in zip(answers, digits.target, strict=True))
    assert right / len(images) > 0.9


@pytest.mark.parametrize("name", datasets.PEN_DIGITS)
def test_writers_that_training_left_out_are_read(
    reader: inkdigit.Reader, data_settings: inkdigit.Settings, name: str
) -> None:
    marks = [mark for mark in datasets.pen(name, data_settings) if datasets.fold_of(mark.writer) == 0]
    best = [int(reader.ink(mark.strokes).digits[0].probabilities.argmax()) for mark in marks]
    right = sum(int(answer == int(mark.label)) for answer, mark in zip(best, marks, strict=True))
    assert right / len(marks) >= 0.98


def test_a_digit_far_out_on_a_very_wide_picture_is_read(reader: inkdigit.Reader) -> None:
    wide = np.full((60, 20_000), 255, np.uint8)
    wide[:, 15_000:15_060] = 255 - picture(4, 60, pen=5)
    digit = reader.digit(wide)
    assert digit.value == 4
    assert digit.box is not None
    assert 15_000 < digit.box[0] < digit.box[2] < 15_060
