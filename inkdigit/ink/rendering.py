"""Pen strokes -> a picture to look at, dark on white, with the pen's own width. What the network sees is glyph.py's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws
_MARGIN = 0.04  # of the longer side, on each side
_LEAST = 8  # pixels of the shorter side


def sketch(strokes: Sequence[dict[str, Any]], side: int) -> NDArray[np.uint8]:
    """The strokes as a picture.

    Args:
        strokes: checked ones, `[{"width": w, "points": [[x, y], ...]}, ...]`, at least one.
        side: of the picture, its longer one, in pixels.

    Returns:
        uint8 (height, width), ink = 0, paper = 255.
    """
    paths = [np.array([point[:2] for point in stroke["points"]], np.float64) for stroke in strokes]
    widths = [float(stroke["width"]) for stroke in strokes]
    low = np.min([path.min(axis=0) - width / 2 for path, width in zip(paths, widths, strict=True)], axis=0)
    high = np.max([path.max(axis=0) + width / 2 for path, width in zip(paths, widths, strict=True)], axis=0)
    margin = _MARGIN * side
    scale = (side - 2 * margin) / max(high - low)
    wide, high_ = (max(_LEAST, round(float(length) * scale + 2 * margin)) for length in high - low)
    corner = np.array([wide, high_]) / 2 - (high + low) / 2 * scale
    made = np.full((high_, wide), 255, np.uint8)
    for path, width in zip(paths, widths, strict=True):
        fixed = np.rint((path * scale + corner) * (1 << _SHIFT)).astype(np.int32)
        fixed = np.repeat(fixed, 2, axis=0) if len(fixed) == 1 else fixed
        cv2.polylines(made, [fixed], False, 0, max(1, round(width * scale)), cv2.LINE_AA, _SHIFT)
    return made


def smaller(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A picture with its longer side at most `side` pixels."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG file from uint8 (h, w), (h, w, 3) RGB or (h, w, 4) RGBA."""
    swapped = pixels if pixels.ndim == 2 else pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]]
    return cv2.imencode(".png", swapped)[1].tobytes()
