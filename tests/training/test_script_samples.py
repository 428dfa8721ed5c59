"""What a network of another script learns from: its own marks drawn in many ways, and what is none of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from small import write_pen

from inkdigit import scripts
from inkdigit.evaluation import script_strokes
from inkdigit.evaluation.script_score import script_score
from inkdigit.ink.strokes import draw
from inkdigit.models import catalogue
from inkdigit.recognition.model import Model
from inkdigit.scripts import SCRIPTS, WESTERN
from inkdigit.settings import Settings
from inkdigit.training import script_samples
from inkdigit.training.pools import Pool
from inkdigit.training.samples import Samples


def write_scripts(folder: Path) -> Settings:
    """A small data folder: six drawings of each digit of every script as scans."""
    (folder / "scripts").mkdir()
    random = np.random.default_rng(0)
    for name in SCRIPTS:
        if name != WESTERN:
            labels = np.repeat(np.arange(10), 6).astype(np.uint8)
            images = np.zeros((60, 40, 40), np.uint8)
            for image, label in zip(images, labels, strict=True):
                ink = draw(script_strokes.written(name, int(label), random), 36, 4)
                image[2 : 2 + ink.shape[0], 2 : 2 + ink.shape[1]] = cv2.min(ink, 255)
            writers = np.tile(np.arange(6), 10)
            arrays = {"x_train": images, "y_train": labels, "writer_train": writers, "x_test": images, "y_test": labels}
            np.savez(folder / "scripts" / f"{name}.npz", **arrays)
    return Settings(data=str(folder))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    write_pen(folder)
    return write_scripts(folder)


@pytest.fixture(scope="module")
def collected(settings: Settings) -> Samples:
    with pytest.MonkeyPatch.context() as patch:
        for name, small in (("_OTHERS", 120), ("_INVENTED", 20), ("_EACH", 3), ("EPOCH", 1_000)):
            patch.setattr(script_samples, name, small)
        return script_samples.collect("thai", settings, 0, 0)


def test_a_digit_comes_as_scan_spoilt_drawn_anew_and_from_a_template(collected: Samples) -> None:
    shapes = {pool.name: pool.glyphs.shape[1] for pool in collected.training if pool.labels.max() < 10}
    assert shapes == {"thai": 1, "thai-spoilt": 1, "thai-pen": 4, "thai-templates": 2}
    assert all(set(pool.labels) == set(range(10)) for pool in collected.training if pool.labels.max() < 10)


def test_an_epoch_is_as_long_however_many_scans_there_are(collected: Samples) -> None:
    times = sum(len(pool.labels) * pool.times for pool in collected.training if pool.labels.max() < 10)
    assert times == pytest.approx(1_000)


def test_writers_who_validate_are_not_trained_on(settings: Settings, collected: Samples) -> None:
    validation = {pool.name: len(pool.labels) for pool in collected.validation if pool.labels.max() < 10}
    training = {pool.name: len(pool.labels) for pool in collected.training}
    assert set(validation) == {"thai", "thai-pen"}
    assert training["thai"] + validation["thai"] == 60
    assert validation["thai"] % 10 == 0, "whole writers"


def test_what_may_not_be_used_commercially_teaches_no_free_network(collected: Samples) -> None:
    names = {pool.name for pool in (*collected.training, *collected.validation)}
    assert {"kannada", "chinese", "burmese"} <= names
    assert not names & {name for name, one in SCRIPTS.items() if one.non_commercial}


def test_look_alikes_are_no_example_of_no_digit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "look_alikes", lambda _: {f"{name}/{n}" for name in SCRIPTS for n in range(10)})
    for name, small in (("_OTHERS", 60), ("_INVENTED", 4), ("_EACH", 1)):
        monkeypatch.setattr(script_samples, name, small)
    found = script_samples.collect("thai", settings, 0, 0)
    assert not {pool.name for pool in found.training} & {"kannada", "chinese", "burmese", "digits", "digits-tablet"}
    assert "several" in {pool.name for pool in found.training}


def test_a_network_is_scored_on_the_test_part_of_its_script(settings: Settings) -> None:
    found = script_score(Model(catalogue.shipped("thai")), settings)
    assert (found.total, found.glyphs.shape) == (60, (60, 28, 28))
    assert found.wrong <= 3
    assert sum(map(sum, found.confusion)) == 60
    assert 0 < found.calibration_error < 0.1
    assert sum(found.confusion[digit][digit] for digit in range(10)) == 60 - found.wrong


def test_scans_that_were_made_square_are_shown_and_drawn_in_other_widths(settings: Settings) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, small in (("_OTHERS", 60), ("_INVENTED", 4), ("_EACH", 1), ("EPOCH", 1_000)):
            patch.setattr(script_samples, name, small)
        found = script_samples.collect("kannada", settings, 0, 0)
    assert "kannada-wide" in {pool.name for pool in found.validation}
    wide = [mean_width(pool) for pool in found.training if pool.name in ("kannada", "kannada-wide", "kannada-pen")]
    assert min(wide[1:]) > 1.15 * wide[0], wide
    times = sum(len(pool.labels) * pool.times for pool in found.training if pool.labels.max() < 10)
    assert times == pytest.approx(1_000)


def mean_width(pool: Pool) -> float:
    """Of the ink of its glyphs, as a part of how high it is."""
    inked = pool.glyphs.reshape(-1, 28, 28) > 100
    return float(np.mean(inked.any(axis=1).sum(axis=1) / inked.any(axis=2).sum(axis=1)))
