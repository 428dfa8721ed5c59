"""Reads corrupted and varied digits through the whole path: the fifteen corruptions of MNIST-C, and five sweeps.

python -m benchmarks.robustness [--validation] [--model FILE]   (needs INKDIGIT_DATA; 3 minutes on 2 cores)
--validation corrupts the validation part of MNIST and writes no result file: for choosing by.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import PEN_DIGITS
from inkdigit.evaluation.corruptions import CORRUPTIONS
from inkdigit.evaluation.report import write
from inkdigit.evaluation.score import score
from inkdigit.ink import strokes
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader

SHEET = 320  # pixels: the pen digits are drawn on a square picture of this side


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--model", type=Path)
    chosen = parser.parse_args()
    reader = Reader(model=chosen.model)
    base = "mnist-validation" if chosen.validation else "mnist-test"
    corrupted = {}
    for name in CORRUPTIONS:
        found = score(reader, f"{base}:{name}")
        corrupted[name] = {"misread": int(found.forced_wrong.sum()), "total": found.total, "refused": found.refused}
        print(f"{name:14} {corrupted[name]['misread']:5} of {found.total:,} misread, {found.refused} refused")
    mean = float(np.mean([1 - row["misread"] / row["total"] for row in corrupted.values()]))
    print(f"mean accuracy over the fifteen: {mean:.2%}")
    marks = held_back(reader)
    swept = {name: [counted(reader, marks, *point) for point in points()] for name, points in SWEEPS.items()}
    for name, rows in swept.items():
        print(name, ", ".join(f"{row['value']} {row['misread']}/{row['total']}" for row in rows))
    if not chosen.validation:
        figures = {"corrupted": corrupted, "mean_accuracy": round(mean, 6), "swept": swept}
        write(RESULTS / "robustness.json", "python -m benchmarks.robustness", figures)


def held_back(reader: Reader) -> list[tuple[int, Strokes]]:
    """Label and strokes of the pen digits of the writers that training left out."""
    fold = reader.model.card.provenance["writers_of_fold_held_back"]
    return [
        (int(mark.label), Strokes.of(mark.strokes))
        for name in PEN_DIGITS
        for mark in datasets.pen(name, reader.settings)
        if datasets.fold_of(mark.writer) == fold
    ]


def counted(
    reader: Reader, marks: list[tuple[int, Strokes]], value: str, drawn: Callable[[Strokes], NDArray[np.uint8]]
) -> dict[str, Any]:
    """Mistakes of forced answers when every mark is drawn in this way."""
    answers = reader.digits(drawn(mark) for _, mark in marks)
    wrong = sum(int(answer.probabilities.argmax() != label) for (label, _), answer in zip(marks, answers, strict=True))
    return {"value": value, "misread": wrong, "total": len(marks)}


def sheet(
    mark: Strokes, size: int = 200, pen: int = 12, place: tuple[float, float] = (0.5, 0.5), slant: float = 0.0
) -> NDArray[np.uint8]:
    """uint8 (SHEET, SHEET), black ink on white paper: `size` pixels high or wide, at a place from 0 to 1 each way."""
    lean = np.array([[1, 0], [-np.tan(np.radians(slant)), 1]])
    leaning = Strokes(tuple((path @ lean).astype(np.float32) for path in mark.paths))
    ink = strokes.draw(leaning, size, pen)
    paper = np.zeros((SHEET, SHEET), np.uint8)
    left, top = (round((SHEET - length) * part) for length, part in zip(ink.shape[::-1], place, strict=True))
    paper[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return np.asarray(255 - paper, np.uint8)


Points = Iterator[tuple[str, Callable[[Strokes], NDArray[np.uint8]]]]


def widths() -> Points:
    for pen in (2, 4, 8, 12, 18, 24, 32, 40):
        yield f"{pen / 2:g} %", lambda mark, pen=pen: sheet(mark, 200, pen)  # type: ignore[misc]


def sizes() -> Points:
    for size in (16, 24, 32, 48, 80, 140, 240, 300):
        yield f"{size} px", lambda mark, size=size: sheet(mark, size, max(2, round(size * 0.06)))  # type: ignore[misc]


def places() -> Points:
    for name, place in {
        "middle": (0.5, 0.5), "left edge": (0, 0.5), "right edge": (1, 0.5), "top left": (0, 0), "bottom right": (1, 1),
    }.items():  # fmt: skip
        yield name, lambda mark, place=place: sheet(mark, 120, 8, place)  # type: ignore[misc]


def slants() -> Points:
    for angle in (-30, -20, -10, 0, 10, 20, 30):
        yield f"{angle} degrees", lambda mark, angle=angle: sheet(mark, slant=angle)  # type: ignore[misc]


def polarities() -> Points:
    for name, paper, ink in (
        ("black on white", 255, 0), ("white on black", 0, 255), ("grey on grey", 200, 120),
        ("pencil on white", 245, 190), ("chalk", 60, 210),
    ):  # fmt: skip
        yield name, lambda mark, paper=paper, ink=ink: tones(sheet(mark), paper, ink)  # type: ignore[misc]


def tones(picture: NDArray[np.uint8], paper: int, ink: int) -> NDArray[np.uint8]:
    """Black on white -> these two grey levels."""
    return np.asarray(np.rint(ink + (paper - ink) * (picture / 255)), np.uint8)


SWEEPS = {
    "width of the line, of its height": widths,
    "size": sizes,
    "place": places,
    "slant": slants,
    "tones": polarities,
}

if __name__ == "__main__":
    main()
