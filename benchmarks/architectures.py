"""Networks that were tried for the shipped one: each trained for a few epochs, then timed as float32 and as 8-bit file.

python -m benchmarks.architectures [--epochs 5] [NAME...]   (needs INKDIGIT_DATA; 3 minutes each on 2 cores)
Results join those of earlier calls. Mistakes are on validation; the MNIST test set is not looked at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import RESULTS
from inkdigit.evaluation.report import context
from inkdigit.evaluation.speed import time_calls
from inkdigit.recognition.model import Model
from inkdigit.settings import Settings
from inkdigit.training import loop, recipes
from inkdigit.training.export import export
from inkdigit.training.network import Residual, convolution
from inkdigit.training.samples import Samples, collect

FILE = RESULTS / "architectures.json"


class Tried(nn.Module):
    """A body of convolutions, then the scores: from the mean of each channel, or from every place of the last map.

    Args:
        channels: of the last map.
        places: 1 to read the mean of each channel, else the places of the last map.
    """

    def __init__(self, body: nn.Sequential, channels: int, places: int = 1) -> None:
        super().__init__()
        self.body = body
        self.mean = places == 1
        self.dropout = nn.Dropout(0.1)
        self.scores = nn.Linear(channels * places, 11)

    def forward(self, glyphs: Tensor) -> Tensor:
        """float (n, 1, 28, 28) -> logits (n, 11)."""
        x = self.body(glyphs)
        x = x.mean(dim=(2, 3)) if self.mean else x.flatten(1)
        scores: Tensor = self.scores(self.dropout(x))
        return scores


class Excited(Residual):
    """A residual block whose channels are weighed by what they hold (squeeze and excitation, arXiv:1709.01507)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels // 4, 1), nn.ReLU(),
            nn.Conv2d(channels // 4, channels, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """float (n, channels, h, w) -> the same shape."""
        y = self.second(torch.relu(self.first(x)))
        return torch.relu(x + y * self.weigh(y))


class Separable(nn.Module):
    """A residual block of a convolution for each channel and two of 1x1 (arXiv:1801.04381)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.all = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, groups=channels, bias=False), nn.BatchNorm2d(channels),
            nn.Conv2d(channels, 2 * channels, 1, bias=False), nn.BatchNorm2d(2 * channels), nn.ReLU(),
            nn.Conv2d(2 * channels, channels, 1, bias=False), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """float (n, channels, h, w) -> the same shape."""
        return torch.relu(x + self.all(x))


def act(inputs: int, outputs: int, stride: int = 1, padding: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, normalisation, ReLU."""
    return nn.Sequential(convolution(inputs, outputs, stride, padding, size), nn.ReLU())


def pyramid(block: Callable[[int], nn.Module] = Residual, places: int = 1) -> Tried:
    """The network of the runs A to D: 28x28 with 16 channels, 14x14 with 32, 7x7 with 64."""
    body = (act(1, 16), act(16, 32, 2), block(32), act(32, 64, 2), block(64), act(64, 96, 1, 0))
    return Tried(nn.Sequential(*body), 96, places)


def quick(*middle: nn.Module, first: int = 32, last: int = 96, places: int = 25) -> Tried:
    """A 5x5 convolution straight to 14x14, then these blocks."""
    return Tried(nn.Sequential(act(1, first, 2, 2, 5), *middle), last, places)


TRIED: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "base": ("pyramid of residual blocks, mean of each channel", pyramid),
    "flat": ("and every place of the last map", lambda: pyramid(places=25)),
    "se": ("base with squeeze and excitation", lambda: pyramid(Excited)),
    "sep": (
        "base with separable blocks",
        lambda: pyramid(lambda channels: nn.Sequential(Separable(channels), Separable(channels))),
    ),
    "stem5": (
        "5x5 straight to 14x14, mean",
        lambda: quick(Residual(32), act(32, 64, 2), Residual(64), act(64, 96, 1, 0), places=1),
    ),
    "stem5deep": (
        "narrower first, one block more, mean",
        lambda: quick(
            Residual(24), act(24, 64, 2), Residual(64), Residual(64), act(64, 96, 1, 0), first=24, places=1
        ),
    ),
    "stem5flat": (
        "5x5 straight to 14x14, every place",
        lambda: quick(Residual(32), act(32, 64, 2), Residual(64), act(64, 96, 1, 0)),
    ),
    "stem5wide": (
        "and wider at 7x7",
        lambda: quick(Residual(32), act(32, 72, 2), Residual(72), act(72, 128, 1, 0), last=128),
    ),
    "flat3": (
        "flat, and one convolution more",
        lambda: Tried(
            nn.Sequential(
                act(1, 16), act(16, 32, 2), Residual(32), act(32, 64, 2), Residual(64), act(64, 96, 1, 0),
                act(96, 128, 1, 0),
            ), 128, 9,
        ),
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(TRIED))
    parser.add_argument("--epochs", type=int, default=5)
    chosen = parser.parse_args()
    recipe = replace(recipes.named("default"), epochs=chosen.epochs)
    samples = collect(Settings.from_environment(), recipe.variants, seed=1)
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    for name in chosen.names:
        what, build = TRIED[name]
        known[name] = {"what": what, **tried(build, recipe, samples), **context()}
        print(name, known[name])
        FILE.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def tried(build: Callable[[], nn.Module], recipe: recipes.Recipe, samples: Samples) -> dict[str, Any]:
    """Trains it, and times it on one core."""
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        network = loop.train(recipe, samples, Path(scratch), seed=1, build=build)
        seconds = time.perf_counter() - start
        assert network is not None
        path = Path(scratch) / "tried.onnx"
        card = export(network, samples, recipe, 1, 0, path)
        one, many = (np.zeros((count, 1, 28, 28), np.float32) for count in (1, 256))
        model = Model(path)
        return {
            "parameters": sum(part.numel() for part in network.parameters()),
            "epochs": recipe.epochs,
            "training_s": round(seconds),
            "one_digit_us": round(time_calls(lambda: model.scores(one), 400, 50).median * 1e6),
            "digits_per_s": round(256 / time_calls(lambda: model.scores(many), 30, 3).median),
            "mistakes": card.mistakes,
        }


if __name__ == "__main__":
    main()
