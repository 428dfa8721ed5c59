"""Numbers told from words and from things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.recognition.reading import Digit, Number, Separator
from inkdigit.recognition.selection import among_words, is_number, same_place, without_dust

GLYPH = np.zeros((28, 28), np.float32)


def digit_at(value: int, left: float, confidence: float = 0.99) -> Digit:
    chances = np.zeros(10, np.float32)
    chances[[value, (value + 1) % 10]] = confidence, 1 - confidence
    return Digit(value, confidence, chances, GLYPH, (left, 0.0, left + 50, 100.0))


def test_a_number_has_more_digits_than_marks_that_are_none() -> None:
    refused = replace(digit_at(3, 0), value=None)
    assert not is_number(Number((refused, digit_at(1, 60))))
    assert is_number(Number((digit_at(2, 0), digit_at(1, 60))))


def test_on_a_page_of_words_only_long_and_sure_numbers_are_numbers() -> None:
    refused = replace(digit_at(3, 0), value=None)
    words = [Number((refused, refused))] * 8
    short, long = Number((digit_at(9, 0), digit_at(0, 60))), Number(tuple(digit_at(d, 60 * d) for d in range(4)))
    assert among_words([*words, short, long]) == [long]
    assert among_words([*words[:5], short, long]) == [short, long]


def test_a_word_is_what_has_more_than_a_third_of_marks_that_are_none_or_is_hardly_sure() -> None:
    refused = replace(digit_at(3, 0), value=None)
    assert is_number(Number((refused, *[digit_at(1, 60)] * 2)))
    assert not is_number(Number((*[refused] * 2, *[digit_at(1, 60)] * 3)))
    assert is_number(Number((digit_at(1, 0),), certainty=0.051))
    assert not is_number(Number((digit_at(1, 0),), certainty=0.05))  # times 0.99
    assert not is_number(Number(()))


def test_how_many_words_make_a_text_depends_on_the_numbers_beside_them() -> None:
    word, short = Number((replace(digit_at(3, 0), value=None),) * 2), Number((digit_at(9, 0), digit_at(0, 60)))
    assert among_words([*[word] * 5, short]) == [short]
    assert among_words([*[word] * 6, short]) == []
    assert among_words([*[word] * 6, *[short] * 2]) == []
    assert among_words([*[word] * 6, *[short] * 3]) == [short] * 3
    assert among_words([*[word] * 7, *[short] * 3]) == []


def test_in_a_text_a_number_is_long_whole_and_sure() -> None:
    words = [Number((replace(digit_at(3, 0), value=None),) * 2)] * 9
    digits = [digit_at(place, 60 * place, 0.999) for place in range(4)]
    whole, three, doubted = Number(tuple(digits)), Number(tuple(digits[:3])), Number(tuple(digits), certainty=0.96)
    holed = Number((*digits, replace(digits[0], value=None)))
    assert among_words([*words, whole, three, doubted, holed]) == [whole]


def test_among_many_things_only_a_sure_number_is_one() -> None:
    thing = Number((replace(digit_at(3, 0), value=None),))
    sure, doubted = Number((digit_at(1, 0, 0.8),)), Number((digit_at(1, 0, 0.79),))
    assert among_words([*[thing] * 5, doubted]) == [doubted]
    assert among_words([*[thing] * 6, doubted]) == []
    assert among_words([*[thing] * 6, sure]) == [sure]
    assert among_words([*[thing] * 10, doubted, sure]) == [doubted, sure]


def test_two_boxes_are_one_place_when_they_share_three_fifths_of_the_larger() -> None:
    box = (0.0, 0.0, 10.0, 10.0)
    assert same_place(box, (0, 0, 10, 6.1))
    assert not same_place(box, (0, 0, 10, 6))
    assert not same_place((0, 0, 10, 6), box)
    assert same_place(box, (2, 0, 12, 10))
    assert not same_place(box, (-30, -30, 40, 40))
    assert not same_place(box, (20, 20, 30, 30))
    assert not same_place(None, box)
    assert not same_place(box, None)


@pytest.mark.parametrize(
    ("signs", "kept"),
    [
        ([(".", 1)], "1.23"),
        ([("-", 0), (",", 2)], "-12,3"),
        ([(".", 0)], "123"),
        ([(",", 3)], "123"),
        ([("-", 3)], "123"),
        ([(",", 0), (".", 0), ("-", 0)], "123"),
        ([(".", 1), (".", 1), (",", 2)], "12,3"),
    ],
)
def test_around_a_number_of_a_page_small_marks_are_dust(signs: list[tuple[str, int]], kept: str) -> None:
    digits = tuple(digit_at(value, 60 * value) for value in (1, 2, 3))
    made = Number(digits, tuple(Separator(kind, place, (0.0, 0.0, 1.0, 1.0)) for kind, place in signs), 0.5)
    found = without_dust(made)
    assert found.written == kept
    assert (found.text, found.confidence) == (made.text, made.confidence)
