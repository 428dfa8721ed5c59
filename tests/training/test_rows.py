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
from inkdigit.recognition.row import Place
from inkdigit.settings import Settings
from inkdigit.training import row_export, rows
from inkdigit.training.network import RowNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

SMALL = dataclasses.replace(
    RECIPE, name="row", epochs=2, width=4, batch=8, rate=0.003, decay=0.01, average=0.5, most=24, dropout=0.1
)


@pytest.fixture
def one_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_material", lambda *given: material())
    monkeypatch.setattr(rows, "_PAGE", (240, 200))
    monkeypatch.setattr(rows, "_VALIDATION", 2)
    monkeypatch.setattr(rows, "_SHUFFLED", 20)
    monkeypatch.setattr(rows, "_PART", 16)


def collected(kinds: tuple[str, ...] = ("plain",)) -> Strips:
    return rows.validation(Settings(), 0, 0, kinds)


def trained(recipe: Recipe, held: list[Strips], out: Path, **more: Any) -> torch.nn.Module:
    return rows.train(recipe, Settings(), held, out, shown=("plain",), workers=0, **more)


def item(written: str, left: float, right: float, kind: int = canvas.NUMBER, top: float = 20) -> canvas.Item:
    quad = np.array([(left, top), (right, top), (right, top + 24), (left, top + 24)], np.float32)
    return canvas.Item(kind, written, quad, 24.0)


WIDE = Place((120.0, 32.0), 200.0, 24.0, 0.0)  # 280 pixels of a picture, and more


def test_labels_say_what_is_written() -> None:
    for text, wanted in (("-3.14", "-3.14"), ("12 34", "12 34"), ("$**5%", "?5%"), ("(7+8)=15#", "(7+8)=15#")):
        assert text_of(rows.labels_in(WIDE, [item(text, 40, 200)])) == wanted
    assert rows.labels_in(WIDE, [item("", 40, 200, canvas.WORD)]) == [row.OTHER]
    assert rows.labels_in(WIDE, []) == []


def text_of(labels: list[int] | None) -> str | None:
    return None if labels is None else "".join(row.LABELS[label] for label in labels).replace("other", "?")


def test_what_is_seen_of_a_number_is_asked_for_and_no_more() -> None:
    """Of 1234, each digit 30 pixels wide, a place that begins further and further to the right."""
    four = [item("1234", 100, 220)]
    seen = {text_of(rows.labels_in(Place((left + 130.0, 32.0), 224.0, 24.0, 0.0), four)) for left in range(90, 230, 2)}
    assert seen == {"1234", "234", "34", "4", "", None}
    low = [rows.labels_in(Place((160.0, 32.0 + off), 120.0, 24.0, 0.0), four) for off in range(0, 40, 2)]
    assert [text_of(one) for one in low] == ["1234"] * 5 + [None] * 2 + [""] * 13


def test_marks_stand_where_they_were_written() -> None:
    page = canvas.Canvas(material(), 400, 100, np.random.default_rng(3))
    page.slant, page.scan = 0.0, None
    for form in ("dddd", "d,ddd.dd", "dd ddd"):
        text, ink, across = page.made(form, 40.0)
        page.items.clear()
        page.put(canvas.NUMBER, text, ink, 20, 30, 40.0, across=across)
        [one] = page.items
        assert len(across) == len(text)
        assert list(across) == sorted(across)
        assert np.all((one.middles[:, 0] >= 20) & (one.middles[:, 0] <= 20 + ink.shape[1]))


def test_a_pen_that_is_not_lifted_goes_from_each_digit_to_the_next() -> None:
    paths = (np.array([[0, 0], [0, 900]], np.float32), np.array([[400, 100], [500, 900]], np.float32))
    found = [canvas.linked(paths, (0, 1), np.random.default_rng(seed)) for seed in range(12)]
    assert {len(strokes) for strokes, _ in found} == {2}, "too far"
    near = (paths[0], paths[1] + np.array([0, 700], np.float32))
    found = [canvas.linked(near, (0, 1), np.random.default_rng(seed)) for seed in range(12)]
    assert {len(strokes) for strokes, _ in found} == {2, 3}
    strokes, owners = max(found, key=lambda one: len(one[0]))
    assert owners == (0, 1, 0)
    assert strokes[2][0].tolist() == [0, 900]
    assert strokes[2][-1].tolist() == [400, 800]


def test_a_word_is_other_where_enough_of_it_is_seen() -> None:
    number, word = item("7", 60, 80), item("", 110, 200, canvas.WORD)
    assert rows.labels_in(Place((70.0, 32.0), 40.0, 24.0, 0.0), [number, word]) == [7]
    assert rows.labels_in(Place((80.0, 32.0), 60.0, 24.0, 0.0), [word, number]) == [7, row.GAP, row.OTHER]


def test_a_number_of_another_size_is_not_asked_for() -> None:
    assert rows.labels_in(Place((120.0, 32.0), 200.0, 80.0, 0.0), [item("12", 100, 150)]) is None


def test_what_stands_next_in_a_row_goes_on_behind_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_JOINED", 1.0)
    monkeypatch.setattr(rows, "_WORDS", 1.0)
    monkeypatch.setattr(rows, "_NOTHING", 0)
    monkeypatch.setattr(rows, "_loosely", lambda place, random: place)
    items = (item("12", 20, 50), item("7", 76, 84), item("", 120, 160, canvas.WORD), item("9", 20, 30, top=90))
    page = shot.Shot("plain", np.full((200, 240), 255, np.uint8), items, 0)
    found = [text_of(labels) for _, labels in rows.places(page, np.random.default_rng(0))]
    assert sorted(map(str, found)) == ["12 7 ?", "7 ?", "9", "?"]


def test_places_hold_the_ink_of_their_labels(one_hand: None) -> None:
    found = collected()
    for pixels, labels in zip(found.pixels, found.labels, strict=True):
        assert pixels.dtype == np.uint8
        assert len(pixels) == row.HIGH
        assert row.DIGIT <= pixels.shape[1] <= row.WIDEST
        assert all(0 <= label < len(row.LABELS) - 1 for label in labels)
    assert any(not labels for labels in found.labels), "places where nothing is written"
    assert any(len(labels) > 1 for labels in found.labels)


def test_a_page_without_a_number_has_places_without_a_digit(one_hand: None) -> None:
    assert {label for labels in collected(("words",)).labels for label in labels} <= {row.OTHER, row.GAP}


def test_the_same_seed_draws_the_same_places(one_hand: None) -> None:
    first, again = collected(), collected()
    assert first.labels == again.labels
    assert all(np.array_equal(one, other) for one, other in zip(first.pixels, again.pixels, strict=True))


def test_an_altered_place_keeps_its_rows() -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (32, 60)).astype(np.uint8)
    found = [rows.altered(pixels, random) for _ in range(30)]
    assert all(one.dtype == np.uint8 and len(one) == 32 for one in found)
    assert len({one.shape[1] for one in found}) > 3


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path, one_hand: None) -> None:
    held = [collected()]
    whole = trained(SMALL, held, tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        trained(SMALL, held, tmp_path / "parts", on_epoch=stop)
    resumed = trained(SMALL, held, tmp_path / "parts")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_less_than_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 8 places"):
        trained(dataclasses.replace(SMALL, most=7), [], tmp_path)


def test_the_loss_falls_on_the_places_it_learns(one_hand: None, tmp_path: Path) -> None:
    losses: list[float] = []
    recipe = dataclasses.replace(SMALL, epochs=12, width=8, rate=0.01)
    trained(recipe, [], tmp_path, on_epoch=lambda epoch: losses.append(epoch.loss))
    assert losses[-1] < 0.6 * losses[0]


def test_the_file_says_what_it_is_and_answers_as_torch_does(tmp_path: Path, one_hand: None) -> None:
    training, held = collected(), [collected()]
    network: Any = RowNetwork(width=4).eval()
    path = tmp_path / "western-row.onnx"
    card = row_export.export(network, training, held, SMALL, 5, 1, path, "abc")
    assert card.reads == "rows"
    assert card.provenance["seed"] == 5
    assert card.provenance["commit"] == "abc"
    assert card.provenance["trained_on"] == {"places on drawn pages": SMALL.epochs * SMALL.most}
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
