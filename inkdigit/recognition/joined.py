"""Cores -> the rows that are read as one: what stands close together in a line of writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import layout
from inkdigit.recognition.layout import Core
from inkdigit.recognition.row import Place

_AROUND = 0.4  # heights of a digit: what is written is so much longer than its core
_NEAR = 0.35  # heights from the end of a core to the next: closer ones may be one number
_OVER = 0.5  # heights by which the next may begin before the end of a core
_LEVEL = 0.4  # heights: a core that lies so much higher or lower is of another row
_SIZES = 1.6  # times: higher or lower digits are of another row
_ASLANT = np.radians(8)  # a long core that lies otherwise is of another row
_LONGEST = 24.0  # heights of a row; a longer one costs more than it tells


def rows(cores: Sequence[Core], askew: float) -> list[list[int]]:
    """The places of the cores of each row, from its beginning, on a page that is askew by that angle in radians."""
    turn = np.array([[np.cos(askew), np.sin(askew)], [-np.sin(askew), np.cos(askew)]])
    spans = np.array([_span(core.corners @ turn.T) for core in cores]).reshape(-1, 3)  # first, last, down
    heights = np.array([core.height for core in cores])
    tilts = np.array([_tilt(core, askew) for core in cores])
    after: dict[int, int] = {}
    taken: set[int] = set()
    order = np.argsort(spans[:, 0])
    starts = spans[order, 0]
    for at in order:
        reach = np.array([-_OVER, _NEAR]) * np.sqrt(_SIZES) * heights[at]
        few = np.sort(order[slice(*np.searchsorted(starts, spans[at, 1] + reach))])
        gap = spans[few, 0] - spans[at, 1]
        mean = np.sqrt(heights[few] * heights[at])
        drop = np.abs(spans[few, 2] - spans[at, 2])
        ratio = np.maximum(heights[few] / heights[at], heights[at] / heights[few])
        alike = (gap > -_OVER * mean) & (gap < _NEAR * mean) & (drop < _LEVEL * mean) & (ratio < _SIZES) & (few != at)
        further = spans[few, 0] + spans[few, 1] > spans[at, 0] + spans[at, 1]
        alike &= further & (np.abs(tilts[few] - tilts[at]) < _ASLANT)
        if not alike.any():
            continue
        nearest = int(few[np.where(alike, gap, np.inf).argmin()])
        if nearest not in taken:
            after[int(at)] = nearest
            taken.add(nearest)
    found = []
    for at in range(len(cores)):
        if at in taken:
            continue
        some = [at]
        while some[-1] in after:
            some.append(after[some[-1]])
        found += _short(some, spans, heights)
    return found


def _span(corners: NDArray[np.float64]) -> tuple[float, float, float]:
    """Where a core begins and ends along the rows, and its middle across them."""
    return float(corners[:, 0].min()), float(corners[:, 0].max()), float(corners[:, 1].mean())


def _tilt(core: Core, askew: float) -> float:
    """How much steeper than the rows of the page a core lies; 0 for a short one, which does not tell."""
    if core.length < layout.LONG * core.height:
        return 0.0
    off = layout.near(core.angle - askew)
    return off if abs(off) < layout.STEEPEST else 0.0


def _short(some: list[int], spans: NDArray[np.float64], heights: NDArray[np.float64]) -> list[list[int]]:
    """A row in parts that are not too long."""
    parts = [[some[0]]]
    for at in some[1:]:
        if spans[at, 1] - spans[parts[-1][0], 0] > _LONGEST * heights[at]:
            parts.append([])
        parts[-1].append(at)
    return parts


def place(cores: Sequence[Core], askew: float) -> Place:
    """Where a row of cores lies: as its long cores do, or from the first to the last one, or as the page does."""
    tilts = [tilt for core in cores if (tilt := _tilt(core, askew))]
    height = float(np.median([core.height for core in cores]))
    first, last = np.array(cores[0].middle), np.array(cores[-1].middle)
    angle = askew + (float(np.median(tilts)) if tilts else 0.0)
    if not tilts and np.hypot(*(last - first)) >= layout.LONG * height:
        angle = askew + layout.near(float(np.arctan2(*(last - first)[::-1])) - askew)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.concatenate([core.corners for core in cores]) @ turn.T
    along = (corners[:, 0].min() + corners[:, 0].max()) / 2
    down = float(np.mean([(turn @ np.array(core.middle))[1] for core in cores]))
    x, y = turn.T @ np.array([along, down])
    return Place((float(x), float(y)), float(np.ptp(corners[:, 0])) + _AROUND * height, height, angle)


def columns(core: Core, where: Place) -> tuple[float, float]:
    """The first and last column of a Row that a core covers."""
    warp = replace(where, slant=0.0).warp()  # at the middle of its digits
    inside = (core.corners - warp[:, 2]) @ np.linalg.inv(warp[:, :2]).T
    return float(inside[:, 0].min()), float(inside[:, 0].max())
