"""Drawn pages with what is read on them: right in green, wrong in red, and what was missed in amber.

python -m benchmarks.paper_gallery   (needs INKDIGIT_DATA; half a minute)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.numbers import overlap
from inkdigit.evaluation.paper import counting, material
from inkdigit.evaluation.paper.canvas import WORD
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.reader import Reader

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "paper.jpg"
KINDS = ("mark sheet", "score card", "boxes", "cheque", "register", "cells")
FOLD = 0  # the writers that the shipped networks never saw
SEED = 5  # other pages than those that are counted
RIGHT, WRONG, MISSED = (60, 150, 40), (50, 40, 210), (20, 150, 235)  # BGR
SHOWN = (600, 800)  # pixels of a page


def main() -> None:
    reader = Reader()
    made = material.collect(reader.settings, FOLD, held=True)
    pages = [shown(reader, page) for kind in KINDS for page in counting.drawn(made, kind, 1, SEED)]
    rows = [np.hstack(pages[at : at + 3]) for at in range(0, len(pages), 3)]
    cv2.imwrite(str(PICTURE), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 60])
    print(PICTURE)


def shown(reader: Reader, page: Shot) -> NDArray[Any]:
    """The page with all readings on it."""
    scale = SHOWN[0] / page.picture.shape[1]
    drawn = cv2.cvtColor(cv2.resize(page.picture, SHOWN, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    found = [(one, one.box) for one in reader.page(page.picture).numbers if one.box]
    items = [item for item in page.items if item.kind != WORD and item.text]
    read = [max((overlap(counting.upright(item), box) for _, box in found), default=0.0) for item in items]
    for item, best in zip(items, read, strict=True):
        if best < counting.SAME:
            cv2.polylines(drawn, [np.rint(item.quad * scale).astype(np.int32)], True, MISSED, 1, cv2.LINE_AA)
    for one, box in found:
        same = any(item.text == one.text and overlap(counting.upright(item), box) >= counting.SAME for item in items)
        left, top, right, bottom = (round(side * scale) for side in box)
        colour = RIGHT if same else WRONG
        cv2.rectangle(drawn, (left - 1, top - 1), (right + 1, bottom + 1), colour, 2 if one.confidence >= 0.9 else 1)
        cv2.putText(drawn, one.written, (left, top - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    return drawn


if __name__ == "__main__":
    main()
