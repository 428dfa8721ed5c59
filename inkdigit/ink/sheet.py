"""A page, a scan or a photo of paper -> its ink: light evened out, rules and frames taken off.

One digit on a picture goes another way (`picture.load`); here there may be any number of marks, of any size, and light,
shadows and printed lines between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import picture
from inkdigit.ink.picture import ImageInput
from inkdigit.ink.tones import Tones, is_uneven, paper_is_bright
from inkdigit.settings import Settings

_WORKING_PIXELS = 4_000_000  # an A4 page at 200 dots an inch: digits of 3 mm are 24 pixels high
_LIGHT_SIDE = 400  # light is estimated on a picture of this size
_LIGHT_WINDOW = 51  # of that picture: wider than any stroke
_STROKE = 0.12  # of the shorter side: a line half as wide as this would fill the picture
_LEAST_INK = 0.08  # part of the paper's light that ink swallows; a faint pencil 0.15, the grain of paper 0.03
_GRAIN = 4.0  # ink stands out from the grain by so many of its deviations
_SOFT = 0.6  # of the threshold between ink and paper: a paler pixel next to ink is ink too
_RULE = 0.3  # part of the picture's longer side that a printed line runs at least
_LEAST_MARK = 4  # pixels: a lower mark does not tell how high marks are
_RULE_STEP = 1 / 40  # of the longer side: a line is straight over this length
_COVERED = 0.6  # part of its length where a printed line shows
_MOST_THICK = 1 / 120  # of the longer side: a thicker bar is no rule


@dataclass(frozen=True, eq=False)
class Sheet:
    """Ink without paper.

    Attributes:
        ink: uint8 (height, width), paper = 0, full ink = 255.
        scale: pixels of `ink` per pixel of the input, 0 < scale <= 1.
        size: (width, height) of the input in pixels, upright.
    """

    ink: NDArray[Any]
    scale: float
    size: tuple[int, int]


def load(image: ImageInput, settings: Settings | None = None) -> Sheet:
    """Anything that shows writing -> its ink.

    Raises:
        PictureError: as `picture.load`.
    """
    pixels = picture.decode(image, settings)
    height, width = pixels.shape[:2]
    scale = min(1.0, (_WORKING_PIXELS / (height * width)) ** 0.5)
    if scale < 1:
        smaller = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    ink = _without_rules(_ink(picture.to_grey(pixels)))
    return Sheet(ink, scale, (width, height))


def _ink(grey: NDArray[Any]) -> NDArray[Any]:
    """Grey (h, w) -> ink (h, w): how much of the light of the paper around is missing, or added on a dark board."""
    paper = _paper(grey)
    darker, brighter = cv2.subtract(paper, grey), cv2.subtract(grey, paper)
    is_board = _weight(brighter) > _weight(darker)
    most = 255 - paper if is_board else paper
    part = (brighter if is_board else darker).astype(np.float32) / np.maximum(most, 48)
    grain = 1.4826 * float(np.median(cv2.absdiff(grey, paper).ravel()[:: 1 + grey.size // 200_000])) / 128
    least = max(_LEAST_INK, _GRAIN * grain)
    values = part[part > least]
    if values.size < 12:
        return np.zeros_like(grey)
    middle = _parting(values)
    full = float(np.median(values[values > middle])) if (values > middle).any() else middle
    soft = np.clip((part - 0.5 * least) / max(1e-6, full - 0.5 * least), 0, 1)
    dark = (part > middle).astype(np.uint8)
    pale = (part > max(least, _SOFT * middle)).astype(np.uint8)
    kept = _reached(pale, dark)
    return np.asarray(np.rint(255 * soft * cv2.dilate(kept, np.ones((3, 3), np.uint8))), np.uint8)


def _paper(grey: NDArray[Any]) -> NDArray[Any]:
    """The tone of the paper everywhere, as if nobody had written on it."""
    height, width = grey.shape
    shrink = min(1.0, _LIGHT_SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small: NDArray[Any] = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    tones = Tones.of(small[None])
    if not is_uneven(small[None], tones)[0]:
        is_paper: NDArray[Any] = (small > tones.threshold[0]) == paper_is_bright(small[None], tones)[0]
        deepest = cv2.distanceTransform(np.asarray(~is_paper, np.uint8), cv2.DIST_L2, 3).max()
        if deepest <= _STROKE * min(size):  # no shadow: all that is dark is thin
            return np.full_like(grey, np.median(small[is_paper]))
    window = min(_LIGHT_WINDOW, round(0.75 * max(size)) // 2 * 2 + 1)
    return np.asarray(
        cv2.resize(cv2.medianBlur(small, window), (width, height), interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _weight(tones: NDArray[Any]) -> float:
    counts = cv2.calcHist([tones], [0], None, [256], [0, 256]).ravel()
    levels = np.arange(256)
    return float((counts * levels**2)[24:].sum())


def _parting(values: NDArray[Any]) -> float:
    """Otsu's threshold among what is no plain paper: between soft edges, or printed lines, and ink."""
    bytes_ = np.clip(values * 255, 0, 255).astype(np.uint8)
    return float(cv2.threshold(bytes_, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]) / 255


def _reached(pale: NDArray[Any], dark: NDArray[Any]) -> NDArray[Any]:
    """uint8 (h, w), 1 in those pieces of `pale` that hold something dark."""
    count, labels = cv2.connectedComponents(pale, connectivity=8)
    kept = np.zeros(count, np.uint8)
    kept[np.unique(labels[dark > 0])] = 1
    kept[0] = 0
    return np.asarray(kept[labels], np.uint8)


def _without_rules(ink: NDArray[Any]) -> NDArray[Any]:
    """Long thin straight lines taken off; where writing crosses one, it stays."""
    mask = (ink > 80).astype(np.uint8)
    if not mask.any():
        return ink
    flat, upright = _lines(mask), _lines(np.ascontiguousarray(mask.T))
    if not flat and not upright:
        return ink
    taken = _taken(mask, flat) | _taken(np.ascontiguousarray(mask.T), upright).T
    if flat and upright:  # where two lines cross, each looks like writing on the other
        taken |= _band(mask.shape, flat) & _band(mask.T.shape, upright).T & mask
    taken |= _posts(mask & (1 - taken), flat)
    left = mask & (1 - taken)
    beside = cv2.dilate(taken, np.ones((3, 3), np.uint8)) & (1 - left)  # soft edges of a line go with it
    return np.where(beside > 0, 0, ink).astype(np.uint8)


def usual_height(stats: NDArray[Any]) -> float:
    """Height of the marks that hold half of the ink, lines not counted; from the statistics of connected components."""
    wide, high, area = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_AREA]
    marks = (high >= _LEAST_MARK) & (wide < 8 * high) & (high < 12 * wide)
    if not marks.any():
        return float(high.max())
    order = np.argsort(high[marks])
    summed = np.cumsum(area[marks][order])
    return float(high[marks][order][np.searchsorted(summed, 0.5 * summed[-1])])


@dataclass(frozen=True)
class _Line:
    """A nearly level line: y = bend[0] x^2 + bend[1] x + bend[2] for first <= x <= last, `thick` pixels thick."""

    bend: tuple[float, float, float]
    first: int
    last: int
    thick: float


def _lines(mask: NDArray[Any]) -> list[_Line]:
    """Nearly level lines, thin and at least _RULE of the longer side long."""
    longer = max(mask.shape)
    step = max(12, round(longer * _RULE_STEP))
    slack = max(1, round(step * 0.09))  # a line that rises by 5 degrees stays within a window of this height
    thick = cv2.dilate(mask, np.ones((2 * slack + 1, 1), np.uint8))
    level = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, step), np.uint8)) & mask
    if not level.any():
        return []
    joined = cv2.dilate(level, np.ones((2 * slack + 1, step), np.uint8))
    x, y, wide, high = cv2.boundingRect(joined)  # mostly a small part: labelling all of it takes much longer
    if wide - step < _RULE * longer:
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined[y : y + high, x : x + wide], connectivity=8)
    found = []
    for one in np.nonzero(stats[:, cv2.CC_STAT_WIDTH] - step >= _RULE * longer)[0]:
        left, top, wide, high = stats[one, :4]
        pixels = labels[top : top + high, left : left + wide] == one
        left, top = left + x, top + y
        inside = level[top : top + high, left : left + wide] & pixels
        found.append(_fitted(inside, left, top, longer) if one else None)
    return [line for line in found if line is not None]


def _fitted(pixels: NDArray[Any], left: int, top: int, longer: int) -> _Line | None:
    """The line through most of the pixels, or None when they are no thin line with few gaps."""
    columns = np.nonzero(pixels.any(axis=0))[0]
    if len(columns) < _COVERED * np.ptp(columns):
        return None
    count = pixels.sum(axis=0)[columns]
    thick = float(np.percentile(count, 30))  # writing that crosses the line makes it thicker here and there
    middle = (np.arange(len(pixels)) @ pixels)[columns] / count
    on = count <= 1.5 * thick + 1
    bend = np.polyfit(columns[on], middle[on], 2)  # a lens bends lines a little
    for _ in range(3):
        off = np.abs(middle - np.polyval(bend, columns))
        on = off <= max(1.5, 2 * float(np.median(off)))
        bend = np.polyfit(columns[on], middle[on], 2)
    straight = float(np.median(np.abs(middle[on] - np.polyval(bend, columns[on])))) <= 0.5 * thick + 0.5
    if not straight or thick > _MOST_THICK * longer or on.sum() < 0.5 * np.ptp(columns):
        return None
    a, b, c = (float(v) for v in bend)  # in the crop; moved to the picture
    moved = (a, b - 2 * a * left, a * left**2 - b * left + c + top)
    return _Line(moved, left + int(columns[0]), left + int(columns[-1]), thick)


def _posts(mask: NDArray[Any], flat: list[_Line]) -> NDArray[Any]:
    """uint8 (h, w), 1 on thin upright marks that run from one level line to another: the sides of a frame or a cell."""
    gone: NDArray[Any] = np.zeros_like(mask)
    if len(flat) < 2:
        return gone
    thick = float(np.median([line.thick for line in flat]))
    ends = _band(mask.shape, flat, thick + 4)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    tall = (stats[:, cv2.CC_STAT_HEIGHT] > 8 * thick) & (stats[:, cv2.CC_STAT_AREA] < 2.5 * thick * stats[:, 3])
    for one in np.nonzero(tall)[0]:
        left, top, wide, high = stats[one, :4]
        across = slice(left, left + wide)
        if one and ends[top, across].any() and ends[top + high - 1, across].any():
            gone[top : top + high, across] |= labels[top : top + high, across] == one
    return gone


def _band(shape: tuple[int, ...], lines: list[_Line], wider: float = 1.0) -> NDArray[Any]:
    """uint8 (h, w), 1 on the lines and `wider` pixels above and below them, a little longer than they were seen."""
    band = np.zeros(shape, np.uint8)
    for line in lines:
        x = np.arange(max(0, line.first - 8), min(shape[1], line.last + 9))
        y = np.polyval(line.bend, x)
        reach = line.thick / 2 + wider
        for step in range(-int(np.ceil(reach)), int(np.ceil(reach)) + 1):
            if abs(step) <= reach:
                rows = np.floor(y + step + 0.5).astype(int)  # rint would leave out every other row of y = 0.5
                inside = (rows >= 0) & (rows < shape[0])
                band[rows[inside], x[inside]] = 1
    return band


def _taken(mask: NDArray[Any], lines: list[_Line]) -> NDArray[Any]:
    """uint8 (h, w), 1 on ink that is a line's and no stroke's: strokes across it go on above or below."""
    gone: NDArray[Any] = np.zeros_like(mask)
    if not lines:
        return gone
    thick = float(np.median([line.thick for line in lines]))
    high = round(1.5 * thick) + 3
    strokes: NDArray[Any] = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((high, 1), np.uint8))
    return np.asarray(_band(mask.shape, lines, 1.5) & mask & (1 - strokes))
