"""The ink of a sheet -> what stands together on it, in rows; and the ink of each digit in such a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.segment import INK, Mark, separator
from inkdigit.ink.sheet import usual_height
from inkdigit.ink.strokes import Box

_LEAST_SIDE = 4  # pixels: a smaller mark is dust
_FULL = 80  # of 255: paler pixels do not join marks
_MOST_MARKS = 3_000  # on a page; the largest are kept
_MAIN = 0.45  # of the usual height: a smaller mark is a dot, a dash or a part of a digit
_DUST = 0.1  # of the usual height
_SLIM = 0.06  # of the height: a narrower mark is no sign
_NEXT = 0.9  # of the height: digits of one number stand no farther apart
_ASIDE = 0.4  # of the lower one's height that two neighbours share
_POINTS = 48  # at most so many tell where the edge of a part lies
_WHOLE = 0.85  # of what hangs together lies with one digit: then all of it is that digit's
_PART = 0.22  # of the height: a broken-off part lies no farther away


@dataclass(frozen=True, eq=False)
class Cluster:
    """Marks that stand side by side: a number, perhaps, or a word.

    Attributes:
        ink: uint8 (h, w), ink = 255, cropped; without what belongs to others.
        place: (left, top) of the crop on the sheet, in its pixels.
        height: of a digit in it, in pixels.
        between: points, commas and minus signs in it or close to it (see reading.Separator), boxes on the sheet.
    """

    ink: NDArray[Any]
    place: tuple[int, int]
    height: float
    between: list[tuple[str, Box]]


def clusters(ink: NDArray[Any]) -> list[Cluster]:
    """The ink of a sheet, uint8 (h, w) -> what stands together on it, in reading order."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > _FULL).astype(np.uint8), connectivity=8)
    if count < 2:
        return []
    stats = stats.astype(np.int64)
    usual = usual_height(stats[1:])
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    longer, shorter = np.maximum(wide, high), np.minimum(wide, high)
    is_main = (longer >= _MAIN * usual) & ~((wide > 3 * high) & (high < 0.3 * usual)) & (longer < 12 * usual)
    is_main &= ~((high > 6 * usual) & (shorter < 0.3 * usual)) & (longer >= _LEAST_SIDE)
    is_main[0] = False
    main = np.nonzero(is_main)[0]
    main = main[np.argsort(-stats[main, cv2.CC_STAT_AREA], kind="stable")][:_MOST_MARKS]
    boxes = np.stack([stats[:, 0], stats[:, 1], stats[:, 0] + wide, stats[:, 1] + high], axis=1).astype(np.float64)
    groups = _side_by_side(boxes, main, usual)
    bits = np.nonzero(~is_main & (longer >= _DUST * usual) & (longer < 1.2 * usual) & (np.arange(count) > 0))[0]
    rows = in_rows([_cluster(ink, labels, boxes, some, bits, usual) for some in groups])
    return [one for row in rows for one in _own_signs(row)]


@dataclass(frozen=True, eq=False)
class Parts:
    """The ink of a cluster in the parts that hang together.

    Attributes:
        ink: uint8 (h, w).
        labels: int32 (h, w): 0 = paper, then 1 to n.
        points: of each part, float32 (k, 2): x, y of pixels on its edge.
    """

    ink: NDArray[Any]
    labels: NDArray[Any]
    points: tuple[NDArray[np.float32], ...]

    @classmethod
    def of(cls, ink: NDArray[Any], height: float) -> Parts:
        """The parts of the ink of a cluster, uint8 (h, w), without specks."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > INK).astype(np.uint8), connectivity=8)
        size = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
        kept = [one for one in range(1, count) if size[one] >= _DUST * height]
        numbers = np.zeros(count, np.int32)
        numbers[kept] = np.arange(1, len(kept) + 1)
        points: list[NDArray[Any]] = []
        for one in kept:
            left, top, wide, high = stats[one, :4]
            mask = (labels[top : top + high, left : left + wide] == one).astype(np.uint8)
            contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            edge = np.concatenate([contour[:, 0] for contour in contours]).astype(np.float32) + np.array(
                [left, top], np.float32
            )
            points.append(edge[:: max(1, len(edge) // _POINTS)])
        return cls(ink, numbers[labels], tuple(points))

    def mark(self, members: Sequence[int]) -> Mark:
        """Some of the parts, from 0, as one mark, its box in pixels of the ink."""
        chosen = np.zeros(len(self.points) + 1, np.uint8)
        chosen[[one + 1 for one in members]] = 1
        mask = chosen[self.labels]
        left, top, wide, high = cv2.boundingRect(mask)
        window = (slice(top, top + high), slice(left, left + wide))
        return Mark(np.ascontiguousarray(self.ink[window] * mask[window]), (left, top, left + wide, top + high))


def shares(ink: NDArray[Any], middles: Sequence[float]) -> list[Mark]:
    """The ink of a cluster, uint8 (h, w), shared out among its digits -> one mark each, boxes in pixels of the ink.

    Args:
        middles: x of the middle of each digit, rising.
    """
    weight = ink.sum(axis=0, dtype=np.int64)
    bounds = [_between(weight, left, right) for left, right in pairwise(middles)]
    owner = np.searchsorted(np.array(bounds), np.arange(ink.shape[1]), side="right")  # of each column
    labels: NDArray[Any]
    count, labels = cv2.connectedComponents((ink > _FULL).astype(np.uint8), connectivity=8)
    inked = labels > 0
    parts = np.zeros((count, len(middles)), np.int64)
    np.add.at(parts, (np.asarray(labels[inked], np.int64), np.broadcast_to(owner, ink.shape)[inked]), 1)
    is_one = parts.max(axis=1) >= _WHOLE * np.maximum(1, parts.sum(axis=1))
    is_one[0] = False  # soft edges go with their column
    owners = np.where(is_one[labels], parts.argmax(axis=1)[labels], owner[None, :])
    marks = []
    for place in range(len(middles)):
        own = np.where(owners == place, ink, 0).astype(np.uint8)
        left, top, wide, high = cv2.boundingRect((own > INK).astype(np.uint8))
        if not wide:  # two digits were read where all ink hangs together on one side
            own = np.where(owner == place, ink, 0).astype(np.uint8)
            left, wide = int(np.searchsorted(owner, place)), max(1, int((owner == place).sum()))
            top, high = 0, len(ink)
        crop = np.ascontiguousarray(own[top : top + high, left : left + wide])
        marks.append(Mark(crop, (left, top, left + wide, top + high)))
    return marks


def moved(box: Box, place: tuple[int, int]) -> Box:
    """The box as it lies on the sheet from which its picture was cut at `place`."""
    return (box[0] + place[0], box[1] + place[1], box[2] + place[0], box[3] + place[1])


def _between(weight: NDArray[Any], left: float, right: float) -> int:
    """The column between two digits that has the least ink; of several, the one in the middle."""
    first, last = (round(left + part * (right - left)) for part in (0.2, 0.8))
    columns = np.arange(max(0, first), min(len(weight) - 1, max(last, first)) + 1)
    off = np.abs(columns - (left + right) / 2) / max(1.0, right - left)
    return int(columns[np.argmin(weight[columns] / 255 + 2 * off)])


def _side_by_side(boxes: NDArray[Any], main: NDArray[Any], usual: float) -> list[list[int]]:
    """Groups of marks; each stands beside another of its group, or covers it."""
    order = main[np.argsort(boxes[main, 0], kind="stable")]
    group = {int(one): int(one) for one in order}
    left, top, right, bottom = boxes[order].T
    high = bottom - top
    for at, one in enumerate(order):
        rest = slice(
            at + 1, at + 1 + int(np.searchsorted(left[at + 1 :], right[at] + _NEXT * max(high[at], 2 * usual)))
        )
        gap = left[rest] - right[at]
        shared = np.minimum(bottom[at], bottom[rest]) - np.maximum(top[at], top[rest])
        larger = np.clip(np.maximum(high[at], high[rest]), 0.6 * usual, 2 * usual)
        beside = (gap < _NEXT * larger) & (shared >= _ASIDE * np.minimum(high[at], high[rest]))
        over = (np.minimum(right[at], right[rest]) - left[rest] > 0) & (shared > -0.1 * usual)
        over &= np.minimum(high[at], high[rest]) < 0.6 * usual
        for other in order[rest][beside | over]:
            first, second = _root(group, int(one)), _root(group, int(other))
            group[second] = first
    groups: dict[int, list[int]] = {}
    for one in order:
        groups.setdefault(_root(group, int(one)), []).append(int(one))
    return list(groups.values())


def _root(group: dict[int, int], one: int) -> int:
    while group[one] != one:
        group[one] = group[group[one]]
        one = group[one]
    return one


def _cluster(
    ink: NDArray[Any],
    labels: NDArray[Any],
    boxes: NDArray[Any],
    members: list[int],
    bits: NDArray[Any],
    usual: float,
) -> Cluster:
    heights = np.sort(boxes[members, 3] - boxes[members, 1])
    height = float(heights[round(0.75 * (len(heights) - 1) + 0.01)])
    low, far = boxes[members, :2].min(axis=0), boxes[members, 2:].max(axis=0)
    near = bits[(boxes[bits, 2] > low[0] - 0.8 * height) & (boxes[bits, 0] < far[0] + 0.8 * height)
                & (boxes[bits, 3] > low[1] - _PART * height) & (boxes[bits, 1] < far[1] + 0.35 * height)]  # fmt: skip
    parts: list[int] = []
    small: list[int] = []
    for one in near:
        gaps = np.maximum(boxes[members, :2], boxes[one, :2]) - np.minimum(boxes[members, 2:], boxes[one, 2:])
        wide, tall = boxes[one, 2:] - boxes[one, :2]
        middle = (boxes[one, 1::2].mean() - low[1]) / max(1.0, far[1] - low[1])
        is_sign = wide > 2.2 * tall or separator(wide / height, tall / height, float(middle)) != ""
        stands_apart = is_sign and gaps[:, 0].min() > 0.02 * height  # the bar of a 5 stands over its 5
        is_near = (gaps.max(axis=1) < _PART * height).any() and max(wide, tall) > 0.25 * height
        (parts if is_near and not stands_apart else small).append(int(one))
    every = [*members, *parts]
    left, top = boxes[every, :2].min(axis=0).astype(int)
    right, bottom = boxes[every, 2:].max(axis=0).astype(int)
    own = np.zeros(int(labels[top:bottom, left:right].max()) + 1, bool)
    own[[one for one in every if one < len(own)]] = True
    crop = np.where(own[labels[top:bottom, left:right]], ink[top:bottom, left:right], 0).astype(np.uint8)
    return Cluster(crop, (int(left), int(top)), height, _between_digits(boxes[small], (low[1], far[1]), height))


def _between_digits(small: NDArray[Any], line: tuple[float, float], height: float) -> list[tuple[str, Box]]:
    """Those of the small marks that are a point, a comma or a minus sign, with their boxes."""
    found: list[tuple[str, Box]] = []
    for left, top, right, bottom in small:
        middle = ((top + bottom) / 2 - line[0]) / max(1.0, line[1] - line[0])
        kind = separator((right - left) / height, (bottom - top) / height, float(middle))
        if kind and right - left >= _SLIM * height:
            found.append((kind, (float(left), float(top), float(right), float(bottom))))
    return found


def _own_signs(row: list[Cluster]) -> list[Cluster]:
    """A row with the signs of each cluster: one that lies between two of them parts them, and belongs to neither."""
    taken = [{box for _, box in one.between} for one in row]
    kept = []
    for at, one in enumerate(row):
        beside = [boxes for place, boxes in enumerate(taken) if abs(place - at) == 1]
        signs = [(kind, box) for kind, box in one.between if not any(box in boxes for boxes in beside)]
        kept.append(replace(one, between=signs))
    return kept


def in_rows(found: list[Cluster]) -> list[list[Cluster]]:
    """Rows from top to bottom, each from left to right; the sheet may lie a little askew."""
    if not found:
        return []
    middles = np.array([[one.place[0] + one.ink.shape[1] / 2, one.place[1] + one.ink.shape[0] / 2] for one in found])
    heights = np.array([one.height for one in found])
    level = middles[:, 1] - _slope(middles, heights) * middles[:, 0]
    rows: list[list[int]] = []
    for at in np.argsort(level, kind="stable"):
        last = rows[-1] if rows else []
        if last and level[at] - np.mean(level[last]) < 0.55 * max(heights[at], float(np.mean(heights[last]))):
            last.append(int(at))
        else:
            rows.append([int(at)])
    return [[found[at] for at in sorted(row, key=lambda one: middles[one, 0])] for row in rows]


def _slope(middles: NDArray[Any], heights: NDArray[Any]) -> float:
    """Rise per pixel to the right, from each cluster to the next on its right: the median, 0 where there are few."""
    slopes = []
    for one, height in zip(middles, heights, strict=True):
        step = middles - one
        right = (step[:, 0] > 0) & (np.abs(step[:, 1]) < 0.8 * height)
        if right.any():
            next_ = step[right][np.argmin(step[right, 0])]
            slopes.append(next_[1] / next_[0])
    return float(np.median(slopes)) if len(slopes) > 2 else 0.0
