"""A trained network of pages -> one .onnx file that says what it is, checked against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch

from inkdigit.errors import TrainingError
from inkdigit.recognition import layout
from inkdigit.recognition.card import Card
from inkdigit.training import pages
from inkdigit.training.export import provenance, sign, whole, write
from inkdigit.training.recipes import Recipe

_SAME = 5e-3  # largest difference between the scores of torch and of ONNX Runtime, of about 20


def export(
    network: torch.nn.Module,
    held: dict[str, torch.Tensor],
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
    went_on: bool = False,
) -> Card:
    """Writes the file, compares it with torch, and counts its mistakes on crops of left-out writers.

    Args:
        held: the crops, see `pages.batch`.
        went_on: whether the run went on from another one.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        shape = (2, 2, 2 * layout.MULTIPLE, 3 * layout.MULTIPLE)
        write(network, part, {"sheets": shape}, {0: "n", 2: "h", 3: "w"}, ("cores",), layout.MULTIPLE)
        seen = held["seen"][:4]
        session = onnxruntime.InferenceSession(part.read_bytes(), providers=["CPUExecutionProvider"])
        found = session.run(["cores"], {"sheets": seen.numpy()})[0]
        with torch.inference_mode():
            wanted = network(seen).numpy()
        difference = float(np.abs(found - wanted).max())
        if difference > _SAME:
            raise TrainingError(f"scores within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")
        crops, side = len(held["seen"]), held["seen"].shape[-1]
        card = Card(
            script="western",
            labels=layout.LABELS,
            normaliser=layout.VERSION,
            channels=seen.shape[1],
            temperature=1.0,
            refuse_above=1.0,
            provenance=provenance(
                {"page crops": recipe.most * recipe.epochs},
                {f"page crops of {side} pixels": crops},
                recipe,
                seed,
                fold,
                commit,
                sources=("digits", "digits-tablet", "mnist", "scanned-digits"),
            )
            | {"went_on_from_another_run": went_on},
            mistakes={f"{name}-validation": list(counts) for name, counts in pages.mistakes(network, held).items()},
        )
        sign(part, card)
    return card
