"""People who write by templates, for pages to learn from: each way to write a digit, and signs as with a ruler.

What is written slowly and straight is rare among the hands in our files, most of which were fast, on glass: a 1 that is
a stem alone, a slash or a sign of multiplication of straight lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.allographs import ALLOGRAPHS, written
from inkdigit.evaluation.composed import one_of

_HANDS = 8  # to so many that people left, one is drawn by templates,
_SIGNS = 3  # and likewise of signs
_TIMES = 4  # a hand wrote each digit
_STEMS = 0.4  # of these hands write a 1 as a stem alone
_SHAKE = 0.02  # of a sign's height: how far an end strays, typically
_WAYS = [[way for way in ALLOGRAPHS if way.digit == digit] for digit in range(10)]
_STEM = next(way for way in ALLOGRAPHS if way.name == "stem alone")
_SEED = 15

_Line = tuple[tuple[float, float], ...]
# The strokes of a sign, x right, y down; w stands for its width, drawn between two bounds. A dot is a short line.
_RULED: dict[str, tuple[tuple[float, float], tuple[_Line, ...]]] = {
    "-": ((1, 1), (((0, 0), (1, 0)),)),
    "/": ((0.3, 0.75), (((1, 0), (0, 1)),)),
    "+": ((0.7, 1.3), (((0, 0.5), (1, 0.5)), ((0.5, 0), (0.5, 1)))),
    "=": ((1.4, 3.5), (((0, 0), (1, 0)), ((0, 1), (1, 1)))),
    "x": ((0.6, 1.2), (((0, 0), (1, 1)), ((1, 0), (0, 1)))),
    ":": ((0.02, 0.1), (((0, 0), (1, 0.05)), ((0, 0.95), (1, 1)))),
    ",": ((0.1, 0.5), (((1, 0), (0, 1)),)),
}


def with_hands(hands: Sequence[Sequence[PenSample]]) -> list[Sequence[PenSample]]:
    """The hands, and one for each eight of them that writes by templates: every digit in one way, four times."""
    random = np.random.default_rng(_SEED)
    return [*hands, *(_hand(random) for _ in range(len(hands) // _HANDS))]


def with_signs(signs: Mapping[str, Sequence[PenSample]]) -> dict[str, list[PenSample]]:
    """The signs of each kind, and one for each three of them of straight lines, where they are written so."""
    random = np.random.default_rng(_SEED)
    return {
        kind: [*some, *(_sign(kind, random) for _ in range(len(some) // _SIGNS if kind in _RULED else 0))]
        for kind, some in signs.items()
    }


def _hand(random: np.random.Generator) -> list[PenSample]:
    ways = [one_of(of, random) for of in _WAYS]
    if random.random() < _STEMS:
        ways[1] = _STEM
    return [
        PenSample(str(way.digit), "", [path.tolist() for path in written(way, random).paths])
        for way in ways
        for _ in range(_TIMES)
    ]


def _sign(kind: str, random: np.random.Generator) -> PenSample:
    bounds, lines = _RULED[kind]
    wide = random.uniform(*bounds)
    paths = [100 * (np.array(line) * [wide, 1] + random.normal(0, _SHAKE, (len(line), 2))) for line in lines]
    return PenSample(kind, "", [path.tolist() for path in paths])
