from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from evaluation.test_composed import HAND
from small import RECIPE

from inkdigit.errors import TrainingError
from inkdigit.evaluation import composed
from inkdigit.recognition import ctc, strip
from inkdigit.recognition.model import LineModel, Model
from inkdigit.training import line_export, lines, strips
from inkdigit.training.augment import Distortion, distort_strips
from inkdigit.training.network import LineNetwork
from inkdigit.training.strips import Strips

LINE = dataclasses.replace(RECIPE, epochs=2, width=8, batch=16, rate=0.003, decay=0.01, average=0.9)


def made(count: int, seed: int) -> Strips:
    random = np.random.default_rng(seed)
    found = Strips("small", [], [])
    while len(found.labels) < count:
        ink, labels = strips.pen_number([HAND], HAND, random)
        strips._add(found, strips.spoilt(ink, random), labels)
    return found


def test_strips_hold_the_digits_that_their_labels_say() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        ink, labels = strips.pen_number([HAND], HAND, random)
        assert 1 <= len(labels) <= 8
        assert ink.dtype == np.float32
        assert 0 <= ink.min() <= ink.max() <= 1
        assert strips.spoilt(ink, random).shape == ink.shape


def test_mnist_numbers_stand_on_a_line() -> None:
    random = np.random.default_rng(0)
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 4:24, 10:18] = 255
    for _ in range(50):
        ink, labels = strips.mnist_number(images, np.arange(10), random)
        assert 1 <= len(labels) <= 7
        one = strip.from_ink(np.rint(255 * ink).astype(np.uint8))
        assert one is not None
        assert one.pixels.shape[1] >= 6 * len(labels)


def test_words_are_no_digits() -> None:
    letters = [dataclasses.replace(mark, label="AKMR"[number % 4]) for number, mark in enumerate(HAND)]
    _, labels = strips.word(letters, np.random.default_rng(0))
    assert set(labels) == {ctc.OTHER}


def test_a_distorted_strip_keeps_its_ends() -> None:
    pixels = torch.zeros(64, 1, 32, 80)
    pixels[:, :, 4:28, 4:8] = 1
    pixels[:, :, 4:28, 72:76] = 1
    how = Distortion(slant=0.2, grow=0.07, move=0.6, bend=1.1, thicken=0.35, fade=0.2)
    found = distort_strips(pixels, how, torch.Generator().manual_seed(0))
    assert found.shape == pixels.shape
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    assert bool((found[:, :, :, :24].amax(dim=(1, 2, 3)) > 0.5).all())
    assert bool((found[:, :, :, -24:].amax(dim=(1, 2, 3)) > 0.5).all())


def test_steps_are_two_columns() -> None:
    network = LineNetwork(width=8).eval()
    assert network(torch.zeros(2, 1, 32, 81)).shape == (2, 41, 12)


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path) -> None:
    training, validation = made(64, 0), [made(16, 1)]
    whole = lines.train(LINE, training, validation, tmp_path / "whole")
    one = dataclasses.replace(LINE)

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        lines.train(one, training, validation, tmp_path / "parts", on_epoch=stop)
    resumed = lines.train(one, training, validation, tmp_path / "parts")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_no_two_epochs_of_any_seeds_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training, validation = made(16, 0), [made(1, 1)]
    drawn: list[bytes] = []

    def seen(pixels: torch.Tensor, *given: Any) -> torch.Tensor:
        found = distort_strips(pixels, *given)
        drawn.append(found.numpy().tobytes())
        return found

    monkeypatch.setattr(lines, "distort_strips", seen)
    for seed in range(2):
        lines.train(LINE, training, validation, tmp_path / str(seed), seed=seed)
    assert len(set(drawn)) == len(drawn) == 4


def test_the_file_reads_as_torch_does_and_says_what_it_is(tmp_path: Path) -> None:
    training, validation = made(64, 0), [made(16, 1)]
    network = lines.train(LINE, training, validation, tmp_path)
    path = tmp_path / "western-line.onnx"
    card = line_export.export(network, training, validation, LINE, 0, 0, path, "abc")
    assert card.reads_lines
    assert card.provenance["commit"] == "abc"
    assert card.mistakes["small-validation"][1] == 16
    model = LineModel(path)
    scores = model.scores(validation[0].pixels[0])
    assert scores.shape == ((validation[0].pixels[0].shape[1] + 1) // 2, 12)
    ours = lines.scores(network, validation[0].pixels[:1])[0]
    assert np.abs(scores * card.temperature - ours).mean() < 0.5  # 8-bit integers, hardly trained
    with pytest.raises(Exception, match="a model of single digits"):
        Model(path)


def test_too_few_strips_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 16 strips"):
        lines.train(LINE, made(8, 0), [made(4, 1)], tmp_path)


def test_a_letter_alone_is_a_mark_of_one_place() -> None:
    one = composed.alone(HAND[4])
    assert set(one.owners) == {0}
    ink, _ = composed.drawn(one, 40, 4)
    assert ink.shape[0] <= 60
