"""The picture that the speed benchmarks read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def seven(size: int = 280) -> NDArray[np.uint8]:
    """uint8 (size, size): a 7 in white on black with a line of 18 pixels at 280, as a canvas shows it."""
    page = np.zeros((size, size), np.uint8)
    points = np.array([[92, 75], [190, 72], [170, 120], [146, 165], [132, 210]]) * size // 280
    cv2.polylines(page, [points.astype(np.int32)], False, 255, 18 * size // 280, cv2.LINE_AA)
    return page


def seven_strokes() -> list[list[list[float]]]:
    """The same 7 as pen strokes of 60 points."""
    corners = np.array([[92, 75], [190, 72], [170, 120], [146, 165], [132, 210]], float)
    along = np.linspace(0, 4, 60)
    x, y = (np.interp(along, range(5), corners[:, axis]) for axis in (0, 1))
    return [np.stack([x, y], axis=1).tolist()]
