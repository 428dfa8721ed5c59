"""Counts the mistakes of the shipped network, and how many marks that are no digit it refuses.

Needs INKDIGIT_DATA. python -m benchmarks.accuracy
"""

from __future__ import annotations

from inkdigit import datasets
from inkdigit.evaluation.report import write
from inkdigit.evaluation.score import score
from inkdigit.reader import Reader

from benchmarks import RESULTS  # isort: skip


DIGITS = ("mnist-test", "mnist-validation", "digits", "digits-tablet", "digits8x8")
OTHERS = (*datasets.PEN_OTHERS, "scribbles", "several", "halves", "noise", "photos")


def main() -> None:
    reader = Reader()
    card = reader.model.card
    sets = [score(reader, name).to_json() for name in DIGITS]
    others = [score(reader, name).to_json() for name in OTHERS]
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


if __name__ == "__main__":
    main()
