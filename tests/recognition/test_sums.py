"""Written sums: what they come to, and what is none."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.recognition.sums import MOST_DIGITS, Sum, solved


@pytest.mark.parametrize(
    ("written", "result", "right"),
    [
        ("12+7=", "19", None), ("12+7=19", "19", True), ("12+7=20", "19", False), ("3-5=", "-2", None),
        ("3-5=-2", "-2", True), ("2+3x4=", "14", None), ("2*3=6", "6", True), ("2·3=", "6", None),
        ("8:2=", "4", None), ("8/2=", "4", None), ("8÷2=4", "4", True), ("(3+4)x2=14", "14", True),
        ("((1+2)x(3+4))=", "21", None), ("-3+5=", "2", None), ("2x-3=", "-6", None), ("10-4-3=", "3", None),
        ("12:3:2=", "2", None), ("0.1+0.2=0.3", "0.3", True), ("0,1+0,2=", "0,3", None), ("1,5x2=3", "3", True),
        ("1/3=0.33", "1/3", False), ("1/3=", "1/3", None), ("2/3+1/3=1", "1", True), ("1:8=", "0.125", None),
        ("12 + 7 =", "19", None), ("1+1=1+1", "2", True), ("007+1=8", "8", True), ("-2-3=", "-5", None),
        ("1/3=2/6", "1/3", True), ("100000000x100000000=", "10000000000000000", None), ("1+1=2.0", "2", True),
    ],
)  # fmt: skip
def test_a_sum_comes_to_this(written: str, result: str, right: bool | None) -> None:
    assert solved(written) == Sum(result, right)


@pytest.mark.parametrize(
    "written",
    [
        "", "=", "12", "12=", "12=12", "12+7", "1/0=", "1:(2-2)=", "(1+2=", "1+2)=", "()=", "1++2=", "1+=", "+=", "x=",
        "2x=4", "1+?=", "?+1=2", "1+1=?", "1+1==2", "=1+1=", "=2", "24/12/2025", "24.12.2025=", "1.2.3+1=", "50%+1=",
        "$5+1=", "#1+1=", "--1=", "1--=", "1+2=3=3", "1-\n2=\n)", "1+" * 150 + "1=", "-5=", "1.+1=", ".5+1=", "1,=",
        "a+1=", "__import__+1=", "2(3)=", "(" * 30 + "1+1" + ")" * 30 + "=", "1" * (MOST_DIGITS + 1) + "+1=",
        "1,234.5+1=", "1+1=2/0", "1+1=)",
    ],
)  # fmt: skip
def test_what_is_no_sum_comes_to_nothing(written: str) -> None:
    assert solved(written) is None


numbers = st.integers(0, 10**6).map(str) | st.decimals(0, 999, places=2).map(str)
sides = st.recursive(
    numbers, lambda inner: st.builds("({}{}{})".format, inner, st.sampled_from("+-x:"), inner), max_leaves=6
)


@given(sides)
def test_any_sum_comes_to_what_fractions_say(side: str) -> None:
    found = solved(f"{side}+0=")

    def value(text: str) -> Fraction:
        return Fraction(text)

    python = "".join(
        f"value('{part}')" if part[0].isdigit() else {"x": "*", ":": "/"}.get(part, part)
        for part in __import__("re").findall(r"\d+(?:\.\d+)?|.", side)
    )
    try:
        expected = eval(python, {"value": value})
    except ZeroDivisionError:
        assert found is None
        return
    assert found is not None
    if "/" in found.result or expected.denominator in (1, 2, 4, 5, 10, 100):
        assert Fraction(found.result) == expected


@given(st.text(alphabet="0123456789.,-/:+=()%#$x*·÷ ?", max_size=60))
def test_no_text_makes_an_error(written: str) -> None:
    solved(written)
