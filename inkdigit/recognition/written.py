"""Digits and the signs between them -> the text as it was written, and the numbers that the signs part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from inkdigit.recognition.signs import KINDS

ROW = "\n"  # the kind of separator between two rows
_POINTS = (".", ",")
_ENDS = (")", "%")  # behind these, a minus sign is one between two numbers

MARKS = "0123456789?"  # digits, and a mark that is none
CHARACTERS = frozenset((*MARKS, " ", ROW, *KINDS))  # of what can be written

Sign = tuple[str, int]  # its kind, and how many digits stand before it


@dataclass(frozen=True)
class Part:
    """One of the numbers that signs part.

    Attributes:
        first, last: its digits are those from `first` up to `last`, which is none of them.
        signs: places in the list of signs of those that belong to it: points, commas, and a minus before it.
    """

    first: int
    last: int
    signs: tuple[int, ...]


def written(marks: str, signs: Sequence[Sign]) -> str:
    """The digits, a character each, with the signs in their places: ("42", [("-", 0)]) -> "-42"."""
    before: dict[int, str] = {}
    for kind, place in signs:
        before[place] = before.get(place, "") + kind
    return "".join(before.get(place, "") + mark for place, mark in enumerate((*marks, ""))).strip()


def parts(count: int, signs: Sequence[Sign]) -> list[Part]:
    """The numbers that gaps, rows and signs part, and points where they make no decimal: 22.12.2019 is three.

    Args:
        count: how many digits there are.
        signs: in reading order.
    """
    cuts = {0, count}
    minus: dict[int, int] = {}  # digits before -> place of a minus sign that belongs to the number behind it
    previous: Sign | None = None
    for at, (kind, place) in enumerate(signs):
        if kind == "-":
            begins = place == 0 or (previous is not None and previous[1] == place and previous[0] not in _ENDS)
            if begins and place < count:
                minus[place] = at
            cuts.add(place)
        elif kind not in _POINTS:
            cuts.add(place)
        previous = (kind, place)
    found = []
    for first, last in pairwise(sorted(cuts)):
        points = [at for at, (kind, place) in enumerate(signs) if kind in _POINTS and first <= place < last]
        for begin, end, inside in _numbers(first, last, signs, points):
            own = ((minus[begin],) if begin in minus else ()) + tuple(inside)
            found.append(Part(begin, end, own))
    return found


def _numbers(first: int, last: int, signs: Sequence[Sign], points: list[int]) -> list[tuple[int, int, list[int]]]:
    """Digits with points between them -> (first, last, its points) of each number."""
    places = [signs[at][1] for at in points]
    groups = [end - begin for begin, end in pairwise([first, *places, last])]
    if _is_one([signs[at][0] for at in points], groups):
        return [(first, last, points)]
    edges = sorted({first, *places, last})
    return [(begin, end, []) for begin, end in pairwise(edges)]


def _is_one(kinds: list[str], groups: list[int]) -> bool:
    """Whether groups of so many digits with these points between them are one number: 3.14, 1,234.56, 1.234.567."""
    if len(kinds) < 2:
        return True
    thousands = kinds if groups[-1] == 3 and len(set(kinds)) == 1 else kinds[:-1]
    whole = groups[1 : len(thousands) + 1]
    one_kind = len(set(thousands)) == 1 and (len(thousands) == len(kinds) or kinds[-1] != thousands[0])
    return one_kind and 1 <= groups[0] <= 3 and all(length == 3 for length in whole)
