"""Trains the line network: strips of about one width in a batch, CTC loss, AdamW, an averaged network, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.errors import TrainingError
from inkdigit.recognition import ctc
from inkdigit.training.adam import fit
from inkdigit.training.augment import distort_strips
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import LineNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

_TOGETHER = 32  # batches whose strips are sorted by width, so that little of a batch is empty
_ROUND = 16  # columns: widths are rounded up to this, which keeps the number of shapes small


def train(
    recipe: Recipe,
    training: Strips,
    validation: Sequence[Strips],
    out: Path,
    seed: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> nn.Module:
    """Trains by the recipe and returns the averaged network, ready to score. Resumes as `loop.train` does.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, too few strips, or a full disk.
    """
    torch.manual_seed(seed)
    network = LineNetwork(width=recipe.width, dropout=recipe.dropout).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = len(training.labels) // recipe.batch
    if steps < 1:
        raise TrainingError(f"at least {recipe.batch} strips", str(len(training.labels)), "Add strips")

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        for rows in in_batches(training.pixels, recipe.batch, generator.initial_seed())[:steps]:
            yield _loss(network, training, rows, recipe, generator)

    def wrong(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of the strips that validate."""
        return {one.name: mistakes(average, one) for one in validation}

    return fit(network, recipe, steps, losses, wrong, out, seed, on_step, on_epoch, rise=0.15, fall=100, clip=5.0)


def _loss(
    network: nn.Module, strips: Strips, rows: NDArray[np.int64], recipe: Recipe, generator: torch.Generator
) -> Tensor:
    pixels = distort_strips(batch([strips.pixels[row] for row in rows]), recipe.distortion, generator)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
        scores = network(pixels.contiguous(memory_format=torch.channels_last))
    labels = [strips.labels[row] for row in rows]
    return functional.ctc_loss(
        scores.float().log_softmax(2).permute(1, 0, 2),
        torch.tensor([label for line in labels for label in line]),
        torch.tensor([(strips.pixels[row].shape[1] + 1) // 2 for row in rows]),
        torch.tensor([len(line) for line in labels]),
        blank=scores.shape[2] - 1,
        zero_infinity=True,  # seven touching ones may be too narrow for their steps
    )


def batch(strips: Sequence[NDArray[np.uint8]]) -> Tensor:
    """uint8 (32, w) each -> float (n, 1, 32, widest), ink = 1; paper to the right of the shorter ones."""
    wide = -(-max(one.shape[1] for one in strips) // _ROUND) * _ROUND
    pixels = np.zeros((len(strips), 1, strips[0].shape[0], wide), np.uint8)
    for row, one in zip(pixels, strips, strict=True):
        row[0, :, : one.shape[1]] = one
    return torch.from_numpy(pixels).float() / 255


def scores(network: nn.Module, strips: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """float32 (steps, labels), the logits of each strip, in the same order."""
    found: list[Any] = [None] * len(strips)
    network.eval()
    order = sorted(range(len(strips)), key=lambda at: strips[at].shape[1])
    with torch.inference_mode():
        for first in range(0, len(order), 200):
            rows = order[first : first + 200]
            made = network(batch([strips[row] for row in rows])).float().numpy()
            for row, one in zip(rows, made, strict=True):
                found[row] = one[: (strips[row].shape[1] + 1) // 2]
    return found


def mistakes(network: nn.Module, strips: Strips) -> tuple[int, int]:
    """(numbers not wholly right, all)."""
    read = [[label for label, _ in ctc.best_path(one)] for one in scores(network, strips.pixels)]
    return sum(one != labels for one, labels in zip(read, strips.labels, strict=True)), len(read)


def in_batches(pixels: Sequence[NDArray[np.uint8]], size: int, seed: int) -> list[NDArray[np.int64]]:
    """Rows of every batch of an epoch, in random order; strips of a batch are about equally wide."""
    random = np.random.default_rng(seed)
    widths = np.array([one.shape[1] for one in pixels])
    order = random.permutation(len(widths))
    found = []
    for first in range(0, len(order), size * _TOGETHER):
        some = order[first : first + size * _TOGETHER]
        some = some[np.argsort(widths[some], kind="stable")]
        found += [some[at : at + size] for at in range(0, len(some) - size + 1, size)]
    return [found[at] for at in random.permutation(len(found))]
