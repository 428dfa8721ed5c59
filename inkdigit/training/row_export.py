"""A trained network of rows -> one .onnx file that says what it is: calibrated, checked against torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from inkdigit.errors import TrainingError
from inkdigit.recognition import row
from inkdigit.recognition.card import Card
from inkdigit.training import rows
from inkdigit.training.export import provenance, quantise, sign, whole, write
from inkdigit.training.line_export import right_of, temperature_of
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

_SAME = 5e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 20
_RANGED = 400  # places from which the ranges of the activations are taken


def export(
    network: torch.nn.Module,
    ranged: Strips,
    validation: Sequence[Strips],
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
    went_on: bool = False,
) -> Card:
    """Writes the file, compares it with torch, makes it 8-bit, calibrates it on validation, and counts its mistakes.

    Args:
        ranged: places of the writers who train, for the ranges of the 8-bit numbers.
        went_on: whether the run went on from another one.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        write(network, part, {"rows": (2, 1, row.HIGH, 96)}, {0: "n", 3: "w"})
        some = validation[0].pixels[:50]
        pairs = zip(_scores(part, some), [rows.scores(network, [one])[0] for one in some], strict=True)
        difference = max(float(np.abs(one - other).max()) for one, other in pairs)
        if difference > _SAME:
            raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")
        last = [node.name for node in onnx.load(part).graph.node if node.op_type == "Conv"][-1]
        few = ranged.pixels[:: max(1, len(ranged.pixels) // _RANGED)]
        quantise(part, "rows", (rows.batch([one])[0].numpy() for one in few), kept=[last])
        found = [_scores(part, one.pixels) for one in validation]
        card = Card(
            script="western",
            labels=row.LABELS,
            normaliser=row.VERSION,
            channels=1,
            temperature=temperature_of(found, validation),
            refuse_above=1.0,
            provenance=provenance(
                {"places on drawn pages": recipe.most * recipe.epochs},
                {one.name: len(one.labels) for one in validation},
                recipe,
                seed,
                fold,
                commit,
                sources=("digits", "digits-tablet", "mnist", "scanned-digits"),
            )
            | {"went_on_from_another_run": went_on},
            mistakes={
                f"{one.name}-validation": [len(read) - sum(right_of(read, one)), len(read)]
                for read, one in zip(found, validation, strict=True)
            },
        )
        sign(part, card)
    return card


def _scores(path: Path, places: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """float32 (steps, labels), logits of each place, by the file."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    found = [session.run(None, {"rows": rows.batch([one])[0].numpy()})[0][0] for one in places]
    return [one[: (pixels.shape[1] + 1) // 2] for one, pixels in zip(found, places, strict=True)]
