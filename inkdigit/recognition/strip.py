"""The ink of one text line -> Strip, 32 rows high: what the line network sees. The other normaliser, beside glyph.py.

Training and reading take the same steps: the line is laid level, its ink becomes 28 rows high, and paper is put around.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

VERSION = 1  # a line model says which version it was trained with; change it when the strip of any number changes
HIGH = 32
_INNER = 28  # rows of ink
_MARGIN = (HIGH - _INNER) // 2
FULL = 80  # of 255: ink, not its soft edge
_STEEPEST = 0.35  # rise of a line that is laid level; a steeper one is no line
_LONG = 1.2  # times as wide as high: a shorter line does not tell its slope
WIDEST = 640  # columns: about 24 digits


@dataclass(frozen=True, eq=False)
class Strip:
    """A number as the line network sees it.

    Attributes:
        pixels: uint8 (32, w), ink = 255, 5 <= w <= WIDEST.
        left: where the ink begins, in pixels of the picture that it was made from.
        scale: columns per pixel of that picture.
    """

    pixels: NDArray[np.uint8]
    left: float
    scale: float

    def place(self, column: float) -> float:
        """x in pixels of the picture that the strip was made from."""
        return self.left + (column - _MARGIN) / self.scale


def from_ink(ink: NDArray[np.uint8]) -> Strip | None:
    """uint8 (h, w), ink = 255 -> Strip; None when there is no ink, or the line is too long to be a number."""
    y, x = np.nonzero(ink > FULL)
    if not len(x):
        return None
    if np.ptp(x) > _LONG * np.ptp(y):
        slope = float(np.clip(np.polyfit(x, y, 1)[0], -_STEEPEST, _STEEPEST))
        ink = _level(ink, slope)
        y, x = np.nonzero(ink > FULL)
    top, bottom, left, right = y.min(), y.max() + 1, x.min(), x.max() + 1
    scale = _INNER / (bottom - top)
    wide = max(1, round((right - left) * scale))
    if wide + 2 * _MARGIN > WIDEST:
        return None
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(ink[top:bottom, left:right], (wide, _INNER), interpolation=how)
    return Strip(np.pad(small, _MARGIN).astype(np.uint8), float(left), wide / (right - left))


def _level(ink: NDArray[np.uint8], slope: float) -> NDArray[np.uint8]:
    """Each column moved up or down, so that the line no longer rises; columns stay where they are."""
    high, wide = ink.shape
    rise = int(np.ceil(abs(slope) * wide))
    moved = np.array([[1, 0, 0], [-slope, 1, rise if slope > 0 else 0]], np.float32)
    return np.asarray(cv2.warpAffine(ink, moved, (wide, high + rise), flags=cv2.INTER_LINEAR), np.uint8)
