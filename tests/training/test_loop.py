from __future__ import annotations

import csv
import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from small import RECIPE, SHARED, Finished, few, samples
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from inkdigit.errors import ModelError, TrainingError
from inkdigit.recognition.model import Model
from inkdigit.training import initial_weights, loop
from inkdigit.training.augment import distort
from inkdigit.training.checkpoint import CHECKPOINT, LOG, Epoch
from inkdigit.training.loop import train
from inkdigit.training.network import Network
from inkdigit.training.pools import Pool
from inkdigit.training.samples import Samples

# Of forks in a process with threads, as those of several workers are; none of them holds a lock of ours.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def weights(network: Network) -> torch.Tensor:
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def stop_after(number: int) -> object:
    def stop(epoch: Epoch) -> None:
        if epoch.number == number:
            raise KeyboardInterrupt

    return stop


def test_it_learns(finished: Finished) -> None:
    wrong, total = finished.epochs[-1].mistakes["digits8x8"]
    assert total == 500
    assert wrong < 100, "a guess would get 450 wrong"
    assert finished.epochs[-1].loss < finished.epochs[0].loss
    rows = list(csv.reader((finished.folder / LOG).read_text().splitlines()))
    assert rows[0] == ["epoch", "loss", "digits8x8 wrong of 500", "scribbles wrong of 50"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> torch.Tensor:
    """The weights after a run with seed 3 that nothing came between."""
    network = train(RECIPE, few(), tmp_path_factory.mktemp("whole"), seed=3, accelerator="cpu")
    assert network is not None
    return weights(network)


def test_a_run_that_was_stopped_ends_with_the_same_weights(whole: torch.Tensor, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, few(), tmp_path, seed=3, on_epoch=stop_after(2), accelerator="cpu")  # type: ignore[arg-type]
    done: list[int] = []
    again = train(RECIPE, few(), tmp_path, seed=3, on_epoch=lambda e: done.append(e.number), accelerator="cpu")
    assert done == [3]
    assert torch.equal(whole, weights(again))


def killed(folder: Path) -> None:
    """Trains until the middle of the second epoch, where this process is killed."""

    def on_step(epoch: int, step: int, *_: object) -> None:
        if (epoch, step) == (2, 3):
            os.kill(os.getpid(), signal.SIGKILL)

    loop._LOOKED_AT = 1
    train(RECIPE, few(), folder, seed=3, on_step=on_step, accelerator="cpu")


def test_a_run_that_was_killed_ends_with_the_same_weights(whole: torch.Tensor, tmp_path: Path) -> None:
    run = multiprocessing.get_context("spawn").Process(target=killed, args=(tmp_path,), daemon=True)
    run.start()
    run.join(300)
    assert run.exitcode == -signal.SIGKILL
    assert (tmp_path / CHECKPOINT).exists()
    again = train(RECIPE, few(), tmp_path, seed=3, accelerator="cpu")
    assert again is not None
    assert torch.equal(whole, weights(again))
    assert len((tmp_path / LOG).read_text().splitlines()) == 1 + RECIPE.epochs


def test_the_same_seed_gives_the_same_weights_and_another_others(whole: torch.Tensor, tmp_path: Path) -> None:
    same, other = (weights(train(RECIPE, few(), tmp_path / str(seed), seed=seed, accelerator="cpu")) for seed in (3, 4))
    assert torch.equal(whole, same)
    assert not torch.equal(whole, other)


def test_no_two_epochs_of_any_seeds_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 1 in epoch 2 is not seed 2 in epoch 1."""
    digits = samples().training[0]
    few = Samples((Pool("few", digits.glyphs[:64], digits.labels[:64]),), samples().validation[1:])
    recipe = dataclasses.replace(RECIPE, epochs=2, others=0.0, width=4)
    drawn: list[bytes] = []

    def seen(glyphs: torch.Tensor, *given: Any) -> torch.Tensor:
        drawn.append(glyphs.numpy().tobytes())
        return distort(glyphs, *given)

    monkeypatch.setattr(loop, "distort", seen)
    for seed in range(2):
        train(recipe, few, tmp_path / str(seed), seed=seed, accelerator="cpu")
    assert len(set(drawn)) == len(drawn) == 4


def test_a_checkpoint_of_another_run_is_not_overwritten(tmp_path: Path) -> None:
    train(dataclasses.replace(RECIPE, epochs=1), few(), tmp_path, accelerator="cpu")
    kept = (tmp_path / CHECKPOINT).read_bytes()
    for recipe, seed in ((RECIPE, 0), (dataclasses.replace(RECIPE, epochs=1), 7)):
        with pytest.raises(TrainingError, match="of another run"):
            train(recipe, few(), tmp_path, seed=seed, accelerator="cpu")
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"half")
    with pytest.raises(TrainingError, match="damaged"):
        train(RECIPE, samples(), tmp_path, accelerator="cpu")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="room to write"):
        train(RECIPE, few(), tmp_path / "file" / "run", accelerator="cpu")


def test_too_few_samples_for_a_batch_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least 5000 samples"):
        train(dataclasses.replace(RECIPE, batch=5000), samples(), tmp_path, accelerator="cpu")


def test_a_loss_that_explodes_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="finite loss"):
        train(dataclasses.replace(RECIPE, rate=1e9), samples(), tmp_path, accelerator="cpu")


def test_a_run_can_go_on_from_a_finished_one(finished: Finished, tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    gentle = dataclasses.replace(RECIPE, epochs=1, rate=1e-6)
    train(gentle, samples(), tmp_path, start=finished.folder, on_epoch=epochs.append, accelerator="cpu")
    assert epochs[0].mistakes["digits8x8"][0] < 250, "one epoch that learns nothing from nothing gets 450 wrong"


def test_teachers_are_followed(finished: Finished, tmp_path: Path) -> None:
    """A pupil that only follows a teacher comes to answer as the teacher does, with wrong labels on every mark."""
    wrong = [dataclasses.replace(pool, labels=(pool.labels + 1) % 10) for pool in samples().training[:1]]
    lying = Samples((*wrong, samples().training[1]), samples().validation)
    recipe = dataclasses.replace(RECIPE, teaching=1.0)
    teacher = initial_weights.network(finished.path)
    epochs: list[Epoch] = []
    train(recipe, lying, tmp_path, teachers=[teacher], on_epoch=epochs.append, accelerator="cpu")
    assert epochs[-1].mistakes["digits8x8"][0] < 250, "a guess would get 450 wrong, a believer of the labels all 500"


def test_a_start_or_teachers_that_do_not_fit_are_named(finished: Finished, tmp_path: Path) -> None:
    teacher = initial_weights.network(finished.path)
    with pytest.raises(TrainingError, match="no teacher for recipe small"):
        train(RECIPE, samples(), tmp_path, teachers=[teacher], accelerator="cpu")
    with pytest.raises(TrainingError, match="at least one teacher"):
        train(dataclasses.replace(RECIPE, teaching=0.5), samples(), tmp_path, accelerator="cpu")
    with pytest.raises(TrainingError, match="the folder of a run"):
        train(RECIPE, samples(), tmp_path, start=tmp_path / "none", accelerator="cpu")
    with pytest.raises(TrainingError, match="a run of width 4, got width 8"):
        train(dataclasses.replace(RECIPE, width=4), samples(), tmp_path, start=finished.folder, accelerator="cpu")


def shared(folder: Path) -> None:
    train(SHARED, samples(), folder, accelerator="cpu", precision="32-true")


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts back who answers signals: whoever starts several processes answers them himself."""
    answers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    yield
    for number, answer in answers.items():
        if signal.getsignal(number) is not answer:
            signal.signal(number, answer)


@pytest.mark.usefixtures("signals")
def test_two_processes_come_to_what_one_comes_to(tmp_path: Path) -> None:
    """Each takes half of every batch; rounding is all that may differ."""
    # As torchrun starts them, and not forked, which is sooner: a thread that runs here may hold a lock just then, which
    # nobody in the fork gives back.
    how = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=2,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        run_id="two",
        start_method="spawn",
        max_restarts=0,
        monitor_interval=0.05,
    )
    elastic_launch(how, shared)(tmp_path / "two")
    alone = train(SHARED, samples(), tmp_path / "one", accelerator="cpu", precision="32-true")
    two = initial_weights.from_run(tmp_path / "two" / CHECKPOINT)[0]
    torch.manual_seed(0)
    begun = Network(width=SHARED.width).state_dict()
    assert alone is not None
    for name, value in alone.state_dict().items():
        learned, apart = (value - begun[name]).float().abs(), (value - two[name]).float().abs()
        assert learned.max() > 1e-5, name
        assert apart.max() < 0.05 * learned.max(), name
    logs = [(tmp_path / folder / LOG).read_text().splitlines() for folder in ("one", "two")]
    assert len(logs[0]) == len(logs[1]) == 2, "one process writes"
    for one, both in zip(*(list(csv.reader(lines))[1:] for lines in logs), strict=True):
        assert float(one[1]) == pytest.approx(float(both[1]), abs=1e-3)


def test_a_number_of_processes_that_does_not_divide_the_batch_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = dataclasses.replace(RECIPE, batch=63)
    monkeypatch.setattr(loop.Fabric, "world_size", 2)
    with pytest.raises(TrainingError, match="divides the batch"):
        train(recipe, samples(), tmp_path, accelerator="cpu")


def test_a_run_can_start_from_a_model_file(finished: Finished) -> None:
    """The network taken from the file scores as the file does, but for what 8-bit activations round."""
    state, width = initial_weights.from_model(finished.path)
    assert width == RECIPE.width
    network = Network(width=width)
    network.load_state_dict(state)
    pixels = samples().validation[0].glyphs[:, 0]
    found = loop.scores(network, pixels)
    file = torch.from_numpy(Model(finished.path).scores(pixels[:, None].astype("float32") / 255))
    assert (found - file).abs().mean() < 0.05 * file.std()
    assert (found.argmax(1) == file.argmax(1)).float().mean() > 0.97


def test_a_network_out_of_a_file_scores_alike_when_it_learns(finished: Finished) -> None:
    """In training a normalisation takes off what its batch has of its own: the file's weights know nothing of that."""
    state, width = initial_weights.from_model(finished.path)
    glyphs = torch.from_numpy(samples().validation[0].glyphs[:200, :1]).float() / 255
    off = []
    for is_normalised in (False, True):
        network = Network(width=width, dropout=0)
        network.load_state_dict(state)
        with torch.no_grad():
            wanted = network.eval()(glyphs)
            if is_normalised:
                initial_weights.normalised(network, [glyphs[:100], glyphs[100:]])
                torch.testing.assert_close(network.eval()(glyphs), wanted, rtol=1e-3, atol=1e-3)
            off.append(float((network.train()(glyphs) - wanted).abs().mean() / wanted.std()))
    assert off[1] < 0.01 < 0.3 < off[0]


def test_a_model_file_goes_on_learning(finished: Finished, tmp_path: Path) -> None:
    """What it knew is worth more than an epoch: learning the same from nothing leaves more than twice as many wrong."""
    wrong = {}
    for start in (finished.path, None):
        epochs: list[Epoch] = []
        recipe = dataclasses.replace(RECIPE, epochs=1, rate=1e-3)
        train(recipe, samples(), tmp_path / str(start is None), start=start, on_epoch=epochs.append, accelerator="cpu")
        wrong[start is None] = epochs[0].mistakes["digits8x8"][0]
    assert 2 * wrong[False] < wrong[True]


def test_a_foreign_model_is_no_start(finished: Finished, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="does not load"):
        train(RECIPE, samples(), tmp_path / "out", start=tmp_path / "m.onnx", accelerator="cpu")
    proto = onnx.load(finished.path)
    for tensor in proto.graph.initializer:
        if tensor.name.startswith("stem.0.weight"):
            tensor.name = "other" + tensor.name
    for node in proto.graph.node:
        node.input[:] = ["other" + name if name.startswith("stem.0.weight") else name for name in node.input]
    onnx.save(proto, tmp_path / "other.onnx")
    with pytest.raises((TrainingError, ModelError)):
        train(RECIPE, samples(), tmp_path / "out", start=tmp_path / "other.onnx", accelerator="cpu")
