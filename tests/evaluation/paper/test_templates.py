"""People who write by templates: digits in one way each, and signs of straight lines."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_pages import material

from inkdigit.evaluation.paper import canvas, templates
from inkdigit.evaluation.paper import material as materials
from inkdigit.settings import Settings


def test_to_eight_hands_comes_one_that_writes_every_digit() -> None:
    hands = list(material().hands) * 16
    found = templates.with_hands(hands)
    more = found[len(hands) :]
    assert found[: len(hands)] == hands
    assert len(more) == len(hands) // 8 > 1
    for hand in more:
        assert {mark.label for mark in hand} == set("0123456789")
    first, other = ([mark.strokes for mark in hand] for hand in more[:2])
    assert first != other


def test_a_hand_writes_a_digit_in_one_way_each_time_a_little_otherwise() -> None:
    (hand,) = templates.with_hands([[]] * 8)[8:]
    for digit in "0123456789":
        drawn = [mark.strokes for mark in hand if mark.label == digit]
        assert len({len(strokes) for strokes in drawn}) == 1, "as many strokes"
        assert drawn[0] != drawn[1]


@pytest.mark.parametrize("kind", ["-", "/", "+", "=", "x", ":", ","])
def test_to_three_signs_comes_one_of_straight_lines(kind: str) -> None:
    some = list(material().signs[kind]) * 30
    found = templates.with_signs({kind: some, "%": some})
    assert len(found[kind]) == len(some) + len(some) // 3
    assert found["%"] == some
    for sign in found[kind][len(some) :]:
        assert sign.label == kind
        assert all(len(path) == 2 for path in sign.strokes)


def test_a_sign_of_multiplication_crosses_and_a_slash_leans_to_the_right() -> None:
    some = list(material().signs["/"]) * 30
    for sign in templates.with_signs({"/": some})["/"][len(some) :]:
        ((right, top), (left, bottom)) = sign.strokes[0]
        assert right > left
        assert bottom > top
    for sign in templates.with_signs({"x": some})["x"][len(some) :]:
        down, up = np.array(sign.strokes)
        assert (down[1] > down[0]).all()
        assert up[1, 0] < up[0, 0]
        assert up[1, 1] > up[0, 1]


def test_they_write_pages_to_learn_from_and_none_that_judges(data_settings: Settings) -> None:
    ours, held = (materials.collect(data_settings, 0, held=held) for held in (False, True))
    for collected, some in ((ours, True), (held, False)):
        assert any(not mark.writer for hand in collected.hands for mark in hand) is some
        assert any(not mark.writer for marks in collected.signs.values() for mark in marks) is some


def test_a_form_asks_for_digits() -> None:
    page = canvas.Canvas(material(), 3000, 200, np.random.default_rng(5))
    texts = [page.made(form, 40)[0] for form in ("1d", "19dd", "1d+d7=") for _ in range(20)]
    assert all(text.startswith("1") for text in texts[:20])
    assert all(text.startswith("19") for text in texts[20:40])
    assert all(text[0] == "1" and text[4] == "7" for text in texts[40:])
    assert len(set(texts[:20])) > 4
