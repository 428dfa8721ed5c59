"""The network of strokes: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import DIGITS, wobbled
from small import ALPHABETS, RECIPE, WRITERS, write_pen

from inkdigit.data import datasets
from inkdigit.data.datasets import OTHER
from inkdigit.errors import ModelError, TrainingError
from inkdigit.evaluation import negatives
from inkdigit.ink.strokes import Strokes
from inkdigit.models import catalogue
from inkdigit.recognition import trajectory
from inkdigit.recognition.model import Model, StrokeModel, one_other
from inkdigit.settings import Settings
from inkdigit.training import stroke_export, trajectories
from inkdigit.training.network import StrokeNetwork
from inkdigit.training.trajectories import Marks

STROKES = dataclasses.replace(
    RECIPE, name="strokes", epochs=3, width=8, batch=32, rate=0.005, decay=0.01, dropout=0.1, average=0.8, others=1.0
)


def made(name: str, each: int, seed: int) -> Marks:
    """Every digit, wobbled, and as many scribbles."""
    random = np.random.default_rng(seed)
    drawn = [Strokes.of(wobbled(DIGITS[digit], seed * 1000 + n)) for digit in range(10) for n in range(each)]
    drawn += [negatives.scribble(random) for _ in range(10 * each)]
    labels = np.array([digit for digit in range(10) for _ in range(each)] + [OTHER] * (10 * each), np.int64)
    points = np.stack([trajectory.from_strokes(one).points for one in drawn])
    return Marks(name, points, labels, tuple(drawn))


def digits_of(marks: Marks) -> Marks:
    few = marks.labels < OTHER
    kept = tuple(one for one, is_digit in zip(marks.strokes, few, strict=True) if is_digit)
    return Marks("digits", marks.points[few], marks.labels[few], kept)


def numbers(count: int, seed: int) -> Marks:
    """Two digits side by side, wobbled."""
    random = np.random.default_rng(seed)
    drawn = []
    for n in range(count):
        first, second = (DIGITS[int(digit)] for digit in random.integers(10, size=2))
        beside = [[[x + 85, y] for x, y in stroke] for stroke in second]
        drawn.append(Strokes.of(wobbled([*first, *beside], seed * 1000 + n)))
    points = np.stack([trajectory.from_strokes(one).points for one in drawn])
    return Marks("numbers", points, np.full(count, trajectories.SEVERAL), tuple(drawn))


def test_no_hand_and_no_alphabet_is_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pen(tmp_path)
    monkeypatch.setattr(trajectories, "INVENTED", 16)
    monkeypatch.setattr(trajectories, "EACH_WAY", 2)
    for fold in (0, 1):
        training, validation = trajectories.collect(Settings(data=str(tmp_path)), 3, fold)
        held = sum(datasets.fold_of(writer) == fold for writer in WRITERS)
        counts, validated = ({one.name: len(one.labels) for one in part} for part in (training, validation))
        assert counts["digits"] == 4 * (len(WRITERS) - held)
        assert validated["digits"] == 4 * held
        alphabets = sum(datasets.fold_of(one) == fold for one in ALPHABETS)
        assert validated.get(datasets.FIGURES, 0) == alphabets
        assert counts[datasets.FIGURES] == len(ALPHABETS) - alphabets
        assert counts["half-alikes"] == len(WRITERS) - held, "of each writer a D"
        assert counts["uppercase"] == len(WRITERS) - held, "and an A"
        assert {"scribbles", "doodles", "numbers", "allographs"} <= set(counts)
        assert all(len(one.points) == len(one.labels) == len(one.strokes) for one in (*training, *validation))


def test_distorted_paths_stay_paths_of_their_size() -> None:
    marks = made("digits", 2, 0)
    points = torch.from_numpy(marks.points)
    found = trajectories.distort(points, torch.Generator().manual_seed(1))
    assert found.shape == points.shape
    assert torch.allclose(found[:, :2].abs().amax((1, 2)), torch.ones(len(points)), atol=1e-4)
    assert not torch.allclose(found, points, atol=0.05)
    assert torch.equal(found, trajectories.distort(points, torch.Generator().manual_seed(1)))
    assert set(found[:, 2].unique().tolist()) <= {0.0, 1.0}


def test_torch_and_numpy_give_the_same_directions() -> None:
    points = made("digits", 1, 0).points
    ours = trajectories.with_directions(torch.from_numpy(points)).numpy()
    assert np.allclose(ours, trajectory.with_directions(points), atol=1e-6)


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path) -> None:
    training, validation = [made("digits", 6, 0)], [made("digits", 1, 1)]
    whole = trajectories.train(STROKES, training, validation, tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        trajectories.train(STROKES, training, validation, tmp_path / "parts", on_epoch=stop)
    resumed = trajectories.train(STROKES, training, validation, tmp_path / "parts")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_it_learns_and_its_file_reads_as_torch_does(tmp_path: Path) -> None:
    training = [made("digits", 30, 0), numbers(150, 0)]
    mixed, two = made("mixed", 4, 1), numbers(40, 1)
    validation = [digits_of(mixed), dataclasses.replace(mixed, name="mixed"), two]
    network = trajectories.train(dataclasses.replace(STROKES, epochs=8), training, validation, tmp_path)
    path = tmp_path / "western-strokes.onnx"
    card = stroke_export.export(
        network, training, validation, Model(catalogue.shipped()), STROKES, 0, 0, path, commit="abc"
    )
    assert card.reads_strokes
    assert not card.reads_lines
    assert card.provenance["commit"] == "abc"
    assert card.mistakes["digits-validation"][0] <= 2
    assert card.mistakes["digits-validation"][1] == 40
    assert 0 <= card.refuse_above <= 1
    model = StrokeModel(path)
    found = model.calibrated(trajectory.with_directions(mixed.points)) * card.temperature
    wide = trajectories.scores(network, mixed).numpy() / np.float32(card.temperature)
    assert np.allclose(found / card.temperature, one_other(wide), atol=1e-3)
    right = found[:, :10].argmax(axis=1)[mixed.labels < OTHER] == mixed.labels[mixed.labels < OTHER]
    assert right.mean() > 0.8
    assert card.labels[-1] == "several"
    several = [model.several(trajectory.with_directions(points)) for points in (two.points, mixed.points[40:])]
    assert (several[0] > 0).mean() > 0.8, "two digits are several"
    assert (several[1] > 0).mean() < 0.2, "a scribble is one mark"
    with pytest.raises(ModelError, match=r"a model of single digits.*which reads strokes"):
        Model(path)
    with pytest.raises(ModelError, match=r"a model of strokes.*which reads digits"):
        StrokeModel(catalogue.shipped())


def test_too_few_marks_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="32 marks, some of them no digits"):
        trajectories.train(STROKES, [made("digits", 1, 0)], [made("digits", 1, 1)], tmp_path)


def test_the_network_takes_the_shape_that_it_says() -> None:
    assert StrokeNetwork(width=8).eval()(torch.zeros(3, trajectory.CHANNELS, trajectory.POINTS)).shape == (3, 12)
