"""Training with AdamW in one cycle: what the networks of strokes, signs, lines, pages and rows share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from inkdigit.errors import TrainingError
from inkdigit.training.checkpoint import Epoch, resume, save
from inkdigit.training.recipes import Recipe


def device(accelerator: str = "auto") -> torch.device:
    """The device that is asked for: "cpu", "gpu", or "auto", a GPU where there is one.

    Raises:
        TrainingError: no GPU is here, or another name.
    """
    if accelerator not in ("auto", "cpu", "gpu"):
        raise TrainingError("the accelerator auto, cpu or gpu", repr(accelerator), "Name one of these")
    found = accelerator != "cpu" and torch.cuda.is_available()
    if accelerator == "gpu" and not found:
        raise TrainingError("a GPU", "none that torch sees", "Train with --accelerator cpu")
    return torch.device("cuda" if found else "cpu")


def faster(where: torch.device) -> torch.autocast:
    """16-bit numbers inside, where the processor has them: twice as fast."""
    is_fast = where.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(where.type, torch.bfloat16, enabled=is_fast)


def device_of(network: nn.Module) -> torch.device:
    """Where a network is."""
    return next(network.parameters()).device


def fit(
    network: nn.Module,
    recipe: Recipe,
    steps: int,
    losses: Callable[[torch.Generator], Iterator[Tensor]],
    mistakes: Callable[[nn.Module], dict[str, tuple[int, int]]],
    out: Path,
    seed: int,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    rise: float = 0.3,
    fall: float = 1e4,
    clip: float = np.inf,
) -> nn.Module:
    """Trains a network, where it is, and returns its average on the CPU, ready to score. Resumes as `loop.train` does.

    Args:
        steps: of an epoch.
        losses: of one epoch, a scalar for each step, drawn with the generator.
        rise: part of the run in which the rate rises.
        fall: the last rate is the first one divided by this.
        clip: largest norm of the gradients.
        mistakes: name of each set that validates -> [wrong, all], of the averaged network.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, the loss is not finite, or a full disk.
    """
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps * recipe.epochs, pct_start=rise, final_div_factor=fall
    )
    state = {"network": network, "average": average, "optimizer": optimizer, "schedule": schedule}
    begun = resume(out, state, recipe, seed, device_of(network))
    for number in range(begun + 1, recipe.epochs + 1):
        torch.manual_seed(seed * 100_003 + number)  # for dropout
        generator = torch.Generator().manual_seed(seed * 100_003 + number)
        total = 0.0
        network.train()
        for step, loss in enumerate(losses(generator), 1):
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            if np.isfinite(clip):
                nn.utils.clip_grad_norm_(network.parameters(), clip)
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            total += float(loss.detach())
            if not np.isfinite(total):
                raise TrainingError("a finite loss", f"{total} in epoch {number}", "Lower the rate of the recipe")
            if on_step:
                on_step(number, step, steps, float(loss.detach()))
        epoch = Epoch(number, total / steps, mistakes(average.module))
        save(out, state, recipe, seed, epoch)
        if on_epoch:
            on_epoch(epoch)
    found: nn.Module = average.module
    return found.to("cpu").eval()
