"""How a page lies: as its rows are read most surely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from readings import HERE, number

from inkdigit.recognition import layout, lying
from inkdigit.recognition.finding import Look
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.paper import Found


def core(at: int) -> Core:
    """One of several below each other."""
    top = 20.0 + 60 * at
    corners = np.array([[20, top], [60, top], [60, top + 10], [20, top + 10]], np.float32)
    return Core(layout.HAND, 30, 1, (20, top, 60, top + 10), corners)


def look(count: int, turns: int = 0) -> Look:
    return Look(Layout(tuple(map(core, range(count))), turns), 1.0, np.full((60 * count + 40, 80), 255, np.uint8))


class Reads:
    """Stands in for a reader: how sure each row is, by the way the page is taken to lie, which is the last digit."""

    def __init__(self, *sure: float, before: str = "7") -> None:
        self.sure, self.before = sure, before
        self.asked: list[tuple[int, int | None]] = []

    def __call__(self, looked: Look, most: int | None) -> list[Found]:
        self.asked.append((looked.seen.turns, most))
        text = f"{self.before}{looked.seen.turns}"
        sure = self.sure[looked.seen.turns]
        return [Found(core, replace(number(text, HERE, 1.0), certainty=sure)) for core in looked.seen.cores[:most]]


def upright(reads: Reads, count: int, seems: int = 0, turned: int | None = None) -> set[str]:
    """As which way the page is read; of the ways that it does not seem to lie, so many places are seen."""
    ways = [look((turned or count) if more else count, (seems + more) % 4) for more in range(4)]
    return {one.number.text[-1] for one in lying.upright(look(count, seems), iter(ways), reads)}


def test_a_page_that_is_read_surely_is_read_once() -> None:
    reads = Reads(0.95, 0.99, 0.99, 0.99)
    assert upright(reads, 20) == {"0"}
    assert reads.asked == [(0, None)]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_that_is_not_is_read_as_it_is_read_most_surely(turns: int) -> None:
    reads = Reads(*[0.7 if at == turns else 0.4 for at in range(4)])
    assert upright(reads, 20) == {str(turns)}
    assert {most for _, most in reads.asked[1:-1]} == {30}


@pytest.mark.parametrize(("count", "sure"), [(20, 0.49), (20, 0.54), (5, 0.79), (2, 0.99)])
def test_it_stays_as_it_seems_where_another_way_is_hardly_surer_or_places_are_few(count: int, sure: float) -> None:
    assert upright(Reads(0.3 if sure != 0.54 else 0.5, 0.2, sure, 0.2), count) == {"0"}


def test_a_way_in_which_hardly_a_place_is_seen_is_none() -> None:
    assert upright(Reads(0.4, 0.99, 0.99, 0.99), 20, turned=2) == {"0"}


@pytest.mark.parametrize("seems", [1, 3])
@pytest.mark.parametrize("side", [1, 3])
def test_on_which_of_its_sides_a_page_lies_its_rows_alone_tell(seems: int, side: int) -> None:
    reads = Reads(*[0.4 if at == side else 0.38 for at in range(4)])
    assert upright(reads, 20, seems) == {str(side)}


def several(*counts: int) -> list[Look]:
    """A page on which so many places are seen, by the way that it is taken to lie."""
    return [look(count, turns) for turns, count in enumerate(counts)]


@pytest.mark.parametrize("looks", [several(20, 200, 15, 180), several(0, 200, 9, 180)])
@pytest.mark.parametrize("seems", [0, 1, 3])
def test_text_on_its_side_is_no_page_of_numbers(looks: list[Look], seems: int) -> None:
    reads, ways = Reads(0.1, 0.6, 0.1, 0.65), [*looks[seems:], *looks[:seems]]
    found = lying.upright(looks[seems], iter(ways), reads)
    assert {one.number.text[-1] for one in found} <= {"0", "2"}
    assert (1, None) not in reads.asked
    assert (3, None) not in reads.asked


@pytest.mark.parametrize("seems", [0, 1, 3])
def test_print_with_numbers_is_read_though_a_quarter_turn_away_there_are_none(seems: int) -> None:
    looks = several(3, 200, 3, 180)
    found = lying.upright(looks[seems], iter([*looks[seems:], *looks[:seems]]), Reads(0.1, 0.8, 0.1, 0.4))
    assert {one.number.text[-1] for one in found} == {"1"}


@pytest.mark.parametrize(("looks", "seems"), [(several(29, 200, 15, 180), 0), (several(3, 39, 3, 39), 1)])
def test_of_a_few_places_or_words_nobody_knows_whether_they_are_text(looks: list[Look], seems: int) -> None:
    found = lying.upright(looks[seems], iter([*looks[seems:], *looks[:seems]]), Reads(0.3, 0.65, 0.2, 0.5))
    assert {one.number.text[-1] for one in found} == {"1"}


def test_a_page_that_is_turned_back_and_then_hardly_read_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = several(60, 200, 60, 180)
    likeliest = {1: 0.7, 3: 0.6}  # of the rows that are tried, which are not like the others

    def read(looked: Look, most: int | None) -> list[Found]:
        sure = likeliest.get(looked.seen.turns, 0.2) if most else 0.3
        return Reads(*[sure] * 4)(looked, most)

    assert {one.number.text[-1] for one in lying.upright(looks[0], iter(looks), read)} == {"0"}, "read as it lay"
    assert lying.upright(looks[3], iter([*looks[3:], *looks[:3]]), read) == []
    few = several(60, 99, 60, 90)
    assert {one.number.text[-1] for one in lying.upright(few[0], iter(few), read)} == {"1"}


@pytest.mark.parametrize(("sure", "read"), [(0.52, "0"), (0.6, "0"), (0.65, "3")])
def test_single_digits_tell_less_of_how_a_page_lies(sure: float, read: str) -> None:
    assert upright(Reads(0.4, 0.3, 0.2, sure, before=""), 20) == {read}


@pytest.mark.parametrize(("turns", "read"), [(1, "0"), (3, "3")])
def test_a_page_of_ones_on_its_side_is_one_of_dashes(turns: int, read: str) -> None:
    reads = Reads(*[0.95 if at == turns else 0.3 for at in range(4)], before="1" if turns == 1 else "7")
    assert upright(reads, 20) == {read}


def test_a_row_in_which_nothing_is_read_counts_as_unsure() -> None:
    found = Reads(0.8, 0, 0, 0)(look(10), None)
    assert lying.rated(look(10), found) == pytest.approx(0.8)
    assert lying.rated(look(10), found[:5]) == pytest.approx(0.4)
    assert lying.rated(look(10), found[:5], 5) == pytest.approx(0.8)
