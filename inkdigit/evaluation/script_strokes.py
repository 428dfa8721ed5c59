"""Templates of every script's digits as strokes, to draw with variation: for the chart, for training and for tests.

benchmarks/script_strokes.py makes script_strokes.json from fonts; nobody's handwriting is in it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes
from inkdigit.scripts import named

FILE = Path(__file__).with_name("script_strokes.json")
_STEP = 4.0  # of 100, between two points of a drawn line
_SHAKE = 0.5  # of 100: how far a point strays
_WAVES = 3  # smooth bends of the whole digit,
_BEND = 2.2  # of 100 each, typically


@cache
def templates(script: str) -> tuple[tuple[NDArray[np.float32], ...], ...]:
    """The strokes of each of the ten digits: points (k, 2), x right, y down, about 100 units high or wide.

    Raises:
        ScriptError: no such script.
    """
    stored = json.loads(FILE.read_text(encoding="utf-8"))[named(script).name]
    return tuple(tuple(_along(np.array(stroke, np.float32)) for stroke in digit) for digit in stored)


def written(script: str, digit: int, random: np.random.Generator) -> Strokes:
    """One drawing of a digit, another each time: turned, slanted, stretched, bent, with an unsteady hand.

    Raises:
        ScriptError: no such script.
    """
    turn, slant = random.normal(0, 0.07), random.normal(0, 0.12)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    matrix = matrix * np.exp(random.normal(0, 0.12, 2))
    waves = [(random.normal(0, 0.04, 2), random.uniform(0, 6.3), random.normal(0, _BEND, 2)) for _ in range(_WAVES)]
    paths = []
    for path in templates(script)[digit]:
        bent = path + random.normal(0, _SHAKE, path.shape)
        for way, phase, size in waves:
            bent = bent + np.sin(path @ way + phase)[:, None] * size
        paths.append((bent @ matrix.T).astype(np.float32))
    return Strokes(tuple(paths))


def _along(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The line through some corners, with a point every few units."""
    if len(corners) < 2:
        return corners
    lengths = np.append(0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T)))
    places = np.linspace(0, lengths[-1], max(2, round(lengths[-1] / _STEP)))
    return np.stack([np.interp(places, lengths, corners[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)
