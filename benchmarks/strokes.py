"""What the network of strokes brings beside that of pictures, on hands and alphabets never seen, and what it costs.

python -m benchmarks.strokes   (needs the data folder; 2 minutes)

Each is given the threshold that keeps 99.5 % of the digits of each pen set, so that they can be compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import FIGURES, HALF_ALIKES, OTHER, PEN_DIGITS, PEN_OTHERS
from inkdigit.evaluation import sets
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import time_calls
from inkdigit.ink import segment
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import glyph, trajectory
from inkdigit.recognition.model import blended, softmax
from inkdigit.recognition.reading import FAIRLY_SURE

KEPT = 0.995
SETS = (*PEN_DIGITS, *PEN_OTHERS, FIGURES, "doodles")


def main() -> None:
    reader = Reader()
    labels: dict[str, NDArray[np.int64]] = {}
    scores: dict[str, dict[str, NDArray[np.float32]]] = {"picture": {}, "strokes": {}, "both": {}}
    for name in SETS:
        marks = sets.load(name, reader)
        labels[name] = np.array([mark.label for mark in marks], np.int64)
        drawn = [segment.without_taps(Strokes.of(mark.strokes)) for mark in marks]
        picture, strokes = scored(reader, drawn)
        for kind, found in (("picture", picture), ("strokes", strokes), ("both", blended(picture, strokes))):
            scores[kind][name] = softmax(found)
    figures: dict[str, Any] = {"read by": {kind: counted(found, labels) for kind, found in scores.items()}}
    for kind, row in figures["read by"].items():
        print(kind, row)
    figures["half-alikes"] = half_alikes(reader)
    print(figures["half-alikes"])
    figures["milliseconds"] = costs(reader)
    print(figures["milliseconds"])
    write(RESULTS / "strokes.json", "python -m benchmarks.strokes", figures)


def scored(reader: Reader, drawn: list[Strokes]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Calibrated scores (n, 11) of the network of pictures, and of that of strokes."""
    assert reader.strokes is not None
    picture, strokes = [], []
    for first in range(0, len(drawn), 500):
        part = drawn[first : first + 500]
        picture.append(reader.model.calibrated(glyph.stack([glyph.from_strokes(one) for one in part])))
        strokes.append(reader.strokes.calibrated(trajectory.stack([trajectory.from_strokes(one) for one in part])))
    return np.concatenate(picture), np.concatenate(strokes)


def counted(found: dict[str, NDArray[np.float32]], labels: dict[str, NDArray[np.int64]]) -> dict[str, Any]:
    """Of each set of digits how many are misread and refused, of the others how many are refused."""
    threshold = max(float(np.quantile(found[name][:, OTHER], KEPT)) for name in PEN_DIGITS)
    row: dict[str, Any] = {"threshold": round(threshold, 4)}
    for name, chances in found.items():
        refused = chances[:, OTHER] > threshold
        row[name] = {"all": len(chances), "refused": int(refused.sum())}
        if name in PEN_DIGITS:
            row[name]["misread"] = int((~refused & (chances[:, :10].argmax(axis=1) != labels[name])).sum())
    return row


def half_alikes(reader: Reader) -> dict[str, dict[str, int]]:
    """Of the letters that some hands write like a digit: how many are refused, and how many read at less than 0.75."""
    held = reader.model.card.provenance["writers_of_fold_held_back"]
    found: dict[str, dict[str, int]] = {letter: {"all": 0, "refused": 0, "unsure": 0} for letter in sorted(HALF_ALIKES)}
    for name in PEN_OTHERS:
        for mark in datasets.pen(name, reader.settings):
            if mark.label in HALF_ALIKES and datasets.fold_of(mark.writer) == held:
                digit, row = reader.ink(mark.strokes, single=True).digits[0], found[mark.label]
                row["all"] += 1
                row["refused"] += digit.value is None
                row["unsure"] += digit.value is not None and digit.confidence < FAIRLY_SURE
    return found


def costs(reader: Reader) -> dict[str, float]:
    """Median time of one drawing of 60 points, with and without the network of strokes."""
    drawn = [[[30 + 40 * np.sin(t), 50 - 45 * np.cos(t)] for t in np.linspace(0, 6.2, 60)]]
    plain = reader.personal(None)
    plain.strokes = None
    return {
        "with strokes": round(time_calls(lambda: reader.ink(drawn), 1000, 100).median * 1000, 3),
        "without": round(time_calls(lambda: plain.ink(drawn), 1000, 100).median * 1000, 3),
    }


if __name__ == "__main__":
    main()
