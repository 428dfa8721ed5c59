"""How sure a number on a page is: its reading, the place in which it was found, and whether another network agrees.

The weights are those of a logistic regression on drawn pages of left-out writers (python -m benchmarks.certainty).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import sheet
from inkdigit.recognition.paper import Found, log_odds
from inkdigit.recognition.reading import Number

# Log odds that a number is right.
_BASE, _READ, _THERE, _SAME = -1.6, 0.61, 0.81, 1.0
_CUT = -1.0  # of one that the edge of the picture cuts: what is beyond it nobody knows
_BEYOND = -3.5  # of one that lies beside the sheet, on the table
_EDGE = 1.0  # pixels from the edge
_LEAST = 0.2  # confidence of a number on a page: of 203 from 0.1 to 0.3, 50 were right


def weighed(found: Sequence[Found], grey: NDArray[np.uint8]) -> list[Number]:
    """The numbers, each as sure as everything makes it, without those that are hardly any.

    Args:
        grey: uint8 (h, w), the picture that their boxes lie on.
    """
    numbers = []
    paper = sheet.outline(grey)
    for one in found:
        odds = _BASE + float(np.dot((_READ, _THERE, _SAME), evidence(one)))
        odds += _CUT if is_cut(one.number, grey.shape) else 0.0
        odds += _BEYOND if paper is not None and not sheet.is_on(paper, one.core.middle) else 0.0
        chance = 1 / (1 + float(np.exp(-odds)))
        if chance >= _LEAST:
            scale = chance / max(1e-9, one.number.confidence)
            numbers.append(_as_sure(one.number, scale))
    return numbers


def _as_sure(one: Number, scale: float) -> Number:
    """The number, so many times as sure; its digits too, where it is surer than they are."""
    if scale * one.certainty <= 1:
        return replace(one, certainty=scale * one.certainty)
    return replace(one, certainty=1.0)


def evidence(one: Found) -> tuple[float, float, float]:
    """What is known of a number: log odds of its reading and of its place, and whether the network of lines agrees."""
    return (log_odds(one.number.confidence), log_odds(one.core.certainty), float(one.same))


def is_cut(one: Number, shape: tuple[int, ...]) -> bool:
    """Whether the number reaches to the edge of the picture."""
    if one.box is None:
        return False
    left, top, right, bottom = one.box
    return min(left, top, shape[1] - right, shape[0] - bottom) < _EDGE
