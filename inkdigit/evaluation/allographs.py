"""Allographs: the ways in which people write each digit, as strokes to draw with variation (docs/allographs.md).

Many hands in our files write the same few ways. A rare one, like the 1 with an upstroke as long as its stem, is drawn
here from a template, so that a network can learn it, and a test can ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.strokes import Strokes

_STEP = 12  # points between two control points of a curve
_SHAKE = 4.5  # of 100: how far a control point strays, typically
_Part = tuple[tuple[float, float], ...]  # of a stroke: two points are a straight line, more a curve through all


@dataclass(frozen=True)
class Allograph:
    """One way to write a digit.

    Attributes:
        digit: 0 to 9.
        name: in a few words, unlike that of every other way of the digit.
        strokes: each a list of parts that follow each other; x right, y down, the digit about 100 high.
        stray: how far the first point of the first stroke may lie beside its place, (x, y), either way.
    """

    digit: int
    name: str
    strokes: tuple[tuple[_Part, ...], ...]
    stray: tuple[float, float] = (0, 0)


_RING: _Part = ((48, 0), (14, 28), (12, 68), (42, 100), (76, 76), (80, 30), (50, 0))
_BOWL: _Part = ((20, 44), (60, 37), (80, 68), (46, 100), (4, 88))
_LOOP: _Part = ((72, 20), (38, 0), (10, 28), (38, 52), (72, 22))
_WAIST: _Part = ((70, 12), (38, 0), (18, 24), (50, 48), (82, 76), (46, 100), (12, 78), (46, 50), (76, 24), (66, 6))

ALLOGRAPHS = (
    Allograph(0, "plain", ((_RING,),)),
    Allograph(0, "with a tail", ((((62, 4), (16, 26), (14, 70), (44, 100), (76, 70), (66, 16), (58, 2), (104, -6)),),)),
    Allograph(0, "linked on both sides", ((((10, 4), (30, 10), (10, 52), (40, 100), (78, 60), (56, 6), (104, 0)),),)),
    Allograph(0, "flat", ((((52, 20), (4, 34), (2, 66), (50, 82), (104, 66), (104, 36), (56, 20)),),)),
    Allograph(0, "open at the top", ((((34, 4), (10, 40), (18, 84), (48, 100), (80, 72), (78, 28), (58, 2)),),)),
    Allograph(0, "with a slash", ((_RING,), (((92, 2), (4, 100)),)), (6, 6)),
    Allograph(0, "with a level bar", ((_RING,), (((-4, 50), (96, 48)),))),
    Allograph(1, "stem alone", ((((52, 0), (46, 100)),),)),
    Allograph(1, "short upstroke", ((((24, 24), (50, 0)), ((50, 0), (48, 100))),), (6, 8)),
    Allograph(1, "upstroke of half its height", ((((16, 52), (52, 0)), ((52, 0), (52, 100))),), (8, 8)),
    Allograph(1, "upstroke as long as the stem", ((((2, 88), (54, 0)), ((54, 0), (54, 100))),), (14, 12)),
    Allograph(1, "bent upstroke", ((((0, 72), (26, 44), (54, 0)), ((54, 0), (50, 100))),), (8, 14)),
    Allograph(1, "with a foot", ((((50, 0), (48, 100)),), (((20, 100), (80, 100)),))),
    Allograph(1, "upstroke and foot",
        ((((22, 26), (50, 0)), ((50, 0), (48, 100))), (((16, 100), (82, 100)),)), (6, 10)),
    Allograph(2, "plain", ((((10, 24), (42, 0), (76, 22), (56, 58), (6, 98)), ((6, 98), (86, 98))),)),
    Allograph(2, "with a loop", ((((12, 22), (46, 0), (76, 26), (44, 76), (14, 96), (10, 80), (38, 84), (92, 98)),),)),
    Allograph(2, "angular", ((((10, 6), (78, 4)), ((78, 4), (8, 96)), ((8, 96), (84, 96))),)),
    Allograph(2, "wavy foot",
        ((((12, 26), (42, 0), (74, 24), (50, 64), (8, 96)), ((8, 96), (36, 88), (60, 100), (90, 92))),)),
    Allograph(3, "round", ((((10, 12), (50, 0), (76, 22), (38, 46)), ((38, 46), (84, 70), (46, 100), (4, 88))),)),
    Allograph(3, "flat top", ((((10, 0), (76, 0)), ((76, 0), (40, 40)), ((40, 40), (84, 66), (44, 100), (6, 88))),)),
    Allograph(3, "looped waist",
        ((((10, 14), (50, 0), (74, 22), (44, 50), (30, 46), (46, 44), (84, 72), (44, 100), (4, 86)),),)),
    Allograph(4, "closed", ((((62, 0), (4, 66)), ((4, 66), (94, 66))), (((62, 0), (60, 100)),))),
    Allograph(4, "open", ((((22, 0), (8, 58)), ((8, 58), (88, 54))), (((68, 6), (60, 100)),))),
    Allograph(4, "open and round", ((((14, 2), (8, 44), (34, 58), (86, 46)),), (((76, 0), (66, 100)),))),
    Allograph(4, "in one stroke", ((((24, 0), (6, 56)), ((6, 56), (78, 50)), ((78, 50), (74, 8), (64, 100))),)),
    Allograph(4, "zigzag", ((((40, 0), (8, 52)), ((8, 52), (72, 46)), ((72, 46), (44, 100))),)),
    Allograph(5, "in two strokes", ((((26, 0), (20, 44)), _BOWL), (((26, 0), (82, 0)),))),
    Allograph(5, "in one stroke", ((((80, 0), (26, 2)), ((26, 2), (20, 44)), _BOWL),)),
    Allograph(5, "bar apart", ((((26, 6), (20, 44)), _BOWL), (((40, -12), (98, -16)),)), (6, 6)),
    Allograph(5, "round", ((((82, 8), (42, 0), (16, 24), (50, 46), (80, 72), (44, 100), (4, 86)),),)),
    Allograph(5, "like a root sign",
        ((((104, 2), (44, 0)), ((44, 0), (38, 42)), ((38, 42), (60, 62), (40, 98), (6, 66))),)),
    Allograph(6, "plain", ((((66, 0), (26, 34), (8, 74), (42, 100), (76, 76), (48, 54), (14, 74)),),)),
    Allograph(6, "straight stem", ((((60, 0), (12, 70)), ((12, 70), (38, 100), (72, 80), (46, 58), (14, 74))),)),
    Allograph(6, "tiny loop", ((((60, 0), (30, 40), (18, 82), (32, 100), (46, 90), (36, 78), (22, 86)),),)),
    Allograph(6, "loop left open", ((((68, 0), (22, 40), (10, 80), (44, 100), (74, 74), (52, 58)),),)),
    Allograph(7, "plain", ((((6, 0), (82, 0)), ((82, 0), (36, 100))),)),
    Allograph(7, "with a bar", ((((6, 0), (82, 0)), ((82, 0), (36, 100))), (((20, 50), (84, 48)),))),
    Allograph(7, "with a low bar", ((((6, 0), (80, 0)), ((80, 0), (36, 100))), (((14, 70), (74, 66)),))),
    Allograph(7, "with a wavy bar",
        ((((6, 2), (82, 0)), ((82, 0), (38, 100))), (((16, 56), (36, 46), (58, 56), (82, 46)),))),
    Allograph(7, "wavy top", ((((4, 14), (28, 0), (54, 12), (84, 2)), ((84, 2), (40, 100))),)),
    Allograph(7, "with a serif", ((((4, 22), (8, 0)), ((8, 0), (82, 0)), ((82, 0), (42, 100))),)),
    Allograph(7, "serif and bar",
        ((((4, 22), (8, 0)), ((8, 0), (82, 0)), ((82, 0), (42, 100))), (((22, 52), (86, 50)),))),
    Allograph(8, "in one stroke", ((_WAIST,),)),
    Allograph(8, "open at the top",
        ((((84, 6), (36, 0), (20, 26), (50, 48), (80, 76), (46, 100), (14, 76), (48, 50), (74, 28)),),)),
    Allograph(
        8,
        "two rings",
        (
            (((50, 0), (24, 12), (24, 36), (48, 47), (74, 34), (72, 12), (50, 0)),),
            (((50, 48), (16, 62), (18, 90), (50, 100), (84, 88), (80, 60), (50, 48)),),
        ),
    ),
    Allograph(9, "plain", ((_LOOP, ((72, 22), (68, 62), (58, 100))),)),
    Allograph(9, "straight stem", ((_LOOP,), (((76, 0), (70, 100)),))),
    Allograph(9, "hooked", ((_LOOP, ((72, 22), (76, 72), (44, 100), (8, 88))),)),
    Allograph(9, "open at the top", ((((64, 4), (26, 4), (10, 30), (36, 50), (72, 32)),), (((78, 14), (66, 100)),))),
)  # fmt: skip


def written(way: Allograph, random: np.random.Generator | None = None) -> Strokes:
    """The way as a person may write it: shaken, slanted, wider or narrower; without `random`, as it stands above."""
    matrix = np.eye(2)
    if random is not None:
        stretch = np.diag(np.exp([random.normal(0, 0.16), random.normal(0, 0.06)]))
        matrix = np.array([[1.0, random.normal(-0.08, 0.14)], [random.normal(0, 0.04), 1.0]]) @ stretch
    known: dict[tuple[float, float], NDArray[np.float64]] = {}
    begin = way.strokes[0][0][0]
    paths = []
    for stroke in way.strokes:
        moved = np.zeros(2) if random is None else random.normal(0, 0.6 * _SHAKE, 2)
        parts = []
        for part in stroke:
            points = []
            for point in part:
                if point not in known:
                    stray = way.stray if point == begin else (0, 0)
                    known[point] = np.array(point, np.float64)
                    if random is not None:
                        known[point] += random.normal(0, _SHAKE, 2) + random.uniform(-1, 1, 2) * stray
                points.append(known[point] + moved)
            parts.append(_curve(np.array(points)))
        paths.append((np.concatenate(parts) @ matrix.T).astype(np.float32))
    return Strokes(tuple(paths))


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 2) -> (m, 2): a line through two points, a Catmull-Rom spline through more (Catmull and Rom, 1974)."""
    if len(points) == 2:
        return np.asarray(points[0] + np.linspace(0, 1, _STEP)[:, None] * (points[1] - points[0]))
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, here, there, behind = (ends[at : len(ends) - 3 + at, None] for at in range(4))
    t = np.linspace(0, 1, _STEP, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - behind) * t**2
        + (3 * here - before - 3 * there + behind) * t**3
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])
