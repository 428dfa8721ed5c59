from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkdigit.recognition import strip


def bars(slope: float = 0.0) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Four upright bars, 40 high and 10 wide, 50 apart, on a line that may rise or fall."""
    ink = np.zeros((200, 260), np.uint8)
    for number in range(4):
        x = 30 + 50 * number
        y = round(80 + slope * x)
        ink[y : y + 40, x : x + 10] = 255
    return ink


def test_the_ink_fills_the_rows() -> None:
    made = strip.from_ink(bars())
    assert made is not None
    assert made.pixels.shape[0] == strip.HIGH
    rows = np.nonzero(made.pixels.max(axis=1) > 128)[0]
    assert (rows[0], rows[-1]) == (2, 29)


@pytest.mark.parametrize("slope", [-0.2, 0.15, 0.3])
def test_a_rising_line_is_laid_level(slope: float) -> None:
    level, risen = strip.from_ink(bars()), strip.from_ink(bars(slope))
    assert level is not None
    assert risen is not None
    assert abs(level.pixels.shape[1] - risen.pixels.shape[1]) <= 8
    inked = [column for column in (risen.pixels > 128).T if column.any()]
    bottoms = [int(np.nonzero(column)[0].max()) for column in inked]
    assert max(bottoms) - min(bottoms) <= 5


def test_columns_know_their_place() -> None:
    made = strip.from_ink(bars())
    assert made is not None
    first = int(np.nonzero(made.pixels.max(axis=0) > 128)[0][0])
    assert made.place(first) == pytest.approx(30, abs=1.5)
    assert made.place(made.pixels.shape[1] - 2) == pytest.approx(190, abs=2)


def test_no_ink_and_endless_lines_make_none() -> None:
    assert strip.from_ink(np.zeros((30, 30), np.uint8)) is None
    assert strip.from_ink(np.full((10, 500), 255, np.uint8)) is None


def test_size_does_not_matter() -> None:
    small, large = strip.from_ink(bars()), strip.from_ink(cv2.resize(bars(), None, fx=3, fy=3))
    assert small is not None
    assert large is not None
    assert abs(small.pixels.shape[1] - large.pixels.shape[1]) <= 2
