"""What the network of signs learns from, and how: marks of composed numbers, dates and sums, each in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.data.datasets import FIGURES, PEN_OTHERS, PenSample
from inkdigit.errors import TrainingError
from inkdigit.evaluation import composed, signed
from inkdigit.evaluation.composed import one_of
from inkdigit.ink import lattice
from inkdigit.ink.strokes import Strokes, along
from inkdigit.recognition import signs, trajectory
from inkdigit.settings import Settings
from inkdigit.training.adam import fit
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import SignNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import by_fold
from inkdigit.training.trajectories import distort, with_directions

LABELS = (signs.NONE, *signs.KINDS, signs.SEVERAL)
_OPERATORS = "+-x*:/÷·"
_UNLIKE = set("xXtTlIiSszZoOqQ|'`_~\"\\;!")  # marks that nobody tells from a sign, or a digit, in a number
_MOST_NONE = 8  # marks that are no sign, of one number: there are many groups of strokes
_GENTLE = 0.4  # of what single marks are distorted by: how a mark leans, and how wide it is, tells signs apart
_PARTS = 40  # in which they are made, each by one process
_GAPS = ("spaced", "touching", "overlapping")


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks in their places.

    Attributes:
        points: float32 (n, 3, 64), see `trajectory.Trajectory`.
        places: float32 (n, 14), see `signs.places`.
        labels: int64 (n,), places in LABELS.
    """

    points: NDArray[np.float32]
    places: NDArray[np.float32]
    labels: NDArray[np.int64]


def form(random: np.random.Generator) -> str:
    """What could be written, as `signed.compose` takes it: a number, a date, a sum, an amount, one mark alone."""

    def digits(least: int, most: int) -> str:
        """So many digits."""
        return "d" * int(random.integers(least, most + 1))

    def term() -> str:
        """A number, a decimal at times."""
        return digits(1, 3) + (one_of(".,", random) + digits(1, 2) if random.random() < 0.2 else "")

    def total() -> str:
        """Two or three terms, brackets at times."""
        terms = [term() for _ in range(int(random.integers(2, 4)))]
        if random.random() < 0.3:
            at = int(random.integers(len(terms)))
            terms[at] = f"({digits(1, 2)}{one_of(_OPERATORS, random)}{digits(1, 2)})"
        text = terms[0]
        for other in terms[1:]:
            text += one_of(_OPERATORS, random) + other
        return text + one_of(("", "=", f"={term()}", f"=-{digits(1, 2)}"), random)

    kind = int(random.choice(10, p=[0.19, 0.1, 0.15, 0.25, 0.06, 0.05, 0.05, 0.04, 0.02, 0.09]))
    if kind == 0:
        return digits(1, 5)
    if kind == 1:
        return one_of(("-", "", ""), random) + term()
    if kind == 2:  # a date, a time, a telephone number
        sign = one_of("//.-:", random)
        return sign.join(digits(1, 4) for _ in range(int(random.integers(2, 4))))
    if kind == 3:
        return total()
    if kind == 4:
        return digits(1, 3) + one_of(("%", " %"), random)
    if kind == 5:
        return one_of("$#", random) + term()
    if kind == 6:
        return "".join(one_of("dd?", random) for _ in range(int(random.integers(2, 6))))
    if kind == 9:
        return "?"
    return "".join(one_of(signs.KINDS, random) for _ in range(1 if kind == 7 else int(random.integers(2, 4))))


def collect(settings: Settings, count: int, seed: int, fold: int, workers: int = 1) -> tuple[Marks, Marks]:
    """Marks of so many numbers of all writers but those of the fold, and of an eighth as many of these, which validate.

    Raises:
        DataError: a data set is missing or damaged.
    """
    asked = [(settings, count // _PARTS, [seed, part], fold, part >= _PARTS) for part in range(_PARTS + _PARTS // 8)]
    if workers == 1:
        made = [_some(one) for one in asked]
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            made = list(pool.map(_some, asked))
    return _joined(made[:_PARTS]), _joined(made[_PARTS:])


def _some(asked: tuple[Settings, int, list[int], int, bool]) -> Marks:
    settings, count, seed, fold, held = asked
    random = np.random.default_rng(seed)
    hands, drawn, others = _material(settings, fold, held)
    return _joined([_of_one(hands, drawn, others, random) for _ in range(count)])


@lru_cache(maxsize=2)
def _material(
    settings: Settings, fold: int, held: bool
) -> tuple[list[list[PenSample]], dict[str, list[PenSample]], tuple[list[PenSample], list[PenSample]]]:
    """Digits by hand, signs by kind, and marks that are neither, for numbers and alone, of a fold or of all others."""
    alone = [
        mark
        for name in (*PEN_OTHERS, FIGURES)
        for mark in by_fold(name, settings, fold)[1 if held else 0]
        if mark.label not in signs.KINDS and mark.label not in "xX"
    ]
    others = [mark for mark in alone if mark.label not in _UNLIKE]
    return composed.hands(settings, fold, held), signed.signs(settings, fold, held), (others, alone)


def _of_one(
    hands: Sequence[Sequence[PenSample]],
    drawn: dict[str, list[PenSample]],
    others: tuple[list[PenSample], list[PenSample]],
    random: np.random.Generator,
) -> Marks:
    """The marks of one number, and groups of its strokes that are none."""
    if random.random() < 0.15:
        number = composed.compose(one_of(hands, random), one_of(_GAPS, random), random)
        text, strokes, owners = number.text, number.strokes, number.owners
    else:
        wanted = form(random)
        made = signed.compose(one_of(hands, random), drawn, wanted, random, others[wanted == "?"])
        text, strokes, owners = made.text, made.strokes, made.owners
    lean = np.array([[1, 0], [-random.normal(0, 0.1), 1]], np.float32)
    strokes = tuple(path @ lean for path in strokes)
    boxes = Strokes(strokes).boxes
    height = lattice.line_height(boxes)
    points = [lattice.thinned(along(path, height / 30), height) for path in strokes]
    whole: dict[tuple[int, ...], str] = {}
    for place, mark in enumerate(text):
        members = tuple(at for at, owner in enumerate(owners) if owner == place)
        if members:
            whole[members] = mark
    if len(whole) > 1:
        whole[tuple(range(len(strokes)))] = signs.SEVERAL
    rest = [group.members for group in lattice.groups(points, height) if group.members not in whole]
    rest = [rest[at] for at in random.permutation(len(rest))[:_MOST_NONE]]
    marks = [*whole, *rest]
    labels = [LABELS.index(mark) if mark in LABELS else 0 for mark in whole.values()] + [0] * len(rest)
    drawn_by = [Strokes(tuple(strokes[at] for at in members)) for members in marks]
    return Marks(
        np.stack([trajectory.from_strokes(one).points for one in drawn_by]),
        signs.places(marks, points, height),
        np.array(labels, np.int64),
    )


def _joined(some: Sequence[Marks]) -> Marks:
    return Marks(
        np.concatenate([one.points for one in some]),
        np.concatenate([one.places for one in some]),
        np.concatenate([one.labels for one in some]),
    )


def train(
    recipe: Recipe,
    training: Marks,
    validation: Marks,
    out: Path,
    seed: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> nn.Module:
    """Trains by the recipe and returns the averaged network, ready to score. Resumes as `loop.train` does.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, too few marks, or a full disk.
    """
    torch.manual_seed(seed)
    network = SignNetwork(len(LABELS), signs.PLACES, recipe.width, recipe.dropout)
    points, places = torch.from_numpy(training.points), torch.from_numpy(training.places)
    labels = torch.from_numpy(training.labels)
    steps = len(labels) // recipe.batch
    if steps < 1:
        raise TrainingError(f"{recipe.batch} marks", str(len(labels)), "Add some")

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        order = torch.randperm(len(labels), generator=generator)
        for step in range(steps):
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            shaken = places[rows] + 0.03 * torch.randn(len(rows), signs.PLACES, generator=generator)
            found = network(with_directions(distort(points[rows], generator, _GENTLE)), shaken)
            yield functional.cross_entropy(found, labels[rows], label_smoothing=recipe.smoothing)

    def mistakes(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of the marks that validate."""
        wrong = int((scores(average, validation).argmax(1).numpy() != validation.labels).sum())
        return {"signs": (wrong, len(validation.labels))}

    return fit(network, recipe, steps, losses, mistakes, out, seed, on_step, on_epoch)


def scores(network: nn.Module, marks: Marks) -> Tensor:
    """float32 logits (n, labels)."""
    network.eval()
    parts: list[Tensor] = []
    with torch.inference_mode():
        for first in range(0, len(marks.labels), 2000):
            some = slice(first, first + 2000)
            points = with_directions(torch.from_numpy(marks.points[some]))
            parts.append(network(points, torch.from_numpy(marks.places[some])))
    return torch.cat(parts)
