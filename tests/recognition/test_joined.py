"""Which cores are one row: those close together, level, as high, and lying alike."""

from __future__ import annotations

import numpy as np
import pytest
from cores import core

from inkdigit.recognition import joined


@pytest.mark.parametrize("angle", [0.0, 0.3, -1.5, 3.1])
def test_cores_close_together_in_a_line_are_one_row_from_its_beginning(angle: float) -> None:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    xs = (36, 0, 140, -200)
    cores = [core(tuple(np.array([x, 0.0]) @ turn + 400), 40, angle=angle) for x in xs]  # type: ignore[arg-type]
    assert sorted(joined.rows(cores, angle)) == [[1, 0], [2], [3]]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (core((441, 300), 50), True),
        (core((441, 308), 50), True),
        (core((441, 316), 50), False),  # lower
        (core((441, 300), 50, height=50), False),  # higher
        (core((460, 300), 50), False),  # further away
        (core((472, 293), 120, angle=-0.2), False),  # aslant
    ],
)
def test_cores_of_other_rows_stay_alone(other: object, same: bool) -> None:
    found = joined.rows([core((400, 300), 60), other], 0.0)  # type: ignore[list-item]
    assert sorted(found) == ([[0, 1]] if same else [[0], [1]])


def test_a_long_row_is_parted() -> None:
    cores = [core((50.0 + 38 * at, 300), 40, height=20) for at in range(40)]
    found = joined.rows(cores, 0.0)
    assert [at for some in found for at in some] == list(range(40))
    assert all(joined.place([cores[at] for at in some], 0.0).length < 26 * 20 for some in found)
    assert len(found) < 6


def test_a_row_lies_as_its_cores_do_and_reaches_around_them() -> None:
    two = [core((400, 300), 60), core((441, 310), 50)]
    where = joined.place(two, 0.0)
    assert where.angle == pytest.approx(0.0)
    assert where.middle == pytest.approx((418, 305), abs=4)
    assert where.length == pytest.approx(92, abs=8)
    for one in two:
        left, right = joined.columns(one, where)
        assert 0 < left < right < where.columns
    far = joined.place([core((300, 300), 30), core((400, 320), 30)], 0.0)
    assert far.angle == pytest.approx(0.2, abs=0.01), "from the first to the last one"


def test_nothing_is_no_row() -> None:
    assert joined.rows([], 0.0) == []
