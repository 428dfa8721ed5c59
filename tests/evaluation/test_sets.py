from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ink import encoded, picture

import inkdigit
from inkdigit import datasets
from inkdigit.errors import DataError
from inkdigit.evaluation import sets


def test_a_folder_and_a_file_are_sets(reader: inkdigit.Reader, tmp_path: Path) -> None:
    (tmp_path / "folder" / "7").mkdir(parents=True)
    (tmp_path / "folder" / "7" / "a.png").write_bytes(encoded(picture(7)))
    (tmp_path / "folder" / "7" / "notes.txt").write_text("no picture")
    np.savez(tmp_path / "own.npz", images=np.stack([picture(3), picture(5)]), labels=np.array([3, 5]))
    for name, labels in (("folder", [7]), ("own.npz", [3, 5])):
        marks = sets.load(str(tmp_path / name), reader)
        assert [mark.label for mark in marks] == labels
        assert [mark.read(reader).value for mark in marks] == labels


def test_the_digits_of_scikit_learn_are_a_set(reader: inkdigit.Reader) -> None:
    assert len(sets.load("digits8x8", reader)) == 1_797


@pytest.mark.parametrize("name", datasets.PEN_OTHERS)
def test_other_marks_are_labelled_other_and_look_like_no_digit(data_settings: inkdigit.Settings, name: str) -> None:
    marks = sets.load(name, inkdigit.Reader(settings=data_settings))
    assert marks
    assert {mark.label for mark in marks} == {datasets.OTHER}
    held = [mark for mark in datasets.pen(name, data_settings) if datasets.fold_of(mark.writer) == 0]
    assert len(marks) == sum(mark.label not in datasets.LOOK_ALIKES for mark in held)


def test_all_writers_are_more_than_those_held_back(data_settings: inkdigit.Settings) -> None:
    reader = inkdigit.Reader(settings=data_settings)
    held, everybody = (len(sets.load("digits-tablet", reader, all_writers)) for all_writers in (False, True))
    assert held < everybody == 7_494


@pytest.mark.parametrize("name", ["poems", "/no/such/folder"])
def test_an_unknown_set_says_which_there_are(reader: inkdigit.Reader, name: str) -> None:
    with pytest.raises(DataError, match="mnist-test"):
        sets.load(name, reader)


def test_a_folder_without_digits_says_what_it_should_hold(reader: inkdigit.Reader, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folders 0 to 9"):
        sets.load(str(tmp_path), reader)
