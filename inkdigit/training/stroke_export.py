"""A trained network of strokes -> one .onnx file that says what it is, with the threshold of both networks together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch.nn import functional

from inkdigit.data.datasets import OTHER, PEN_DIGITS
from inkdigit.errors import TrainingError
from inkdigit.recognition import glyph, trajectory
from inkdigit.recognition.card import SEVERAL, Card
from inkdigit.recognition.model import Model, blended, one_other, softmax
from inkdigit.training import trajectories
from inkdigit.training.export import LABELS, provenance, sign, whole, write
from inkdigit.training.recipes import Recipe
from inkdigit.training.trajectories import Marks

KEPT = 0.995  # part of the digits of each validation set that the refusal threshold keeps, read by both networks
_SAME = 1e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 10


def export(
    network: torch.nn.Module,
    training: Sequence[Marks],
    validation: Sequence[Marks],
    beside: Model,
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
) -> Card:
    """Writes the file, compares it with torch, calibrates it on validation, and counts the mistakes of both together.

    Args:
        beside: the network of pictures that reads the same marks; it has held back the same fold.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        write(network, part, {"trajectories": (2, trajectory.CHANNELS, trajectory.POINTS)}, {0: "n"})
        found = [_scores(part, one.points) for one in validation]
        _check_same(network, found[0], validation[0])
        temperature = _temperature(found, validation)
        both = [
            softmax(blended(_picture_scores(beside, one), one_other(rows / np.float32(temperature))))
            for rows, one in zip(found, validation, strict=True)
        ]
        refuse_above = max(
            float(np.quantile(rows[:, OTHER], KEPT))
            for rows, one in zip(both, validation, strict=True)
            if one.name in PEN_DIGITS
        )
        card = Card(
            script="western",
            labels=(*LABELS, SEVERAL),
            normaliser=trajectory.VERSION,
            channels=trajectory.CHANNELS,
            temperature=temperature,
            refuse_above=round(refuse_above, 6),
            provenance=provenance(
                {one.name: len(one.labels) for one in training},
                {one.name: len(one.labels) for one in validation},
                recipe,
                seed,
                fold,
                commit,
                sources=("digits", "figures"),
            ),
            mistakes={
                f"{one.name}-validation": [
                    int((rows.argmax(axis=1) != np.minimum(one.labels, OTHER)).sum()),
                    len(one.labels),
                ]
                for rows, one in zip(both, validation, strict=True)
            },
        )
        sign(part, card)
    return card


def _picture_scores(beside: Model, marks: Marks) -> NDArray[np.float32]:
    """Calibrated scores (n, 11) of the network of pictures."""
    some = [marks.strokes[first : first + 500] for first in range(0, len(marks.strokes), 500)]
    return np.concatenate([beside.calibrated(glyph.stack([glyph.from_strokes(one) for one in part])) for part in some])


def _check_same(network: torch.nn.Module, found: NDArray[np.float32], marks: Marks) -> None:
    difference = float(np.abs(trajectories.scores(network, marks).numpy() - found).max())
    if difference > _SAME:
        raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")


def _scores(path: Path, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (n, 3, 64) -> logits (n, 12), by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    parts = [
        session.run(None, {"trajectories": trajectory.with_directions(points[first : first + 500])})[0]
        for first in range(0, len(points), 500)
    ]
    return np.concatenate(parts)


def _temperature(found: Sequence[NDArray[np.float32]], validation: Sequence[Marks]) -> float:
    """The temperature with the least cross-entropy on validation; every set of digits counts the same."""
    digits = [
        (torch.from_numpy(rows), torch.from_numpy(one.labels))
        for rows, one in zip(found, validation, strict=True)
        if one.name in PEN_DIGITS
    ]
    best = min(
        np.geomspace(0.2, 3.0, 136),
        key=lambda t: sum(float(functional.cross_entropy(scores / float(t), labels)) for scores, labels in digits),
    )
    return round(float(best), 4)
