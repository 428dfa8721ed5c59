"""How a network reads the digits of its script's test part: counted once, with what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.script_digits import script_digits
from inkdigit.evaluation.score import calibration_error, reliability
from inkdigit.ink import picture, segment
from inkdigit.recognition import glyph
from inkdigit.recognition.model import Model
from inkdigit.settings import Settings

_TOGETHER = 500  # glyphs that are read at a time


@dataclass(frozen=True, eq=False)
class ScriptScore:
    """What was read of the digits of a script.

    Attributes:
        labels: int64 (n,): what they are.
        chances: float32 (n, 11), calibrated, "other" last.
        refuse_above: the chance of "other" above which a mark is refused.
        glyphs: float32 (n, 28, 28): what the network saw.
    """

    labels: NDArray[np.int64]
    chances: NDArray[np.float32]
    refuse_above: float
    glyphs: NDArray[np.float32]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.labels)

    @property
    def answers(self) -> NDArray[np.int64]:
        """int64 (n,): the likeliest digit, refused or not."""
        return np.asarray(self.chances[:, :10].argmax(axis=1), np.int64)

    @property
    def wrong(self) -> int:
        """Whose likeliest digit is another, refused or not."""
        return int((self.answers != self.labels).sum())

    @property
    def are_refused(self) -> NDArray[np.bool_]:
        """bool (n,): taken for no digit."""
        return np.asarray(self.chances[:, 10] > self.refuse_above)

    @property
    def refused(self) -> int:
        """How many are taken for no digit."""
        return int(self.are_refused.sum())

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the forced answers, 0 to 1, as that of a Score."""
        digits = self.chances[:, :10]
        confidence = digits.max(axis=1) / digits.sum(axis=1)
        return calibration_error(reliability(confidence, self.answers == self.labels))

    @property
    def confusion(self) -> list[list[int]]:
        """Ten rows, one a digit: how often it was read as each."""
        counts = np.zeros((10, 10), np.int64)
        np.add.at(counts, (self.labels, self.answers), 1)
        return [[int(count) for count in row] for row in counts]


def script_score(model: Model, settings: Settings, part: str = "test") -> ScriptScore:
    """A network's reading of a part of its script's digits.

    Raises:
        DataError: the data is not there, or damaged.
    """
    found = script_digits(model.card.script, part, settings)
    marks = [segment.one_mark(picture.load(image)) for image in found.images]
    glyphs = glyph.stack([glyph.blank() if mark is None else glyph.from_mark(mark) for mark in marks])
    parts = [model.probabilities(glyphs[first : first + _TOGETHER]) for first in range(0, len(glyphs), _TOGETHER)]
    return ScriptScore(found.labels, np.concatenate(parts), model.card.refuse_above, glyphs[:, 0])
