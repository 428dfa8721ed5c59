"""A trained line network -> one .onnx file that says what it is: calibrated, checked against torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from inkdigit.errors import TrainingError
from inkdigit.recognition import ctc, strip
from inkdigit.recognition.card import BLANK, Card
from inkdigit.training import lines
from inkdigit.training.export import LABELS, provenance, quantise, sign, whole, write
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

_SAME = 2e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 10
_RANGED = 400  # strips from which the ranges of the activations are taken


def export(
    network: torch.nn.Module,
    training: Strips,
    validation: Sequence[Strips],
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
        write(network, part, {"strips": (2, 1, strip.HIGH, 96)}, {0: "n", 3: "w"})
        _check_same(network, part, validation[0].pixels[:50])
        last = [node.name for node in onnx.load(part).graph.node if node.op_type == "Conv"][-1]
        some = training.pixels[:: max(1, len(training.pixels) // _RANGED)]
        quantise(part, "strips", (lines.batch([one]).numpy() for one in some), kept=[last])
        found = [_scores(part, one.pixels) for one in validation]
        counts = {one.name: len(one.labels) for one in validation}
        card = Card(
            script="western",
            labels=(*LABELS, BLANK),
            normaliser=strip.VERSION,
            channels=1,
            temperature=temperature_of(found, validation),
            refuse_above=1.0,
            provenance=provenance(
                {"strips of pen strokes and MNIST": len(training.labels)},
                counts,
                recipe,
                seed,
                fold,
                commit,
                sources=("mnist", "digits"),
            ),
            mistakes={
                f"{one.name}-validation": [len(rows) - sum(right_of(rows, one)), len(rows)]
                for rows, one in zip(found, validation, strict=True)
            },
        )
        sign(part, card)
    return card


def _check_same(network: torch.nn.Module, path: Path, pixels: Sequence[NDArray[np.uint8]]) -> None:
    with torch.inference_mode():
        torchs = [network.eval()(torch.from_numpy(_input(one)))[0].numpy() for one in pixels]
    pairs = zip(_scores(path, pixels), torchs, strict=True)
    difference = max(float(np.abs(one - other).max()) for one, other in pairs)
    if difference > _SAME:
        raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")


def _scores(path: Path, strips: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """float32 (steps, labels), logits of each strip, by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return [session.run(None, {"strips": _input(one)})[0][0] for one in strips]


def _input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(pixels[None, None].astype(np.float32) / np.float32(255))


def right_of(found: list[NDArray[np.float32]], strips: Strips) -> list[bool]:
    """Whether each of them is read wholly right."""
    read = [[label for label, _ in ctc.best_path(one)] for one in found]
    return [one == labels for one, labels in zip(read, strips.labels, strict=True)]


def temperature_of(found: list[list[NDArray[np.float32]]], validation: Sequence[Strips]) -> float:
    """The temperature at which the chance that the best reading is right fits best how often it is."""
    rows = [one[::4] for one in found]
    right = np.concatenate([right_of(all_, one)[::4] for all_, one in zip(found, validation, strict=True)])

    def loss(temperature: float) -> float:
        """Cross-entropy of "the best reading is right" at that temperature."""
        logs = [
            ctc.log_probability(one / np.float32(temperature), [label for label, _ in ctc.best_path(one)])
            for some in rows
            for one in some
        ]
        chance = np.clip(np.exp(logs), 1e-6, 1 - 1e-6)
        return float(-np.where(right, np.log(chance), np.log(1 - chance)).mean())

    return round(float(min(np.geomspace(0.5, 4.0, 19), key=loss)), 3)
