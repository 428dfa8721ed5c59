"""What the network of print learns from, and how: digits read on drawn pages, each printed or written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inkdigit.errors import DataError, TrainingError
from inkdigit.evaluation.paper import counting, kinds, material, print_pages
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.ink import picture
from inkdigit.reader import Reader
from inkdigit.recognition import finding, glyph, layout, prints
from inkdigit.recognition.card import PRINTS
from inkdigit.recognition.layout import Core
from inkdigit.recognition.paper import Found
from inkdigit.recognition.reading import Number
from inkdigit.settings import Settings
from inkdigit.training.adam import fit
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import PrintNetwork
from inkdigit.training.recipes import Recipe

HAND, PRINT = range(len(PRINTS))
FAMILIES = {
    "DejaVu": ("DejaVu",),
    "Liberation": ("Liberation",),
    "Noto": ("Noto",),
    "Roboto and Lato": ("Roboto", "Lato"),
    "URW": ("Nimbus", "C059", "P052", "URW"),
}
_SEED = 80  # of pages of training writers, whatever the seed of the run: the log odds are fitted on the same ones
_SEEDS = (81, 82, 83, 84)  # of pages of left-out writers
_TILTED = ((0.08, 0.06, 0.06), (0.02, 0.08, 0.06))  # standard deviations of how glyphs are moved while it learns
Odds = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # glyphs (n, 1, 28, 28) -> that they are printed, (n,)


@dataclass(frozen=True, eq=False)
class Seen:
    """What was read on a page, in place of the numbers that are there.

    Attributes:
        family: of its font.
        kind: of page.
        found: all that was read.
        labels: of each: PRINT where it is a printed number, HAND where a written one, -1 where it is neither.
        askew: by how much the page is, in radians.
    """

    family: str
    kind: str
    found: list[Found]
    labels: list[int]
    askew: float

    @property
    def numbers(self) -> list[Number]:
        """All that was read, as numbers."""
        return [one.number for one in self.found]

    @property
    def cores(self) -> list[Core]:
        """In which they were found."""
        return [one.core for one in self.found]

    @property
    def glyphs(self) -> NDArray[np.float32]:
        """float32 (n, 1, 28, 28): of each digit of each number."""
        marks = [digit.glyph for one in self.numbers for digit in one.digits]
        return np.stack(marks)[:, None] if marks else np.empty((0, 1, glyph.SIDE, glyph.SIDE), np.float32)

    @property
    def digit_labels(self) -> NDArray[np.int64]:
        """int64 (n,): of each digit, the label of its number."""
        lengths = np.array([len(one.digits) for one in self.numbers], np.int64)
        return np.repeat(np.array(self.labels, np.int64), lengths)


def collect(settings: Settings, each: int, fold: int) -> tuple[list[Seen], list[Seen]]:
    """What is read on pages by all writers but those of the fold, and on pages by these, which validate.

    Args:
        each: pages of each kind of table; of each other kind a seventh of that.

    Raises:
        DataError: a data set is missing or damaged, or no fonts are installed.
    """
    reader = Reader(settings=settings)
    made, held = (material.collect(settings, fold, held=is_held) for is_held in (False, True))
    training = list(_pages(reader, made, _SEED, each, max(1, each // 7)))
    return training, [page for seed in _SEEDS for page in _pages(reader, held, seed, max(1, each // 5), 1)]


def _pages(reader: Reader, made: material.Material, seed: int, each: int, others: int) -> Iterator[Seen]:
    """So many pages of each kind of table, and of each other kind, read."""
    fonts = {family: [one for one in made.fonts if one.name.startswith(names)] for family, names in FAMILIES.items()}
    known = [family for family in FAMILIES if fonts[family]]
    if not known:
        raise DataError(f"fonts to print with: {', '.join(FAMILIES)}", "none", "Install fonts-dejavu-core and others")
    for at in range(max(each, others)):
        for place, kind in enumerate((*print_pages.KINDS, *kinds.KINDS)):
            family = known[(at + place) % len(known)]
            of_family = replace(made, fonts=tuple(fonts[family]))
            if kind in print_pages.KINDS and at < each:
                yield _seen(reader, print_pages.drawn(of_family, kind, seed, at), family)
            elif kind in kinds.KINDS and at < others:
                [page] = counting.drawn(of_family, kind, 1, 1000 * seed + at)
                yield _seen(reader, page, family)


def _seen(reader: Reader, page: Shot, family: str) -> Seen:
    looked = finding.found(reader.pages, picture.to_grey(page.picture))
    found = reader.on_paper(looked)
    scale = 1 / looked.scale
    left = [
        (one.number.text, float(at), tuple(side * scale for side in one.number.box))
        for at, one in enumerate(found)
        if one.number.box is not None
    ]
    labels = [-1] * len(found)
    for item in page.items:
        if item.text and item.kind in (NUMBER, PRINTED) and (reading := counting.taken(left, item)):  # type: ignore[arg-type]
            labels[int(reading[1])] = PRINT if item.kind == PRINTED else HAND
    return Seen(family, page.kind, found, labels, layout.lie(looked.seen))


def train(
    recipe: Recipe,
    training: Sequence[Seen],
    validation: Sequence[Seen],
    out: Path,
    seed: int = 0,
    on_step: Callable[[int, int, int, float], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> nn.Module:
    """Trains by the recipe and returns the network, ready to score. Resumes as `loop.train` does.

    Raises:
        TrainingError: `out` holds a checkpoint of another run, nothing printed or written was read, or a full disk.
    """
    counts = digits(training)
    if not all(counts.values()):
        raise TrainingError("printed digits and written ones", str(counts), "Draw more pages")
    torch.manual_seed(seed)
    network = PrintNetwork(recipe.width, recipe.dropout)
    labels = np.concatenate([page.digit_labels for page in training])
    shown = torch.from_numpy(np.concatenate([page.glyphs for page in training])[labels >= 0])
    right = torch.from_numpy(labels[labels >= 0]).float()

    def losses(generator: torch.Generator) -> Iterator[Tensor]:
        """Of every batch of an epoch."""
        order = torch.randperm(len(shown), generator=generator)
        for first in range(0, len(order), recipe.batch):
            some = order[first : first + recipe.batch]
            moved = torch.eye(2, 3) + torch.randn(len(some), 2, 3, generator=generator) * torch.tensor(_TILTED)
            grid = functional.affine_grid(moved, [len(some), 1, glyph.SIDE, glyph.SIDE], align_corners=False)
            seen = functional.grid_sample(shown[some], grid, align_corners=False)
            wanted = (1 - recipe.smoothing) * right[some] + recipe.smoothing / 2
            yield functional.binary_cross_entropy_with_logits(network(seen)[:, 0], wanted)

    def wrong(average: nn.Module) -> dict[str, tuple[int, int]]:
        """Of the numbers that validate."""
        return mistakes(odds(average), validation)

    return fit(network, recipe, -(-len(shown) // recipe.batch), losses, wrong, out, seed, on_step, on_epoch)


def odds(network: nn.Module) -> Odds:
    """What a network says of glyphs."""

    def found(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log odds that each is printed."""
        with torch.inference_mode():
            return np.asarray(network.eval()(torch.from_numpy(glyphs))[:, 0].numpy())

    return found


def mistakes(odds: Odds, pages: Sequence[Seen]) -> dict[str, tuple[int, int]]:
    """[wrong, all] of the numbers written by hand, and of the printed ones, as pages are read."""
    told, right = [], []
    for page in pages:
        told += prints.are_printed(page.numbers, page.cores, odds(page.glyphs), page.askew)
        right += page.labels
    is_wrong, labels = np.array(told, int) != right, np.array(right, int)
    return {name: (int(is_wrong[labels == at].sum()), int((labels == at).sum())) for at, name in enumerate(PRINTS)}


def digits(pages: Sequence[Seen]) -> dict[str, int]:
    """How many digits were written by hand, and how many printed."""
    labels = np.concatenate([np.empty(0, np.int64), *(page.digit_labels for page in pages)])
    return {name: int((labels == at).sum()) for at, name in enumerate(PRINTS)}
