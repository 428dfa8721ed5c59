"""Rows read in several ways: what is read most surely in all is believed, and nobody asks again where it is sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from cores import core
from numpy.typing import NDArray

from inkdigit.recognition import joined, row, voted
from inkdigit.recognition.voted import Read

PAGE = np.full((600, 800), 220, np.uint8)


class Says:
    """Stands in for a network of rows: each row is one mark, so likely; asked once, and once more in three ways.

    Args:
        marks: label and log odds of each row, in the order in which they are asked for.
    """

    def __init__(self, *marks: tuple[int, float]) -> None:
        self.marks = list(marks)
        self.asked: list[int] = []

    def scores(self, prepared: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
        """As RowModel.scores."""
        self.asked.append(len(prepared))
        found = []
        for one in prepared:
            label, odds = self.marks.pop(0)
            logits = np.zeros((one.shape[1] // 2, len(row.LABELS)), np.float32)
            logits[:, -1] = 20
            logits[5] = -20
            logits[5, label], logits[5, -1] = odds, 0
            found.append(logits)
        return found


def read(says: Says, again: bool = True) -> Read:
    [found] = voted.rows(says, PAGE, [[core((400, 300), 30)]], 0.0, again)  # type: ignore[arg-type]
    return found


def test_what_is_sure_is_read_once() -> None:
    says = Says((7, 9.0))
    found = read(says)
    assert (found.labels, found.share, says.asked) == ((7,), 1.0, [1])
    assert found.chance > voted.NEEDS_NOBODY


def test_a_row_is_read_with_a_little_of_what_stands_beside_it() -> None:
    """A straight 1 there looks like a wall to the network of pages, which then finds the digit behind it alone."""
    one = core((400, 300), 30)
    place, cut = joined.place([one], 0.0), read(Says((7, 9.0))).place
    assert cut.middle == place.middle
    assert (cut.height, cut.angle) == (place.height, place.angle)
    assert cut.length == pytest.approx(place.length + 2 * voted._BESIDE * one.height)


def test_what_is_unsure_is_read_in_three_other_ways_and_the_surest_in_all_is_believed() -> None:
    says = Says((7, 1.5), (1, 1.0), (1, 2.0), (1, 1.0))
    found = read(says)
    assert says.asked == [1, 3]
    assert found.labels == (1,)
    assert 0.6 < found.share < 0.9
    assert found.place.height == pytest.approx(1.15 * 30), "as it was read most surely"


def test_all_alike_are_as_sure_as_the_surest() -> None:
    found = read(Says((4, 1.0), (4, 3.0), (4, 1.0), (4, 1.0)))
    assert found.share == pytest.approx(1.0)
    assert found.chance == pytest.approx(1 / (1 + np.exp(-3.0)), abs=0.01)


def test_a_reading_without_digits_counts_less() -> None:
    assert read(Says((row.OTHER, 1.5), (row.OTHER, 1.5), (row.OTHER, 1.5), (2, 2.0))).labels == (2,)
    assert read(Says(*[(row.OTHER, 1.5)] * 4)).labels == (row.OTHER,), "nobody reads a digit there"


def test_where_time_is_short_nothing_is_read_again() -> None:
    says = Says((7, 0.5))
    assert read(says, again=False).labels == (7,)
    assert says.asked == [1]


def test_no_row_is_no_question() -> None:
    says = Says()
    assert voted.rows(says, PAGE, [], 0.0, True) == []  # type: ignore[arg-type]
    assert says.asked == []


def test_a_gap_is_likelier_between_two_places_than_within_one() -> None:
    logits = np.zeros((40, len(row.LABELS)), np.float32)
    weighed = voted._parted(logits, [(0.0, 30.0), (50.0, 79.0)])[:, row.GAP]
    assert (weighed[[0, 10, 30, 39]] == -voted._WHOLE).all()
    assert (weighed[18:23] == voted._PARTED).all()
    assert not logits.any(), "it stays as it was"
