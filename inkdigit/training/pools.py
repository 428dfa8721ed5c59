"""Pictures, pen marks, scans and drawn ways -> pools of glyphs that a network is trained on, by the path of reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import OTHER, PenSample
from inkdigit.errors import DataError
from inkdigit.evaluation import allographs, sets
from inkdigit.ink import grey, picture, segment
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph
from inkdigit.settings import Settings
from inkdigit.training import corruption

SPOILT = "-spoilt"  # behind the name of a pool: its digits with something done to each
_DIGITS = frozenset("0123456789")
_LOOKED_AT_TOGETHER = 1_000_000  # pixels


@dataclass(frozen=True, eq=False)
class Pool:
    """Glyphs of one source.

    Attributes:
        name: where they come from.
        glyphs: uint8 (n, variants, 28, 28), 255 = ink: each mark drawn in several ways.
        labels: int64 (n,), 0 to 9, or OTHER.
        writers: the hand behind each mark, () where nobody knows it.
        times: how often its marks come up for each time that those of another pool do.
    """

    name: str
    glyphs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    writers: tuple[str, ...] = ()
    times: float = 1.0


def from_pictures(name: str, images: Iterable[picture.ImageInput], labels: NDArray[np.int64]) -> Pool:
    """Pictures -> glyphs, by the path that reading takes."""
    if isinstance(images, np.ndarray) and images.ndim == 3 and images[0].size <= _LOOKED_AT_TOGETHER:
        return Pool(name, _read_alike(images)[:, None], labels)
    glyphs = np.zeros((len(labels), 1, glyph.SIDE, glyph.SIDE), np.uint8)
    for row, image in zip(glyphs, images, strict=True):
        row[0] = _read(image)
    return Pool(name, glyphs, labels)


def from_own(path: Path, settings: Settings, every_digit: bool) -> tuple[Pool, Pool]:
    """Your own pictures, one part to train on and one to validate: of each digit, the last tenth in the file's order.

    Args:
        path: a folder with folders 0 to 9, or a CSV, npz or IDX file (`datasets.own`).
        every_digit: True when nothing else is trained on, so that no digit may be missing.

    Raises:
        DataError: nothing there, a digit is missing, most pictures are blank, or too few to validate on.
    """
    if path.is_dir():
        shown = sets.folder(path)
        images: Any = [one.picture for one in shown]
        labels = np.array([one.label for one in shown], np.int64)
    else:
        found = datasets.own(path)
        images, labels = found.images, found.labels
    counts = np.bincount(labels, minlength=10)
    if every_digit and not counts.all():
        missing = ", ".join(map(str, np.nonzero(counts == 0)[0]))
        raise DataError("pictures of every digit", f"none of {missing} in {path}", "Add some, or leave --only-data out")
    if counts.max() < 10:
        raise DataError("ten pictures of a digit or more", f"at most {counts.max()} in {path}", "Add some")
    whole = from_pictures(f"own-{path.stem}", images, labels)
    blank = ~whole.glyphs.any(axis=(1, 2, 3))
    if 2 * blank.sum() > len(labels):
        first = int(np.nonzero(blank)[0][0])
        got = f"{blank.sum()} of {len(labels)} blank in {path}, the first at place {first}"
        raise DataError("pictures with ink", got, "Look at them: a mean was taken off, or tones were scaled to 0-1?")
    held = np.zeros(len(labels), bool)
    for digit in range(10):
        rows = np.nonzero((labels == digit) & ~blank)[0]
        held[rows[len(rows) - len(rows) // 10 :]] = True
    kept = ~held & ~blank
    return Pool(whole.name, whole.glyphs[kept], labels[kept]), Pool(whole.name, whole.glyphs[held], labels[held])


def from_scans(
    found: scans.Scans, rows: NDArray[np.bool_], variants: int = 1, random: np.random.Generator | None = None
) -> Pool:
    """Some scanned digits, bool (n,) -> glyphs: as reading sees them, then crops of other sizes, slants and turns."""
    places = np.nonzero(rows)[0]
    glyphs = np.zeros((len(places), variants, glyph.SIDE, glyph.SIDE), np.uint8)
    for row, place in zip(glyphs, places, strict=True):
        row[0] = _read(found.pictures[place])
        for number in range(1, variants):
            row[number] = _read(_another_crop(found.pictures[place], random or np.random.default_rng(0)))
    writers = tuple(found.writers[place] for place in places)
    return Pool("scanned-digits", glyphs, found.labels[places], writers)


def ways(count: int, random: np.random.Generator) -> Pool:
    """`count` drawings of each way to write a digit (evaluation/allographs.py)."""
    glyphs = np.stack(
        [
            [_bytes(glyph.from_strokes(allographs.written(way, random), pen=_some_pen(random))) for _ in range(count)]
            for way in allographs.ALLOGRAPHS
        ]
    )
    labels = np.repeat([way.digit for way in allographs.ALLOGRAPHS], count).astype(np.int64)
    return Pool("allographs", glyphs.reshape(-1, 1, *glyphs.shape[2:]), labels)


def from_pen(
    name: str,
    marks: Iterable[PenSample],
    variants: int = 0,
    random: np.random.Generator | None = None,
    times: float = 1.0,
) -> Pool:
    """Pen marks -> glyphs: as reading draws them, or in `variants` ways with other pens, slants and turns."""
    marks = list(marks)
    glyphs = np.zeros((len(marks), max(1, variants), glyph.SIDE, glyph.SIDE), np.uint8)
    for row, mark in zip(glyphs, marks, strict=True):
        strokes = segment.without_taps(Strokes.of(mark.strokes))
        row[0] = _bytes(glyph.from_strokes(strokes))
        for number in range(1, variants):
            row[number] = _bytes(_another_pen(strokes, random or np.random.default_rng(0)))
    labels = np.array([int(mark.label) if mark.label in _DIGITS else OTHER for mark in marks], np.int64)
    return Pool(name, glyphs, labels, tuple(mark.writer for mark in marks), times)


def spoilt(pool: Pool, random: np.random.Generator, ways: int = 1) -> Pool:
    """The digits of a pool with something done to each (see corruption.py), by the path that reading takes."""
    made = [_read_alike(np.stack([corruption.spoilt(one, random) for one in pool.glyphs[:, 0]])) for _ in range(ways)]
    return Pool(pool.name + SPOILT, np.stack(made, axis=1), pool.labels, pool.writers)


def nothing(name: str, made: Iterable[Strokes | NDArray[np.uint8] | None], random: np.random.Generator) -> Pool:
    """Marks that are no digit, as strokes or pictures, without those that are None or leave no ink."""
    marks = [one for one in made if one is not None]
    found = [
        _bytes(glyph.from_strokes(one, pen=_some_pen(random))) if isinstance(one, Strokes) else _read(one)
        for one in marks
    ]
    inked = [pixels for pixels in found if pixels.any()]
    glyphs = np.stack(inked) if inked else np.zeros((0, glyph.SIDE, glyph.SIDE), np.uint8)
    return Pool(name, glyphs[:, None], np.full(len(glyphs), OTHER, np.int64))


def _read(image: picture.ImageInput) -> NDArray[np.uint8]:
    return _seen(picture.load(image))


def _read_alike(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey pictures of one shape, uint8 (n, h, w) -> uint8 (n, 28, 28), as `_read` does, in a quarter of the time."""
    height, width = images.shape[1:]
    some = max(1, _LOOKED_AT_TOGETHER // (height * width))
    parts = (grey.inks(images[first : first + some]) for first in range(0, len(images), some))
    found = [_seen(picture.InkPicture(ink, 1.0, (width, height))) for part in parts for ink in part]
    return np.stack(found) if found else np.zeros((0, glyph.SIDE, glyph.SIDE), np.uint8)


def _seen(inked: picture.InkPicture) -> NDArray[np.uint8]:
    mark = segment.one_mark(inked)
    return _bytes(glyph.blank() if mark is None else glyph.from_mark(mark))


def _some_pen(random: np.random.Generator) -> float:
    return float(random.uniform(1.5, 3.6))


def _another_pen(strokes: Strokes, random: np.random.Generator) -> glyph.Glyph:
    """The same mark with another width of line, a little turned, slanted and stretched, then normalised as always."""
    turn, slant = random.normal(0, 0.09), random.normal(0, 0.14)
    stretch = np.exp(random.normal(0, 0.1, 2))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    moved = tuple((path @ (matrix * stretch).T).astype(np.float32) for path in strokes.paths)
    return glyph.from_strokes(Strokes(moved), pen=_some_pen(random))


def _another_crop(scan: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same scan turned, slanted, stretched, in a heavier or lighter hand, with more or less paper around it."""
    height, width = scan.shape
    turn, slant = random.normal(0, 0.07), random.normal(0, 0.1)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    matrix *= np.exp(random.normal(0, 0.1, 2))
    middle = np.array([width / 2, height / 2])
    moved = np.concatenate([matrix, (middle - matrix @ middle)[:, None]], axis=1)
    made = cv2.warpAffine(scan, moved, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if random.random() < 0.5:
        side = int(random.integers(2, 4))
        made = (cv2.erode if random.random() < 0.6 else cv2.dilate)(made, np.ones((side, side), np.uint8))
    mark = segment.one_mark(picture.load(made))
    if mark is None or random.random() < 0.3:
        return np.asarray(made, np.uint8)
    left, top, right, bottom = mark.box
    margin = random.uniform(0, 0.4) * max(right - left, bottom - top)
    first, last = (
        (max(0, round(edge - margin)) for edge in (top, left)),
        (round(edge + margin) for edge in (bottom, right)),
    )
    rows, columns = (slice(low, max(high, low + 8)) for low, high in zip(first, last, strict=True))
    return np.ascontiguousarray(made[rows, columns], np.uint8)


def _bytes(one: glyph.Glyph) -> NDArray[np.uint8]:
    return np.rint(one.pixels * 255).astype(np.uint8)
