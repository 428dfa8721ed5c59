"""What the network of pages says -> where numbers are: maps made by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import layout


def made(*written: tuple[int, int, int, int, int], height: float = 24.0, turns: int = 0) -> NDArray[np.float32]:
    """Logits of cores: (left, top, right, bottom, kind) of each, in pixels of the map."""
    cores = np.full((9, 32, 56), -8.0, np.float32)
    cores[0] = 8
    for left, top, right, bottom, kind in written:
        window = slice(top, bottom), slice(left, right)
        cores[(0, *window)], cores[(kind, *window)] = -8, 8
    cores[4] = np.log2(height / 24)
    cores[5 + turns] = 8
    return cores


def test_each_core_of_a_number_is_found_with_its_height() -> None:
    found = layout.of_map(made((4, 5, 12, 8, layout.HAND), (20, 5, 28, 8, layout.PRINT), height=48))
    assert [one.kind for one in found.cores] == [layout.HAND, layout.PRINT]
    assert [one.height for one in found.cores] == pytest.approx([48, 48])
    assert found.cores[0].box == (16, 20, 48, 32)
    assert found.cores[0].certainty > 0.99
    assert found.cores[0].middle == pytest.approx((32, 26))
    assert (found.cores[0].length, found.cores[0].angle) == pytest.approx((32, 0), abs=1e-4)


def test_words_are_no_numbers() -> None:
    found = layout.of_map(made((4, 5, 12, 8, layout.WORD)))
    assert found.cores == ()


def test_words_are_given_to_those_who_ask_for_them() -> None:
    found = layout.of_map(made((4, 5, 12, 8, layout.WORD), (20, 5, 28, 8, layout.HAND)), words=True)
    assert [core.kind for core in found.cores] == [layout.WORD, layout.HAND]
    assert all(core.certainty > 0.9 for core in found.cores)


@pytest.mark.parametrize(
    ("beside", "odds", "is_one"), [(0, 2.5, True), (0, 3.0, False), (7, 1.0, True), (7, 1.5, False)]
)
def test_what_may_be_a_number_or_a_word_is_rather_a_number(beside: int, odds: float, is_one: bool) -> None:
    """Up to three times as likely a word; up to fifteen times, where little else stands on the page."""
    cores = made((4, 5, 12, 8, layout.HAND), *[(4 + 7 * at, 20, 8 + 7 * at, 22, layout.HAND) for at in range(beside)])
    cores[layout.WORD, 5:8, 4:12] = 8 + odds
    here = [one for one in layout.of_map(cores).cores if one.box[1] < 40]
    assert len(here) == is_one
    if is_one:
        assert here[0].certainty == pytest.approx(1 / (1 + np.exp(odds)), abs=0.02)


def test_a_core_aslant_says_how_it_lies() -> None:
    cores = made()
    for at in range(30):
        x, y = 8 + at, 6 + at // 2
        cores[0, y : y + 3, x], cores[layout.HAND, y : y + 3, x] = -8, 8
    [core] = layout.of_map(cores).cores
    assert core.angle == pytest.approx(np.arctan(0.5), abs=0.05)
    assert core.length == pytest.approx(4 * 31 * 1.12, rel=0.1)


def test_more_places_than_anybody_reads_are_counted_and_not_looked_at() -> None:
    cores = made()
    cores = np.tile(cores, (1, 8, 4))
    cores[0, ::2, ::2], cores[layout.HAND, ::2, ::2] = -8, 8
    found = layout.of_map(cores)
    assert found.is_dense
    assert found.cores == ()
    assert not layout.of_map(made((4, 5, 12, 8, layout.HAND))).is_dense


def test_specks_are_nothing() -> None:
    """A pixel of the map, where digits are 48 high: far less than a digit."""
    assert layout.of_map(made((4, 5, 5, 6, layout.HAND), height=48)).cores == ()
    assert len(layout.of_map(made((4, 5, 5, 6, layout.HAND), height=12)).cores) == 1


def test_most_of_what_is_written_says_how_the_page_lies() -> None:
    for turns in range(4):
        assert layout.of_map(made((4, 5, 12, 8, layout.HAND), turns=turns)).turns == turns
    cores = made((4, 5, 12, 8, layout.HAND))
    cores[5:] = 0  # nobody knows
    assert layout.of_map(cores).turns == 0
    assert layout.of_map(made(turns=2)).turns == 0, "nothing is written"


def test_a_page_on_its_side_is_on_one_of_them_where_much_is_written() -> None:
    """The network tells that a page lies on its side much better than on which."""

    def lies(votes: tuple[float, ...], places: int) -> int:
        cores = made(
            *[
                (2 + 8 * at % 48, 3 + 8 * (at // 6), 6 + 8 * at % 48, 5 + 8 * (at // 6), layout.HAND)
                for at in range(places)
            ]
        )
        cores[5:] = np.log(np.array(votes, np.float32))[:, None, None]
        found = layout.of_map(cores)
        assert len(found.cores) == places
        return found.turns

    assert [lies((0.03, 0.42, 0.01, 0.54), places) for places in (3, 6, 7, 12)] == [0, 0, 3, 3]
    assert lies((0.03, 0.54, 0.01, 0.42), 7) == 1
    assert lies((0.2, 0.36, 0.06, 0.38), 12) == 0, "it may be upright"


def test_what_the_network_sees_does_not_depend_on_the_light() -> None:
    """Its second picture: how far a tone is from those around it, in their spread."""
    page = np.full((96, 96), 200, np.float32)
    page[40:50, 40:50] = 100
    bright, dim = (layout.prepared(np.rint(page * part).astype(np.uint8))[0, 1] for part in (1.0, 0.6))
    assert bright[45, 45] < -2
    assert dim[45, 45] == pytest.approx(bright[45, 45], rel=0.2)


def test_an_even_page_is_nothing_to_the_network() -> None:
    assert not layout.prepared(np.full((64, 64), 90, np.uint8))[0, 1].any()


def rows_of(tops: tuple[int, ...], bridge: float, high: int = 4) -> NDArray[np.float32]:
    """Rows of digits 8 pixels of the map high, all as long, so likely written between them."""
    cores = made(*[(6, top, 40, top + high, layout.HAND) for top in tops], height=32)
    for first, last in itertools.pairwise(tops):
        window = slice(first + high, last), slice(6, 40)
        cores[(0, *window)], cores[(layout.HAND, *window)] = 0, np.log(bridge / (1 - bridge))
    return cores


def test_rows_that_run_into_each_other_are_rows_of_their_own() -> None:
    found = layout.of_map(rows_of((3, 11, 19), 0.7)).cores
    assert [core.middle[1] / 4 for core in found] == pytest.approx([5, 13, 21], abs=1.5)
    assert [core.length for core in found] == pytest.approx([136] * 3, abs=4)


def test_one_row_of_high_digits_is_one() -> None:
    [found] = layout.of_map(rows_of((3, 6), 0.8, high=3)).cores
    assert found.box == (24, 12, 160, 36)
    assert len(layout.of_map(made((6, 3, 40, 15, layout.HAND), height=32)).cores) == 1, "nothing parts it"


def test_a_core_that_is_moved_keeps_its_size() -> None:
    [one] = layout.of_map(made((4, 5, 12, 8, layout.HAND))).cores
    moved = one.moved(np.array([[0.0, -1.0, 100.0], [1.0, 0.0, 10.0]]))
    assert moved.box == (68, 26, 80, 58)
    assert (moved.length, moved.height) == (one.length, one.height)
    assert abs(moved.angle) == pytest.approx(np.pi / 2, abs=1e-5)
    assert one.moved(np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]])).height == pytest.approx(one.height / 2)
