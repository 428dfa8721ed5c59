"""Counts a reader's mistakes on a labelled set, through the whole path that a person's ink takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit import datasets
from inkdigit.errors import DataError
from inkdigit.picture import SUFFIXES
from inkdigit.reader import Reader
from inkdigit.reading import Digit

SETS = {
    "mnist-test": "the 10,000 test pictures of MNIST",
    "mnist-validation": "the last 5,000 training pictures of MNIST, which training leaves out",
    "digits": "pen digits of UNIPEN, of the writers that training left out",
    "digits-tablet": "pen digits of UCI Pen-Based, of the writers that training left out",
}
REFUSED = 10  # column of the confusion matrix: answered "not a digit" or blank


@dataclass(frozen=True, eq=False)
class Score:
    """Counts over one set.

    Attributes:
        name: of the set.
        confusion: int64 (10, 11), what was written x what was answered; the last column is "refused".
        misread: how many a forced answer (the likeliest digit, refused or not) would get wrong.
    """

    name: str
    confusion: NDArray[np.int64]
    misread: int

    @property
    def total(self) -> int:
        """How many marks were shown."""
        return int(self.confusion.sum())

    @property
    def refused(self) -> int:
        """How many were answered with "not a digit"."""
        return int(self.confusion[:, REFUSED].sum())

    @property
    def wrong(self) -> int:
        """How many were answered with another digit."""
        return self.total - self.refused - int(np.trace(self.confusion[:, :10]))

    def to_json(self) -> dict[str, Any]:
        """The counts as they stand in result files."""
        return {
            "set": self.name,
            "total": self.total,
            "misread": self.misread,
            "accuracy": round(1 - self.misread / max(1, self.total), 6),
            "wrong": self.wrong,
            "refused": self.refused,
            "digits": [
                {
                    "digit": digit,
                    "total": int(row.sum()),
                    "wrong": int(row[:10].sum() - row[digit]),
                    "refused": int(row[REFUSED]),
                }
                for digit, row in enumerate(self.confusion)
            ],
            "confusion": self.confusion.tolist(),
        }


def score(
    reader: Reader, name: str, all_writers: bool = False, step: Callable[[int, int], None] | None = None
) -> Score:
    """Counts the mistakes on a named set or on a folder with folders 0 to 9.

    Args:
        all_writers: True counts the pen files whole, writers of the training included.
        step: called with (done, all) now and then.

    Raises:
        DataError: no such set, or its files are not there.
    """
    labels, read = _answers(reader, name, all_writers)
    confusion = np.zeros((10, 11), np.int64)
    misread = 0
    for done, (label, digit) in enumerate(zip(labels, read, strict=True), 1):
        confusion[label, REFUSED if digit.value is None else digit.value] += 1
        misread += int(digit.is_blank or digit.probabilities.argmax() != label)
        if step and (done % 250 == 0 or done == len(labels)):
            step(done, len(labels))
    return Score(name, confusion, misread)


def _answers(reader: Reader, name: str, all_writers: bool) -> tuple[list[int], Iterator[Digit]]:
    if name == "mnist-test" or name == "mnist-validation":
        pictures = datasets.mnist("test" if name == "mnist-test" else "train", reader.settings)
        first = 0 if name == "mnist-test" else len(pictures.labels) - 5_000
        return pictures.labels[first:].tolist(), (reader.digit(image) for image in pictures.images[first:])
    if name in datasets.PEN_DIGITS:
        marks = _marks(reader, name, all_writers)
        return [int(mark.label) for mark in marks], (reader.ink(mark.strokes).digits[0] for mark in marks)
    if Path(name).is_dir():
        files = list(_labelled_files(Path(name)))
        return [label for label, _ in files], (reader.digit(path) for _, path in files)
    raise DataError("a set (" + ", ".join(SETS) + ") or a folder with folders 0 to 9", repr(name), "Name one of these")


def _marks(reader: Reader, name: str, all_writers: bool) -> list[datasets.PenSample]:
    marks: Iterable[datasets.PenSample] = datasets.pen(name, reader.settings)
    fold = reader.model.card.provenance.get("writers_of_fold_held_back", 0)
    return [mark for mark in marks if all_writers or datasets.fold_of(mark.writer) == fold]


def _labelled_files(folder: Path) -> Iterator[tuple[int, Path]]:
    found = False
    for label in range(10):
        for path in sorted((folder / str(label)).glob("*")):
            if path.suffix.lower() in SUFFIXES:
                found = True
                yield label, path
    if not found:
        raise DataError("folders 0 to 9 with pictures", f"none in {folder}", "Sort the pictures into such folders")
