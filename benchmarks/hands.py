"""Hands that the networks never saw, refusals counted as mistakes: digits on paper and of pens, and what is no digit.

python -m benchmarks.hands [MODEL ...]   (needs the data folder; 2 minutes a model)

Without MODEL the shipped networks judge the writers that they left out. Of several models, one a fold, as `make folds`
makes them, each judges its own fold, with strokes/western-strokes.onnx beside it.

Of each set: how many are right, misread and refused, by digit and by writer, the worst writer first, without names. Of
marks that are no digit: how many are refused as one mark, and how many when the pen's strokes may be a number; figures
also by alphabet. And the scanned digits as they are read from other crops of the same scans. The mistakes on scans are
drawn: docs/pictures/scanned-mistakes.png.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import OTHER
from inkdigit.evaluation import sets
from inkdigit.evaluation.crops import CROPS
from inkdigit.evaluation.report import write
from inkdigit.evaluation.sets import Shown
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Digit

DIGITS = ("scanned-digits", "digits", "digits-tablet")
ACROSS = 13  # pictures in a row of the gallery
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
OTHERS = ("uppercase", "lowercase", "symbols", "figures")


def main() -> None:
    readers = [Reader(model=path, strokes=Path(path).parent / "strokes/western-strokes.onnx") for path in sys.argv[1:]]
    readers = readers or [Reader()]
    folds = [reader.model.card.provenance["writers_of_fold_held_back"] for reader in readers]
    if len(set(folds)) < len(folds):
        sys.exit(f"Expected one model a fold, got folds {folds}. See the head of this file.")
    found: dict[str, Any] = {"folds": folds, "digits": {}, "others": {}, "crops": {}}
    for name in DIGITS:
        marks, answers = read(readers, name)
        found["digits"][name] = shown(name, marks, answers)
        if name == "scanned-digits":
            gallery(marks, answers)
    for how in CROPS:
        one = shown(how, *read(readers, f"scanned-digits:{how}"))
        found["crops"][how] = {kind: one[kind] for kind in ("all", "right", "misread", "refused")}
    for name in OTHERS:
        marks, answers = read(readers, name)
        assert {mark.label for mark in marks} == {OTHER}
        alone = [digit.value is None for digit in answers]
        numbers = [reader.ink(mark.strokes) for reader in readers for mark in sets.load(name, reader)]
        parted = [all(digit.value is None for digit in one.digits) for one in numbers]
        found["others"][name] = refusals(alone, parted)
        print(f"{name:16} {sum(alone):6,} of {len(marks):6,} refused as one mark, {sum(parted):,} as a number")
        if name == datasets.FIGURES:
            found["others"][name]["by alphabet"] = by_alphabet([mark.kind for mark in marks], alone, parted)
    write(RESULTS / "hands.json", "python -m benchmarks.hands " + " ".join(sys.argv[1:]), found)


def refusals(alone: Sequence[bool], parted: Sequence[bool]) -> dict[str, Any]:
    """Marks that are no digit: how many were refused each way."""
    return {"all": len(alone), "refused as one mark": sum(alone), "refused as a number": sum(parted)}


def by_alphabet(kinds: Sequence[str], alone: Sequence[bool], parted: Sequence[bool]) -> dict[str, Any]:
    """The same of each alphabet, by the kinds "Greek/character05"."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, kind in enumerate(kinds):
        places[kind.partition("/")[0]].append(at)
    return {
        name: refusals([alone[at] for at in some], [parted[at] for at in some]) for name, some in sorted(places.items())
    }


def read(readers: Sequence[Reader], name: str) -> tuple[list[Shown], list[Digit]]:
    """The marks of a set that each reader never saw, and its answers."""
    parts = [(reader, sets.load(name, reader)) for reader in readers]
    marks = [mark for _, part in parts for mark in part]
    return marks, [digit for reader, part in parts for digit in sets.read(part, reader)]


def shown(name: str, marks: Sequence[Shown], answers: Sequence[Digit]) -> dict[str, Any]:
    """The counts, printed."""
    one = counted(marks, answers)
    print(f"{name:16} {one['right']:6,} of {one['all']:6,} right, {one['misread']} misread, {one['refused']} refused")
    return one


def counted(marks: Sequence[Shown], answers: Sequence[Digit]) -> dict[str, Any]:
    """Right, misread and refused: of all, of each digit, and of each writer, the worst first."""
    kinds = [
        "refused" if answer.value is None else "right" if answer.value == mark.label else "misread"
        for mark, answer in zip(marks, answers, strict=True)
    ]
    by_digit: dict[int, Counter[str]] = defaultdict(Counter)
    by_writer: dict[str, Counter[str]] = defaultdict(Counter)
    for mark, kind in zip(marks, kinds, strict=True):
        by_digit[mark.label][kind] += 1
        by_writer[mark.writer][kind] += 1
    writers = sorted(by_writer.values(), key=lambda one: one["right"] / one.total())
    return {
        "all": len(marks),
        **_row(Counter(kinds)),
        "by digit": {str(digit): _row(by_digit[digit]) for digit in sorted(by_digit)},
        "by writer": [_row(one) for one in writers],
        "misread as": {
            f"{label} as {value}": count
            for (label, value), count in Counter(
                (mark.label, answer.value)
                for mark, answer, kind in zip(marks, answers, kinds, strict=True)
                if kind == "misread"
            ).most_common()
        },
    }


def gallery(marks: Sequence[Shown], answers: Sequence[Digit]) -> None:
    """Every picture that was not read right, with what was written and what was read."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    wrong = [(mark, answer) for mark, answer in zip(marks, answers, strict=True) if answer.value != mark.label]
    wrong.sort(key=lambda one: one[0].label)
    drawing, axes = pyplot.subplots(-(-len(wrong) // ACROSS), ACROSS, figsize=(ACROSS, len(wrong) / ACROSS * 1.2))
    for axis in axes.flat:
        axis.axis("off")
    for axis, (mark, answer) in zip(axes.flat, wrong, strict=False):
        axis.imshow(mark.picture, cmap="gray")
        axis.set_title(f"{mark.label}, {'refused' if answer.value is None else answer.value}", fontsize=8)
    drawing.tight_layout(pad=0.3)
    drawing.savefig(PICTURES / "scanned-mistakes.png", dpi=70)


def _row(counts: Counter[str]) -> dict[str, int]:
    return {kind: counts[kind] for kind in ("right", "misread", "refused")}


if __name__ == "__main__":
    main()
