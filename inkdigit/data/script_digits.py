"""Handwritten digits of other scripts: scripts/NAME.npz in the data folder (docs/data.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import FOLDS
from inkdigit.data.file_faults import DAMAGED
from inkdigit.errors import DataError
from inkdigit.scripts import named
from inkdigit.settings import Settings

PARTS = ("train", "test")
_GROUPS = ("writer", "sheet", "page")  # what is known of who wrote a picture


@dataclass(frozen=True, eq=False)
class ScriptDigits:
    """Pictures of one part of a script's data.

    Attributes:
        images: uint8 (n, height, width), ink = 255, paper = 0.
        labels: int64 (n,), 0 to 9.
        groups: int64 (n,): who wrote each, or on which sheet; -1 where nobody knows.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]

    @property
    def folds(self) -> NDArray[np.int64]:
        """int64 (n,), 0 to FOLDS - 1: by writer, sheet or page; where nobody knows, by the picture's own pixels."""
        keys = [
            bytes([group % 256, group // 256]) if group >= 0 else image.tobytes()
            for group, image in zip(self.groups.tolist(), self.images, strict=True)
        ]
        return np.array([hashlib.sha256(key).digest()[0] % FOLDS for key in keys], np.int64)


def script_digits(script: str, part: str, settings: Settings | None = None) -> ScriptDigits:
    """The digits of a script, "train" or "test".

    Raises:
        ScriptError: no such script.
        DataError: no such part, the file is not in the data folder, or damaged.
    """
    name = named(script).name
    if part not in PARTS:
        raise DataError('"train" or "test"', repr(part), "Name one of the two")
    folder = (settings or Settings.from_environment()).data
    path = Path(folder or ".") / "scripts" / f"{name}.npz"
    if not folder or not path.is_file():
        where = f"no file at {path}" if folder else "no data folder"
        raise DataError(f"the digits of {name}", where, "Set INKDIGIT_DATA to the folder that holds scripts/")
    try:
        with np.load(path, allow_pickle=False) as stored:
            images, labels = stored[f"x_{part}"], stored[f"y_{part}"].astype(np.int64)
            known = next((f"{kind}_{part}" for kind in _GROUPS if f"{kind}_{part}" in stored), None)
            groups = stored[known].astype(np.int64) if known else np.full(len(labels), -1, np.int64)
    except DAMAGED as error:
        raise DataError(f"x_{part} and y_{part} in an .npz file", f"{path}: {error}", "Copy it again") from None
    whole = images.dtype == np.uint8 and images.ndim == 3 and len(images) == len(labels) == len(groups)
    if not whole or (len(labels) and not 0 <= labels.min() <= labels.max() <= 9):
        got = f"{images.dtype} {images.shape} with {len(labels)} labels in {path}"
        raise DataError("uint8 (n, height, width) with n labels from 0 to 9", got, "Copy the file again")
    return ScriptDigits(images, labels, groups)
