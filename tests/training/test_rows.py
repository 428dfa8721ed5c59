"""The network of rows: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_pages import material
from small import RECIPE

from inkdigit.errors import ModelError, TrainingError
from inkdigit.evaluation.paper import canvas, shot
from inkdigit.recognition import row
from inkdigit.recognition.model import LineModel, RowModel
from inkdigit.settings import Settings
from inkdigit.training import row_export, rows
from inkdigit.training.network import RowNetwork
from inkdigit.training.strips import Strips

SMALL = dataclasses.replace(
    RECIPE, name="row", epochs=2, width=4, batch=8, rate=0.003, decay=0.01, average=0.5, most=24, dropout=0.1
)


@pytest.fixture
def one_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_material", lambda *given: material())
    monkeypatch.setattr(rows, "_PAGE", (240, 200))
    monkeypatch.setattr(rows, "_VALIDATION", 2)


def collected(kinds: tuple[str, ...] = ("plain",)) -> tuple[Strips, list[Strips]]:
    return rows.collect(Settings(), SMALL.most, 0, 0, kinds, workers=0)


def item(written: str, left: float, right: float, kind: int = canvas.NUMBER, top: float = 20) -> canvas.Item:
    quad = np.array([(left, top), (right, top), (right, top + 24), (left, top + 24)], np.float32)
    return canvas.Item(kind, written, quad, 24.0)


def test_labels_say_what_is_written() -> None:
    assert rows.labels_of(item("-3.14", 0, 9)) == [13, 3, 11, 1, 4]
    assert rows.labels_of(item("12 34", 0, 9)) == [1, 2, row.GAP, 3, 4]
    assert rows.labels_of(item("$**5%", 0, 9)) == [row.OTHER, 5, 20]
    assert rows.labels_of(item("", 0, 9, canvas.WORD)) == [row.OTHER]
    assert [row.LABELS[label] for label in rows.labels_of(item("(7+8)=15#", 0, 9))] == list("(7+8)=15#")


def test_what_stands_next_in_a_row_goes_on_behind_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_JOINED", 1.0)
    monkeypatch.setattr(rows, "_WORDS", 1.0)
    monkeypatch.setattr(rows, "_NOTHING", 0)
    items = (item("12", 20, 50), item("7", 70, 80), item("", 100, 160, canvas.WORD), item("9", 20, 30, top=90))
    page = shot.Shot("plain", np.full((200, 240), 255, np.uint8), items, 0)
    found = rows.places(page, np.random.default_rng(0))
    assert sorted(labels for _, labels in found) == sorted(
        [[1, 2, row.GAP, 7, row.GAP, row.OTHER], [7, row.GAP, row.OTHER], [row.OTHER], [9]]
    )


def test_places_hold_the_ink_of_their_labels(one_hand: None) -> None:
    training, [held] = collected()
    assert len(training.labels) == SMALL.most
    for pixels, labels in zip([*training.pixels, *held.pixels], [*training.labels, *held.labels], strict=True):
        assert pixels.dtype == np.uint8
        assert len(pixels) == row.HIGH
        assert row.DIGIT <= pixels.shape[1] <= row.WIDEST
        assert all(0 <= label < len(row.LABELS) - 1 for label in labels)
    assert any(not labels for labels in training.labels), "places where nothing is written"
    assert any(len(labels) > 1 for labels in training.labels)


def test_a_page_without_a_number_has_places_without_a_digit(one_hand: None) -> None:
    training, _ = collected(("words",))
    assert {label for labels in training.labels for label in labels} <= {row.OTHER, row.GAP}


def test_the_same_seed_draws_the_same_places(one_hand: None) -> None:
    (first, _), (again, _) = collected(), collected()
    assert first.labels == again.labels
    assert all(np.array_equal(one, other) for one, other in zip(first.pixels, again.pixels, strict=True))


def test_an_altered_place_keeps_its_rows() -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (32, 60)).astype(np.uint8)
    found = [rows.altered(pixels, random) for _ in range(30)]
    assert all(one.dtype == np.uint8 and len(one) == 32 for one in found)
    assert len({one.shape[1] for one in found}) > 3


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path, one_hand: None) -> None:
    training, held = collected()
    whole = rows.train(SMALL, training, held, tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        rows.train(SMALL, training, held, tmp_path / "parts", on_epoch=stop)
    resumed = rows.train(SMALL, training, held, tmp_path / "parts")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_less_than_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 8 places"):
        rows.train(SMALL, Strips("few", [], []), [], tmp_path)


def test_the_loss_falls_on_the_places_it_learns(one_hand: None, tmp_path: Path) -> None:
    training, held = collected()
    losses: list[float] = []
    recipe = dataclasses.replace(SMALL, epochs=12, width=8, rate=0.01)
    rows.train(recipe, training, held, tmp_path, on_epoch=lambda epoch: losses.append(epoch.loss))
    assert losses[-1] < 0.6 * losses[0]


def test_the_file_says_what_it_is_and_answers_as_torch_does(tmp_path: Path, one_hand: None) -> None:
    training, held = collected()
    network: Any = RowNetwork(width=4).eval()
    path = tmp_path / "western-row.onnx"
    card = row_export.export(network, training, held, SMALL, 5, 1, path, "abc")
    assert card.reads == "rows"
    assert card.provenance["seed"] == 5
    assert card.provenance["commit"] == "abc"
    assert card.mistakes["places-validation"][1] == len(held[0].labels)
    model = RowModel(path)
    some = [row.prepared(one) for one in held[0].pixels[:5]]
    together, alone = model.scores(some), [model.scores([one])[0] for one in some]
    for one, other, seen in zip(together, alone, some, strict=True):
        assert one.shape == other.shape == ((seen.shape[1] + 1) // 2, 24)
    [ours] = rows.scores(network, held[0].pixels[:1])
    assert np.abs(alone[0] * card.temperature - ours).mean() < 0.5  # 8-bit integers, not trained
    with pytest.raises(ModelError, match="which reads rows"):
        LineModel(path)
