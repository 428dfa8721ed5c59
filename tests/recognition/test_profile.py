"""A personal profile: what corrected marks teach, and what they must not spoil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import DIGITS, ODD_HAND, wobbled
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import inkdigit
from inkdigit.errors import ModelError
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph, profile


def glyphs(*drawings: object) -> NDArray[np.uint8]:
    return np.stack([np.rint(glyph.from_strokes(Strokes.of(one)).pixels * 255).astype(np.uint8) for one in drawings])


def odd_hand(count: int, first: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    seeds = range(first, first + count)
    drawn = [wobbled(strokes, seed) for seed in seeds for strokes in ODD_HAND.values()]
    return glyphs(*drawn), np.array(list(ODD_HAND) * count)


def answers(reader: inkdigit.Reader, drawings: NDArray[np.uint8]) -> list[int | None]:
    return [digit.value for digit in reader.digits(list(drawings))]


def test_a_hand_that_the_network_refuses_is_read_after_three_corrections_of_each_digit(
    reader: inkdigit.Reader,
) -> None:
    taught = reader.personal(profile.learn(reader.model, *odd_hand(3)))
    for seed in range(50, 60):
        for digit, strokes in ODD_HAND.items():
            drawing = wobbled(strokes, seed)
            assert reader.ink(drawing, single=True).text == "?"
            assert taught.ink(drawing, single=True).text == str(digit)


def test_a_number_is_read_with_the_taught_digits_in_it(reader: inkdigit.Reader) -> None:
    taught = reader.personal(profile.learn(reader.model, *odd_hand(3)))
    strokes = DIGITS[2] + [[[x + 130, y] for x, y in stroke] for stroke in wobbled(ODD_HAND[8], 70)]
    assert reader.ink(strokes).text != "28"
    assert taught.ink(strokes).text == "28"


def test_everybody_else_is_read_as_before(reader: inkdigit.Reader) -> None:
    digits = load_digits()
    pictures = (255 - digits.images * 255 / 16).astype(np.uint8)
    taught = reader.personal(profile.learn(reader.model, *odd_hand(5)))
    before, after = (np.array(answers(one, pictures)) != digits.target for one in (reader, taught))
    assert after.sum() <= before.sum() + 0.001 * len(before)
    assert [taught.ink(strokes).text for strokes in DIGITS.values()] == [str(digit) for digit in DIGITS]


def test_false_corrections_spoil_little(reader: inkdigit.Reader) -> None:
    digits = load_digits()
    pictures = (255 - digits.images * 255 / 16).astype(np.uint8)
    drawn = glyphs(*DIGITS.values())
    taught = reader.personal(profile.learn(reader.model, drawn, (np.arange(10) + 1) % 10))
    before, after = (np.array(answers(one, pictures)) != digits.target for one in (reader, taught))
    assert after.sum() - before.sum() <= 0.01 * len(before)


def test_what_is_no_digit_can_be_taught_too(reader: inkdigit.Reader) -> None:
    bell = [[[20, 90], [30, 30], [50, 10], [70, 30], [80, 90]], [[20, 90], [80, 90]]]
    wrong = [wobbled(DIGITS[0], seed) for seed in range(3)]
    taught = reader.personal(profile.learn(reader.model, glyphs(*[wobbled(bell, s) for s in range(4)]), np.full(4, 10)))
    assert taught.ink(wobbled(bell, 9), single=True).digits[0].value is None
    assert [taught.ink(one, single=True).text for one in wrong] == ["0"] * 3


def test_leaving_one_out_says_what_the_others_teach(reader: inkdigit.Reader) -> None:
    found = profile.learn(reader.model, *odd_hand(4))
    assert (found.marks, found.right_before, found.right_left_out, found.strength) == (8, 0, 8, 1.0)


def test_marks_that_contradict_each_other_teach_nothing_that_makes_them_worse(reader: inkdigit.Reader) -> None:
    drawn = glyphs(*[wobbled(DIGITS[digit], seed) for digit in range(10) for seed in range(4)])
    labels = np.repeat(np.arange(10), 4)
    labels[::4] = (labels[::4] + 3) % 10  # one of four is labelled wrong
    found = profile.learn(reader.model, drawn, labels)
    assert found.right_before == 30
    assert found.right_left_out >= found.right_before


def test_the_strength_is_the_one_that_reads_most_of_the_marks_left_out(reader: inkdigit.Reader) -> None:
    """As told by profiles that are made anew without each mark; of all marks, the strongest would read every one."""
    drawn = glyphs(*[wobbled(DIGITS[9], seed) for seed in range(9)])
    labels = np.array([9] * 5 + [0] * 4)  # four are wrong, and taught strongly they spoil one of the others
    rights = dict.fromkeys(profile._STRENGTHS, 0)
    for place in range(9):
        without = profile.learn(reader.model, np.delete(drawn, place, 0), np.delete(labels, place))
        for strength in rights:
            taught = reader.personal(replace(without, strength=strength))
            answer = taught.seen(glyph.Glyph(drawn[place].astype(np.float32) / np.float32(255))).value
            rights[strength] += answer == labels[place]
    found = profile.learn(reader.model, drawn, labels)
    best = max(rights.values())
    assert found.right_left_out == best < 9
    assert found.strength == max(strength for strength, right in rights.items() if right == best)
    assert found.right_before == rights[0.0]
    assert rights[1.0] < best, "or nothing is shown here"


def test_a_single_mark_teaches_too(reader: inkdigit.Reader) -> None:
    found = profile.learn(reader.model, glyphs(ODD_HAND[8]), np.array([8]))
    assert reader.personal(found).ink(ODD_HAND[8], single=True).text == "8"


@pytest.mark.parametrize("marks", [5, 6, 7, 8])
def test_of_too_many_marks_the_newest_count(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch, marks: int
) -> None:
    monkeypatch.setattr(profile, "MOST", 6)
    drawn, labels = glyphs(*[DIGITS[digit] for digit in range(8)]), np.array([1, 2, 3, 4, 5, 6, 7, 8])
    found = profile.learn(reader.model, drawn[:marks], labels[:marks])
    newest = profile.learn(reader.model, drawn[:marks][-6:], labels[:marks][-6:])
    assert found.marks == newest.marks == min(6, marks)
    assert (found.examples == newest.examples).all()
    assert (found.weights == newest.weights).all()


def test_the_first_reader_stays_as_it_is(reader: inkdigit.Reader) -> None:
    reader.personal(profile.learn(reader.model, *odd_hand(2)))
    assert reader.profile is None
    assert reader.ink(ODD_HAND[8], single=True).text == "?"


def test_a_model_without_an_embedding_says_so(reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reader.model.__dict__, "others", None)
    with pytest.raises(ModelError, match="no embedding"):
        profile.learn(reader.model, *odd_hand(1))
