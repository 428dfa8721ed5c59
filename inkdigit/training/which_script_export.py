"""A trained network of scripts -> one .onnx file that says what it is: checked against torch, 8-bit, calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch.nn import functional

from inkdigit.errors import TrainingError
from inkdigit.recognition import glyph
from inkdigit.recognition.card import Card
from inkdigit.scripts import AUTO, SCRIPTS
from inkdigit.training.export import provenance, quantise, sign, whole, write
from inkdigit.training.recipes import Recipe
from inkdigit.training.which_script import LABELS, Glyphs, counts, mistakes, scores

_SAME = 1e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 10
_RANGED = 4_000  # glyphs from which the ranges of the activations are taken


def export(
    network: torch.nn.Module,
    training: Glyphs,
    held: Glyphs,
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
) -> Card:
    """Writes the file, compares it with torch, makes it 8-bit, calibrates it on validation, and counts its mistakes.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        write(network, part, {"glyphs": (2, 1, glyph.SIDE, glyph.SIDE)}, {0: "n"})
        some = held.pixels[:: max(1, len(held.pixels) // 200)]
        difference = float(np.abs(_scores(part, some) - scores(network, some).numpy()).max())
        if difference > _SAME:
            raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")
        few = training.pixels[:: max(1, len(training.pixels) // _RANGED)]
        quantise(part, "glyphs", (_shown(one) for one in np.array_split(few, len(few) // 400 + 1)))
        found = torch.from_numpy(_scores(part, held.pixels))
        card = Card(
            script=AUTO,
            labels=LABELS,
            normaliser=glyph.VERSION,
            channels=1,
            temperature=_temperature(found, held.labels),
            refuse_above=1.0,
            provenance=provenance(
                counts(training), counts(held), recipe, seed, fold, commit, sources=("mnist", "digits", *SCRIPTS)
            )
            | {"non_commercial": True},
            mistakes={f"{name}-validation": list(count) for name, count in mistakes(found, held).items()},
        )
        sign(part, card)
    return card


def _shown(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels[:, None].astype(np.float32) / np.float32(255)


def _scores(path: Path, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (n, 28, 28) -> logits (n, labels), by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    parts = np.array_split(pixels, len(pixels) // 500 + 1)
    return np.concatenate([session.run(None, {"glyphs": _shown(one)})[0] for one in parts])


def _temperature(found: torch.Tensor, labels: NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy on validation."""
    right = torch.from_numpy(labels)
    best = min(np.geomspace(0.2, 3.0, 136), key=lambda t: float(functional.cross_entropy(found / float(t), right)))
    return round(float(best), 4)
