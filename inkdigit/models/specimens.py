"""Sample digits as nobody in particular writes them: to try a model on where no data set is at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes

_LEANS = (-0.25, -0.1, 0.0, 0.1, 0.2)  # sideways per height


def digits() -> tuple[NDArray[np.int64], list[Strokes]]:
    """Labels, int64 (50,), and strokes of each digit in five slants."""
    labels = np.repeat(np.arange(10), len(_LEANS))
    leaning = [
        Strokes.of([np.array(path) @ np.array([[1, 0], [-lean, 1]]) for path in paths])
        for paths in _PATHS
        for lean in _LEANS
    ]
    return labels, leaning


def _arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> list[tuple[float, float]]:
    """Points of an ellipse from one angle to another, in degrees, 0 to the right, 90 down."""
    angles = np.radians(np.linspace(start, end, 24))
    return [(x + wide * float(np.cos(a)), y + high * float(np.sin(a))) for a in angles]


_PATHS: list[list[list[tuple[float, float]]]] = [  # one way of writing each digit, on 100 x 100
    [_arc(50, 50, 28, 45, -90, 270)],
    [[(50, 5), (50, 95)]],
    [[*_arc(50, 28, 24, 23, -170, 40), (25, 93), (78, 93)]],
    [[*_arc(46, 27, 24, 21, -150, 90), *_arc(46, 71, 27, 23, -90, 150)]],
    [[(58, 5), (20, 62), (80, 62)], [(62, 35), (62, 95)]],
    [[(72, 7), (34, 7), (30, 44), *_arc(46, 66, 27, 27, -110, 140)]],
    [[(64, 6), (44, 28), (31, 55), *_arc(50, 70, 20, 23, -180, 180)]],
    [[(22, 8), (78, 8), (44, 95)]],
    [[*_arc(50, 27, 20, 21, 90, -270), *_arc(50, 71, 25, 23, -90, 270)]],
    [[*_arc(50, 29, 22, 23, 0, -360), (70, 55), (62, 95)]],
]
