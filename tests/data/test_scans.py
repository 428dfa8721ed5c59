"""Scanned digits, from a file of the data folder that may be anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigit.data import scans
from inkdigit.errors import DataError
from inkdigit.settings import Settings

SHAPES = [(4, 3), (2, 5), (6, 6)]


def stored(folder: Path, **other: Any) -> Settings:
    """A data folder with three scanned digits, or with something else in their place."""
    (folder / "hands").mkdir(exist_ok=True)
    arrays: dict[str, Any] = {
        "pixels": np.arange(58, dtype=np.uint8),
        "shapes": np.array(SHAPES, np.int32),
        "y": np.array([7, 0, 9], np.uint8),
        "writer": np.array(["a", "b", "a"]),
    } | other
    np.savez(folder / scans.FILE, **{name: array for name, array in arrays.items() if array is not None})
    return Settings(data=str(folder))


def test_each_has_its_own_size_its_label_and_its_writer(tmp_path: Path) -> None:
    found = scans.scanned(stored(tmp_path))
    assert [picture.shape for picture in found.pictures] == SHAPES
    assert [int(picture[0, 0]) for picture in found.pictures] == [0, 12, 22]
    assert int(found.pictures[2][-1, -1]) == 57
    assert found.labels.tolist() == [7, 0, 9]
    assert found.labels.dtype == np.int64
    assert found.writers == ("a", "b", "a")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"pixels": np.arange(57, dtype=np.uint8)}, "as many pixels"),
        ({"pixels": np.arange(59, dtype=np.uint8)}, "as many pixels"),
        ({"pixels": np.arange(58, dtype=np.int16)}, "uint8 pixels"),
        ({"pixels": np.zeros((58, 1), np.uint8)}, "uint8 pixels"),
        ({"shapes": np.array([(4, 3), (2, 5)], np.int32)}, "uint8 pixels"),
        ({"shapes": np.array([(4, 3), (2, 5), (-6, -6)], np.int32)}, "as many pixels"),
        ({"shapes": np.array([(4, 3), (46, 1), (0, 6)], np.int32)}, "as many pixels"),
        ({"shapes": np.array(SHAPES, np.float32)}, "uint8 pixels"),
        ({"y": np.array([7, 0, 10], np.uint8)}, "labels from 0 to 9"),
        ({"y": np.array([7, 0, -1], np.int8)}, "labels from 0 to 9"),
        ({"y": np.array(["7", "0", "9"])}, "uint8 pixels"),
        ({"y": np.array(7)}, "uint8 pixels"),
        ({"writer": np.array(["a", "b"])}, "uint8 pixels"),
        ({"writer": None}, "arrays pixels"),
        ({"writer": np.array([None] * 3, object)}, "arrays pixels"),
    ],
    ids=str,
)
def test_a_damaged_file_says_what_it_should_hold(tmp_path: Path, other: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told) as error:
        scans.scanned(stored(tmp_path, **other))
    assert "scanned-digits.npz" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"])
def test_what_is_no_npz_is_told(tmp_path: Path, content: bytes) -> None:
    settings = stored(tmp_path)
    (tmp_path / scans.FILE).write_bytes(content)
    with pytest.raises(DataError, match="arrays pixels, shapes, y, writer"):
        scans.scanned(settings)


def test_without_the_file_it_is_said_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="INKDIGIT_DATA"):
        scans.scanned(Settings())
    with pytest.raises(DataError, match=r"no file at .*scanned-digits\.npz"):
        scans.scanned(Settings(data=str(tmp_path)))
