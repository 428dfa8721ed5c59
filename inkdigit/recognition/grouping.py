"""The marks that were read along a row -> those of each number, parted at gaps and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from inkdigit.recognition import row
from inkdigit.recognition.voted import STEP, Mark

_THOUSANDS = 1.35  # heights from the middle of a digit to that of the next: closer groups of three are one number


def numbers(path: Sequence[Mark], core_at: Callable[[float], int]) -> list[tuple[list[Mark], tuple[float, float]]]:
    """The marks of each number of a row, parted at its gaps, and the steps between which it stands: half way to what
    is next to it. Words are left out.

    Args:
        core_at: the place of the core in which a step lies.
    """
    groups: list[list[Mark]] = [[]]
    cuts = [0.0]
    for label, step in path:
        if label == row.GAP:
            groups.append([])
            cuts.append(step)
        else:
            groups[-1].append((label, step))
    found = []
    for first, last in _by_thousands(groups, core_at):
        marks = list(groups[first])
        for at in range(first + 1, last):
            marks += [(row.GAP, cuts[at]), *groups[at]]
        kept = _trimmed(marks)
        if any(label < row.OTHER for label, _ in kept):
            before = [step for _, step in path if step < kept[0][1]]
            behind = [step for _, step in path if step > kept[-1][1]]
            start = (before[-1] + kept[0][1]) / 2 if before else 0.0
            found.append((kept, (start, (kept[-1][1] + behind[0]) / 2 if behind else math.inf)))
    return found


def _by_thousands(groups: Sequence[Sequence[Mark]], core_at: Callable[[float], int]) -> list[tuple[int, int]]:
    """First and last (exclusive) group of each number: three digits close behind belong to it, as in 25 000, where the
    network of pages sees one number, not two in columns.
    """
    found: list[tuple[int, int]] = []
    for at, group in enumerate(groups):
        first = found[-1][0] if found else at
        before = groups[at - 1] if at else []
        whole = all(label < row.OTHER for label, _ in (*before, *group)) and before and len(group) == 3
        is_begun = len(before) == 3 or (len(before) < 3 and first == at - 1)
        is_close = whole and is_begun and group[0][1] - before[-1][1] <= _THOUSANDS * row.DIGIT / STEP
        if is_close and core_at(group[0][1]) == core_at(before[-1][1]):
            found[-1] = (first, at + 1)
        else:
            found.append((at, at + 1))
    return found


def _trimmed(group: Sequence[Mark]) -> list[Mark]:
    """Without the letters and words before and behind the digits, and signs that stand beyond these."""
    places = [at for at, (label, _) in enumerate(group) if label == row.OTHER]
    digits = [at for at, (label, _) in enumerate(group) if label < row.OTHER]
    if not digits:
        return []
    first = max((at + 1 for at in places if at < digits[0]), default=0)
    last = min((at for at in places if at > digits[-1]), default=len(group))
    return list(group[first:last])
