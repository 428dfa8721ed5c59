"""Numbers with points, commas, minus signs and gaps, put together from pen digits of one hand and signs of others.

What shape a sign has is that of a writer; how large it is and where it stands, which the files do not tell, is drawn
from what handwriting does: a point on the line, a comma through it, a minus sign in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.composed import HEIGHT, alone, one_of
from inkdigit.settings import Settings

# What is written, d for any digit; of several forms, one is drawn.
FORMS: dict[str, tuple[str, ...]] = {
    "decimals": ("d.d", "dd.dd", "d,dd", "ddd,d"),
    "amounts with two decimals": ("dd.dd", "ddd.dd", "d,ddd.dd", "ddd,dd"),
    "negative numbers": ("-d", "-dd", "-ddd", "-d.d"),
    "dates with points": ("dd.dd.dddd", "d.d.dddd"),
    "dates with dashes": ("dd-dd-dddd", "dddd-dd-dd"),
    "phone numbers": ("ddd-dddd", "ddd ddd dddd", "ddd ddd-dddd"),
    "without signs": ("dd", "ddd", "dddd", "ddddd"),
}
_SIZES = {".": (0.02, 0.09), ",": (0.12, 0.25), "-": (0.3, 0.6)}  # of the height of a digit: the larger side


@dataclass(frozen=True, eq=False)
class Signed:
    """A number as somebody could have written it: its text, and strokes, float32 (k, 2) each, x right, y down."""

    text: str
    strokes: tuple[NDArray[Any], ...]


def signs(settings: Settings, fold: int, held: bool) -> dict[str, list[PenSample]]:
    """The drawn signs of each kind, of the writers of a fold, or of all others.

    Raises:
        DataError: the pen files are missing or damaged.
    """
    found: dict[str, list[PenSample]] = {kind: [] for kind in _SIZES}
    for mark in datasets.pen("symbols", settings):
        if mark.label in found and (datasets.fold_of(mark.writer) == fold) == held:
            found[mark.label].append(mark)
    return found


def compose(
    hand: Sequence[PenSample], drawn: Mapping[str, Sequence[PenSample]], form: str, random: np.random.Generator
) -> Signed:
    """A number of that form.

    Args:
        hand: digits of one writer.
        drawn: signs of each kind.
        form: "d" for each digit, signs and spaces as they stand.
    """
    text, right = "", 0.0
    strokes: list[NDArray[Any]] = []
    for mark in form:
        if mark == " ":
            right += float(random.uniform(0.9, 1.4)) * HEIGHT
            text += mark
            continue
        if mark == "d":
            sample = one_of(hand, random)
            paths, label = _on_the_line(alone(sample).strokes, random), sample.label
        else:
            paths, label = _sign(one_of(drawn[mark], random), mark, random), mark
        low = min(float(path[:, 0].min()) for path in paths)
        left = right + float(random.uniform(0.06, 0.3)) * HEIGHT if strokes else 0.0
        strokes += [(path + np.array([left - low, 0], np.float32)).astype(np.float32) for path in paths]
        right = max(right, max(float(path[:, 0].max()) for path in strokes[-len(paths) :]))
        text += label
    return Signed(text, tuple(strokes))


def _on_the_line(paths: Sequence[NDArray[Any]], random: np.random.Generator) -> list[NDArray[Any]]:
    """A digit, a little larger or smaller than the others, with its foot at 0 or nearly so."""
    size = np.float32(np.exp(random.normal(0, 0.06)))
    foot = max(float(path[:, 1].max()) for path in paths) * size + random.normal(0, 0.03) * HEIGHT
    return [path * size - np.array([0, foot], np.float32) for path in paths]


def _sign(sample: PenSample, kind: str, random: np.random.Generator) -> list[NDArray[Any]]:
    """Its strokes in the size and at the height of its kind; the line that digits stand on is at 0."""
    paths = [np.asarray(path, np.float32) for path in sample.strokes]
    points = np.concatenate(paths)
    low = points.min(axis=0)
    scale = random.uniform(*_SIZES[kind]) * HEIGHT / max(1.0, float((points.max(axis=0) - low).max()))
    paths = [(path - low) * np.float32(scale) for path in paths]
    tall = max(float(path[:, 1].max()) for path in paths)
    foot = {".": random.uniform(-0.05, 0.03), ",": random.uniform(0.03, 0.15), "-": -random.uniform(0.38, 0.6)}[kind]
    down = foot * HEIGHT - (tall / 2 if kind == "-" else tall)
    return [path + np.array([0, down], np.float32) for path in paths]
