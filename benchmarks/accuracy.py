"""Counts the mistakes of the shipped network, and how many marks that are no digit it refuses.

Needs INKDIGIT_DATA. python -m benchmarks.accuracy
"""

from __future__ import annotations

from inkdigit import datasets
from inkdigit.evaluation.report import write
from inkdigit.evaluation.score import SETS, score
from inkdigit.reader import Reader

from benchmarks import RESULTS  # isort: skip


def main() -> None:
    reader = Reader()
    card = reader.model.card
    sets = [score(reader, name).to_json() for name in SETS]
    others = [refusals(reader, name) for name in datasets.PEN_OTHERS]
    figures = {
        "sets": sets,
        "others": others,
        "look_alikes_left_out": "".join(sorted(datasets.LOOK_ALIKES)),
        "refuse_above": card.refuse_above,
        "model": {"commit": card.provenance["commit"], "seed": card.provenance["seed"]},
    }
    write(RESULTS / "accuracy.json", "python -m benchmarks.accuracy", figures)
    for row in sets:
        print(f"{row['set']:18} {row['misread']:4} of {row['total']:6,} misread, {row['refused']:4} refused")
    for row in others:
        print(f"{row['set']:18} {row['refused']:4} of {row['total']:6,} refused")


def refusals(reader: Reader, name: str) -> dict[str, object]:
    """How many marks of held-back writers that are no digit, and do not look like one, are refused."""
    fold = reader.model.card.provenance["writers_of_fold_held_back"]
    marks = [
        mark
        for mark in datasets.pen(name, reader.settings)
        if mark.label not in datasets.LOOK_ALIKES and datasets.fold_of(mark.writer) == fold
    ]
    refused = sum(reader.ink(mark.strokes).digits[0].value is None for mark in marks)
    return {"set": name, "total": len(marks), "refused": refused}


if __name__ == "__main__":
    main()
