"""A picture that may show one digit and nothing else: whether it does, and what it is then."""

from __future__ import annotations

from inkdigit.recognition import assemble
from inkdigit.recognition.reading import Digit, Number

_LARGE = 0.35  # of its height at least,
_CLEAR = 0.98  # and as sure as that
_UNFOUND = 0.85  # certainty of such a digit where the network of pages saw nothing
TINY = 48  # pixels: a picture no larger shows a digit or nothing
_SMALL = 100  # pixels: on a picture no larger, a mark that the sheet shows nothing of may still be a digit


def is_clear(digit: Digit, size: tuple[int, int]) -> bool:
    """Whether it is a large clear digit, not cut by the edge, as people draw one on a picture of that size."""
    if digit.box is None or digit.value is None or digit.confidence < _CLEAR:
        return False
    left, top, right, bottom = digit.box
    is_large = bottom - top >= _LARGE * size[1] and right - left <= bottom - top
    return is_large and min(left, top, size[0] - right, size[1] - bottom) > 1


def judged(digit: Digit, found: list[Number], size: tuple[int, int]) -> list[Number]:
    """A picture on which at most one digit was found: as `digit` reads it, unless that took other ink along."""
    sure = is_clear(digit, size)
    elsewhere = bool(found) and not assemble.same_place(digit.box, found[0].box)
    if digit.is_blank or (elsewhere and not (sure and found[0].confidence < _UNFOUND)):
        return found
    if (found and not elsewhere) or (max(size) <= _SMALL and (digit.value is not None or max(size) > TINY)):
        return [Number((digit,))]
    return [Number((digit,), certainty=_UNFOUND)] if sure else []
