from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import encoded, picture
from readings import score_of

import inkdigit
from inkdigit.data import datasets
from inkdigit.evaluation.score import score
from inkdigit.recognition.reading import MOST_SURE


def test_right_wrong_and_refused_are_counted_apart(reader: inkdigit.Reader, tmp_path: Path) -> None:
    blank = picture(1) * 0
    for label, content in {"1": picture(1), "2": picture(7), "3": blank}.items():
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.png").write_bytes(encoded(content))
    steps: list[tuple[int, int]] = []
    found = score(reader, str(tmp_path), step=lambda done, total: steps.append((done, total)))
    assert (found.total, found.wrong, found.refused, int(found.forced_wrong.sum())) == (3, 1, 1, 2)
    assert found.confusion[2, 7] == found.confusion[3, 10] == found.confusion[1, 1] == 1
    assert steps == [(3, 3)]
    shape = found.to_json()
    assert shape["accuracy"] == round(1 / 3, 6)
    assert [row["total"] for row in shape["digits"]] == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_marks_that_are_no_digit_are_counted_as_refused_or_wrong() -> None:
    found = score_of([10, 10, 10, 4], [10, 10, 7, 4], [0.5, 0.5, 0.9, 0.9])
    assert (found.refused, found.wrong, int(found.forced_wrong.sum())) == (2, 1, 0)
    assert found.confusion[10, 10] == 2
    assert found.confusion[10, 7] == 1
    only = score_of([10, 10], [10, 3], [0.5, 0.5]).to_json()
    assert only["accuracy"] is None
    assert only["calibration_error"] is None


def test_the_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    honest = score_of([1] * 9 + [2], [1] * 10, [0.9] * 10)
    assert honest.calibration_error == pytest.approx(0, abs=1e-6)
    boastful = score_of([1] * 5 + [2] * 5, [1] * 10, [0.9] * 10)
    assert boastful.calibration_error == pytest.approx(0.4, abs=1e-6)
    assert sum(share for share, _, _ in boastful.reliability()) == pytest.approx(1)


def test_an_answer_that_is_wholly_sure_is_in_the_highest_bin() -> None:
    found = score_of([1, 1, 2, 2], [1, 1, 1, 1], [1.0, 1.0, 1.0, 0.95])
    assert found.reliability() == [(1.0, pytest.approx(0.9875), 0.5)]
    assert found.calibration_error == pytest.approx(0.4875)
    sure = score_of([1, 2], [1, 1], [1.0, 1.0])
    assert (sure.reliability(), sure.calibration_error) == ([(1.0, 1.0, 0.5)], 0.5)


def test_a_bin_of_confidence_is_a_fifteenth_wide() -> None:
    found = score_of([1, 1, 1, 2], [1] * 4, [0.934, 0.932, 0.868, 0.866])  # 14/15 = 0.9333, 13/15 = 0.8667
    assert [(share, right) for share, _, right in found.reliability()] == [(0.25, 0.0), (0.5, 1.0), (0.25, 1.0)]
    assert [mean for _, mean, _ in found.reliability()] == pytest.approx([0.866, 0.9, 0.934])


@pytest.mark.parametrize(
    ("writers", "worst"), [(1, 0.0), (9, 0.0), (10, 0.0), (19, 0.0), (20, 0.025), (29, 0.025), (30, 0.05)]
)
def test_the_worst_tenth_of_writers_is_a_tenth_and_at_least_one(writers: int, worst: float) -> None:
    """Hand by hand, in no order, one mark of twenty more is right."""
    labels, answers, hands = [], [], []
    for right in np.random.default_rng(0).permutation(writers):
        labels += [1] * 20
        answers += [1] * min(20, int(right)) + [2] * max(0, 20 - int(right))
        hands += [f"hand {right}"] * 20
    found = score_of(labels, answers, [0.9] * len(labels), hands).to_json()
    assert (found["writers"], found["worst_tenth_of_writers"]) == (writers, worst)


def test_writers_are_counted_each_and_never_named() -> None:
    labels, answers = [1, 1, 2, 2, 10], [1, 1, 2, 3, 10]
    found = score_of(labels, answers, [0.9] * 5, ["a", "a", "b", "b", "c"])
    assert found.writers_right() == {"a": 1.0, "b": 0.5}
    shape = found.to_json()
    assert (shape["writers"], shape["worst_tenth_of_writers"]) == (2, 0.5)
    assert '"a"' not in str(shape)
    assert score_of([1], [1], [0.9]).to_json()["worst_tenth_of_writers"] is None


def test_pen_sets_count_only_writers_that_training_left_out(data_settings: inkdigit.Settings) -> None:
    known = inkdigit.Reader(settings=data_settings)
    held = sum(datasets.fold_of(mark.writer) == 0 for mark in datasets.pen("digits", data_settings))
    found = score(known, "digits")
    assert found.total == held < 9_738
    assert found.calibration_error < 0.02
    assert len(found.writers_right()) > 20


def test_mnist_is_counted_through_the_whole_path(
    data_settings: inkdigit.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = datasets.mnist("test", data_settings)
    few = datasets.Pictures(whole.images[:300], whole.labels[:300])
    monkeypatch.setattr(datasets, "mnist", lambda part, settings: few)
    found = score(inkdigit.Reader(settings=data_settings), "mnist-test")
    assert found.total == 300
    assert found.forced_wrong.sum() <= 4
    assert np.trace(found.confusion[:10, :10]) + found.wrong + found.refused == 300


def test_the_chance_of_being_none_follows_the_network(reader: inkdigit.Reader, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "a.png").write_bytes(encoded(picture(1)))
    found = score(reader, str(tmp_path))
    expected = reader.model.probabilities(found.glyphs[:, None].astype(np.float32) / np.float32(255))[0, 10]
    assert found.other[0] == pytest.approx(max(expected, 1 - MOST_SURE), abs=1e-3)
