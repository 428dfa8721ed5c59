"""Hands that no network was trained on, refusals counted as mistakes: scanned digits, pen digits, and what is no digit.

python -m benchmarks.hands   (needs the data folder; 2 minutes)

Of each set: how many are right, misread and refused, by digit and by writer, the worst writer first, without names. Of
marks that are no digit: how many are refused as one mark, and how many when the pen's strokes may be a number. And the
scanned digits as they are read from other crops of the same scans.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from benchmarks import RESULTS
from inkdigit.data.datasets import OTHER
from inkdigit.evaluation import sets
from inkdigit.evaluation.crops import CROPS
from inkdigit.evaluation.report import write
from inkdigit.evaluation.sets import Shown
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Digit

DIGITS = ("scanned-digits", "digits", "digits-tablet")
OTHERS = ("uppercase", "lowercase", "symbols", "figures")


def main() -> None:
    reader = Reader()
    found: dict[str, Any] = {"digits": {}, "others": {}, "crops": {}}
    for name in DIGITS:
        marks = sets.load(name, reader)
        found["digits"][name] = counted(marks, sets.read(marks, reader))
        one = found["digits"][name]
        print(
            f"{name:16} {one['right']:6,} of {one['all']:6,} right, {one['misread']} misread, {one['refused']} refused"
        )
    for how in CROPS:
        marks = sets.load(f"scanned-digits:{how}", reader)
        one = counted(marks, sets.read(marks, reader))
        found["crops"][how] = {kind: one[kind] for kind in ("all", "right", "misread", "refused")}
        print(
            f"{how:16} {one['right']:6,} of {one['all']:6,} right, {one['misread']} misread, {one['refused']} refused"
        )
    for name in OTHERS:
        marks = sets.load(name, reader)
        assert {mark.label for mark in marks} == {OTHER}
        alone = sum(digit.value is None for digit in sets.read(marks, reader))
        numbers = [reader.ink(mark.strokes) for mark in marks]
        parted = sum(all(digit.value is None for digit in one.digits) for one in numbers)
        found["others"][name] = {"all": len(marks), "refused as one mark": alone, "refused as a number": parted}
        print(f"{name:16} {alone:6,} of {len(marks):6,} refused as one mark, {parted:,} as a number")
    write(RESULTS / "hands.json", "python -m benchmarks.hands", found)


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


def _row(counts: Counter[str]) -> dict[str, int]:
    return {kind: counts[kind] for kind in ("right", "misread", "refused")}


if __name__ == "__main__":
    main()
