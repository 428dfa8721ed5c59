"""Data of other scripts: what a file must hold, and who validates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigit.data.script_digits import script_digits
from inkdigit.errors import DataError, ScriptError
from inkdigit.settings import Settings


def stored(folder: Path, script: str = "thai", **changed: Any) -> Settings:
    """A data folder with one small file."""
    images = np.zeros((4, 8, 6), np.uint8)
    images[:, 2:6, 3] = 255
    arrays: dict[str, Any] = {
        "x_train": images, "y_train": np.array([0, 1, 1, 9], np.uint8), "writer_train": np.array([300, 300, 7, 8]),
        "x_test": images[:1], "y_test": np.array([3], np.uint8),
    }  # fmt: skip
    (folder / "scripts").mkdir()
    np.savez(folder / "scripts" / f"{script}.npz", **{k: v for k, v in (arrays | changed).items() if v is not None})
    return Settings(data=str(folder))


def test_pictures_labels_and_writers_come_from_the_file(tmp_path: Path) -> None:
    found = script_digits("thai", "train", stored(tmp_path))
    assert found.images.shape == (4, 8, 6)
    assert found.labels.tolist() == [0, 1, 1, 9]
    assert found.groups.tolist() == [300, 300, 7, 8]


def test_a_writer_is_in_one_fold(tmp_path: Path) -> None:
    folds = script_digits("thai", "train", stored(tmp_path)).folds
    assert folds[0] == folds[1]
    assert folds.min() >= 0
    assert folds.max() < 5


def test_equal_pictures_of_unknown_writers_are_in_one_fold(tmp_path: Path) -> None:
    found = script_digits("thai", "train", stored(tmp_path, writer_train=None))
    assert found.groups.tolist() == [-1] * 4
    assert len(set(found.folds.tolist())) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y_train": np.array([0, 1, 2, 10], np.uint8)}, "labels from 0 to 9"),
        ({"y_train": np.array([0, 1], np.uint8)}, "with 2 labels"),
        ({"x_train": np.zeros((4, 8, 6), np.float32)}, "float32"),
        ({"y_train": None}, "y_train"),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        script_digits("thai", "train", stored(tmp_path, **changed))


def test_a_missing_file_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    settings = stored(tmp_path)
    with pytest.raises(DataError, match=r"no file at .*kannada.npz"):
        script_digits("kannada", "train", settings)
    with pytest.raises(DataError, match="no data folder"):
        script_digits("thai", "train", Settings())


def test_an_unknown_script_or_part_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="'latin'"):
        script_digits("latin", "train", Settings())
    with pytest.raises(DataError, match='"train" or "test"'):
        script_digits("thai", "validation", Settings())


def test_a_file_that_is_no_npz_is_told(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "thai.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="Copy it again"):
        script_digits("thai", "test", Settings(data=str(tmp_path)))
