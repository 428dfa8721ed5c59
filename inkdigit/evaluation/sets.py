"""The labelled sets that a reader can be scored on, by name or by path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit import datasets
from inkdigit.datasets import LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_DIGITS, PEN_OTHERS
from inkdigit.errors import DataError
from inkdigit.picture import SUFFIXES, ImageInput
from inkdigit.reader import Reader
from inkdigit.reading import Digit

NAMES = {
    "mnist-test": "the 10,000 test pictures of MNIST",
    "mnist-validation": "the last 5,000 training pictures of MNIST, which training leaves out",
    "digits": "pen digits of UNIPEN, of the writers that training left out",
    "digits-tablet": "pen digits of UCI Pen-Based, of the writers that training left out",
    "uppercase": "capital letters of such writers, without those that look like digits",
    "lowercase": "small letters of such writers, likewise",
    "symbols": "symbols of such writers, likewise",
    "digits8x8": "the 1,797 digits of 8x8 pixels that scikit-learn brings",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """One mark to be read: its label, 0 to 9 or OTHER, its writer ("" where unknown), and a picture or strokes."""

    label: int
    writer: str
    picture: ImageInput | None = None
    strokes: Any = None

    def read(self, reader: Reader) -> Digit:
        """The reader's answer, by the path that a person's mark takes."""
        if self.picture is not None:
            return reader.digit(self.picture)
        return reader.ink(self.strokes).digits[0]


def load(name: str, reader: Reader, all_writers: bool = False) -> list[Shown]:
    """The marks of a named set, of a folder with folders 0 to 9, or of a CSV, npz or IDX file.

    Args:
        all_writers: True takes the pen files whole, writers of the training included.

    Raises:
        DataError: no such set, or its files are missing, damaged or empty.
    """
    if name in PEN_DIGITS + PEN_OTHERS:
        return list(_pen(name, reader, all_writers))
    if name in ("mnist-test", "mnist-validation"):
        pictures = datasets.mnist("test" if name == "mnist-test" else "train", reader.settings)
        first = 0 if name == "mnist-test" else len(pictures.labels) - MNIST_VALIDATION
        return _pictures(pictures.images[first:], pictures.labels[first:])
    if name == "digits8x8":
        return _digits8x8()
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        own = datasets.own(path)
        return _pictures(own.images, own.labels)
    known = ", ".join(NAMES)
    raise DataError(f"a set ({known}), a folder with folders 0 to 9, or a CSV, npz or IDX file", repr(name), "Name one")


def _pictures(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> list[Shown]:
    return [Shown(int(label), "", picture=image) for image, label in zip(images, labels, strict=True)]


def _pen(name: str, reader: Reader, all_writers: bool) -> Iterator[Shown]:
    fold = reader.model.card.provenance.get("writers_of_fold_held_back", 0)
    for mark in datasets.pen(name, reader.settings):
        seen = not all_writers and datasets.fold_of(mark.writer) != fold
        if seen or (name in PEN_OTHERS and mark.label in LOOK_ALIKES):
            continue
        yield Shown(int(mark.label) if name in PEN_DIGITS else OTHER, mark.writer, strokes=mark.strokes)


def _digits8x8() -> list[Shown]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DataError("scikit-learn", "none", "Run pip install scikit-learn") from None
    digits: Any = load_digits()
    return _pictures((digits.images * 255 / 16).astype(np.uint8), digits.target.astype(np.int64))


def _folder(folder: Path) -> list[Shown]:
    found = [
        Shown(label, "", picture=path)
        for label in range(10)
        for path in sorted((folder / str(label)).glob("*"))
        if path.suffix.lower() in SUFFIXES
    ]
    if not found:
        raise DataError("folders 0 to 9 with pictures", f"none in {folder}", "Sort the pictures into such folders")
    return found
