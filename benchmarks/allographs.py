"""The ways to write each digit: how many drawings of each are read, and a picture of all for docs/allographs.md.

python -m benchmarks.allographs   (a minute)

The shipped network was trained on such drawings, with other shakes of the hand: this shows that it knows them, and not
how it reads a way that it never saw.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.evaluation.allographs import ALLOGRAPHS, Allograph, written
from inkdigit.evaluation.report import write
from inkdigit.ink.strokes import draw
from inkdigit.reader import Reader

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "allographs.png"
EACH = 100
_SEED = 20_260_102  # training has other seeds
_CELL, _INK, _PEN = 72, 52, 5  # pixels


def main() -> None:
    reader = Reader()
    random = np.random.default_rng(_SEED)
    rows = [counted(reader, way, random) for way in ALLOGRAPHS]
    for row in rows:
        print(f"{row['digit']} {row['name']:30} {row['right']} of {row['all']}, {row['refused']} refused")
    write(RESULTS / "allographs.json", "python -m benchmarks.allographs", {"ways": rows})
    cv2.imwrite(str(PICTURE), sheet())


def counted(reader: Reader, way: Allograph, random: np.random.Generator) -> dict[str, int | str]:
    """How many of the drawings of one way are read as its digit, and how many are refused."""
    answers = [reader.ink(written(way, random).paths, single=True).digits[0].value for _ in range(EACH)]
    return {
        "digit": way.digit,
        "name": way.name,
        "all": EACH,
        "right": answers.count(way.digit),
        "refused": answers.count(None),
    }


def sheet() -> NDArray[np.uint8]:
    """A row for each digit, uint8 (h, w), of its ways in the order of the table, each as the template stands."""
    most = max(sum(way.digit == digit for way in ALLOGRAPHS) for digit in range(10))
    made = np.full((10 * _CELL, most * _CELL), 255, np.uint8)
    for digit in range(10):
        for place, way in enumerate(way for way in ALLOGRAPHS if way.digit == digit):
            ink = draw(written(way), _INK, _PEN)
            top, left = digit * _CELL + (_CELL - ink.shape[0]) // 2, place * _CELL + (_CELL - ink.shape[1]) // 2
            made[top : top + ink.shape[0], left : left + ink.shape[1]] = 255 - ink
    return made


if __name__ == "__main__":
    main()
