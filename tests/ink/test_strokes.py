from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import BAD_STROKES, DIGITS, ODD_STROKES
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from inkdigit.errors import InkError
from inkdigit.ink.strokes import Strokes, draw
from inkdigit.settings import Settings


@pytest.mark.parametrize(("raw", "words"), BAD_STROKES.values(), ids=BAD_STROKES)
def test_a_bad_drawing_is_refused_in_plain_words(raw: Any, words: str) -> None:
    with pytest.raises(InkError) as caught:
        Strokes.of(raw)
    assert words in str(caught.value)
    assert str(caught.value).count(".") >= 2, "expected, got, and what to do"


@pytest.mark.parametrize("raw", ODD_STROKES.values(), ids=ODD_STROKES)
def test_an_odd_drawing_is_drawn(raw: Any) -> None:
    picture = draw(Strokes.of(raw), 160, 18)
    assert picture.max() == 255
    assert max(picture.shape) in range(17, 161)


def test_the_limit_of_points_holds_below_at_and_above() -> None:
    limits = Settings(max_points=10)
    assert len(Strokes.of([[[0, 0]] * 9], limits).paths[0]) == 9
    assert len(Strokes.of([[[0, 0]] * 10], limits).paths[0]) == 10
    with pytest.raises(InkError, match="at most 10 points"):
        Strokes.of([[[0, 0]] * 11], limits)
    with pytest.raises(InkError, match="at most 10 points"):
        Strokes.of([[[0, 0]] * 6, [[0, 0]] * 5], limits)


def test_the_limit_of_strokes_holds_below_at_and_above() -> None:
    limits = Settings(max_strokes=3)
    assert len(Strokes.of([[[0, 0]]] * 2, limits).paths) == 2
    assert len(Strokes.of([[[0, 0]]] * 3, limits).paths) == 3
    with pytest.raises(InkError, match="at most 3 strokes"):
        Strokes.of([[[0, 0]]] * 4, limits)


def test_nothing_is_blank_and_has_no_box() -> None:
    for raw in ([], [[]], np.zeros((0, 0, 2))):
        strokes = Strokes.of(raw)
        assert strokes.is_blank
        assert strokes.box is None


def test_a_blank_drawing_cannot_be_drawn() -> None:
    with pytest.raises(InkError, match="at least one point"):
        draw(Strokes.of([]), 160, 18)


def test_the_box_is_that_of_all_points() -> None:
    assert Strokes.of([[[3, 4]], [[-1, 9], [5, 0]]]).box == (-1, 0, 5, 9)


def test_arrays_and_lists_are_the_same_ink() -> None:
    as_lists = draw(Strokes.of(DIGITS[4]), 160, 18)
    as_arrays = draw(Strokes.of([np.array(stroke) for stroke in DIGITS[4]]), 160, 18)
    assert (as_lists == as_arrays).all()


def test_the_ink_just_fits_its_picture() -> None:
    picture = draw(Strokes.of(DIGITS[8]), 160, 18)
    assert max(picture.shape) == 160
    assert picture[0].any()
    assert picture[-1].any()
    assert picture[:, 0].any()
    assert picture[:, -1].any()


@pytest.mark.parametrize("pen", [17, 18])
@pytest.mark.parametrize(
    "raw",
    [[[[0, 0], [100, 0]]], [[[0, 0], [0, 100]]], [[[0, 50], [100, 50]], [[50, 0], [50, 100]]], [[[5, 5]]]],
    ids=["level", "upright", "a cross", "a dot"],
)
def test_the_ink_lies_in_the_middle_of_its_picture(raw: Any, pen: int) -> None:
    """Its centre of mass, to a quarter of a pixel."""
    picture = draw(Strokes.of(raw), 160, pen).astype(float)
    for axis, side in enumerate(picture.shape):
        weight = picture.sum(axis=1 - axis)
        assert (weight * np.arange(side)).sum() / weight.sum() == pytest.approx((side - 1) / 2, abs=0.25)


@given(
    scale=st.floats(1e-3, 1e3), right=st.floats(-1e3, 1e3), down=st.floats(-1e3, 1e3), digit=st.sampled_from(range(10))
)
@trials(deadline=None)  # a busy machine is no fault
def test_size_and_place_do_not_change_the_drawing(scale: float, right: float, down: float, digit: int) -> None:
    plain = draw(Strokes.of(DIGITS[digit]), 160, 18).astype(int)
    moved = [np.array(stroke) * scale + (right * scale, down * scale) for stroke in DIGITS[digit]]
    other = draw(Strokes.of(moved), 160, 18).astype(int)
    assert abs(np.subtract(plain.shape, other.shape)).max() <= 1
    if plain.shape == other.shape:
        assert abs(plain - other).mean() < 2


def test_some_of_the_strokes_have_the_boxes_that_they_have_alone() -> None:
    whole = Strokes.of([[[0, 0], [10, 5]], [[7, 7]], [[-3, 2], [4, 90], [1, 1]]])
    for places in ([0, 2], [2, 1], [1], []):
        part, alone = whole.some(places), Strokes(tuple(whole.paths[at] for at in places))
        assert np.array_equal(part.boxes, alone.boxes)
        assert part.box == alone.box
        assert [*map(id, part.paths)] == [*map(id, alone.paths)]
