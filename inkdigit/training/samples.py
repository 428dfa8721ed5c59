"""What a network is trained and validated on: MNIST, pens, scans, drawn ways and what is no digit, split by writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import (
    FIGURES,
    FOLDS,
    HALF_ALIKES,
    LOOK_ALIKES,
    MNIST_VALIDATION,
    PEN_DIGITS,
    PEN_OTHERS,
    PenSample,
)
from inkdigit.evaluation import negatives
from inkdigit.ink.strokes import Strokes
from inkdigit.settings import Settings
from inkdigit.training.pools import Pool, from_own, from_pen, from_pictures, from_scans, nothing, spoilt, ways

INVENTED = 10_000  # marks of each invented kind, a fifth of them for each fold
EACH_WAY = 120  # drawings of each way to write a digit
FIGURES_TIMES = 4.0  # times as often as other marks that are no digit: few people drew them, and unlike all letters
_SHARE = 5_000  # marks that one worker draws at a time
_ALWAYS, _NEVER = -1, -2  # in the place of the fold that a mark validates in: trained on in every fold, or in none


@dataclass(frozen=True, eq=False)
class Samples:
    """Pools to train on, and pools of other people's marks to choose by."""

    training: tuple[Pool, ...]
    validation: tuple[Pool, ...]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A pool, the fold that each of its marks is held back in, and whether they validate there or are left out."""

    pool: Pool
    folds: NDArray[np.int64]  # (n,)
    validates: bool = True


def collect(
    settings: Settings,
    variants: int,
    seed: int,
    fold: int = 0,
    with_pen: bool = True,
    corruptions: int = 1,
    own: Sequence[Path] = (),
    only_own: bool = False,
    most: int = 60_000,
    workers: int = 1,
) -> Samples:
    """MNIST, pens, scans and your own; writers and alphabets of one fold and the last 5,000 of MNIST validate.

    With the same seed, a mark is drawn alike for every fold, and by any number of workers.

    Args:
        variants: how often each pen mark is drawn for training, each time with another pen and slant; a scan, half.
        fold: 0 to FOLDS - 1, the fold of writers that validates.
        with_pen: False leaves the pen files and the scans out, and all that is no digit.
        corruptions: in how many ways something is done to each digit; 0 leaves spoilt digits out.
        own: folders or files of your own pictures, see `from_own`.
        only_own: True leaves out MNIST and the pen files.
        most: how many pictures of MNIST are trained on, from the first.
        workers: processes that draw.

    Raises:
        DataError: a data set is missing or damaged, or your own cannot be learned from.
    """
    owned = [from_own(path, settings, every_digit=only_own and len(own) == 1) for path in own]  # faults are told first
    drawn = [] if only_own else everything(settings, variants, seed, with_pen, corruptions, most, workers)
    training, validation = split(drawn, fold)
    random = np.random.default_rng(seed)
    for kept, held in owned:
        training.append(kept)
        validation.append(held)
        if corruptions:
            training.append(spoilt(kept, random, corruptions))
    return Samples(tuple(training), tuple(validation))


def split(drawn: Iterable[_Drawn], fold: int) -> tuple[list[Pool], list[Pool]]:
    """What is trained on, and what validates, in a fold."""
    training, validation = [], []
    for one in drawn:
        held = (one.folds == fold) | (one.folds == _NEVER)
        training.append(_some(one.pool, ~held))
        if one.validates:
            pool = _some(one.pool, held)
            validation.append(replace(pool, glyphs=pool.glyphs[:, :1], times=1.0))
    return [pool for pool in training if len(pool.labels)], [pool for pool in validation if len(pool.labels)]


def everything(
    settings: Settings, variants: int, seed: int, with_pen: bool, corruptions: int, most: int, workers: int = 1
) -> list[_Drawn]:
    """All pools, the marks of every fold in them; the arguments are those of `collect`."""
    cut = len(datasets.mnist("train", settings).labels) - MNIST_VALIDATION
    parts: list[tuple[Any, ...]] = [
        (_mnist, first, cut, most, corruptions) for first in _shares(cut + MNIST_VALIDATION)
    ]
    if with_pen:
        for name in (*PEN_DIGITS, *PEN_OTHERS, FIGURES):
            parts += [
                (_pens, name, first, variants, corruptions) for first in _shares(len(datasets.pen(name, settings)))
            ]
        parts += [(_invented, fold) for fold in range(FOLDS)]
        scanned = len(scans.scanned(settings).labels)
        parts += [(_scans, first, max(1, variants // 2), corruptions) for first in _shares(scanned)]
        parts.append((_ways,))
    jobs = [(part[0], settings, np.random.default_rng([seed, place]), *part[1:]) for place, part in enumerate(parts)]
    if workers > 1:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            found = [job.result() for job in [pool.submit(*job) for job in jobs]]
    else:
        found = [function(*arguments) for function, *arguments in jobs]
    by_name: dict[str, list[_Drawn]] = {}
    for drawn in (one for some in found for one in some):
        by_name.setdefault(drawn.pool.name, []).append(drawn)
    return [_joined(some) for some in by_name.values()]


def _shares(count: int) -> range:
    return range(0, count, _SHARE)


def _mnist(
    settings: Settings, random: np.random.Generator, first: int, cut: int, most: int, corruptions: int
) -> list[_Drawn]:
    found = datasets.mnist("train", settings)
    rows = np.arange(first, min(first + _SHARE, len(found.labels)))
    rows = rows[(rows < most) | (rows >= cut)]
    pool = from_pictures("mnist", found.images[rows], found.labels[rows])
    return _and_spoilt(pool, np.where(rows < cut, _ALWAYS, _NEVER), random, corruptions)


def _pens(
    settings: Settings, random: np.random.Generator, name: str, first: int, variants: int, corruptions: int
) -> list[_Drawn]:
    marks = datasets.pen(name, settings)[first : first + _SHARE]
    if name in PEN_DIGITS:
        return _and_spoilt(from_pen(name, marks, variants, random), _folds(name, marks), random, corruptions)
    seldom = [mark for mark in marks if mark.label in HALF_ALIKES and name in PEN_OTHERS]
    kept = [mark for mark in marks if mark.label not in LOOK_ALIKES or name not in PEN_OTHERS]
    often = FIGURES_TIMES if name == FIGURES else 1.0
    return [
        _Drawn(from_pen(name, kept, max(1, variants // 3), random, often), _folds(name, kept)),
        _Drawn(from_pen("half-alikes", seldom, 1, random), _folds(name, seldom), validates=False),
    ]


def _scans(
    settings: Settings, random: np.random.Generator, first: int, variants: int, corruptions: int
) -> list[_Drawn]:
    found = scans.scanned(settings)
    rows = np.zeros(len(found.labels), bool)
    rows[first : first + _SHARE] = True
    pool = from_scans(found, rows, variants, random)
    folds = np.array([datasets.fold_of(writer) for writer in pool.writers], np.int64)
    return _and_spoilt(pool, folds, random, corruptions)


def _ways(settings: Settings, random: np.random.Generator) -> list[_Drawn]:
    pool = ways(EACH_WAY, random)  # without anything done to them: a template has nothing of a picture
    return [_Drawn(pool, np.full(len(pool.labels), _ALWAYS), validates=False)]


def _and_spoilt(pool: Pool, folds: NDArray[np.int64], random: np.random.Generator, corruptions: int) -> list[_Drawn]:
    if not corruptions:
        return [_Drawn(pool, folds)]
    return [_Drawn(pool, folds), _Drawn(spoilt(pool, random, corruptions), folds, validates=False)]


def _invented(settings: Settings, random: np.random.Generator, fold: int) -> list[_Drawn]:
    """Scribbles, doodles, numbers, halves, noise, things and scenes; numbers and halves are of writers of one fold."""
    count = INVENTED // FOLDS
    marks = [mark for mark in datasets.pen("digits", settings) if datasets.fold_of(mark.writer) == fold]
    hands = negatives.hands(marks)
    some = [marks[place] for place in random.integers(len(marks), size=4 * count)] if marks else []
    numbers = (negatives.number(hands[random.integers(len(hands))], random) for _ in range(count if hands else 0))
    made: dict[str, Iterable[Strokes | NDArray[np.uint8] | None]] = {
        "scribbles": (negatives.scribble(random) for _ in range(2 * count)),
        "doodles": (negatives.doodle(random) for _ in range(count // 2)),
        "numbers": numbers,
        "halves": [negatives.half(mark, random) for mark in some][:count],
        "noise": (negatives.noise(random) for _ in range(count // 4)),
        "things": (negatives.thing(random) for _ in range(count // 4)),
        "scenes": (negatives.scene(random) for _ in range(count)),
    }
    pools = [nothing(name, marks, random) for name, marks in made.items()]
    return [_Drawn(pool, np.full(len(pool.labels), fold)) for pool in pools]


def _folds(name: str, marks: Sequence[PenSample]) -> NDArray[np.int64]:
    return np.array([datasets.fold_of(_group(name, mark)) for mark in marks], np.int64)


def _group(name: str, mark: PenSample) -> str:
    """Who or what is kept on one side: a writer, or an alphabet, where each of the few writers drew all of them."""
    return mark.label.partition("/")[0] if name == FIGURES else mark.writer


def by_fold(name: str, settings: Settings, fold: int) -> tuple[list[PenSample], list[PenSample], list[PenSample]]:
    """The marks of a pen file to train on, those that validate, and letters to train on seldom (HALF_ALIKES).

    A mark is kept on one side by its writer, or by its alphabet, where each of the few writers drew all of them.

    Raises:
        DataError: the file is missing or damaged.
    """
    ours: list[PenSample] = []
    others: list[PenSample] = []
    for mark in datasets.pen(name, settings):
        (others if datasets.fold_of(_group(name, mark)) == fold else ours).append(mark)
    if name not in PEN_OTHERS:
        return ours, others, []
    seldom = [mark for mark in ours if mark.label in HALF_ALIKES]
    ours, others = ([mark for mark in some if mark.label not in LOOK_ALIKES] for some in (ours, others))
    return ours, others, seldom


def _some(pool: Pool, rows: NDArray[np.bool_]) -> Pool:
    writers = tuple(writer for writer, kept in zip(pool.writers, rows, strict=True) if kept) if pool.writers else ()
    return replace(pool, glyphs=pool.glyphs[rows], labels=pool.labels[rows], writers=writers)


def _joined(some: Sequence[_Drawn]) -> _Drawn:
    """Parts of one pool -> the whole of it."""
    pools = [one.pool for one in some]
    glyphs, labels = np.concatenate([pool.glyphs for pool in pools]), np.concatenate([pool.labels for pool in pools])
    writers = tuple(writer for pool in pools for writer in pool.writers)
    whole = replace(pools[0], glyphs=glyphs, labels=labels, writers=writers)
    return _Drawn(whole, np.concatenate([one.folds for one in some]), some[0].validates)
