"""Pieces of ink -> the groups of them that may be one digit each, and the best way to part all pieces into such groups.

A piece is a pen stroke, or a part of a picture's ink between two cuts. The network says of each group how much it looks
like a digit; the geometry says what people do not do, like leaving strokes of one digit far apart. The best parting is
found exactly: every piece belongs to one group, and the sum of the groups' scores is the largest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.stopping import Stopping, never, while_wanted

_MOST_PIECES = 4  # in a digit of strokes; people lift the pen three times at most
MOST_OF_A_LETTER = 16  # strokes: letters of some alphabets, and drawn things, have more than any digit
_FEW = 400  # places on a piece, all of which are looked at
_PAIRS = 1_000_000  # of places on two pieces, all of which are looked at
_MOST_GROUPS = 600  # a scribble of a hundred strokes has thousands
_MOST_STATES = 300  # partings under way that are remembered
_WIDEST = 1.5  # of the line's height
_TOUCHING = 0.06  # of the line's height: strokes that lie nearer to each other touch
_FARTHEST = 0.7  # of the line's height: pieces of one digit lie nearer to each other
_DOT = 0.35  # of the line's height: no digit but a zero that is a dot is as small,
_DOT_TOP, _DOT_BOTTOM = 0.12, 0.88  # and its middle lies between these, from the top of the line to its foot
# Costs in units of log probability, fitted on composed numbers of training writers (docs/numbers.md).
_APART = 4.5  # for each height of the line between the pieces of a group
_COVERED = 3.0  # for each part of another group's width that this one covers, beyond _COVERS
_COVERS = 0.36
_SMALL = 3.0  # for a group smaller than _SMALL_SIZE of the line's height
_SMALL_SIZE = 0.7
_DOUBT = 0.1  # partings of the same strokes are no independent answers; so their sum was right as often as it said
NO_DIGIT = 5.0  # against a group that is no digit: among digits, most marks are digits
# Against all strokes being one mark that is no digit (docs/numbers.md):
_LETTER = 2.0  # times its width over its height
_SEVERAL = 0.7  # for each unit of the log odds that they are several digits
_UNKNOWN = 2.5  # times its width over its height, where no network gives these odds


@dataclass(frozen=True, eq=False)
class Group:
    """Pieces that may be one digit together.

    Attributes:
        members: places of the pieces, rising.
        cost: what the geometry says against it, 0 or more.
    """

    members: tuple[int, ...]
    cost: float


def line_height(boxes: NDArray[np.float64]) -> float:
    """Height of the writing on a line of boxes (n, 4): that of its higher pieces."""
    heights = np.sort(boxes[:, 3] - boxes[:, 1])
    high = max(float(heights[round(0.75 * (len(heights) - 1) + 0.01)]), 0.7 * float(heights[-1]))
    return max(high, 0.4 * float((boxes[:, 2] - boxes[:, 0]).max()), 1e-6)


def boxes_of(points: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Left, top, right and bottom of pieces of ink, (n, 4)."""
    begins = np.cumsum([0, *(len(piece) for piece in points[:-1])])
    together = np.concatenate(points).astype(np.float64)
    return np.concatenate([np.minimum.reduceat(together, begins), np.maximum.reduceat(together, begins)], axis=1)


def thinned(points: NDArray[np.float32], height: float) -> NDArray[np.float32]:
    """Places on ink, (n, 2), without most of those that lie within a twentieth of the line's height of each other."""
    if len(points) <= _FEW:
        return points
    across, down = np.floor((points - points.min(axis=0)) / (height / 20)).astype(np.int64).T
    _, first = np.unique(across * (int(down.max()) + 1) + down, return_index=True)
    return points[np.sort(first)]


def groups(points: Sequence[NDArray[np.float32]], height: float, stopped: Stopping = never) -> list[Group]:
    """All groups of neighbours that are no wider than a digit; where there are very many, only the smaller ones.

    Args:
        points: of each piece, float32 (k, 2): places on its ink, near enough to each other that nothing fits between.
        height: of the line, in the same unit.
        stopped: says that the groups are no longer wanted; then Stopped is raised.
    """
    boxes = boxes_of(points)
    apart = (_distances(points, boxes, _FARTHEST * height, stopped) / height).tolist()
    beside = [[place for place, gap in enumerate(row) if gap < _FARTHEST] for row in apart]
    sides = boxes.tolist()
    sizes: list[list[tuple[int, ...]]] = [[(place,) for place in range(len(points))]]
    count = len(points)
    for _ in range(_MOST_PIECES - 1):
        larger: set[tuple[int, ...]] = set()
        for members in while_wanted(sizes[-1], stopped):
            for place in {other for one in members for other in beside[one]}.difference(members):
                grown = tuple(sorted((*members, place)))
                if grown not in larger and _is_narrow([sides[one] for one in grown], height):
                    larger.add(grown)
        count += len(larger)
        if count > _MOST_GROUPS:
            break
        sizes.append(sorted(larger))
    found = [members for size in sizes for members in size]
    costs = _costs(found, boxes, height).tolist()
    return [
        Group(members, cost + (_APART * _widest_gap(members, apart) if len(members) > 1 else 0.0))
        for members, cost in zip(while_wanted(found, stopped), costs, strict=True)
    ]


def dots(found: Sequence[Group], points: Sequence[NDArray[np.float32]], height: float) -> list[int]:
    """Places of the groups that are a dot, or a ring as small as one: half way up the line, and beside its digits."""
    boxes = boxes_of(points)
    sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    high = boxes[sizes > _DOT * height]
    if not len(high):
        return []
    top, bottom = float(high[:, 1].min()), float(high[:, 3].max())
    small = []
    for at, group in enumerate(found):
        own = boxes[[*group.members]]
        left, upper = own[:, :2].min(axis=0).tolist()
        right, lower = own[:, 2:].max(axis=0).tolist()
        middle = ((upper + lower) / 2 - top) / max(1e-6, bottom - top)
        apart = np.maximum(left - high[:, 2], high[:, 0] - right).min() / height  # below 0: above or below a digit
        is_dot = max(right - left, lower - upper) <= _DOT * height
        if is_dot and _DOT_TOP < middle < _DOT_BOTTOM and apart > -_DOT / 2:
            small.append(at)
    return small


def touching(points: Sequence[NDArray[np.float32]], height: float, stopped: Stopping = never) -> list[list[int]]:
    """Places of pieces that touch or cross, together; each piece in one list. `stopped`: as for `groups`."""
    touch = _distances(points, boxes_of(points), _TOUCHING * height, stopped) < _TOUCHING * height
    found: list[list[int]] = []
    for place in while_wanted(range(len(points)), stopped):
        others = set(np.flatnonzero(touch[place]).tolist())
        near = [some for some in found if not others.isdisjoint(some)]
        found = [some for some in found if some not in near] + [sorted([place, *(at for some in near for at in some)])]
    return sorted(found)


def with_whole(found: Sequence[Group], pieces: int) -> list[Group]:
    """The groups, and all pieces as one, which no digit may be but a letter."""
    whole = tuple(range(pieces))
    return [*found] if any(group.members == whole for group in found) else [*found, Group(whole, 0.0)]


def best(
    found: Sequence[Group], scores: Sequence[float], order: Sequence[int], stopped: Stopping = never
) -> tuple[list[int], float]:
    """The groups that part all pieces best, as places in `found`, and how sure that is.

    Args:
        scores: of each group, a log probability.
        order: of the pieces, from left to right.
        stopped: says that the parting is no longer wanted; then Stopped is raised.

    Returns:
        The places, and the share that this parting has in the sum over all partings, 0 to 1, to the power of _DOUBT.
    """
    masks = [sum(1 << place for place in group.members) for group in found]
    rank = {place: at for at, place in enumerate(order)}
    starting: dict[int, list[int]] = {}
    for at, group in enumerate(found):
        starting.setdefault(min(group.members, key=rank.__getitem__), []).append(at)
    states = {0: _State(0.0, 0.0, ())}  # covered pieces -> the best way to cover them
    for place in while_wanted(order, stopped):
        following: dict[int, _State] = {}
        for covered, state in states.items():
            if covered >> place & 1:
                _keep(following, covered, state)
                continue
            for at in starting[place]:
                if not covered & masks[at]:
                    more = _State(state.best + scores[at], state.all + scores[at], (*state.chosen, at))
                    _keep(following, covered | masks[at], more)
        if len(following) > _MOST_STATES:
            kept = sorted(following, key=lambda covered: -following[covered].best)[:_MOST_STATES]
            following = {covered: following[covered] for covered in kept}
        states = following
    (end,) = states.values()
    return list(end.chosen), float(np.exp(_DOUBT * (end.best - end.all)))


@dataclass(frozen=True)
class _State:
    """Ways to cover some pieces: the score of the best, the log of the sum over all, and the best's groups."""

    best: float
    all: float
    chosen: tuple[int, ...]


def _keep(states: dict[int, _State], covered: int, state: _State) -> None:
    known = states.get(covered)
    if known is not None:
        better = state if state.best > known.best else known
        state = _State(better.best, float(np.logaddexp(state.all, known.all)), better.chosen)
    states[covered] = state


SURE_NONE = 1 / (1 + math.exp(-NO_DIGIT))  # among digits, a mark is refused only above this chance to be none


def score(probabilities: NDArray[np.float32], group: Group, against: float = NO_DIGIT) -> float:
    """How well a group reads, (11,) calibrated, "other" last: log probability of the best answer less the cost.

    Args:
        against: what speaks against its being no digit.
    """
    digit = float(probabilities[:10].max())
    other = float(probabilities[10]) if len(probabilities) > 10 else 0.0
    return float(max(np.log(digit + 1e-9), np.log(other + 1e-9) - against)) - group.cost


def letter(points: Sequence[NDArray[np.float32]], several: float | None = None) -> float:
    """What speaks against all strokes of a row being one letter or sign: the more, the wider they are together.

    Args:
        several: log odds that they are several digits, as the network of strokes says; None: it does not know.
    """
    wide, high = np.ptp(np.concatenate(points), axis=0).tolist()
    aspect = wide / max(high, 1e-6)
    if several is None:
        return float(min(NO_DIGIT, _UNKNOWN * aspect))
    return float(_LETTER * aspect + _SEVERAL * several)


def _is_narrow(boxes: Sequence[Sequence[float]], height: float) -> bool:
    """Whether boxes together are no wider than a digit, or not much wider than the widest of them."""
    width = max(box[2] for box in boxes) - min(box[0] for box in boxes)
    return width <= _WIDEST * height or width <= 1.35 * max(box[2] - box[0] for box in boxes)


def _costs(found: Sequence[tuple[int, ...]], boxes: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """What speaks against each group by its size and by what it covers of pieces that are not its own, (groups,)."""
    own = np.zeros((len(found), len(boxes)), bool)
    for row, members in enumerate(found):
        own[row, list(members)] = True
    left, top = np.where(own[:, None], boxes.T[:2], np.inf).min(axis=2).T[:, :, None]  # (groups, 1) each
    right, bottom = np.where(own[:, None], boxes.T[2:], -np.inf).max(axis=2).T[:, :, None]
    shared = np.minimum(right, boxes[:, 2]) - np.maximum(left, boxes[:, 0])
    narrower = np.maximum(np.minimum(boxes[:, 2] - boxes[:, 0], right - left), 0.15 * height)
    covered = np.where(own, 0.0, shared / narrower).max(axis=1)
    is_small = np.maximum(bottom - top, 0.5 * (right - left))[:, 0] < _SMALL_SIZE * height
    return np.asarray(_COVERED * np.maximum(0.0, covered - _COVERS) + _SMALL * is_small)


def _widest_gap(members: Sequence[int], apart: Sequence[Sequence[float]]) -> float:
    """The longest step of the shortest way that joins all pieces."""
    widest = 0.0
    joined, rest = [members[0]], [*members[1:]]
    while rest:
        gap, place = min((apart[one][other], other) for one in joined for other in rest)
        widest = max(widest, gap)
        joined.append(place)
        rest.remove(place)
    return widest


def _distances(
    points: Sequence[NDArray[np.float32]], boxes: NDArray[np.float64], farthest: float, stopped: Stopping
) -> NDArray[np.float64]:
    """(n, n): from piece to piece, inf where the boxes lie farther apart than asked for."""
    count = len(points)
    apart = np.full((count, count), np.inf)
    gaps = np.maximum(boxes[:, None, :2], boxes[None, :, :2]) - np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    near: NDArray[Any] = np.all(gaps < farthest, axis=2)
    for first in while_wanted(range(count), stopped):
        for second in np.flatnonzero(near[first, :first]).tolist():
            apart[first, second] = apart[second, first] = _nearest(points[first], points[second], farthest)
    return apart


def _nearest(first: NDArray[np.float32], second: NDArray[np.float32], farthest: float) -> float:
    """From a piece to another; inf where many places are farther apart than asked for.

    Of large pieces a part at a time is compared, and only with what lies near it: all at once took gigabytes.
    """
    if len(first) * len(second) <= _PAIRS:
        return _apart(first, second)
    first, second = (piece[np.argsort(piece[:, 1], kind="stable")] for piece in (first, second))
    reach = 1.001 * farthest  # and what rounding may add
    found = np.inf
    for some in np.array_split(first, -(-len(first) // _FEW)):
        begin, end = np.searchsorted(second[:, 1], (some[0, 1] - reach, some[-1, 1] + reach))
        left, right = some[:, 0].min() - reach, some[:, 0].max() + reach
        close = second[begin:end]
        close = close[(close[:, 0] >= left) & (close[:, 0] <= right)]
        for part in np.array_split(close, -(-len(close) // _FEW)) if len(close) else ():
            found = min(found, _apart(some, part))
    return found


def _apart(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    across, down = (np.subtract.outer(first[:, axis], second[:, axis]) for axis in (0, 1))
    across *= across
    down *= down
    across += down
    return float(np.sqrt(across.min()))
