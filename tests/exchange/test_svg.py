"""Paths and lines of SVG as strokes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from inkdigit.errors import InkdigitError
from inkdigit.exchange import svg
from inkdigit.settings import Settings

SETTINGS = Settings()


def strokes(body: str) -> list[list[list[float]]]:
    found, _, _ = svg.read(f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'.encode(), SETTINGS)
    return [np.round(stroke["points"], 3).tolist() for stroke in found]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("M1 2L3 4", [[(1, 2), (3, 4)]]),
        ("m1,2 2,2 2,2", [[(1, 2), (3, 4), (5, 6)]]),
        ("M1 2 3 4 5 6", [[(1, 2), (3, 4), (5, 6)]]),
        ("M0 0h5v5H1V2", [[(0, 0), (5, 0), (5, 5), (1, 5), (1, 2)]]),
        ("M0 0L5 0L5 5z", [[(0, 0), (5, 0), (5, 5), (0, 0)]]),
        ("M0 0L5 0zl1 1", [[(0, 0), (5, 0), (0, 0)], [(0, 0), (1, 1)]]),
        ("M0 0L5 0zm1 1l1 0", [[(0, 0), (5, 0), (0, 0)], [(1, 1), (2, 1)]]),
        ("M.5.5-1-1 1e1 2E-1", [[(0.5, 0.5), (-1, -1), (10, 0.2)]]),
        ("M1 1", [[(1, 1)]]),
        ("", []),
        (" \n ", []),
        ("M0 0A0 5 0 0 1 9 9", [[(0, 0), (9, 9)]]),
        ("M3 3A5 5 0 0 1 3 3", [[(3, 3), (3, 3)]]),
    ],
)
def test_a_path_is_read(data: str, lines: list[list[tuple[float, float]]]) -> None:
    assert svg.paths(data, 100) == lines


@pytest.mark.parametrize(
    "data", ["L1 1", "M", "M1", "M1 1L", "x", "M1 1 z5", "M0 0A1 1 0 2 0 1 1", "M1 1L1 1e999", "5 5"]
)
def test_a_path_that_breaks_the_grammar_is_refused(data: str) -> None:
    with pytest.raises(InkdigitError):
        svg.paths(data, 100)


@trials(deadline=None)  # a busy machine is no fault
@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.-+eE, \n", max_size=60))
def test_any_text_is_a_path_or_refused(data: str) -> None:
    try:
        lines = svg.paths(data, 20)
    except InkdigitError:
        return
    assert sum(len(line) for line in lines) <= 20 + 50  # an arc of one turn is the most that comes at once


@pytest.mark.parametrize("data", ["M0 0" * 1_000, "M0 0" + "L1 1" * 1_000, "M0 0" + "z l1 1" * 1_000, "M0 0 0 0" * 500])
def test_a_path_is_not_read_far_beyond_the_limit(data: str) -> None:
    assert 100 < sum(len(line) for line in svg.paths(data, 100)) <= 103


@pytest.mark.parametrize("data", ["M0 0M1 1M2 2", "M0 0L1 1L2 2", "M0 0L1 1z", "M0 0 1 1M2 2"])
def test_a_path_of_as_many_points_as_may_be_is_read_to_its_end(data: str) -> None:
    assert sum(len(line) for line in svg.paths(data, 3)) == 3
    with pytest.raises(InkdigitError):
        svg.paths(data + "M", 3)


@trials(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_svg_or_refused(content: bytes) -> None:
    with pytest.raises(InkdigitError):
        svg.read(content, SETTINGS)


def test_curves_pass_where_they_should() -> None:
    [cubic] = svg.paths("M0 0C0 10 10 10 10 0", 100)
    assert len(cubic) == 13
    assert cubic[6] == pytest.approx((5, 7.5))
    [mirrored] = svg.paths("M0 0C0 10 10 10 10 0S20 -10 20 0", 100)
    assert mirrored[18] == pytest.approx((15, -7.5))
    [quadratic] = svg.paths("M0 0Q5 10 10 0T20 0", 100)
    assert (quadratic[6], quadratic[18]) == (pytest.approx((5, 5)), pytest.approx((15, -5)))
    [own] = svg.paths("m5 5c0 10 10 10 10 0", 100)
    assert own[6] == pytest.approx((10, 12.5))


@pytest.mark.parametrize(
    ("flags", "middle"),
    [("0 1", (0, -5)), ("0 0", (0, 5)), ("1 1", (0, -5)), ("1 0", (0, 5))],  # half circles, y down
)
def test_an_arc_goes_round_the_side_that_its_flags_say(flags: str, middle: tuple[float, float]) -> None:
    [arc] = svg.paths(f"M-5 0A5 5 0 {flags} 5 0", 100)
    assert arc[12] == pytest.approx(middle, abs=1e-9)
    assert {round(math.hypot(*point), 6) for point in arc} == {5}


def test_a_large_arc_is_longer_than_a_small_one() -> None:
    def length(flags: str) -> float:
        [arc] = svg.paths(f"M0 0A5 5 0 {flags} 5 5", 100)
        return float(np.hypot(*np.diff(arc, axis=0).T).sum())

    assert length("0 1") == pytest.approx(2.5 * math.pi, rel=0.01)
    assert length("1 1") == pytest.approx(7.5 * math.pi, rel=0.01)


@pytest.mark.parametrize(
    ("body", "points"),
    [
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [[1, 2], [3, 4]]),
        ('<polyline points="1,2 3,4,5 6"/>', [[1, 2], [3, 4], [5, 6]]),
        ('<polygon points="1,2 3,4 5,6"/>', [[1, 2], [3, 4], [5, 6], [1, 2]]),
        ('<g transform="translate(10)"><line x2="1"/></g>', [[10, 0], [11, 0]]),
        ('<g transform="scale(2, 3)"><line x1="1" y1="1" x2="1"/></g>', [[2, 3], [2, 0]]),
        ('<line x2="1" transform="rotate(90)"/>', [[0, 0], [0, 1]]),
        ('<line x2="1" transform="rotate(90 1 0)"/>', [[1, -1], [1, 0]]),
        ('<line x2="1" transform="matrix(1 2 3 4 5 6)"/>', [[5, 6], [6, 8]]),
        ('<line y2="1" transform="skewX(45)"/>', [[0, 0], [1, 1]]),
        ('<line x2="1" transform="skewY(45)"/>', [[0, 0], [1, 1]]),
        ('<g transform="translate(5 5)"><line x2="1" transform="scale(2)"/></g>', [[5, 5], [7, 5]]),
    ],
)
def test_a_shape_is_a_stroke(body: str, points: list[list[float]]) -> None:
    assert strokes(body) == [points]


@pytest.mark.parametrize(
    ("body", "width"),
    [
        ('<line x2="1"/>', 1),
        ('<line x2="1" stroke-width="2.5px"/>', 2.5),
        ('<line x2="1" style="stroke: red; stroke-width: 3"/>', 3),
        ('<g stroke-width="4" transform="scale(2)"><line x2="1"/></g>', 8),
        ('<g stroke-width="50%"><line x2="1"/></g>', 1),
    ],
)
def test_a_stroke_is_as_wide_as_its_pen(body: str, width: float) -> None:
    found, _, _ = svg.read(f"<svg>{body}</svg>".encode(), SETTINGS)
    assert found[0]["width"] == pytest.approx(width)


def test_names_of_a_namespace_are_known() -> None:
    content = b'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:line x2="1"/></s:svg>'
    assert len(svg.read(content, SETTINGS)[0]) == 1
