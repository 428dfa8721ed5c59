"""Numbers, dates and sums drawn with a pen: read as they were written, and what is no sign of them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from drawn import DIGITS, SIGNS, number, signed, wobbled

import inkdigit
from inkdigit.recognition import signs
from inkdigit.recognition.reading import Number

WRITTEN = [
    "233.00", "-42", "22/12/2019", "12+7=19", "555-0147", "12 78", "(3+4)x2", "50 %", "50%", "98+76", "3.14", "9:45",
    "8÷2=4", "3*4=12", "2·3", "#7", "$9.50", "-3+4=1", "4-(-2)=6", "1/2", "10/3", "24.12.2025", "1:10", "11/11/1111",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_it_is_read_as_it_was_written(reader: inkdigit.Reader, text: str) -> None:
    found = [reader.ink(wobbled(signed(text), seed)) for seed in range(4)]
    assert [one.written for one in found].count(text) >= 3
    assert reader.ink(signed(text)).written == text
    for one in found:
        assert json.loads(json.dumps(one.to_json()))["written"] == one.written


def test_signs_are_separators_with_a_place_a_box_and_a_chance(reader: inkdigit.Reader) -> None:
    found = reader.ink(signed("12+7="))
    assert found.text == "127"
    assert [(one.kind, one.place) for one in found.separators] == [("+", 2), ("=", 3)]
    plus, equals = found.separators
    assert plus.box[2] < found.digits[2].box[0] < equals.box[0]  # type: ignore[index]
    assert all(0.5 < one.confidence <= 1 for one in found.separators)
    sure = found.certainty * np.prod([one.confidence for one in found.separators])
    assert found.confidence < sure
    assert found.sum is not None
    assert found.sum.result == "19"


def test_the_numbers_between_signs_have_their_own_box_and_confidence(reader: inkdigit.Reader) -> None:
    found = reader.ink(signed("22/12/2019"))
    assert [part.written for part in found.parts] == ["22", "12", "2019"]
    boxes = [part.box for part in found.parts]
    assert all(left[2] < right[0] for left, right in pairwise(boxes) if left and right)
    assert all(part.confidence >= found.confidence for part in found.parts)


@pytest.mark.parametrize("kind", [kind for kind in signs.KINDS if kind not in "./(),·-"])
def test_a_sign_alone_is_no_digit_and_shown_as_it_is(reader: inkdigit.Reader, kind: str) -> None:
    found = reader.ink(SIGNS[kind])
    assert found.written == kind
    assert [digit.value for digit in found.digits] == [None]
    assert found.digits[0].sign == kind
    assert found.text == "?"
    assert found.sum is None
    assert found.to_json()["digits"][0]["sign"] == kind


def test_signs_alone_are_no_number(reader: inkdigit.Reader) -> None:
    for text in ("+=", "(+)", "%="):
        found = reader.ink(signed(text))
        assert found.written == text
        assert all(digit.value is None for digit in found.digits)
        assert found.verdict.kind == "refused-number"


def test_a_row_of_signs_alone_stands_between_the_rows_of_digits(reader: inkdigit.Reader) -> None:
    rows = [number("12"), signed("+"), number("7")]
    found = reader.ink([[[x, y + 170 * at] for x, y in stroke] for at, row in enumerate(rows) for stroke in row])
    assert found.text == "127"
    assert found.written == "12\n+\n7"
    assert [(one.kind, one.place) for one in found.separators] == [("\n", 2), ("+", 2), ("\n", 2)]


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_alone_is_never_a_sign(reader: inkdigit.Reader, digit: int) -> None:
    for seed in range(6):
        found = reader.ink(wobbled(DIGITS[digit], seed))
        assert found.written == str(digit)
        assert found.separators == ()


def test_without_a_network_of_signs_there_are_none(reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "networks", replace(reader.networks, signs=None))
    assert reader.ink(number("4071")).written == "4071"
    assert {one.kind for one in reader.ink(signed("12+7=")).separators} <= {" "}


def test_forty_marks_of_every_kind_are_read_without_an_error(reader: inkdigit.Reader) -> None:
    random = np.random.default_rng(0)
    kinds = [*"0123456789", *signs.KINDS]
    for _ in range(6):
        text = "".join(random.choice(kinds, size=40))
        found: Number = reader.ink(signed(text))
        assert 0 <= found.confidence <= 1
        assert sum(mark.isdigit() or mark == "?" for mark in found.written) <= 45
        json.dumps(found.to_json())


def test_the_size_and_place_of_the_drawing_do_not_matter(reader: inkdigit.Reader) -> None:
    strokes: Any = signed("(12+7)x3=57")
    for scale, move in ((0.05, 0), (1, -5000), (40, 300)):
        moved = [[[x * scale + move, y * scale - move] for x, y in stroke] for stroke in strokes]
        assert reader.ink(moved).written == "(12+7)x3=57"
