"""What a network is trained and validated on: MNIST and pen strokes, all through our own glyph.py, split by writer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit import datasets, glyph, picture, segment
from inkdigit.datasets import LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_DIGITS, PEN_OTHERS, PenSample, Pictures
from inkdigit.evaluation import invented
from inkdigit.settings import Settings
from inkdigit.strokes import Strokes
from inkdigit.training import spoil

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
    settings: Settings, variants: int, seed: int, fold: int = 0, with_pen: bool = True, with_spoilt: bool = True
) -> Samples:
    """MNIST and, where they are, the pen files; the writers of one fold and the last 5,000 of MNIST validate.

    Args:
        variants: how often each pen mark is drawn for training, each time with another pen and slant.
        fold: 0 to FOLDS - 1, the fold of writers that validates.
        with_pen: False leaves the pen files out, and all that is no digit.
        with_spoilt: False leaves out the digits that something was done to.
    """
    images = datasets.mnist("train", settings)
    cut = len(images.labels) - MNIST_VALIDATION
    whole = from_pictures("mnist", images)
    training = [Pool("mnist", whole.glyphs[:cut], whole.labels[:cut])]
    validation = [Pool("mnist", whole.glyphs[cut:], whole.labels[cut:])]
    random = np.random.default_rng(seed)
    for name in (*PEN_DIGITS, *PEN_OTHERS) if with_pen else ():
        marks = [mark for mark in datasets.pen(name, settings) if name in PEN_DIGITS or mark.label not in LOOK_ALIKES]
        kept = [mark for mark in marks if datasets.fold_of(mark.writer) != fold]
        held = [mark for mark in marks if datasets.fold_of(mark.writer) == fold]
        training.append(from_pen(name, kept, variants if name in PEN_DIGITS else max(1, variants // 3), random))
        validation.append(from_pen(name, held))
        if name == "digits":
            training += _invented(kept, INVENTED, random)
            validation += _invented(held, INVENTED // 8, random)
    digits = [pool for pool in training if pool.labels.max() < OTHER] if with_spoilt else []
    training += [spoilt(pool.name + SPOILT, pool, random) for pool in digits]
    return Samples(tuple(training), tuple(validation))


def from_pictures(name: str, pictures: Pictures) -> Pool:
    """Pictures -> glyphs, by the path that reading takes."""
    glyphs = np.zeros((len(pictures.labels), 1, glyph.SIDE, glyph.SIDE), np.uint8)
    for row, image in zip(glyphs, pictures.images, strict=True):
        row[0] = _read(image)
    return Pool(name, glyphs, pictures.labels)


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
    glyphs = np.stack([_read(spoil.spoilt(one, random)) for one in pool.glyphs[:, 0]])
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
    """Scribbles, numbers, halves, noise and things; the numbers and halves are of the writers given."""
    hands = invented.hands(marks)
    some = [marks[place] for place in random.integers(len(marks), size=4 * count)]
    return [
        nothing("scribbles", (invented.scribble(random) for _ in range(count)), random),
        nothing("numbers", (invented.number(hands[random.integers(len(hands))], random) for _ in range(count)), random),
        nothing("halves", [invented.half(mark, random) for mark in some][:count], random),
        nothing("noise", (invented.noise(random) for _ in range(count // 4)), random),
        nothing("things", (invented.thing(random) for _ in range(count // 4)), random),
    ]


def _read(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
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
