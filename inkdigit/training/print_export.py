"""A trained network of print -> one .onnx file that says what it is, checked against torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from inkdigit.errors import TrainingError
from inkdigit.recognition import glyph
from inkdigit.recognition.card import PRINTS, Card
from inkdigit.recognition.model import PrintModel
from inkdigit.training import prints
from inkdigit.training.export import provenance, sign, whole, write
from inkdigit.training.prints import Seen
from inkdigit.training.recipes import Recipe

_SAME = 1e-3  # largest difference between the log odds of torch and of ONNX Runtime, of about 10


def export(
    network: torch.nn.Module,
    training: Sequence[Seen],
    validation: Sequence[Seen],
    recipe: Recipe,
    seed: int,
    fold: int,
    path: Path,
    commit: str = "unknown",
) -> Card:
    """Writes the file, compares it with torch, and counts its mistakes on pages of left-out writers, a number each.

    Raises:
        TrainingError: the file's log odds differ from torch's, or the disk is full.
    """
    sources = ("digits", "digits-tablet", "mnist", "scanned-digits")
    counts = prints.digits(training), prints.digits(validation)
    made = provenance(*counts, recipe, seed, fold, commit, sources=sources)
    made["fonts"] = sorted({page.family for page in training})
    card = Card("western", PRINTS, glyph.VERSION, 1, 1.0, 1.0, made, {})
    with whole(path) as part:
        write(network, part, {"glyphs": (2, 1, glyph.SIDE, glyph.SIDE)}, {0: "n"})
        sign(part, card)
        model = PrintModel(part)
        shown = np.concatenate([page.glyphs for page in validation])
        difference = float(np.abs(model.odds(shown) - prints.odds(network)(shown)).max(initial=0))
        if difference > _SAME:
            raise TrainingError(f"log odds within {_SAME} of torch's", f"{difference:.2g}", "Check the versions")
        found = prints.mistakes(model.odds, validation)
        card = replace(card, mistakes={f"{name}-validation": list(counts) for name, counts in found.items()})
        sign(part, card)
    return card
