"""Trains the network of rows: places on drawn pages, always new ones, CTC loss and where each mark is told, AdamW."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.errors import TrainingError
from inkdigit.evaluation.paper import kinds
from inkdigit.recognition import ctc, row
from inkdigit.settings import Settings
from inkdigit.training import drawing, initial_weights, places
from inkdigit.training.adam import device, device_of, faster, fit
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.lines import in_batches
from inkdigit.training.network import RowNetwork
from inkdigit.training.places import Mark, Shown
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

_SHUFFLED = 600  # places among which one is drawn
_AHEAD = 250  # pages that are drawn before they are asked for
_SETTLES = 16  # pages, of which the normalisations of a network out of a file take mean and spread
_PART = 4000  # places that are drawn before they are shown;
_SHOWN = 2  # times, together with those before them
_NEAR = 2  # steps to either side of a mark's middle: there it is to be told
_WHERE = 0.2  # weight of that, beside the CTC loss, which lets a network tell marks late
_BEND = 10  # columns and rows between places that are pushed on their own,
_PUSHED = 0.8  # pixels, usually
_GAIN = 0.3  # in logs, usually: ink beside a black wall is fainter than the same ink without


def train(
    recipe: Recipe,
    settings: Settings,
    held: Sequence[Strips],
    out: Path,
    seed: int = 0,
    fold: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    start: Path | None = None,
    shown: tuple[str, ...] = tuple(kinds.KINDS),
    workers: int = 1,
    accelerator: str = "auto",
) -> nn.Module:
    """Trains by the recipe and returns the averaged network, ready to score. Resumes as `loop.train` does.

    Args:
        held: places that validate.
        start: folder of a run whose averaged network this one goes on from, or a model file; it may be narrower. Of one
            as wide, the mean of the weights before and after is returned.
        shown: kinds of page; those that are left out tell how strange pages are read.
        workers: processes that draw pages; 0: this one does.
        accelerator: "auto", "cpu" or "gpu".

    Raises:
        DataError: a data set is missing or damaged.
        TrainingError: no such accelerator, `out` holds a checkpoint of another run, too few places, or a full disk.
    """
    torch.manual_seed(seed)
    network = RowNetwork(len(row.LABELS), recipe.width, recipe.dropout)
    make = partial(places.of_page, settings, fold, False, shown)
    if start is not None:
        initial_weights.begin_wider(
            network, partial(RowNetwork, len(row.LABELS), dropout=recipe.dropout), recipe.width, start
        )
        if start.suffix == ".onnx":
            some = ([pixels for pixels, _ in make((seed, 8, at))] for at in range(_SETTLES))
            initial_weights.normalised(network, (batch(pixels)[0] for pixels in some if pixels))
    network = network.to(device(accelerator), memory_format=torch.channels_last)  # type: ignore[call-overload]
    part = min(_PART, recipe.most)
    steps = sum(min(at, _SHOWN) * part // recipe.batch for at in range(1, recipe.most // part + 1))
    if steps < 1:
        raise TrainingError(f"at least {recipe.batch} places an epoch", str(recipe.most), "Ask for more")

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch: each part of it is shown as it is drawn, and with those that are drawn next."""
        random = np.random.default_rng(generator.initial_seed())
        parts: deque[list[Shown]] = deque(maxlen=_SHOWN)
        drawn = drawing.shuffled(make, generator.initial_seed(), pool, recipe.most // part * part, _SHUFFLED, _AHEAD)
        with contextlib.closing(drawn):
            for at in range(recipe.most // part):
                parts.append(list(itertools.islice(drawn, part)))
                some = list(itertools.chain(*parts))
                for rows in in_batches([one for one, _ in some], recipe.batch, int(random.integers(2**31))):
                    yield _loss(network, [some[at] for at in rows], random)

    def wrong(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of the places that validate."""
        return {one.name: mistakes(average, one) for one in held}

    with drawing.processes(workers) as pool:
        found = fit(network, recipe, steps, losses, wrong, out, seed, on_step, on_epoch, rise=0.15, fall=100, clip=5.0)
    if start is not None and initial_weights.width_of(start) == recipe.width:
        _halfway(found, start)
    return found


def _halfway(network: nn.Module, start: Path) -> None:
    """Gives a network the mean of its weights and of those that it went on from: it misreads less than either.

    Wortsman et al., arXiv:2109.01903.
    """
    before = copy.deepcopy(network)
    initial_weights.begin(before, start)
    state = network.state_dict()
    for name, value in before.state_dict().items():
        if value.is_floating_point():
            state[name] = (state[name] + value) / 2
    network.load_state_dict(state)


def _loss(network: nn.Module, some: Sequence[Shown], random: np.random.Generator) -> Tensor:
    """Of a batch of places."""
    changed = [altered(pixels, random) for pixels, _ in some]
    seen, wide = batch(changed)
    seen = (seen * torch.from_numpy(gains(len(some), random))).clamp(-row.MOST, row.MOST)
    where = device_of(network)
    with faster(where):
        logits = network(seen.to(where, memory_format=torch.channels_last))
    scores = logits.float().log_softmax(2)
    marks = [marks for _, marks in some]
    ctc_loss = functional.ctc_loss(
        scores.permute(1, 0, 2),
        torch.tensor([label for line in marks for label, _ in line], device=where),
        torch.tensor([(one + 1) // 2 for one in wide]),
        torch.tensor([len(line) for line in marks]),
        blank=len(row.LABELS) - 1,
        zero_infinity=True,  # seven touching ones may be too narrow for their steps
    )
    wider = [after / pixels.shape[1] for after, (pixels, _) in zip(wide, some, strict=True)]
    return ctc_loss + _WHERE * told(scores, marks, wider)


def told(scores: Tensor, marks: Sequence[Sequence[Mark]], wider: Sequence[float]) -> Tensor:
    """How surely each digit and sign is told where it stands: the mean of -log of its chance in the steps around it.

    Args:
        scores: float (n, steps, labels), the log of the probabilities.
        marks: of each place.
        wider: how much wider each place became since its marks were told where they are.

    Returns:
        A scalar, 0 where there is no mark.
    """
    standing = [
        (at, round(((column + 0.5) * times - 0.5) / 2), label)
        for at, (line, times) in enumerate(zip(marks, wider, strict=True))
        for label, column in line
        if np.isfinite(column)
    ]
    if not standing:
        return scores.new_zeros(())
    at, step, label = torch.tensor(standing, device=scores.device).T
    steps = step[:, None] + torch.arange(-_NEAR, _NEAR + 1, device=scores.device)
    near = scores[at[:, None], steps.clamp(0, scores.shape[1] - 1), label[:, None]]
    return -near.logsumexp(1).clamp(max=0).mean()


def gains(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """float32 (count, 1, 1, 1): how many times as strong the ink of half of the places is, and 1 for the others."""
    changed = random.random((count, 1, 1, 1)) < 0.5
    return np.exp(random.normal(0, _GAIN, changed.shape) * changed).astype(np.float32)


def altered(pixels: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """A place as another hand or camera makes it, uint8 (32, w'): wider, leaning, bent, softer, noisier, brighter."""
    wide = pixels.shape[1]
    changed: Any = pixels
    if random.random() < 0.7:
        size = max(8, round(wide * float(np.exp(random.normal(0, 0.1)))))
        changed = cv2.resize(changed, (size, row.HIGH), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.5:
        changed = _bent(changed, random)
    if random.random() < 0.2:
        changed = cv2.GaussianBlur(changed, (0, 0), float(random.uniform(0.4, 1.1)))
    if random.random() < 0.4:
        noise = random.normal(0, float(random.uniform(1, 10)), changed.shape)
        changed = np.clip(changed + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        tones = 255 * (np.arange(256) / 255) ** float(np.exp(random.normal(0, 0.3)))
        changed = tones.astype(np.uint8)[changed]
    return np.asarray(255 - changed if random.random() < 0.05 else changed, np.uint8)


def _bent(pixels: NDArray[np.uint8], random: np.random.Generator) -> Any:
    """Leaning to one side, and pushed here and there by about a pixel."""
    high, wide = pixels.shape
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    coarse = (-(-wide // _BEND) + 1, high // _BEND + 1)
    pushed = [
        cv2.resize(
            random.normal(0, _PUSHED, coarse[::-1]).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
        )
        for _ in range(2)
    ]
    lean = np.float32(random.normal(0, 0.12))
    columns += lean * (rows - (high - 1) / 2) + pushed[0]
    return cv2.remap(pixels, columns, rows + pushed[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def batch(pixels: Sequence[NDArray[np.uint8]]) -> tuple[Tensor, list[int]]:
    """uint8 (32, w) each -> float (n, 1, 32, widest), as `row.together`; and the widths."""
    return torch.from_numpy(row.together([row.prepared(one) for one in pixels])), [one.shape[1] for one in pixels]


def scores(network: nn.Module, pixels: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """float32 (steps, labels), the logits of each place, in the same order."""
    found: list[Any] = [None] * len(pixels)
    network.eval()
    where = device_of(network)
    order = sorted(range(len(pixels)), key=lambda at: pixels[at].shape[1])
    with torch.inference_mode():
        for first in range(0, len(order), 100):
            rows = order[first : first + 100]
            seen, wide = batch([pixels[at] for at in rows])
            for at, one, columns in zip(rows, network(seen.to(where)).cpu().numpy(), wide, strict=True):
                found[at] = one[: (columns + 1) // 2]
    return found


def mistakes(network: nn.Module, held: Strips) -> tuple[int, int]:
    """(places not wholly right, all)."""
    read = [[label for label, _ in ctc.best_path(one)] for one in scores(network, held.pixels)]
    return sum(one != labels for one, labels in zip(read, held.labels, strict=True)), len(read)
