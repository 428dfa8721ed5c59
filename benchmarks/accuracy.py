"""Counts the mistakes of the shipped network; benchmarks/crossval.py counts what it refuses, and all writers.

Needs INKDIGIT_DATA. python -m benchmarks.accuracy
"""

from __future__ import annotations

from inkdigit.evaluation.report import write
from inkdigit.evaluation.score import score
from inkdigit.reader import Reader

from benchmarks import RESULTS  # isort: skip


DIGITS = ("mnist-test", "mnist-validation", "digits", "digits-tablet", "digits8x8")


def main() -> None:
    reader = Reader()
    card = reader.model.card
    sets = [score(reader, name).to_json() for name in DIGITS]
    figures = {
        "sets": sets,
        "refuse_above": card.refuse_above,
        "model": {"commit": card.provenance["commit"], "seed": card.provenance["seed"]},
    }
    write(RESULTS / "accuracy.json", "python -m benchmarks.accuracy", figures)
    for row in sets:
        print(f"{row['set']:18} {row['misread']:4} of {row['total']:6,} misread, {row['refused']:4} refused")


if __name__ == "__main__":
    main()
