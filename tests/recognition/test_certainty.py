"""How sure a number on a page is: numbers and places made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from readings import number

from inkdigit.ink.strokes import Box
from inkdigit.recognition import certainty, layout, paper
from inkdigit.recognition.layout import Core
from inkdigit.recognition.paper import Found

HERE: Box = (40.0, 40.0, 140.0, 80.0)
PAGE = np.full((400, 600), 220, np.uint8)


def sure(
    reading: float = 0.97,
    there: float = 0.97,
    box: Box = HERE,
    text: str = "407",
    same: int = 0,
    page: NDArray[np.uint8] = PAGE,
) -> float:
    """The confidence of a number that was read as surely as that; 0 where it is left out."""
    corners = np.array([[40, 40], [140, 40], [140, 80], [40, 80]], np.float32)
    core = Core(layout.HAND, 40.0, there, HERE, corners)
    made = Found(core, number(text, box, reading), same)
    found = certainty.weighed([made], page)
    return found[0].confidence if found else 0.0


def test_everything_that_is_known_counts() -> None:
    whole = sure()
    assert whole > 0.8
    assert sure(reading=0.6) < whole
    assert sure(there=0.4) < whole
    assert sure(same=-1, there=0.5) < sure(there=0.5) < sure(same=1, there=0.5)


def test_what_is_hardly_a_number_is_left_out() -> None:
    assert sure(reading=0.02, there=0.3, same=-1) == 0


def test_a_field_that_shows_one_number_is_read_though_unsurely() -> None:
    """A careful person reads it, too: what is left out of a page is a speck, but here there is nothing else."""
    page = PAGE[:110, :200]
    assert sure(reading=0.5, there=0.4, page=PAGE) == 0
    assert 0.05 <= sure(reading=0.5, there=0.4, page=page, box=(40.0, 30.0, 140.0, 80.0)) < 0.2
    assert sure(reading=0.05, there=0.1, same=-1, page=page, box=(40.0, 30.0, 140.0, 80.0)) == 0


@pytest.mark.parametrize("box", [(0.0, 40.0, 100.0, 80.0), (40.0, 0.5, 140.0, 80.0), (500.0, 40.0, 600.0, 80.0)])
def test_a_number_that_the_edge_cuts_is_never_sure(box: Box) -> None:
    assert sure(box=box) < min(0.9, sure())


def test_a_field_that_was_cut_tightly_is_read_though_its_ink_touches_the_edge() -> None:
    """Programs cut fields so: what stands at the edge of a picture that one number fills is mostly whole."""
    page = PAGE[:60, :200]
    cut: Box = (0.0, 10.0, 180.0, 55.0)
    assert sure(box=cut) < sure(box=cut, page=page) < sure(box=(10.0, 10.0, 180.0, 55.0), page=page)
    assert sure(box=cut, page=page, reading=0.5, there=0.6) > 0.05


def test_ink_at_the_edge_right_beside_a_number_may_belong_to_it() -> None:
    page = np.full((400, 600), 220, np.uint8)
    page[40:80, 300:310] = page[40:80, 380:390] = 20  # the number
    box = (300.0, 40.0, 390.0, 80.0)
    alone = sure(box=box, page=page)
    page[45:75, 398:] = 20
    assert sure(box=box, page=page) == alone, "far away"
    near = page[:, :400]
    assert sure(box=box, page=near) < min(0.9, alone)
    near[45:75, 398:] = 220
    assert sure(box=box, page=near) == alone, "nothing is cut"


@pytest.mark.parametrize("light", [False, True])
def test_a_1_that_is_a_piece_of_a_bracket_is_hardly_one(light: bool) -> None:
    box: Box = (100.0, 180.0, 112.0, 240.0)
    alone, bracket = PAGE.copy(), PAGE.copy()
    alone[180:240, 104:108] = 30
    bracket[60:242, 104:108] = 30
    bracket[60:64, 104:124] = bracket[238:242, 104:124] = 30
    as_seen = [255 - page if light else page for page in (alone, bracket)]
    assert sure(box=box, text="1", page=as_seen[0]) > 0.8
    assert sure(box=box, text="1", page=as_seen[1]) < sure(box=box, text="1", page=as_seen[0]) - 0.1
    unsure = [sure(box=box, text="1", page=page, reading=0.7, there=0.7) for page in as_seen]
    assert unsure[0] > 0.3
    assert unsure[1] == 0
    assert sure(box=box, text="7", page=as_seen[1]) > 0.8, "of a 1 alone"


def test_a_1_at_the_edge_or_of_a_few_pixels_is_looked_at_all_the_same() -> None:
    for box in ((-5.0, -4.0, 3.0, 30.0), (594.0, 380.0, 610.0, 420.0), (50.0, 50.0, 51.0, 52.0)):
        assert not certainty.is_longer(number("1", box, 0.9), PAGE)


def test_what_lies_beside_the_sheet_is_doubted() -> None:
    table = np.full((400, 600), 30, np.uint8)
    table[120:380, 200:560] = 220  # the number stands left of it
    assert sure(page=table) < 0.5 < sure()


def given(page: NDArray[np.uint8], places: Sequence[tuple[float, float]], there: float) -> int:
    """How many numbers of a page are told, of which each is as sure as that."""
    found = []
    for x, y in places:
        corners = np.array([[x - 40, y - 20], [x + 40, y - 20], [x + 40, y + 20], [x - 40, y + 20]], np.float32)
        box = (x - 40, y - 20, x + 40, y + 20)
        found.append(Found(Core(layout.HAND, 40.0, there, box, corners), number("407", box, there)))
    return len(certainty.weighed(found, page))


def test_a_bright_strip_between_tinted_columns_is_no_sheet() -> None:
    page = np.full((400, 600), 120, np.uint8)
    page[:, 200:420] = 255  # it is as bright beside 120 as a sheet on a table
    places = ((100.0, 60.0), (100.0, 200.0), (480.0, 60.0), (480.0, 200.0))
    assert given(page, places, 0.98) == len(places)
    assert given(page, places, 0.6) == 0, "as grain of wood is"


def test_a_part_of_a_sheet_in_the_sun_is_no_sheet_where_most_numbers_stand_in_the_shadow() -> None:
    page = np.full((400, 600), 30, np.uint8)
    page[20:380, 20:580] = 110
    page[200:380, 20:580] = 230
    shadow = [(float(x), float(y)) for x in (80, 220, 360, 500) for y in (50, 100, 150)]
    assert given(page, shadow, 0.85) == len(shadow), "likely ones, none of them sure"
    assert given(page, [*shadow[:3], (300.0, 300.0)], 0.85) == 1, "a few tell nothing"


def test_log_odds_are_finite() -> None:
    assert paper.log_odds(0) == pytest.approx(-6.9, abs=0.01)
    assert paper.log_odds(1) == pytest.approx(6.9, abs=0.01)
    assert paper.log_odds(0.5) == 0


def alone(texts: Sequence[str], kind: int) -> list[float]:
    """How sure numbers of another script are, each in a place of its own that looks like so much."""
    made = []
    for at, text in enumerate(texts):
        top = 10.0 + 25 * at
        box: Box = (40.0, top, 140.0, top + 20)
        corners = np.array([[40, top], [140, top], [140, top + 20], [40, top + 20]], np.float32)
        made.append(Found(Core(kind, 20.0, 0.97, box, corners), number(text, box, 0.99), 0))
    return [one.confidence for one in certainty.weighed(made, PAGE, alone=True)]


def test_a_word_of_which_a_mark_is_a_digit_is_no_sure_number() -> None:
    """Of print, "?1?" was read as Arabic at 0.96."""
    whole, word = alone(["407"], layout.HAND) + alone(["?1?"], layout.HAND)
    assert whole > 0.9
    assert word < 0.4


def test_in_a_text_no_number_of_another_script_is_sure() -> None:
    """The letter E is a 4 in Arabic: a page of words held a dozen of them at 0.95."""
    assert max(alone(["4"] * 3, layout.WORD)) > 0.9, "a few words may be a list of numbers"
    assert max(alone(["4"] * 15, layout.WORD)) < 0.9
    assert max(alone(["4"] * 15, layout.HAND)) > 0.9
