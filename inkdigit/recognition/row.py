"""A place on a grey picture -> Row, 32 rows high: what the network that reads writing on paper sees, and its labels.

The place is cut out along the writing, with everything that is on it: rules, walls of cells, print above and below, the
feet of its neighbours. What is ink, nobody decides before the network reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

VERSION = 1  # a model of rows says which version it was trained with; change it when `cut` or `prepared` change
HIGH = 32
DIGIT = 20  # rows that a digit is high
_MARGIN = 0.5  # heights of a digit that are seen before and behind the place
_LEAST = 24  # columns
WIDEST = 800  # columns: some forty digits
SIGNS = (".", ",", "-", "/", ":", "+", "=", "(", ")", "%", "#")
OTHER = 10  # the place of what is no digit and no sign: a letter, a whole word, a scribble
GAP = OTHER + 1 + len(SIGNS)  # the place of what parts two numbers: a space, or the wall between two cells
LABELS = (*map(str, range(10)), "other", *SIGNS, " ", "blank")
_BEHIND = 16  # columns, at least, behind a row: without these, its last mark is misread more often
_AROUND = 65  # columns around, over which paper is averaged
_CALM = 6.0  # of 255: a place with less contrast is not made to have more
_STRONGEST = 3.0  # times the usual contrast


@dataclass(frozen=True, eq=False)
class Place:
    """Where a row of writing lies on a picture.

    Attributes:
        middle: (x, y) in pixels.
        length: along the writing, in pixels.
        height: of its digits, in pixels.
        angle: in radians, of the writing, clockwise from the x axis.
    """

    middle: tuple[float, float]
    length: float
    height: float
    angle: float

    @property
    def scale(self) -> float:
        """Rows, and columns, of the Row per pixel of the picture."""
        return DIGIT / max(1.0, self.height)

    @property
    def columns(self) -> int:
        """How wide the Row is, at most WIDEST."""
        return int(np.clip(round((self.length + 2 * _MARGIN * self.height) * self.scale), _LEAST, WIDEST))

    def warp(self) -> NDArray[np.float64]:
        """(2, 3): a point of the Row -> the point of the picture."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)]) / self.scale
        down = np.array([-along[1], along[0]])
        start = np.array(self.middle) - along * (self.columns - 1) / 2 - down * (HIGH - 1) / 2
        return np.column_stack([along, down, start])


def cut(grey: NDArray[np.uint8], place: Place) -> NDArray[np.uint8]:
    """uint8 (h, w) -> uint8 (32, columns): the place, laid level; beyond the picture, its edge is repeated."""
    warp, columns, times = place.warp(), place.columns, 1
    while place.scale * times < 0.7:  # a picture that becomes much smaller is looked at finely, and averaged
        times *= 2
    fine = warp.copy()
    fine[:, :2] /= times
    fine[:, 2] += (warp[:, :2] @ np.full(2, (1 / times - 1) / 2)) if times > 1 else 0
    found: Any = cv2.warpAffine(
        grey,
        fine,
        (columns * times, HIGH * times),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if times > 1:
        found = cv2.resize(found, (columns, HIGH), interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)


def prepared(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (32, w) -> float32 (32, w), about -2 to 2: how far each tone is from the paper, in usual contrasts."""
    tones = pixels.astype(np.float32)
    paper = cv2.boxFilter(tones, -1, (_AROUND, 2 * HIGH + 1), borderType=cv2.BORDER_REPLICATE)
    off = tones - paper
    usual = max(_CALM, float(np.sqrt(np.mean(off * off))))
    return np.asarray(np.clip(off / usual, -_STRONGEST, _STRONGEST) / 1.5, np.float32)


def together(some: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows, float32 (32, w) as `prepared` each -> float32 (n, 1, 32, widest), with 0 to the right of shorter ones.

    Training and reading put rows together alike: what lies behind the end of a row changes its last mark.
    """
    wide = (-(-max(one.shape[1] for one in some) // _BEHIND) + 1) * _BEHIND
    found = np.zeros((len(some), 1, HIGH, wide), np.float32)
    for place, one in zip(found, some, strict=True):
        place[0, :, : one.shape[1]] = one
    return found
