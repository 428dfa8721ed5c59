"""Whole numbers put together from single pen digits of one hand: as strokes, as clean pictures, as photos, as pages.

Nobody can share pages of real people's numbers; these are made from strokes that people did write. Lengths, gaps,
paper, light and camera are drawn from a seeded generator, so a set is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import PEN_DIGITS, PenSample
from inkdigit.ink.strokes import Box, Strokes, along
from inkdigit.settings import Settings

_T = TypeVar("_T")
HEIGHT = 1000.0  # of a digit as it is written, in the unit of the strokes
_SEEN = 0.07  # heights of a digit: lines nearer than that are one, however thin,
_CLEAR = 1.4  # and so are those that are nearer than this many times as wide as the pen is,
_BETWEEN = 2.0  # and those with less paper between than so many pixels
_HIDDEN = 0.4  # of a mark may run so near to the one before it: digits touch, and 1 stands close to 0
_STEP = 0.02 * HEIGHT  # by which they are moved apart
_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws


@dataclass(frozen=True, eq=False)
class Written:
    """A number as somebody could have written it.

    Attributes:
        text: its digits.
        strokes: float32 (k, 2) each, x right, y down, in the order in which they were written; a digit is HEIGHT high.
        owners: the place in `text` of the digit that each stroke belongs to.
    """

    text: str
    strokes: tuple[NDArray[Any], ...]
    owners: tuple[int, ...]

    @property
    def boxes(self) -> list[Box]:
        """(left, top, right, bottom) of each digit."""
        whole = [
            np.concatenate([path for path, owner in zip(self.strokes, self.owners, strict=True) if owner == place])
            for place in range(max(self.owners) + 1)
        ]
        return [(*points.min(axis=0).tolist(), *points.max(axis=0).tolist()) for points in whole]


def hands(settings: Settings, fold: int, held: bool) -> list[list[PenSample]]:
    """The pen digits of each writer who wrote at least ten, of the fold that is held back, or of all others.

    Raises:
        DataError: the pen files are missing or damaged.
    """
    by_writer: dict[str, list[PenSample]] = {}
    for name in PEN_DIGITS:
        for mark in datasets.pen(name, settings):
            if (datasets.fold_of(mark.writer) == fold) == held:
                by_writer.setdefault(mark.writer, []).append(mark)
    return [marks for marks in by_writer.values() if len(marks) >= 10]


def one_of(items: Sequence[_T], random: np.random.Generator) -> _T:
    """One of them, each as likely."""
    return items[int(random.integers(len(items)))]


def labelled(hand: Sequence[PenSample], label: str) -> list[PenSample]:
    """The marks of a hand that are the same digit or letter."""
    return [mark for mark in hand if mark.label == label]


def alone(mark: PenSample) -> Written:
    """One mark, a letter for example, as a number of one place."""
    paths = _sized(mark, HEIGHT, 0.0)
    return Written(mark.label, tuple(paths), (0,) * len(paths))


def compose(
    hand: Sequence[PenSample],
    gap: str | float,
    random: np.random.Generator,
    length: int | None = None,
    form: str = "",
    times: float = 1.0,
) -> Written:
    """2 to 8 digits of one hand in a row.

    Args:
        hand: digits of one writer.
        gap: "spaced": 0.08 to 0.5 of a digit's height between the boxes of two digits. "overlapping": the boxes overlap
            by up to 0.3 of the narrower one, but the pen was lifted. "touching": moved together until the lines meet.
            A number: so many heights of a digit between the boxes, below 0 where they overlap.
        length: how many digits; None: as many as the form has, 2 to 8 without one.
        form: "d" for any digit; a digit that is asked for, of a hand that wrote it.
        times: so high are the zeros that the form asks for, beside the other digits.
    """
    count = length or len(form) or int(random.integers(2, 9))
    chosen = [hand[place] for place in random.integers(len(hand), size=count)]
    for place, mark in enumerate(form):
        if mark != "d":
            chosen[place] = one_of(labelled(hand, mark), random)
    slope, slant, spread = random.normal(0, 0.03), random.normal(0, 0.06), random.uniform(0.08, 0.3)
    right = 0.0
    strokes: list[NDArray[Any]] = []
    owners: list[int] = []
    for place, mark in enumerate(chosen):
        size = times if form[place : place + 1] == "0" else 1.0
        paths = _sized(mark, HEIGHT * size * float(np.exp(random.normal(0, 0.06))), slant)
        low = np.min([path.min(axis=0) for path in paths], axis=0)
        high = np.max([path.max(axis=0) for path in paths], axis=0)
        wide = float(high[0] - low[0])
        down = random.normal(0, 0.03) * HEIGHT + slope * right - high[1]
        left = 0.0 if place == 0 else right + _gap(gap, wide, strokes, owners, place, spread, random)
        moved = [path + np.array([left - low[0], down], np.float32) for path in paths]
        if gap == "touching" and place:
            before = [path for path, owner in zip(strokes, owners, strict=True) if owner == place - 1]
            moved = [path - np.array([_apart(before, moved), 0], np.float32) for path in moved]
        strokes += moved
        owners += [place] * len(moved)
        right = max(float(path[:, 0].max()) for path in moved)
    order = _begun_before_finished(owners, random) if gap != "touching" else list(range(len(owners)))
    return Written(
        "".join(mark.label for mark in chosen), tuple(strokes[at] for at in order), tuple(owners[at] for at in order)
    )


def _gap(
    gap: str | float,
    wide: float,
    strokes: list[Any],
    owners: list[int],
    place: int,
    spread: float,
    random: np.random.Generator,
) -> float:
    if isinstance(gap, float):
        return gap * HEIGHT
    if gap == "spaced":
        return float(np.clip(random.normal(spread, 0.06), 0.08, 0.5)) * HEIGHT
    if gap == "touching":
        return 0.1 * HEIGHT
    before = np.concatenate([path for path, owner in zip(strokes, owners, strict=True) if owner == place - 1])
    return -float(random.uniform(0, 0.3)) * min(wide, float(np.ptp(before[:, 0])))


def _sized(mark: PenSample, height: float, slant: float) -> list[NDArray[Any]]:
    """The strokes without touches of the screen, as high as wanted; a flat one is not stretched beyond its width."""
    whole = Strokes.of(mark.strokes)
    box = whole.box or (0.0, 0.0, 1.0, 1.0)
    largest = max(box[2] - box[0], box[3] - box[1])
    kept = [path for path in whole.paths if np.ptp(path, axis=0).max() >= 0.05 * largest] or list(whole.paths)
    scale = height / max(box[3] - box[1], 0.7 * (box[2] - box[0]), 1.0)
    matrix = np.array([[1, 0], [-slant, 1]], np.float32) * scale
    return [(path @ matrix).astype(np.float32) for path in kept]


def _apart(left: list[NDArray[Any]], right: list[NDArray[Any]]) -> float:
    """How far to the left the second digit can go until its line meets that of the first."""
    first, second = (np.concatenate([along(path, 25) for path in paths]) for paths in (left, right))
    near = np.abs(second[:, None, 1] - first[None, :, 1]) < 0.04 * HEIGHT
    between = np.where(near, second[:, None, 0] - first[None, :, 0], np.inf)
    nearest = float(between.min())
    if not np.isfinite(nearest):
        return 0.1 * HEIGHT
    return min(
        nearest - 0.05 * HEIGHT, 0.1 * HEIGHT + 0.15 * min(float(np.ptp(first[:, 0])), float(np.ptp(second[:, 0])))
    )


def clear(
    strokes: Sequence[NDArray[Any]], owners: Sequence[int], pen: float, pixel: float
) -> tuple[NDArray[np.float32], ...]:
    """The strokes of a number, its digits as far apart as somebody needs who is to read them on a picture.

    Lines that run beside each other, closer than a thick pen is wide, are one: of 11 a bar is left, of 13 a B. Nobody
    can read that, and a network that is taught it learns that a 1 may not be seen.

    Args:
        strokes: float32 (k, 2) each, in the unit of HEIGHT.
        owners: the place of the mark that each belongs to.
        pen: width of the line, in heights of a digit.
        pixel: of the picture, likewise.
    """
    reach = max(_SEEN, _CLEAR * pen, pen + _BETWEEN * pixel) * HEIGHT
    found = [np.asarray(path, np.float32) for path in strokes]
    lines: dict[int, NDArray[Any]] = {}
    for owner in sorted(set(owners)):
        lines[owner] = np.concatenate([along(path, 25) for path, of in zip(found, owners, strict=True) if of == owner])
    moved = 0.0
    for before, owner in pairwise(sorted(lines)):
        lines[owner] = lines[owner] + np.array([moved, 0])
        while _hidden(lines[before], lines[owner], reach) > _HIDDEN:
            lines[owner] = lines[owner] + np.array([_STEP, 0])
            moved += _STEP
        if moved:
            found = [
                path + np.array([moved, 0], np.float32) if of == owner else path
                for path, of in zip(found, owners, strict=True)
            ]
    return tuple(found)


def _hidden(first: NDArray[Any], second: NDArray[Any], reach: float) -> float:
    """0 to 1: how much of one of two marks, float (k, 2) each, runs within `reach` of the other at most."""
    near = np.square(first[:, None] - second[None]).sum(axis=2) < reach * reach
    return float(max(near.any(axis=1).mean(), near.any(axis=0).mean()))


def _begun_before_finished(owners: list[int], random: np.random.Generator) -> list[int]:
    """The order of the strokes; of one digit in twelve, the last stroke comes after the next digit was begun."""
    order = list(range(len(owners)))
    for at in range(len(owners) - 1, 0, -1):
        several = owners[at - 1] == owners[at]
        if several and at + 1 < len(owners) and owners[at + 1] == owners[at] + 1 and random.random() < 1 / 12:
            place = order.index(at)
            order[place], order[place + 1] = order[place + 1], order[place]
    return order


def drawn(written: Written, height: int, pen: float) -> tuple[NDArray[Any], list[Box]]:
    """The number as ink: float32 (h, w), ink = 1, paper = 0, cropped to the ink, and the box of each digit in pixels.

    Args:
        height: of a digit, in pixels.
        pen: width of the line, in pixels.
    """
    scale = height / HEIGHT
    points = np.concatenate(written.strokes)
    low = points.min(axis=0)
    margin = int(np.ceil(pen)) + 2
    size = np.ceil(np.ptp(points, axis=0) * scale).astype(int) + 2 * margin
    fine = 2 if height < 60 else 1
    ink = np.zeros((size[1] * fine, size[0] * fine), np.uint8)
    for path in written.strokes:
        dense = ((along(path, 25) - low) * scale + margin) * fine
        if len(dense) == 1:
            dense = np.repeat(dense, 2, axis=0)
        fixed = np.rint(dense * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(ink, [fixed], False, 255, max(1, round(pen * fine)), cv2.LINE_AA, _SHIFT)
    if fine > 1:
        ink = cv2.resize(ink, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    boxes = [tuple((np.array(box) - np.tile(low, 2)) * scale + margin) for box in written.boxes]
    return ink.astype(np.float32) / 255, [tuple(float(side) for side in box) for box in boxes]  # type: ignore[misc]
