"""How a page lies: one that is read unsurely is looked at as if it lay otherwise, and read so where that is surer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import sheet
from inkdigit.recognition import joined, layout
from inkdigit.recognition.finding import Look
from inkdigit.recognition.paper import Found

_FEW = 3  # places: a page of fewer does not tell how it lies
_DOUBTED = 0.88  # average confidence of the rows: where it is less, some are read as if the page lay otherwise:
_TRIED = 30  # of the likeliest rows; and all of them where these are so sure,
_SOME = 12  # places
_SURER = ((0.8, 1.1, _FEW), (0.5, 1.1, _SOME))  # on average, and so many times as sure as it lies, of so many places
_TEXT = 40  # places: print on its side looks like columns of digits. A page shows so many, and so many times as many
_TIMES = 7  # as a quarter turn away, where it is text that lies so (of 400 pages with numbers by hand, 5.7 at most),
_CLEAR = 0.65  # unless these are read as surely as that: a page of print with numbers (text on its side 0.59 at most)
_MANY = 100  # places of a page that is turned back: where they are read
_BARELY = 0.35  # less surely than that, on average of all rows, it is text, too (of pages of numbers, 0.49 and more)
_DASHES = 0.8  # of the numbers on a page that lies on its side: if more are ones, these are dashes as it lies upright
_ALONE = 0.8  # times as much as others tells a number of one digit: letters on their side look like one
_NEVER = -1.0  # the rating of a way in which a page cannot lie
Read = Callable[[Look, int | None], list[Found]]


def upright(looked: Look, ways: Iterable[Look], read: Read) -> list[Found]:
    """What is read on a page as it lies; as it seems to, where little is seen on it.

    Args:
        looked: what was seen of it first.
        ways: in which it may lie, first as it seems to (finding.ways).
        read: what stands in so many of the likeliest rows; None: in all.
    """
    if not _tells(looked):
        return read(looked, None)
    found = read(looked, None) if not looked.seen.turns else None
    if found is not None and rated(looked, found) >= _DOUBTED:
        return found
    looks, paper = list(ways), sheet.outline(looked.grey)
    tried = [(_tried(one, looks, paper, read), one) for one in looks]
    # On which of its sides a page lies, the network of pages hardly tells.
    usual = max((tried[0], tried[2]) if looked.seen.turns % 2 else tried[:1], key=_rating)
    if usual[0] == _NEVER:
        usual, found = max(tried[1], tried[3], key=_rating), None
    best = max(tried, key=_rating)
    count = len(looked.seen.cores)
    if any(best[0] > max(least, times * usual[0]) and count >= places for least, times, places in _SURER):
        return _unless_text(best[1], read(best[1], None), found)
    return _unless_text(usual[1], read(usual[1], None), None) if found is None else found


def _tried(looked: Look, looks: Sequence[Look], paper: NDArray[np.float32] | None, read: Read) -> float:
    """How surely the likeliest rows of a page, on which a sheet may lie, are read as if it lay so, of these ways.

    0 where hardly a place is seen, _NEVER for text on its side, or dashes that look like ones there.
    """
    found = read(looked, _TRIED) if _tells(looked) else []
    ones = sum(one.number.text.strip("1") == "" for one in found)
    if looked.seen.turns % 2 and ones > _DASHES * len(found):
        return _NEVER
    is_told = len(looks[0].seen.cores) >= _SOME
    alone = [one for one in found if len(one.number.digits) == 1 and is_told]
    rating = rated(looked, found, _TRIED) - (1 - _ALONE) * rated(looked, alone, _TRIED)
    return _NEVER if rating < _CLEAR and _is_text(looked, looks, paper) else rating


def _is_text(looked: Look, looks: Sequence[Look], paper: NDArray[np.float32] | None) -> bool:
    """Whether what looks like numbers on a page is text on its side: words a quarter turn away, where none are."""
    count = _places(looked, paper)
    across = (_places(one, paper) for one in looks if (one.seen.turns - looked.seen.turns) % 2)
    return count >= _TEXT and count > _TIMES * max(across, default=count)


def _places(looked: Look, paper: NDArray[np.float32] | None) -> int:
    """How many places are seen, on the sheet where there is one: the grain of a table runs one way, as text does."""
    return sum(paper is None or sheet.is_on(paper, core.middle) for core in looked.seen.cores)


def _unless_text(looked: Look, turned: list[Found], found: list[Found] | None) -> list[Found]:
    """What is read on a page that is turned back or, where that is text, what was read on it as it lay."""
    is_text = looked.seen.turns and len(looked.seen.cores) >= _MANY and rated(looked, turned) < _BARELY
    return (found or []) if is_text else turned


def _tells(looked: Look) -> bool:
    """Whether enough is seen of a page to tell how it lies."""
    return len(looked.seen.cores) >= _FEW


def _rating(one: tuple[float, Look]) -> float:
    return one[0]


def rated(looked: Look, found: Sequence[Found], most: int | None = None) -> float:
    """How surely the rows of a page are read, on average; one in which nothing is read counts as 0.

    Args:
        most: rows that were read; None: all.
    """
    rows = len(joined.rows(looked.seen.cores, layout.lie(looked.seen)))
    return sum(one.number.confidence for one in found) / max(1, rows if most is None else min(rows, most))
