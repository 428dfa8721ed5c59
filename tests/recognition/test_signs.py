"""Where a mark stands in its line, and what stands beside what."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import neighbours, signs
from inkdigit.recognition.neighbours import LABELS


def line(x: float, top: float, foot: float, lean: float = 0.0) -> NDArray[np.float32]:
    """Places on an upright stroke; `lean`: how far its top stands to the right of its foot."""
    share = np.linspace(0, 1, 20)
    return np.stack([x + lean * (1 - share), top + (foot - top) * share], axis=1).astype(np.float32)


def dash(left: float, right: float, y: float) -> NDArray[np.float32]:
    return np.stack([np.linspace(left, right, 10), np.full(10, y)], axis=1).astype(np.float32)


def test_how_a_piece_leans() -> None:
    assert signs.slant(line(0, 0, 100)) == 0
    assert signs.slant(line(0, 0, 100, 50)) == pytest.approx(0.5)
    assert signs.slant(line(0, 0, 100, -20)) == pytest.approx(-0.2)
    assert signs.slant(dash(0, 50, 10)) == 0
    assert signs.slant(np.zeros((1, 2), np.float32)) == 0


def test_places_say_how_high_a_mark_is_and_what_is_around_it() -> None:
    points = [line(0, 0, 100), line(60, -20, 110, 40), line(140, 0, 100, 10), dash(200, 240, 40), dash(200, 240, 60)]
    place = signs.places([(1,), (3, 4), (3,), (0,), tuple(range(5))], points, 100)
    assert place.shape == (5, signs.PLACES)
    assert place.dtype == np.float32
    slash, equals, half, first, whole = place.tolist()
    assert slash[:4] == pytest.approx([-0.2, 0.1, 0.4, 1.3])  # above the others' tops, below their feet, width, height
    assert slash[4:9] == pytest.approx([0, 0.6, 0.4, 0, 0])  # under nothing, gaps, neither first nor last
    assert slash[9] == pytest.approx(0.05, abs=1e-6), "the others lean, in the middle, by half of what the third does"
    assert slash[10:] == [0.25, 0, 0, 0]
    assert equals[12:] == [0, 0]
    assert half[12:] == [0, 1], "the other dash lies below it"
    assert half[4] == 1
    assert (first[7], first[8], equals[7], equals[8]) == (1, 0, 0, 1)
    assert whole[11] == 1
    assert whole[5:9] == [1.5, 1.5, 1, 1]


def test_places_do_not_change_with_size_and_position() -> None:
    random = np.random.default_rng(0)
    points = [random.uniform(0, 100, (9, 2)).astype(np.float32) + np.array([70 * n, 0], np.float32) for n in range(5)]
    marks = [(0,), (1, 2), (4,)]
    found = signs.places(marks, points, 100)
    other = signs.places(marks, [piece * 3 + 50 for piece in points], 300)
    assert np.allclose(found, other, atol=1e-4)


def scores(*marks: dict[str, float]) -> NDArray[np.float64]:
    """Log probabilities; labels that are not named share what is left."""
    rows = []
    for mark in marks:
        rest = max(1e-6, (1 - sum(mark.values())) / (len(LABELS) - len(mark)))
        rows.append([np.log(mark.get(label, rest)) for label in LABELS])
    return np.array(rows)


def best(*marks: dict[str, float]) -> str:
    found, chances = neighbours.labelled(scores(*marks))
    assert np.allclose(chances.sum(axis=1), 1)
    return "".join(LABELS[label] for label in found)


DIGIT, UNSURE = {"d": 0.99}, {"d": 0.1, "/": 0.85}


def test_two_slashes_do_not_stand_beside_each_other_nor_at_the_end() -> None:
    assert best(DIGIT, UNSURE, DIGIT) == "d/d"
    assert best(DIGIT, UNSURE, {"/": 0.98, "d": 0.01}, DIGIT) == "dd/d"
    assert best(UNSURE, DIGIT) == "dd"
    assert best({"#": 0.99}, UNSURE) == "#d"
    assert best({"+": 0.6, "d": 0.3}) == "+", "alone, it has no neighbours"
    assert best({"+": 0.6, "d": 0.3}, DIGIT) == "dd"
    assert best({"+": 0.9}, {"=": 0.9}, {"/": 0.9}) == "+=/", "nor have signs alone"
    assert best(DIGIT, {"+": 0.9}, {"/": 0.6, "d": 0.3}, {"=": 0.9}) == "d+d="
    assert best(DIGIT, {"%": 0.5, "d": 0.4}, DIGIT) == "ddd"
    assert best({"(": 0.9}, DIGIT, {"-": 0.9}, DIGIT, {")": 0.9}, {"x": 0.9}, DIGIT) == "(d-d)xd"
    assert best({"-": 0.9}, DIGIT, {"=": 0.9}, {"-": 0.9}, DIGIT) == "-d=-d"
    assert best(DIGIT, {"+": 0.9}) == "d+", "a sum that is still being written"


def test_the_labels_chosen_together_are_the_best_of_all() -> None:
    random = np.random.default_rng(1)
    for _ in range(10):
        rows = np.log(random.dirichlet(np.ones(len(LABELS)) * 0.1, size=3) + 1e-9)
        rows[0, 0] = np.log(0.5)  # else they may be signs alone
        found, _ = neighbours.labelled(rows)
        every = [np.array(way) for way in itertools.product(range(len(LABELS)), repeat=3)]
        assert neighbours._total(rows, found) == pytest.approx(max(neighbours._total(rows, way) for way in every))


def test_of_many_possible_ways_some_are_weighed() -> None:
    rows = np.log(np.full((40, len(LABELS)), 1 / len(LABELS)))
    found, chances = neighbours.labelled(rows)
    assert found.shape == (40,)
    assert np.allclose(chances.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("line", "cost"),
    [
        ("dd", 0), ("d/d", 2), ("dd/dd", 2), ("dd/dd/dddd", -4), ("d/d/dd", -4), ("dddd/dd/dd", -4), ("d/d/d", 10),
        ("ddd/dd", 2), ("dddd/d", 5), ("d/d+d", 2),
        ("d=d", 2), ("d+d=d", 0), ("-d=d", 2), ("(d+d)xd", 0), ("(d+d", 1), ("d)", 3),
        (")(", 4), ("((d", 2),
    ],
)  # fmt: skip
def test_what_speaks_against_a_whole_line(line: str, cost: float) -> None:
    assert neighbours._cost_of(line) == cost


def test_a_mark_is_as_sure_as_its_neighbours_make_it() -> None:
    _, inside = neighbours.labelled(scores(DIGIT, {"/": 0.98, "d": 0.01}, DIGIT))
    _, at_end = neighbours.labelled(scores(DIGIT, UNSURE, {"/": 0.99}, DIGIT))
    assert inside[1, LABELS.index("/")] > 0.5
    assert at_end[1, LABELS.index("/")] < 0.05


def test_the_median_of_what_each_row_chooses_is_that_of_its_pieces() -> None:
    random = np.random.default_rng(0)
    for count in range(1, 8):
        values = random.integers(-3, 3, count).astype(np.float64)
        chosen = random.random((40, count)) < 0.6
        chosen[~chosen.any(axis=1), 0] = True
        wanted = [np.median(values[row]) for row in chosen]
        assert signs._medians(values, chosen).tolist() == wanted
