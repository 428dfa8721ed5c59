"""Pen strokes -> Trajectory: 64 points along the pen's path, what the network of strokes reads.

On-line recognition is the term: order and direction of the strokes, and where the pen was up, are known, which the ink
hides (Carbune et al., "Fast multi-language LSTM-based online handwriting recognition", arXiv:1902.10525).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes, walk

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
    left, top, right, bottom = strokes.box or (0.0, 0.0, 0.0, 0.0)
    half = max(right - left, bottom - top, 1e-9) / 2
    path = np.concatenate(strokes.paths).astype(np.float64)
    walked = walk(path)
    points = np.zeros((3, POINTS), np.float32)
    if walked[-1] > 0:
        places = np.linspace(0, walked[-1], POINTS)
        for axis, middle in enumerate(((left + right) / 2, (top + bottom) / 2)):
            points[axis] = (np.interp(places, walked, path[:, axis]) - middle) / half
        if len(strokes.paths) > 1:
            lifted = np.zeros(len(path))
            lifted[np.cumsum([len(one) for one in strokes.paths[:-1]])] = 1
            points[2] = lifted[np.searchsorted(walked, places, side="right").clip(1, len(path) - 1)]
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
