"""A written sum -> what it comes to, exactly: 12+7= is 19, 0.1+0.2=0.3 is right, 1/3=0.33 is wrong.

Brackets first, then multiplication (x, *, a raised dot) and division (:, /, the sign with two dots), then + and -, each
from left to right. Numbers are fractions.Fraction, so nothing is rounded; nothing is ever evaluated as code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MOST_DIGITS = 30  # of a number in a sum; longer ones are no sum that somebody wants solved
_MOST_DECIMALS = 6  # of a result; one with more is shown as a fraction
_DEEPEST = 20  # brackets within brackets
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[-+x*·:/÷()=]")
_POINTS = re.compile(r"\d[.,]\d+[.,]")  # a date, or thousands: not for us to guess
_TIMES, _OVER = "x*·", ":/÷"
_OPERATORS = f"+-{_TIMES}{_OVER}"


@dataclass(frozen=True)
class Sum:
    """A sum that was written.

    Attributes:
        result: what its left side comes to, as text, with the decimal sign that was written: "19", "2,5", "1/3".
        right: whether what was written behind the = is that; None where nothing was.
    """

    result: str
    right: bool | None


class _NoSumError(Exception):
    """What is written is no sum."""


def solved(written: str) -> Sum | None:
    """What a written sum comes to; None for what is no sum, has no =, does not close its brackets, or divides by zero.

    Args:
        written: digits and signs as `Number.written` has them.
    """
    text = written.replace(" ", "")
    if "=" not in text or _POINTS.search(text) or len(text) > 200:
        return None
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        return None
    sides = _split(tokens)
    try:
        if len(sides) != 2 or not any(token in _OPERATORS for token in sides[0][1:]):
            return None
        comes_to = _Reader(sides[0]).value()
        said = _Reader(sides[1]).value() if sides[1] else None
    except (_NoSumError, ZeroDivisionError):
        return None
    comma = "," in written and "." not in written
    return Sum(_shown(comes_to, comma), None if said is None else said == comes_to)


def _split(tokens: list[str]) -> list[list[str]]:
    sides: list[list[str]] = [[]]
    for part in tokens:
        if part == "=":
            sides.append([])
        else:
            sides[-1].append(part)
    return sides


class _Reader:
    """Reads one side of a sum by recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def value(self) -> Fraction:
        """All of it."""
        found = self._total()
        if self._at < len(self._tokens):
            raise _NoSumError
        return found

    def _next(self, wanted: str) -> str:
        """The next token where it is one of those wanted, which is then behind us; "" where it is not."""
        if self._at < len(self._tokens) and self._tokens[self._at] in wanted:
            self._at += 1
            return self._tokens[self._at - 1]
        return ""

    def _total(self) -> Fraction:
        found = self._product()
        while sign := self._next("+-"):
            found = found + self._product() if sign == "+" else found - self._product()
        return found

    def _product(self) -> Fraction:
        found = self._factor()
        while sign := self._next(_TIMES + _OVER):
            found = found * self._factor() if sign in _TIMES else found / self._factor()
        return found

    def _factor(self) -> Fraction:
        if self._next("-"):
            if self._at < len(self._tokens) and self._tokens[self._at] == "-":
                raise _NoSumError
            return -self._factor()
        if self._next("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _NoSumError
            found = self._total()
            if not self._next(")"):
                raise _NoSumError
            self._depth -= 1
            return found
        if self._at >= len(self._tokens) or not self._tokens[self._at][0].isdigit():
            raise _NoSumError
        text = self._tokens[self._at].replace(",", ".")
        self._at += 1
        if len(text) > MOST_DIGITS:
            raise _NoSumError
        return Fraction(text)


def _shown(value: Fraction, comma: bool) -> str:
    """A result as a person would write it: a whole number, a decimal where it ends soon, else a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = value * 10**_MOST_DECIMALS
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    text = format((Decimal(scaled.numerator) / 10**_MOST_DECIMALS).normalize(), "f")
    return text.replace(".", ",") if comma else text
