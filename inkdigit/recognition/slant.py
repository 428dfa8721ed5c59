"""How far the writing on a page leans: rows are cut out upright, since digits that lean stand in each other's columns.

Of a row that is sheared back, the columns are fullest where it stands upright: the sum of the squares of their ink is
largest (after Vinciarelli and Luettin, A new normalization technique for cursive handwritten words, 2001). The rows of
a page are asked together, since people lean alike all over it, and one number tells too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import row
from inkdigit.recognition.row import Place

_SLANTS = np.linspace(-0.8, 0.8, 17)  # tangents, to the right of upright
_ASKED = 48  # rows of a page, the longest
_AROUND = 0.4  # heights that a place is longer than what is written, at both ends: a wall stands there
_BAND = slice(5, row.HIGH - 5)  # rows: above and below stand others
_RARE = 15.0  # of log ink, for each square of the tangent: most people hardly lean, and a row or two tell little


def of_rows(grey: NDArray[np.uint8], places: Sequence[Place]) -> float:
    """The tangent by which what is written in rows of a picture, uint8 (h, w), leans to the right: -0.8 to 0.8."""
    if not places:
        return 0.0
    longest = sorted(places, key=lambda one: -one.length / one.height)[:_ASKED]
    total = np.sum([_upright(grey, one) for one in longest], axis=0) - _RARE * _SLANTS**2
    return float(_SLANTS[int(total.argmax())])


def _upright(grey: NDArray[np.uint8], place: Place) -> NDArray[np.float64]:
    """float (17,): the log of how full the columns of a row are when it is sheared back by each slant, times its length
    in heights; 0 as it lies.
    """
    within = replace(place, length=max(0.0, place.length - 2 * _AROUND * place.height), slant=0.0)
    pixels = row.prepared(row.cut(grey, within))[_BAND]
    ink = np.maximum(pixels if pixels.max() > -pixels.min() else -pixels, 0)
    high, wide = ink.shape
    full = []
    for slant in _SLANTS:
        back = np.array([[1, slant, -slant * (high - 1) / 2], [0, 1, 0]])
        columns = cv2.warpAffine(ink, back, (wide, high), flags=cv2.INTER_LINEAR).sum(axis=0)
        full.append(float((columns * columns).sum()))
    logs = np.log(np.array(full) + 1e-9)
    return np.asarray(place.length / place.height * (logs - logs[len(logs) // 2]), np.float64)
