"""Every writer judged once, by a network that never saw that hand: the five folds of one recipe, and all five together.

python -m benchmarks.crossval MODEL MODEL MODEL MODEL MODEL   (needs INKDIGIT_DATA; 3 minutes)
Train them with `make folds`. Beside MODEL, strokes/western-strokes.onnx reads the same hands with it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.evaluation import sets
from inkdigit.evaluation.report import write
from inkdigit.evaluation.score import Score, score
from inkdigit.reader import Reader
from inkdigit.recognition.model import Model

OTHERS = (*datasets.PEN_OTHERS, "scribbles", "several", "halves", "noise", "photos")


def main() -> None:
    readers = [Reader(model=path, strokes=Path(path).parent / "strokes/western-strokes.onnx") for path in sys.argv[1:]]
    folds = sorted(reader.model.card.provenance.get("writers_of_fold_held_back", -1) for reader in readers)
    if folds != list(range(datasets.FOLDS)):
        sys.exit(f"Expected five models, one of each fold, got folds {folds}. See the head of this file.")
    figures: dict[str, Any] = {"models": [made(reader) for reader in readers]}
    pen = [joined(readers, name) for name in datasets.PEN_DIGITS]
    others = [joined(readers, name) for name in OTHERS]
    figures["writers"] = [one.to_json() for one in pen]
    for row in figures["writers"]:
        print(f"{row['set']:14} {row['misread']:4} of {row['total']:,} misread by {row['writers']} writers")
        print(f"worst tenth {row['worst_tenth_of_writers']:.2%}, calibration error {row['calibration_error']:.2%}")
    scans = figures["scans"] = joined(readers, sets.SCANNED).to_json()
    print(f"{scans['set']:14} {scans['misread']:4} of {scans['total']:,} misread by {scans['writers']} writers")
    print(f"worst tenth {scans['worst_tenth_of_writers']:.2%}, calibration error {scans['calibration_error']:.2%}")
    figures["others"] = [one.to_json() for one in others]
    figures["look_alikes_left_out"] = "".join(sorted(datasets.LOOK_ALIKES))
    for row in figures["others"]:
        print(f"{row['set']:14} {row['refused']:5} of {row['total']:6,} refused ({row['refused'] / row['total']:.1%})")
    for name in ("mnist-validation", "mnist-test"):
        scores = [score(reader, name) for reader in readers]
        if name == "mnist-validation":
            figures["curve"] = curve([*pen, *scores], others)
        figures[name] = seeds(scores) | {"together": together([reader.model for reader in readers], scores[0])}
        print(name, figures[name])
    write(RESULTS / "crossval.json", "python -m benchmarks.crossval runs/cv/*/western.onnx", figures)


def made(reader: Reader) -> dict[str, Any]:
    """Where a model comes from."""
    provenance = reader.model.card.provenance
    kept = {key: provenance[key] for key in ("writers_of_fold_held_back", "seed", "commit", "date")}
    return kept | {"temperature": reader.model.card.temperature, "refuse_above": reader.model.card.refuse_above}


def joined(readers: Sequence[Reader], name: str) -> Score:
    """What all of them answered, each to the hands that it never saw."""
    parts = [score(reader, name) for reader in readers]
    arrays: dict[str, NDArray[Any]] = {
        kind: np.concatenate([getattr(part, kind) for part in parts])
        for kind in ("labels", "answers", "chances", "other", "glyphs")
    }
    return Score(name=name, writers=tuple(writer for part in parts for writer in part.writers), **arrays)


def curve(digits: Sequence[Score], others: Sequence[Score]) -> list[dict[str, float]]:
    """What is refused of each kind where a part of the validation digits, of each set at least, is kept."""
    rows = []
    for kept in (0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999):
        threshold = max(float(np.quantile(one.other, kept)) for one in digits)
        refused = {one.name: round(float((one.other > threshold).mean()), 4) for one in others}
        rows.append({"kept": kept, "threshold": round(threshold, 6), **refused})
    return rows


def seeds(scores: Sequence[Score]) -> dict[str, Any]:
    """Mistakes of each network on the same pictures, and their mean."""
    wrong = [int(one.forced_wrong.sum()) for one in scores]
    return {
        "misread": wrong,
        "total": scores[0].total,
        "mean_accuracy": round(1 - float(np.mean(wrong)) / scores[0].total, 6),
        "deviation": round(float(np.std(wrong, ddof=1)), 2),
        "refused": [one.refused for one in scores],
        "calibration_error": [round(one.calibration_error, 6) for one in scores],
    }


def together(models: Sequence[Model], shown: Score) -> dict[str, int]:
    """Mistakes of their mean probabilities, and with every glyph also moved by a pixel each way."""
    glyphs = shown.glyphs[:, None].astype(np.float32) / np.float32(255)
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    chances = [
        sum(model.probabilities(np.roll(glyphs, move, axis=(2, 3)))[:, :10] for model in models) for move in moves
    ]
    return {
        "misread": int((chances[0].argmax(axis=1) != shown.labels).sum()),  # type: ignore[union-attr]
        "misread_with_moves": int((sum(chances).argmax(axis=1) != shown.labels).sum()),  # type: ignore[union-attr]
    }


if __name__ == "__main__":
    main()
