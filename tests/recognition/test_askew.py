"""How a page lies askew, by cores made by hand: long rows tell it, or the lines along which single digits stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cores import core

from inkdigit.recognition import joined, layout
from inkdigit.recognition.layout import Layout


def test_a_single_digit_lies_as_the_long_rows_do() -> None:
    rows = [core((400, 100 * at), 200, angle=0.2) for at in range(1, 4)]
    seen = Layout((*rows, core((100, 500), 20)), 0)
    assert layout.lie(seen) == pytest.approx(0.2, abs=0.01)
    assert joined.place([seen.cores[3]], layout.lie(seen)).angle == pytest.approx(0.2, abs=0.01)
    assert layout.lie(Layout((core((100, 500), 20),), 1)) == pytest.approx(-np.pi / 2)


@pytest.mark.parametrize("degrees", [-36, -20, -5, 0, 3, 20, 36])
@pytest.mark.parametrize(("across", "down"), [(60, 50), (50, 60), (90, 60)])
def test_a_sheet_of_single_digits_lies_as_its_rows_do(degrees: int, across: int, down: int) -> None:
    angle, random = np.radians(degrees), np.random.default_rng(3)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    grid = np.array([(across * x, down * y) for y in range(7) for x in range(9)]) + random.normal(0, 1.5, (63, 2))
    assert layout.lie(Layout(tuple(core((x, y), 20) for x, y in grid @ turn), 0)) == pytest.approx(angle, abs=0.03)


def test_the_grain_of_a_table_does_not_tell_how_the_sheet_on_it_lies() -> None:
    grain = [replace(core((100 * at, 900), 300, angle=-0.3), certainty=0.4) for at in range(1, 9)]
    numbers = [core((x, y), 60) for x in (300, 500) for y in (100, 200, 300)]
    assert layout.lie(Layout((*grain, *numbers), 0)) == pytest.approx(0, abs=0.01)
    assert layout.lie(Layout(tuple(grain), 0)) == pytest.approx(-0.3, abs=0.01), "where there is nothing else"


def test_what_stands_upright_beside_the_rows_does_not_turn_them() -> None:
    steep = core((700, 300), 300, angle=np.pi / 2)
    seen = Layout((steep,), 0)
    assert layout.lie(seen) == 0
    assert joined.place([steep], 0.0).angle == 0


def test_places_all_over_a_page_do_not_tell_how_it_lies() -> None:
    random = np.random.default_rng(4)
    spots = tuple(core((x, y), 20) for x, y in random.uniform(0, 1000, (300, 2)).tolist())
    assert layout.lie(Layout(spots, 0)) == 0
