"""Numbers, dates and sums with their signs, put together from pen digits of one hand and signs of others.

What shape a sign has is that of a writer; how large it is and where it stands, which the files do not tell, is drawn
from what handwriting does: a point on the line, a comma through it, a minus sign in the middle, a slash a little higher
than the digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.composed import HEIGHT, alone, labelled, one_of
from inkdigit.settings import Settings

# What is written, d for any digit; of several forms, one is drawn.
FORMS: dict[str, tuple[str, ...]] = {
    "decimals": ("d.d", "dd.dd", "d,dd", "ddd,d"),
    "amounts with two decimals": ("dd.dd", "ddd.dd", "d,ddd.dd", "ddd,dd"),
    "negative numbers": ("-d", "-dd", "-ddd", "-d.d"),
    "dates with points": ("dd.dd.dddd", "d.d.dddd"),
    "dates with dashes": ("dd-dd-dddd", "dddd-dd-dd"),
    "dates with slashes": ("dd/dd/dddd", "d/d/dddd", "dd/dd"),
    "times": ("dd:dd", "d:dd", "dd:dd:dd"),
    "phone numbers": ("ddd-dddd", "ddd ddd dddd", "ddd ddd-dddd"),
    "sums of two": ("dd+d=", "d-d=d", "dxd=", "dd:d=", "d*d", "dd÷d=", "dd/d=d", "d·d=dd", "dd+dd=dd"),
    "sums of three": ("d+d+d=", "(d+d)xd", "dxd+d=", "d-d-d=", "dd-(d+d)=", "dx(d-d)", "d+d-d=d"),
    "percent, number and money signs": ("dd%", "d%", "#dd", "#d", "$dd.dd", "$d", "$ddd"),
    "without signs": ("dd", "ddd", "dddd", "ddddd"),
}

# Of each sign: its label in the pen files, its larger side and how far above the line its middle is, in heights of a
# digit. A point and a comma stand on the line: there, it is how far above it their foot is.
_SHAPES: dict[str, tuple[str, tuple[float, float], tuple[float, float]]] = {
    ".": (".", (0.02, 0.09), (-0.03, 0.05)),
    ",": (",", (0.12, 0.25), (-0.15, -0.03)),
    "-": ("-", (0.3, 0.6), (0.38, 0.6)),
    "/": ("/", (0.9, 1.45), (0.38, 0.6)),
    ":": (":", (0.3, 0.65), (0.25, 0.5)),
    "+": ("+", (0.4, 0.85), (0.36, 0.58)),
    "=": ("=", (0.35, 0.8), (0.36, 0.58)),
    "(": ("(", (1.0, 1.5), (0.4, 0.58)),
    ")": (")", (1.0, 1.5), (0.4, 0.58)),
    "%": ("%", (0.75, 1.2), (0.4, 0.58)),
    "#": ("#", (0.75, 1.2), (0.4, 0.58)),
    "$": ("$", (1.0, 1.5), (0.4, 0.58)),
    "x": ("x", (0.35, 0.75), (0.25, 0.55)),
    "*": ("*", (0.25, 0.6), (0.4, 0.8)),
    "·": (".", (0.02, 0.09), (0.38, 0.6)),
    "÷": ("-", (0.35, 0.75), (0.38, 0.58)),  # with a point above and below
}
_ON_THE_LINE = ".,"


@dataclass(frozen=True, eq=False)
class Signed:
    """A number as somebody could have written it.

    Attributes:
        text: digits, signs and spaces.
        strokes: float32 (k, 2) each, x right, y down.
        owners: the place in `text` of what each stroke belongs to.
    """

    text: str
    strokes: tuple[NDArray[Any], ...]
    owners: tuple[int, ...]


def signs(settings: Settings, fold: int, held: bool) -> dict[str, list[PenSample]]:
    """The drawn signs of each kind, of the writers of a fold, or of all others; x is among the letters.

    Raises:
        DataError: the pen files are missing or damaged.
    """
    by_label: dict[str, list[PenSample]] = {label: [] for label, _, _ in _SHAPES.values()}
    for name in ("symbols", "lowercase"):
        for mark in datasets.pen(name, settings):
            if mark.label in by_label and (datasets.fold_of(mark.writer) == fold) == held:
                by_label[mark.label].append(mark)
    return {kind: by_label[label] for kind, (label, _, _) in _SHAPES.items()}


def compose(
    hand: Sequence[PenSample],
    drawn: Mapping[str, Sequence[PenSample]],
    form: str,
    random: np.random.Generator,
    others: Sequence[PenSample] = (),
    times: float = 1.0,
) -> Signed:
    """A number of that form.

    Args:
        hand: digits of one writer.
        drawn: signs of each kind; one of them is taken for all of a kind in the number.
        form: "d" for any digit; a digit that is asked for, of a hand that wrote it; signs and spaces as they stand; "?"
            for a mark that is neither.
        others: marks that are neither.
        times: so high are the zeros that the form asks for, beside the other digits.
    """
    text, right = "", 0.0
    strokes: list[NDArray[Any]] = []
    owners: list[int] = []
    wide = float(random.uniform(0.0, 0.3))  # some people leave more room around a sign of a sum
    own = {kind: [one_of(some, random)] for kind, some in drawn.items() if kind in form}  # one hand writes a sign alike
    own["."] = [one_of(drawn["."], random)]
    for mark in form:
        if mark == " ":
            right += float(random.uniform(0.9, 1.4)) * HEIGHT
            text += mark
            continue
        if mark in "d?" or mark.isdigit():
            several = {"d": hand, "?": others}.get(mark)
            sample = one_of(labelled(hand, mark) if several is None else several, random)
            size = np.float32(times if mark == "0" else 1)
            paths = [path * size for path in _on_the_line(alone(sample).strokes, random)]
            label = mark if mark == "?" else sample.label
        else:
            paths, label = sign(own, mark, random), mark
        low = min(float(path[:, 0].min()) for path in paths)
        more = wide if label in "+=x*÷·:-" else 0.0
        left = right + float(random.uniform(0.06, 0.3) + more) * HEIGHT if strokes else 0.0
        strokes += [(path + np.array([left - low, 0], np.float32)).astype(np.float32) for path in paths]
        owners += [len(text)] * len(paths)
        right = max(right, max(float(path[:, 0].max()) for path in strokes[-len(paths) :]) + more * HEIGHT)
        text += label
    return Signed(text, tuple(strokes), tuple(owners))


def sign(drawn: Mapping[str, Sequence[PenSample]], kind: str, random: np.random.Generator) -> list[NDArray[Any]]:
    """The strokes of a sign in the size and at the height of its kind; the line that digits stand on is at 0."""
    paths = _placed(one_of(drawn[kind], random), kind, random)
    if kind != "÷":
        return paths
    box = np.concatenate(paths)
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    for down in (-1, 1):
        dot = _placed(one_of(drawn["."], random), ".", random)
        middle = np.concatenate(dot).mean(axis=0)
        away = float(random.uniform(0.12, 0.25)) * HEIGHT
        place = [(left + right) / 2 + random.normal(0, 0.03) * HEIGHT, top - away if down < 0 else bottom + away]
        paths += [(path - middle + np.array(place)).astype(np.float32) for path in dot]
    return paths


def _on_the_line(paths: Sequence[NDArray[Any]], random: np.random.Generator) -> list[NDArray[Any]]:
    """A digit, a little larger or smaller than the others, with its foot at 0 or nearly so."""
    size = np.float32(np.exp(random.normal(0, 0.06)))
    foot = max(float(path[:, 1].max()) for path in paths) * size + random.normal(0, 0.03) * HEIGHT
    return [path * size - np.array([0, foot], np.float32) for path in paths]


def _placed(sample: PenSample, kind: str, random: np.random.Generator) -> list[NDArray[Any]]:
    """The strokes of one mark in the size and at the height of its kind."""
    _, sizes, heights = _SHAPES[kind]
    paths = [np.asarray(path, np.float32) for path in sample.strokes]
    points = np.concatenate(paths)
    low = points.min(axis=0)
    scale = random.uniform(*sizes) * HEIGHT / max(1.0, float((points.max(axis=0) - low).max()))
    paths = [(path - low) * np.float32(scale) for path in paths]
    tall = max(float(path[:, 1].max()) for path in paths)
    down = -random.uniform(*heights) * HEIGHT - (tall if kind in _ON_THE_LINE else tall / 2)
    return [path + np.array([0, down], np.float32) for path in paths]
