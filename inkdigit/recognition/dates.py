"""Marks along a row that may be a date: whether the ones in it are slashes.

On paper, a 1 is a slash to the network of rows as often as not, and what a mark is worth alone does not tell. What is
written does: few numbers of ten digits have a day, a month and a year just where the ones leave them. Both readings are
weighed by Bayes' rule: how well each fits the row, and how many numbers, or dates, of that length there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import ctc, row

_SLASH = row.LABELS.index("/")
_ONE = 1
_DAYS, _MONTHS = 31, 12
_YEARS = {2: range(100), 4: range(1900, 2100)}  # by their digits
_FORMS = [(day, month, year) for day in (1, 2) for month in (1, 2) for year in _YEARS]


def as_date(labels: Sequence[int], scores: NDArray[np.float32]) -> tuple[list[int], float] | None:
    """The labels of marks with slashes for ones, and the chance that they are right; None where that is no likelier.

    Args:
        labels: of the marks of one number, as `row.LABELS` counts.
        scores: float32 (steps, labels), logits, of the part of the row in which they stand.
    """
    found: tuple[float, list[int]] | None = None
    for form in _FORMS:
        dated = _dated(labels, form)
        if dated is not None:
            dates = log(2 * _DAYS * _MONTHS * len(_YEARS[form[2]]))  # twice: some write the month first
            odds = ctc.log_probability(scores, dated) + len(labels) * log(10) - dates
            if found is None or odds > found[0]:
                found = odds, dated
    if found is None:
        return None
    read = ctc.log_probability(scores, list(labels))
    odds = found[0] - read
    if odds <= 0:
        return None
    return found[1], min(1.0, exp(read) + exp(ctc.log_probability(scores, found[1]))) / (1 + exp(-odds))


def _dated(labels: Sequence[int], form: tuple[int, int, int]) -> list[int] | None:
    """The labels as a date whose day, month and year have so many digits; None where they are none, or one already."""
    day, month, year = form
    slashes = (day, day + 1 + month)
    if len(labels) != day + month + year + 2 or not all(labels[at] in (_ONE, _SLASH) for at in slashes):
        return None
    dated = [_SLASH if at in slashes else label for at, label in enumerate(labels)]
    if dated == list(labels) or any(label >= row.OTHER for label in dated if label != _SLASH):
        return None
    parts = "".join(row.LABELS[label] for label in dated).split("/")
    if len(parts) != 3 or int(parts[2]) not in _YEARS[year]:
        return None
    one, other = int(parts[0]), int(parts[1])
    is_day = 1 <= min(one, other) <= _MONTHS and 1 <= max(one, other) <= _DAYS
    return dated if is_day else None
