"""What a network is trained and validated on: MNIST and pen strokes, all through our own glyph.py, split by writer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit import datasets, glyph, picture, segment
from inkdigit.datasets import LOOK_ALIKES, PEN_DIGITS, PEN_OTHERS, PenSample, Pictures
from inkdigit.settings import Settings
from inkdigit.strokes import Strokes

OTHER = 10  # the label of what is no digit
MNIST_VALIDATION = 5_000  # the last pictures of the training file; MNIST names no writers


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


def collect(settings: Settings, variants: int, seed: int, fold: int = 0, with_pen: bool = True) -> Samples:
    """MNIST and, where they are, the pen files; the writers of one fold and the last 5,000 of MNIST validate.

    Args:
        variants: how often each pen mark is drawn for training, each time with another pen and slant.
        fold: 0 to FOLDS - 1, the fold of writers that validates.
        with_pen: False leaves the pen files out.
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
    return Samples(tuple(training), tuple(validation))


def from_pictures(name: str, pictures: Pictures) -> Pool:
    """Pictures -> glyphs, by the path that reading takes."""
    glyphs = np.zeros((len(pictures.labels), 1, glyph.SIDE, glyph.SIDE), np.uint8)
    for row, image in zip(glyphs, pictures.images, strict=True):
        mark = segment.one_mark(picture.load(image))
        if mark is not None:
            row[0] = _bytes(glyph.from_mark(mark))
    return Pool(name, glyphs, pictures.labels)


def from_pen(
    name: str, marks: Iterable[PenSample], variants: int = 0, random: np.random.Generator | None = None
) -> Pool:
    """Pen marks -> glyphs: as reading draws them, or in `variants` ways with other pens, slants and turns."""
    marks = list(marks)
    glyphs = np.zeros((len(marks), max(1, variants), glyph.SIDE, glyph.SIDE), np.uint8)
    for row, mark in zip(glyphs, marks, strict=True):
        strokes = Strokes.of(mark.strokes)
        row[0] = _bytes(glyph.from_strokes(strokes))
        for number in range(1, variants):
            row[number] = _bytes(_another_pen(strokes, random or np.random.default_rng(0)))
    labels = np.array([int(mark.label) if name in PEN_DIGITS else OTHER for mark in marks], np.int64)
    return Pool(name, glyphs, labels, tuple(mark.writer for mark in marks))


def _another_pen(strokes: Strokes, random: np.random.Generator) -> glyph.Glyph:
    """The same mark with another width of line, a little turned, slanted and stretched, then normalised as always."""
    turn, slant = random.normal(0, 0.09), random.normal(0, 0.14)
    stretch = np.exp(random.normal(0, 0.1, 2))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    moved = tuple((path @ (matrix * stretch).T).astype(np.float32) for path in strokes.paths)
    return glyph.from_strokes(Strokes(moved), pen=float(random.uniform(1.5, 3.6)))


def _bytes(one: glyph.Glyph) -> NDArray[np.uint8]:
    return np.rint(one.pixels * 255).astype(np.uint8)
