"""Digits, and what was found between them -> a number, in reading order, with its gaps and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from inkdigit.ink.strokes import Box
from inkdigit.recognition import written
from inkdigit.recognition.reading import Digit, Number, Separator

SPACE = 0.7  # of the height of a digit: a wider gap parts groups of digits,
_WIDER = 1.7  # if it is so many times as wide as most others: some people write all digits far apart;
_ONLY = 1.5  # between two digits there is no other gap
_LEANING = "-%"  # signs that belong to the number on one side: where the other side is far, a gap parts them


def number(
    digits: Sequence[Digit],
    between: Sequence[tuple[str, Box]],
    height: float,
    certainty: float,
    signs: Sequence[Digit] = (),
    sure: Sequence[float] = (),
) -> Number:
    """Digits in any order, and what was found between them -> the number, with its gaps.

    Args:
        between: kind and box of each small sign.
        height: of the line, in the unit of the boxes.
        signs: marks that are signs.
        sure: the chance that each of the small signs is one; 1, where it is not given.
    """
    ordered = tuple(sorted(digits, key=_middle))

    def place(box: Box) -> int:
        """How many digits stand before it."""
        return sum(_middle(digit) < (box[0] + box[2]) / 2 for digit in ordered)

    chances = [*sure, *[1.0] * (len(between) - len(sure))]
    found = [Separator(kind, place(box), box, chance) for (kind, box), chance in zip(between, chances, strict=True)]
    found += [_sign(mark, mark.box, place(mark.box)) for mark in signs if mark.box]
    found += _gaps_beside(found, ordered, height)
    boxes = [digit.box for digit in ordered]
    gaps = [right[0] - left[2] if left and right else 0.0 for left, right in pairwise(boxes)]
    for at, (left, right) in enumerate(pairwise(boxes), 1):
        others = gaps[: at - 1] + gaps[at:]
        least = max(SPACE * height, _WIDER * median(others)) if others else _ONLY * height
        if left and right and gaps[at - 1] > least and all(known.place != at for known in found):
            found.append(Separator(" ", at, _gap(left, right)))
    return Number(ordered, tuple(sorted(found, key=lambda one: one.box[0])), certainty)


def _gaps_beside(found: Sequence[Separator], digits: Sequence[Digit], height: float) -> list[Separator]:
    """Gaps on the far side of a sign that belongs to the number on its other side: "12 -78", "50 %"."""
    gaps = []
    for one in found:
        before, behind = (digits[at].box if 0 <= at < len(digits) else None for at in (one.place - 1, one.place))
        if one.kind not in _LEANING or before is None or sum(known.place == one.place for known in found) > 1:
            continue
        left = one.box[0] - before[2]
        right = behind[0] - one.box[2] if behind else 0.0
        if left > SPACE * height and left > 2 * right and (one.kind == "%" or behind):
            gaps.append(Separator(" ", one.place, _gap(before, one.box)))
    return gaps


def _gap(left: Box, right: Box) -> Box:
    return (left[2], min(left[1], right[1]), right[0], max(left[3], right[3]))


def scaled(one: Number, scale: float) -> Number:
    """The same number with all boxes times `scale`."""

    def larger(box: Box | None) -> Any:
        """The box times the scale."""
        return None if box is None else tuple(side * scale for side in box)

    digits = tuple(replace(digit, box=larger(digit.box)) for digit in one.digits)
    separators = tuple(replace(mark, box=larger(mark.box)) for mark in one.separators)
    return replace(one, digits=digits, separators=separators)


def same_place(one: Box | None, other: Box | None) -> bool:
    """Whether two boxes cover nearly the same."""
    if one is None or other is None:
        return False
    shared = max(0.0, min(one[2], other[2]) - max(one[0], other[0])) * max(
        0.0, min(one[3], other[3]) - max(one[1], other[1])
    )
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared > 0.6 * max(areas)


def joined(rows: Sequence[Number]) -> Number:
    """The numbers of several rows as one, from the first row to the last; a line break stands between the rows."""
    digits: tuple[Digit, ...] = ()
    separators: tuple[Separator, ...] = ()
    if any(not digit.sign for row in rows for digit in row.digits):
        rows = [_without_marks(row) for row in rows]
    for row in rows:
        box = row.box or (row.separators[0].box if row.separators else None)
        if (digits or separators) and box:
            separators += (Separator(written.ROW, len(digits), box),)
        separators += tuple(replace(one, place=one.place + len(digits)) for one in row.separators)
        digits += row.digits
    return Number(digits, separators, float(np.prod([row.certainty for row in rows])))


def _without_marks(row: Number) -> Number:
    """A row of signs alone, as signs between the digits of other rows."""
    if not all(digit.sign for digit in row.digits):
        return row
    signs = [_sign(one, one.box, 0) for one in row.digits if one.box]
    return replace(row, digits=(), separators=tuple(sorted((*signs, *row.separators), key=lambda one: one.box[0])))


def _sign(mark: Digit, box: Box, place: int) -> Separator:
    return Separator(mark.sign, place, box, mark.confidence, mark.glyph)


def _middle(digit: Digit) -> float:
    return 0.0 if digit.box is None else (digit.box[0] + digit.box[2]) / 2
