"""Crops: the same digit as programs cut it out, with more or less paper, a neighbour, a frame, or stretched."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError
from inkdigit.ink import picture, segment

Grey = NDArray[np.uint8]  # (height, width)


def crop(scan: Grey, how: str, neighbour: Grey) -> Grey:
    """A scanned digit, dark on light -> the same digit cropped in one of the ways of CROPS.

    Args:
        neighbour: another scanned digit, whose ink is at the edge where the way wants one.

    Raises:
        DataError: no such way.
    """
    if how not in CROPS:
        raise DataError("a crop: " + ", ".join(CROPS), repr(how), "Name one of these")
    return CROPS[how](scan, neighbour)


def _with_margin(scan: Grey, part: float) -> Grey:
    """The ink with paper around it, so much of its longer side; where the scan ends, blank paper goes on."""
    mark = segment.one_mark(picture.load(scan))
    if mark is None:
        return scan
    left, top, right, bottom = (round(side) for side in mark.box)
    margin = round(part * max(right - left, bottom - top))
    paper = int(np.median(scan))
    wide = cv2.copyMakeBorder(scan, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=paper)
    return np.ascontiguousarray(wide[top : bottom + 2 * margin, left : right + 2 * margin], np.uint8)


def _with_neighbour(scan: Grey, neighbour: Grey) -> Grey:
    """A seventh of another digit at the right edge, which the crop cuts off."""
    ours, theirs = _with_margin(scan, 0.2), _with_margin(neighbour, 0)
    height, width = ours.shape
    part = max(2, round(0.14 * theirs.shape[1]))
    theirs = np.asarray(cv2.resize(theirs[:, :part], (max(2, width // 12), round(0.7 * height))), np.uint8)
    top = (height - len(theirs)) // 2
    made = ours.copy()
    window = made[top : top + len(theirs), width - theirs.shape[1] :]
    np.minimum(window, theirs, out=window)
    return made


def _framed(scan: Grey, _neighbour: Grey) -> Grey:
    """A printed frame, a pixel or two wide, at the very edge."""
    made = _with_margin(scan, 0.2)
    cv2.rectangle(made, (0, 0), (made.shape[1] - 1, made.shape[0] - 1), int(np.quantile(made, 0.02)), 2)
    return made


def _stretched(scan: Grey, wide: float, high: float) -> Grey:
    made = _with_margin(scan, 0.2)
    size = (max(1, round(made.shape[1] * wide)), max(1, round(made.shape[0] * high)))
    return np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_AREA), np.uint8)


CROPS: dict[str, Callable[[Grey, Grey], Grey]] = {
    "margin-0": lambda scan, _: _with_margin(scan, 0),
    "margin-10": lambda scan, _: _with_margin(scan, 0.1),
    "margin-20": lambda scan, _: _with_margin(scan, 0.2),
    "margin-40": lambda scan, _: _with_margin(scan, 0.4),
    "neighbour": _with_neighbour,
    "frame": _framed,
    "wide": lambda scan, _: _stretched(scan, 1.5, 1),
    "high": lambda scan, _: _stretched(scan, 1, 1.5),
}
