"""Where one number ends and the next begins: said for a whole page, since in a table gaps stand one below the other.

The network of rows sees a row and nothing else. Two numbers of one digit in cells beside each other look to it like one
of two digits; what stands above and below, and how long the other numbers of the page are, tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import row
from inkdigit.recognition.voted import STEP, Mark, Read

# Log odds that two digits beside each other are of two numbers: fitted on drawn pages of left-out writers
# (python -m benchmarks.gaps).
BASE = -0.21
WEIGHTS = (0.67, 1.57, 1.2, 0.97, 1.52)  # of what `evidence` says
_SUREST = (-12.0, 4.0)  # log odds of a gap: what the network says beyond is as good as these
_REACH = 12.0  # heights above and below: what stands further away tells nothing,
_FADES = 6.0  # and at so many heights a third of what the next row tells
_LEVEL = (0.6, 0.7)  # heights: a digit up to the first is in the same line, from the second on in another one
_FAR = 3.0  # heights between two digits: more is no gap between columns
_FEW = 0.3  # gaps, or digits of one number, that are taken for seen, where none are
_LONGEST = 60  # digits
_SIZES = 1.6  # times: numbers that are higher or lower are of another kind
_MANY = 6  # numbers: a page with fewer tells nothing that the network of rows does not see
_TOGETHER = 256  # pairs that are compared with all others in one go: bounds the memory


@dataclass(frozen=True, eq=False)
class Pair:
    """Two digits beside each other in a row, with a gap between them or nothing.

    Attributes:
        row: its place.
        first: the place of the left digit among the marks of the row.
        last: that of the right one.
        is_parted: whether they are read with a gap.
    """

    row: int
    first: int
    last: int
    is_parted: bool


@dataclass(frozen=True, eq=False)
class _Page:
    """All that stands between two digits, or two rows, of a page: float arrays (n,), in pixels along its rows.

    Attributes:
        left, right: the middles of the digits.
        down: across the rows.
        parted: 1 where there is a gap, 0 where both digits are of one number.
        sure: 0 to 1: of how their rows were read; the grain of a table is read unsurely, and tells little.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    parted: NDArray[np.float64]
    sure: NDArray[np.float64]


def settled(rows: Sequence[Read], askew: float) -> list[Read]:
    """The rows of a page that is askew by that angle, in radians, with the gaps that the whole page speaks for."""
    some = list(pairs(rows))
    if not some or sum(len(_numbers(one.path)) for one in rows) < _MANY:
        return list(rows)
    odds = BASE + evidence(rows, some, askew) @ np.array(WEIGHTS)
    of_row: dict[int, list[tuple[Pair, float]]] = {}
    for one, odd in zip(some, odds.tolist(), strict=True):
        of_row.setdefault(one.row, []).append((one, odd))
    return [_changed(read, of_row.get(at, [])) for at, read in enumerate(rows)]


def pairs(rows: Sequence[Read]) -> Iterator[Pair]:
    """The digits that stand beside each other in the rows of a page."""
    for at, read in enumerate(rows):
        digits = [place for place, (label, _) in enumerate(read.path) if label < row.OTHER]
        for first, last in pairwise(digits):
            between = [label for label, _ in read.path[first + 1 : last]]
            if all(label == row.GAP for label in between):
                yield Pair(at, first, last, bool(between))


def evidence(rows: Sequence[Read], some: Sequence[Pair], askew: float) -> NDArray[np.float64]:
    """float (n, 5): what is known of each pair.

    How surely the network of rows sees a gap, how far apart the digits are, whether the network of pages saw two
    numbers, how many digits the other numbers of that height have, and how many gaps, for each pair of digits of one
    number, stand above and below.
    """
    page, places = _page(rows, some, askew)
    found = np.zeros((len(some), len(WEIGHTS)))
    gaps = [_gap(one.logits) for one in rows]
    for at, one in enumerate(some):
        path = rows[one.row].path
        left, right = path[one.first][1], path[one.last][1]
        sure = float(gaps[one.row][round(left) : round(right) + 1].max())
        found[at, 0] = min(max(sure, _SUREST[0]), _SUREST[1])
        found[at, 1] = (right - left) * STEP / row.DIGIT
        found[at, 2] = rows[one.row].core_at(left) != rows[one.row].core_at(right)
    found[:, 3] = _lengths(rows, some)
    heights = np.array([rows[one.row].place.height for one in some])
    found[:, 4] = _above_and_below(page, places, heights)
    return found


def _gap(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (steps,): log odds of a gap at each step, beside what is likeliest there."""
    return np.asarray(logits[:, row.GAP] - np.delete(logits, row.GAP, axis=1).max(axis=1), np.float32)


def _page(rows: Sequence[Read], some: Sequence[Pair], askew: float) -> tuple[_Page, NDArray[np.intp]]:
    """What stands between digits, and which of it is each pair."""
    turn = np.array([[np.cos(askew), np.sin(askew)], [-np.sin(askew), np.cos(askew)]])
    middles = [_middles(one, turn) for one in rows]
    known = {(one.row, one.first): at for at, one in enumerate(some)}
    found: list[tuple[float, ...]] = []
    places = np.zeros(len(some), np.intp)
    for at, read in enumerate(rows):
        digits = [place for place, (label, _) in enumerate(read.path) if label < row.OTHER]
        for first, last in pairwise(digits):
            if (at, first) in known:
                places[known[at, first]] = len(found)
            parted = any(label == row.GAP for label, _ in read.path[first + 1 : last])
            (left, down), (right, lower) = middles[at][first], middles[at][last]
            found.append((left, right, (down + lower) / 2, float(parted), read.sure))
    found += _between_rows(rows, middles)
    return _Page(*np.array(found, np.float64).reshape(-1, 5).T), places


def _middles(read: Read, turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """float (n, 2): the middle of each mark of a row, along and across the rows of the page."""
    steps = np.array([step for _, step in read.path]).reshape(-1)
    points = np.column_stack([STEP * steps + 0.5, np.full(len(steps), (row.HIGH - 1) / 2), np.ones(len(steps))])
    return np.asarray(points @ read.place.warp().T @ turn.T, np.float64)


def _between_rows(rows: Sequence[Read], middles: Sequence[NDArray[np.float64]]) -> Iterator[tuple[float, ...]]:
    """The gap between the last digit of each row and the next to its right in the same line."""
    owners, points = [], []
    for at, (read, some) in enumerate(zip(rows, middles, strict=True)):
        digits = [place for place, (label, _) in enumerate(read.path) if label < row.OTHER]
        owners += [at] * len(digits)
        points.append(some[digits])
    owner, digit = np.array(owners), np.concatenate(points)
    for at, read in enumerate(rows):
        own = digit[owner == at]
        if not len(own):
            continue
        (x, y), height = own[own[:, 0].argmax()], read.place.height
        near = (np.abs(digit[:, 1] - y) < _LEVEL[0] * height) & (digit[:, 0] > x) & (owner != at)
        right = digit[near & (digit[:, 0] - x < _FAR * height)]
        if len(right):
            after = right[right[:, 0].argmin()]
            yield float(x), float(after[0]), float(y + after[1]) / 2, 1.0, read.sure


def _above_and_below(page: _Page, places: NDArray[np.intp], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """float (n,): log odds of a gap where each pair stands, in the lines above and below."""
    found = np.zeros(len(places))
    for first in range(0, len(places), _TOGETHER):
        some, high = places[first : first + _TOGETHER], heights[first : first + _TOGETHER, None]
        x, y = ((page.left + page.right) / 2)[some, None], page.down[some, None]
        off = np.abs(page.down - y) / high
        over = (page.left < x) & (page.right > x) & (page.right - page.left < _FAR * high)
        counts = page.sure * np.exp(-off / _FADES) * (over & (off > _LEVEL[1]) & (off < _REACH))
        found[first : first + _TOGETHER] = np.log((counts @ page.parted + _FEW) / (counts @ (1 - page.parted) + _FEW))
    return found


def _lengths(rows: Sequence[Read], some: Sequence[Pair]) -> NDArray[np.float64]:
    """float (n,): log odds that numbers of that height are as long as both parts of each pair, and not as the whole."""
    lengths = [_numbers(one.path) for one in rows]
    known = sorted(
        (read.place.height, min(one, _LONGEST), read.sure)
        for read, of_row in zip(rows, lengths, strict=True)
        for one in of_row
    )
    heights = np.array([height for height, *_ in known])
    counted = np.zeros((len(known) + 1, _LONGEST + 1))  # of each length, up to each height
    counted[np.arange(len(known)) + 1, [length for _, length, _ in known]] = [sure for *_, sure in known]
    counted = counted.cumsum(axis=0)
    found = np.zeros(len(some))
    for at, one in enumerate(some):
        number, place = _number_of(rows[one.row].path, one.first)
        whole = lengths[one.row][number]
        height = rows[one.row].place.height
        low, high = np.searchsorted(heights, (height / _SIZES, height * _SIZES))
        others = counted[high] - counted[low]
        others[min(whole, _LONGEST)] -= rows[one.row].sure
        if one.is_parted:
            before, behind = whole, lengths[one.row][number + 1]
            others[min(behind, _LONGEST)] -= rows[one.row].sure
        else:
            before, behind = place + 1, whole - place - 1
        usual = np.log((np.maximum(others, 0) + 1) / (others.sum() + 1))
        first, second, both = (usual[min(length, _LONGEST)] for length in (before, behind, before + behind))
        found[at] = first + second - both
    return found


def _numbers(path: Sequence[Mark]) -> list[int]:
    """How many digits each number of a row has."""
    found = [0]
    for label, _ in path:
        if label == row.GAP:
            found.append(0)
        found[-1] += label < row.OTHER
    return [count for count in found if count]


def _number_of(path: Sequence[Mark], mark: int) -> tuple[int, int]:
    """Which number of a row a digit belongs to, and at which place, from 0."""
    number, place = -1, -1
    is_new = True
    for label, _ in path[: mark + 1]:
        is_new |= label == row.GAP
        if label < row.OTHER:
            number, place, is_new = (number + 1, 0, False) if is_new else (number, place + 1, False)
    return number, place


def _changed(read: Read, some: Sequence[tuple[Pair, float]]) -> Read:
    """A row with a gap in each pair that is rather two numbers, and none in the others."""
    path: list[Mark] = []
    begun = 0
    for one, odds in some:
        path += read.path[begun : one.first + 1]
        if odds > 0:
            path.append((row.GAP, (read.path[one.first][1] + read.path[one.last][1]) / 2))
        begun = one.last
    decided = [
        (read.path[one.first][1], read.path[one.last][1], 1 / (1 + float(np.exp(-abs(odds))))) for one, odds in some
    ]
    return replace(read, path=(*path, *read.path[begun:]), decided=tuple(decided))
