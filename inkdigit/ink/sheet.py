"""A grey picture -> the outline of the sheet of paper that lies on something darker, where there is one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 240  # pixels of the longer side that is looked at
_LEAST = 16.0  # pixels of the shorter one
_CLOSED = 9  # pixels: ink and rules on the sheet are no holes in it
_SHINE = 0.75  # times as bright as what is bright, at most, is a shine on the table
_PARTS = (0.12, 0.93)  # of the picture that a sheet covers
_SOLID = 0.86  # of its hull: a sheet has no bays
_DARKER = 0.6  # times as bright as the sheet, at most, is what it lies on: a shadow is brighter
_AROUND = 0.6  # of the edge of the picture is what it lies on
_MARGIN = 1.02  # times as large as what is bright: the edge of the sheet is soft


def outline(grey: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """uint8 (h, w) -> float32 (k, 2), the corners of the sheet's hull in pixels of the picture; None without a sheet.

    A picture that shows nothing but paper has none, nor has one with a shadow across it, nor a board.
    """
    scale = min(1.0, _SIDE / max(grey.shape))
    if min(grey.shape) * scale < _LEAST:
        return None
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_CLOSED, _CLOSED))), (5, 5), 0)
    split, bright = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    split = max(split, _SHINE * float(np.median(small[bright > 0])) if bright.any() else 0.0)
    bright = (small > split).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    part = stats[largest, cv2.CC_STAT_AREA] / bright.size
    contours, _ = cv2.findContours((labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(np.concatenate(contours))
    inside = cv2.fillConvexPoly(np.zeros(bright.shape, np.uint8), hull, 1).astype(bool)
    edge = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    if not _PARTS[0] < part < _PARTS[1] or part * bright.size < _SOLID * inside.sum() or inside.all():
        return None
    if (~edge).mean() < _AROUND or np.median(small[~inside]) > _DARKER * np.median(small[inside]):
        return None
    corners = (hull[:, 0].astype(np.float32) + 0.5) / scale
    middle = corners.mean(axis=0)
    return np.asarray(middle + _MARGIN * (corners - middle), np.float32)


def is_on(outlined: NDArray[np.float32], place: tuple[float, float]) -> bool:
    """Whether a place (x, y) lies on the sheet."""
    return cv2.pointPolygonTest(outlined.reshape(-1, 1, 2), place, False) >= 0
