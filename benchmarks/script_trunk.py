"""One trunk for all scripts, with a score for every digit of each and for every letter: how well it reads each script
beside a network of its own, and which digits and letters it takes for each other (docs/scripts.md).

    python -m benchmarks.script_trunk       needs INKDIGIT_DATA; ten minutes on one core

Writes benchmarks/results/script_trunk.json: mistakes on the fold that validates, and for each digit of a script the
marks of others that were read as it. inkdigit/scripts.py names these as look-alikes.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.data import datasets
from inkdigit.data.datasets import PEN_DIGITS, PEN_OTHERS
from inkdigit.data.script_digits import script_digits
from inkdigit.evaluation.report import write
from inkdigit.scripts import SCRIPTS, WESTERN
from inkdigit.settings import Settings
from inkdigit.training import pools
from inkdigit.training.adam import fit
from inkdigit.training.augment import Distortion, distort
from inkdigit.training.network import Network
from inkdigit.training.recipes import Recipe

from benchmarks import RESULTS  # isort: skip

RECIPE = Recipe("trunk", epochs=8, width=32, batch=128, rate=0.003, decay=0.01, dropout=0.2, average=0.995)
MOST = 4_000  # marks of a script in an epoch
_LETTERS = 150  # marks of each letter
_FOLD = 0


def main() -> int:
    """Trains the trunk and writes what it reads."""
    settings = Settings.from_environment()
    marks = collect(settings)
    names = sorted({name for name, _, _ in marks})
    place = {name: at for at, name in enumerate(names)}
    glyphs = np.concatenate([found for _, found, _ in marks])
    labels = np.concatenate([np.full(len(found), place[name]) for name, found, _ in marks])
    held = np.concatenate([validates for _, _, validates in marks])
    with TemporaryDirectory() as out:
        network = trained(glyphs[~held], labels[~held], len(names), Path(out))
    chances = _chances(network, glyphs[held])
    result = {"mistakes": _mistakes(chances, labels[held], names), "alike": _alike(chances, labels[held], names)}
    write(RESULTS / "script_trunk.json", "python -m benchmarks.script_trunk", result)
    for script, (wrong, total) in result["mistakes"].items():
        print(f"{script}: {wrong} of {total} wrong")
    return 0


def collect(settings: Settings) -> list[tuple[str, NDArray[np.uint8], NDArray[np.bool_]]]:
    """Class -> glyphs, uint8 (n, 28, 28), and which of them validate: "kannada/4", "western/4", "letter/A"."""
    random = np.random.default_rng(0)
    found: dict[str, list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]] = defaultdict(list)
    for script in SCRIPTS:
        if script == WESTERN:
            mnist = datasets.mnist("train", settings)
            rows = random.choice(55_000, MOST, replace=False)
            images, labels, folds = mnist.images[rows], mnist.labels[rows], rows % datasets.FOLDS
        else:
            data = script_digits(script, "train", settings)
            rows = random.permutation(len(data.labels))[:MOST]
            images, labels, folds = data.images[rows], data.labels[rows], data.folds[rows]
        glyphs = pools.from_pictures(script, images, labels).glyphs[:, 0]
        for digit in range(10):
            found[f"{script}/{digit}"].append((glyphs[labels == digit], folds[labels == digit] == _FOLD))
    for name in (*PEN_DIGITS, *PEN_OTHERS):
        by_label: dict[str, list[datasets.PenSample]] = defaultdict(list)
        for mark in datasets.pen(name, settings):
            by_label[mark.label].append(mark)
        for label, some in by_label.items():
            kept = [some[at] for at in random.permutation(len(some))[:_LETTERS]]
            glyphs = pools.from_pen(name, kept).glyphs[:, 0]
            held = np.array([datasets.fold_of(mark.writer) == _FOLD for mark in kept])
            found[f"{WESTERN}/{label}" if name in PEN_DIGITS else f"letter/{label}"].append((glyphs, held))
    return [
        (name, np.concatenate([one for one, _ in some]), np.concatenate([held for _, held in some]))
        for name, some in found.items()
    ]


def trained(glyphs: NDArray[np.uint8], labels: NDArray[np.int64], classes: int, out: Path) -> nn.Module:
    """The trunk with a score for each class; every class as often as the square root of its marks."""
    torch.manual_seed(0)
    network = Network(labels=classes, width=RECIPE.width, dropout=RECIPE.dropout)
    weights = torch.from_numpy((1 / np.sqrt(np.bincount(labels, minlength=classes)))[labels])
    steps = len(labels) // RECIPE.batch
    pile, known = torch.from_numpy(glyphs), torch.from_numpy(labels)

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        rows = torch.multinomial(weights, steps * RECIPE.batch, replacement=True, generator=generator)
        for some in rows.split(RECIPE.batch):
            shown = distort(pile[some, None].float() / 255, Distortion(), generator)
            yield functional.cross_entropy(network(shown), known[some], label_smoothing=RECIPE.smoothing)

    def tell(epoch: Any) -> None:
        """One line an epoch."""
        print(f"epoch {epoch.number} loss {epoch.loss:.3f}", file=sys.stderr, flush=True)

    return fit(network, RECIPE, steps, losses, lambda _: {}, out, 0, on_epoch=tell)


def _chances(network: nn.Module, glyphs: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.inference_mode():
        shown = torch.from_numpy(glyphs)[:, None].float() / 255
        return np.asarray(torch.cat([network(part).softmax(1) for part in shown.split(500)]).numpy())


def _mistakes(chances: NDArray[np.float32], labels: NDArray[np.int64], names: list[str]) -> dict[str, list[int]]:
    """Script -> [wrong, all], where only the digits of the script are asked for."""
    counts = {}
    for script in SCRIPTS:
        own = [names.index(f"{script}/{digit}") for digit in range(10)]
        rows = np.isin(labels, own)
        wrong = np.array(own)[chances[rows][:, own].argmax(1)] != labels[rows]
        counts[script] = [int(wrong.sum()), int(rows.sum())]
    return counts


def _alike(chances: NDArray[np.float32], labels: NDArray[np.int64], names: list[str]) -> dict[str, dict[str, float]]:
    """Digit of a script -> other classes, with how likely their marks are it beside what they are, 0.05 and more."""
    found: dict[str, dict[str, float]] = {}
    for at, name in enumerate(names):
        script = name.partition("/")[0]
        for other, theirs in enumerate(names):
            rows = labels == other
            if script == "letter" or theirs.startswith(f"{script}/") or not rows.any():
                continue
            both = chances[rows][:, [at, other]]
            share = float((both[:, 0] / np.maximum(1e-9, both.sum(1)) * (both.sum(1) > 0.1)).mean())
            if share >= 0.05:
                found.setdefault(name, {})[theirs] = round(share, 3)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
