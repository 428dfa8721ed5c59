"""What a look inside takes and finds, and how a grid of pixels set by hand is best read. Validation writers only.

python -m benchmarks.inside          needs INKDIGIT_DATA
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import Times
from inkdigit.explain.counterfactuals import counterfactuals
from inkdigit.explain.inside import Inside, Looker, made_of
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import glyph
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.reading import Digit

LOOKS, WARMUP = 300, 20
SIDE = 28
FOLD = 0  # of the writers that the shipped network never saw

Pixels = NDArray[np.uint8]


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    reader = Reader()
    marks = [mark for mark in datasets.pen("digits", reader.settings) if datasets.fold_of(mark.writer) == FOLD]
    figures = {"look": looks(reader, marks), "grid": grids(reader, marks)}
    write(RESULTS / "inside.json", "python -m benchmarks.inside", figures)
    for name, figure in figures["look"].items():
        print(name, figure)
    for row in figures["grid"]:
        print(row)


def looks(reader: Reader, marks: list[PenSample]) -> dict[str, Any]:
    """Times of a look at the digits of unseen writers, and of its parts; how many changes it finds."""
    drawn = [Strokes.of(mark.strokes) for mark in marks[:: len(marks) // (LOOKS + WARMUP)]][: LOOKS + WARMUP]
    digits = [reader.ink(strokes, single=True).digits[0] for strokes in drawn]
    started = time.thread_time()
    looker = Looker(reader.model)
    looker.look(digits[0], made_of(drawn[0], digits[0]))
    first = round(time.thread_time() - started, 4)
    seen: list[Inside] = []
    parts: dict[str, Callable[[Strokes, Digit], object]] = {
        "a look": lambda strokes, digit: seen.append(looker.look(digit, made_of(strokes, digit))),
        "the steps from ink to glyph": made_of,
        "its layers": lambda _, digit: looker.layers(Glyph(digit.glyph)),
        "where it looked": lambda _, digit: looker.looked(Glyph(digit.glyph), [digit.value]),
        "changes": lambda _, digit: counterfactuals(
            reader.scores, reader.model.card.refuse_above, Glyph(digit.glyph), digit.value, digit.runners_up
        ),
    }
    times = {name: timed(part, drawn, digits).to_json() for name, part in parts.items()}
    return {"the first look, s": first, "times": times, "changes": found(seen[WARMUP:])}


def timed(part: Callable[[Strokes, Digit], object], drawn: list[Strokes], digits: list[Digit]) -> Times:
    """Processor time of one call a drawing, all of it in this thread; the first ones warm up.

    On a machine that does nothing else it is the time that passes; on a shared one it leaves out what others do.
    """
    seconds = []
    for strokes, digit in zip(drawn, digits, strict=True):
        start = time.thread_time()
        part(strokes, digit)
        seconds.append(time.thread_time() - start)
    return Times.of(seconds[WARMUP:])


def found(seen: list[Inside]) -> dict[str, Any]:
    """How many digits have a change that makes another of them, and how much of their ink it moves."""
    best = [[one for one in each.changes if one.found] for each in seen]
    moved = [
        float((one.added.sum(dtype=np.int64) + one.removed.sum(dtype=np.int64)) / 255 / each.digit.glyph.sum())
        for each, ones in zip(seen, best, strict=True)
        for one in ones[:1]
    ]
    return {
        "digits looked at": len(seen),
        "with a change to another digit": sum(bool(ones) for ones in best),
        "with changes to two": sum(len(ones) == 2 for ones in best),
        "ink moved, median share of the digit's": round(float(np.median(moved)), 3),
    }


def grids(reader: Reader, marks: list[PenSample]) -> list[dict[str, Any]]:
    """Misread and refused of each set of grids, by each way of reading them."""
    written = [Strokes.of(mark.strokes) for mark in marks]
    labels = np.array([int(mark.label) for mark in marks])
    pictures = datasets.mnist("train", reader.settings, download=False)
    sets = {
        "glyphs of the pen, 0 or 1": ([hard(glyph.from_strokes(one).pixels * 255) for one in written], labels),
        "MNIST validation, 0 or 1": ([hard(one) for one in pictures.images[-5000:]], pictures.labels[-5000:]),
        "lines one cell wide, 20 high": ([thin(one, 20, 4) for one in written], labels),
        "the same, 14 high in a corner": ([thin(one, 14, 1) for one in written], labels),
    }
    ways = {
        "as they stand": lambda cells: cells.astype(np.float32) / 255,
        "smoothed, sigma 0.5": lambda cells: cv2.GaussianBlur(cells, (0, 0), 0.5).astype(np.float32) / 255,
        "smoothed, sigma 0.7": lambda cells: cv2.GaussianBlur(cells, (0, 0), 0.7).astype(np.float32) / 255,
        "enlarged and fitted": lambda cells: glyph.from_cells(cells).pixels,
    }
    rows = []
    for name, (cells, right) in sets.items():
        for way, made in ways.items():
            answers = reader.model.probabilities(np.stack([made(one) for one in cells])[:, None])
            refused = answers[:, 10] > reader.model.card.refuse_above
            rows.append(
                {
                    "set": name,
                    "way": way,
                    "grids": len(right),
                    "misread": int((answers[:, :10].argmax(axis=1) != right).sum()),
                    "refused": int(refused.sum()),
                }
            )
    return rows


def hard(tones: NDArray[Any]) -> Pixels:
    """Ink or paper, without tones between."""
    return np.where(tones > 127, 255, 0).astype(np.uint8)


def thin(strokes: Strokes, high: int, margin: int) -> Pixels:
    """A drawing in lines one cell wide, its longer side `high` cells, as somebody sets it with the arrow keys."""
    cells = np.zeros((SIDE, SIDE), np.uint8)
    left, top, right, bottom = strokes.box or (0, 0, 1, 1)
    scale = (high - 1) / max(right - left, bottom - top, 1e-6)
    for path in strokes.paths:
        places = np.rint((path - (left, top)) * scale).astype(np.int32) + margin
        cv2.polylines(cells, [places], False, 255, 1, cv2.LINE_8)
    return cells


if __name__ == "__main__":
    main()
