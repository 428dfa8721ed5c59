"""A field, as programs cut it from a form: it shows one number, which fills its height; a gap parts no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition.reading import Number, Separator

_FILLS = 0.4  # of the picture's height: a number as high is all that the picture shows
_GAP = 1.0  # heights, at most, between two groups of digits of one number: 27. 843


def fills(one: Number, grey: NDArray[np.uint8]) -> bool:
    """Whether a number is as high as a picture, uint8 (h, w), that shows nothing else."""
    return one.box is not None and one.box[3] - one.box[1] > _FILLS * len(grey)


def joined(numbers: Sequence[Number], grey: NDArray[np.uint8]) -> list[Number]:
    """The numbers of a picture; of a field, those that stand close together as one, with gaps (see `Number.parts`).

    Args:
        numbers: in reading order.
        grey: uint8 (h, w), the picture that their boxes lie on.
    """
    found: list[Number] = []
    for one in numbers:
        if found and fills(found[-1], grey) and fills(one, grey) and _is_close(found[-1], one):
            found[-1] = _together(found[-1], one)
        else:
            found.append(one)
    return found


def _is_close(one: Number, other: Number) -> bool:
    """Whether a number stands right of the first, level with it, and not far."""
    if one.box is None or other.box is None:
        return False
    middle = (other.box[1] + other.box[3]) / 2
    high = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return one.box[1] < middle < one.box[3] and -_GAP * high < other.box[0] - one.box[2] <= _GAP * high


def _together(one: Number, other: Number) -> Number:
    """Two numbers as one, with a gap between them, and as sure as both are."""
    before = len(one.digits)
    left, right = one.box or (0.0, 0.0, 0.0, 0.0), other.box or (0.0, 0.0, 0.0, 0.0)
    gap = Separator(" ", before, (left[2], min(left[1], right[1]), max(left[2], right[0]), max(left[3], right[3])))
    behind = [replace(sign, place=before + sign.place) for sign in other.separators]
    made = replace(one, digits=one.digits + other.digits, separators=(*one.separators, gap, *behind), certainty=1.0)
    return replace(made, certainty=min(1.0, one.confidence * other.confidence / max(1e-9, made.confidence)))
