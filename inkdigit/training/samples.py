"""What a network is trained and validated on: MNIST, pens, scans and drawn ways, through glyph.py, split by writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import (
    FIGURES,
    HALF_ALIKES,
    LOOK_ALIKES,
    MNIST_VALIDATION,
    OTHER,
    PEN_DIGITS,
    PEN_OTHERS,
    PenSample,
)
from inkdigit.errors import DataError
from inkdigit.evaluation import allographs, negatives, sets
from inkdigit.ink import grey, picture, segment
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph
from inkdigit.settings import Settings
from inkdigit.training import corruption

SPOILT = "-spoilt"  # behind the name of a pool: its digits with something done to each
INVENTED = 8_000  # marks of each invented kind; an eighth as many validate
EACH_WAY = 120  # drawings of each way to write a digit
_LOOKED_AT_TOGETHER = 1_000_000  # pixels
FIGURES_TIMES = 4.0  # times as often as other marks that are no digit: few people drew them, and unlike all letters


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


@dataclass(frozen=True, eq=False)
class Samples:
    """Pools to train on, and pools of other people's marks to choose by."""

    training: tuple[Pool, ...]
    validation: tuple[Pool, ...]


def collect(
    settings: Settings,
    variants: int,
    seed: int,
    fold: int = 0,
    with_pen: bool = True,
    with_spoilt: bool = True,
    own: Sequence[Path] = (),
    only_own: bool = False,
    most: int = 60_000,
) -> Samples:
    """MNIST, pens, scans and your own; writers and alphabets of one fold and the last 5,000 of MNIST validate.

    Args:
        variants: how often each pen mark is drawn for training, each time with another pen and slant; a scan, half.
        fold: 0 to FOLDS - 1, the fold of writers that validates.
        with_pen: False leaves the pen files and the scans out, and all that is no digit.
        with_spoilt: False leaves out the digits that something was done to.
        own: folders or files of your own pictures, see `from_own`.
        only_own: True leaves out MNIST and the pen files.
        most: how many pictures of MNIST are trained on, from the first.

    Raises:
        DataError: a data set is missing or damaged, or your own cannot be learned from.
    """
    training: list[Pool] = []
    validation: list[Pool] = []
    if not only_own:
        images = datasets.mnist("train", settings)
        cut = len(images.labels) - MNIST_VALIDATION
        few = min(most, cut)
        training = [from_pictures("mnist", images.images[:few], images.labels[:few])]
        validation = [from_pictures("mnist", images.images[cut:], images.labels[cut:])]
    for path in own:
        kept, held = from_own(path, settings, every_digit=only_own and len(own) == 1)
        training.append(kept)
        validation.append(held)
    random = np.random.default_rng(seed)
    if with_pen and not only_own:
        _add_pens(training, validation, settings, variants, fold, random)
        scanned = scans.scanned(settings)
        validating = np.array([datasets.fold_of(writer) == fold for writer in scanned.writers])
        training.append(from_scans(scanned, ~validating, max(1, variants // 2), random))
        validation.append(from_scans(scanned, validating))
    digits = [pool for pool in training if pool.labels.max() < OTHER] if with_spoilt else []
    training += [spoilt(pool.name + SPOILT, pool, random) for pool in digits]
    if with_pen and not only_own:  # a template has nothing of what is done to a picture
        training.append(ways(EACH_WAY, random))
    return Samples(tuple(training), tuple(validation))


def _add_pens(
    training: list[Pool],
    validation: list[Pool],
    settings: Settings,
    variants: int,
    fold: int,
    random: np.random.Generator,
) -> None:
    half_alikes: list[PenSample] = []
    for name in (*PEN_DIGITS, *PEN_OTHERS, FIGURES):
        ours, others, seldom = by_fold(name, settings, fold)
        half_alikes += seldom
        often = FIGURES_TIMES if name == FIGURES else 1.0
        training.append(from_pen(name, ours, variants if name in PEN_DIGITS else max(1, variants // 3), random, often))
        if others:  # a fold may have none of the alphabets
            validation.append(from_pen(name, others))
        if name == "digits":
            training += _invented(ours, INVENTED, random)
            validation += _invented(others, INVENTED // 8, random)
    training.append(from_pen("half-alikes", half_alikes, 1, random))


def by_fold(name: str, settings: Settings, fold: int) -> tuple[list[PenSample], list[PenSample], list[PenSample]]:
    """The marks of a pen file to train on, those that validate, and letters to train on seldom (HALF_ALIKES).

    A mark is kept on one side by its writer, or by its alphabet, where each of the few writers drew all of them.

    Raises:
        DataError: the file is missing or damaged.
    """
    ours: list[PenSample] = []
    others: list[PenSample] = []
    for mark in datasets.pen(name, settings):
        group = mark.label.partition("/")[0] if name == FIGURES else mark.writer
        (others if datasets.fold_of(group) == fold else ours).append(mark)
    if name not in PEN_OTHERS:
        return ours, others, []
    seldom = [mark for mark in ours if mark.label in HALF_ALIKES]
    ours, others = ([mark for mark in some if mark.label not in LOOK_ALIKES] for some in (ours, others))
    return ours, others, seldom


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
    labels = np.array([int(mark.label) if name in PEN_DIGITS else OTHER for mark in marks], np.int64)
    return Pool(name, glyphs, labels, tuple(mark.writer for mark in marks), times)


def spoilt(name: str, pool: Pool, random: np.random.Generator) -> Pool:
    """The digits of a pool with something done to each picture (see spoil.py), by the path that reading takes."""
    glyphs = _read_alike(np.stack([corruption.spoilt(one, random) for one in pool.glyphs[:, 0]]))
    return Pool(name, glyphs[:, None], pool.labels, pool.writers)


def nothing(name: str, made: Iterable[Strokes | NDArray[np.uint8] | None], random: np.random.Generator) -> Pool:
    """Marks that are no digit, as strokes or pictures, without those that are None or leave no ink."""
    marks = [one for one in made if one is not None]
    found = [
        _bytes(glyph.from_strokes(one, pen=_some_pen(random))) if isinstance(one, Strokes) else _read(one)
        for one in marks
    ]
    glyphs = np.stack([pixels for pixels in found if pixels.any()])
    return Pool(name, glyphs[:, None], np.full(len(glyphs), OTHER, np.int64))


def _invented(marks: list[PenSample], count: int, random: np.random.Generator) -> list[Pool]:
    """Scribbles, doodles, numbers, halves, noise, things and scenes; numbers and halves are of the writers given."""
    hands = negatives.hands(marks)
    some = [marks[place] for place in random.integers(len(marks), size=4 * count)]
    return [
        nothing("scribbles", (negatives.scribble(random) for _ in range(2 * count)), random),
        nothing("doodles", (negatives.doodle(random) for _ in range(count // 2)), random),
        nothing(
            "numbers", (negatives.number(hands[random.integers(len(hands))], random) for _ in range(count)), random
        ),
        nothing("halves", [negatives.half(mark, random) for mark in some][:count], random),
        nothing("noise", (negatives.noise(random) for _ in range(count // 4)), random),
        nothing("things", (negatives.thing(random) for _ in range(count // 4)), random),
        nothing("scenes", (negatives.scene(random) for _ in range(count)), random),
    ]


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
