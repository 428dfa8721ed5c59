"""A trained network of scripts -> one .onnx file that says what it is: checked against torch, 8-bit, calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from inkdigit.recognition import glyph
from inkdigit.recognition.card import Card
from inkdigit.scripts import AUTO, SCRIPTS
from inkdigit.training.export import check_same, file_scores, provenance, quantise, shown, sign, whole, write
from inkdigit.training.recipes import Recipe
from inkdigit.training.sign_export import temperature_of
from inkdigit.training.which_script import LABELS, Glyphs, counts, mistakes

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
        check_same(network, part, held.pixels[:: max(1, len(held.pixels) // 500)])
        few = training.pixels[:: max(1, len(training.pixels) // _RANGED)]
        quantise(part, "glyphs", (shown(one) for one in np.array_split(few, len(few) // 400 + 1)))
        found = file_scores(part, held.pixels)
        card = Card(
            script=AUTO,
            labels=LABELS,
            normaliser=glyph.VERSION,
            channels=1,
            temperature=temperature_of(found.numpy(), held.labels),
            refuse_above=1.0,
            provenance=provenance(
                counts(training), counts(held), recipe, seed, fold, commit, sources=("mnist", "digits", *SCRIPTS)
            )
            | {"non_commercial": True},
            mistakes={f"{name}-validation": list(count) for name, count in mistakes(found, held).items()},
        )
        sign(part, card)
    return card
