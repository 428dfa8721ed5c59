"""A trained network of signs -> one .onnx file that says what it is: checked against torch, calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch.nn import functional

from inkdigit.errors import TrainingError
from inkdigit.recognition import signs, trajectory
from inkdigit.recognition.card import Card
from inkdigit.training.export import provenance, sign, whole, write
from inkdigit.training.recipes import Recipe
from inkdigit.training.signs import LABELS, Marks, scores

_SAME = 1e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 10


def export(
    network: torch.nn.Module,
    training: Marks,
    validation: Marks,
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
) -> Card:
    """Writes the file, compares it with torch, calibrates it on validation, and counts its mistakes by sign.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        shapes = {"trajectories": (2, trajectory.CHANNELS, trajectory.POINTS), "places": (2, signs.PLACES)}
        write(network, part, shapes, {0: "n"})
        found = _scores(part, validation)
        difference = float(np.abs(scores(network, validation).numpy() - found).max())
        if difference > _SAME:
            raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")
        temperature = temperature_of(found, validation.labels)
        wrong = found.argmax(axis=1) != validation.labels
        card = Card(
            script="western",
            labels=LABELS,
            normaliser=signs.VERSION,
            channels=trajectory.CHANNELS,
            temperature=temperature,
            refuse_above=1.0,
            provenance=provenance(
                _counts(training), _counts(validation), recipe, seed, fold, commit, sources=("digits",)
            ),
            mistakes={
                f"{label}-validation": [int(wrong[validation.labels == at].sum()), int((validation.labels == at).sum())]
                for at, label in enumerate(LABELS)
            },
        )
        sign(part, card)
    return card


def _counts(marks: Marks) -> dict[str, int]:
    """Marks by their label."""
    return {label: int((marks.labels == at).sum()) for at, label in enumerate(LABELS)}


def _scores(path: Path, marks: Marks) -> NDArray[np.float32]:
    """Logits (n, labels), by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    parts = []
    for first in range(0, len(marks.labels), 500):
        some = slice(first, first + 500)
        points = trajectory.with_directions(marks.points[some])
        parts.append(session.run(None, {"trajectories": points, "places": marks.places[some]})[0])
    return np.concatenate(parts)


def temperature_of(found: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy on validation: float32 (n, labels), logits, and int64 (n,)."""
    rows, right = torch.from_numpy(found), torch.from_numpy(labels)
    best = min(np.geomspace(0.2, 3.0, 136), key=lambda t: float(functional.cross_entropy(rows / float(t), right)))
    return round(float(best), 4)
