"""How the network of pages looks at a page: in a size in which its digits can be told from other things.

The network looks at two small pictures of the page first, which tell how large its digits are: on the smaller one it
finds digits that are as high as the page, which fall to pieces on the other. A large page full of small digits is
looked at in fewer pixels than it has, and read in more of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import layout
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.model import PageModel

_SMALL = 480  # pixels of the longer side, for the first look
_SMALLER = 160
_LARGE = 33.0  # pixels: digits this high on the smaller picture are not whole on the other
_SURE = 0.5  # of a number that is as high as the page: shadows look like one
_PIECES = 3  # that a large digit falls to, at most
_MOST_PIXELS = 1_500_000  # that are looked at; an A4 page at 120 dots an inch
_MOST_READ = 8_000_000  # pixels of a page that is read: an A4 page at 280 dots an inch
_TOLD = 22.0  # pixels of a digit, that are enough to tell how the page lies,
_READ = 22.0  # to read it along its row,
_READ_ALONE = 36.0  # and mark by mark
_FINER = 1.15  # times: where a page can be read in no more pixels than that, it is read as it was looked at
_WANTED = 36.0  # pixels of a digit, of the smaller ones on the page
_SEEN = 14.0  # pixels: higher digits are found at the first look
_LARGER = 3.0  # times: a small picture is made no larger
_SAME = 0.2  # a size that differs by less is the same
_ASKEW = np.radians(6)  # a page that lies further askew is looked at once more, laid level:
_LEVELLED = 2  # times at most, since how far it lies askew is seen better once it nearly lies level
_MARGIN = 16  # pixels of paper, at least, that are put around what is looked at,
_LEAST_LOOK = 256  # and so many that it has at least: the network learned from larger pictures than a single digit


@dataclass(frozen=True, eq=False)
class Look:
    """What the network sees of a page.

    Attributes:
        seen: what is written where, in pixels of `grey`.
        scale: pixels of `grey` per pixel of the page.
        grey: uint8 (h, w), the page as it was looked at, or finer: what is read.
    """

    seen: Layout
    scale: float
    grey: NDArray[np.uint8]


def found(model: PageModel, grey: NDArray[np.uint8], words: bool = False) -> Look:
    """What the network sees of a page, uint8 (h, w), in a size in which its digits can be told from other things.

    Args:
        words: True gives the places of words, too.
    """
    longer = max(grey.shape)
    scale = min(1.0, _SMALL / longer)
    first = _scaled(grey, scale)
    seen = look(model, first, words)
    smaller = look(model, _scaled(grey, _SMALLER / longer), words)
    large = [core for core in smaller.cores if core.height >= _LARGE and core.certainty >= _SURE]
    heights = _heights(seen.cores, large, scale * longer / _SMALLER)
    wanted = _scale(grey, heights, scale)
    best = Look(seen, scale, first)
    if abs(wanted / scale - 1) > _SAME:
        better = _scaled(grey, wanted)
        there = look(model, better, words)
        if there.is_dense or _together(there) >= _together(seen):
            best = Look(there, wanted, better)
    best = replace(best, seen=_levelled(model, best.grey, best.seen, words))
    return _finer(best, grey, _READ_ALONE if words else _READ)


def _finer(looked: Look, grey: NDArray[np.uint8], wanted: float) -> Look:
    """The same of the page, uint8 (h, w), its digits so many pixels high, if it has these."""
    heights = [core.height for core in looked.seen.cores]
    if not heights:
        return looked
    most = min(1 / looked.scale, (_MOST_READ / looked.grey.size) ** 0.5)
    times = min(wanted / float(np.percentile(heights, 20)), most)
    if times < _FINER:
        return looked
    cores = tuple(core.times(times) for core in looked.seen.cores)
    scale = looked.scale * times
    return Look(replace(looked.seen, cores=cores), scale, _scaled(grey, scale))


def ways(model: PageModel, looked: Look, words: bool = False) -> Iterator[Look]:
    """The same page as if it lay in each of the four ways, first as it seems to lie.

    The network finds rows best on a page that lies upright: for each way to lie it looks at the page turned back.
    """
    for more in range(4):
        turns = (looked.seen.turns + more) % 4
        yield _as_if(model, looked, turns, words) if turns else replace(looked, seen=replace(looked.seen, turns=0))


def _as_if(model: PageModel, looked: Look, turns: int, words: bool) -> Look:
    """What the network sees of a page that lies so many quarter turns against the clock, once it is turned back."""
    heights = [core.height for core in looked.seen.cores]
    usual = float(np.percentile(heights, 20)) if heights else _TOLD
    scale = min(1.0, _TOLD / usual, (_MOST_PIXELS / looked.grey.size) ** 0.5)
    turned = np.ascontiguousarray(np.rot90(_scaled(looked.grey, scale), -turns))
    seen = _levelled(model, turned, look(model, turned, words), words)
    high, wide = looked.grey.shape
    cores = [core.times(1 / scale) for core in seen.cores]
    for left in range(turns, 0, -1):
        cores = [core.turned(*((high, wide) if left % 2 else (wide, high))) for core in cores]
    return replace(looked, seen=Layout(tuple(cores), turns, seen.is_dense))


def _levelled(model: PageModel, grey: NDArray[np.uint8], seen: Layout, words: bool) -> Layout:
    """What was seen on a picture, uint8 (h, w), or, where that lies askew, what is seen once it lies level."""
    angle = more = _askew(seen)
    for _ in range(_LEVELLED):
        if abs(more) < _ASKEW:
            break
        turned, back = _turned(grey, angle)
        there = look(model, turned, words)
        if _together(there) < _together(seen):
            break
        seen = replace(there, cores=tuple(core.moved(back) for core in there.cores))
        more = _askew(there)
        angle += more
    return seen


def _askew(seen: Layout) -> float:
    """The angle in radians, clockwise, by which a page lies askew, whichever way up."""
    return layout.near(layout.lie(seen) + seen.turns * np.pi / 2)


def _turned(grey: NDArray[np.uint8], angle: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A picture turned back by an angle in radians, clockwise, and float (2, 3): its points -> those of the picture.

    It is made smaller where it would have more pixels than are looked at: its corners are around it.
    """
    high, wide = grey.shape
    along, across = abs(np.cos(angle)), abs(np.sin(angle))
    around = (wide * along + high * across, wide * across + high * along)
    scale = min(1.0, (_MOST_PIXELS / (around[0] * around[1])) ** 0.5)
    size = (round(scale * around[0]), round(scale * around[1]))
    there = cv2.getRotationMatrix2D((wide / 2, high / 2), float(np.degrees(angle)), scale)
    there[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    turned = cv2.warpAffine(grey, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(there), np.float64)


def _together(seen: Layout) -> float:
    """How much is found: the numbers that the network is sure of count most."""
    return sum(core.certainty**2 for core in seen.cores)


def _heights(cores: Sequence[Core], large: Sequence[Core], scale: float) -> list[float]:
    """Of all digits that were seen, in pixels of the first picture, which is so many times as large as the smaller.

    In the place of a large one, pieces of it may have been seen on the first picture; if these are many, it is none.
    """
    heights: list[float] = []
    pieces: set[int] = set()
    for one in large:
        reach = one.height * scale / 2
        left, top, right, bottom = (side * scale for side in one.box)
        inside = {
            at
            for at, core in enumerate(cores)
            if left - reach <= (core.box[0] + core.box[2]) / 2 <= right + reach
            and top - reach <= (core.box[1] + core.box[3]) / 2 <= bottom + reach
        }
        if len(inside) <= _PIECES:
            heights.append(one.height * scale)
            pieces |= inside
    return heights + [core.height for at, core in enumerate(cores) if at not in pieces]


def _scale(grey: NDArray[np.uint8], heights: Sequence[float], scale: float) -> float:
    """How much smaller or larger the page is to be, where digits are so high at this scale."""
    most = min((_MOST_PIXELS / grey.size) ** 0.5, _MOST_PIXELS / _LEAST_LOOK / max(grey.shape))
    if not heights:
        return float(min(1.0, most))
    usual = float(np.percentile(heights, 20))
    wanted = scale * _WANTED / usual
    return float(min(most, _LARGER, wanted if usual >= _SEEN else max(wanted, 1.0)))


def _scaled(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    high, wide = grey.shape
    size = (max(layout.STEP, round(wide * scale)), max(layout.STEP, round(high * scale)))
    if size == (wide, high):
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)


def look(model: PageModel, grey: NDArray[np.uint8], words: bool = False) -> Layout:
    """What the network sees on a picture as it is."""
    high, wide = grey.shape
    (above, below), (left, right) = _margins(high), _margins(wide)
    framed = cv2.copyMakeBorder(grey, above, below, left, right, cv2.BORDER_REPLICATE)
    cores = model.cores(layout.prepared(np.asarray(framed, np.uint8)))
    rows = slice(above // layout.STEP, (above + high) // layout.STEP + 1)
    return layout.of_map(cores[:, rows, left // layout.STEP : (left + wide) // layout.STEP + 1], words)


def _margins(side: int) -> tuple[int, int]:
    """Pixels of paper to put before and behind a side, so that it is as long as the network takes."""
    whole = max(_LEAST_LOOK, side + 2 * _MARGIN)
    whole += -whole % layout.MULTIPLE
    before = (whole - side) // 2
    before -= before % layout.STEP
    return before, whole - side - before
