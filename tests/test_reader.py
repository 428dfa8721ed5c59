from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import BAD_STROKES, BLANK_PICTURES, DIGITS, encoded, number, picture, signed, written
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_sample_images

import inkdigit
from inkdigit.data import datasets
from inkdigit.errors import InkError, PictureError
from inkdigit.evaluation.corruptions import CORRUPTIONS, corrupt
from inkdigit.recognition.networks import Networks


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
@settings(deadline=None)  # a busy machine is no fault
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
    assert (np.array(answers) == np.arange(10)).mean() > {"zigzag": 0.75, "canny_edges": 0.85}.get(name, 0.9)


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
    marks = [mark for mark in datasets.pen(name, data_settings) if datasets.fold_of(mark.writer) == 0][::2]
    best = [int(reader.ink(mark.strokes, single=True).digits[0].probabilities.argmax()) for mark in marks]
    right = sum(int(answer == int(mark.label)) for answer, mark in zip(best, marks, strict=True))
    assert right / len(marks) >= 0.98


def test_a_digit_far_out_on_a_very_wide_picture_is_read(reader: inkdigit.Reader) -> None:
    wide = np.full((60, 20_000), 255, np.uint8)
    wide[:, 15_000:15_060] = 255 - picture(4, 60, pen=5)
    digit = reader.digit(wide)
    assert digit.value == 4
    assert digit.box is not None
    assert 15_000 < digit.box[0] < digit.box[2] < 15_060


@pytest.mark.parametrize(("wide", "high"), [(48, 30), (30, 48), (90, 60), (60, 90), (400, 300), (300, 400)])
@pytest.mark.parametrize("single", [False, True])
def test_a_page_knows_its_width_and_its_height(reader: inkdigit.Reader, wide: int, high: int, single: bool) -> None:
    page = np.full((high, wide), 255, np.uint8)
    page[5:25, 12:28] = 255 - picture(4, 28, pen=2)[4:24, 6:22]
    for pixels in (page, np.full_like(page, 255)):
        found = reader.page(pixels, single=single)
        assert found.size == (wide, high)
        assert found.to_json()["size"] == [wide, high]


@pytest.mark.parametrize(
    ("none", "alone", "in_number"), [(0.74, "1", "11"), (0.76, "?", "11"), (0.992, "?", "11"), (0.994, "?", "??")]
)
def test_in_a_number_a_mark_is_refused_only_when_it_is_surely_none(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch, none: float, alone: str, in_number: str
) -> None:
    """Alone above 0.745, the threshold of the network; among others above 0.9933."""

    def chances(networks: Networks, marks: Sequence[object]) -> NDArray[np.float32]:
        rows = np.zeros((len(marks), 11), np.float32)
        rows[:, 1], rows[:, 10] = 1 - none, none
        return rows

    monkeypatch.setattr(Networks, "chances", chances)
    alone_networks = replace(reader.networks, strokes=None, signs=None)  # strokes have their own threshold
    monkeypatch.setattr(reader, "networks", alone_networks)
    monkeypatch.setattr(reader.model, "card", replace(reader.model.card, refuse_above=0.745))
    stroke, next_, bar = [[0, 0], [0, 100]], [[90, 0], [90, 100]], [[-2, 50], [3, 50]]
    assert reader.ink([stroke]).text == alone
    assert reader.ink([stroke, bar]).text == alone, "two strokes of one digit"
    assert reader.ink([stroke, next_]).text == in_number


@pytest.mark.parametrize("degrees", [-3.0, 3.0])
def test_numbers_on_an_askew_page_come_in_reading_order(reader: inkdigit.Reader, degrees: float) -> None:
    page = np.hstack([written("40", "35", wide=500), written("26", "71", wide=500), written("90", "14", wide=500)])
    page = np.pad(cv2.resize(page, None, fx=0.8, fy=0.5, interpolation=cv2.INTER_AREA), 60, constant_values=245)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), degrees, 1)
    askew = cv2.warpAffine(page, turn, page.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    assert [one.text for one in reader.page(askew).numbers] == ["40", "26", "90", "35", "71", "14"]


NUMBERS = ["4071", "268", "35", "90", "14", "5517", "8800462", "1999"]


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("late", [False, True], ids=["in order", "second strokes late"])
def test_a_number_is_read_from_strokes(reader: inkdigit.Reader, text: str, late: bool) -> None:
    found = reader.ink(number(text, late=late))
    assert found.text == text
    assert len({digit.box for digit in found.digits}) == len(text)
    assert 0 < found.confidence <= 1


def test_digits_that_overlap_are_told_apart(reader: inkdigit.Reader) -> None:
    assert reader.ink(number("4752", gap=-8)).text == "4752"


def test_points_minus_signs_and_gaps_are_no_digits(reader: inkdigit.Reader) -> None:
    strokes = number("407")
    right = max(x for stroke in strokes for x, _ in stroke)
    more = [[[x + right + 130, y] for x, y in stroke] for stroke in number("25")]
    minus, point = [[-60, 52], [-20, 50]], [[right + 30, 96], [right + 31, 98]]
    found = reader.ink([minus, *strokes, point, *more])
    assert found.text == "40725"
    assert [(one.kind, one.place) for one in found.separators] == [("-", 0), (".", 3)]
    spaced = reader.ink([*strokes, *more])
    assert [(one.kind, one.place) for one in spaced.separators] == [(" ", 3)]


def test_all_strokes_may_be_taken_for_one_digit(reader: inkdigit.Reader) -> None:
    assert len(reader.ink(number("40"), single=True).digits) == 1


def test_two_rows_of_strokes_are_read_from_top_to_bottom(reader: inkdigit.Reader) -> None:
    lower = [[[x, y + 170] for x, y in stroke] for stroke in number("26")]
    assert reader.ink([*lower, *number("31")]).text == "3126"


def test_numbers_on_a_page_come_in_reading_order_with_their_boxes(reader: inkdigit.Reader) -> None:
    page = reader.page(written("4071", "268", "35"))
    assert [one.text for one in page.numbers] == ["4071", "268", "35"]
    for row, one in enumerate(page.numbers):
        assert one.box is not None
        assert one.box[0] == pytest.approx(60, abs=12)
        assert one.box[1] == pytest.approx(65 + 200 * row, abs=14)
        boxes = [digit.box for digit in one.digits]
        assert boxes == sorted(boxes)  # type: ignore[type-var]


@given(
    right=st.integers(0, 120),
    down=st.integers(0, 80),
    scale=st.floats(0.4, 1.6),
    dark=st.booleans(),
    frame=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_shift_scale_polarity_and_a_frame_do_not_change_a_number(
    reader: inkdigit.Reader, right: int, down: int, scale: float, dark: bool, frame: bool
) -> None:
    page = np.pad(written("4071"), ((down, 80), (right, 120)), constant_values=245)
    if frame:
        cv2.rectangle(page, (8, 8), (page.shape[1] - 9, page.shape[0] - 9), 60, 2)
    page = cv2.resize(255 - page if dark else page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert [one.text for one in reader.page(page).numbers] == ["4071"]


def test_what_is_no_number_is_left_out(reader: inkdigit.Reader) -> None:
    random = np.random.default_rng(0)
    ruled = np.full((800, 600), 240, np.uint8)
    ruled[40::40] = 120
    text = np.full((500, 900), 250, np.uint8)
    for row, line in enumerate(("Numbers stand on other pages,", "and what is written here", "means what words mean")):
        cv2.putText(text, line, (30, 100 + 120 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 20, 4, cv2.LINE_AA)
    specks = np.where(random.random((1000, 1000)) < 0.01, 0, 255).astype(np.uint8)
    grain = random.normal(128, 40, (700, 700)).clip(0, 255).astype(np.uint8)
    for page in (ruled, text, specks, grain, *load_sample_images().images):
        assert reader.page(page).numbers == ()


def test_a_large_scan_is_read_and_a_larger_one_refused(reader: inkdigit.Reader) -> None:
    page = np.full((7016, 4960), 250, np.uint8)
    page[1000:1520, 800:2600] = cv2.resize(written("4071")[:260, :900], (1800, 520))
    assert [one.text for one in reader.page(page).numbers] == ["4071"]
    with pytest.raises(PictureError, match="at most 80,000,000 pixels"):
        reader.page(np.broadcast_to(np.uint8(255), (20_000, 10_000)))


def page_of(text: str) -> NDArray[np.uint8]:
    """A number with signs, drawn on grey paper."""
    strokes = signed(text, gap=30)
    wide = max(x for stroke in strokes for x, _ in stroke)
    page = np.full((280, round(wide * 1.4) + 120), 245, np.uint8)
    for stroke in strokes:
        points = np.rint((np.array(stroke) * 1.4 + [60, 60]) * 16).astype(np.int32)
        cv2.polylines(page, [points], False, 40, 9, cv2.LINE_AA, 4)
    return page


@pytest.mark.parametrize("text", ["-42", "24.12.2025", "1,234.56", "12,50", "3.14"])
def test_a_number_on_a_page_is_read_as_it_was_written(reader: inkdigit.Reader, text: str) -> None:
    [found] = reader.page(page_of(text)).numbers
    assert found.written == text
    assert found.text == "".join(mark for mark in text if mark.isdigit())


def test_a_dash_between_two_numbers_of_a_page_parts_them(reader: inkdigit.Reader) -> None:
    found = reader.page(page_of("555-0147")).numbers
    assert [part.text for one in found for part in one.parts] == ["555", "0147"]


def test_more_than_anybody_reads_is_said_to_be_too_dense(reader: inkdigit.Reader) -> None:
    page = np.full((2400, 2000), 250, np.uint8)
    digit = cv2.resize(255 - picture(4, 100, pen=14), (24, 24), interpolation=cv2.INTER_AREA)
    for y in range(0, 2400, 30):
        for x in range(0, 1980, 30):
            page[y : y + 24, x : x + 24] = digit
    found = reader.page(page)
    assert found.is_dense
    assert found.numbers == ()
    assert found.to_json()["dense"]


@pytest.mark.parametrize("shape", [(1, 8_000_000), (8_000_000, 1), (3, 100_000)])
def test_pictures_of_any_shape_are_read_as_nothing(reader: inkdigit.Reader, shape: tuple[int, int]) -> None:
    assert reader.page(np.full(shape, 250, np.uint8)).numbers == ()


def test_a_number_that_the_edge_cuts_is_less_sure(reader: inkdigit.Reader) -> None:
    page = written("4071")
    [whole] = reader.page(page).numbers
    assert whole.box is not None
    rest = reader.page(page[:, : round(whole.box[2]) - 12]).numbers
    assert all(one.confidence < 0.9 for one in rest)
