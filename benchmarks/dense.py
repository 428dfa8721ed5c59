"""How long reading a drawing takes, and what memory, by strokes and points, on one core: plain drawings and dense ones.

python -m benchmarks.dense   (2 minutes)
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from benchmarks import RESULTS
from inkdigit.evaluation.report import write
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader

Drawing = list[Any]
TIMES = 5


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    reader = Reader()
    reader.ink(apart(8))
    figures: dict[str, Any] = {}
    for name, make in DRAWINGS.items():
        strokes = Strokes.of(make())
        spent = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            found = reader.ink(strokes)
            spent.append(1000 * (time.perf_counter() - begun))
        tracemalloc.start()
        reader.ink(strokes)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        figures[name] = {
            "strokes": len(strokes.paths),
            "points": sum(len(path) for path in strokes.paths),
            "milliseconds": {"median": float(np.median(spent)), "most": max(spent)},
            "megabytes": peak / 1e6,
            "marks": len(found.digits),
            "words": found.words,
        }
        print(name, figures[name], flush=True)
    write(RESULTS / "dense.json", "python -m benchmarks.dense", figures)


def apart(count: int) -> Drawing:
    """Upright lines that stand apart: a number of 1s."""
    return [[[40 * place, 0], [40 * place + 3, 100]] for place in range(count)]


def in_rows(count: int) -> Drawing:
    """Twenty of them in a row, row below row."""
    return [[[x + 40 * (n % 20), y + 150 * (n // 20)] for x, y in ((0, 0), (3, 100))] for n in range(count)]


def crossing(count: int, points: int = 2) -> Drawing:
    """Lines from anywhere to anywhere."""
    random = np.random.default_rng(count)
    return [random.uniform(0, 300, (points, 2)) for _ in range(count)]


def dots(count: int) -> Drawing:
    """Taps all over the sheet."""
    return [place[None] for place in np.random.default_rng(count).uniform(0, 900, (count, 2))]


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    "8 digits": lambda: apart(8),
    "40 digits": lambda: apart(40),
    "80 digits": lambda: apart(80),
    "2,000 digits": lambda: apart(2_000),
    "2,000 digits in rows": lambda: in_rows(2_000),
    "8 crossing lines": lambda: crossing(8),
    "20 crossing lines": lambda: crossing(20),
    "300 crossing lines": lambda: crossing(300),
    "2,000 crossing lines": lambda: crossing(2_000),
    "2 strokes of 1,000 points all over": lambda: crossing(2, 1_000),
    "1 stroke of 20,000 points all over": lambda: crossing(1, 20_000),
    "20 strokes of 1,000 points all over": lambda: crossing(20, 1_000),
    "2,000 dots": lambda: dots(2_000),
}

if __name__ == "__main__":
    main()
