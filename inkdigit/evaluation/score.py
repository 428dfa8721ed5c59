"""Counts a reader's mistakes on a labelled set, through the whole path that a person's ink takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import OTHER
from inkdigit.evaluation import sets
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Digit

REFUSED = 10  # column of the confusion matrix: answered "not a digit", or blank
_TOGETHER = 256  # marks read at once
_BINS = 15  # of confidence, for the calibration error


@dataclass(frozen=True, eq=False)
class Score:
    """What a reader answered to one set.

    Attributes:
        name: of the set.
        labels: int64 (n,), 0 to 9, or OTHER for a mark that is no digit.
        answers: int64 (n,), 0 to 9, or REFUSED.
        chances: float32 (n, 10): the chance of each digit, if it is one.
        other: float32 (n,): the chance that the mark is no digit.
        glyphs: uint8 (n, 28, 28): what the network saw.
        writers: the hand behind each mark, "" where unknown.
    """

    name: str
    labels: NDArray[np.int64]
    answers: NDArray[np.int64]
    chances: NDArray[np.float32]
    other: NDArray[np.float32]
    glyphs: NDArray[np.uint8]
    writers: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many marks were shown."""
        return len(self.labels)

    @property
    def is_digit(self) -> NDArray[np.bool_]:
        """bool (n,): which marks are digits."""
        return np.asarray(self.labels != OTHER)

    @property
    def refused(self) -> int:
        """How many marks were refused."""
        return int((self.answers == REFUSED).sum())

    @property
    def wrong(self) -> int:
        """How many marks were answered with a digit that they are not."""
        return int(((self.answers != self.labels) & (self.answers != REFUSED)).sum())

    @property
    def forced_wrong(self) -> NDArray[np.bool_]:
        """bool (n,): digits that a forced answer, the likeliest digit, refused or not, gets wrong."""
        return np.asarray(self.is_digit & (self.chances.argmax(axis=1) != self.labels))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """int64 (11, 11), what was written x what was answered; the last row is OTHER, the last column REFUSED."""
        counts = np.zeros((11, 11), np.int64)
        np.add.at(counts, (self.labels, self.answers), 1)
        return counts

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the forced answers to digits, 0 to 1."""
        return calibration_error(self.reliability())

    def reliability(self) -> list[tuple[float, float, float]]:
        """As `reliability` below, of the forced answers to digits."""
        return reliability(self.chances.max(axis=1)[self.is_digit], ~self.forced_wrong[self.is_digit])

    def writers_right(self) -> dict[str, float]:
        """Writer -> the part of that hand's digits which a forced answer gets right; empty where nobody is known."""
        hands = np.array(self.writers)
        digits = self.is_digit
        return {
            str(writer): float(1 - self.forced_wrong[digits & (hands == writer)].mean())
            for writer in np.unique(hands[digits])
            if writer
        }

    def to_json(self) -> dict[str, Any]:
        """The counts as they stand in result files; no writer is named."""
        digits, misread = int(self.is_digit.sum()), int(self.forced_wrong.sum())
        by_writer = sorted(self.writers_right().values())
        return {
            "set": self.name,
            "total": self.total,
            "misread": misread,
            "accuracy": round(1 - misread / digits, 6) if digits else None,
            "wrong": self.wrong,
            "refused": self.refused,
            "calibration_error": round(self.calibration_error, 6) if digits else None,
            "writers": len(by_writer),
            "worst_tenth_of_writers": worst_tenth(by_writer),
            "digits": [
                {
                    "digit": digit,
                    "total": int(row.sum()),
                    "wrong": int(row[:10].sum() - row[digit]),
                    "refused": int(row[REFUSED]),
                }
                for digit, row in enumerate(self.confusion[:10])
            ],
            "confusion": self.confusion.tolist(),
        }


def reliability(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> list[tuple[float, float, float]]:
    """(share of the answers, mean confidence, part that is right) of each bin of confidence that is not empty."""
    place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    bins = [place == number for number in range(_BINS) if (place == number).any()]
    return [(float(b.mean()), float(confidence[b].mean()), float(right[b].mean())) for b in bins]


def calibration_error(bins: list[tuple[float, float, float]]) -> float:
    """Expected calibration error, 0 to 1, of answers in such bins (Guo et al., arXiv:1706.04599)."""
    return sum(share * abs(mean - right) for share, mean, right in bins)


def score(
    reader: Reader, name: str, all_writers: bool = False, step: Callable[[int, int], None] | None = None
) -> Score:
    """Shows the reader every mark of a set (see `inkdigit.evaluation.sets.load`) and keeps its answers.

    Args:
        all_writers: True takes the pen files whole, writers of the training included.
        step: called with (done, all) now and then.

    Raises:
        DataError: no such set, or its files are not there.
        PictureError: a picture of a folder cannot be read.
    """
    marks = sets.load(name, reader, all_writers)
    answers = np.full(len(marks), REFUSED, np.int64)
    chances = np.zeros((len(marks), 10), np.float32)
    other = np.zeros(len(marks), np.float32)
    glyphs = np.zeros((len(marks), 28, 28), np.uint8)
    for first in range(0, len(marks), _TOGETHER):
        for place, digit in enumerate(sets.read(marks[first : first + _TOGETHER], reader), first):
            answers[place] = REFUSED if digit.value is None else digit.value
            chances[place] = digit.probabilities
            other[place] = _chance_of_none(digit)
            glyphs[place] = np.rint(digit.glyph * 255)
        if step:
            step(min(first + _TOGETHER, len(marks)), len(marks))
    labels = np.array([mark.label for mark in marks], np.int64)
    return Score(name, labels, answers, chances, other, glyphs, tuple(mark.writer for mark in marks))


def _chance_of_none(digit: Digit) -> float:
    """The chance that the mark is no digit: what is left of the confidence when it is divided by the digit's chance.

    Of a digit it is 1 - MOST_SURE or more, since no confidence is higher.
    """
    if digit.value is None:
        return digit.confidence
    return max(0.0, 1 - digit.confidence / float(digit.probabilities[digit.value]))


def worst_tenth(rights: list[float]) -> float | None:
    """The mean of the lowest tenth, at least one, where the lowest are first; None when there is none."""
    if not rights:
        return None
    return round(float(np.mean(rights[: max(1, len(rights) // 10)])), 6)
