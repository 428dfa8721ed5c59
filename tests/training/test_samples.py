from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import DIGITS, encoded, picture
from small import ALPHABETS, WRITERS, pictures, write_pen

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import PenSample
from inkdigit.errors import DataError
from inkdigit.evaluation.allographs import ALLOGRAPHS
from inkdigit.settings import Settings
from inkdigit.training import samples
from inkdigit.training.pools import from_pen, from_pictures, from_scans, nothing, ways

DIGIT_POOLS = ("mnist", "digits", "digits-tablet", "scanned-digits")
INVENTED = ("scribbles", "doodles", "numbers", "halves", "noise", "things", "scenes")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Pen files of 25 hands, and a small MNIST."""
    write_pen(tmp_path)
    monkeypatch.setattr(datasets, "mnist", lambda part, settings: pictures(0, 100))
    monkeypatch.setattr(samples, "MNIST_VALIDATION", 20)
    monkeypatch.setattr(samples, "INVENTED", 160)
    monkeypatch.setattr(samples, "EACH_WAY", 2)
    return Settings(data=str(tmp_path))


def test_no_hand_is_on_both_sides(folder: Settings) -> None:
    found = samples.collect(folder, variants=1, seed=0, fold=1, corruptions=0)
    trained = {writer for pool in found.training for writer in pool.writers}
    validated = {writer for pool in found.validation for writer in pool.writers}
    drawers = {"d01"}  # drew all alphabets, which are kept apart in the place of writers
    trained, validated = trained - drawers, validated - drawers
    assert trained
    assert validated
    assert not trained & validated
    assert validated == {writer for writer in WRITERS if datasets.fold_of(writer) == 1}


def test_every_fold_validates_every_hand_once(folder: Settings) -> None:
    drawn = samples.everything(folder, 1, 0, True, 0, 60_000)
    folds = [samples.split(drawn, fold)[1] for fold in range(datasets.FOLDS)]
    for name in ("digits", "scanned-digits"):
        hands = [writer for pools in folds for pool in pools if pool.name == name for writer in set(pool.writers)]
        assert sorted(hands) == sorted(WRITERS)
    pools = [{pool.name: len(pool.labels) for pool in pools} for pools in folds]
    alphabets = [counts.get(datasets.FIGURES, 0) for counts in pools]
    assert alphabets == [sum(datasets.fold_of(one) == fold for one in ALPHABETS) for fold in range(datasets.FOLDS)]
    assert [counts.get(datasets.FIGURES) for counts in pools].count(None) == alphabets.count(0) > 0


def test_look_alikes_are_left_out_and_others_are_labelled_other(folder: Settings) -> None:
    found = samples.collect(folder, variants=3, seed=0)
    pools = {pool.name: pool for pool in found.training}
    spoilt = {f"{name}-spoilt" for name in DIGIT_POOLS}
    others = {*INVENTED, *datasets.PEN_OTHERS, datasets.FIGURES, "half-alikes"}
    assert set(pools) == {*DIGIT_POOLS, *spoilt, *others, "allographs"}
    assert set(pools["half-alikes"].writers) == set(pools["uppercase"].writers), "a D each, and no l or point"
    assert len(pools["half-alikes"].labels) == len(pools["uppercase"].labels)
    for name in ("uppercase", "lowercase", "symbols"):
        assert len(pools[name].labels) == len(set(pools[name].writers)), "one of the two labels is a look-alike"
    for name in ("uppercase", "half-alikes", datasets.FIGURES, *INVENTED):
        assert set(pools[name].labels) == {datasets.OTHER}
    assert len(pools["mnist"].labels) == 80


def test_without_pen_there_is_mnist_alone(folder: Settings) -> None:
    found = samples.collect(folder, 1, 0, with_pen=False)
    assert [pool.name for pool in found.training] == ["mnist", "mnist-spoilt"]
    plain = samples.collect(folder, 1, 0, with_pen=False, corruptions=0)
    assert [pool.name for pool in plain.training] == ["mnist"]


def test_spoilt_digits_keep_label_and_writer_and_validation_has_none(folder: Settings) -> None:
    found = samples.collect(folder, 1, 0)
    pools = {pool.name: pool for pool in found.training}
    for name in DIGIT_POOLS:
        spoilt = pools[f"{name}-spoilt"]
        assert (spoilt.labels == pools[name].labels).all()
        assert spoilt.writers == pools[name].writers
        assert (spoilt.glyphs[:, 0] != pools[name].glyphs[:, 0]).any(axis=(1, 2)).mean() > 0.9
    assert not [pool.name for pool in found.validation if "spoilt" in pool.name]


def test_variants_differ_and_the_first_is_as_reading_draws_it() -> None:
    marks = [PenSample("4", "a", [list(stroke) for stroke in DIGITS[4]])]
    plain = from_pen("digits", marks)
    many = from_pen("digits", marks, 5, np.random.default_rng(0))
    assert plain.glyphs.shape == (1, 1, 28, 28)
    assert many.glyphs.shape == (1, 5, 28, 28)
    assert (many.glyphs[0, 0] == plain.glyphs[0, 0]).all()
    assert all((many.glyphs[0, 0] != many.glyphs[0, k]).any() for k in range(1, 5))


def test_scans_are_seen_as_reading_sees_them_and_then_in_other_crops(folder: Settings) -> None:
    found = scans.scanned(folder)
    rows = np.array([place % 10 == 0 for place in range(len(found.labels))])
    pool = from_scans(found, rows, 4, np.random.default_rng(0))
    assert pool.glyphs.shape == (5, 4, 28, 28)
    assert (pool.labels == found.labels[rows]).all()
    assert pool.writers == tuple(found.writers[place] for place in np.nonzero(rows)[0])
    for row, place in zip(pool.glyphs, np.nonzero(rows)[0], strict=True):
        assert (row[0] == from_pictures("", [found.pictures[place]], found.labels[:1]).glyphs[0, 0]).all()
        assert all((row[0] != other).any() and other.any() for other in row[1:])


def test_every_way_to_write_a_digit_is_drawn_as_often() -> None:
    pool = ways(3, np.random.default_rng(0))
    assert len(pool.labels) == 3 * len(ALLOGRAPHS)
    assert pool.labels[::3].tolist() == [way.digit for way in ALLOGRAPHS]
    assert (pool.glyphs[:-1] != pool.glyphs[1:]).any(axis=(1, 2, 3)).all(), "each drawing is another"


def test_alike_pictures_are_read_together_as_each_alone() -> None:
    shown = pictures(0, 40)
    alone = from_pictures("", list(shown.images), shown.labels)
    assert (from_pictures("", shown.images, shown.labels).glyphs == alone.glyphs).all()


def test_the_same_seed_draws_the_same_marks(folder: Settings) -> None:
    one, same = ({pool.name: pool.glyphs for pool in samples.collect(folder, 2, 5).training} for _ in range(2))
    assert all((one[name] == same[name]).all() for name in one)


def test_marks_that_leave_no_ink_are_left_out() -> None:
    made = [None, np.zeros((40, 40), np.uint8), np.pad(np.full((20, 4), 255, np.uint8), 10)]
    assert len(nothing("things", made, np.random.default_rng(0)).labels) == 1


def own(path: Path, labels: Any, images: Any = None) -> Path:
    """A file of somebody's own pictures: scikit-learn's digits under these labels."""
    shown = pictures(0, 500)
    rows = np.concatenate([np.nonzero(shown.labels == label)[0][:20] for label in labels])
    np.savez(path, images=shown.images[rows] if images is None else images[: len(rows)], labels=shown.labels[rows])
    return path


def test_own_pictures_join_the_others_and_each_digit_is_held_back_in_part(folder: Settings, tmp_path: Path) -> None:
    found = samples.collect(folder, 1, 0, own=[own(tmp_path / "mine.npz", range(10))])
    training, validation = ({pool.name: pool for pool in part} for part in (found.training, found.validation))
    assert np.bincount(training["own-mine"].labels).tolist() == [18] * 10
    assert np.bincount(validation["own-mine"].labels).tolist() == [2] * 10
    assert "mnist" in training
    assert "own-mine-spoilt" in training


def test_own_pictures_alone_come_from_a_file_or_a_folder(folder: Settings, tmp_path: Path) -> None:
    found = samples.collect(folder, 1, 0, own=[own(tmp_path / "mine.npz", range(10))], only_own=True)
    assert [pool.name for pool in found.validation] == ["own-mine"]
    for label in range(10):
        (tmp_path / "mine" / str(label)).mkdir(parents=True)
        for number in range(10):
            (tmp_path / "mine" / str(label) / f"{number}.png").write_bytes(encoded(picture(label)))
    found = samples.collect(folder, 1, 0, own=[tmp_path / "mine"], only_own=True, corruptions=0)
    assert [len(pool.labels) for pool in (*found.training, *found.validation)] == [90, 10]


def test_own_pictures_that_cannot_be_learned_from_are_refused_at_once(folder: Settings, tmp_path: Path) -> None:
    some = own(tmp_path / "some.npz", (1, 2, 4, 5, 6, 7, 9))
    with pytest.raises(DataError, match=r"none of 0, 3, 8 in .*some"):
        samples.collect(folder, 1, 0, own=[some], only_own=True)
    assert samples.collect(folder, 1, 0, own=[some]), "beside MNIST they may be some digits only"
    blank = own(tmp_path / "blank.npz", range(10), np.zeros((200, 28, 28), np.uint8))
    with pytest.raises(DataError, match=r"200 of 200 blank .* the first at place 0"):
        samples.collect(folder, 1, 0, own=[blank], only_own=True)
    np.savez(tmp_path / "few.npz", images=np.zeros((3, 28, 28), np.uint8), labels=np.arange(3))
    with pytest.raises(DataError, match="ten pictures of a digit or more"):
        samples.collect(folder, 1, 0, own=[tmp_path / "few.npz"])
    np.savez(tmp_path / "eleven.npz", images=np.zeros((3, 28, 28), np.uint8), labels=np.array([1, 2, 11]))
    with pytest.raises(DataError, match="labels from 0 to 9"):
        samples.collect(folder, 1, 0, own=[tmp_path / "eleven.npz"])
    np.savez(tmp_path / "floats.npz", images=np.zeros((3, 28, 28)), labels=np.array([1, 2, 3]))
    with pytest.raises(DataError, match="uint8"):
        samples.collect(folder, 1, 0, own=[tmp_path / "floats.npz"])
    with pytest.raises(DataError):
        samples.collect(folder, 1, 0, own=[tmp_path / "none.npz"])
