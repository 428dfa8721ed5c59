"""Networks that are made up: of rows, of digits and of lines, and what is read on a page by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import paper, row
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.reading import Number

LIKELY = 14.0  # a logit


class Says:
    """Stands in for a network of rows: says the same text of each row, its marks spread over the middle of it.

    Args:
        texts: of each row; "?" is a mark that is none.
    """

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.widths: list[int] = []

    def scores(self, prepared: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
        """As RowModel.scores."""
        ways = len(prepared) // max(1, len(self.texts))  # rows that are read unsurely come again, each in some ways
        texts = [text for text in self.texts for _ in range(ways)]
        return [self._of(one, text) for one, text in zip(prepared, texts, strict=True)]

    def _of(self, prepared: NDArray[np.float32], text: str) -> NDArray[Any]:
        high, wide = prepared.shape
        assert high == row.HIGH
        self.widths.append(wide)
        steps = (wide + 1) // 2
        logits = np.zeros((steps, len(row.LABELS)), np.float32)
        logits[:, -1] = LIKELY
        names = ["?" if name == "other" else name for name in row.LABELS]
        for at, mark in enumerate(text):
            step = round(5 + (steps - 10) * (at + 0.5) / len(text))
            logits[step, -1], logits[step, names.index(mark)] = 0, LIKELY
        return logits


class Alone:
    """Stands in for the networks of single digits: each is a certain digit, or they know nothing.

    Args:
        digit: that each mark is, and how likely; None: any.
        learned: whether a hand was learned that speaks of every mark.
    """

    def __init__(self, digit: int | None = None, chance: float = 0.97, learned: bool = False) -> None:
        self.digit, self.chance, self.learned = digit, chance, learned
        self.prints: Any = None

    def chances(self, marks: Sequence[Any]) -> NDArray[Any]:
        """As Networks.chances."""
        found = np.full((len(marks), 11), 0.09 if self.digit is None else (1 - self.chance) / 10, np.float32)
        if self.digit is not None:
            found[:, self.digit] = self.chance
        return found

    def taught(self, marks: Sequence[Any]) -> NDArray[Any]:
        """As Networks.taught."""
        return np.full(len(marks), self.learned)


class Lines:
    """Stands in for a network of lines, which says the same of all ink; "" is nothing.

    Args:
        text: that it reads.
        sure: the logit of each of its marks.
    """

    def __init__(self, text: str = "", sure: float = LIKELY) -> None:
        self.text, self.sure = text, sure

    def scores(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """As LineModel.scores."""
        steps = (pixels.shape[1] + 1) // 2
        logits = np.zeros((steps, 12), np.float32)
        logits[:, 11] = LIKELY
        for at, mark in enumerate(self.text):
            step = int(steps * (at + 0.5) / len(self.text))
            logits[step, 11], logits[step, int(mark)] = 0, self.sure
        return logits


NOBODY = Alone()
SILENT = Lines()


def found(
    says: Says,
    *cores: Core,
    turns: int = 0,
    grey: NDArray[np.uint8] | None = None,
    alone: Alone = NOBODY,
    lines: Lines = SILENT,
) -> list[Number]:
    shown = np.full((600, 800), 220, np.uint8) if grey is None else grey
    seen = Layout(cores, turns)
    return [one.number for one in paper.read(says, lines, alone, shown, seen)]  # type: ignore[arg-type]
