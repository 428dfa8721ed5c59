from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import DIGITS

import inkdigit
from inkdigit.explain.counterfactuals import Counterfactual, counterfactuals
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition.glyph import Glyph, from_strokes

NOTHING = np.zeros((28, 28), np.uint8)


def found_for(
    reader: inkdigit.Reader, glyph: Glyph, value: int | None, likely: Sequence[int] = ()
) -> tuple[Counterfactual, ...]:
    return counterfactuals(reader.scores, reader.model.card.refuse_above, glyph, value, likely)


def glyph_of(digit: int) -> Glyph:
    return from_strokes(Strokes.of(DIGITS[digit]))


def changed(glyph: Glyph, change: Counterfactual) -> Glyph:
    ink = np.rint(glyph.pixels * 255).astype(np.int16) + change.added - change.removed
    assert 0 <= ink.min() <= ink.max() <= 255
    return Glyph(ink.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("digit", range(10))
def test_a_change_truly_makes_another_digit(reader: inkdigit.Reader, digit: int) -> None:
    glyph = glyph_of(digit)
    found = [one for one in found_for(reader, glyph, digit) if one.found]
    assert found, "each of our drawings is one short line or one touch of the eraser away from another digit"
    for change in found:
        read = reader.seen(changed(glyph, change))
        assert read.value == change.digit != digit
        assert read.confidence >= 0.5
        assert read.confidence == pytest.approx(change.chance, abs=1e-3)


@pytest.mark.parametrize("digit", range(10))
def test_a_change_is_smaller_than_half_of_the_digit(reader: inkdigit.Reader, digit: int) -> None:
    glyph = glyph_of(digit)
    for change in found_for(reader, glyph, digit):
        moved = int(change.added.sum(dtype=np.int64) + change.removed.sum(dtype=np.int64)) / 255
        assert moved <= 0.5 * float(glyph.pixels.sum())
        assert not (change.added & change.removed).any(), "no pixel is both"


def test_ink_is_only_taken_from_where_it_is(reader: inkdigit.Reader) -> None:
    glyph = glyph_of(8)
    for change in found_for(reader, glyph, 8):
        assert not change.removed[glyph.pixels == 0].any()
        assert not change.added[glyph.pixels == 1].any()


def test_what_it_could_be_is_answered_first(reader: inkdigit.Reader) -> None:
    assert found_for(reader, glyph_of(7), 7, likely=[6, 1])[0].digit == 6


def test_no_change_is_said_to_be_none(reader: inkdigit.Reader) -> None:
    grain = np.random.default_rng(0).random((28, 28)) > 0.5  # no four short lines make a digit of it
    (only,) = found_for(reader, Glyph(grain.astype(np.float32)), None)
    assert not only.found
    assert only.chance == 0
    assert only.places == {}
    assert not only.added.any() | only.removed.any()


@pytest.mark.parametrize(
    ("rows", "columns", "place"),
    [
        (slice(2, 5), slice(2, 5), "top-left"),
        (slice(2, 5), slice(12, 16), "top"),
        (slice(12, 16), slice(12, 16), "middle"),
        (slice(12, 16), slice(20, 24), "right"),
        (slice(22, 24), slice(12, 16), "bottom"),
        (slice(22, 24), slice(2, 4), "bottom-left"),
    ],
)
def test_the_place_of_a_change_has_a_name(rows: slice, columns: slice, place: str) -> None:
    mask = NOTHING.copy()
    mask[rows, columns] = 255
    assert Counterfactual(3, 0.9, mask, NOTHING).places == {"add": place}
    assert Counterfactual(3, 0.9, NOTHING, mask).places == {"remove": place}
