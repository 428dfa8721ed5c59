"""Numbers, dates and sums with signs, drawn with a pen: how many are read wholly right as they were written.

python -m benchmarks.signs   (needs INKDIGIT_DATA; 5 minutes)

Composed from digits and signs of writers that training left out, each form as often (evaluation/signed.py). Beside
whole numbers, signs are counted by kind in those of the right length, and drawn alone. The mistakes are drawn into
docs/pictures/sign-mistakes.png, the shares into docs/pictures/signs.png.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure

from benchmarks import RESULTS
from inkdigit.evaluation import composed, signed
from inkdigit.evaluation.composed import one_of
from inkdigit.evaluation.report import write
from inkdigit.evaluation.signed import Signed
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Number

EACH = 500
ALONE = 100  # drawings of each sign alone
SHOWN = 12  # of what was misread, of each kind
_COLUMNS = 4
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


def main() -> None:
    reader = Reader()
    hands = composed.hands(reader.settings, 0, held=True)
    drawn = signed.signs(reader.settings, 0, held=True)
    figures: dict[str, Any] = {}
    confused: Counter[tuple[str, str]] = Counter()
    mistakes: list[tuple[Signed, Number]] = []
    for kind, forms in signed.FORMS.items():
        random = np.random.default_rng([11, *kind.encode()])
        made = [signed.compose(one_of(hands, random), drawn, forms[at % len(forms)], random) for at in range(EACH)]
        read = [reader.ink(one.strokes) for one in made]
        alone = ["".join(mark for mark in one.text if mark.isdigit()) for one in made]
        wrong = [(one, number) for one, number in zip(made, read, strict=True) if one.text != number.written]
        for one, number in zip(made, read, strict=True):
            if len(one.text) == len(number.written):
                confused.update(zip(one.text, number.written, strict=True))
        figures[kind] = {
            "all": EACH,
            "as written": EACH - len(wrong),
            "digits": sum(number.text == text for number, text in zip(read, alone, strict=True)),
            "wrong and surer than 0.9": sum(number.confidence > 0.9 for _, number in wrong),
            "misread": [[one.text, number.written] for one, number in wrong[:SHOWN]],
        }
        mistakes += wrong[:SHOWN]
        print(kind, figures[kind], flush=True)
    figures["signs"] = _by_sign(confused) | {"alone": _alone(reader, drawn)}
    print(figures["signs"])
    write(RESULTS / "signs.json", "python -m benchmarks.signs", figures)
    _plot({kind: figures[kind]["as written"] / EACH for kind in signed.FORMS})
    _sheet(mistakes)


def _by_sign(confused: Counter[tuple[str, str]]) -> dict[str, Any]:
    """How many of each sign were read right, and how often a 1 and a slash were taken for each other."""
    kinds = sorted({kind for kind, _ in confused if kind not in "0123456789 "})
    right = {kind: [confused[kind, kind], sum(n for (one, _), n in confused.items() if one == kind)] for kind in kinds}
    ones = sum(n for (one, _), n in confused.items() if one == "1")
    return {
        "right": right,
        "all right": [sum(n for n, _ in right.values()), sum(n for _, n in right.values())],
        "1 read as /": [confused["1", "/"], ones],
        "/ read as 1": [confused["/", "1"], right["/"][1]],
    }


def _alone(reader: Reader, drawn: dict[str, Any]) -> dict[str, Any]:
    """Each sign drawn alone: how often it is shown as that sign, as another, as no digit, and as a digit."""
    random = np.random.default_rng(12)
    found = {}
    for kind in drawn:
        read = [reader.ink(signed.sign(drawn, kind, random)) for _ in range(ALONE)]
        digits = sum(any(digit.value is not None for digit in one.digits) for one in read)
        refused = sum("?" in one.written for one in read if all(digit.value is None for digit in one.digits))
        found[kind] = {"as written": sum(one.written == kind for one in read), "refused": refused, "digits": digits}
    return found


def _plot(shares: dict[str, float]) -> None:
    drawing = Figure(figsize=(7.5, 3.6), layout="constrained")
    axes = drawing.subplots()
    bars = axes.barh(list(shares)[::-1], [100 * share for share in shares.values()][::-1], color="#2b50c8", height=0.7)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.set_xlim(80, 101)
    axes.set_xlabel("% of 500 wholly as written, by left-out writers")
    axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(PICTURES / "signs.png", dpi=110)


def _sheet(mistakes: list[tuple[Signed, Number]]) -> None:
    """What was misread, with what was written and what was read."""
    rows = -(-len(mistakes) // _COLUMNS)
    drawing = Figure(figsize=(3.4 * _COLUMNS, 1.05 * rows), layout="constrained")
    for axes, (one, number) in zip(drawing.subplots(rows, _COLUMNS, squeeze=False).flat, mistakes, strict=False):
        points = np.concatenate(one.strokes)
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        scale = min(600 / max(size[0], 1), 90 / max(size[1], 1))
        page = np.full((110, 620), 255, np.uint8)
        for path in one.strokes:
            cv2.polylines(page, [np.rint((path - low) * scale + 10).astype(np.int32)], False, 0, 2, cv2.LINE_AA)
        axes.imshow(page, cmap="gray", vmin=0, vmax=255)
        axes.set_title(
            f"{one.text}  read as  {number.written!r}  {number.confidence:.2f}".replace("$", r"\$"), fontsize=9
        )
    for axes in drawing.axes:
        axes.axis("off")
    drawing.savefig(PICTURES / "sign-mistakes.png", dpi=60)


if __name__ == "__main__":
    main()
