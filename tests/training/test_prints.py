"""The network of print: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from cores import core
from drawn_pages import material
from readings import number
from small import RECIPE

from inkdigit.errors import DataError, TrainingError
from inkdigit.evaluation.paper import counting, kinds, print_pages
from inkdigit.evaluation.paper.material import Material
from inkdigit.recognition import prints as recognition
from inkdigit.recognition.model import PrintModel
from inkdigit.recognition.paper import Found
from inkdigit.settings import Settings
from inkdigit.training import print_export, prints, recipes, run
from inkdigit.training.prints import PRINT, Seen

SMALL = dataclasses.replace(
    RECIPE, name="prints", epochs=4, width=4, batch=16, rate=0.01, decay=0.05, dropout=0.1, average=0, most=1
)
FONTS = sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf"))  # on every machine


@pytest.fixture
def one_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few small pages of one hand, another one for those who validate."""

    def made(settings: Settings, fold: int, held: bool) -> Material:
        return replace(material(100 * held), fonts=FONTS)

    monkeypatch.setattr(prints.material, "collect", made)
    monkeypatch.setattr(prints, "_SEEDS", (81,))
    monkeypatch.setattr(print_pages, "SIZE", (420, 420))
    monkeypatch.setattr(print_pages, "KINDS", {"serials": print_pages.serials})
    monkeypatch.setattr(counting, "SIZE", (420, 420))
    monkeypatch.setattr(kinds, "KINDS", {"column": kinds.KINDS["column"]})


def page(random: np.random.Generator, labels: Sequence[int]) -> Seen:
    """Numbers of two digits below each other, whose glyphs are bright where they are printed."""
    found = []
    for at, label in enumerate(labels):
        bounds = (100.0, 60.0 * at, 140.0, 60.0 * at + 30)
        made = number("12", bounds)
        bright = 0.8 if label == PRINT else 0.2
        marks = [replace(one, glyph=random.uniform(0, bright, (28, 28)).astype(np.float32)) for one in made.digits]
        found.append(Found(core((120.0, 60.0 * at + 15), 40, 30), replace(made, digits=tuple(marks))))
    return Seen("DejaVu", "serials", found, list(labels), 0.0)


def pages(seed: int, count: int = 4) -> list[Seen]:
    random = np.random.default_rng(seed)
    return [page(random, []), *(page(random, [at % 2] * 6 + [-1]) for at in range(count))]


def test_what_is_read_on_drawn_pages_is_known_to_be_printed_or_written(one_hand: None) -> None:
    training, validation = prints.collect(Settings(), 1, 0)
    assert [page.kind for page in training] == [page.kind for page in validation] == ["serials", "column"]
    for pages_of in (training, validation):
        counts = prints.digits(pages_of)
        assert counts["print"] > 5
        assert counts["hand"] > 10
    assert prints.digits(training[1:])["print"] == 0, "a column is written by hand"
    assert training[0].glyphs.shape == (len(training[0].digit_labels), 1, 28, 28)
    again, _ = prints.collect(Settings(), 1, 0)
    assert [one.labels for one in again] == [one.labels for one in training]
    assert np.array_equal(again[0].glyphs, training[0].glyphs)


def test_a_run_goes_from_drawn_pages_to_a_file_that_says_what_it_is(
    one_hand: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.RECIPES, "prints", replace(recipes.named("prints"), most=1))
    path = run.run("prints", tmp_path, 5, 0, Settings(), epochs=1)
    assert path == tmp_path / "western-print.onnx"
    card = PrintModel(path).card
    assert (card.reads, card.digits, card.provenance["seed"]) == ("print", 0, 5)
    assert card.provenance["fonts"] == ["DejaVu"]
    assert card.provenance["recipe"]["epochs"] == 1
    assert set(card.provenance["trained_on"]) == {"hand", "print"}
    assert set(card.mistakes) == {"hand-validation", "print-validation"}


def test_without_fonts_or_data_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=str(tmp_path)):
        run.run("prints", tmp_path / "run", 0, 0, Settings(data=str(tmp_path)))
    monkeypatch.setattr(prints.material, "collect", lambda *given, held: material())
    with pytest.raises(DataError, match=r"fonts to print with: DejaVu, .*, got none. Install fonts-dejavu-core"):
        prints.collect(Settings(), 1, 0)


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path) -> None:
    whole = prints.train(SMALL, pages(0), pages(1), tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        prints.train(SMALL, pages(0), pages(1), tmp_path / "parts", on_epoch=stop)
    resumed = prints.train(SMALL, pages(0), pages(1), tmp_path / "parts")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_it_learns_and_its_file_says_as_torch_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BASE", 0.0), ("WEIGHTS", (1.0, 0.0, 0.0, 0.0)), ("LEAST", 0.0)):
        monkeypatch.setattr(recognition, name, value)  # the network alone, and not what is fitted to the one that ships
    training, validation = pages(0), pages(1)
    network = prints.train(SMALL, training, validation, tmp_path)
    card = print_export.export(network, training, validation, SMALL, 0, 0, tmp_path / "western-print.onnx", "abc")
    assert card.provenance["commit"] == "abc"
    assert card.provenance["trained_on"] == card.provenance["validated_on"] == {"hand": 24, "print": 24}
    assert card.mistakes == {"hand-validation": [0, 12], "print-validation": [0, 12]}, "a number each"
    glyphs, labels = validation[2].glyphs, validation[2].digit_labels
    model = PrintModel(tmp_path / "western-print.onnx")
    assert model.card.mistakes == card.mistakes
    assert np.allclose(model.odds(glyphs), prints.odds(network)(glyphs), atol=1e-3)
    assert (model.odds(glyphs)[labels == PRINT] > 0).all()


def test_pages_without_print_are_an_error(tmp_path: Path) -> None:
    only_by_hand = [page for page in pages(0) if PRINT not in page.labels]
    for some in (only_by_hand, []):
        with pytest.raises(TrainingError, match=r"printed digits and written ones.*'print': 0"):
            prints.train(SMALL, some, (), tmp_path)
