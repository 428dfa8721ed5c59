"""Trains the network of pages: drawn pages, always new ones, that another process makes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.errors import TrainingError
from inkdigit.evaluation.paper import canvas, kinds, material, shot
from inkdigit.recognition import layout
from inkdigit.settings import Settings
from inkdigit.training import drawing, initial_weights
from inkdigit.training.adam import device, device_of, faster, fit
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import PageNetwork
from inkdigit.training.recipes import Recipe

_SIDE = 320  # pixels of a crop
_PAGE = 640  # of a page: four crops
_SHUFFLED = 160  # crops from which a batch is drawn: those of one page do not come together
_AHEAD = 6  # pages
_SETTLES = 16  # pages, of which the normalisations of a network out of a file take mean and spread
_IGNORED = 255  # where nothing is asked for
_BESIDE = 4  # the rim of what is written, which is paper: it parts what stands side by side
_READABLE = (9.0, 150.0)  # pixels of a digit: a lower or higher one is neither asked for nor forbidden
_WEIGHTS = (0.6, 2.0, 2.0, 1.5, 2.5)  # most of a page is paper, and the rims are thin
_VALIDATION = 40  # pages
_PENCIL = 0.15  # of the pages are filled in with one: thin and pale at the same time is rare otherwise
_CUT_OUT = 0.12  # of the crops: a field, as programs cut it from a form


@dataclass(frozen=True, eq=False)
class Crop:
    """A part of a page, and what is on it; its maps have a quarter of its side.

    Attributes:
        grey: uint8 (s, s).
        core: uint8 (s / 4, s / 4): in the middle of a number or a word, which of them; _BESIDE around; or _IGNORED.
        height: float32 (s / 4, s / 4): log2 of the height of a digit over layout.USUAL, in cores.
        turns: of the page.
    """

    grey: NDArray[np.uint8]
    core: NDArray[np.uint8]
    height: NDArray[np.float32]
    turns: int


def cores(items: Sequence[canvas.Item], shape: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The maps of what is written on a picture (h, w): uint8 and float32 (h / 4, w / 4), as a Crop has them."""
    size = (shape[0] // layout.STEP, shape[1] // layout.STEP)
    core, height = np.zeros(size, np.uint8), np.zeros(size, np.float32)
    for one in items:
        corners = [np.rint(16 * (one.quad / layout.STEP - 0.5 + 0.5 / layout.STEP)).astype(np.int32)]
        cv2.fillPoly(core, corners, _BESIDE, cv2.LINE_8, 4)
    for one in sorted(items, key=lambda item: item.kind == canvas.WORD, reverse=True):
        quad = shrunk(one.quad, one.height) / layout.STEP - 0.5 + 0.5 / layout.STEP
        corners = [np.rint(16 * quad).astype(np.int32)]
        readable = _READABLE[0] <= one.height <= _READABLE[1]
        kind = {canvas.NUMBER: layout.HAND, canvas.PRINTED: layout.PRINT, canvas.WORD: layout.WORD}[one.kind]
        cv2.fillPoly(core, corners, kind if readable else _IGNORED, cv2.LINE_8, 4)
        cv2.fillPoly(height, corners, float(np.log2(max(1.0, one.height) / layout.USUAL)), cv2.LINE_8, 4)
    return core, height


def shrunk(quad: NDArray[Any], height: float) -> NDArray[np.float32]:
    """The corners of what is written -> those of its core: what is left when a part of a digit's height is taken off.

    Of a narrow or flat one, at least a third of a digit's height stays, across.
    """
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    wide, high = max(1e-3, float(np.hypot(*across))), max(1e-3, float(np.hypot(*down)))
    left_wide, left_high = max(0.35 * height, wide - 0.4 * height), max(0.35 * height, 0.5 * high)
    middle = quad.mean(axis=0)
    half_across, half_down = across / wide * left_wide / 2, down / high * left_high / 2
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([middle + x * half_across + y * half_down for x, y in signs], np.float32)


def crops(made: shot.Shot, random: np.random.Generator, side: int = _SIDE, count: int = 4) -> list[Crop]:
    """Parts of a page; some are a number cut out, with what is at the edge of the cut put around."""
    core, height = cores(made.items, made.picture.shape)
    high, wide = made.picture.shape
    numbers = [one for one in made.items if one.kind == canvas.NUMBER]
    found = []
    for _ in range(count):
        if numbers and random.random() < _CUT_OUT:
            cut = _cut_out(numbers[int(random.integers(len(numbers)))], made, random)
            found.append(_framed(made, (core, height), cut, side))
            continue
        top, left = (layout.STEP * int(random.integers(0, (most - side) // layout.STEP + 1)) for most in (high, wide))
        part = slice(top, top + side), slice(left, left + side)
        small = tuple(slice(one.start // layout.STEP, one.stop // layout.STEP) for one in part)
        found.append(Crop(made.picture[part], core[small], height[small], made.turns))
    return found


def _cut_out(one: canvas.Item, made: shot.Shot, random: np.random.Generator) -> tuple[slice, slice]:
    """Rows and columns around a number, with more or less of what is beside it."""
    margin = one.height * random.uniform(0, 0.8, 4)
    low, far = one.quad.min(axis=0) - margin[:2], one.quad.max(axis=0) + margin[2:]
    first = np.maximum(0, np.floor(low / layout.STEP)).astype(int) * layout.STEP
    last = np.minimum(made.picture.shape[::-1], np.ceil(far / layout.STEP).astype(int) * layout.STEP)
    return slice(int(first[1]), int(last[1])), slice(int(first[0]), int(last[0]))


def _framed(
    made: shot.Shot, maps: tuple[NDArray[np.uint8], NDArray[np.float32]], cut: tuple[slice, slice], side: int
) -> Crop:
    """A part of a page, with its edge repeated around it, where nothing is asked for."""
    cut = (slice(cut[0].start, min(cut[0].stop, cut[0].start + side)),
           slice(cut[1].start, min(cut[1].stop, cut[1].start + side)))  # fmt: skip
    spare = [side - (one.stop - one.start) for one in cut]
    before = [some // 2 // layout.STEP * layout.STEP for some in spare]
    margins = (before[0], spare[0] - before[0], before[1], spare[1] - before[1])
    rows, columns = (slice(one.start // layout.STEP, one.stop // layout.STEP) for one in cut)
    above, below, left, right = (one // layout.STEP for one in margins)
    return Crop(
        np.asarray(cv2.copyMakeBorder(made.picture[cut], *margins, cv2.BORDER_REPLICATE), np.uint8),
        np.asarray(
            cv2.copyMakeBorder(maps[0][rows, columns], above, below, left, right, cv2.BORDER_CONSTANT, value=_IGNORED),
            np.uint8,
        ),
        np.asarray(
            cv2.copyMakeBorder(maps[1][rows, columns], above, below, left, right, cv2.BORDER_CONSTANT, value=0),
            np.float32,
        ),
        made.turns,
    )


@lru_cache(maxsize=2)
def _material(settings: Settings, fold: int, held: bool) -> material.Material:
    return material.collect(settings, fold, held)


def _page(settings: Settings, fold: int, held: bool, shown: tuple[str, ...], seed: tuple[int, ...]) -> list[Crop]:
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    pencil = not held and bool(np.random.default_rng((*seed, 5)).random() < _PENCIL)
    made = shot.draw(_material(settings, fold, held), random, (_PAGE, _PAGE), shown, pencil=pencil)
    return crops(made, random, count=1 if held else 4)


def batch(some: Sequence[Crop]) -> dict[str, Tensor]:
    """Crops -> tensors: what the network sees, float (n, 2, s, s), and what it should say."""
    return {
        "seen": torch.from_numpy(np.concatenate([layout.prepared(one.grey) for one in some])),
        "core": torch.from_numpy(np.stack([one.core for one in some])).long(),
        "height": torch.from_numpy(np.stack([one.height for one in some])),
        "turns": torch.tensor([one.turns for one in some]),
    }


def loss_of(core: Tensor, wanted: dict[str, Tensor]) -> Tensor:
    """How far the map is from what it should be: kinds of core, heights of digits, quarter turns."""
    asked = wanted["core"] != _IGNORED
    weights = torch.tensor((*_WEIGHTS, *[0.0] * (_IGNORED - _BESIDE)), device=core.device)[wanted["core"]]
    kinds = torch.where(asked & (wanted["core"] != _BESIDE), wanted["core"], 0)
    each = functional.cross_entropy(core[:, : layout.KINDS], kinds, reduction="none")
    total = (weights * each).sum() / weights.sum()
    inside = (kinds > 0) & asked
    if not inside.any():
        return total
    off = (core[:, layout.KINDS] - wanted["height"])[inside]
    turned = core[:, layout.KINDS + 1 :].permute(0, 2, 3, 1)[inside]
    lies = wanted["turns"][:, None, None].expand(inside.shape)[inside]
    return (
        total
        + 0.3 * functional.smooth_l1_loss(off, torch.zeros_like(off))
        + 0.2 * functional.cross_entropy(turned, lies)
    )


def validation(
    settings: Settings, seed: int, fold: int, shown: tuple[str, ...] = tuple(kinds.KINDS), count: int = _VALIDATION
) -> list[Crop]:
    """A crop of each of `count` pages, filled in by the writers of the fold."""
    make = partial(_page, settings, fold, True, shown)
    return [one for at in range(count) for one in make((seed, 7, at))]


def train(
    recipe: Recipe,
    settings: Settings,
    held: dict[str, Tensor],
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
        held: crops that validate, see `batch`.
        start: folder of a run whose averaged network this one goes on from, or a model file; it may be narrower.
        shown: kinds of page; those that are left out tell how strange pages are read.
        workers: processes that draw pages; 0: this one does.
        accelerator: "auto", "cpu" or "gpu".

    Raises:
        DataError: a data set is missing or damaged.
        TrainingError: no such accelerator, `out` holds a checkpoint of another run, no pages, or a full disk.
    """
    steps = recipe.most // recipe.batch
    if steps < 1:
        raise TrainingError(f"{recipe.batch} crops an epoch", str(recipe.most), "Ask for more")
    torch.manual_seed(seed)
    network = PageNetwork(recipe.width)
    make = partial(_page, settings, fold, False, shown)
    if start is not None:
        initial_weights.begin_wider(network, PageNetwork, recipe.width, start)
        if start.suffix == ".onnx":
            initial_weights.normalised(network, (batch(make((seed, 8, at)))["seen"] for at in range(_SETTLES)))
    network = network.to(device(accelerator), memory_format=torch.channels_last)  # type: ignore[call-overload]

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        waiting: list[Crop] = []
        for one in drawing.shuffled(make, generator.initial_seed(), pool, steps * recipe.batch, _SHUFFLED, ahead):
            waiting.append(one)
            if len(waiting) == recipe.batch:
                wanted = {name: part.to(device_of(network)) for name, part in batch(waiting).items()}
                waiting = []
                seen = wanted["seen"].contiguous(memory_format=torch.channels_last)
                with faster(seen.device):
                    cores = network(seen)
                yield loss_of(cores.float(), wanted)

    ahead = max(_AHEAD, 4 * workers)
    with drawing.processes(workers) as pool:
        return fit(network, recipe, steps, losses, lambda net: mistakes(net, held), out, seed, on_step, on_epoch)


def mistakes(network: nn.Module, held: dict[str, Tensor]) -> dict[str, tuple[int, int]]:
    """Pixels of the map in the middle of written numbers, and all others, taken for the other; and rims, for cores."""
    network.eval()
    where = device_of(network)
    found = {"core missed": [0, 0], "core invented": [0, 0], "rim missed": [0, 0]}
    with torch.inference_mode():
        for first in range(0, len(held["seen"]), 8):
            rows = slice(first, first + 8)
            said = network(held["seen"][rows].to(where))[:, : layout.KINDS].argmax(1).cpu()
            wanted = held["core"][rows]
            is_hand, as_hand = wanted == layout.HAND, (said == layout.HAND) & (wanted != _IGNORED)
            rim = wanted == _BESIDE
            for name, wrong, whole in (
                ("core missed", is_hand & ~as_hand, is_hand),
                ("core invented", as_hand & ~is_hand, as_hand),
                ("rim missed", rim & (said > 0), rim),
            ):
                found[name][0] += int(wrong.sum())
                found[name][1] += int(whole.sum())
    return {name: (wrong, whole) for name, (wrong, whole) in found.items()}
