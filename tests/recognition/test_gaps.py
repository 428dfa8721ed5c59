"""Where numbers end: in a table the other rows tell, on a page of long numbers nothing is parted, and alone, nothing
changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from cores import core

from inkdigit.recognition import gaps, joined, row
from inkdigit.recognition.voted import STEP, Read

HEIGHT = 20.0  # pixels of a digit: a column of the row is a pixel


def read(digits: Sequence[tuple[int, float] | None], line: int, odds: float = -4.0, turn: float = 0.0) -> Read:
    """A row whose digits stand at these places, with None for a gap; elsewhere the network sees one at these odds."""
    places = [one[1] for one in digits if one is not None]
    askew = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = askew @ np.array([(places[0] + places[-1]) / 2, 200.0 + 44 * line])
    only = core(tuple(middle), max(12.0, places[-1] - places[0]), height=HEIGHT, angle=turn)  # type: ignore[arg-type]
    place = joined.place([only], turn)
    begins = (place.columns - 1) / 2 - (places[0] + places[-1]) / 2
    logits = np.full((-(-place.columns // STEP), len(row.LABELS)), -10.0, np.float32)
    logits[:, -1], logits[:, row.GAP] = 0.0, odds
    path: list[tuple[int, float]] = []
    for one in digits:
        path.append((row.GAP, path[-1][1] + 1) if one is None else (one[0], (begins + one[1]) / STEP))
    return Read((only,), place, np.zeros((row.HIGH, place.columns), np.float32), logits, tuple(path), 0.9)


def table(random: np.random.Generator, wrong: Sequence[int], turn: float = 0.0) -> list[Read]:
    """Eight rows of six cells with a digit each; in some rows the first two are read as one number."""
    rows = []
    for line in range(8):
        marks: list[tuple[int, float] | None] = []
        for cell in range(6):
            marks += [(int(random.integers(10)), 100 + 26 * cell + float(random.uniform(-3, 3))), None]
        rows.append(read([one for at, one in enumerate(marks[:-1]) if at != 1 or line not in wrong], line, turn=turn))
    return rows


def numbers(one: Read) -> list[int]:
    """How many digits each number of a row has."""
    parts = "".join(" " if label == row.GAP else str(label) for label, _ in one.path).split()
    return [len(part) for part in parts]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("turn", [0.0, 0.2])
def test_in_a_table_what_stands_above_and_below_parts_two_cells(seed: int, turn: float) -> None:
    rows = table(np.random.default_rng(seed), wrong=(seed, 5), turn=turn)
    assert numbers(rows[5]) == [2, 1, 1, 1, 1]
    assert all(numbers(one) == [1] * 6 for one in gaps.settled(rows, turn))


def test_digits_of_the_rows_stay_as_they_were_read_and_every_decision_is_known() -> None:
    rows = table(np.random.default_rng(1), wrong=(3,))
    for before, after in zip(rows, gaps.settled(rows, 0.0), strict=True):
        digits = [one for one in before.path if one[0] != row.GAP]
        assert [one for one in after.path if one[0] != row.GAP] == digits
        assert len(after.decided) == 5
        assert all(0.5 <= chance <= 1 for *_, chance in after.decided)
    parted = gaps.settled(rows, 0.0)[3]
    first, second = (step for label, step in parted.path[:3] if label != row.GAP)
    assert parted.sure_between(first, first) == pytest.approx(parted.decided[0][2])
    assert parted.sure_between(first, second) == pytest.approx(parted.decided[0][2] * parted.decided[1][2])


def test_numbers_of_two_digits_that_stand_below_each_other_stay_whole() -> None:
    rows = [read([(4, 100.0), (2, 116.0), None, (1, 180.0), (7, 196.0)], line, odds=-8.0) for line in range(8)]
    assert all(numbers(one) == [2, 2] for one in gaps.settled(rows, 0.0))


def test_a_gap_that_one_row_alone_shows_goes_where_all_others_have_none() -> None:
    rows = [read([(4, 100.0), (2, 114.0), (7, 128.0)], line, odds=-8.0) for line in range(8)]
    rows[4] = read([(4, 100.0), (2, 114.0), None, (7, 128.0)], 4, odds=0.2)
    assert all(numbers(one) == [3] for one in gaps.settled(rows, 0.0))


def test_what_stands_alone_is_left_as_the_network_of_rows_reads_it() -> None:
    alone = [read([(1, 100.0), (2, 140.0), None, (7, 180.0)], 0, odds=-0.5)]
    assert gaps.settled(alone, 0.0) == alone


def test_signs_and_letters_between_digits_are_no_gap_and_nothing_is_nothing() -> None:
    dot = row.LABELS.index(".")
    rows = [read([(4, 100.0), (dot, 108.0), (7, 116.0)], line) for line in range(8)]
    assert [one.path for one in gaps.settled(rows, 0.0)] == [one.path for one in rows]
    assert gaps.settled([], 0.0) == []


def test_many_rows_are_compared_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table(np.random.default_rng(2), wrong=(3,))
    whole = gaps.evidence(rows, list(gaps.pairs(rows)), 0.0)
    monkeypatch.setattr(gaps, "_TOGETHER", 7)
    np.testing.assert_allclose(gaps.evidence(rows, list(gaps.pairs(rows)), 0.0), whole)
