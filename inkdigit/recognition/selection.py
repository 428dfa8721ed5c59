"""Which of what was found on a page are numbers: told from words, and from things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from inkdigit.ink.strokes import Box
from inkdigit.recognition.reading import Number

MOST_REFUSED = 0.34  # of the marks of a number may be no digit; with more it is a word
LEAST_CONFIDENCE = 0.05  # of a number on a page
_WORDS = 6  # on a page, and _MORE_WORDS times as many as numbers: it is a text
_MORE_WORDS = 2
_SURE_AMONG_WORDS = 0.97
_MUCH_ELSE = 5  # times as many marks that are no number, single ones counted: a picture of things
_SURE_AMONG_OTHERS = 0.8


def is_number(one: Number) -> bool:
    """Whether it is a number at all: some digits, and few marks that are none."""
    refused = sum(digit.value is None for digit in one.digits)
    return len(one.digits) > 0 and refused <= MOST_REFUSED * len(one.digits) and one.confidence >= LEAST_CONFIDENCE


def among_words(found: Sequence[Number]) -> list[Number]:
    """The numbers among what was found on a page, without those that are rather words, or things, among their like.

    Some words look like a number ("go" like 90), so on such a page only a long and sure number is one.
    """
    numbers = [one for one in found if is_number(one)]
    words = sum(len(one.digits) > 1 for one in found if not is_number(one))
    if len(found) - len(numbers) > _MUCH_ELSE * max(1, len(numbers)):
        numbers = [one for one in numbers if one.confidence >= _SURE_AMONG_OTHERS]
    if words < _WORDS or words <= _MORE_WORDS * len(numbers):
        return numbers
    return [
        one for one in numbers if len(one.digits) > 3 and "?" not in one.text and one.confidence >= _SURE_AMONG_WORDS
    ]


def without_dust(one: Number) -> Number:
    """A number of a page without small marks that are no sign of it.

    On paper, what lies before or behind a number is rather dust, print or the end of a sentence than a point; and where
    several marks stand between two digits, none of them is sure. A minus sign before it stays.
    """
    places = Counter(sign.place for sign in one.separators)
    kept = tuple(
        sign
        for sign in one.separators
        if places[sign.place] == 1 and (0 < sign.place < len(one.digits) or (sign.kind == "-" and sign.place == 0))
    )
    return replace(one, separators=kept)


def same_place(one: Box | None, other: Box | None) -> bool:
    """Whether two boxes cover nearly the same."""
    if one is None or other is None:
        return False
    shared = max(0.0, min(one[2], other[2]) - max(one[0], other[0])) * max(
        0.0, min(one[3], other[3]) - max(one[1], other[1])
    )
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared > 0.6 * max(areas)
