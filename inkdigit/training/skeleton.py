"""A scanned mark -> the path that a pen would take: what makes a drawing of a scan.

The skeleton is that of Zhang and Suen (Communications of the ACM 27, 1984) as scikit-image has it; here it is walked.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from inkdigit.ink.strokes import Strokes

_HIGH = 64  # pixels of the longer side, in which a mark is thinned
_INK = 0.4  # of the strongest ink
_THICK = 0.3  # of the longer side: what is thicker on average is a blob, which has no middle line
_SPUR = 0.08  # of the longer side: a shorter branch that ends free is no stroke
_SOFT = 1.3  # pixels, standard deviation: the grain of a scan is no gap
_GAP = 12.0  # pixels: two free ends that lie nearer, and go on alike, are a stroke that the scan lost for a moment
_MET = 2.5  # pixels: ends that lie nearer met at a crossing
_BEND = 1.0  # radians: a pen goes on at a crossing where it turns less
_SEEN = 7  # pixels of a path that tell where it goes
_MOST = 6  # strokes: of more, the scan was in crumbs, for nobody lifts the pen so often
_AROUND = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1))  # nearest first
_EVERY = 3  # pixels from point to point
_Pixel = tuple[int, int]
_Path = NDArray[np.float64]  # (k, 2) pixels, row and column


def traced(ink: NDArray[np.uint8]) -> Strokes | None:
    """Ink, uint8 (h, w), ink = 255 -> its middle lines, in pixels of the picture; None where there is none, or a blob.

    A ring becomes a closed path, and what goes on straight over a crossing is one path. None, too, for ink in crumbs.
    """
    scale = _HIGH / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    large = cv2.copyMakeBorder(cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR), 2, 2, 2, 2, cv2.BORDER_CONSTANT)
    soft = cv2.GaussianBlur(large, (0, 0), _SOFT)
    mask = soft > _INK * float(soft.max())
    thin: NDArray[np.bool_] = skeletonize(mask)  # type: ignore[no-untyped-call]
    if mask.sum() > _THICK * _HIGH * max(1, thin.sum()):
        return None
    walked = _without_spurs(_walked({(int(y), int(x)) for y, x in zip(*np.nonzero(thin), strict=True)}))
    paths = _joined([np.array(path, np.float64) for path in walked])
    if not 0 < len(paths) <= _MOST:
        return None
    return Strokes(tuple(_smooth(path) / np.float32(scale) for path in paths))


def _walked(pixels: set[_Pixel]) -> list[list[_Pixel]]:
    """The pixels of a skeleton as paths: from ends and crossings on, then what is left, which are rings."""
    beside = {pixel: [one for one in _near(pixel) if one in pixels] for pixel in pixels}
    crossings = {pixel for pixel, others in beside.items() if len(others) > 2}
    starts = sorted((pixel for pixel in pixels if len(beside[pixel]) != 2), key=lambda one: (len(beside[one]), one))
    free = set(pixels)
    paths: list[list[_Pixel]] = []
    for start in [*starts, *sorted(pixels)]:
        while start in free or start in crossings:
            path = _walk(start, beside, free, crossings)
            if len(path) < 2 and (paths or len(pixels) > 1):
                break
            paths.append(path)
    return paths


def _walk(start: _Pixel, beside: dict[_Pixel, list[_Pixel]], free: set[_Pixel], crossings: set[_Pixel]) -> list[_Pixel]:
    """From a pixel on as straight as it goes, until an end or a crossing; takes what it walks from `free`."""
    path = [start]
    free.discard(start)
    while True:
        following = [one for one in beside[path[-1]] if one in free]
        if not following:
            last = [one for one in beside[path[-1]] if one in crossings and one not in path[-3:]]
            ring = len(path) > 4 and start in beside[path[-1]]
            return [*path, start] if ring else [*path, last[0]] if last and len(path) > 1 else path
        path.append(min(following, key=lambda one: _turn(path, one)))
        free.discard(path[-1])
        if path[-1] in crossings:
            return path


def _near(pixel: _Pixel) -> list[_Pixel]:
    return [(pixel[0] + down, pixel[1] + right) for down, right in _AROUND]


def _turn(path: list[_Pixel], following: _Pixel) -> float:
    """How much the path would bend, 0 to 2."""
    if len(path) < 2:
        return 0.0
    back = path[max(0, len(path) - 4)]
    came = np.subtract(path[-1], back)
    goes = np.subtract(following, path[-1])
    return float(1 - came @ goes / max(1e-6, float(np.hypot(*came) * np.hypot(*goes))))


def _without_spurs(paths: list[list[_Pixel]]) -> list[list[_Pixel]]:
    longest = max((len(path) for path in paths), default=0)
    least = min(_SPUR * _HIGH, longest / 2)
    return [path for path in paths if len(path) >= least]


def _joined(paths: list[_Path]) -> list[_Path]:
    """Paths (k, 2), with those as one that a pen would draw in one go: the straightest ways on come first."""
    while True:
        ends = [end for path in paths for end in (path, path[::-1])]  # each path comes in at its end, and turned round
        ways = [
            (cost, one, other)
            for one, comes in enumerate(ends)
            for other, goes in enumerate(ends)
            if one // 2 < other // 2 and (cost := _way_on(comes, goes[::-1], paths)) is not None
        ]
        if not ways:
            return paths
        _, one, other = min(ways)
        longer = np.concatenate([ends[one], ends[other][::-1]])
        paths = [path for at, path in enumerate(paths) if at not in (one // 2, other // 2)] + [longer]


def _way_on(comes: _Path, goes: _Path, paths: list[_Path]) -> float | None:
    """How much a pen turns that comes along one path and goes on along another, in radians; None where it does not."""
    gap = goes[0] - comes[-1]
    far = float(np.hypot(*gap))
    if (
        far > _GAP
        or min(len(comes), len(goes)) < 2
        or any(np.hypot(*(path[0] - path[-1])) < _MET for path in (comes, goes))
    ):
        return None
    before = comes[-1] - comes[-min(len(comes), _SEEN)]
    after = goes[min(len(goes), _SEEN) - 1] - goes[0]
    turns = [_angle(before, after)]
    if far > _MET:
        if _meets(comes[-1], paths) or _meets(goes[0], paths):
            return None
        turns += [_angle(before, gap), _angle(gap, after)]
    return max(turns) + far / _GAP if max(turns) < _BEND else None


def _meets(end: _Path, paths: list[_Path]) -> bool:
    """Whether more than one path comes to an end's place."""
    return sum(float(np.hypot(*(path - end).T).min()) < _MET for path in paths) > 1


def _angle(one: _Path, other: _Path) -> float:
    """Between two directions, in radians, 0 to pi."""
    return float(np.arccos(np.clip(one @ other / max(1e-6, float(np.hypot(*one) * np.hypot(*other))), -1, 1)))


def _smooth(path: _Path) -> NDArray[np.float32]:
    """Pixels (row, column) -> points (x, y), without the steps of the pixels."""
    points = path.astype(np.float32)[:, ::-1] - 2
    if len(points) > 4:
        ends = np.pad(points, ((2, 2), (0, 0)), mode="edge")
        middle = np.mean([ends[at : len(ends) - 4 + at] for at in range(5)], axis=0)
        points = np.concatenate([points[:1], middle[1:-1], points[-1:]])
    kept = np.unique(np.append(np.arange(0, len(points), _EVERY), len(points) - 1))
    return np.ascontiguousarray(points[kept], np.float32)
