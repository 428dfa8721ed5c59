"""Digits that people wrote on paper, as they were scanned and cut out: hands/scanned-digits.npz of the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.file_faults import DAMAGED
from inkdigit.errors import DataError
from inkdigit.settings import Settings

FILE = "hands/scanned-digits.npz"
_ARRAYS = ("pixels", "shapes", "y", "writer")


@dataclass(frozen=True, eq=False)
class Scans:
    """Scanned digits, each in a size of its own.

    Attributes:
        pictures: uint8 (height, width) each, dark ink on light paper.
        labels: int64 (n,), 0 to 9.
        writers: the hand behind each.
    """

    pictures: tuple[NDArray[np.uint8], ...]
    labels: NDArray[np.int64]
    writers: tuple[str, ...]


def scanned(settings: Settings | None = None) -> Scans:
    """All scanned digits.

    Raises:
        DataError: no data folder is set, the file is not in it, or it is damaged.
    """
    folder = (settings or Settings.from_environment()).data
    path = Path(folder or ".") / FILE
    if not folder or not path.is_file():
        where = f"no file at {path}" if folder else "no data folder"
        raise DataError("the scanned digits", where, "Set INKDIGIT_DATA to the folder that holds hands/")
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            pixels, shapes, labels, writers = (file[name] for name in _ARRAYS)
    except DAMAGED as error:
        raise DataError(
            "arrays " + ", ".join(_ARRAYS), f"{path}: {type(error).__name__}", "Fetch the file again"
        ) from None
    count = len(labels) if labels.ndim == 1 else 0
    whole = all(np.issubdtype(one.dtype, np.integer) for one in (shapes, labels)) and pixels.dtype == np.uint8
    if not (whole and count and pixels.ndim == 1 and shapes.shape == (count, 2) and writers.shape == (count,)):
        got = ", ".join(f"{one.dtype} {one.shape}" for one in (pixels, shapes, labels, writers))
        raise DataError("uint8 pixels, and n shapes, labels and writers", f"{got} in {path}", "Fetch the file again")
    if shapes.min() < 1 or int(shapes.astype(np.int64).prod(axis=1).sum()) != pixels.size:
        raise DataError("as many pixels as the shapes say", f"{pixels.size:,} in {path}", "Fetch the file again")
    if labels.min() < 0 or labels.max() > 9:
        raise DataError("labels from 0 to 9", f"{labels.min()} to {labels.max()} in {path}", "Fetch the file again")
    ends = shapes.astype(np.int64).prod(axis=1).cumsum()
    pictures = [one.reshape(shape) for one, shape in zip(np.split(pixels, ends[:-1]), shapes, strict=True)]
    return Scans(tuple(pictures), labels.astype(np.int64), tuple(map(str, writers)))
