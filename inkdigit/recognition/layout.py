"""A grey page -> where numbers are written on it: layout analysis, by a fully convolutional network.

In the middle of what is written lie cores, as in DB (Liao et al., arXiv:1911.08947): they stay apart where numbers
stand side by side, and tell numbers from words by what stands around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
_LEAST_AREA = 0.02  # of the square of a digit's height
_TURNED = 0.6  # of the votes: a page lies upright, unless more of it says otherwise;
_SIDEWAYS = 0.75  # of the votes, of both ways to lie on its side: which of these, the network tells less well
LONG = 3.0  # heights of a digit: so long a core tells which way it is written
_FEW_PAIRS = 3  # pairs of cores tell less than that how a page lies
_TELLS = 0.75  # of the certainty of the surest core: what is as sure tells how the page lies
STEEPEST = np.radians(40)  # that a row is askew
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


@dataclass(frozen=True, eq=False)
class Core:
    """Where a number is written.

    Attributes:
        kind: HAND or PRINT; WORD where words were asked for, too.
        height: of its digits, in pixels.
        certainty: 0 to 1: how sure the network is that it is one.
        box: around the core, in pixels of the sheet.
        corners: float32 (4, 2), of the narrowest rectangle around the core.
    """

    kind: int
    height: float
    certainty: float
    box: Box
    corners: NDArray[np.float32]

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y) in pixels of the sheet."""
        x, y = self.corners.mean(axis=0)
        return (float(x), float(y))

    @property
    def length(self) -> float:
        """Of its longer side, in pixels."""
        return float(max(np.hypot(*side) for side in np.diff(self.corners[:3], axis=0)))

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

    def turned(self, wide: float, high: float) -> Core:
        """The same core on a picture of that size, once that is turned by a quarter against the clock."""
        left, top, right, bottom = self.box
        corners = np.stack([self.corners[:, 1], wide - self.corners[:, 0]], axis=1).astype(np.float32)
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
    found = _cores(some, chances, cores[KINDS], favour, words)
    return Layout(tuple(found), _turns(cores, written, places > _FEW))


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
    """The angles from each core to the next on its right, nearly level with it; none where there are few."""
    turn = np.array([[np.cos(upright), np.sin(upright)], [-np.sin(upright), np.cos(upright)]])
    middles = np.array([core.middle for core in cores]).reshape(-1, 2) @ turn.T
    found = []
    for core, middle in zip(cores, middles, strict=True):
        across, down = (middles - middle).T
        beside = (across > 0) & (np.abs(down) < 0.8 * core.height)
        if beside.any():
            nearest = int(np.where(beside, across, np.inf).argmin())
            found.append(float(np.arctan2(down[nearest], across[nearest])))
    return found if len(found) >= _FEW_PAIRS else []


def near(angle: float) -> float:
    """An angle of a line that has no direction, in radians, between -pi / 2 and pi / 2."""
    return float((angle + np.pi / 2) % np.pi - np.pi / 2)


def _cores(
    some: NDArray[np.bool_],
    chances: NDArray[np.float32],
    heights: NDArray[np.float32],
    favour: float,
    words: bool,
) -> list[Core]:
    """What hangs together, as one core each, if it is large enough to be one, and rather a number or a word."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(some.astype(np.uint8), connectivity=8)
    found = []
    for one in range(1, count):
        left, top, wide, high, area = (int(side) for side in stats[one])
        window = slice(top, top + high), slice(left, left + wide)
        inside = pieces[window] == one
        height = USUAL * 2 ** float(np.median(heights[window][inside]))
        likely = [float(chances[(kind, *window)][inside].mean()) for kind in (HAND, PRINT, WORD)]
        is_number = favour * (likely[0] + likely[1]) >= likely[2]
        if area >= _LEAST_AREA * (height / STEP) ** 2 and (is_number or words):
            box = tuple(float(STEP * side) for side in (left, top, left + wide, top + high))
            kind = WORD if not is_number else HAND if likely[0] >= likely[1] else PRINT
            certainty = min(1.0, sum(likely) if words else likely[0] + likely[1])
            points = np.argwhere(inside)[:, ::-1].astype(np.float32)
            around = cv2.boxPoints(cv2.minAreaRect(np.concatenate([points + off for off in _PIXEL])))
            corners = np.asarray(STEP * (around + np.array([left, top])), np.float32)
            found.append(Core(kind, height, certainty, box, corners))  # type: ignore[arg-type]
    return found


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
