"""What the experiment with a second score counts by: thresholds, kinds left out, writers drawn again, neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks import nearest, second_score
from benchmarks.second_score import Source


def source(value: float, count: int = 200) -> Source:
    """Marks of which all is known by one number; half of them were left out."""
    known = np.full((count, 1), value)
    return Source(known, known[:, 0], np.arange(count).astype(str), np.arange(count) % 2 == 1)


def test_no_source_of_digits_is_refused_more_often_than_said_but_spoilt_ones_do_not_decide() -> None:
    scores = {"digits": np.arange(1000.0), "mnist": np.arange(1000.0) / 2, "mnist-spoilt": np.full(9, 5000.0)}
    above = second_score.threshold(scores)
    assert (scores["digits"] > above).sum() == 5
    assert above < 1000


def test_a_kind_that_is_left_out_is_not_fitted_to_and_each_kind_counts_the_same() -> None:
    seen = []

    def fitted(
        x: NDArray[np.float64], y: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        seen.append((x, y, weights))
        return lambda known: known[:, 0]

    sources = {"digits": source(0), "mnist": source(0, 100), "symbols": source(1), "noise": source(2, 50)}
    row = second_score.tried(sources, fitted, across=False)
    assert [int(y.sum()) for _, y, _ in seen] == [125, 25, 100]  # all; without symbols; without noise
    _, y, weights = seen[0]
    assert np.isclose(weights[y].sum(), weights[~y].sum())
    assert np.isclose(weights[y][:100].sum(), weights[y][100:].sum())
    assert row["others"]["symbols"]["new, left out"][0] == 100  # of the hundred that are held


def test_all_marks_of_a_writer_are_drawn_together() -> None:
    hands = np.array([0, 0, 1, 2, 2, 2])
    rows = second_score._drawn_again(hands, np.random.default_rng(1))
    counts = np.bincount(rows, minlength=6)
    assert counts[0] == counts[1]
    assert counts[3] == counts[4] == counts[5]
    assert counts[0] + counts[2] + counts[3] == 3


def test_the_nearest_marks_lie_in_the_same_direction() -> None:
    known = np.array([[1, 0]] * 5 + [[0, 1]] * 2, np.float32)
    near = nearest.nearness(np.array([[1, 0], [0, 1]], np.float32), known)
    assert near.tolist() == [1.0, np.float32(0.4)]
