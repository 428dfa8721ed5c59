from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest
import torch
from small import RECIPE, samples

from inkdigit.errors import TrainingError
from inkdigit.training import loop
from inkdigit.training.loop import Epoch, train
from inkdigit.training.network import Network


def weights(network: Network) -> torch.Tensor:
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def stop_after(number: int) -> object:
    def stop(epoch: Epoch) -> None:
        if epoch.number == number:
            raise KeyboardInterrupt

    return stop


def test_it_learns(tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    recipe = dataclasses.replace(RECIPE, epochs=6)
    train(recipe, samples(), tmp_path, on_epoch=epochs.append, accelerator="cpu")
    wrong, total = epochs[-1].mistakes["digits8x8"]
    assert total == 500
    assert wrong < 100, "a guess would get 450 wrong"
    assert epochs[-1].loss < epochs[0].loss
    rows = list(csv.reader((tmp_path / loop.LOG).read_text().splitlines()))
    assert rows[0] == ["epoch", "loss", "digits8x8 wrong of 500", "scribbles wrong of 50"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4", "5", "6"]


def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = train(RECIPE, samples(), tmp_path / "whole", seed=3, accelerator="cpu")
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, samples(), tmp_path / "stopped", seed=3, on_epoch=stop_after(2), accelerator="cpu")  # type: ignore[arg-type]
    done: list[int] = []
    again = train(
        RECIPE, samples(), tmp_path / "stopped", seed=3, on_epoch=lambda e: done.append(e.number), accelerator="cpu"
    )
    assert done == [3]
    assert torch.equal(weights(whole), weights(again))


def test_the_same_seed_gives_the_same_weights_and_another_others(tmp_path: Path) -> None:
    one, same, other = (
        weights(train(RECIPE, samples(), tmp_path / str(number), seed=seed, accelerator="cpu"))
        for number, seed in enumerate((1, 1, 2))
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_checkpoint_of_another_run_is_not_overwritten(tmp_path: Path) -> None:
    train(dataclasses.replace(RECIPE, epochs=1), samples(), tmp_path, accelerator="cpu")
    kept = (tmp_path / loop.CHECKPOINT).read_bytes()
    for recipe, seed in ((RECIPE, 0), (dataclasses.replace(RECIPE, epochs=1), 7)):
        with pytest.raises(TrainingError, match="of another run"):
            train(recipe, samples(), tmp_path, seed=seed, accelerator="cpu")
    assert (tmp_path / loop.CHECKPOINT).read_bytes() == kept


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / loop.CHECKPOINT).write_bytes(b"half")
    with pytest.raises(TrainingError, match="damaged"):
        train(RECIPE, samples(), tmp_path, accelerator="cpu")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="room to write"):
        train(RECIPE, samples(), tmp_path / "file" / "run", accelerator="cpu")


def test_too_few_samples_for_a_batch_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 5000 samples"):
        train(dataclasses.replace(RECIPE, batch=5000), samples(), tmp_path, accelerator="cpu")


def test_a_loss_that_explodes_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="finite loss"):
        train(dataclasses.replace(RECIPE, rate=1e9), samples(), tmp_path, accelerator="cpu")
