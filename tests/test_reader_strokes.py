"""What the reader makes of the pen's path: letters as a whole, both networks together, and what corrections taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import ODD_HAND, number, ring, wobbled
from numpy.typing import NDArray

import inkdigit
from inkdigit.errors import ModelError
from inkdigit.models import catalogue
from inkdigit.recognition import profile
from inkdigit.recognition.networks import Networks

LETTERS = {
    "X": [[[10, 0], [70, 100]], [[72, 2], [8, 98]]],
    "K": [[[10, 0], [8, 100]], [[62, 0], [10, 56]], [[20, 48], [68, 100]]],
    "F": [[[12, 0], [10, 100]], [[12, 2], [70, 0]], [[12, 48], [56, 46]]],
}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_refused_as_a_whole_and_not_parted_into_digits(reader: inkdigit.Reader, letter: str) -> None:
    for seed in range(6):
        strokes = wobbled(LETTERS[letter], seed)
        found = reader.ink(strokes)
        assert [digit.value for digit in found.digits] == [None], found.text
        assert reader.ink(strokes, single=True).digits[0].value is None


@pytest.mark.parametrize("text", ["11", "17", "71", "10", "41", "114"])
@pytest.mark.parametrize("gap", [12, 30])
def test_a_narrow_number_is_no_letter(reader: inkdigit.Reader, text: str, gap: float) -> None:
    assert reader.ink(number(text, gap=gap)).text == text


def test_strokes_are_read_by_their_path_too_beside_the_network_that_ships(reader: inkdigit.Reader) -> None:
    assert reader.strokes is not None
    five = np.array(number("5")[0])
    strokes = [five, five[:1] + np.array([[0, 0], [40, -4]])]
    both = reader.ink(strokes, single=True).digits[0]
    plain = reader.personal(None)
    plain.networks = replace(plain.networks, strokes=None)
    alone = plain.ink(strokes, single=True).digits[0]
    assert both.value == alone.value == 5
    assert not np.array_equal(both.probabilities, alone.probabilities)
    other = reader.ink([strokes[1][::-1], strokes[0][::-1]], single=True).digits[0]
    assert np.allclose(other.glyph, both.glyph, atol=0.02), "it is the same ink"
    assert not np.array_equal(other.probabilities, both.probabilities), "order and direction are seen"


def test_beside_another_network_strokes_are_read_when_it_is_said(tmp_path: Path) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(catalogue.shipped().read_bytes())
    assert inkdigit.Reader(model=own).strokes is None
    strokes = catalogue.WEIGHTS / f"western{catalogue.STROKES}.onnx"
    given = inkdigit.Reader(model=own, strokes=strokes)
    assert given.strokes is not None
    found, shipped = (one.ink(number("27"), single=False) for one in (given, inkdigit.Reader()))
    assert (found.text, found.confidence) == (shipped.text, shipped.confidence)
    with pytest.raises(ModelError, match="a model of strokes"):
        inkdigit.Reader(strokes=own)


def test_what_a_correction_taught_is_read_whatever_the_path_says(reader: inkdigit.Reader) -> None:
    for odd, strokes in ODD_HAND.items():
        drawings = [wobbled(strokes, seed) for seed in range(6)]
        read = [reader.ink(drawn, single=True).digits[0] for drawn in drawings]
        glyphs = np.stack([np.rint(digit.glyph * 255).astype(np.uint8) for digit in read])
        taught = reader.personal(profile.learn(reader.model, glyphs, np.full(len(glyphs), odd, np.int64)))
        assert [taught.ink(drawn, single=True).digits[0].value for drawn in drawings] == [odd] * len(drawings)
        far = wobbled(LETTERS["F"], 1)
        assert taught.ink(far, single=True).digits[0].confidence == reader.ink(far, single=True).digits[0].confidence


def dense(kind: str, seed: int) -> list[Any]:
    """Drawings within the limits that nobody can read, and that once took minutes."""
    random = np.random.default_rng(seed)
    return {
        "crossing": lambda: [random.uniform(0, 300, (2, 2)) for _ in range(300)],
        "dots": lambda: [random.uniform(0, 900, (1, 2)) for _ in range(500)],
        "filled": lambda: [random.uniform(0, 300, (1000, 2)) for _ in range(8)],
        "apart": lambda: [[[40 * n, 0], [40 * n + 3, 100]] for n in range(200)],
        "in rows": lambda: [
            [[40 * (n % 20), 150 * (n // 20)], [40 * (n % 20), 150 * (n // 20) + 99]] for n in range(300)
        ],
    }[kind]()


@pytest.mark.parametrize("kind", ["crossing", "dots", "filled", "apart", "in rows"])
def test_a_dense_drawing_is_one_mark_and_little_is_asked_about_it(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asked = 0
    chances = Networks.chances

    def counted(self: Networks, marks: Sequence[Any]) -> NDArray[np.float32]:
        nonlocal asked
        asked += len(marks)
        return chances(self, marks)

    monkeypatch.setattr(Networks, "chances", counted)
    for seed in range(3):
        found = reader.ink(dense(kind, seed))
        assert [digit.value for digit in found.digits] == [None]
        assert asked <= 20 * (seed + 1)
    if kind in ("apart", "in rows"):
        assert found.verdict.kind == "dense"
        assert found.words == "too many strokes to read"


def test_forty_digits_are_not_too_many(reader: inkdigit.Reader) -> None:
    text = "1234567890" * 4
    assert reader.ink(number(text, gap=25)).text == text


@pytest.mark.parametrize(
    "sign",
    [
        [[[0, 0], [80, 2]], [[1, 60], [82, 58]]],
        [[[40, 0], [42, 8], [36, 4]], [[40, 90], [43, 97], [37, 95]]],
        [[[40, 0], [41, 14]], [[40, 90], [41, 104]]],
        [ring(20, 10, 8, 10), ring(22, 90, 8, 9)],
    ],
)
def test_strokes_above_each_other_that_are_a_sign_are_no_digits(reader: inkdigit.Reader, sign: list[Any]) -> None:
    assert reader.ink(sign).text == "?"
    above = [*number("7"), *([[x, y + 160] for x, y in stroke] for stroke in number("3"))]
    assert reader.ink(above).text == "73"
