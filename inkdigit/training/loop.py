"""The training loop: batches drawn on the device, one-cycle SGD, an averaged network, checkpoints, resume."""

from __future__ import annotations

import csv
import json
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from inkdigit.datasets import OTHER
from inkdigit.errors import TrainingError
from inkdigit.model import Model
from inkdigit.training.augment import distort
from inkdigit.training.network import Network
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import SPOILT, Pool, Samples

CHECKPOINT = "checkpoint.pt"
LOG = "log.csv"


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: its number from 1, mean loss, and mistakes of the averaged network by pool."""

    number: int
    loss: float
    mistakes: dict[str, tuple[int, int]]  # name of the pool -> (wrong, all)


@dataclass(frozen=True, eq=False)
class _Pile:
    """All training glyphs on the device: uint8 (m, 1, 28, 28), with the place of each mark's variants in it."""

    glyphs: Tensor
    labels: Tensor  # int64 (m,)
    pools: tuple[tuple[int, int, int, float], ...]  # first row, marks, variants, times an epoch


def train(
    recipe: Recipe,
    samples: Samples,
    out: Path,
    seed: int = 0,
    start: Path | None = None,
    teachers: Sequence[Model] = (),
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    accelerator: str = "auto",
    devices: int | str = 1,
) -> Network:
    """Trains by the recipe and returns the averaged network, on the CPU, ready to score.

    A run that was killed goes on at its last whole epoch when called again with the same `out`, and ends with the
    same weights: every epoch draws from a generator seeded by (seed, epoch).

    Args:
        out: folder for the checkpoint and the log, made if it is not there.
        start: folder of a finished run of the same width, whose averaged network is gone on from.
        teachers: networks whose mean probabilities are learned too, by the share that the recipe says.
        on_step: called with (epoch, step, steps, loss), epoch and step from 1.
        on_epoch: called after each epoch.

    Raises:
        TrainingError: `out` holds a checkpoint of another recipe or seed, `start` holds none of this width, teachers
            are missing or not wanted, the loss is not finite, or the disk is full.
    """
    if bool(teachers) != (recipe.teaching > 0):
        needs = "at least one teacher" if recipe.teaching else "no teacher"
        raise TrainingError(f"{needs} for recipe {recipe.name}", str(len(teachers)), "Name them with --teacher")
    run = _prepared(recipe, samples, seed, start, tuple(teachers), accelerator, devices)
    device = run.fabric.device
    begun = _resume(out, run.state, recipe, seed, device)
    for number in range(begun + 1, recipe.epochs + 1):
        loss = _epoch(run, number, seed * 100_003 + number, on_step)
        epoch = Epoch(number, loss, mistakes(run.average.module, samples.validation, device))
        if run.fabric.is_global_zero:
            _save(out, run.state, recipe, seed, epoch)
            if on_epoch:
                on_epoch(epoch)
    return cast(Network, run.average.module.to("cpu").eval())


@dataclass(frozen=True, eq=False)
class _Run:
    """Everything that an epoch works with."""

    recipe: Recipe
    teachers: tuple[Model, ...]
    fabric: Fabric
    pile: _Pile
    steps: int
    network: Network
    average: AveragedModel
    schedule: torch.optim.lr_scheduler.LRScheduler
    model: Any  # the network as Fabric wraps it
    optimizer: Any  # likewise

    @property
    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        names = ("network", "average", "optimizer", "schedule")
        return {name: getattr(self, name) for name in names}


def _prepared(
    recipe: Recipe,
    samples: Samples,
    seed: int,
    start: Path | None,
    teachers: tuple[Model, ...],
    accelerator: str,
    devices: int | str,
) -> _Run:
    logging.getLogger("lightning").setLevel(logging.WARNING)  # the progress bar says what a person wants to know
    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)
    fabric = Fabric(accelerator=accelerator, devices=devices, precision=_precision(accelerator))
    fabric.launch()
    torch.manual_seed(seed)
    network = Network(width=recipe.width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start is not None:
        network.load_state_dict(_started(start, recipe))
    smoothed = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
    average = AveragedModel(network, multi_avg_fn=smoothed, use_buffers=True)
    optimizer = _optimizer(network, recipe)
    pile = _pile(samples, recipe, fabric.device)
    steps = _epoch_size(pile) // (recipe.batch * fabric.world_size)
    if steps < 1:
        raise TrainingError(f"at least {recipe.batch} samples", f"{_epoch_size(pile)}", "Add data, or a smaller batch")
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps * recipe.epochs, pct_start=0.2, final_div_factor=1e3
    )
    model, optimizer = fabric.setup(network, optimizer)
    average.to(fabric.device)
    return _Run(recipe, teachers, fabric, pile, steps, network, average, schedule, model, optimizer)


def _epoch(run: _Run, number: int, seed: int, on_step: Callable[[int, int, int, float], None] | None) -> float:
    """Trains one epoch, whose every draw comes from the seed, and returns the mean loss."""
    torch.manual_seed(seed)  # for dropout
    fabric, recipe, pile = run.fabric, run.recipe, run.pile
    generator = torch.Generator(fabric.device).manual_seed(seed)
    order = _order(pile, generator)[: run.steps * recipe.batch * fabric.world_size]
    mine = order.view(run.steps, fabric.world_size, recipe.batch)[:, fabric.global_rank]
    total = 0.0
    run.model.train()
    for step, rows in enumerate(mine, 1):
        glyphs = distort(pile.glyphs[rows].float() / 255, recipe.distortion, generator)
        loss = float(_step(run, glyphs, pile.labels[rows], _taught(run.teachers, glyphs)))
        run.schedule.step()
        run.average.update_parameters(run.network)
        _check_finite(loss, number)
        total += loss
        if on_step and fabric.is_global_zero:
            on_step(number, step, run.steps, loss)
    return total / run.steps


def scores(network: torch.nn.Module, glyphs: np.ndarray[Any, Any], device: torch.device | str = "cpu") -> Tensor:
    """uint8 (n, 28, 28) -> float32 logits (n, labels), on the CPU."""
    network.eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(glyphs), 1000):
            part = torch.from_numpy(glyphs[start : start + 1000, None]).to(device).float() / 255
            found.append(network(part).float().cpu())
    return torch.cat(found) if found else torch.zeros((0, OTHER + 1))


def mistakes(
    network: torch.nn.Module, pools: tuple[Pool, ...], device: torch.device | str = "cpu"
) -> dict[str, tuple[int, int]]:
    """(wrong, all) of each pool, see count_wrong."""
    counts = {}
    for pool in pools:
        wrong = count_wrong(scores(network, pool.glyphs[:, 0], device), pool.labels)
        counts[pool.name] = (wrong, len(pool.labels))
    return counts


def count_wrong(found: Tensor, labels: np.ndarray[Any, Any]) -> int:
    """Mistakes of logits (n, labels): digits by the best of the ten digit scores, other marks by the best of all."""
    answers = found.argmax(1) if (labels == OTHER).all() else found[:, :OTHER].argmax(1)
    return int((answers.numpy() != labels).sum())


def _precision(accelerator: str) -> Any:
    """bf16 doubles the speed where the processor has it and halves it where it has not."""
    on_gpu = accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    fast = torch.cuda.is_bf16_supported() if on_gpu else torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if fast else "32-true"


def _optimizer(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=recipe.rate, momentum=0.9, nesterov=True)


def _pile(samples: Samples, recipe: Recipe, device: torch.device) -> _Pile:
    digits = sum(len(pool.labels) * _times(pool, recipe) for pool in samples.training if pool.labels.max() < OTHER)
    others = sum(len(pool.labels) for pool in samples.training if pool.labels.max() == OTHER)
    glyphs, labels, pools, first = [], [], [], 0
    for pool in samples.training:
        marks, variants = pool.glyphs.shape[:2]
        times = _times(pool, recipe) if pool.labels.max() < OTHER else recipe.others * digits / max(1, others)
        glyphs.append(torch.from_numpy(pool.glyphs.reshape(-1, 1, *pool.glyphs.shape[2:])))
        labels.append(torch.from_numpy(pool.labels).repeat_interleave(variants))
        pools.append((first, marks, variants, float(times)))
        first += marks * variants
    return _Pile(torch.cat(glyphs).to(device), torch.cat(labels).to(device), tuple(pools))


def _times(pool: Pool, recipe: Recipe) -> float:
    times = recipe.pen_repeat if pool.writers else 1
    return times * recipe.spoilt if pool.name.endswith(SPOILT) else times


def _epoch_size(pile: _Pile) -> int:
    return sum(int(marks * times) for _, marks, _, times in pile.pools)


def _order(pile: _Pile, generator: torch.Generator) -> Tensor:
    """Rows of one epoch, shuffled: each pool's marks as often as its share says, each time in a random variant."""
    rows = []
    device = generator.device
    for first, marks, variants, times in pile.pools:
        wanted = int(marks * times)
        rounds = [torch.randperm(marks, generator=generator, device=device) for _ in range(int(np.ceil(times)))]
        chosen = torch.cat(rounds)[:wanted]
        variant = torch.randint(variants, (wanted,), generator=generator, device=device)
        rows.append(first + chosen * variants + variant)
    everything = torch.cat(rows)
    return everything[torch.randperm(len(everything), generator=generator, device=device)]


def _step(run: _Run, glyphs: Tensor, labels: Tensor, taught: Tensor | None) -> Tensor:
    recipe = run.recipe
    found = run.model(glyphs.contiguous(memory_format=torch.channels_last)).float()
    loss: Tensor = functional.cross_entropy(found, labels, label_smoothing=recipe.smoothing)
    if taught is not None:
        loss = (1 - recipe.teaching) * loss + recipe.teaching * functional.cross_entropy(found, taught)
    run.optimizer.zero_grad(set_to_none=True)
    run.fabric.backward(loss)
    run.optimizer.step()
    return loss.detach()


def _taught(teachers: Sequence[Model], glyphs: Tensor) -> Tensor | None:
    """float32 (n, labels): what the teachers say together of the distorted glyphs; None without teachers."""
    if not teachers:
        return None
    pixels = glyphs.cpu().numpy()
    with ThreadPoolExecutor(len(teachers)) as pool:  # each teacher computes on one core
        said = list(pool.map(lambda teacher: torch.from_numpy(teacher.scores(pixels)).softmax(1), teachers))
    return torch.stack(said).mean(0).to(glyphs.device)


def _started(folder: Path, recipe: Recipe) -> dict[str, Tensor]:
    """The weights of the averaged network of a finished run."""
    path = folder / CHECKPOINT
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        width = json.loads(saved["recipe"])["width"]
        named = {name.removeprefix("module."): value for name, value in saved["average"].items()}
    except Exception as error:  # torch raises many kinds on a damaged file
        raise TrainingError("the folder of a run", f"{path}: {error}", "Name the --out folder of one") from None
    if width != recipe.width:
        raise TrainingError(f"a run of width {recipe.width}", f"width {width} in {path}", "Start from another")
    return {name: value for name, value in named.items() if name != "n_averaged"}


def _check_finite(loss: float, epoch: int) -> None:
    if not np.isfinite(loss):
        raise TrainingError("a finite loss", f"{loss} in epoch {epoch}", "Lower the rate of the recipe")


def _resume(out: Path, state: dict[str, Any], recipe: Recipe, seed: int, device: torch.device) -> int:
    """Loads the checkpoint in `out`, if any, and returns the number of whole epochs behind it."""
    path = out / CHECKPOINT
    if not path.exists():
        return 0
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        same = saved["recipe"] == json.dumps(asdict(recipe)) and saved["seed"] == seed
    except Exception as error:  # torch raises many kinds on a damaged file
        raise TrainingError("a checkpoint", f"{path}, damaged ({error})", "Delete it to begin anew") from None
    if not same:
        raise TrainingError(
            f"a checkpoint of recipe {recipe.name}, seed {seed}", f"{path} of another run", "Use another --out folder"
        )
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return int(saved["epoch"])


def _save(out: Path, state: dict[str, Any], recipe: Recipe, seed: int, epoch: Epoch) -> None:
    """Writes checkpoint and log; the checkpoint is replaced in one step, so a kill leaves the old or the new one."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        saved = {name: part.state_dict() for name, part in state.items()}
        part = out / (CHECKPOINT + ".part")
        torch.save(saved | {"recipe": json.dumps(asdict(recipe)), "seed": seed, "epoch": epoch.number}, part)
        os.replace(part, out / CHECKPOINT)
        _log(out / LOG, epoch)
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            f"room to write in {out}", str(error), "Make room and start again: the run goes on where it was"
        ) from None


def _log(path: Path, epoch: Epoch) -> None:
    new = epoch.number == 1 or not path.exists()
    with path.open("w" if new else "a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(["epoch", "loss", *(f"{name} wrong of {n}" for name, (_, n) in epoch.mistakes.items())])
        writer.writerow([epoch.number, f"{epoch.loss:.5f}", *(wrong for wrong, _ in epoch.mistakes.values())])
