"""What to add to a glyph, or to take from it, so that the network reads another digit: the fewest pixels that do it.

The term is counterfactual explanation (Wachter, Mittelstadt, Russell, arXiv:1711.00399).

The pieces are what a hand could do: a short straight line of the pen, or a touch of the eraser. All single pieces are
tried at once, which serves every digit; then the best ones together, up to four.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition.glyph import SIDE, Glyph
from inkdigit.recognition.reading import MOST_SURE

Pixels = NDArray[np.uint8]
Scores = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # glyphs (n, 1, 28, 28) -> calibrated scores (n, labels)

_STEP = 4  # pixels between the places where a line can end
_LENGTHS = (3.5, 9.1)  # pixels: the shortest and the longest line
_WIDE = 2  # pixels of a line: that of the pen
_ERASER = 2.7  # radius in pixels
_LEAST = 4  # full pixels: a piece that changes less is none
_MOST_PIECES = 4
_KEPT, _TRIED = 6, 12  # the best states so far, each with the best single pieces
_WANTED = 2  # changes to show
_MOST_DIGITS = 3  # that are tried
_SURE = 0.5  # confidence in the other digit from which on the change counts


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """What would make another digit of a glyph.

    Attributes:
        digit: the other digit, 0 to 9.
        chance: the confidence in that digit after the change, 0.5 to 1; 0 when no small change was found.
        added: uint8 (28, 28): ink to add.
        removed: uint8 (28, 28): ink to take away; the changed glyph is the glyph + added - removed.
    """

    digit: int
    chance: float
    added: Pixels
    removed: Pixels

    @property
    def found(self) -> bool:
        """Whether there is such a change."""
        return self.chance > 0

    @property
    def places(self) -> dict[str, str]:
        """Where ink is added and removed: {"add": "top", "remove": "bottom-left"}; without what is not needed."""
        return {name: _place(mask) for name, mask in (("add", self.added), ("remove", self.removed)) if mask.any()}


def counterfactuals(
    scores: Scores, refuse_above: float, glyph: Glyph, value: int | None, likely: Sequence[int] = ()
) -> tuple[Counterfactual, ...]:
    """The smallest changes found that make other digits of a glyph: first what it could be, then what is nearest.

    Args:
        scores: what reads it.
        refuse_above: a mark whose probability to be no digit is above this is refused, 0 to 1.
        value: its reading; that digit is left out.
        likely: digits that it could be as it stands; the first is answered for in any case.

    Returns:
        One or two; a single one that was not found when there is none.
    """
    ink = np.rint(glyph.pixels * 255).astype(np.uint8)
    tools = _useful(ink)
    search = _Search(scores, refuse_above, ink, tools)
    singles = search.tried([(place,) for place in range(len(tools))])
    nearest = sorted(range(10), key=lambda digit: -float(_ahead(singles.scores, digit).max()))
    order = [digit for digit in dict.fromkeys([*likely[:1], *nearest]) if digit != value][:_MOST_DIGITS]
    made: list[Counterfactual] = []
    for digit in order:
        made.append(search.to(digit, singles))
        if sum(one.found for one in made) == _WANTED:
            break
    shown = [one for one in made if one.found or one.digit in likely[:1]]
    return tuple(shown[:_WANTED] or made[:1])


def chances(scores: NDArray[np.float32], refuse_above: float, digit: int) -> NDArray[np.float64]:
    """Calibrated scores (n, labels) -> float64 (n,): the confidence in a digit; 0 where that is not the answer."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    other = shares[:, 10] if shares.shape[1] > 10 else np.zeros(len(shares))
    answered = (shares[:, :10].argmax(axis=1) == digit) & (other <= refuse_above)
    return np.where(answered, shares[:, digit], 0.0)


@dataclass(frozen=True, eq=False)
class _Tool:
    """A piece of a change: a mask, uint8 (28, 28), of ink to draw or to erase."""

    erases: bool
    mask: Pixels


@dataclass(frozen=True, eq=False)
class _Tried:
    """Sets of tools, the glyphs that they make, uint8 (n, 28, 28), and what these are read as, (n, labels)."""

    sets: list[tuple[int, ...]]
    states: Pixels
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Search:
    """Looks for changes of one glyph."""

    read: Scores
    refuse_above: float
    ink: Pixels
    tools: list[_Tool]

    def tried(self, sets: list[tuple[int, ...]]) -> _Tried:
        """What comes of some sets of tools."""
        states = _drawn(self.ink, self.tools, sets)
        return _Tried(sets, states, self.read(states[:, None].astype(np.float32) / np.float32(255)))

    def to(self, digit: int, singles: _Tried) -> Counterfactual:
        """The change to a digit, begun with the single tools."""
        best = np.argsort(-_ahead(singles.scores, digit), kind="stable")[:_TRIED]
        now = singles
        for pieces in range(_MOST_PIECES):
            chance = chances(now.scores, self.refuse_above, digit)
            right = np.flatnonzero(chance >= _SURE)
            if len(right):
                least = min(right, key=lambda place: _size(now.states[place], self.ink))
                return self._change(now.states[least], digit, min(MOST_SURE, float(chance[least])))
            if pieces < _MOST_PIECES - 1:
                kept = np.argsort(-_ahead(now.scores, digit), kind="stable")[:_KEPT]
                more = {
                    tuple(sorted({*now.sets[at], int(one)})) for at in kept for one in best if one not in now.sets[at]
                }
                now = self.tried(sorted(more))
        return self._change(self.ink, digit, 0.0)

    def _change(self, changed: Pixels, digit: int, chance: float) -> Counterfactual:
        added, removed = cv2.subtract(changed, self.ink), cv2.subtract(self.ink, changed)  # both stop at 0
        return Counterfactual(digit, chance, np.asarray(added, np.uint8), np.asarray(removed, np.uint8))


def _ahead(scores: NDArray[np.float32], digit: int) -> NDArray[np.float32]:
    """(n, labels) -> (n,): how far a digit's score is before the best other."""
    return np.asarray(scores[:, digit] - np.delete(scores, digit, axis=1).max(axis=1), np.float32)


def _size(state: Pixels, ink: Pixels) -> int:
    return int(cv2.absdiff(state, ink).sum())


def _drawn(ink: Pixels, tools: list[_Tool], sets: Sequence[Sequence[int]]) -> Pixels:
    """uint8 (n, 28, 28): the ink after each set of tools; what is drawn is not erased."""
    states = np.repeat(ink[None], len(sets), axis=0)
    for state, members in zip(states, sets, strict=True):
        for place in sorted(members, key=lambda one: not tools[one].erases):
            tool = tools[place]
            state[:] = cv2.subtract(state, tool.mask) if tool.erases else np.maximum(state, tool.mask)
    return states


def _useful(ink: Pixels) -> list[_Tool]:
    """The tools that change something of a glyph."""
    lines, discs = _lines(), _discs()
    more = cv2.subtract(lines, np.broadcast_to(ink, lines.shape).copy()).sum(axis=(1, 2))
    less = np.minimum(discs, ink).sum(axis=(1, 2), dtype=np.int64)
    least = _LEAST * 255
    return [_Tool(False, mask) for mask in lines[more >= least]] + [_Tool(True, mask) for mask in discs[less >= least]]


@cache
def _lines() -> Pixels:
    """uint8 (n, 28, 28): short straight lines between places _STEP pixels apart."""
    marks = range(_STEP, SIDE - _STEP + 1, _STEP)
    places = [(x, y) for x in marks for y in marks]
    ends = [
        (one, other)
        for one, other in itertools.combinations(places, 2)
        if _LENGTHS[0] <= np.hypot(one[0] - other[0], one[1] - other[1]) <= _LENGTHS[1]
    ]
    return np.stack([_line(one, other) for one, other in ends])


def _line(one: tuple[int, int], other: tuple[int, int]) -> Pixels:
    fine = 8
    picture = np.zeros((SIDE * fine, SIDE * fine), np.uint8)
    start, end = ([fine * x + fine // 2, fine * y + fine // 2] for x, y in (one, other))
    cv2.line(picture, start, end, 255, _WIDE * fine, cv2.LINE_AA)
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _discs() -> Pixels:
    """uint8 (n, 28, 28): touches of an eraser with a soft edge, two pixels apart."""
    ys, xs = np.mgrid[:SIDE, :SIDE]
    places = itertools.product(range(_STEP, SIDE - _STEP + 1, 2), repeat=2)
    discs = [np.clip(_ERASER + 0.5 - np.hypot(xs - x, ys - y), 0, 1) for x, y in places]
    return np.asarray(np.rint(np.stack(discs) * 255), np.uint8)


def _place(mask: Pixels) -> str:
    """Where most of a mask is: "top-left", "top", ..., "middle", ..., "bottom-right"."""
    moments = cv2.moments(mask)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    edges = (11.5, 16.5)  # of the 28 pixels; digits are 20 high and often half as wide
    down = "top" if y < edges[0] else "bottom" if y > edges[1] else ""
    across = "left" if x < edges[0] else "right" if x > edges[1] else ""
    return "-".join(part for part in (down, across) if part) or "middle"
