"""Which script is believed: the one whose network reads all marks most surely."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import script_finding
from inkdigit.recognition.reading import Digit, Number

GLYPH = np.zeros((28, 28), np.float32)


def digit(value: int | None, confidence: float) -> Digit:
    chances = np.full(10, 0.1, np.float32)
    return Digit(value, confidence, chances, GLYPH, (0, 0, 1, 1))


def read(*marks: tuple[int | None, float]) -> list[Number]:
    return [Number(tuple(digit(*mark) for mark in marks))]


def test_the_chance_of_a_reading_is_that_of_all_its_marks() -> None:
    assert script_finding.log_chance(read((4, 0.5), (7, 0.25))) == pytest.approx(np.log(0.125))


def test_a_refused_mark_counts_by_the_chance_that_it_is_a_digit_all_the_same() -> None:
    assert script_finding.log_chance(read((None, 0.9))) == pytest.approx(np.log(0.1))


def test_one_mark_decides_nothing_alone() -> None:
    assert script_finding.log_chance(read((None, 1.0))) == pytest.approx(np.log(1e-3))


def test_the_surest_script_comes_first_and_unlikely_ones_are_not_named() -> None:
    found = script_finding.chances(
        {"thai": read((1, 0.9), (2, 0.9)), "kannada": read((1, 0.3), (2, 0.9)), "odia": read((None, 0.99), (2, 0.01))}
    )
    assert [name for name, _ in found] == ["thai", "kannada"]
    assert found[0][1] > found[1][1] > 0.01
    assert sum(chance for _, chance in found) <= 1


def test_more_marks_tell_more() -> None:
    one = dict(script_finding.chances({"a": read((1, 0.9)), "b": read((1, 0.6))}))
    four = dict(script_finding.chances({"a": read(*[(1, 0.9)] * 4), "b": read(*[(1, 0.6)] * 4)}))
    assert four["a"] > one["a"] > 0.5


def test_nothing_read_tells_nothing() -> None:
    found = script_finding.chances({"a": [], "b": []})
    assert [chance for _, chance in found] == [0.5, 0.5]


def test_a_network_that_reads_nothing_where_others_read_marks_is_not_believed() -> None:
    found = script_finding.chances({"a": [], "b": read((4, 0.6), (7, 0.3))})
    assert found[0] == ("b", pytest.approx(1, abs=0.01))


def test_on_a_page_of_many_numbers_the_network_that_reads_few_of_them_is_not_believed() -> None:
    rings, all_of_them = read((0, 0.99)) * 10, read((0, 0.98)) * 10 + read((7, 0.9)) * 20
    assert script_finding.chances({"thai": rings, "kannada": all_of_them})[0][0] == "kannada"


class Shapes:
    """Tells scripts by the first pixel of a glyph: 1 is b."""

    scripts = ("a", "b")

    def probabilities(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        b = glyphs[:, 0, 0, 0]
        return np.stack([0.9 - 0.8 * b, 0.1 + 0.8 * b], axis=1)


def shown(first: float, *marks: tuple[int | None, float]) -> list[Number]:
    drawn = GLYPH.copy()
    drawn[0, 0] = first
    return [Number(tuple(replace(digit(*mark), glyph=drawn) for mark in marks))]


def test_what_marks_look_like_counts_beside_how_well_they_are_read() -> None:
    shapes: Any = Shapes()
    readings = {"a": shown(1, (1, 0.7), (2, 0.7)), "b": shown(1, (1, 0.6), (2, 0.6))}
    assert script_finding.chances(readings)[0][0] == "a"
    assert script_finding.chances(readings, shapes)[0][0] == "b"
    alike = {"a": shown(0, (1, 0.7), (2, 0.7)), "b": shown(0, (1, 0.6), (2, 0.6))}
    assert script_finding.chances(alike, shapes)[0][0] == "a"


def test_a_script_whose_network_reads_nothing_looks_like_nothing() -> None:
    shapes: Any = Shapes()
    assert script_finding.chances({"a": [], "b": shown(0, (4, 0.6))}, shapes)[0][0] == "b"


def test_a_script_that_the_network_of_shapes_does_not_know_is_told_by_the_readings_alone() -> None:
    shapes: Any = Shapes()
    readings = {"a": shown(1, (1, 0.7)), "new": shown(1, (1, 0.9))}
    assert script_finding.chances(readings, shapes) == script_finding.chances(readings)
