from __future__ import annotations

import itertools

import numpy as np
import pytest

from inkdigit.recognition import ctc


def scores(*labels: int, sure: float = 9.0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    found = np.zeros((len(labels), 12), np.float32)
    found[np.arange(len(labels)), labels] = sure
    return found


def test_runs_are_one_mark_and_blanks_part_equal_ones() -> None:
    path = ctc.best_path(scores(11, 4, 4, 11, 4, 0, 0, 11))
    assert path == [(4, 1.5), (4, 4.0), (0, 5.5)]


def test_nothing_but_blanks_is_nothing() -> None:
    assert ctc.best_path(scores(11, 11)) == []


def test_the_probability_is_the_sum_over_all_alignments() -> None:
    random = np.random.default_rng(0)
    found = random.normal(0, 1, (4, 12)).astype(np.float32)
    logs = ctc.log_softmax(found)
    for labels in ([1, 1], [3], [0, 2, 5]):
        total = 0.0
        for steps in itertools.product(range(12), repeat=4):
            if [label for label, _ in itertools.groupby(steps) if label != 11] == labels:
                total += float(np.exp(logs[np.arange(4), steps].sum()))
        assert ctc.log_probability(found, labels) == pytest.approx(np.log(total))


def test_chances_of_a_mark_leave_out_the_blank() -> None:
    found = ctc.probabilities(scores(11, 7, 11), [1.0])
    assert found.shape == (1, 11)
    assert found[0].argmax() == 7
    assert found.sum() == pytest.approx(1)
