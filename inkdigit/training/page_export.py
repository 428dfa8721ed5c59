"""A trained network of pages -> one .onnx file that says what it is, checked against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from inkdigit.errors import TrainingError
from inkdigit.recognition import layout
from inkdigit.recognition.card import Card
from inkdigit.training import pages
from inkdigit.training.export import provenance, sign, whole, write
from inkdigit.training.recipes import Recipe

_SAME = 2e-2  # largest difference between the scores of torch and of the file, whose weights are rounded, of about 20
_ROUNDED = 1_000  # weights of one kind, at least, that are kept in 16 bits


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

    Its weights take 16 bits each and are float32 again once the file is open: half the size, and as fast.

    Args:
        held: the crops, see `pages.batch`.
        went_on: whether the run went on from another one.

    Raises:
        TrainingError: the file's scores differ from torch's, or the disk is full.
    """
    with whole(path) as part:
        shape = (2, 2, 2 * layout.MULTIPLE, 3 * layout.MULTIPLE)
        write(network, part, {"sheets": shape}, {0: "n", 2: "h", 3: "w"}, ("cores",), layout.MULTIPLE)
        halve(part)
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


def halve(path: Path) -> None:
    """float32 -> float16 in place, of all weights that take room; the arithmetic stays float32."""
    model = onnx.load(path)
    rounded, widened = [], []
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size >= _ROUNDED:
            name = f"{weights.name}_half"
            widened.append(helper.make_node("Cast", [name], [weights.name], to=TensorProto.FLOAT))
            weights = numpy_helper.from_array(values.astype(np.float16), name)
        rounded.append(weights)
    nodes = [*widened, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(rounded)
    model.graph.node.extend(nodes)
    onnx.save(model, path)
