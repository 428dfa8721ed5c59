from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import encoded, picture

import inkdigit
from inkdigit.data import datasets
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
        assert [digit.value for digit in sets.read(marks, reader)] == labels


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


class Trained:
    """A reader as `sets` sees it, whose network was trained on some data, the writers of fold 0 held back."""

    def __init__(self, settings: inkdigit.Settings, *pools: str) -> None:
        self.settings = settings
        about = {"trained_on": dict.fromkeys(pools, 1), "writers_of_fold_held_back": 0}
        self.model = SimpleNamespace(card=SimpleNamespace(provenance=about))


@pytest.mark.parametrize("name", ["scanned-digits", "figures"])
def test_writers_and_alphabets_that_were_trained_on_are_not_evaluated_on(
    data_settings: inkdigit.Settings, name: str
) -> None:
    new, trained = (Trained(data_settings, *pools) for pools in (("mnist",), ("mnist", name)))
    everybody = sets.load(name, new)  # type: ignore[arg-type]
    held = sets.load(name, trained)  # type: ignore[arg-type]
    assert len(everybody) == {"scanned-digits": 9_264, "figures": 1_660}[name]
    assert 0 < len(held) < len(everybody)
    if name == "scanned-digits":
        assert {datasets.fold_of(mark.writer) for mark in held} == {0}
        assert {mark.label for mark in held} == set(range(10))
    else:
        alphabets = {one.label.partition("/")[0] for one in datasets.pen(name, data_settings)}
        seen = {alphabet for alphabet in alphabets if datasets.fold_of(alphabet) == 0}
        count = sum(one.label.partition("/")[0] in seen for one in datasets.pen(name, data_settings))
        assert len(held) == count
        assert {mark.label for mark in held} == {datasets.OTHER}
        assert {mark.kind.partition("/")[0] for mark in held} == seen
    assert len(sets.load(name, trained, all_writers=True)) == len(everybody)  # type: ignore[arg-type]


def test_scanned_digits_are_read(data_settings: inkdigit.Settings) -> None:
    reader = inkdigit.Reader(settings=data_settings)
    marks = sets.load("scanned-digits", reader)[::40]
    answers = sets.read(marks, reader)
    assert sum(answer.value == mark.label for mark, answer in zip(marks, answers, strict=True)) > 0.95 * len(marks)


def test_scanned_digits_come_in_other_crops(data_settings: inkdigit.Settings) -> None:
    reader = Trained(data_settings, "mnist", "scanned-digits")
    plain, framed = (sets.load(f"scanned-digits{how}", reader) for how in ("", ":frame"))  # type: ignore[arg-type]
    assert [mark.label for mark in framed] == [mark.label for mark in plain]
    assert all((np.asarray(mark.picture)[0] == np.asarray(mark.picture)[0, 0]).all() for mark in framed)
    with pytest.raises(DataError, match=r"a crop: margin-0.*'fog'"):
        sets.load("scanned-digits:fog", reader)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["poems", "/no/such/folder"])
def test_an_unknown_set_says_which_there_are(reader: inkdigit.Reader, name: str) -> None:
    with pytest.raises(DataError, match="mnist-test"):
        sets.load(name, reader)


def test_a_folder_without_digits_says_what_it_should_hold(reader: inkdigit.Reader, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folders 0 to 9"):
        sets.load(str(tmp_path), reader)


@pytest.mark.parametrize("name", ["scribbles", "doodles", "noise", "photos"])
def test_invented_marks_are_labelled_other_and_always_the_same(reader: inkdigit.Reader, name: str) -> None:
    one, same = (sets.load(name, reader) for _ in range(2))
    assert {mark.label for mark in one} == {datasets.OTHER}
    assert len(one) == len(same) >= 300
    found = sets.read([one[3], same[3]], reader)
    assert found[0].value == found[1].value


def test_numbers_and_halves_are_of_hands_held_back(data_settings: inkdigit.Settings) -> None:
    reader = inkdigit.Reader(settings=data_settings)
    assert len(sets.load("several", reader)) == 1_000
    assert 300 < len(sets.load("halves", reader)) < len(sets.load("halves", reader, all_writers=True))


def test_a_corruption_follows_the_name_of_its_set(reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = datasets.Pictures(
        np.stack([np.pad(np.full((14, 4), 255, np.uint8), ((7, 7), (12, 12)))] * 20), np.full(20, 3)
    )
    monkeypatch.setattr(datasets, "mnist", lambda part, settings: shown)
    plain, fog = sets.load("mnist-test", reader), sets.load("mnist-test:fog", reader)
    assert [mark.label for mark in fog] == [3] * 20
    assert (np.asarray(fog[0].picture) != np.asarray(plain[0].picture)).any()
    with pytest.raises(DataError, match="a corruption: shot_noise"):
        sets.load("mnist-test:rain", reader)


def test_usps_and_emnist_are_read_from_the_data_folder(tmp_path: Path) -> None:
    settings = inkdigit.Settings(data=str(tmp_path))
    reader = inkdigit.Reader(settings=settings)
    for name in ("usps", "emnist"):
        with pytest.raises(DataError, match=f"{name}/.*put it there"):
            sets.load(name, reader)
    (tmp_path / "usps").mkdir()
    (tmp_path / "usps" / "usps.t").write_text("8 1:-1 2:1 256:0\n1 17:1\n")
    seven, zero = sets.load("usps", reader)
    assert (seven.label, zero.label) == (7, 0)
    assert np.asarray(seven.picture).shape == (16, 16)
    assert np.asarray(seven.picture)[0, :2].tolist() == [0, 255]
    assert np.asarray(zero.picture)[1, 0] == 255
    (tmp_path / "usps" / "usps.t").write_text("8 1:-1\n1 300:1\n")
    with pytest.raises(DataError, match="line 2"):
        sets.load("usps", reader)
    (tmp_path / "emnist").mkdir()
    corner = np.zeros((1, 28, 28), np.uint8)
    corner[0, 3, 20] = 255
    for kind, array in (("images-idx3", corner), ("labels-idx1", np.array([4], np.uint8))):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
        path = tmp_path / "emnist" / f"emnist-digits-test-{kind}-ubyte.gz"
        path.write_bytes(gzip.compress(head + array.tobytes()))
    (mark,) = sets.load("emnist", reader)
    assert mark.label == 4
    assert np.asarray(mark.picture)[20, 3] == 255
