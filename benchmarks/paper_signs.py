"""What is told of numbers on pages beside their digits: their signs, and whether they are printed or written by hand.

    python -m benchmarks.paper_signs       needs INKDIGIT_DATA; a minute on one core

The pages are those of benchmarks.paper, of writers whom training left out.
Writes benchmarks/results/paper_signs.json.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import cv2

from benchmarks import RESULTS
from inkdigit.errors import InkdigitError
from inkdigit.evaluation.paper import counting, material
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED, Item
from inkdigit.evaluation.paper.kinds import KINDS
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Number
from inkdigit.settings import Settings

EACH = 2  # pages of a kind
HAND, FORMS, TEXT = "written by hand", "printed on forms and in tables", "printed among printed words"
FOLD = 0  # the writers that the shipped networks never saw
SAME = {"x": "*", "·": "*", "÷": ":", " ": ""}  # signs that mean the same, and gaps, which mean nothing


def main() -> int:
    cv2.setNumThreads(1)
    try:
        settings = Settings.from_environment()
        made = material.collect(settings, FOLD, held=True)
    except InkdigitError as error:
        sys.exit(str(error))
    reader = Reader(settings=settings)
    found = {name: Counter[str]() for name in (HAND, FORMS, TEXT)}
    signs: dict[str, Counter[str]] = {}
    for kind in KINDS:
        for page in counting.drawn(made, kind, EACH):
            count(page.items, reader.page(page.picture).numbers, found, signs, kind == "print")
        print(kind, {name: dict(one) for name, one in found.items()}, flush=True)
    figures: dict[str, Any] = {
        "told": {name: dict(one) for name, one in found.items()},
        "signs": {name: dict(signs[name]) for name in sorted(signs)},
    }
    write(RESULTS / "paper_signs.json", "python -m benchmarks.paper_signs", figures)
    return 0


def count(
    items: Sequence[Item],
    numbers: Sequence[Number],
    found: dict[str, Counter[str]],
    signs: dict[str, Counter[str]],
    in_text: bool = False,
) -> None:
    """Adds what is told of the numbers on a page.

    Args:
        found: of numbers by HAND, on FORMS and in TEXT: "all", "digits" read right, and of these "told" as what they
            are.
        signs: of numbers by hand with a sign, by that sign, and of those without ("none"): "all", "digits" read right,
            and of these "written": read with just the signs that are there.
        in_text: whether this is a page of printed words.
    """
    placed = [(one.text, one.confidence, one.box) for one in numbers if one.box is not None]
    known = dict(zip(map(id, placed), (one for one in numbers if one.box is not None), strict=True))
    left = list(placed)
    for item in items:
        if item.kind not in (NUMBER, PRINTED) or not item.text:
            continue
        name = HAND if item.kind == NUMBER else TEXT if in_text else FORMS
        kinds = {mark for mark in plain(item.written) if not mark.isdigit()} or {"none"}
        tallies = [found[name]]
        tallies += [signs.setdefault(mark, Counter()) for mark in kinds if item.kind == NUMBER]
        reading = counting.taken(left, item)
        for one in tallies:
            one["all"] += 1
            one["digits"] += reading is not None
        if reading is not None:
            number = known[id(reading)]
            found[name]["told"] += number.printed == (item.kind == PRINTED)
            for one in tallies[1:]:
                one["written"] += plain(number.written) == plain(item.written)


def plain(text: str) -> str:
    """A number as written, with one sign for each meaning, and without gaps."""
    return "".join(SAME.get(mark, mark) for mark in text)


if __name__ == "__main__":
    sys.exit(main())
