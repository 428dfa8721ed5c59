"""Trains the network that tells which script a digit is of: scans of all scripts, the same redrawn by a pen, templates.

Its labels are the digits of every script, so that it learns what each looks like, and one for all that is no digit:
letters, scribbles, and several digits side by side. A script is as likely as its ten digits together. AdamW.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit import scripts
from inkdigit.data import datasets
from inkdigit.data.datasets import FIGURES, MNIST_VALIDATION, PEN_DIGITS, PEN_OTHERS
from inkdigit.data.script_digits import ScriptDigits, script_digits
from inkdigit.evaluation import negatives
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition.card import OTHER
from inkdigit.scripts import SCRIPTS, WESTERN
from inkdigit.settings import Settings
from inkdigit.training import loop, pools, script_samples
from inkdigit.training.adam import faster, fit
from inkdigit.training.augment import distort
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import Network
from inkdigit.training.pools import Pool
from inkdigit.training.recipes import Recipe

LABELS = (*(f"{script}/{digit}" for script in SCRIPTS for digit in range(10)), OTHER)
NONE = len(LABELS) - 1  # the label of what is no digit
_SCANS = 3_000  # of a script
_PENS = 3  # ways in which a pen mark is drawn
_SEVERAL = 200  # times two or three digits of a script side by side
_LETTERS = 1_500  # marks of each pen file that are no digit
_INVENTED = 700  # of each other kind
_HELD = 600  # scans of a script that validate, and pen marks
_SHARES = {"": 1.0, "-wide": 0.5, "-pen": 1.2, "-templates": 0.3, "-several": 0.6}  # of a script, by the pool's name
_OTHERS = 2.3  # of all other marks that are no digit, beside the 3 or so of a script


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Glyphs of all scripts.

    Attributes:
        pixels: uint8 (n, 28, 28), 255 = ink.
        labels: int64 (n,), places in LABELS.
        weights: float64 (n,): how often each comes up beside the others.
        names: of the pool of each, "thai", "thai-pen" ...
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    names: NDArray[np.str_]


def collect(settings: Settings, seed: int, fold: int = 0, workers: int = 1) -> tuple[Glyphs, Glyphs]:
    """What trains, and what validates: the writers, sheets or pages of one fold.

    Raises:
        DataError: a data set is missing or damaged.
    """
    asked = [(name, settings, seed, fold) for name in SCRIPTS]
    if workers == 1:
        made = [_of_script(one) for one in asked]
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            made = list(pool.map(_of_script, asked))
    training = [_weighted(pool, name) for (name, *_), (some, _) in zip(asked, made, strict=True) for pool in some]
    others = list(_no_digits(settings, np.random.default_rng([seed, len(SCRIPTS)]), fold))
    training += [_glyphs(pool, NONE, _OTHERS / len(others)) for pool in others]
    held = [_weighted(pool, name) for (name, *_), (_, some) in zip(asked, made, strict=True) for pool in some]
    return _joined(training), _joined(held)


def _of_script(asked: tuple[str, Settings, int, int]) -> tuple[list[Pool], list[Pool]]:
    """What trains of a script, and what validates."""
    script, settings, seed, fold = asked
    random = np.random.default_rng([seed, list(SCRIPTS).index(script)])
    return (_western if script == WESTERN else _other_script)(script, settings, random, fold)


def _western(script: str, settings: Settings, random: np.random.Generator, fold: int) -> tuple[list[Pool], list[Pool]]:
    mnist = datasets.mnist("train", settings)
    cut = len(mnist.labels) - MNIST_VALIDATION
    parts: tuple[list[Pool], list[Pool]] = ([], [])
    for held, out in enumerate(parts):
        rows = cut + np.arange(_HELD) if held else random.choice(cut, _SCANS, replace=False)
        out.append(pools.from_pictures(script, mnist.images[rows], mnist.labels[rows]))
        for name in PEN_DIGITS:
            marks = [
                one for one in datasets.pen(name, settings) if (datasets.fold_of(one.writer) == fold) == bool(held)
            ]
            chosen = [marks[at] for at in random.permutation(len(marks))[: _HELD if held else _SCANS]]
            out.append(pools.from_pen(f"{script}-pen", chosen, 0 if held else _PENS, random))
    return parts


def _other_script(
    script: str, settings: Settings, random: np.random.Generator, fold: int
) -> tuple[list[Pool], list[Pool]]:
    found = script_digits(script, "train", settings)
    parts: tuple[list[Pool], list[Pool]] = ([], [])
    for held, out in enumerate(parts):
        places = random.permutation(np.flatnonzero((found.folds == fold) == bool(held)))[: _HELD if held else _SCANS]
        some = ScriptDigits(found.images[places], found.labels[places], found.groups[places])
        out.append(pools.from_pictures(script, some.images, some.labels))
        if scripts.named(script).are_squeezed:
            out.append(script_samples.wide(some, script, random))
        paths = script_samples.traced(some, script, random)
        drawn = script_samples.as_samples(paths, some)
        out.append(pools.from_pen(f"{script}-pen", drawn, 0 if held else _PENS, random))
        if not held:
            out.append(script_samples.templates(script, random))
            own = list(paths.values())
            several = [script_samples.several(own, random) for _ in range(_SEVERAL if len(own) > 1 else 0)]
            out.append(pools.nothing(f"{script}-several", several, random))
    return parts


def _no_digits(settings: Settings, random: np.random.Generator, fold: int) -> Iterator[Pool]:
    """Marks that are no digit of any script, of the writers who train; look-alikes too, which tell no script."""
    for name in (*PEN_OTHERS, FIGURES):
        marks = [one for one in datasets.pen(name, settings) if datasets.fold_of(one.writer) != fold]
        chosen = [marks[at] for at in random.permutation(len(marks))[:_LETTERS]]
        yield pools.nothing(name, [Strokes.of(one.strokes) for one in chosen], random)
    for name, make in (
        ("scribbles", negatives.scribble),
        ("doodles", negatives.doodle),
        ("noise", negatives.noise),
        ("things", negatives.thing),
    ):
        yield pools.nothing(name, [make(random) for _ in range(_INVENTED)], random)


def _weighted(pool: Pool, script: str) -> Glyphs:
    """The glyphs of a pool of a script; each pool comes up by its share, however many marks it has."""
    share = _SHARES[pool.name.removeprefix(script)]
    first = list(SCRIPTS).index(script) * 10
    return _glyphs(pool, NONE if pool.name.endswith("-several") else first, share)


def _glyphs(pool: Pool, first: int, share: float) -> Glyphs:
    variants = pool.glyphs.shape[1]
    labels = np.repeat(np.full(len(pool.labels), NONE) if first == NONE else first + pool.labels, variants)
    weights = np.full(len(labels), share / max(1, len(labels)))
    pixels = pool.glyphs.reshape(-1, *pool.glyphs.shape[2:])
    return Glyphs(pixels, labels.astype(np.int64), weights, np.full(len(labels), pool.name))


def _joined(some: Sequence[Glyphs]) -> Glyphs:
    return Glyphs(
        np.concatenate([one.pixels for one in some]),
        np.concatenate([one.labels for one in some]),
        np.concatenate([one.weights for one in some]),
        np.concatenate([one.names for one in some]),
    )


def train(
    recipe: Recipe,
    training: Glyphs,
    held: Glyphs,
    out: Path,
    seed: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> nn.Module:
    """Trains by the recipe and returns the averaged network, ready to score. Resumes as `loop.train` does.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, the loss is not finite, or a full disk.
    """
    torch.manual_seed(seed)
    network = Network(len(LABELS), width=recipe.width, dropout=recipe.dropout)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = max(1, recipe.most // recipe.batch)
    pile, labels, weights = (torch.from_numpy(one) for one in (training.pixels, training.labels, training.weights))

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        rows = torch.multinomial(weights, steps * recipe.batch, replacement=True, generator=generator)
        for some in rows.view(steps, recipe.batch):
            shown = distort(pile[some, None].float() / 255, recipe.distortion, generator)
            with faster(shown.device):
                found = network(shown.contiguous(memory_format=torch.channels_last))
            yield functional.cross_entropy(found.float(), labels[some], label_smoothing=recipe.smoothing)

    def wrong(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Marks that validate whose script is not told."""
        return mistakes(loop.scores(average, held.pixels), held)

    return fit(network, recipe, steps, losses, wrong, out, seed, on_step, on_epoch)


def mistakes(found: Tensor, held: Glyphs) -> dict[str, tuple[int, int]]:
    """Script -> (marks whose likeliest script is another one, all). One mark seldom tells: signs are shared."""
    told = found[:, :NONE].softmax(1).reshape(len(found), -1, 10).sum(2).argmax(1).numpy()
    own = held.labels // 10
    return {name: (int((told[own == at] != at).sum()), int((own == at).sum())) for at, name in enumerate(SCRIPTS)}


def counts(some: Glyphs) -> dict[str, int]:
    """Glyphs by the name of their pool."""
    names, found = np.unique(some.names, return_counts=True)
    return dict(zip(names.tolist(), found.tolist(), strict=True))
