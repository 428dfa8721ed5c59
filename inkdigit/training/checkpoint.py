"""What a run leaves after every epoch, and goes on from: a checkpoint, and a line of its log."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from inkdigit.errors import TrainingError
from inkdigit.training.recipes import Recipe

CHECKPOINT = "checkpoint.pt"
LOG = "log.csv"


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: its number from 1, mean loss, and mistakes of the averaged network by pool."""

    number: int
    loss: float
    mistakes: dict[str, tuple[int, int]]  # name of the pool -> (wrong, all)


def resume(out: Path, state: dict[str, Any], recipe: Recipe, seed: int, device: torch.device) -> int:
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


def save(out: Path, state: dict[str, Any], recipe: Recipe, seed: int, epoch: Epoch) -> None:
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
