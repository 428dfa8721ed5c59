"""A grey page -> where numbers are written on it: layout analysis, by a fully convolutional network.

In the middle of what is written lie cores, as in DB (Liao et al., arXiv:1911.08947): they stay apart where numbers
stand side by side, and tell numbers from words by what stands around them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Box

VERSION = 1  # a model of pages says which version it was trained with; change it when `prepared` changes
STEP = 4  # pixels of the picture per pixel of the map of cores
PAPER, WORD, HAND, PRINT = range(4)  # kinds of core: HAND and PRINT are numbers, written by hand or printed
LABELS = ("paper", "word", "hand", "print")
KINDS = 4  # of core
TURNS = 4
USUAL = 24.0  # pixels of a digit
MOST = 3_000  # places of a page, words and all: more is a texture, or nothing that anybody reads
MULTIPLE = 32  # the network takes sides of multiples of this
_CORE = 0.4  # a pixel that may be in the middle of what is written
_BESIDE = (9, 3)  # pixels of the map: one mark of a number, or of a word, may look like the other
_FAVOUR = 3.0  # what may be a number or a word is rather a number, since what reads it knows letters too;
_LONELY = 15.0  # the more so, where little else stands on the page to tell by:
_FEW = 6  # places, at most
_PRINTED = 0.1  # of the chance of a number: what is written by hand has less (5 of 3,527, on pages of validation)
_LEAST_AREA = 0.02  # of the square of a digit's height
_TURNED = 0.6  # of the votes: a page lies upright, unless more of it says otherwise;
_SIDEWAYS = 0.75  # of the votes, of both ways to lie on its side: which of these, the network tells less well
LONG = 3.0  # heights of a digit: so long a core tells which way it is written
_NEIGHBOURS = 4  # of a core tell along which lines it stands,
_APART = 15.0  # heights, at most: what is further away tells nothing
_ALIKE = np.radians(4)  # angles that differ by less are of lines that lie alike
_SHARE = 0.15  # of all pairs: in noise a twentieth lie alike
_FEW_PAIRS = 3  # fewer cores beside each other tell nothing
_TELLS = 0.75  # of the certainty of the surest core: what is as sure tells how the page lies
STEEPEST = np.radians(40)  # that a row is askew
_TALL = 1.25  # heights of a digit across a core: so tall a one is of several rows,
_ROWS = (0.65, 0.3)  # heights between two rows, and from the edge of a core to one that parts it, at least
_VALLEY = 0.93  # times as much is written between two rows as in either, at most
_FLAT = 1.02  # times the least: as good as that, so the middle of it parts them
_TILTS = np.radians((-2, 0, 2))  # by which they may lie otherwise than the page, if that is
_LEVEL = np.radians(7)  # askew, at most
_PIXEL = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)  # the corners of a pixel
_AROUND = 65  # pixels: the window in which light and contrast are looked at


def prepared(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (h, w) -> float32 (1, 2, h, w): the tones, and how far each is from those around it."""
    tones = grey.astype(np.float32)
    mean = cv2.boxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    square = cv2.sqrBoxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 5
    stacked: Any = np.stack([tones / 128 - 1, np.clip((tones - mean) / spread, -5, 5) / 2])
    return np.asarray(stacked[None], np.float32)


Piece = tuple[tuple[slice, slice], NDArray[np.bool_]]  # rows and columns of the map, and which of these pixels


@dataclass(frozen=True, eq=False)
class Core:
    """Where a number is written.

    Attributes:
        kind: HAND or PRINT; WORD where words were asked for, too.
        height: of its digits, in pixels.
        certainty: 0 to 1: how sure the network is that it is one.
        box: around the core, in pixels of the sheet.
        corners: float32 (4, 2), of the narrowest rectangle around the core.
        printed: 0 to 1: how likely it is printed, if it is a number.
    """

    kind: int
    height: float
    certainty: float
    box: Box
    corners: NDArray[np.float32]
    printed: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y) in pixels of the sheet."""
        x, y = self.corners.mean(axis=0)
        return (float(x), float(y))

    @property
    def length(self) -> float:
        """Of its longer side, in pixels."""
        return max(self.sides)

    @property
    def sides(self) -> tuple[float, float]:
        """Lengths of its first side and of the next, in pixels."""
        first, second, third, _ = self.corners.tolist()
        return math.dist(first, second), math.dist(second, third)

    @property
    def angle(self) -> float:
        """Of its longer side, in radians, clockwise from the x axis, -pi / 2 to pi / 2: it has no direction."""
        x, y = max(np.diff(self.corners[:3], axis=0), key=lambda side: float(np.hypot(*side)))
        return float((np.arctan2(y, x) + np.pi / 2) % np.pi - np.pi / 2)

    def times(self, scale: float) -> Core:
        """The same core on a picture that has so many times as many pixels along each side."""
        left, top, right, bottom = (side * scale for side in self.box)
        corners = np.asarray(self.corners * np.float32(scale), np.float32)
        return replace(self, height=self.height * scale, box=(left, top, right, bottom), corners=corners)

    def moved(self, how: NDArray[np.float64]) -> Core:
        """The same core on a picture that is turned, and larger or smaller, by (2, 3): its points -> points there."""
        scale = float(np.sqrt(abs(np.linalg.det(how[:, :2]))))
        corners = np.asarray(self.corners @ how[:, :2].T + how[:, 2], np.float32)
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return replace(self, height=scale * self.height, box=(left, top, right, bottom), corners=corners)

    def turned(self, wide: float, high: float) -> Core:
        """The same core on a picture of that size, once that is turned by a quarter against the clock."""
        left, top, right, bottom = self.box
        corners = np.array([(y, wide - x) for x, y in self.corners.tolist()], np.float32)
        return replace(self, box=(top, wide - right, bottom, wide - left), corners=corners)


@dataclass(frozen=True, eq=False)
class Layout:
    """What is written where on a picture.

    Attributes:
        cores: of numbers.
        turns: quarter turns against the clock by which the page lies, 0 to 3.
        is_dense: True when there are more than MOST places, and nobody looked at each.
    """

    cores: tuple[Core, ...]
    turns: int
    is_dense: bool = False


def of_map(cores: NDArray[np.float32], words: bool = False) -> Layout:
    """What the network says, logits (9, h / 4, w / 4) -> Layout.

    Args:
        words: True gives the cores of words, too: digits of scripts that the network never saw look like words to it.
    """
    chances = _softmax(cores[:KINDS])
    number = chances[HAND] + chances[PRINT]
    written = (1 - chances[PAPER]) > _CORE
    around, word = (cv2.blur(some, _BESIDE) for some in (number, chances[WORD]))
    places = cv2.connectedComponents(written.astype(np.uint8), connectivity=8)[0] - 1
    if places > MOST:
        return Layout((), 0, is_dense=True)
    favour = _LONELY if places <= _FEW else _FAVOUR
    some = written if words else written & (favour * around >= word)
    seer = partial(_core, chances=chances, heights=cores[KINDS], favour=favour, words=words)
    found = [(piece, core) for piece in _pieces(some) if (core := seer(piece)) is not None]
    seen = Layout(tuple(core for _, core in found), _turns(cores, written, places > _FEW))
    askew = lie(seen)
    if abs(askew) > _LEVEL:
        return seen
    rows: list[Core | None] = []
    for piece, core in found:
        parts = _rows(piece, 1 - chances[PAPER], core, askew)
        rows += [core] if len(parts) == 1 else [seer(part) for part in parts]
    return replace(seen, cores=tuple(core for core in rows if core is not None))


def lie(seen: Layout) -> float:
    """The angle in radians, clockwise from the x axis, at which most rows of the picture are written.

    Long ones tell it; where there is none, what stands beside each other does. What is much less sure than others tells
    nothing: the grain of a wooden table looks like many faint rows.
    """
    upright = -seen.turns * np.pi / 2
    least = _TELLS * max((core.certainty for core in seen.cores), default=0.0)
    sure = [core for core in seen.cores if core.certainty >= least]
    long = [core for core in sure if core.length >= LONG * core.height]
    off = [near(core.angle - upright) for core in long] or _rises(sure, upright)
    kept = [one for one in off if abs(one) < STEEPEST]
    return float(upright + (np.median(kept) if kept else 0.0))


def _rises(cores: Sequence[Core], upright: float) -> list[float]:
    """The angles at which most cores have others near them, as in a docstrum (L. O'Gorman, 1993); none where there are
    few.
    """
    turn = np.array([[np.cos(upright), np.sin(upright)], [-np.sin(upright), np.cos(upright)]])
    middles = np.array([core.middle for core in cores]).reshape(-1, 2) @ turn.T
    found: list[float] = []
    for at, core in enumerate(cores):
        across, down = (middles - middles[at]).T
        far = across * across + down * down
        far[at] = np.inf
        nearest = np.argpartition(far, min(_NEIGHBOURS, len(far) - 1))[:_NEIGHBOURS]
        nearest = nearest[far[nearest] < (_APART * core.height) ** 2]
        found += [near(angle) for angle in np.arctan2(down[nearest], across[nearest]).tolist()]
    angles = np.sort([one for one in found if abs(one) < STEEPEST])
    counts = np.searchsorted(angles, angles + _ALIKE) - np.searchsorted(angles, angles - _ALIKE)
    if not len(angles) or counts.max() < max(_FEW_PAIRS, _SHARE * len(found)):
        return []
    most = angles[np.argmax(counts - np.abs(angles))]
    return [one for one in angles.tolist() if abs(one - most) <= _ALIKE]


def near(angle: float) -> float:
    """An angle of a line that has no direction, in radians, between -pi / 2 and pi / 2."""
    return float((angle + np.pi / 2) % np.pi - np.pi / 2)


def _core(
    piece: Piece, chances: NDArray[np.float32], heights: NDArray[np.float32], favour: float, words: bool
) -> Core | None:
    """The core of what hangs together, if it is large enough to be one, and rather a number or a word."""
    window, inside = piece
    left, top = window[1].start, window[0].start
    high, wide = inside.shape
    area = int(inside.sum())
    sizes = np.sort(heights[window][inside])
    height = USUAL * 2 ** float((sizes[(area - 1) // 2] + sizes[area // 2]) / 2)  # np.median takes long on few pixels
    if area < _LEAST_AREA * (height / STEP) ** 2:
        return None
    word, hand, printed = np.ascontiguousarray(chances[(slice(WORD, KINDS), *window)][:, inside]).mean(axis=1).tolist()
    is_number = favour * (hand + printed) >= word
    if not (is_number or words):
        return None
    box = (STEP * float(left), STEP * float(top), STEP * float(left + wide), STEP * float(top + high))
    kind = WORD if not is_number else PRINT if printed >= _PRINTED * (hand + printed) else HAND
    certainty = min(1.0, hand + printed + word if words else hand + printed)
    points = np.argwhere(inside)[:, ::-1].astype(np.float32)
    around = cv2.boxPoints(cv2.minAreaRect((points + _PIXEL[:, None]).reshape(-1, 2)))
    corners = np.asarray(STEP * (around + np.array([left, top])), np.float32)
    return Core(kind, height, certainty, box, corners, printed / max(1e-9, hand + printed))


def _pieces(some: NDArray[np.bool_]) -> Iterator[Piece]:
    """What hangs together."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(some.astype(np.uint8), connectivity=8)
    for one in range(1, count):
        left, top, wide, high, _ = (int(side) for side in stats[one])
        window = slice(top, top + high), slice(left, left + wide)
        yield window, pieces[window] == one


def _rows(piece: Piece, sure: NDArray[np.float32], core: Core, askew: float) -> list[Piece]:
    """What hangs together or, where its core is too tall for one row, its rows, parted where least is written.

    Args:
        sure: float (h, w), 0 to 1: that something is written at a place of the map.
        askew: the angle in radians by which the page lies askew.
    """
    (down, across), inside = piece
    if min(core.sides) < _TALL * core.height:
        return [piece]
    y, x = np.mgrid[: inside.shape[0], : inside.shape[1]]
    deepest, best, cuts = 0.0, y, list[int]()
    for tilt in askew + _TILTS:
        level = np.rint(y * np.cos(tilt) - x * np.sin(tilt)).astype(int)
        level = np.maximum(0, level - level[inside].min())
        profile = np.bincount(level[inside], sure[down, across][inside]).astype(np.float64)
        depth, found = _valleys(profile, core.height / STEP)
        if depth > deepest:
            deepest, best, cuts = depth, level, found
    at = np.searchsorted(cuts, best, side="right")
    parts = [inside & (at == one) for one in range(len(cuts) + 1)]
    return [_trimmed(part, down.start, across.start) for part in parts if part.any()]


def _trimmed(part: NDArray[np.bool_], top: int, left: int) -> Piece:
    """Pixels of the map from that row and column on, without the empty rows and columns around them."""
    rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    y, x = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return (slice(top + y.start, top + y.stop), slice(left + x.start, left + x.stop)), part[y, x]


def _valleys(profile: NDArray[np.float64], height: float) -> tuple[float, list[int]]:
    """Where little is written between two rows, of a digit's height each: how clearly, in all; and at which places."""
    reach, edge = max(2, round(_ROWS[0] * height)), max(1, round(_ROWS[1] * height))
    ratios = np.ones(len(profile))
    for at in range(edge, len(profile) - edge):
        above, below = profile[max(0, at - reach) : at].max(), profile[at + 1 : at + 1 + reach].max()
        ratios[at] = profile[at] / max(1e-6, min(above, below))
    cuts: list[int] = []
    depth = 0.0
    while ratios.min(initial=1) < _VALLEY:
        first = last = int(ratios.argmin())
        while last + 1 < len(ratios) and ratios[last + 1] <= _FLAT * ratios[first]:
            last += 1
        at = (first + last + 1) // 2
        depth += 1 - float(ratios[at])
        cuts.append(at)
        ratios[max(0, min(first, at - reach + 1)) : max(last + 1, at + reach)] = 1
    return depth, sorted(cuts)


def _turns(cores: NDArray[np.float32], written: NDArray[np.bool_], many: bool) -> int:
    """Which quarter turn most of what is written says; where much is written, a page may lie on either side."""
    if not written.any():
        return 0
    votes = _softmax(cores[KINDS + 1 :])[:, written].mean(axis=1)
    if many and votes[1] + votes[3] > _SIDEWAYS:
        return 1 if votes[1] > votes[3] else 3
    best = int(votes.argmax())
    return best if votes[best] > _TURNED else 0


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0), np.float32)
