"""A mark of a row, drawn by hand -> its glyph and its box, whatever stands beside it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import row, single_mark
from inkdigit.recognition.row import Place

WHERE = Place((100.0, 50.0), 60.0, 20.0, 0.0)  # one pixel of the picture is one of the row


def shown(digit: int, wall: int | None = None, bright: bool = False, wall_at: int = 34) -> NDArray[np.float32]:
    """A faint stroke in columns 44 to 48, and perhaps a wall from above to below that is darker."""
    grey = np.full((row.HIGH, WHERE.columns), 30 if bright else 220, np.uint8)
    if wall is not None:
        grey[:, wall_at : wall_at + 4] = wall
    cv2.rectangle(grey, (44, 6), (48, 25), digit, -1)
    return row.prepared(grey)


def columns_of(pixels: NDArray[np.float32], bright: bool = False) -> tuple[float, float]:
    """Where the mark stands, in columns of the row."""
    _, box = single_mark.cut(pixels, bright, 32, 46.5, 60, WHERE)
    first = WHERE.warp()[0, 2]
    return box[0] - first, box[2] - first


@pytest.mark.parametrize("digit", [60, 120, 170])
def test_a_faint_mark_beside_a_black_wall_is_cut_without_it(digit: int) -> None:
    assert columns_of(shown(digit, wall=0)) == pytest.approx((44, 49), abs=1)
    glyph, _ = single_mark.cut(shown(digit, wall=0), False, 32, 46.5, 60, WHERE)
    assert glyph == pytest.approx(single_mark.cut(shown(digit), False, 32, 46.5, 60, WHERE)[0], abs=0.35)
    assert glyph.max() > 0.8


def test_so_is_a_bright_one_on_a_board() -> None:
    assert columns_of(shown(140, wall=255, bright=True), bright=True) == pytest.approx((44, 49), abs=1)


def test_a_stroke_from_above_to_below_in_the_middle_is_the_mark() -> None:
    pixels = shown(60, wall=60, wall_at=45)
    assert columns_of(pixels) == pytest.approx((44, 49), abs=1)


def test_where_nothing_is_written_the_box_is_all_of_the_place() -> None:
    empty = row.prepared(np.full((row.HIGH, WHERE.columns), 220, np.uint8))
    glyph, box = single_mark.cut(empty, False, 32, 46.5, 60, WHERE)
    assert glyph.max() == 0
    assert box[3] - box[1] == pytest.approx(20)
    assert box[2] - box[0] == pytest.approx(28)
