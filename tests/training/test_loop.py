from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest
import torch
from small import RECIPE, samples

from inkdigit.errors import TrainingError
from inkdigit.model import Model
from inkdigit.training import loop
from inkdigit.training.export import export
from inkdigit.training.loop import Epoch, train
from inkdigit.training.network import Network
from inkdigit.training.samples import Samples


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run, with its model."""
    folder = tmp_path_factory.mktemp("finished")
    network = train(RECIPE, samples(), folder, accelerator="cpu")
    export(network, samples(), RECIPE, 0, 0, folder / "teacher.onnx")
    return folder


def test_a_run_can_go_on_from_a_finished_one(finished: Path, tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    gentle = dataclasses.replace(RECIPE, epochs=1, rate=1e-6)
    train(gentle, samples(), tmp_path, start=finished, on_epoch=epochs.append, accelerator="cpu")
    assert epochs[0].mistakes["digits8x8"][0] < 250, "one epoch that learns nothing from nothing gets 450 wrong"


def test_teachers_are_followed(finished: Path, tmp_path: Path) -> None:
    """A pupil that only follows a teacher comes to answer as the teacher does, with wrong labels on every mark."""
    wrong = [dataclasses.replace(pool, labels=(pool.labels + 1) % 10) for pool in samples().training[:1]]
    lying = Samples((*wrong, samples().training[1]), samples().validation)
    recipe = dataclasses.replace(RECIPE, epochs=8, teaching=1.0)
    teacher = Model(finished / "teacher.onnx")
    epochs: list[Epoch] = []
    train(recipe, lying, tmp_path, teachers=[teacher], on_epoch=epochs.append, accelerator="cpu")
    assert epochs[-1].mistakes["digits8x8"][0] < 250, "a guess would get 450 wrong, a believer of the labels all 500"


def test_a_start_or_teachers_that_do_not_fit_are_named(finished: Path, tmp_path: Path) -> None:
    teacher = Model(finished / "teacher.onnx")
    with pytest.raises(TrainingError, match="no teacher for recipe small"):
        train(RECIPE, samples(), tmp_path, teachers=[teacher], accelerator="cpu")
    with pytest.raises(TrainingError, match="at least one teacher"):
        train(dataclasses.replace(RECIPE, teaching=0.5), samples(), tmp_path, accelerator="cpu")
    with pytest.raises(TrainingError, match="the folder of a run"):
        train(RECIPE, samples(), tmp_path, start=tmp_path / "none", accelerator="cpu")
    with pytest.raises(TrainingError, match="a run of width 4, got width 8"):
        train(dataclasses.replace(RECIPE, width=4), samples(), tmp_path, start=finished, accelerator="cpu")
