"""Trains the network of rows: places on drawn pages, read with everything that is on them, CTC loss, AdamW."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
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
from inkdigit.evaluation.paper.canvas import Item
from inkdigit.recognition import ctc, row
from inkdigit.recognition.row import Place
from inkdigit.settings import Settings
from inkdigit.training.adam import fit
from inkdigit.training.checkpoint import Epoch, begin
from inkdigit.training.lines import in_batches
from inkdigit.training.network import RowNetwork
from inkdigit.training.recipes import Recipe
from inkdigit.training.strips import Strips

_PAGE = (640, 640)  # pixels
_HEIGHTS = (14.0, 44.0)  # pixels of a digit on it
_EACH = 36  # places of a page, at most: more would be too much of one hand
_WORDS = 0.3  # of the words on a page are shown
_CHEQUES = 0.2  # of the pages: amounts with what stands around them are rare on others
_JOINED = 0.4  # of the places go on over what stands next in the same row
_NOTHING = 2  # places of a page where nothing is written
_CUT_OUT = 0.15  # of the places are cut tightly, as programs cut a field from a form
_NEXT = 2.0  # heights of a digit: what stands further away is not next
_VALIDATION = 60  # pages
_SIGNS = {sign: row.OTHER + 1 + at for at, sign in enumerate(row.SIGNS)} | {" ": row.GAP}


def collect(
    settings: Settings,
    count: int,
    seed: int,
    fold: int,
    shown: tuple[str, ...] = tuple(kinds.KINDS),
    workers: int | None = None,
) -> tuple[Strips, list[Strips]]:
    """`count` places to train on, and those of 60 pages to validate, of the writers of one fold.

    Args:
        shown: kinds of page.
        workers: processes that draw; None: one a core; 0: this one draws.

    Raises:
        DataError: a data set is missing or damaged.
    """
    made = Strips("training", [], [])
    cores = (os.cpu_count() or 1) if workers is None else workers
    ours = partial(_page, settings, fold, False, shown)
    if cores:
        with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
            first = 0
            while len(made.labels) < count:
                for some in pool.map(ours, [(seed, page) for page in range(first, first + 200)], chunksize=5):
                    _add(made, some)
                first += 200
    else:
        first = 0
        while len(made.labels) < count:
            _add(made, ours((seed, first)))
            first += 1
    held = Strips("places", [], [])
    for page in range(_VALIDATION):
        _add(held, _page(settings, fold, True, shown, (seed, 7, page)))
    return Strips("training", made.pixels[:count], made.labels[:count]), [held]


def _add(strips: Strips, some: Sequence[tuple[NDArray[np.uint8], list[int]]]) -> None:
    for pixels, labels in some:
        strips.pixels.append(pixels)
        strips.labels.append(labels)


@lru_cache(maxsize=2)
def _material(settings: Settings, fold: int, held: bool) -> material.Material:
    return material.collect(settings, fold, held)


def _page(
    settings: Settings, fold: int, held: bool, shown: tuple[str, ...], seed: tuple[int, ...]
) -> list[tuple[NDArray[np.uint8], list[int]]]:
    """Places of one page, and what is written on each."""
    cv2.setNumThreads(1)
    random = np.random.default_rng((*seed, 3))
    if "cheque" in shown and random.random() < _CHEQUES:
        shown = ("cheque",)
    height = float(np.exp(random.uniform(*np.log(_HEIGHTS))))
    return places(shot.draw(_material(settings, fold, held), random, _PAGE, shown, height), random)


def places(made: shot.Shot, random: np.random.Generator) -> list[tuple[NDArray[np.uint8], list[int]]]:
    """Places of a page, uint8 (32, w) each, and the labels of what is written there."""
    shown = [one for one in made.items if one.kind != canvas.WORD or random.random() < _WORDS]
    found = []
    for at in random.permutation(len(shown))[:_EACH]:
        group = [shown[at]]
        while random.random() < _JOINED and (after := _next(group[-1], made.items)) is not None:
            group.append(after)
        where = _around(group)
        picture = made.picture
        if random.random() < _CUT_OUT:
            picture = _cut_out(picture, group, random)
        labels = [label for one in group for label in (row.GAP, *labels_of(one))][1:]
        if where.columns < row.WIDEST:
            found.append((row.cut(picture, _loosely(where, random)), _once(labels)))
    for _ in range(_NOTHING):
        empty = _empty(made, random)
        if empty is not None:
            found.append((row.cut(made.picture, empty), []))
    return found


def labels_of(one: Item) -> list[int]:
    """The labels of what an item is: of a word, that it is none; of all that is no digit and no sign likewise."""
    if one.kind == canvas.WORD:
        return [row.OTHER]
    return _once([int(mark) if mark.isdigit() else _SIGNS.get(mark, row.OTHER) for mark in one.written])


def _once(labels: Sequence[int]) -> list[int]:
    """Without a mark that is none, or a gap, right behind another one."""
    twice = (row.OTHER, row.GAP)
    return [one for at, one in enumerate(labels) if not (at and one in twice and labels[at - 1] == one)]


def _around(group: Sequence[Item]) -> Place:
    """The place of what stands in a row."""
    corners = np.concatenate([one.quad for one in group])
    first, last = group[0].quad, group[-1].quad
    along = (last[1] + last[2] - first[0] - first[3]) / 2
    angle = float(np.arctan2(along[1], along[0]))
    turned = corners @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    low, far = turned.min(axis=0), turned.max(axis=0)
    middle = (low + far) / 2 @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    height = float(np.median([one.height for one in group]))
    return Place((float(middle[0]), float(middle[1])), float(far[0] - low[0]), height, angle)


def _next(one: Item, items: Sequence[Item]) -> Item | None:
    """What stands next to the right in the same row."""
    across = one.quad[1] - one.quad[0]
    across = across / max(1e-3, float(np.hypot(*across)))
    down = np.array([-across[1], across[0]])
    end, middle = float((one.quad[1:3] @ across).mean()), float((one.quad @ down).mean())
    best, nearest = None, _NEXT * one.height
    for other in items:
        if other is one or not 0.6 < other.height / max(1.0, one.height) < 1.7:
            continue
        gap = float((other.quad[[0, 3]] @ across).mean()) - end
        if -0.2 * one.height < gap < nearest and abs(float((other.quad @ down).mean()) - middle) < 0.4 * one.height:
            best, nearest = other, gap
    return best


def _loosely(where: Place, random: np.random.Generator) -> Place:
    """The place as the network of pages might find it: a little off."""
    rough = 2.0 if random.random() < 0.2 else 1.0
    off = random.normal(0, 0.07 * rough, 2) * where.height
    return Place(
        (where.middle[0] + float(off[0]), where.middle[1] + float(off[1])),
        max(1.0, where.length + float(random.normal(0, 0.15 * rough)) * where.height),
        where.height * float(np.exp(random.normal(0, 0.13 * rough))),
        where.angle + float(random.normal(0, 0.03 * rough)),
    )


def _cut_out(picture: NDArray[np.uint8], group: Sequence[Item], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same picture, with the edge of a field around what is written repeated to all sides."""
    corners = np.concatenate([one.quad for one in group])
    margin = group[0].height * random.uniform(0, 0.3, 4)
    left, top = np.maximum(0, corners.min(axis=0) - margin[:2]).astype(int)
    right, bottom = np.minimum(picture.shape[::-1], np.ceil(corners.max(axis=0) + margin[2:])).astype(int)
    if right - left < 4 or bottom - top < 4:
        return picture
    sides = (int(top), picture.shape[0] - int(bottom), int(left), picture.shape[1] - int(right))
    return np.asarray(cv2.copyMakeBorder(picture[top:bottom, left:right], *sides, cv2.BORDER_REPLICATE), np.uint8)


def _empty(made: shot.Shot, random: np.random.Generator) -> Place | None:
    """A place where nothing is written; None where none was found."""
    high, wide = made.picture.shape
    for _ in range(8):
        middle, height = random.uniform(0, 1, 2) * (wide, high), float(np.exp(random.uniform(*np.log(_HEIGHTS))))
        length = height * float(random.uniform(0.3, 4))
        reach = np.array([length / 2 + height, 1.2 * height])
        low, far = middle - reach, middle + reach
        if not any((one.quad.min(axis=0) < far).all() and (one.quad.max(axis=0) > low).all() for one in made.items):
            return Place((float(middle[0]), float(middle[1])), length, height, float(random.normal(0, 0.05)))
    return None


def train(
    recipe: Recipe,
    training: Strips,
    validation: Sequence[Strips],
    out: Path,
    seed: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    start: Path | None = None,
) -> nn.Module:
    """Trains by the recipe and returns the averaged network, ready to score. Resumes as `loop.train` does.

    Args:
        start: folder of a run whose averaged network this one goes on from.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, too few places, or a full disk.
    """
    torch.manual_seed(seed)
    network = RowNetwork(len(row.LABELS), recipe.width, recipe.dropout)
    if start is not None:
        begin(network, start)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = len(training.labels) // recipe.batch
    if steps < 1:
        raise TrainingError(f"at least {recipe.batch} places", str(len(training.labels)), "Add some")

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        random = np.random.default_rng(generator.initial_seed())
        for rows in in_batches(training, recipe.batch, generator.initial_seed())[:steps]:
            labels = [training.labels[at] for at in rows]
            seen, wide = batch([altered(training.pixels[at], random) for at in rows])
            scores = network(seen.contiguous(memory_format=torch.channels_last))
            yield functional.ctc_loss(
                scores.log_softmax(2).permute(1, 0, 2),
                torch.tensor([label for line in labels for label in line]),
                torch.tensor([(one + 1) // 2 for one in wide]),
                torch.tensor([len(line) for line in labels]),
                blank=len(row.LABELS) - 1,
                zero_infinity=True,  # seven touching ones may be too narrow for their steps
            )

    def wrong(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of the places that validate."""
        return {one.name: mistakes(average, one) for one in validation}

    return fit(network, recipe, steps, losses, wrong, out, seed, on_step, on_epoch, rise=0.15, fall=100, clip=5.0)


def altered(pixels: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """A place as another camera might see it, uint8 (32, w'): wider or narrower, softer, noisier, brighter."""
    wide = pixels.shape[1]
    changed: Any = pixels
    if random.random() < 0.7:
        size = max(8, round(wide * float(np.exp(random.normal(0, 0.1)))))
        changed = cv2.resize(changed, (size, row.HIGH), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.2:
        changed = cv2.GaussianBlur(changed, (0, 0), float(random.uniform(0.4, 1.1)))
    if random.random() < 0.4:
        noise = random.normal(0, float(random.uniform(1, 10)), changed.shape)
        changed = np.clip(changed + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        tones = 255 * (np.arange(256) / 255) ** float(np.exp(random.normal(0, 0.3)))
        changed = tones.astype(np.uint8)[changed]
    return np.asarray(255 - changed if random.random() < 0.05 else changed, np.uint8)


def batch(pixels: Sequence[NDArray[np.uint8]]) -> tuple[Tensor, list[int]]:
    """uint8 (32, w) each -> float (n, 1, 32, widest), as `row.together`; and the widths."""
    return torch.from_numpy(row.together([row.prepared(one) for one in pixels])), [one.shape[1] for one in pixels]


def scores(network: nn.Module, pixels: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """float32 (steps, labels), the logits of each place, in the same order."""
    found: list[Any] = [None] * len(pixels)
    network.eval()
    order = sorted(range(len(pixels)), key=lambda at: pixels[at].shape[1])
    with torch.inference_mode():
        for first in range(0, len(order), 100):
            rows = order[first : first + 100]
            seen, wide = batch([pixels[at] for at in rows])
            for at, one, columns in zip(rows, network(seen).numpy(), wide, strict=True):
                found[at] = one[: (columns + 1) // 2]
    return found


def mistakes(network: nn.Module, held: Strips) -> tuple[int, int]:
    """(places not wholly right, all)."""
    read = [[label for label, _ in ctc.best_path(one)] for one in scores(network, held.pixels)]
    return sum(one != labels for one, labels in zip(read, held.labels, strict=True)), len(read)
