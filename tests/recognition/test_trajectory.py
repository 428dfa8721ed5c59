from __future__ import annotations

import numpy as np
import pytest
from drawn import DIGITS

from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import trajectory
from inkdigit.recognition.trajectory import POINTS, Trajectory, from_strokes


def test_points_lie_evenly_along_the_strokes_and_the_way_in_the_air() -> None:
    made = from_strokes(Strokes.of([[[0, 0], [0, 100]], [[50, 100], [50, 0]]])).points
    assert made.shape == (3, POINTS)
    x, y, lifted = made
    assert (x[0], y[0]) == (-0.5, -1)
    assert (x[-1], y[-1]) == (0.5, -1)
    steps = np.hypot(np.diff(x), np.diff(y))
    assert np.median(steps) == pytest.approx(250 / 50 / (POINTS - 1), rel=0.01)
    air = np.nonzero(lifted)[0]
    assert len(air) == pytest.approx(POINTS / 5, abs=1)
    assert (np.diff(air) == 1).all()
    assert np.allclose(y[air[1:]], 1), "the pen goes from foot to foot"


def test_size_place_and_the_number_of_points_change_nothing() -> None:
    strokes = [np.array(stroke) for stroke in DIGITS[4]]
    plain = from_strokes(Strokes.of(strokes)).points
    assert np.allclose(from_strokes(Strokes.of([path * 7 + [300, -20] for path in strokes])).points, plain, atol=1e-4)
    doubled = [np.repeat(path, 2, axis=0) for path in strokes]
    assert np.allclose(from_strokes(Strokes.of(doubled)).points, plain, atol=1e-4)


def test_order_and_direction_are_seen() -> None:
    strokes = DIGITS[5]
    plain = from_strokes(Strokes.of(strokes)).points
    assert not np.allclose(from_strokes(Strokes.of(strokes[::-1])).points, plain, atol=0.1)
    there, back = (from_strokes(Strokes.of([strokes[0][::step]])).points for step in (1, -1))
    assert np.allclose(back, there[:, ::-1], atol=1e-4)


def test_a_point_alone_is_a_trajectory_that_stays() -> None:
    made = from_strokes(Strokes.of([[[3, 4]]])).points
    assert not made.any()
    assert not from_strokes(Strokes.of([[[3, 4], [3, 4]], [[3, 4]]])).points.any()
    with pytest.raises(ValueError, match="needs a stroke"):
        from_strokes(Strokes(()))


def test_directions_have_length_one_and_point_forward() -> None:
    line = from_strokes(Strokes.of([[[0, 0], [30, 40]]]))
    stacked = trajectory.stack([line, line])
    assert stacked.shape == (2, 5, POINTS)
    assert stacked.dtype == np.float32
    assert np.allclose(stacked[0, 2:4, 1:], np.array([[0.6], [0.8]]), atol=1e-3)
    assert not stacked[0, 2:4, 0].any()
    assert (stacked[:, [0, 1, 4]] == line.points).all()


def test_a_trajectory_has_one_shape_and_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match=r"float32 \(3, 64\), not float64"):
        Trajectory(np.zeros((3, POINTS)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="read-only"):
        from_strokes(Strokes.of(DIGITS[1])).points[0, 0] = 1
