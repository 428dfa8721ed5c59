"""The training loop: batches drawn on the device, one-cycle SGD, an averaged network, checkpoints, resume."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from inkdigit.data.datasets import OTHER
from inkdigit.errors import TrainingError
from inkdigit.training import initial_weights
from inkdigit.training.augment import distort
from inkdigit.training.checkpoint import Epoch, resume, save
from inkdigit.training.network import Network
from inkdigit.training.pools import SPOILT, Pool
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import Samples

_LOOKED_AT = 20  # steps
_SETTLES = 2_000  # glyphs, of which the normalisations of a network out of a file take mean and spread


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
    teachers: Sequence[nn.Module] = (),
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    accelerator: str = "auto",
    devices: int = 1,
    precision: str | None = None,
    build: Callable[[], nn.Module] | None = None,
) -> nn.Module | None:
    """Trains by the recipe and returns the averaged network, on the CPU, ready to score.

    Where several processes train, the others help the first and get None.

    A run that was killed goes on at its last whole epoch when called again with the same `out`, and ends with the
    same weights: every epoch draws from a generator seeded by (seed, epoch).

    Args:
        out: folder for the checkpoint and the log, made if it is not there.
        start: folder of a finished run of the same width, or a .onnx of ours, whose network is gone on from.
        teachers: networks whose mean probabilities are learned too, by the share that the recipe says.
        on_step: called now and then with (epoch, step, steps, loss), epoch and step from 1.
        on_epoch: called after each epoch.
        accelerator: "auto", "cpu", "gpu" and others of Lightning Fabric.
        devices: processes that share every batch, each on a device of its own; torchrun's go before it.
        precision: of Lightning Fabric: "bf16-mixed", "32-true" ...; None: the fastest that the device has.
        build: makes the network; None: ours, as wide as the recipe says.

    Raises:
        TrainingError: `out` holds a checkpoint of another recipe or seed, `start` holds none of this width, teachers
            are missing or not wanted, the loss is not finite, or the disk is full.
    """
    if bool(teachers) != (recipe.teaching > 0):
        needs = "at least one teacher" if recipe.teaching else "no teacher"
        raise TrainingError(f"{needs} for recipe {recipe.name}", str(len(teachers)), "Name them with --teacher")
    torch.manual_seed(seed)  # before the network is made
    network = build() if build else Network(width=recipe.width, dropout=recipe.dropout)
    fabric = _fabric(accelerator, devices, precision)
    run = _prepared(recipe, samples, network, start, tuple(teachers), fabric)
    device = run.fabric.device
    begun = resume(out, run.state, recipe, seed, device)
    run.fabric.barrier()  # nobody writes before everybody has read
    for number in range(begun + 1, recipe.epochs + 1):
        loss = _epoch(run, number, seed * 100_003 + number, on_step)
        if run.fabric.is_global_zero:
            epoch = Epoch(number, loss, mistakes(run.average.module, samples.validation, device))
            save(out, run.state, recipe, seed, epoch)
            if on_epoch:
                on_epoch(epoch)
    helper = run.fabric.global_rank > 0
    if run.fabric.world_size > 1:
        run.fabric.barrier()
        torch.distributed.destroy_process_group()
    return None if helper else run.average.module.to("cpu").eval()


@dataclass(frozen=True, eq=False)
class _Run:
    """Everything that an epoch works with."""

    recipe: Recipe
    teachers: tuple[nn.Module, ...]
    fabric: Fabric
    pile: _Pile
    steps: int
    network: nn.Module
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
    network: nn.Module,
    start: Path | None,
    teachers: tuple[nn.Module, ...],
    fabric: Fabric,
) -> _Run:
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start is not None:
        network.load_state_dict(initial_weights.state(start, recipe.width))
    smoothed = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
    average = AveragedModel(network, multi_avg_fn=smoothed, use_buffers=True)
    optimizer = _optimizer(network, recipe)
    pile = _pile(samples, recipe, fabric.device)
    if start is not None and start.suffix == ".onnx":
        some = torch.randperm(len(pile.glyphs), generator=torch.Generator().manual_seed(0))[:_SETTLES]
        initial_weights.normalised(network, [pile.glyphs[some].cpu().float() / 255])
    steps = _epoch_size(pile) // recipe.batch
    if recipe.batch % fabric.world_size:
        got = f"{fabric.world_size} for batches of {recipe.batch}"
        raise TrainingError("a number of processes that divides the batch", got, "Start another number of them")
    if steps < 1:
        raise TrainingError(f"at least {recipe.batch} samples", f"{_epoch_size(pile)}", "Add data, or a smaller batch")
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps * recipe.epochs, pct_start=0.2, final_div_factor=1e3
    )
    model, optimizer = fabric.setup(network, optimizer)
    average.to(fabric.device)
    for teacher in teachers:
        teacher.to(fabric.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return _Run(recipe, teachers, fabric, pile, steps, network, average, schedule, model, optimizer)


def _epoch(run: _Run, number: int, seed: int, on_step: Callable[[int, int, int, float], None] | None) -> float:
    """Trains one epoch, on our part of every batch where processes share them, and returns the mean loss.

    Every draw comes from the seed.
    """
    fabric, recipe, pile = run.fabric, run.recipe, run.pile
    torch.manual_seed(seed + fabric.global_rank)  # for dropout
    generator = torch.Generator(fabric.device).manual_seed(seed)
    order = _order(pile, generator)[: run.steps * recipe.batch]
    mine = order.view(run.steps, fabric.world_size, -1)[:, fabric.global_rank]
    place = fabric.global_rank * mine.shape[1]
    total = torch.zeros((), device=fabric.device)
    run.model.train()
    for step, rows in enumerate(mine, 1):
        glyphs = distort(pile.glyphs[rows].float() / 255, recipe.distortion, generator, place, recipe.batch)
        loss = _step(run, glyphs, pile.labels[rows], _taught(run, glyphs))
        run.schedule.step()
        run.average.update_parameters(run.network)
        total += loss
        if step % _LOOKED_AT == 0 or step == run.steps:  # to look at a loss waits for the device
            _check_finite(float(total), number)
            if on_step and fabric.is_global_zero:
                on_step(number, step, run.steps, float(loss))
    return float(fabric.all_reduce(total / run.steps, reduce_op="mean"))


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


def _fabric(accelerator: str, devices: int, precision: str | None) -> Fabric:
    """Started on the devices here, or as one of the processes that torchrun started on one machine or several."""
    for name in ("lightning", "lightning.pytorch.utilities.rank_zero", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)  # the progress bar says what a person wants to know
    here = int(os.environ.get("LOCAL_WORLD_SIZE", devices))
    machines = int(os.environ.get("WORLD_SIZE", here)) // here if "LOCAL_WORLD_SIZE" in os.environ else 1
    strategy = "ddp" if here * machines > 1 else "auto"
    how: Any = precision or _precision(accelerator)
    fabric = Fabric(accelerator=accelerator, strategy=strategy, devices=here, num_nodes=machines, precision=how)
    fabric.launch()
    return fabric


def _precision(accelerator: str) -> Any:
    """bf16 doubles the speed where the processor has it and halves it where it has not."""
    on_gpu = accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    fast = torch.cuda.is_bf16_supported() if on_gpu else torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if fast else "32-true"


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=recipe.rate, momentum=0.9, nesterov=True)


def _pile(samples: Samples, recipe: Recipe, device: torch.device) -> _Pile:
    digits = sum(
        len(pool.labels) * _times(pool, recipe) * pool.times for pool in samples.training if pool.labels.max() < OTHER
    )
    others = sum(len(pool.labels) * pool.times for pool in samples.training if pool.labels.max() == OTHER)
    glyphs, labels, pools, first = [], [], [], 0
    for pool in samples.training:
        marks, variants = pool.glyphs.shape[:2]
        alike = _times(pool, recipe) if pool.labels.max() < OTHER else recipe.others * digits / max(1, others)
        glyphs.append(torch.from_numpy(pool.glyphs.reshape(-1, 1, *pool.glyphs.shape[2:])))
        labels.append(torch.from_numpy(pool.labels).repeat_interleave(variants))
        pools.append((first, marks, variants, float(alike * pool.times)))
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


def _taught(run: _Run, glyphs: Tensor) -> Tensor | None:
    """float32 (n, labels): what the teachers say together of the distorted glyphs; None without teachers."""
    if not run.teachers:
        return None
    with torch.no_grad(), run.fabric.autocast():
        said = [teacher(glyphs).float().softmax(1) for teacher in run.teachers]
    return torch.stack(said).mean(0)


def _check_finite(loss: float, epoch: int) -> None:
    if not np.isfinite(loss):
        raise TrainingError("a finite loss", f"{loss} in epoch {epoch}", "Lower the rate of the recipe")
