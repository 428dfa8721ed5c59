"""Pages where there is no data folder, drawn from one hand's digits, signs and letters, wobbled."""

from __future__ import annotations

from typing import Any

from drawn import DIGITS, SIGNS, wobbled

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.paper.material import Material

LETTERS: dict[str, Any] = {
    "N": [[[10, 0], [8, 100]], [[12, 0], [80, 100]], [[82, 0], [80, 100]]],
    "T": [[[0, 0], [80, 0]], [[40, 0], [42, 100]]],
    "K": [[[0, 0], [0, 100]], [[70, 0], [0, 50], [70, 100]]],
    "m": [[[0, 50], [0, 100]], [[0, 60], [20, 50], [30, 100]], [[30, 60], [50, 50], [60, 100]]],
}


def material(first: int = 0) -> Material:
    """Digits, signs and letters of one writer, wobbled from seed `first`; print without fonts."""
    hand = [PenSample(str(digit), "a", wobbled(DIGITS[digit], first + n)) for digit in DIGITS for n in range(3)]
    signs = {kind: [PenSample(kind, "b", wobbled(SIGNS[kind], first + n)) for n in range(2)] for kind in SIGNS}
    letters = [PenSample(letter, "c", wobbled(strokes, first)) for letter, strokes in LETTERS.items()]
    return Material([hand], signs, [letters], [], [])
