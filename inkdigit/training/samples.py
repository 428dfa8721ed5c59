"""What a network is trained and validated on: MNIST and pen strokes, all through our own glyph.py, split by writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_DIGITS, PEN_OTHERS, PenSample
from inkdigit.errors import DataError
from inkdigit.evaluation import negatives, sets
from inkdigit.ink import picture, segment
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph
from inkdigit.settings import Settings
from inkdigit.training import corruption

SPOILT = "-spoilt"  # behind the name of a pool: its digits with something done to each
INVENTED = 8_000  # marks of each invented kind; an eighth as many validate


@dataclass(frozen=True, eq=False)
class Pool:
    """Glyphs of one source.

    Attributes:
        name: where they come from.
        glyphs: uint8 (n, variants, 28, 28), 255 = ink: each mark drawn in several ways.
        labels: int64 (n,), 0 to 9, or OTHER.
        writers: the hand behind each mark, () where nobody knows it.
    """

    name: str
    glyphs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    writers: tuple[str, ...] = ()


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
    """MNIST, the pen files and your own; the writers of one fold and the last 5,000 of MNIST validate.

    Args:
        variants: how often each pen mark is drawn for training, each time with another pen and slant.
        fold: 0 to FOLDS - 1, the fold of writers that validates.
        with_pen: False leaves the pen files out, and all that is no digit.
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
    for name in (*PEN_DIGITS, *PEN_OTHERS) if with_pen and not only_own else ():
        marks = [mark for mark in datasets.pen(name, settings) if name in PEN_DIGITS or mark.label not in LOOK_ALIKES]
        ours = [mark for mark in marks if datasets.fold_of(mark.writer) != fold]
        others = [mark for mark in marks if datasets.fold_of(mark.writer) == fold]
        training.append(from_pen(name, ours, variants if name in PEN_DIGITS else max(1, variants // 3), random))
        validation.append(from_pen(name, others))
        if name == "digits":
            training += _invented(ours, INVENTED, random)
            validation += _invented(others, INVENTED // 8, random)
    digits = [pool for pool in training if pool.labels.max() < OTHER] if with_spoilt else []
    training += [spoilt(pool.name + SPOILT, pool, random) for pool in digits]
    return Samples(tuple(training), tuple(validation))


def from_pictures(name: str, images: Iterable[picture.ImageInput], labels: NDArray[np.int64]) -> Pool:
    """Pictures -> glyphs, by the path that reading takes."""
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


def from_pen(
    name: str, marks: Iterable[PenSample], variants: int = 0, random: np.random.Generator | None = None
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
    return Pool(name, glyphs, labels, tuple(mark.writer for mark in marks))


def spoilt(name: str, pool: Pool, random: np.random.Generator) -> Pool:
    """The digits of a pool with something done to each picture (see spoil.py), by the path that reading takes."""
    glyphs = np.stack([_read(corruption.spoilt(one, random)) for one in pool.glyphs[:, 0]])
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
    """Scribbles, numbers, halves, noise, things and scenes; the numbers and halves are of the writers given."""
    hands = negatives.hands(marks)
    some = [marks[place] for place in random.integers(len(marks), size=4 * count)]
    return [
        nothing("scribbles", (negatives.scribble(random) for _ in range(2 * count)), random),
        nothing(
            "numbers", (negatives.number(hands[random.integers(len(hands))], random) for _ in range(count)), random
        ),
        nothing("halves", [negatives.half(mark, random) for mark in some][:count], random),
        nothing("noise", (negatives.noise(random) for _ in range(count // 4)), random),
        nothing("things", (negatives.thing(random) for _ in range(count // 4)), random),
        nothing("scenes", (negatives.scene(random) for _ in range(count)), random),
    ]


def _read(image: picture.ImageInput) -> NDArray[np.uint8]:
    mark = segment.one_mark(picture.load(image))
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


def _bytes(one: glyph.Glyph) -> NDArray[np.uint8]:
    return np.rint(one.pixels * 255).astype(np.uint8)
