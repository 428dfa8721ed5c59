"""The network of rows: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import RECIPE, few_places

from inkdigit.errors import ModelError, TrainingError
from inkdigit.recognition import row
from inkdigit.recognition.model import LineModel, RowModel
from inkdigit.settings import Settings
from inkdigit.training import initial_weights, places, row_export, rows
from inkdigit.training.checkpoint import CHECKPOINT
from inkdigit.training.network import RowNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

SMALL = dataclasses.replace(
    RECIPE, name="row", epochs=2, width=4, batch=8, rate=0.003, decay=0.01, average=0.5, most=24, dropout=0.1
)


@pytest.fixture
def one_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    few_places(monkeypatch)
    monkeypatch.setattr(rows, "_SHUFFLED", 20)
    monkeypatch.setattr(rows, "_PART", 16)


def collected(kinds: tuple[str, ...] = ("plain",)) -> Strips:
    return places.validation(Settings(), 0, 0, kinds)


def trained(recipe: Recipe, held: list[Strips], out: Path, **more: Any) -> torch.nn.Module:
    return rows.train(recipe, Settings(), held, out, shown=("plain",), workers=0, **more)


def test_an_altered_place_keeps_its_rows() -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (32, 60)).astype(np.uint8)
    found = [rows.altered(pixels, random) for _ in range(30)]
    assert all(one.dtype == np.uint8 and len(one) == 32 for one in found)
    assert len({one.shape[1] for one in found}) > 3


def test_half_of_the_places_are_fainter_or_stronger() -> None:
    found = rows.gains(2000, np.random.default_rng(1)).ravel()
    assert 900 < np.count_nonzero(found == 1) < 1100
    assert 0.25 < np.log(found[found != 1]).std() < 0.35


def test_a_mark_is_to_be_told_where_it_stands() -> None:
    """Of a 7 in the middle of column 20, told in one step or another; its place may have become wider since."""

    def told(step: int, marks: list[places.Mark], wider: float = 1.0) -> float:
        scores = torch.zeros(1, 40, len(row.LABELS))
        scores[0, :, -1] = 20.0
        scores[0, step, 7] = 40.0
        return float(rows.told(scores.log_softmax(2), [marks], [wider]))

    seven = [(7, 20.0)]
    assert [step for step in range(40) if told(step, seven) < 0.1] == [8, 9, 10, 11, 12]
    assert [step for step in range(40) if told(step, seven, 1.5) < 0.1] == [13, 14, 15, 16, 17]
    assert told(10, [(7, 20.0), (3, 40.0)]) > 5, "each mark counts"
    assert told(10, [(row.GAP, np.nan)]) == 0.0
    assert told(39, [(7, 77.6)]) < 0.1, "at the very end"


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
        assert one.shape == other.shape == ((seen.shape[1] + 1) // 2, len(row.LABELS))
    [ours] = rows.scores(network, held[0].pixels[:1])
    assert np.abs(alone[0] * card.temperature - ours).mean() < 0.5  # 8-bit integers, not trained
    with pytest.raises(ModelError, match="which reads rows"):
        LineModel(path)


def test_a_wider_network_goes_on_from_a_file_or_a_run_of_the_other_and_begins_by_reading_alike(
    tmp_path: Path, one_hand: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, held = collected(), [collected()]
    narrow = trained(SMALL, [], tmp_path / "run")
    row_export.export(narrow, training, held, SMALL, 5, 1, tmp_path / "western-row.onnx", "abc")
    some, _ = rows.batch(held[0].pixels[:4])
    for start in (tmp_path / "western-row.onnx", tmp_path / "run"):
        assert initial_weights.width_of(start) == SMALL.width
        same: Any = RowNetwork(width=4).eval()
        initial_weights.begin(same, start)
        with torch.inference_mode():
            for width in (6, 8, 11):
                wide: Any = RowNetwork(width=width).eval()
                with monkeypatch.context() as patched:
                    patched.setattr(initial_weights, "_NOISE", 0)
                    wide.load_state_dict(initial_weights.widened(same.state_dict(), wide))
                torch.testing.assert_close(wide(some), same(some), rtol=1e-3, atol=1e-3)
    wider = dataclasses.replace(SMALL, width=6, epochs=1)
    found: Any = trained(wider, [], tmp_path / "wide", start=tmp_path / "western-row.onnx")
    copied = found.stem[0].weight.detach()
    assert copied.shape[0] == 6
    assert min(float((copied[4] - one).abs().max()) for one in copied[:4]) > 1e-3, "copies learn different things"
    with pytest.raises(TrainingError, match="no wider than 4"):
        trained(SMALL, [], tmp_path / "narrow", start=tmp_path / "wide")


def test_a_network_that_tells_more_signs_begins_as_one_that_told_fewer() -> None:
    few, more = RowNetwork(labels=24, width=4).eval(), RowNetwork(labels=26, width=4).eval()
    more.load_state_dict(initial_weights.with_more_signs(few.state_dict(), more))
    some = torch.randn(2, 1, 32, 80)
    with torch.inference_mode():
        before, after = few(some), more(some)
    torch.testing.assert_close(after[..., :22], before[..., :22])
    torch.testing.assert_close(after[..., 24:], before[..., 22:])
    for new in (22, 23):
        torch.testing.assert_close(after[..., new], before[..., row.OTHER])
    same = few.state_dict()
    assert all(same[name] is part for name, part in initial_weights.with_more_signs(same, few).items())


def test_signs_of_sums_are_labels_of_their_own() -> None:
    for sign in "+-x÷=":
        assert row.LABELS[places.labelled(sign)] == sign
    assert places.labelled("*") == row.OTHER


def test_a_run_that_goes_on_from_one_as_wide_returns_the_mean_of_both(tmp_path: Path, one_hand: None) -> None:
    trained(SMALL, [], tmp_path / "first")
    found = trained(SMALL, [], tmp_path / "second", start=tmp_path / "first").state_dict()
    before, after = (initial_weights.from_run(tmp_path / name / CHECKPOINT)[0] for name in ("first", "second"))
    assert any((before[name] != after[name]).any() for name in before)
    for name, value in found.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, (before[name] + after[name]) / 2)
