"""Pen strokes -> Trajectory: 64 points along the pen's path, what the network of strokes reads.

On-line recognition is the term: order and direction of the strokes, and where the pen was up, are known, which the ink
hides (Carbune et al., "Fast multi-language LSTM-based online handwriting recognition", arXiv:1902.10525).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes

VERSION = 1  # a model of strokes says which version it was trained with; change it when any trajectory changes
POINTS = 64
CHANNELS = 5  # x, y, direction in x and in y, pen up


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The pen's path: float32 (3, 64): x and y, -1 to 1 along the longer side, and 1 where the pen was up, else 0."""

    points: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.points.shape != (3, POINTS) or self.points.dtype != np.float32:
            raise ValueError(f"a trajectory is float32 (3, {POINTS}), not {self.points.dtype} {self.points.shape}")
        self.points.flags.writeable = False


def from_strokes(strokes: Strokes) -> Trajectory:
    """Pen strokes, not blank -> 64 points evenly along them, ways in the air included; size and place do not matter.

    Raises:
        ValueError: there is no stroke.
    """
    if strokes.is_blank:
        raise ValueError("a trajectory needs a stroke")
    path = np.concatenate(strokes.paths).astype(np.float64)
    begins = np.cumsum([0, *(len(one) for one in strokes.paths[:-1])])
    lifted = np.zeros(len(path))
    lifted[begins[1:]] = 1
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    places = np.linspace(0, walked[-1], POINTS)
    low, high = path.min(axis=0), path.max(axis=0)
    half = max(float((high - low).max()), 1e-9) / 2
    middle = (low + high) / 2
    points = np.zeros((3, POINTS), np.float32)
    if walked[-1] > 0:
        for axis in (0, 1):
            points[axis] = (np.interp(places, walked, path[:, axis]) - middle[axis]) / half
        points[2] = lifted[np.clip(np.searchsorted(walked, places, side="right"), 1, len(path) - 1)]
    return Trajectory(points)


def stack(trajectories: Sequence[Trajectory]) -> NDArray[np.float32]:
    """Trajectories -> float32 (n, 5, 64), what the model takes."""
    return with_directions(np.stack([one.points for one in trajectories]))


def with_directions(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (n, 3, 64) -> (n, 5, 64): x, y, the direction from the point before, of length 1, and pen up."""
    step = np.zeros_like(points[:, :2])
    step[:, :, 1:] = np.diff(points[:, :2], axis=2)
    length = np.maximum(np.sqrt((step**2).sum(axis=1, keepdims=True)), 1e-4)
    return np.concatenate([points[:, :2], step / length, points[:, 2:]], axis=1)
