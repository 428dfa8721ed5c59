"""Whether what the network of pages found all over a picture, nobody can read: grain, weave, specks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from inkdigit.recognition import certainty
from inkdigit.recognition.finding import Look
from inkdigit.recognition.paper import Found

_PROBED = 24  # rows; where, whichever way it lies, fewer than
_READ = 0.85  # of these show a number (of specks 0.8 at most, of full pages 0.9), or most are read less surely than
_TEXTURE = 0.45  # so much, and none is as sure as
_SURE = 0.9  # that, the page is a texture, and the rest is not read; but where
_CLEAR = 5  # numbers are so sure (of specks four at most), a few stand in one: on fine lines, or beside a grain;
_SOME, _MOSTLY = 3, 0.7  # of these, where so many rows are numbers (of specks two at most), or
_HALF = 0.52  # where that many rows are numbers,
_WELL = 0.91  # most of them read as surely as this (of specks 0.9 at most)
_MIDDLE = slice(12, 16)  # rows and columns of a glyph: a disc has ink there, a ring has none
_FILLED = 0.5


def is_one(ways: Iterable[Look], read: Callable[[Look, int], Sequence[Found]]) -> bool:
    """Whether a picture with many places is a texture, whichever way it lies.

    Args:
        ways: it may lie, see finding.ways.
        read: what stands in so many of the likeliest rows of a page.
    """
    return not any(_is_read(one, [some for some in read(one, _PROBED) if not _is_dots(some)]) for one in ways)


def _is_dots(found: Found) -> bool:
    """Whether what is read as a number is discs alone, which are zeros in some hands and scripts: it may be specks, or
    halftone, and tells nothing.
    """
    digits = [digit for digit in found.number.digits if digit.value is not None]
    filled = [digit.value == 0 and digit.glyph[_MIDDLE, _MIDDLE].mean() > _FILLED for digit in digits]
    return bool(filled) and all(filled)


def _is_read(looked: Look, found: Sequence[Found]) -> bool:
    """Whether the likeliest rows of a page are numbers, as it seems to lie."""
    sure = sum(one.confidence >= _SURE for one in certainty.weighed(found, looked.grey))
    usual = float(np.median([one.number.confidence for one in found])) if found else 0.0
    if sure >= _CLEAR or (len(found) >= _HALF * _PROBED and usual >= _WELL):
        return True
    if sure >= _SOME and len(found) >= _MOSTLY * _PROBED:
        return True
    return len(found) >= _READ * _PROBED and bool(sure or usual >= _TEXTURE)
