"""What was read of the digits of a script, counted."""

from __future__ import annotations

import numpy as np
import pytest

from inkdigit.evaluation.script_score import ScriptScore


def score_of(confidence: float, right: int, none: float = 0.0) -> ScriptScore:
    """Ten answers of 1, as sure as that if they are digits, of which so many are right."""
    chances = np.full((10, 11), (1 - confidence) * (1 - none) / 9, np.float32)
    chances[:, 1], chances[:, 10] = confidence * (1 - none), none
    labels = np.array([1] * right + [2] * (10 - right), np.int64)
    return ScriptScore(labels, chances, 0.8, np.zeros((10, 28, 28), np.float32))


@pytest.mark.parametrize("none", [0.0, 0.5])
def test_the_calibration_error_is_the_gap_between_how_sure_and_how_right_the_digits_are(none: float) -> None:
    assert score_of(0.9, 9, none).calibration_error == pytest.approx(0, abs=1e-6)
    assert score_of(0.9, 5, none).calibration_error == pytest.approx(0.4, abs=1e-6)


def test_misread_and_refused_digits_are_counted_apart() -> None:
    found = score_of(0.9, 7, none=0.9)
    assert (found.total, found.wrong, found.refused) == (10, 3, 10)
    assert (found.confusion[1][1], found.confusion[2][1]) == (7, 3)
