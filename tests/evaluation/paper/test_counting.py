"""What counts as read on a drawn page."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from drawn import DIGITS, signed
from numpy.typing import NDArray

import inkdigit
from inkdigit.data.datasets import PenSample
from inkdigit.errors import DataError
from inkdigit.evaluation.paper import counting
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED, WORD, Item
from inkdigit.evaluation.paper.counting import PageScore, Reading, upright
from inkdigit.evaluation.paper.material import Material
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.recognition import signs

HAND = [PenSample(str(digit), "a", [list(stroke) for stroke in strokes]) for digit, strokes in DIGITS.items()]
LETTERS = [PenSample(mark, "a", signed("(")) for mark in "abcdefghij"]
SIGNS = {kind: [PenSample(kind, "a", signed(kind))] for kind in signs.KINDS}
MATERIAL = Material([HAND], SIGNS, [LETTERS], [], ())
PLACE = (100, 100, 200, 140)


def item(kind: int, written: str, box: Sequence[float] = PLACE) -> Item:
    left, top, right, bottom = box
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return Item(kind, written, quad, bottom - top)


def page(*items: Item) -> Shot:
    empty = np.full((600, 800), 255, np.uint8)
    return Shot("plain", empty, items, 0)


def counted(shown: Shot, *readings: Reading) -> dict[str, int]:
    """The counts that are not 0."""
    found = PageScore("plain")
    found.add(shown, readings)
    shape = found.to_json()
    assert json.loads(json.dumps(shape)) == shape
    return {name: count for name, count in shape.items() if count and name not in ("kind", "pages")}


def perfect(shown: Shot) -> list[Reading]:
    return [(one.text, 0.95, upright(one)) for one in shown.items if one.kind != WORD]


@pytest.mark.parametrize("kind", counting.NAMES)
def test_whoever_reads_all_has_all_right_and_nobody_reads_nothing(kind: str) -> None:
    found, nothing = PageScore(kind), PageScore(kind)
    for shown in counting.drawn(MATERIAL, kind, 1):
        found.add(shown, perfect(shown), 0.25)
        nothing.add(shown, [])
    assert found.right == found.sure == found.found == found.written
    assert (found.false, found.sure_false, found.at_edge) == (0, 0, 0)
    assert (found.to_json()["milliseconds"], found.pages) == (250, 1)
    assert nothing.written == found.written
    assert nothing.right == nothing.found == nothing.false == nothing.printed == 0
    assert (found.written == 0) == (kind in ("words", "print", "empty"))


def test_the_same_pages_are_drawn_each_time_and_others_by_another_seed() -> None:
    def pictures(seed: int) -> list[NDArray[np.uint8]]:
        return [one.picture for one in counting.drawn(MATERIAL, "boxes", 2, seed)]

    first, again, other = pictures(1), pictures(1), pictures(2)
    assert all((one == same).all() for one, same in zip(first, again, strict=True))
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()
    assert first[0].shape == (1200, 900)


def test_turned_pages_lie_on_side_or_head_and_the_others_upright() -> None:
    assert {one.turns for one in counting.drawn(MATERIAL, "turned", 12)} == {1, 2, 3}
    assert {one.turns for one in counting.drawn(MATERIAL, "boxes", 1)} == {0}
    with pytest.raises(DataError, match="'wall'"):
        next(counting.drawn(MATERIAL, "wall", 1))


def test_a_number_is_right_in_its_place_alone_and_once() -> None:
    shown = page(item(NUMBER, "42"))
    assert counted(shown, ("42", 0.95, PLACE)) == {"written": 1, "found": 1, "right": 1, "sure": 1}
    assert counted(shown, ("42", 0.5, PLACE)) == {"written": 1, "found": 1, "right": 1}
    near, far = (100, 100, 130, 140), (100, 100, 129, 140)
    assert counted(shown, ("42", 0.5, near)) == {"written": 1, "found": 1, "right": 1}
    assert counted(shown, ("42", 0.95, far)) == {"written": 1, "false": 1, "sure_false": 1}
    twice = counted(shown, ("42", 0.5, PLACE), ("42", 0.95, PLACE))
    assert twice == {"written": 1, "found": 1, "right": 1, "false": 1, "sure_false": 1}
    assert counted(page(item(NUMBER, "42"), item(NUMBER, "42", (100, 110, 200, 150))), ("42", 0.5, PLACE))["right"] == 1


def test_a_wrong_reading_finds_the_number_and_is_false() -> None:
    shown = page(item(NUMBER, "42"), item(WORD, "", (300, 100, 400, 140)))
    assert counted(shown, ("47", 0.9, PLACE)) == {"written": 1, "found": 1, "false": 1, "sure_false": 1}
    assert counted(shown, ("100", 0.89, (300, 100, 400, 140))) == {"written": 1, "false": 1}
    assert counted(shown, ("?", 0.95, PLACE), ("4?", 0.95, PLACE), ("", 1.0, PLACE)) == {"written": 1}


def test_print_that_is_read_rightly_is_counted_apart() -> None:
    shown = page(item(PRINTED, "17"))
    assert counted(shown, ("17", 0.95, PLACE)) == {"printed": 1}
    assert counted(shown, ("11", 0.95, PLACE)) == {"false": 1, "sure_false": 1}
    assert counted(shown, ("17", 0.95, (300, 100, 400, 140))) == {"false": 1, "sure_false": 1}


@pytest.mark.parametrize("box", [(3, 90, 50, 120), (90, 3, 120, 50), (700, 90, 797, 120), (90, 500, 120, 597)])
def test_what_may_be_cut_by_the_edge_is_not_called_false(box: tuple[int, int, int, int]) -> None:
    assert counted(page(), ("1", 0.95, box)) == {"at_edge": 1}
    left, top, right, bottom = box
    inside = (max(left, 4), max(top, 4), min(right, 796), min(bottom, 596))
    assert counted(page(), ("1", 0.95, inside)) == {"false": 1, "sure_false": 1}
    assert counted(page(item(NUMBER, "1", box)), ("1", 0.95, box))["right"] == 1


def test_signs_do_not_matter_and_a_sum_may_be_read_number_by_number() -> None:
    shown = page(item(NUMBER, "12/7"))
    one, other = (100, 100, 145, 140), (160, 100, 200, 140)
    whole = {"written": 1, "found": 1, "right": 1, "sure": 1}
    assert counted(shown, ("12/7", 0.95, PLACE)) == counted(shown, ("127", 0.95, PLACE)) == whole
    assert counted(shown, ("7", 0.95, other), ("12", 0.95, one)) == whole
    assert counted(shown, ("7", 0.5, other), ("12", 0.95, one)) == {"written": 1, "found": 1, "right": 1}
    assert counted(shown, ("12", 0.95, one)) == {"written": 1, "found": 1}
    assert counted(shown, ("12", 0.95, other), ("7", 0.95, one))["written"] == 1
    assert "right" not in counted(shown, ("12", 0.95, other), ("7", 0.95, one))
    assert counted(shown, ("1", 0.95, one), ("27", 0.5, other))["false"] == 2


def test_a_decimal_is_one_number() -> None:
    halves = (("233", 0.95, (100, 100, 145, 140)), ("00", 0.95, (160, 100, 200, 140)))
    assert "right" not in counted(page(item(NUMBER, "233.00")), *halves)
    assert counted(page(item(NUMBER, "233.00")), ("23300", 0.5, PLACE))["right"] == 1


def test_the_parts_of_a_turned_sum_follow_its_line() -> None:
    quad = np.array([[200, 140], [100, 140], [100, 100], [200, 100]], np.float32)  # upside down
    shown = page(Item(NUMBER, "12/7", quad, 40))
    readings = (("12", 0.95, (160, 100, 200, 140)), ("7", 0.95, (100, 100, 140, 140)))
    assert counted(shown, *readings)["right"] == 1


def test_a_reader_is_shown_each_page_and_timed(reader: inkdigit.Reader) -> None:
    shown: list[NDArray[np.uint8]] = []
    read = counting.by(reader)

    def seen(picture: NDArray[np.uint8]) -> Sequence[Reading]:
        shown.append(picture)
        return read(picture)

    found = counting.score(seen, MATERIAL, "plain", 1)
    assert len(shown) == found.pages == 1
    assert 0 < found.right <= found.found <= found.written
    assert found.seconds > 0
