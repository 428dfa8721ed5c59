"""How sure a number on a page is: its reading, the place in which it was found, and whether another network agrees.

The weights are those of a logistic regression on drawn pages of left-out writers (python -m benchmarks.certainty).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import sheet
from inkdigit.recognition import field
from inkdigit.recognition.layout import WORD
from inkdigit.recognition.paper import Found, log_odds
from inkdigit.recognition.reading import Number

# Log odds that a number is right.
_BASE = -2.1
_WEIGHTS = (0.6, 0.84, 1.0, 0.52)  # of what `evidence` says
# The same of other scripts, on composed numbers and words: the reading, the place, and that it looks like a word.
_BASE_ALONE, _WEIGHTS_ALONE, _WORD = -2.15, (1.06, 0.86), -1.68
_MANY = 12  # numbers: of a page with more, of which
_TEXT = 0.9  # so many look like words (of photographed pages of Kannada and Burmese, none), each is a word rather,
_IN_TEXT = 0.85  # and is so many times as sure
_CUT = -2.0  # of one that the edge of the picture cuts: what is beyond it nobody knows
_CUT_FIELD = -0.7  # where it fills the picture, as tight fields do: of 24 amounts so cut and unsure, 14 were right
_LONGER = -2.0  # of a 1 that is a piece of a longer stroke: a bracket, a brace, the side of a frame
_LONG = 1.8  # heights of the 1: so high its stroke is then
_BEYOND = -3.5  # of one that lies beside the sheet, on the table
_EDGE = 1.0  # pixels from the edge
_BESIDE = 0.8  # heights of the number: so near to the edge, what is cut there may belong to it,
_INKED = 0.5  # if its contrast is that much of the number's
_SURE = 0.8  # confidence: numbers as sure as that, and
_FEW_SURE = 2  # so many of them at least, tell that what is dark is no table; or
_FEW_LIKELY = 3.0  # that many as likely as this:
_LIKELY = 0.5  # confidence of a number on the table, at least: the grain of wood looks like faint ones
_LEAST = 0.2  # confidence of a number on a page: of 203 from 0.1 to 0.3, 50 were right
_LEAST_FIELD = 0.05  # of a field: of amounts cut from cheques (validation) less sure than 0.2, 15 of 27 were right
_LEAST_ALONE = 0.08  # of another script: on a page of single digits, most of these are right


def weighed(found: Sequence[Found], grey: NDArray[np.uint8], alone: bool | Sequence[bool] = False) -> list[Number]:
    """The numbers, each as sure as everything makes it, without those that are hardly any.

    Args:
        grey: uint8 (h, w), the picture that their boxes lie on.
        alone: True for numbers of other scripts, which the network of single marks read alone: all, or of each.
    """
    each = np.broadcast_to(alone, len(found)).tolist()
    odds = [_odds(one, known, grey, how) for one, known, how in zip(found, evidence(found), each, strict=True)]
    beyond = _beyond(found, odds, sheet.outline(grey))
    is_text = len(found) > _MANY and sum(one.core.kind == WORD for one in found) >= _TEXT * len(found)
    numbers = []
    for one, log_odd, is_beyond, how in zip(found, odds, beyond, each, strict=True):
        chance = 1 / (1 + float(np.exp(-log_odd - _BEYOND * is_beyond)))
        if chance >= _least(one.number, grey, is_beyond, how):
            chance *= _likely_digits(one, is_text) if how else 1.0
            numbers.append(_as_sure(one.number, chance / max(1e-9, one.number.confidence)))
    return numbers


def _likely_digits(one: Found, is_text: bool) -> float:
    """How likely a word of another script is a number, for its marks that are none, and for the text it stands in."""
    read = sum(digit.value is not None or digit.sign != "" for digit in one.number.digits)
    return read / max(1, len(one.number.digits)) * (_IN_TEXT if is_text and one.core.kind == WORD else 1.0)


def _least(one: Number, grey: NDArray[np.uint8], is_beyond: bool, alone: bool) -> float:
    """The confidence that a number has at least, else it is left out."""
    if is_beyond:
        return _LIKELY
    return _LEAST_FIELD if field.fills(one, grey) else _LEAST_ALONE if alone else _LEAST


def _odds(one: Found, known: tuple[float, ...], grey: NDArray[np.uint8], alone: bool) -> float:
    """Log odds that a number is right, wherever it lies."""
    if alone:
        odds = _BASE_ALONE + float(np.dot(_WEIGHTS_ALONE, known[:2])) + (_WORD if one.core.kind == WORD else 0.0)
    else:
        odds = _BASE + float(np.dot(_WEIGHTS, known))
    odds += _LONGER if is_longer(one.number, grey) else 0.0
    if is_cut(one.number, grey):
        odds += _CUT_FIELD if field.fills(one.number, grey) else _CUT
    return odds


def _beyond(found: Sequence[Found], odds: Sequence[float], paper: NDArray[np.float32] | None) -> list[bool]:
    """Which numbers lie beside the sheet. A bright strip is none: more are sure, or likely, beside it than on it."""
    if paper is None or not found:
        return [False] * len(found)
    beyond = np.array([not sheet.is_on(paper, one.core.middle) for one in found])
    chances = 1 / (1 + np.exp(-np.array(odds)))
    for counts, few in ((chances > _SURE, _FEW_SURE), (np.where(chances > _LIKELY, chances, 0), _FEW_LIKELY)):
        if counts[beyond].sum() >= few and counts[beyond].sum() > counts[~beyond].sum():
            return [False] * len(found)
    return [bool(one) for one in beyond]


def _as_sure(one: Number, scale: float) -> Number:
    """The number, so many times as sure; its digits too, where it is surer than they are."""
    if scale * one.certainty <= 1:
        return replace(one, certainty=scale * one.certainty)
    return replace(one, certainty=1.0)


def evidence(found: Sequence[Found]) -> list[tuple[float, float, float, float]]:
    """What is known of each number: log odds of its reading and of its place, whether the network of lines agrees, and
    how far it stands from the next one in its row, in heights of a digit, 0 to 1: two close together may be one.
    """
    boxes = np.array([one.number.box or (0, 0, 0, 0) for one in found], float).reshape(-1, 4)
    apart = []
    for at, one in enumerate(found):
        left, top, right, bottom = boxes[at]
        level = (boxes[:, 1] < (top + bottom) / 2) & (boxes[:, 3] > (top + bottom) / 2)
        gaps = np.maximum(boxes[:, 0] - right, left - boxes[:, 2])
        level[at] = False
        nearest = float(gaps[level].min()) if level.any() else np.inf
        apart.append(float(np.clip(nearest / max(1.0, one.core.height), 0, 1)))
    return [
        (log_odds(one.number.confidence), log_odds(one.core.certainty), float(one.same), gap)
        for one, gap in zip(found, apart, strict=True)
    ]


def is_longer(one: Number, grey: NDArray[np.uint8]) -> bool:
    """Whether the number is a 1 whose stroke goes on above or below it, as that of a bracket does."""
    if one.box is None or one.text != "1":
        return False
    left, top, right, bottom = one.box
    high, beside = bottom - top, 0.2 * (bottom - top)
    rows = slice(max(0, int(top - high)), int(bottom + high) + 1)
    part = grey[rows, max(0, int(left - beside)) : int(right + beside) + 1]
    if part.size < 4 or high < 4:
        return False
    _, ink = cv2.threshold(part, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    ink = ink if ink.mean() < 0.5 else 1 - ink
    _, named, boxes, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(ink, np.uint8))
    inside = named[max(0, int(top)) - rows.start : int(bottom) - rows.start + 1]
    counts = np.bincount(inside[inside > 0].ravel())
    return bool(counts.size) and bool(boxes[int(counts.argmax()), cv2.CC_STAT_HEIGHT] > _LONG * high)


def is_cut(one: Number, grey: NDArray[np.uint8]) -> bool:
    """Whether the number reaches to the edge of the picture, or ink at the edge right beside it may be half a mark."""
    if one.box is None:
        return False
    left, top, right, bottom = one.box
    high, wide = grey.shape
    if min(left, top, wide - right, high - bottom) < _EDGE:
        return True
    near = _BESIDE * (bottom - top)
    rows, columns = slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)
    contrast = np.ptp(grey[rows, columns].astype(np.float32))
    ends = [grey[rows, :2]] * (left < near) + [grey[rows, -2:]] * (wide - right < near)
    return any(np.ptp(end.astype(np.float32)) > _INKED * contrast for end in ends)
