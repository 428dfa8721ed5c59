"""Printed or written by hand: said for each number by its digits, and by the numbers above and below it.

A small network tells a printed digit from a written one, though not surely of one alone. Numbers of one height that
stand below each other are printed, or written, together: their digits all tell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition.layout import Core
from inkdigit.recognition.reading import Number

# Log odds that a number is printed: fitted on drawn pages, each of fonts that the network did not see
# (python -m benchmarks.prints).
BASE = 1.83
WEIGHTS = (0.65, 0.2, 2.08, 2.39)  # of what `evidence` says
LEAST = 2.0  # log odds: of numbers written by hand, hardly any has more
_SUREST = 6.0  # log odds of a digit: more is as good as these
_RAREST = 1e-5  # chance of print, by the network of pages: less is as good as that
_ASIDE = 0.25  # heights by which the left sides, the middles or the right sides of a column stand apart, at most
_HIGHER = 1.15  # times: numbers that are higher are of another kind,
_LARGER = 1.4  # and so are those whose digits the network of pages takes for so much larger
_NEXT, _FAR = 0.6, 40.0  # heights to the next row, and to the last that tells something
_FADES = 8.0  # and at so many heights a third of what the next row tells
_FEW = 0.6  # numbers that are taken for known, and tell nothing, where there are few
_TOGETHER = 64  # numbers that are compared with all others in one go: bounds the memory


def are_printed(
    numbers: Sequence[Number], cores: Sequence[Core], odds: NDArray[np.float32], askew: float
) -> list[bool]:
    """Which numbers of a page are printed; as `evidence`."""
    if not numbers:
        return []
    return [bool(one) for one in BASE + evidence(numbers, cores, odds, askew) @ np.array(WEIGHTS) > LEAST]


def evidence(
    numbers: Sequence[Number], cores: Sequence[Core], odds: NDArray[np.float32], askew: float
) -> NDArray[np.float64]:
    """float (n, 4): what is known of each number.

    Log odds that its digits are printed, on average; that it is, by the network of pages; those of the digits of the
    numbers above and below it in its column, the nearer ones most; and how many these are, 0 to 1.

    Args:
        cores: in which they were found.
        odds: that each digit of each of them is printed, float32 (digits,).
        askew: the angle in radians by which the page lies askew.
    """
    lengths = [len(one.digits) for one in numbers]
    owners = np.repeat(np.arange(len(numbers)), lengths)
    own = np.clip(np.bincount(owners, odds, len(numbers)) / np.maximum(1, lengths), -_SUREST, _SUREST)
    chance = np.clip([core.printed for core in cores], _RAREST, 1 - _RAREST)
    places, high = _places(numbers, askew)
    found = np.column_stack([own, np.log(chance / (1 - chance)), np.zeros((len(numbers), 2))])
    large = np.array([core.height for core in cores])
    for first in range(0, len(large), _TOGETHER):
        some = slice(first, first + _TOGETHER)
        off = np.abs(places[:, 3] - places[some, 3, None]) / large[some, None]
        aside = np.abs(places[:, :3] - places[some, None, :3]).min(axis=2)
        same = (aside < _ASIDE * large[some, None]) & (off > _NEXT) & (off < _FAR)
        same &= _alike(high, some, _HIGHER) & _alike(large, some, _LARGER)
        counts = same * np.exp(-off / _FADES)
        found[some, 2] = counts @ own / (counts.sum(axis=1) + _FEW)
        found[some, 3] = counts.sum(axis=1) / (counts.sum(axis=1) + _FEW)
    return found


def _alike(sizes: NDArray[np.float64], some: slice, times: float) -> NDArray[np.bool_]:
    """bool (some, n): which sizes are at most so many times as large as some of them, or as small."""
    one, other = sizes[some, None], sizes[None]
    return np.asarray(np.maximum(one, other) < times * np.minimum(one, other))


def _places(numbers: Sequence[Number], askew: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float (n, 4): where each number begins, has its middle and ends along the rows of the page, and how far down it
    stands; and (n,): how high its digits are, in pixels.
    """
    left, top, right, bottom = np.array([one.box or (0.0, 0.0, 1.0, 1.0) for one in numbers]).T
    down = (top + bottom) / 2
    along = [x * np.cos(askew) + down * np.sin(askew) for x in (left, (left + right) / 2, right)]
    level = down * np.cos(askew) - (left + right) / 2 * np.sin(askew)
    heights = [[box[3] - box[1] for digit in one.digits if (box := digit.box)] or [1.0] for one in numbers]
    high = np.array([median(some) for some in heights])
    return np.column_stack([*along, level]), np.maximum(1.0, high)
