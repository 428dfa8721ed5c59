"""Numbers with signs, drawn with a pen: how many are read wholly right as they were written, and their digits alone.

python -m benchmarks.signs   (needs INKDIGIT_DATA; 2 minutes)

Composed from digits and signs of writers that training left out, each form as often (evaluation/signed.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import RESULTS
from inkdigit.evaluation import composed, signed
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader

EACH = 500
SHOWN = 12  # of what was misread


def main() -> None:
    reader = Reader()
    hands = composed.hands(reader.settings, 0, held=True)
    drawn = signed.signs(reader.settings, 0, held=True)
    figures: dict[str, Any] = {}
    for kind, forms in signed.FORMS.items():
        random = np.random.default_rng([11, *kind.encode()])
        made = [
            signed.compose(composed.one_of(hands, random), drawn, forms[at % len(forms)], random) for at in range(EACH)
        ]
        read = [reader.ink(one.strokes) for one in made]
        alone = ["".join(mark for mark in one.text if mark.isdigit()) for one in made]
        wrong = [
            [one.text, number.written] for one, number in zip(made, read, strict=True) if one.text != number.written
        ]
        figures[kind] = {
            "all": EACH,
            "as written": EACH - len(wrong),
            "digits": sum(number.text == text for number, text in zip(read, alone, strict=True)),
            "misread": wrong[:SHOWN],
        }
        print(kind, figures[kind])
    write(RESULTS / "signs.json", "python -m benchmarks.signs", figures)


if __name__ == "__main__":
    main()
