"""A field shows one number: groups of digits that stand close together in it are not several."""

from __future__ import annotations

import numpy as np
import pytest

from inkdigit.recognition import field
from inkdigit.recognition.reading import Digit, Number, Separator

GLYPH = np.zeros((28, 28), np.float32)


def number(text: str, left: float, top: float = 10.0, high: float = 30.0, sure: float = 0.9) -> Number:
    """Digits 20 pixels apart; a point stands behind the last one where the text ends in one."""
    digits = []
    for at, mark in enumerate(text.rstrip(".")):
        chances = np.full(10, 0.01, np.float32)
        chances[int(mark)] = 0.91
        digits.append(Digit(int(mark), sure, chances, GLYPH, (left + 20 * at, top, left + 20 * at + 16, top + high)))
    end = left + 20 * len(digits)
    points = (Separator(".", len(digits), (end, top + high - 4, end + 3, top + high)),) if text.endswith(".") else ()
    return Number(tuple(digits), points)


def field_of(high: int = 60) -> np.ndarray:
    return np.full((high, 400), 255, np.uint8)


def test_groups_of_a_field_are_one_number_with_a_gap() -> None:
    first, second = number("27.", 10), number("843", 75)
    [found] = field.joined([first, second], field_of())
    assert (found.text, found.written) == ("27843", "27. 843")
    assert found.box == (10, 10, 131, 40)
    assert [part.text for part in found.parts] == ["27", "843"]
    assert found.confidence == pytest.approx(first.confidence * second.confidence)
    assert [one.place for one in found.separators] == [2, 2]


def test_three_groups_are_one() -> None:
    [found] = field.joined([number("1", 10), number("234", 40), number("567", 115)], field_of())
    assert found.written == "1 234 567"


@pytest.mark.parametrize(
    ("others", "high"),
    [
        ([number("27", 10), number("843", 75)], 200),  # a page: it shows more than they are high
        ([number("27", 10), number("843", 90)], 60),  # far apart
        ([number("27", 10), number("843", 75, top=45)], 60),  # below
        ([number("27", 10), number("84", 75, high=12)], 60),  # small print beside it
        ([number("27", 10)], 60),
        ([], 60),
    ],
)
def test_other_numbers_stay_what_they_are(others: list[Number], high: int) -> None:
    assert field.joined(others, field_of(high)) == others
