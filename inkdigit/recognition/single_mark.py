"""One mark of a Row -> its glyph, and where it stands: without the wall of the cell that stands beside it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import segment
from inkdigit.ink.strokes import Box
from inkdigit.recognition import glyph, row
from inkdigit.recognition.row import Place

_FULL = 0.5  # of the strongest ink: ink, not its soft edge
_NEAR = 4  # columns from the middle of a mark: how dark its ink is, is seen there
_STRONGEST = 97  # of a hundred pixels: the others are as dark as ink gets
_FAINTEST = 0.2  # usual contrasts: nothing fainter is full ink
_LEAST = 4  # rows: what is flatter is no digit
_BAND = slice((row.HIGH - row.DIGIT) // 2, (row.HIGH + row.DIGIT) // 2)  # the rows of a digit


def cut(
    pixels: NDArray[np.float32], bright: bool, left: float, middle: float, right: float, where: Place
) -> tuple[NDArray[np.float32], Box]:
    """A mark of a Row: its glyph, float32 (28, 28), blank where it has no ink, and its box on the picture.

    Args:
        pixels: float32 (32, w), as `row.prepared`.
        bright: whether its ink is brighter than its paper.
        left: column at which it begins,
        middle: of its middle,
        right: and at which it ends.
    """
    first, last = max(0, int(left)), min(pixels.shape[1], max(int(left) + 2, round(right)))
    part = _ink(pixels, bright, middle)[:, first:last]
    part = _without_walls(part, middle - first)
    x, y, wide, high = cv2.boundingRect((part[_BAND] > 255 * _FULL).astype(np.uint8))
    if not wide or high < _LEAST:
        return glyph.blank().pixels, where.on_picture(
            (float(first), float(_BAND.start), float(last), float(_BAND.stop))
        )
    y += _BAND.start
    shown = np.ascontiguousarray(part[y : y + high, x : x + wide])
    sides = (first + x, y, first + x + wide, y + high)
    box = where.on_picture((float(sides[0]), float(sides[1]), float(sides[2]), float(sides[3])))
    return glyph.from_mark(segment.Mark(shown, sides)).pixels, box


def _ink(pixels: NDArray[np.float32], bright: bool, middle: float) -> NDArray[np.uint8]:
    """uint8 (32, w), ink = 255: as dark as the ink of the row or, beside a darker wall, of the mark."""
    near = slice(max(0, round(middle) - _NEAR), max(1, round(middle) + _NEAR + 1))
    own = np.maximum(pixels[_BAND, near] if bright else -pixels[_BAND, near], 0)
    return row.ink(pixels, bright, max(_FAINTEST, float(np.percentile(own, _STRONGEST))))


def _without_walls(ink: NDArray[np.uint8], middle: float) -> NDArray[np.uint8]:
    """The ink without what goes through from above to below beside the middle of the mark."""
    mask = (ink > 255 * _FULL).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = ink
    for one in range(1, count):
        x, y, wide, high, _ = stats[one]
        through = y <= 1 and y + high >= row.HIGH - 1
        if through and not x - 1 <= middle <= x + wide + 1:
            kept = np.where(cv2.dilate((pieces == one).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 0, kept)
    return np.asarray(kept, np.uint8)
