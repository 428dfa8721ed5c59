from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ink import encoded, picture

import inkdigit
from inkdigit import datasets
from inkdigit.errors import DataError
from inkdigit.evaluation.score import score


def test_right_wrong_and_refused_are_counted_apart(reader: inkdigit.Reader, tmp_path: Path) -> None:
    blank = picture(1) * 0
    for label, content in {"1": picture(1), "2": picture(7), "3": blank}.items():
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.png").write_bytes(encoded(content))
    steps: list[tuple[int, int]] = []
    found = score(reader, str(tmp_path), step=lambda done, total: steps.append((done, total)))
    assert (found.total, found.wrong, found.refused, found.misread) == (3, 1, 1, 2)
    assert found.confusion[2, 7] == found.confusion[3, 10] == found.confusion[1, 1] == 1
    assert steps == [(3, 3)]
    shape = found.to_json()
    assert shape["accuracy"] == round(1 / 3, 6)
    assert [row["total"] for row in shape["digits"]] == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_pen_sets_count_only_writers_that_training_left_out(
    reader: inkdigit.Reader, data_settings: inkdigit.Settings
) -> None:
    known = inkdigit.Reader(settings=data_settings)
    held = sum(datasets.fold_of(mark.writer) == 0 for mark in datasets.pen("digits", data_settings))
    assert score(known, "digits").total == held < 9_738


def test_mnist_is_counted_through_the_whole_path(
    data_settings: inkdigit.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = datasets.mnist("test", data_settings)
    few = datasets.Pictures(whole.images[:300], whole.labels[:300])
    monkeypatch.setattr(datasets, "mnist", lambda part, settings: few)
    found = score(inkdigit.Reader(settings=data_settings), "mnist-test")
    assert found.total == 300
    assert found.misread <= 4
    assert np.trace(found.confusion) + found.wrong + found.refused == 300


@pytest.mark.parametrize("name", ["poems", "/no/such/folder"])
def test_an_unknown_set_says_which_there_are(reader: inkdigit.Reader, name: str) -> None:
    with pytest.raises(DataError, match="mnist-test"):
        score(reader, name)
