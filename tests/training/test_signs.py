"""The network of signs: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import DIGITS, SIGNS, wobbled
from small import RECIPE

from inkdigit.data.datasets import PenSample
from inkdigit.errors import ModelError, TrainingError
from inkdigit.models import catalogue
from inkdigit.recognition import signs as kinds
from inkdigit.recognition import trajectory
from inkdigit.recognition.model import Model, SignModel, StrokeModel
from inkdigit.settings import Settings
from inkdigit.training import sign_export, signs
from inkdigit.training.network import SignNetwork

SMALL = dataclasses.replace(
    RECIPE, name="signs", epochs=4, width=8, batch=32, rate=0.005, decay=0.01, dropout=0.1, average=0.8, most=160
)


@pytest.fixture
def material(monkeypatch: pytest.MonkeyPatch) -> None:
    """One hand's digits and signs, wobbled, for those who train and those who validate, and a letter."""

    def made(settings: Settings, fold: int, held: bool) -> Any:
        first = 100 * (2 * fold + held)
        hand = [PenSample(str(digit), "a", wobbled(DIGITS[digit], first + n)) for digit in DIGITS for n in range(3)]
        drawn = {
            kind: [PenSample(kind, "b", wobbled(SIGNS[kind], first + n)) for n in range(3)] for kind in kinds.KINDS
        }
        letter: Any = [[[10, 0], [8, 100]], [[12, 0], [80, 100]], [[82, 0], [80, 100]]]
        return [hand], drawn, ([PenSample("N", "c", letter)], [PenSample("N", "c", letter)])

    monkeypatch.setattr(signs, "_material", made)


def test_every_form_can_be_composed_and_all_signs_come_up() -> None:
    random = np.random.default_rng(0)
    forms = [signs.form(random) for _ in range(4000)]
    marks = Counter("".join(forms))
    assert set(marks) <= {"d", "?", " ", *kinds.KINDS}
    assert all(marks[kind] > 50 for kind in kinds.KINDS)
    assert 0.15 < sum(set(one) == {"d"} for one in forms) / len(forms) < 0.3, "plain numbers are the rule"
    assert sum(one in kinds.KINDS for one in forms) > 80, "signs alone"


def test_marks_are_what_they_are_and_groups_of_their_strokes_none(material: None) -> None:
    training, validation = signs.collect(Settings(), 160, 1, 0)
    assert training.points.shape == (len(training.labels), 3, trajectory.POINTS)
    assert training.places.shape == (len(training.labels), kinds.PLACES)
    counts = Counter(signs.LABELS[label] for label in training.labels)
    assert set(counts) >= {"none", "several", "/", "+", "=", "%"}
    assert counts["none"] > len(training.labels) / 2
    assert 5 * len(validation.labels) < len(training.labels) < 12 * len(validation.labels)
    again, _ = signs.collect(Settings(), 160, 1, 0)
    assert np.array_equal(training.points, again.points)


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path, material: None) -> None:
    training, validation = signs.collect(Settings(), 80, 0, 0)
    whole = signs.train(SMALL, training, validation, tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        signs.train(SMALL, training, validation, tmp_path / "parts", on_epoch=stop)
    resumed = signs.train(SMALL, training, validation, tmp_path / "parts")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_it_learns_and_its_file_reads_as_torch_does(tmp_path: Path, material: None) -> None:
    training, validation = signs.collect(Settings(), 160, 0, 0)
    network = signs.train(SMALL, training, validation, tmp_path)
    path = tmp_path / "western-signs.onnx"
    card = sign_export.export(network, training, validation, SMALL, 0, 0, path, commit="abc")
    assert (card.reads_signs, card.reads_strokes, card.reads_lines, card.digits) == (True, False, False, 0)
    assert card.provenance["commit"] == "abc"
    assert sum(count for _, count in card.mistakes.values()) == len(validation.labels)
    model = SignModel(path)
    found = model.probabilities(trajectory.with_directions(validation.points), validation.places)
    torchs = torch.softmax(signs.scores(network, validation) / card.temperature, dim=1).numpy()
    assert np.allclose(found, torchs, atol=1e-3)
    right = found.argmax(axis=1) == validation.labels
    assert right.mean() > 0.85
    assert right[validation.labels > 0].mean() > 0.5, "signs too"
    with pytest.raises(ModelError, match=r"a model of single digits.*which reads signs"):
        Model(path)
    with pytest.raises(ModelError, match=r"a model of strokes.*which reads signs"):
        StrokeModel(path)
    with pytest.raises(ModelError, match=r"a model of signs.*which reads digits"):
        SignModel(catalogue.shipped())


def test_too_few_marks_are_an_error(tmp_path: Path, material: None) -> None:
    training, validation = signs.collect(Settings(), 40, 0, 0)
    with pytest.raises(TrainingError, match="100000 marks"):
        signs.train(dataclasses.replace(SMALL, batch=100_000), training, validation, tmp_path)


def test_the_network_takes_the_shapes_that_it_says() -> None:
    network = SignNetwork(18, kinds.PLACES, width=8).eval()
    marks = torch.zeros(3, trajectory.CHANNELS, trajectory.POINTS), torch.zeros(3, kinds.PLACES)
    assert network(*marks).shape == (3, 18)
