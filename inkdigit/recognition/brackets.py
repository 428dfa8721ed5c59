"""Marks along a row that may stand in brackets: whether the ones at its ends are these.

In print, "1)" and "(12)" count questions and lines, and to the network of rows a bracket is a one as often as not. Both
readings are weighed by Bayes' rule, as a date's are (dates.py): how well each fits the row, and how often each is
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import ctc, row

_ONE, _OPEN, _CLOSE = 1, row.LABELS.index("("), row.LABELS.index(")")
# By which ends are brackets, the first and the last: log odds, before the row is looked at, that ones there are such.
_ODDS = {(False, True): 5.0, (True, False): 4.0, (True, True): 12.0}
_BY_HAND = 3.0  # less than that for each bracket of what is written by hand


def as_bracketed(
    labels: Sequence[int], scores: NDArray[np.float32], may_be_print: bool
) -> tuple[list[int], float] | None:
    """The labels of marks, with brackets for ones where that is likelier, and the chance that they are right; None
    where no end is a one.

    Args:
        labels: of the marks of one number, as `row.LABELS` counts.
        scores: float32 (steps, labels), logits, of the part of the row in which they stand.
        may_be_print: whether the number may be printed, rather than written by hand.
    """
    read = ctc.log_probability(scores, list(labels))
    forms: list[tuple[float, float, list[int]]] = [(0.0, read, list(labels))]
    for (first, last), before in _ODDS.items():
        if (first and labels[0] != _ONE) or (last and labels[-1] != _ONE):
            continue
        within = list(labels[first : len(labels) - last])
        if not any(label < row.OTHER for label in within):
            continue
        form = [_OPEN] * first + within + [_CLOSE] * last
        fits = ctc.log_probability(scores, form)
        before -= 0.0 if may_be_print else _BY_HAND * (first + last)
        forms.append((fits - read + before, fits, form))
    if len(forms) == 1:
        return None
    odds, _, likeliest = max(forms)
    chance = min(1.0, sum(exp(fits) for _, fits, _ in forms))
    return likeliest, chance / sum(exp(one - odds) for one, _, _ in forms)
