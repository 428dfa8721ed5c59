"""What stands beside what in numbers, dates and sums: a slash between digits, no plus sign behind a slash.

The labels of the marks of a line are chosen together: each has its own chance, each pair of neighbours a cost, and so
has what is no number, date or sum as a whole, in units of log probability. The best labels by the pairs are found by
Viterbi's algorithm (doi:10.1109/TIT.1967.1054010); then all others that are possible are weighed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import signs

_CLASSES = {"d": "d", "-": "-", "(": "(", ")": ")", "%": "%"} | dict.fromkeys(".,", ".") | dict.fromkeys("$#", "$")
_CLASSES |= dict.fromkeys("/:+=x*·÷", "+")
_EDGE = "|"  # before the first mark and behind the last
_ODD, _RARE = 4.0, 2.0  # what hardly anybody writes, and what few do
# The class of a mark -> classes of the next that are odd, and that are rare.
_NEXT = {
    _EDGE: ("+)%", "."),
    "d": ("", "($"),
    "+": ("+)%", "."),
    "-": ("+)%-", "."),
    "(": ("+)%", "."),
    ")": ("", "d($"),
    "%": ("d($", ""),
    "$": ("+)%($", _EDGE),
    ".": (".+()%$", ""),
}
# Of a whole line, d for any digit. A 1 is written much more often than a slash, and looks like one.
_SLASH = 2.0  # for each slash,
_DATE = re.compile(r"dd?/dd?/dd(dd)?|dddd/dd?/dd?")
_IN_DATE = -2.0  # in a date,
_OF_DIGITS = re.compile(r"[d/]+")
_FRACTION = re.compile(r"d{1,3}/d{1,3}")
_IN_NUMBER = 5.0  # and among digits that are neither that nor a fraction
_UNEQUAL = 2.0  # for an equals sign with nothing before it that is to be calculated
_UNOPENED, _UNCLOSED = 3.0, 1.0  # for each bracket without its other
_CALCULATED = re.compile(r"[-+x*·:/÷]")
_POSSIBLE = 0.003  # the chance from which on a label is weighed
_MOST_WAYS = 512
_NO_DIGIT = 0.05  # the chance to be a digit below which all marks of a line are signs alone


def _costs() -> NDArray[np.float64]:
    """(1 + labels, 1 + labels): of the edge and each of LABELS, before the edge and each of LABELS."""
    classes = [_EDGE, *(_CLASSES[label] for label in LABELS)]
    rows = [[_ODD * (then in _NEXT[one][0]) + _RARE * (then in _NEXT[one][1]) for then in classes] for one in classes]
    return np.array(rows)


LABELS = ("d", *signs.KINDS)  # a digit, or which sign
_COST = _costs()


def labelled(scores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Log probabilities of the labels of the marks of a line, (n, 17), from left to right -> the best labels together.

    Returns:
        Places in LABELS, (n,), and the chance of each label of each mark beside the others, (n, 17).
    """
    if len(scores) == 1 or (scores[:, 0] < np.log(_NO_DIGIT)).all():  # signs alone, and what stands alone, may be any
        alone = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores.argmax(axis=1), alone / alone.sum(axis=1, keepdims=True)
    best = _by_pairs(scores)
    ways = _ways(scores, best)
    totals = np.array([_total(scores, way) for way in ways])
    shares = np.exp(totals - totals.max())
    chances = np.zeros_like(scores)
    for way, share in zip(ways, shares / shares.sum(), strict=True):
        chances[np.arange(len(scores)), way] += share
    return ways[int(totals.argmax())], chances


def _by_pairs(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The best labels by the pairs of neighbours."""
    inner = _COST[1:, 1:]
    total = np.zeros_like(scores)
    came = np.zeros(scores.shape, np.int64)
    total[0] = scores[0] - _COST[0, 1:]
    for at in range(1, len(scores)):
        steps = total[at - 1][:, None] - inner
        came[at] = steps.argmax(axis=0)
        total[at] = steps.max(axis=0) + scores[at]
    best = np.zeros(len(scores), np.int64)
    best[-1] = int((total[-1] - _COST[1:, 0]).argmax())
    for at in range(len(scores) - 1, 0, -1):
        best[at - 1] = came[at, best[at]]
    return best


def _ways(scores: NDArray[np.float64], best: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """These labels, and all others that are possible; where these are too many, those of the least sure marks."""
    chances = np.exp(scores)
    chances[np.arange(len(scores)), best] = np.maximum(chances.max(axis=1), 1)  # comes first
    choices = [np.argsort(-row)[: max(1, int((row > _POSSIBLE).sum()))].tolist() for row in chances]
    count = 1
    for at in sorted(range(len(scores)), key=lambda at: float(scores[at, best[at]])):
        if count * len(choices[at]) > _MOST_WAYS:
            choices[at] = choices[at][:1]
        count *= len(choices[at])
    return [np.array(way, np.int64) for way in product(*choices)]


def _total(scores: NDArray[np.float64], way: NDArray[np.int64]) -> float:
    """The log probability of these labels together, but for a constant."""
    padded = np.concatenate([[0], way + 1, [0]])
    return float(scores[np.arange(len(way)), way].sum() - _COST[padded[:-1], padded[1:]].sum()) - _cost_of(
        "".join(LABELS[label] for label in way)
    )


def _cost_of(line: str) -> float:
    """What speaks against a whole line."""
    slash = _SLASH
    if _DATE.fullmatch(line):
        slash = _IN_DATE
    elif _OF_DIGITS.fullmatch(line) and not _FRACTION.fullmatch(line):
        slash = _IN_NUMBER
    cost = line.count("/") * slash
    if "=" in line and not _CALCULATED.search(line.partition("=")[0][1:]):
        cost += _UNEQUAL
    opened = 0
    for mark in line:
        opened += (mark == "(") - (mark == ")")
        if opened < 0:
            cost, opened = cost + _UNOPENED, 0
    return cost + _UNCLOSED * opened


def in_order(boxes: Sequence[Sequence[float]]) -> list[int]:
    """Places of boxes by their middles, from left to right."""
    return sorted(range(len(boxes)), key=lambda at: boxes[at][0] + boxes[at][2])
