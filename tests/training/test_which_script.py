"""The network that tells scripts: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import RECIPE

from inkdigit.data.datasets import PenSample
from inkdigit.errors import ModelError
from inkdigit.evaluation import script_strokes
from inkdigit.models import catalogue, trial
from inkdigit.recognition.model import Model, ScriptModel
from inkdigit.scripts import AUTO, SCRIPTS, WESTERN
from inkdigit.settings import Settings
from inkdigit.training import pools, which_script, which_script_export
from inkdigit.training.pools import Pool
from inkdigit.training.which_script import LABELS, NONE

SMALL = dataclasses.replace(
    RECIPE, name="scripts", epochs=6, width=8, batch=64, rate=0.004, decay=0.01, dropout=0.1, average=0.8, most=2_560
)


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings of the templates in the place of scans, others for those who train than for those who validate."""

    def drawn(script: str, random: np.random.Generator, each: int) -> Pool:
        marks = [
            PenSample(str(digit), "", [path.tolist() for path in script_strokes.written(script, digit, random).paths])
            for digit in range(10)
            for _ in range(each)
        ]
        return pools.from_pen(f"{script}-pen", marks, 0, random)

    def made(script: str, _: Settings, random: np.random.Generator, __: int) -> Any:
        return [drawn(script, random, 6)], [drawn(script, random, 2)]

    def letters(_: Settings, random: np.random.Generator, __: int) -> Any:
        yield pools.nothing("noise", [random.integers(0, 255, (40, 40)).astype(np.uint8) for _ in range(30)], random)

    monkeypatch.setattr(which_script, "_other_script", made)
    monkeypatch.setattr(which_script, "_western", made)
    monkeypatch.setattr(which_script, "_no_digits", letters)


def test_every_digit_of_every_script_is_a_label_and_all_scripts_come_up_alike(templates: None) -> None:
    training, held = which_script.collect(Settings(), 1)
    assert len(LABELS) == 10 * len(SCRIPTS) + 1
    assert training.pixels.shape == (len(training.labels), 28, 28)
    assert set(held.labels.tolist()) == set(range(NONE))
    shares = [training.weights[training.labels // 10 == at].sum() for at in range(len(SCRIPTS))]
    np.testing.assert_allclose(shares, shares[0])
    assert training.weights[training.labels == NONE].sum() == pytest.approx(which_script._OTHERS)
    assert which_script.counts(held) == {f"{name}-pen": 20 for name in SCRIPTS}
    again, _ = which_script.collect(Settings(), 1)
    np.testing.assert_array_equal(again.pixels, training.pixels)


def test_the_network_learns_which_script_and_its_file_says_so(templates: None, tmp_path: Path) -> None:
    training, held = which_script.collect(Settings(), 2)
    told: list[Any] = []
    network = which_script.train(SMALL, training, held, tmp_path, 3, on_epoch=told.append)
    wrong = sum(count for count, _ in told[-1].mistakes.values())
    assert wrong < 0.7 * len(held.labels), "chance leaves 93 of 100 wrong"
    assert wrong < sum(count for count, _ in told[0].mistakes.values())
    path = tmp_path / "which-script.onnx"
    card = which_script_export.export(network, training, held, SMALL, 3, 0, path, "abc")
    assert (card.reads, card.script, card.provenance["commit"]) == ("scripts", AUTO, "abc")
    assert card.provenance["non_commercial"], "some of the data are not to be used commercially"
    model = ScriptModel(path)
    assert model.scripts == tuple(SCRIPTS)
    found = model.probabilities(held.pixels[:, None].astype(np.float32) / np.float32(255))
    assert found.shape == (len(held.labels), len(SCRIPTS))
    assert ((found >= 0) & (found.sum(axis=1, keepdims=True) <= 1.0001)).all()
    assert (found.argmax(axis=1) != held.labels // 10).sum() == sum(count for count, _ in card.mistakes.values())
    trial.try_out(str(path), "scripts")
    with pytest.raises(ModelError, match="which reads scripts"):
        Model(path)


def test_a_network_of_digits_tells_no_scripts() -> None:
    with pytest.raises(ModelError, match=r"a model of scripts, got .* which reads digits"):
        ScriptModel(catalogue.shipped(WESTERN))


def test_mistakes_are_counted_by_script() -> None:
    held = which_script.Glyphs(
        np.zeros((3, 28, 28), np.uint8), np.array([4, 13, 19]), np.ones(3), np.array(["western", "b", "b"])
    )
    logits = torch.zeros(3, len(LABELS))
    logits[0, 7] = logits[1, 15] = 9  # another digit of the script tells it as well
    logits[2, 30:40] = 5
    found = which_script.mistakes(logits, held)
    assert found[WESTERN] == (0, 1)
    assert found[list(SCRIPTS)[1]] == (1, 2)
