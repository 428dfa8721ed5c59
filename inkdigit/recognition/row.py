"""A place on a grey picture -> Row, 32 rows high: what the network that reads writing on paper sees, and its labels.

The place is cut out along the writing, with everything that is on it: rules, walls of cells, print above and below, the
feet of its neighbours. What is ink, nobody decides before the network reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Box

VERSION = 1  # a model of rows says which version it was trained with; change it when `cut` or `prepared` change
HIGH = 32
DIGIT = 20  # rows that a digit is high
MARGIN = 0.75  # heights of a digit that are seen before and behind the place
EDGE = 4.0  # columns from the ends: a mark whose middle is nearer is not read
_LEAST = 24  # columns
WIDEST = 800  # columns: some forty digits
SIGNS = (".", ",", "-", "/", ":", "+", "=", "(", ")", "%", "#", "x", "÷")
OTHER = 10  # the place of what is no digit and no sign: a letter, a whole word, a scribble
GAP = OTHER + 1 + len(SIGNS)  # the place of what parts two numbers: a space, or the wall between two cells
LABELS = (*map(str, range(10)), "other", *SIGNS, " ", "blank")
_BEHIND = 16  # columns, at least, behind a row: without these, its last mark is misread more often
_AROUND = 65  # columns around, over which paper is averaged
_CALM = 6.0  # of 255: a place with less contrast is not made to have more
_FAINTEST = 0.3  # usual contrasts: nothing fainter is full ink
_FULL = 97  # of a hundred pixels: the others are as dark as ink gets
_PAPER = 0.25  # of full ink: what is fainter is paper
_STRONGEST = 3.0  # times the usual contrast,
_UNIT = 1.5  # which is so many of it
MOST = _STRONGEST / _UNIT  # of what the network sees


@dataclass(frozen=True, eq=False)
class Place:
    """Where a row of writing lies on a picture.

    Attributes:
        middle: (x, y) in pixels.
        length: along the writing, in pixels.
        height: of its digits, in pixels.
        angle: in radians, of the writing, clockwise from the x axis.
        slant: the tangent by which its digits lean to the right: they stand upright in the Row.
    """

    middle: tuple[float, float]
    length: float
    height: float
    angle: float
    slant: float = 0.0

    @property
    def scale(self) -> float:
        """Rows, and columns, of the Row per pixel of the picture."""
        return DIGIT / max(1.0, self.height)

    @property
    def columns(self) -> int:
        """How wide the Row is, at most WIDEST."""
        return int(np.clip(round((self.length + 2 * MARGIN * self.height) * self.scale), _LEAST, WIDEST))

    def warp(self, fine: int = 1) -> NDArray[np.float64]:
        """(2, 3): a point of the Row, made so many times finer, -> the point of the picture."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)]) / (self.scale * fine)
        down = np.array([-along[1], along[0]]) - self.slant * along
        start = np.array(self.middle) - along * (self.columns * fine - 1) / 2 - down * (HIGH * fine - 1) / 2
        return np.column_stack([along, down, start])

    def part(self, left: float, right: float) -> Place:
        """The place whose Row is a part of this one's, between two of its columns."""
        middle = self.warp() @ np.array([(left + right - 1) / 2, (HIGH - 1) / 2, 1])
        length = (right - left) / self.scale - 2 * MARGIN * self.height
        return replace(self, middle=(float(middle[0]), float(middle[1])), length=length)

    def on_picture(self, box: Box) -> Box:
        """(left, top, right, bottom) in pixels of the Row -> around it on the picture."""
        left, top, right, bottom = (side - 0.5 for side in box)
        corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
        points = corners @ self.warp().T + 0.5
        (x, y), (far, low) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return (x, y, far, low)


def cut(grey: NDArray[np.uint8], place: Place, fine: int = 1) -> NDArray[np.uint8]:
    """uint8 (h, w) -> uint8 (32, columns): the place, laid level; beyond the picture, its edge is repeated.

    Args:
        fine: so many times as many rows and columns.
    """
    times = 1
    while place.scale * fine * times < 1:  # a picture that becomes smaller is looked at finely, and averaged
        times *= 2
    size = (place.columns * fine, HIGH * fine)
    found: Any = cv2.warpAffine(
        grey,
        place.warp(fine * times),
        (size[0] * times, size[1] * times),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found if times == 1 else cv2.resize(found, size, interpolation=cv2.INTER_AREA), np.uint8)


def prepared(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (32, w) -> float32 (32, w), -2 to 2: how far each tone is from the paper, in usual contrasts."""
    tones = pixels.astype(np.float32)
    paper = cv2.boxFilter(tones, -1, (_AROUND, 2 * HIGH + 1), borderType=cv2.BORDER_REPLICATE)
    off = tones - paper
    usual = max(_CALM, float(np.sqrt(np.mean(off * off))))
    return np.asarray(np.clip(off / usual, -_STRONGEST, _STRONGEST) / _UNIT, np.float32)


def ink(pixels: NDArray[np.float32], bright: bool, most: float = np.inf) -> NDArray[np.uint8]:
    """What is darker than the paper of a Row as `prepared`, or brighter: uint8 (h, w), ink = 255.

    Args:
        most: from which contrast on it is full ink; less, where the row's own ink is fainter.
    """
    off = np.maximum(pixels if bright else -pixels, 0)
    full = min(most, max(_FAINTEST, float(np.percentile(off, _FULL))))
    return np.asarray(np.clip(255 * (off / full - _PAPER) / (1 - _PAPER), 0, 255), np.uint8)


def together(some: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows, float32 (32, w) as `prepared` each -> float32 (n, 1, 32, widest), with 0 to the right of shorter ones.

    Training and reading put rows together alike: what lies behind the end of a row changes its last mark.
    """
    wide = (-(-max(one.shape[1] for one in some) // _BEHIND) + 1) * _BEHIND
    found = np.zeros((len(some), 1, HIGH, wide), np.float32)
    for place, one in zip(found, some, strict=True):
        place[0, :, : one.shape[1]] = one
    return found
