"""Counts how many numbers on drawn pages are read right, kind by kind, by anything that reads a picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError
from inkdigit.evaluation.numbers import overlap
from inkdigit.evaluation.paper import shot
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED, Item
from inkdigit.evaluation.paper.kinds import KINDS
from inkdigit.evaluation.paper.material import Material
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.ink.strokes import Box
from inkdigit.reader import Reader
from inkdigit.recognition import written

Reading = tuple[str, float, Box]  # what was read, how sure that is, and where it stands in pixels
Read = Callable[[NDArray[np.uint8]], Sequence[Reading]]  # uint8 (h, w) or (h, w, 3) RGB -> what is read on it

TURNED = "turned"  # any kind, lying on its side or head
NAMES = (*KINDS, TURNED)
SIZE = (900, 1200)  # pixels, of a page that lies as it is read
HEIGHTS = (18, 40)  # pixels, of a digit
SURE = 0.9
SAME = 0.3  # two boxes mean the same number from this intersection over union
_EDGE = 3  # pixels: what reaches so near to the edge of the picture may be half a number, which nobody can judge
_SEED = 20_260_215  # of the pages; training has other seeds, and other writers


@dataclass(eq=False)
class PageScore:
    """What was read on pages of one kind.

    Attributes:
        kind: of page.
        pages: how many were shown.
        written: numbers that somebody wrote on them.
        found: of these, how many have a reading in their place, right or wrong.
        right: of these, how many were read rightly.
        sure: how many of the right ones at SURE or more.
        false: readings that match no written number: wrong ones, and those where no number stands.
        sure_false: how many of the false ones at SURE or more.
        printed: readings that are right of a printed number, neither right nor false here.
        at_edge: readings at the edge of the picture that match nothing, and are not called false.
        seconds: that reading took.
    """

    kind: str
    pages: int = 0
    written: int = 0
    found: int = 0
    right: int = 0
    sure: int = 0
    false: int = 0
    sure_false: int = 0
    printed: int = 0
    at_edge: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The counts as they stand in result files."""
        counts = {name: value for name, value in vars(self).items() if isinstance(value, int)}
        return {"kind": self.kind, **counts, "milliseconds": round(1000 * self.seconds)}

    def add(self, page: Shot, readings: Sequence[Reading], seconds: float = 0.0) -> None:
        """Counts what was read on one more page."""
        left = [one for one in readings if digits(one[0])]
        numbers = [item for item in page.items if item.kind == NUMBER]
        self.found += sum(any(overlap(upright(item), one[2]) >= SAME for one in left) for item in numbers)
        apart = []
        for item in numbers:
            same = taken(left, item)
            if same is None:
                apart.append(item)
            else:
                self.is_right(same[1])
        for item in apart:
            parts, whole = _taken_in_parts(left, item)
            if whole:
                self.is_right(min(one[1] for one in parts))
        for item in page.items:
            self.printed += item.kind == PRINTED and taken(left, item) is not None
        self._are_left(left, page.picture.shape)
        self.pages += 1
        self.written += len(numbers)
        self.seconds += seconds

    def is_right(self, confidence: float) -> None:
        """Counts a written number that was read."""
        self.right += 1
        self.sure += bool(confidence >= SURE)

    def _are_left(self, readings: Sequence[Reading], shape: tuple[int, ...]) -> None:
        high, wide = shape[:2]
        for _, confidence, (x, y, right, bottom) in readings:
            if min(x, y, wide - right, high - bottom) <= _EDGE:
                self.at_edge += 1
                continue
            self.is_false(confidence)

    def is_false(self, confidence: float) -> None:
        """Counts a reading that matches no written number."""
        self.false += 1
        self.sure_false += bool(confidence >= SURE)


def drawn(material: Material, kind: str, each: int, seed: int = _SEED) -> Iterator[Shot]:
    """So many pages of a kind, the same ones each time.

    Raises:
        DataError: no such kind.
    """
    if kind not in NAMES:
        raise DataError("a kind of page: " + ", ".join(NAMES), repr(kind), "Name one of these")
    for at in range(each):
        random = np.random.default_rng([seed, NAMES.index(kind), at])
        turns = int(random.integers(1, 4)) if kind == TURNED else 0
        kinds = tuple(KINDS) if kind == TURNED else (kind,)
        yield shot.draw(material, random, SIZE, kinds, float(random.uniform(*HEIGHTS)), turns)


def score(read: Read, material: Material, kind: str, each: int, seed: int = _SEED) -> PageScore:
    """Shows so many pages of a kind to a function that reads.

    Raises:
        DataError: no such kind.
    """
    found = PageScore(kind)
    for page in drawn(material, kind, each, seed):
        begun = time.perf_counter()
        readings = read(page.picture)
        found.add(page, readings, time.perf_counter() - begun)
    return found


def by(reader: Reader) -> Read:
    """How a reader reads pages."""

    def read(picture: NDArray[np.uint8]) -> list[Reading]:
        """Every number of the page, where it has a place."""
        return [(one.text, one.confidence, one.box) for one in reader.page(picture).numbers if one.box is not None]

    return read


def digits(text: str) -> str:
    """The digits of a text alone; "" where a mark of it is no digit."""
    return "" if "?" in text else "".join(re.findall("[0-9]", text))


def upright(item: Item) -> Box:
    """The box around an item, whichever way it lies."""
    (left, top), (right, bottom) = item.quad.min(axis=0).tolist(), item.quad.max(axis=0).tolist()
    return left, top, right, bottom


def taken(left: list[Reading], item: Item) -> Reading | None:
    """The reading that is this item, out of those that are left; None where there is none."""
    box, text = upright(item), item.text
    same = [one for one in left if digits(one[0]) == text and overlap(one[2], box) >= SAME]
    if not text or not same:
        return None
    best = max(same, key=lambda one: overlap(one[2], box))
    left[:] = [one for one in left if one is not best]
    return best


def _taken_in_parts(left: list[Reading], item: Item) -> tuple[list[Reading], bool]:
    """The readings of the numbers that an item's signs part, out of those that are left, and whether it is all of them.

    A sum and a date are one item; whoever reads their numbers one by one reads rightly too.
    """
    texts = _parts(item.written)
    if len(texts) < 2:
        return [], False
    x, y, right, bottom = upright(item)
    along = item.quad[1] - item.quad[0]
    inside = []
    for one in left:
        across, down = (one[2][0] + one[2][2]) / 2, (one[2][1] + one[2][3]) / 2
        if x <= across <= right and y <= down <= bottom and digits(one[0]) in texts:
            inside.append((float(across * along[0] + down * along[1]), one))
    parts = [one for _, one in sorted(inside, key=lambda pair: pair[0])]
    left[:] = [one for one in left if not any(one is part for part in parts)]
    return parts, [digits(one[0]) for one in parts] == texts


def _parts(text: str) -> list[str]:
    """The digits of each number of a text with signs: "12/7" -> 12 and 7."""
    marks = digits(text)
    signs = [(mark, len(digits(text[:at]))) for at, mark in enumerate(text) if not mark.isdigit()]
    return [marks[part.first : part.last] for part in written.parts(len(marks), signs)]
