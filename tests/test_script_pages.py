"""How pages of other scripts are counted: what stands in which row and column."""

from __future__ import annotations

import numpy as np

from benchmarks.script_pages import beside, of_table, rising


def test_marks_beside_each_other_are_a_row_however_it_slants() -> None:
    rows = [[(100 * column, 90 * row + (3 - row) * 5 * column) for column in range(6)] for row in range(5)]
    marks = np.array(rows, float).reshape(30, 2)
    order = np.random.default_rng(1).permutation(30)
    found = beside(marks[order])
    assert sorted(sorted(order[row].tolist()) for row in found) == [list(range(6 * at, 6 * at + 6)) for at in range(5)]
    assert all(order[row].tolist() == sorted(order[row].tolist()) for row in found)
    assert beside(np.zeros((0, 2))) == []


def test_as_many_digits_of_a_row_are_right_as_rise() -> None:
    assert rising([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) == 10
    assert rising([0, 7, 2, -1, 4, 4, 9]) == 4
    assert rising([]) == 0


def test_a_mark_of_a_table_is_in_place_where_it_is_right_in_its_row_and_alone_in_its_cell() -> None:
    rows, columns = (at.ravel() for at in np.mgrid[:40, :32])
    middles = np.stack([40.0 + 60 * columns + 0.3 * rows, 30.0 + 50 * rows], axis=1)
    values = rows % 10
    whole = {"marks": 1280, "found": 1280, "right": 1280, "in_place": 1280}
    assert of_table(middles, values) == whole
    values = np.where(columns + 32 * rows == 500, -1, values)
    assert of_table(middles, values) == whole | {"right": 1279, "in_place": 1279}
    middles, values = np.append(middles, [middles[0] + 4], axis=0), np.append(values, 0)
    assert of_table(middles, values) == whole | {"found": 1281, "right": 1280, "in_place": 1278}
