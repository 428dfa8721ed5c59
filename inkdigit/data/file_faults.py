"""What goes wrong with packed files and tables that come from anyone."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# What the standard library raises on a damaged zip, .npz or gzip file; a search for inputs met most of them.
DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def table_of(lines: Sequence[str], comments: str | None = "#") -> NDArray[np.int64]:
    """Whole numbers with commas between them, a row a line, int64 (n, k).

    NumPy asks C what kind of character each is, and C knows 256: it died of U+F5D75 (found by a search for inputs).

    Raises:
        ValueError: something else stands there, a letter beyond ASCII for one.
    """
    strange = next((line for line in lines if not line.isascii()), None)
    if strange is not None:
        raise ValueError(f"letters in {ascii(strange.strip())[:60]}")
    return np.loadtxt(lines, np.int64, delimiter=",", ndmin=2, comments=comments)
