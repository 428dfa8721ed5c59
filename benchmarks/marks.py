"""Marks of every kind, digits and what is no digit, as the networks see them; of writers trained on and left out.

What benchmarks/second_score.py fits and judges by, and what benchmarks/nearest.py draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import (
    FIGURES,
    HALF_ALIKES,
    LOOK_ALIKES,
    MNIST_VALIDATION,
    PEN_DIGITS,
    PEN_OTHERS,
    PenSample,
)
from inkdigit.evaluation import corruptions, negatives
from inkdigit.ink import segment
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import trajectory
from inkdigit.training import corruption, pools

MNIST, SPOILT, SCANNED = "mnist", "mnist-spoilt", "scanned-digits"
DIGITS = (*PEN_DIGITS, SCANNED, MNIST, SPOILT)
INVENTED = ("scribbles", "doodles", "numbers", "halves", "noise", "scenes")
OTHERS = (*PEN_OTHERS, FIGURES, *INVENTED)
_EACH = 1_500  # of each invented kind, and as many of writers left out
_PICTURES = 5_000  # of MNIST, and as many that are left out


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of one source, as both networks see them.

    Attributes:
        name: one of DIGITS or OTHERS.
        glyphs: uint8 (n, 28, 28), ink = 255.
        labels: what each is: "7", "A", "Greek/character05", or the name of the source.
        writers: the hand behind each; a number of its own where nobody knows it.
        held: bool (n,): whether training left its writer, alphabet or picture out.
        points: float32 (n, 3, 64), the pen's path, see `trajectory.Trajectory`; None where there are only pictures.
    """

    name: str
    glyphs: NDArray[np.uint8]
    labels: NDArray[np.str_]
    writers: NDArray[np.str_]
    held: NDArray[np.bool_]
    points: NDArray[np.float32] | None = None


def collect(reader: Reader) -> list[Marks]:
    """All of them; what the reader's network was trained without is held.

    Raises:
        DataError: a data set is missing or damaged.
    """
    random = np.random.default_rng(13)
    pens = {name: datasets.pen(name, reader.settings) for name in (*PEN_DIGITS, *PEN_OTHERS, FIGURES)}
    found = [_pens(name, [one for one in marks if _is_told(name, one)], reader) for name, marks in pens.items()]
    found += [_scans(reader), *_mnist(reader, random)]
    hands = [[one for one in pens["digits"] if _held("digits", one, reader) == held] for held in (False, True)]
    made = [_invented(some, bool(held), random) for held, some in enumerate(hands)]
    return found + [_both(ours, left_out) for ours, left_out in zip(*made, strict=True)]


def half_alikes(reader: Reader) -> Marks:
    """Letters that some hands write like a digit, which are trained on seldom."""
    some = [one for name in PEN_OTHERS for one in datasets.pen(name, reader.settings) if one.label in HALF_ALIKES]
    return _pens("half-alikes", some, reader)


def _is_told(name: str, mark: PenSample) -> bool:
    """Whether a mark is plainly a digit or plainly none."""
    return name not in PEN_OTHERS or mark.label not in LOOK_ALIKES


def _held(name: str, mark: PenSample, reader: Reader) -> bool:
    group = mark.label.partition("/")[0] if name == FIGURES else mark.writer
    return datasets.fold_of(group) == reader.model.card.provenance["writers_of_fold_held_back"]


def _pens(name: str, marks: Sequence[PenSample], reader: Reader) -> Marks:
    return Marks(
        name,
        pools.from_pen(name, marks).glyphs[:, 0],
        np.array([one.label for one in marks]),
        np.array([one.writer for one in marks]),
        np.array([_held(name, one, reader) for one in marks]),
        _paths([Strokes.of(one.strokes) for one in marks]),
    )


def _paths(drawn: Iterable[Strokes]) -> NDArray[np.float32]:
    return np.stack([trajectory.from_strokes(segment.without_taps(one)).points for one in drawn])


def _scans(reader: Reader) -> Marks:
    found = scans.scanned(reader.settings)
    pool = pools.from_scans(found, np.ones(len(found.labels), bool))
    fold = reader.model.card.provenance["writers_of_fold_held_back"]
    held = np.array([datasets.fold_of(writer) == fold for writer in found.writers])
    return Marks(SCANNED, pool.glyphs[:, 0], found.labels.astype(str), np.array(found.writers), held)


def _mnist(reader: Reader, random: np.random.Generator) -> list[Marks]:
    """Pictures as they are, and spoilt: those trained on as in training, those left out in the ways of MNIST-C."""
    found = datasets.mnist("train", reader.settings)
    trained = random.choice(len(found.labels) - MNIST_VALIDATION, _PICTURES, replace=False)
    rows = np.concatenate([trained, np.arange(len(found.labels))[-MNIST_VALIDATION:]])
    images, labels = found.images[rows], found.labels[rows]
    held = np.arange(len(rows)) >= _PICTURES
    spoilt = [np.stack([corruption.spoilt(one, random) for one in images[:_PICTURES]])]
    ways = corruptions.CORRUPTIONS
    spoilt += [corruptions.corrupt(images[_PICTURES:][at :: len(ways)], way) for at, way in enumerate(ways)]
    order = np.concatenate([np.arange(_PICTURES), *(np.nonzero(held)[0][at :: len(ways)] for at in range(len(ways)))])
    hands = np.arange(len(rows)).astype(str)
    return [
        Marks(MNIST, pools.from_pictures(MNIST, images, labels).glyphs[:, 0], labels.astype(str), hands, held),
        Marks(
            SPOILT,
            pools.from_pictures(SPOILT, np.concatenate(spoilt), labels[order]).glyphs[:, 0],
            labels[order].astype(str),
            hands[order],
            held[order],
        ),
    ]


def _invented(marks: Sequence[PenSample], held: bool, random: np.random.Generator) -> list[Marks]:
    """What the program makes; numbers and halves of the digits of these writers."""
    hands, count = negatives.hands(marks), range(_EACH)
    some = [marks[at] for at in random.integers(len(marks), size=4 * _EACH)]
    drawn = {
        "scribbles": [negatives.scribble(random) for _ in count],
        "doodles": [negatives.doodle(random) for _ in count],
        "numbers": [negatives.number(hands[random.integers(len(hands))], random) for _ in count],
    }
    pictures = {
        "halves": [half for half in (negatives.half(mark, random) for mark in some) if half is not None][:_EACH],
        "noise": [negatives.noise(random) for _ in count],
        "scenes": [negatives.scene(random) for _ in count],
    }
    return [_made(name, one, held, random, _paths(one)) for name, one in drawn.items()] + [
        _made(name, one, held, random) for name, one in pictures.items()
    ]


def _made(
    name: str,
    some: Sequence[Strokes | NDArray[np.uint8]],
    held: bool,
    random: np.random.Generator,
    points: NDArray[np.float32] | None = None,
) -> Marks:
    glyphs = pools.nothing(name, some, random).glyphs[:, 0]
    count = len(glyphs)  # without those that leave no ink
    hands = np.char.add(f"{held} ", np.arange(count).astype(str))
    return Marks(name, glyphs, np.full(count, name), hands, np.full(count, held), points)


def _both(first: Marks, second: Marks) -> Marks:
    """Two parts of one source."""
    whole = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("glyphs", "labels", "writers", "held")
    }
    drawn = first.points is not None and second.points is not None
    return Marks(first.name, **whole, points=np.concatenate([first.points, second.points]) if drawn else None)
