"""Digits and signs -> the text as it was written, and the numbers that the signs part."""

from __future__ import annotations

import numpy as np
import pytest

from inkdigit.recognition.written import parts, written


def signs_of(text: str) -> tuple[str, list[tuple[str, int]]]:
    """ "-3.1" -> "31" and [("-", 0), (".", 1)]."""
    digits = [mark for mark in text if mark.isdigit() or mark == "?"]
    places = [(mark, sum(c.isdigit() or c == "?" for c in text[:at])) for at, mark in enumerate(text)]
    return "".join(digits), [(mark, place) for mark, place in places if not mark.isdigit() and mark != "?"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("314", ["314"]),
        ("3.14", ["3.14"]),
        ("-42", ["-42"]),
        ("-3,5", ["-3,5"]),
        (".5", [".5"]),
        ("233.00", ["233.00"]),
        ("12 78", ["12", "78"]),
        ("12 -78", ["12", "-78"]),
        ("12-7", ["12", "7"]),
        ("12--7", ["12", "-7"]),
        ("555-0147", ["555", "0147"]),
        ("22.12.2019", ["22", "12", "2019"]),
        ("1.234", ["1.234"]),
        ("1.234.567", ["1.234.567"]),
        ("1,234.56", ["1,234.56"]),
        ("1.234,56", ["1.234,56"]),
        ("1234.567.890", ["1234", "567", "890"]),
        ("1.23.456", ["1", "23", "456"]),
        ("1,234,56", ["1", "234", "56"]),
        ("123\n4567", ["123", "4567"]),
        ("3.5\n-2.25", ["3.5", "-2.25"]),
        ("5?.1", ["5?.1"]),
        ("98+76", ["98", "76"]),
        ("24/12/2025", ["24", "12", "2025"]),
        ("12:30", ["12", "30"]),
        ("(3+4)x2", ["3", "4", "2"]),
        ("-3+4=1", ["-3", "4", "1"]),
        ("12+-7", ["12", "-7"]),
        ("5%-3", ["5", "3"]),
        ("(1)-2", ["1", "2"]),
        ("(-1)", ["-1"]),
        ("$5.20", ["5.20"]),
        ("50 %", ["50"]),
        ("1.5÷2,5·3", ["1.5", "2,5", "3"]),
        ("7-", ["7"]),
        ("7.", ["7"]),
        ("-", []),
        ("", []),
    ],
)
def test_signs_part_numbers(text: str, numbers: list[str]) -> None:
    digits, signs = signs_of(text)
    assert written(digits, signs) == text
    found = parts(len(digits), signs)
    said = [
        written(digits[one.first : one.last], [(signs[at][0], signs[at][1] - one.first) for at in one.signs])
        for one in found
    ]
    assert said == numbers


def test_every_digit_is_in_one_part_whatever_the_signs() -> None:
    random = np.random.default_rng(0)
    for _ in range(2_000):
        text = "".join(random.choice(list("0123456789.,-/:+=()%#$x*·÷ \n"), size=random.integers(0, 12)))
        digits, signs = signs_of(text)
        found = parts(len(digits), signs)
        assert [place for one in found for place in range(one.first, one.last)] == list(range(len(digits)))
        own = [at for one in found for at in one.signs]
        assert len(own) == len(set(own))
        assert written(digits, signs) == text.strip()
