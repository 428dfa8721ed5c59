"""What a model file says of itself: its labels, its settings, and where it comes from."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from inkdigit.recognition import layout, row, signs, trajectory

OTHER = "other"  # a label: a mark that is no digit
SEVERAL = "several"  # the last label of a model of strokes: several digits side by side, not one mark
PRINTS = ("hand", "print")  # the labels of a model that tells printed digits from written ones
BLANK = "blank"  # the last label of a line model: nothing new at this step


@dataclass(frozen=True)
class Card:
    """What a model file says of itself.

    Attributes:
        script: the writing system: "western".
        labels: what each score stands for, in order; "other" last, where the model knows what is no digit; behind it
            "blank", in a model that reads lines, or "several", in one that reads strokes. Of a model of signs: "none",
            and the signs. Of a model of pages: kinds of core. Of a model of rows: row.LABELS. Of a model of scripts:
            each digit of each script, "thai/7", and "other". Of a model of print: PRINTS.
        normaliser: version of glyph.py, strip.py, trajectory.py, signs.py, layout.py or row.py, it was trained with.
        channels: channels of a glyph, or of a trajectory.
        temperature: scores are divided by it before softmax, so that 0.9 means nine right of ten
            (Guo et al., "On calibration of modern neural networks", arXiv:1706.04599).
        refuse_above: a mark whose probability to be no digit is above this is refused, 0 to 1; in a model of strokes,
            the probability that it and the model of pictures give together.
        provenance: data, recipe, seed, commit, licences, versions, date.
        mistakes: name of a set -> [wrong, all], counted when the file was made.
    """

    script: str
    labels: tuple[str, ...]
    normaliser: int
    channels: int
    temperature: float
    refuse_above: float
    provenance: dict[str, Any]
    mistakes: dict[str, list[int]]

    @property
    def digits(self) -> int:
        """How many of the labels are digits."""
        return (
            0
            if self.reads_signs or self.finds_numbers or self.reads_rows or self.tells_scripts or self.tells_print
            else sum(label not in (OTHER, SEVERAL, BLANK) for label in self.labels)
        )

    @property
    def reads_signs(self) -> bool:
        """Whether it tells signs, by the pen's path and their place, and no digits."""
        return self.labels[:1] == (signs.NONE,)

    @property
    def finds_numbers(self) -> bool:
        """Whether it finds numbers and their ink on a page, and reads nothing."""
        return self.labels == layout.LABELS

    @property
    def reads_rows(self) -> bool:
        """Whether it reads what is written on grey paper, digits and signs."""
        return self.labels == row.LABELS

    @property
    def tells_scripts(self) -> bool:
        """Whether it tells which script a digit is of."""
        return any("/" in label for label in self.labels[:1])

    @property
    def tells_print(self) -> bool:
        """Whether it tells printed digits from written ones."""
        return self.labels == PRINTS

    @property
    def reads_strokes(self) -> bool:
        """Whether it reads the pen's path, not a picture."""
        return self.channels == trajectory.CHANNELS and not self.reads_signs

    @property
    def reads_lines(self) -> bool:
        """Whether it reads whole numbers, not single marks."""
        return self.labels[-1] == BLANK and not self.reads_rows

    @property
    def reads(self) -> str:
        """What it reads: "lines", "rows", "strokes", "signs", "pages", "scripts", "print" or single "digits"."""
        kinds = {
            "lines": self.reads_lines,
            "rows": self.reads_rows,
            "strokes": self.reads_strokes,
            "signs": self.reads_signs,
            "pages": self.finds_numbers,
            "scripts": self.tells_scripts,
            "print": self.tells_print,
        }
        return next((kind for kind, is_one in kinds.items() if is_one), "digits")

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Raises ValueError, KeyError or TypeError when the text is no card."""
        raw = json.loads(text)
        card = cls(
            script=str(raw["script"]),
            labels=tuple(str(label) for label in raw["labels"]),
            normaliser=int(raw["normaliser"]),
            channels=int(raw["channels"]),
            temperature=float(raw["temperature"]),
            refuse_above=float(raw["refuse_above"]),
            provenance=dict(raw["provenance"]),
            mistakes={str(name): [int(n) for n in counts] for name, counts in raw["mistakes"].items()},
        )
        signed = (signs.NONE, *signs.KINDS, signs.SEVERAL)
        known = (
            card.finds_numbers
            or card.reads_rows
            or card.tells_print
            or (card.tells_scripts and card.labels[-1] == OTHER)
            or (card.labels == signed if card.reads_signs else card.digits == 10)
        )
        if not (0 < card.temperature < math.inf and 0 <= card.refuse_above <= 1 and known):
            raise ValueError("temperature, threshold or labels out of range")
        return card
