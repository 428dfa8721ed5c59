"""What a network is trained and validated on: MNIST and pen strokes, all through our own glyph.py, split by writer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit import datasets, glyph, picture, segment
from inkdigit.datasets import LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_DIGITS, PEN_OTHERS, PenSample, Pictures
from inkdigit.settings import Settings
from inkdigit.strokes import Strokes

INVENTED = 8_000  # scribbles, and as many pairs of digits; an eighth as many validate


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
        if name == "digits":
            training += [scribbles(INVENTED, random), pairs(kept, INVENTED, random)]
            validation += [scribbles(INVENTED // 8, random), pairs(held, INVENTED // 8, random)]
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
        strokes = segment.without_taps(Strokes.of(mark.strokes))
        row[0] = _bytes(glyph.from_strokes(strokes))
        for number in range(1, variants):
            row[number] = _bytes(_another_pen(strokes, random or np.random.default_rng(0)))
    labels = np.array([int(mark.label) if name in PEN_DIGITS else OTHER for mark in marks], np.int64)
    return Pool(name, glyphs, labels, tuple(mark.writer for mark in marks))


def scribbles(count: int, random: np.random.Generator) -> Pool:
    """Marks of no meaning: walks, zigzags and hatchings of 4 to 40 turns, in 1 to 3 strokes."""
    glyphs = np.zeros((count, 1, glyph.SIDE, glyph.SIDE), np.uint8)
    for row in glyphs:
        strokes = tuple(_scribble(random) for _ in range(random.integers(1, 4)))
        row[0] = _bytes(glyph.from_strokes(Strokes(strokes), pen=float(random.uniform(1.5, 3.6))))
    return Pool("scribbles", glyphs, np.full(count, OTHER, np.int64))


def _scribble(random: np.random.Generator) -> NDArray[np.float32]:
    turns = int(np.exp(random.uniform(np.log(4), np.log(41))))  # few turns more often than many
    kind = random.integers(3)
    if kind == 0:  # a walk that drifts
        return np.cumsum(random.normal(0, 1, (turns, 2)), axis=0).astype(np.float32)
    if kind == 1:  # from anywhere to anywhere
        return random.uniform(0, 8, (turns, 2)).astype(np.float32)
    across = np.linspace(0, random.uniform(2, 10), turns)  # to and fro
    along = np.where(np.arange(turns) % 2, random.uniform(2, 10), 0) + random.normal(0, 0.4, turns)
    angle = random.uniform(0, np.pi)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.stack([across, along], axis=1) @ rotation, np.float32)


def pairs(marks: list[PenSample], count: int, random: np.random.Generator) -> Pool:
    """Two or three digits of one writer side by side: a number, not a digit."""
    by_writer: dict[str, list[PenSample]] = {}
    for mark in marks:
        by_writer.setdefault(mark.writer, []).append(mark)
    hands = [found for found in by_writer.values() if len(found) > 1]
    glyphs = np.zeros((count, 1, glyph.SIDE, glyph.SIDE), np.uint8)
    for row in glyphs:
        hand = hands[random.integers(len(hands))]
        left, paths = 0.0, []
        for place in random.integers(len(hand), size=random.integers(2, 4)):
            drawn = Strokes.of(hand[place].strokes)
            box = drawn.box or (0.0, 0.0, 0.0, 0.0)
            paths += [path + np.array([left - box[0], 0], np.float32) for path in drawn.paths]
            left += box[2] - box[0] + random.uniform(60, 350)
        row[0] = _bytes(glyph.from_strokes(Strokes(tuple(paths)), pen=float(random.uniform(1.5, 3.6))))
    return Pool("pairs", glyphs, np.full(count, OTHER, np.int64))


def _another_pen(strokes: Strokes, random: np.random.Generator) -> glyph.Glyph:
    """The same mark with another width of line, a little turned, slanted and stretched, then normalised as always."""
    turn, slant = random.normal(0, 0.09), random.normal(0, 0.14)
    stretch = np.exp(random.normal(0, 0.1, 2))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    moved = tuple((path @ (matrix * stretch).T).astype(np.float32) for path in strokes.paths)
    return glyph.from_strokes(Strokes(moved), pen=float(random.uniform(1.5, 3.6)))


def _bytes(one: glyph.Glyph) -> NDArray[np.uint8]:
    return np.rint(one.pixels * 255).astype(np.uint8)
