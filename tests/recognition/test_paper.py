"""Cores and scores made by hand -> the numbers on a page: where they stand, what parts them, and what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from cores import core
from numpy.typing import NDArray
from stand_ins import LIKELY, NOBODY, SILENT, Alone, Lines, Says, found

from inkdigit.recognition import joined, layout, paper, row
from inkdigit.recognition.layout import Layout
from inkdigit.recognition.reading import Number


def inked() -> NDArray[np.uint8]:
    """A page with ink in its middle, of which glyphs can be made."""
    grey = np.full((600, 800), 220, np.uint8)
    cv2.rectangle(grey, (395, 285), (405, 315), 20, -1)
    return grey


@pytest.mark.parametrize(
    ("says", "written"),
    [
        ("407", ["407"]),
        ("12 7", ["12", "7"]),
        ("3.14", ["3.14"]),
        ("?12", ["12"]),  # a letter before it
        ("12? 5?", ["12", "5"]),
        ("?-0035", ["-0035"]),
        ("1?2", ["1?2"]),
        ("?", []),
        ("? ?", []),
        ("", []),
        ("-", []),
        ("4?.", ["4"]),
        ("24/12", ["24/12"]),
        ("#150#", ["#150#"]),
        ("? 000", ["000"]),
    ],
)
def test_a_row_is_parted_at_its_gaps_and_words_are_left_out(says: str, written: list[str]) -> None:
    assert [one.written for one in found(Says(says), core((400, 300), 200))] == written


def test_what_else_a_digit_could_be_is_told() -> None:
    says = Says("7")
    plain = says.scores

    def doubts(prepared: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
        """A 7, or hardly less likely a 1."""
        found = plain(prepared)
        for logits in found:
            logits[:, 1] = logits[:, 7] - 1
        return found

    says.scores = doubts  # type: ignore[method-assign]
    [number] = found(says, core((400, 300), 30))
    assert number.text == "7"
    assert number.digits[0].runners_up == (1,)
    assert number.confidence < 0.8


@pytest.mark.parametrize(
    ("says", "written"),
    [("25 000", ["25 000"]), ("1 250 000", ["1 250 000"]), ("25 00", ["25", "00"]), ("1234 000", ["1234", "000"])],
)
def test_groups_of_three_close_together_are_one_number(says: str, written: list[str]) -> None:
    assert [one.written for one in found(Says(says), core((400, 300), 89))] == written


def test_a_digit_that_stands_in_another_core_is_read_there_alone() -> None:
    """Of the cores, from 376 to 424 and from 432 to 468; the marks stand at 389, 404, 434 and 445."""
    left, right = core((400, 300), 60), core((450, 300), 48)
    boxes = np.array([left.box, right.box])
    path = [(6, 13.5), (6, 18.5), (7, 28.5), (9, 32.0)]
    kept = paper._own(path, joined.place([left], 0.0), [0], boxes)
    assert [label for label, _ in kept] == [6, 6, row.GAP, row.GAP]
    assert paper._own(path, joined.place([left], 0.0), [0], boxes[:1]) == path, "nobody else has them"
    far = np.array([left.box, np.add(right.box, (0, 90, 0, 90))])
    assert paper._own(path, joined.place([left], 0.0), [0], far) == path
    assert paper._own(path, joined.place([left, right], 0.0), [0, 1], boxes) == path, "both are of the row"


def test_groups_of_three_far_apart_are_numbers_of_their_own() -> None:
    assert [one.written for one in found(Says("25 000"), core((400, 300), 500))] == ["25", "000"]


def test_groups_of_three_that_were_seen_as_two_numbers_are_two() -> None:
    """Columns of three digits close together: one core spans all of 802 900, or there are two."""
    left, right = core((380, 300), 50), core((424, 300), 42)
    assert [one.written for one in found(Says("802 900"), left, right)] == ["802", "900"]
    assert [one.written for one in found(Says("802 900"), core((400, 300), 92))] == ["802 900"]


def test_a_printed_number_says_so() -> None:
    one = core((400, 300), 200)
    assert not found(Says("407"), one)[0].printed
    assert found(Says("407"), replace(one, kind=layout.PRINT))[0].printed


def test_how_sure_a_number_is_is_the_chance_of_its_labels() -> None:
    [sure] = found(Says("407"), core((400, 300), 200))
    assert sure.confidence > 0.95
    says = Says("407")
    plain = says.scores
    says.scores = lambda prepared: [one * np.float32(0.4) for one in plain(prepared)]  # type: ignore[method-assign]
    [unsure] = found(says, core((400, 300), 200))
    assert unsure.confidence < 0.6


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("askew", [0.0, 0.25])
def test_digits_stand_in_the_order_in_which_they_are_written(turns: int, askew: float) -> None:
    angle = askew - turns * np.pi / 2
    long, other = core((400, 300), 240, angle=angle), core((420, 480), 30)
    single, number = sorted(found(Says("123", "7"), long, other, turns=turns), key=lambda one: len(one.digits))
    middles = np.array([((a + c) / 2, (b + d) / 2) for a, b, c, d in (one.box for one in number.digits if one.box)])
    across = middles[-1] - middles[0]
    assert across / np.hypot(*across) == pytest.approx((np.cos(angle), np.sin(angle)), abs=0.06)
    assert middles[1] == pytest.approx((400, 300), abs=12)
    assert single.box is not None
    assert single.box[0] < 420 < single.box[2]
    assert single.box[1] < 480 < single.box[3]


@pytest.mark.parametrize("bright", [False, True])
def test_glyphs_show_the_ink_and_boxes_stand_around_it(bright: bool) -> None:
    grey = np.full((600, 800), 60 if bright else 220, np.uint8)
    for x in (340, 400, 460):
        cv2.rectangle(grey, (x - 5, 285), (x + 5, 315), 230 if bright else 20, -1)
    [number] = found(Says("111"), core((400, 300), 180), grey=grey)
    for digit, x in zip(number.digits, (340, 400, 460), strict=True):
        assert digit.box == pytest.approx((x - 5, 285, x + 6, 316), abs=3)
        assert digit.glyph.max() > 0.8
        assert digit.glyph[:, :6].max() < 0.2
    assert number.box == pytest.approx((335, 285, 466, 316), abs=3)


def test_where_there_is_no_ink_the_glyph_is_empty_and_the_box_is_that_of_the_row() -> None:
    [number] = found(Says("8"), core((400, 300), 30))
    assert number.digits[0].glyph.max() == 0
    assert number.box is not None
    assert number.box[1] == pytest.approx(285, abs=3)
    assert number.box[3] == pytest.approx(315, abs=3)


def test_a_digit_that_looks_the_same_alone_stays_and_one_that_does_not_is_doubted() -> None:
    def read(alone: Alone) -> Number:
        [number] = found(Says("7"), core((400, 300), 30), grey=inked(), alone=alone)
        return number

    nobody, same, other = read(NOBODY), read(Alone(7)), read(Alone(1))
    assert nobody.text == same.text == other.text == "7"
    assert same.confidence >= nobody.confidence - 1e-6
    assert other.confidence < nobody.confidence


def doubting(text: str, strength: float) -> Says:
    """Says a text, less surely."""
    says = Says(text)
    plain = says.scores
    says.scores = lambda prepared: [one * np.float32(strength) for one in plain(prepared)]  # type: ignore[method-assign]
    return says


def test_the_ink_is_read_once_more_where_the_row_is_read_unsurely() -> None:
    grey = inked()
    cv2.rectangle(grey, (415, 285), (425, 315), 20, -1)
    place = core((410, 300), 60)
    assert found(doubting("7", 0.45), place, grey=grey, lines=Lines("11"))[0].text == "11"
    assert found(Says("7"), place, grey=grey, lines=Lines("11"))[0].text == "7", "that is sure"
    assert found(doubting("7", 0.6), place, grey=grey, lines=Lines("11", 4.0))[0].text == "7", "that knows no better"

    [number] = found(doubting("7", 0.45), place, grey=grey, lines=Lines("11"))
    for digit, x in zip(number.digits, (400, 420), strict=True):
        assert digit.box is not None
        assert digit.box[0] < x < digit.box[2]


def test_whether_the_ink_says_the_same_is_told() -> None:
    grey, place = inked(), core((400, 300), 60)

    def same(says: Says, lines: Lines) -> int:
        [one] = paper.read(says, lines, NOBODY, grey, Layout((place,), 0))  # type: ignore[arg-type]
        return one.same

    assert same(doubting("7", 0.6), Lines("11", 4.0)) == -1
    assert same(doubting("7", 0.45), Lines("7")) == 1
    assert same(doubting("7", 0.45), SILENT) == 0
    assert same(Says("7"), Lines("11")) == 0, "that is sure, and nobody is asked"


def test_what_a_learned_hand_says_counts() -> None:
    [number] = found(Says("7"), core((400, 300), 30), grey=inked(), alone=Alone(1, learned=True))
    assert number.text == "1"


def test_numbers_are_in_reading_order_on_a_page_askew() -> None:
    angle = 0.15
    places = {(row_, at): (250 + 250 * at - 60 * row_, 150 + 100 * row_) for row_ in range(3) for at in range(2)}
    cores, texts = [], []
    for (row_, at), (x, y) in sorted(places.items(), key=lambda one: one[1]):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        middle = np.array([x - 400, y - 300]) @ turn
        cores.append(core((float(middle[0]) + 400, float(middle[1]) + 300), 120, angle=angle))
        texts.append(str(10 + 2 * row_ + at))
    assert [one.text for one in found(Says(*texts), *cores)] == ["10", "11", "12", "13", "14", "15"]


@pytest.mark.parametrize(
    ("says", "written", "middles"),
    [
        ("12 34", ["12", "34"], [360, 440]),
        ("1234", ["1234"], [400]),
        ("12? 34", ["12", "34"], [360, 440]),
        ("12 ", ["12"], [376]),
    ],
)
def test_cores_side_by_side_are_read_together_and_parted_where_there_is_a_gap(
    says: str, written: list[str], middles: list[int]
) -> None:
    """The network of pages breaks a number in two at times, and at times runs two together."""
    numbers = found(Says(says), core((360, 300), 60), core((418, 300), 60))
    assert [one.written for one in numbers] == written
    for one, middle in zip(numbers, middles, strict=True):
        assert one.box is not None
        assert (one.box[0] + one.box[2]) / 2 == pytest.approx(middle, abs=25)


def test_a_number_beside_all_cores_of_its_row_is_nobodys() -> None:
    """The row of a core of 20 pixels shows 22 more on either side; what ends there, another row shows whole."""
    says = Says("")
    plain = says.scores

    def at_the_end(prepared: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
        [logits] = plain(prepared)
        logits[-4, -1], logits[-4, 7] = 0, LIKELY
        return [logits]

    says.scores = at_the_end  # type: ignore[method-assign]
    assert found(says, core((400, 300), 30)) == []


def test_a_page_without_a_core_has_no_number() -> None:
    assert found(Says()) == []
