"""What the network of strokes learns from, and how: the pen's path of digits, letters, drawn ways, split by writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.data.datasets import FIGURES, OTHER, PEN_DIGITS, PEN_OTHERS, PenSample
from inkdigit.errors import TrainingError
from inkdigit.evaluation import allographs, composed, negatives
from inkdigit.ink import segment
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import trajectory
from inkdigit.recognition.model import one_other
from inkdigit.settings import Settings
from inkdigit.training.adam import fit
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.loop import count_wrong
from inkdigit.training.network import StrokeNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import EACH_WAY, FIGURES_TIMES, by_fold

INVENTED = 4_000  # scribbles and doodles, of each, and three times as many numbers; an eighth as many validate
SEVERAL = OTHER + 1  # the label of several digits side by side
_NUMBERS = 0.25  # of what is no digit are numbers
_GAPS = ("spaced", "touching", "overlapping")
_SELDOM = 0.5  # of what is no digit, letters that look half like one come up so often for each time that others do
_BACKWARDS = 0.1  # chance that a mark is drawn from its end: some people do


@dataclass(frozen=True, eq=False)
class Marks:
    """Trajectories of one source.

    Attributes:
        name: where they come from.
        points: float32 (n, 3, 64), see `trajectory.Trajectory`.
        labels: int64 (n,), 0 to 9, OTHER, or SEVERAL.
        strokes: what each was made from.
        times: how often they come up for each time that those of another source do.
    """

    name: str
    points: NDArray[np.float32]
    labels: NDArray[np.int64]
    strokes: tuple[Strokes, ...]
    times: float = 1.0


def collect(settings: Settings, seed: int, fold: int) -> tuple[list[Marks], list[Marks]]:
    """What is trained on, and what validates: the writers and alphabets of one fold.

    Raises:
        DataError: a data set is missing or damaged.
    """
    random = np.random.default_rng(seed)
    training: list[Marks] = []
    validation: list[Marks] = []
    half_alikes: list[PenSample] = []
    for name in (*PEN_DIGITS, *PEN_OTHERS, FIGURES):
        ours, others, seldom = by_fold(name, settings, fold)
        half_alikes += seldom
        training.append(_of_pens(name, ours, FIGURES_TIMES if name == FIGURES else 1.0))
        if others:  # a fold may have none of the alphabets
            validation.append(_of_pens(name, others))
        if name == "digits":
            training += _invented(ours, INVENTED, random)
            validation += _invented(others, INVENTED // 8, random)
    training.append(_of_pens("half-alikes", half_alikes, _SELDOM))
    drawn = [allographs.written(way, random) for way in allographs.ALLOGRAPHS for _ in range(EACH_WAY)]
    labels = [way.digit for way in allographs.ALLOGRAPHS for _ in range(EACH_WAY)]
    return [*training, _marks("allographs", drawn, labels)], validation


def _of_pens(name: str, marks: Sequence[PenSample], times: float = 1.0) -> Marks:
    drawn = [segment.without_taps(Strokes.of(mark.strokes)) for mark in marks]
    return _marks(name, drawn, [int(mark.label) if name in PEN_DIGITS else OTHER for mark in marks], times)


def _marks(name: str, drawn: Iterable[Strokes], labels: Sequence[int], times: float = 1.0) -> Marks:
    strokes = tuple(drawn)
    points = [trajectory.from_strokes(one).points for one in strokes]
    whole = np.stack(points) if points else np.zeros((0, 3, trajectory.POINTS), np.float32)
    return Marks(name, whole, np.array(labels, np.int64), strokes, times)


def _invented(marks: Sequence[PenSample], count: int, random: np.random.Generator) -> list[Marks]:
    """Scribbles, doodles and numbers of two to four digits, these of the writers given."""
    hands = negatives.hands(marks)
    numbers = [
        composed.compose(composed.one_of(hands, random), gap, random, int(random.integers(2, 5))).strokes
        for gap in _GAPS
        for _ in range(count)
    ]
    return [
        _marks("scribbles", (negatives.scribble(random) for _ in range(count)), [OTHER] * count),
        _marks("doodles", (negatives.doodle(random) for _ in range(count)), [OTHER] * count),
        _marks("numbers", map(Strokes.of, numbers), [SEVERAL] * len(numbers)),
    ]


def train(
    recipe: Recipe,
    training: Sequence[Marks],
    validation: Sequence[Marks],
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
    network = StrokeNetwork(width=recipe.width, dropout=recipe.dropout)
    points = torch.from_numpy(np.concatenate([one.points for one in training]))
    labels = torch.from_numpy(np.concatenate([one.labels for one in training]))
    weights = _weights(training)
    steps = int((labels < OTHER).sum() * (1 + recipe.others)) // recipe.batch
    if steps < 1 or not (labels >= OTHER).any():
        raise TrainingError(f"{recipe.batch} marks, some of them no digits", str(len(labels)), "Add some")

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        order = _order(labels, weights, recipe.others, generator)
        for step in range(steps):
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            found = network(with_directions(distort(points[rows], generator)))
            yield functional.cross_entropy(found, labels[rows], label_smoothing=recipe.smoothing)

    def mistakes(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of each source that validates."""
        return {one.name: (_wrong(scores(average, one), one.labels), len(one.labels)) for one in validation}

    return fit(network, recipe, steps, losses, mistakes, out, seed, on_step, on_epoch)


def _weights(training: Sequence[Marks]) -> Tensor:
    """float64 (m,): how often each mark comes up beside others that are no digit."""
    others = sum(len(one.labels) * one.times for one in training if one.labels.max(initial=0) == OTHER)
    numbers = sum(len(one.labels) for one in training if one.labels.max(initial=0) == SEVERAL)
    share = _NUMBERS / (1 - _NUMBERS) * others / max(1, numbers)
    return torch.from_numpy(
        np.concatenate([np.where(one.labels == SEVERAL, share, one.times) for one in training]).astype(np.float64)
    )


def _order(labels: Tensor, weights: Tensor, others: float, generator: torch.Generator) -> Tensor:
    """Rows of one epoch, shuffled: every digit once, and so many other marks for each, drawn by their weights."""
    digits = torch.nonzero(labels < OTHER)[:, 0]
    rest = torch.nonzero(labels >= OTHER)[:, 0]
    drawn = torch.multinomial(weights[rest], int(len(digits) * others), replacement=True, generator=generator)
    both = torch.cat([digits, rest[drawn]])
    return both[torch.randperm(len(both), generator=generator)]


def distort(points: Tensor, generator: torch.Generator, much: float = 1.0) -> Tensor:
    """float32 (n, 3, 64) -> the same shape: turned, slanted, stretched, bent, at times begun at the end.

    Args:
        much: times as much as single digits are distorted, 0 or more.
    """
    count = len(points)

    def normal(size: float) -> Tensor:
        """float32 (n, 1)."""
        return torch.randn(count, 1, generator=generator) * (size * much)

    turn, slant = normal(0.15), normal(0.18)
    x = points[:, 0] * torch.exp(normal(0.12)) + points[:, 1] * slant
    y = points[:, 1] * torch.exp(normal(0.12))
    x, y = x * torch.cos(turn) - y * torch.sin(turn), x * torch.sin(turn) + y * torch.cos(turn)
    bends = functional.interpolate(
        torch.randn(count, 2, 8, generator=generator), points.shape[2], mode="linear", align_corners=True
    )
    place = torch.stack([x, y], dim=1) + 0.06 * much * bends
    low, high = place.amin(2, keepdim=True), place.amax(2, keepdim=True)
    place = (place - (low + high) / 2) / (high - low).amax(1, keepdim=True).clamp_min(1e-6) * 2
    made = torch.cat([place, points[:, 2:]], dim=1)
    backwards = torch.rand(count, 1, 1, generator=generator) < _BACKWARDS
    return torch.where(backwards, made.flip(2), made)


def with_directions(points: Tensor) -> Tensor:
    """float32 (n, 3, 64) -> (n, 5, 64), as `trajectory.with_directions` does."""
    step = functional.pad(points[:, :2, 1:] - points[:, :2, :-1], (1, 0))
    length = step.norm(dim=1, keepdim=True).clamp_min(1e-4)
    return torch.cat([points[:, :2], step / length, points[:, 2:]], dim=1)


def scores(network: nn.Module, marks: Marks) -> Tensor:
    """float32 logits (n, 12)."""
    network.eval()
    with torch.inference_mode():
        parts: list[Any] = [
            network(with_directions(torch.from_numpy(marks.points[first : first + 2000])))
            for first in range(0, len(marks.labels), 2000)
        ]
    return torch.cat(parts) if parts else torch.zeros((0, SEVERAL + 1))


def _wrong(found: Tensor, labels: NDArray[np.int64]) -> int:
    """Mistakes of logits (n, 12), see `count_wrong`; of numbers, those not known as such."""
    if (labels == SEVERAL).all():
        return int((found.argmax(1) != SEVERAL).sum())
    return count_wrong(torch.from_numpy(one_other(found.numpy())), labels)
