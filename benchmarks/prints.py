"""Printed or written by hand: trains western-print.onnx, and fits the log odds of recognition/prints.py.

python -m benchmarks.prints [--each 15] [--out runs/prints]   (needs INKDIGIT_DATA, and torch; a quarter of an hour)

The digits that are read on drawn pages of training writers, and whether each is printed, teach a small network.
The weights of what is known of a whole number are fitted on pages of fonts that the network did not see: for each
family of fonts one is trained without it. It prints these weights, and how they hold on pages of left-out writers; the
weights are written down by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional

from benchmarks import print_pages
from inkdigit.evaluation.paper import counting, material
from inkdigit.evaluation.paper.canvas import NUMBER, PRINTED
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.ink import picture
from inkdigit.reader import Reader
from inkdigit.recognition import finding, glyph, layout, prints
from inkdigit.recognition.card import PRINTS, Card
from inkdigit.recognition.paper import Found
from inkdigit.training import export

FOLD = 0  # the writers that the shipped networks never saw
SEED = 0  # of the network; pages of training writers have 80
SEEDS = (81, 82, 83, 84)  # of pages of left-out writers
FAMILIES = {
    "DejaVu": ("DejaVu",),
    "Liberation": ("Liberation",),
    "Noto": ("Noto",),
    "Roboto and Lato": ("Roboto", "Lato"),
    "URW": ("Nimbus", "C059", "P052", "URW"),
}
WIDE, EPOCHS, BATCH, RATE = 8, 6, 128, 4e-3
_TILTED = ((0.08, 0.06, 0.06), (0.02, 0.08, 0.06))  # standard deviations of how glyphs are moved while it learns
_SURE = 0.99  # of each label: some that are read as digits are not


@dataclass(frozen=True, eq=False)
class Seen:
    """What was read on a page, in place of the numbers that are there.

    Attributes:
        family: of its font.
        kind: of page.
        found: all that was read.
        labels: of each: 1 where it is a printed number, 0 where a written one, -1 where it is neither.
        askew: by how much the page is, in radians.
    """

    family: str
    kind: str
    found: list[Found]
    labels: list[int]
    askew: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prints")
    parser.add_argument("--each", type=int, default=15, help="pages of each kind of table")
    parser.add_argument("--out", type=Path, default=Path("runs/prints"), help="folder of the network")
    asked = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    reader = Reader()
    made = material.collect(reader.settings, FOLD, held=False)
    pages = list(_pages(reader, made, 80, asked.each, max(1, asked.each // 7)))
    print(len(pages), "pages of training writers", flush=True)
    families = sorted({page.family for page in pages})
    without = {family: trained([page for page in pages if page.family != family]) for family in families}
    given, printed = zip(*(_known(page, without[page.family]) for page in pages), strict=True)
    fitted = LogisticRegression().fit(np.concatenate(given), np.concatenate(printed))
    whole = trained(pages)
    print(f"base {fitted.intercept_[0]:.2f}, weights {fitted.coef_[0].round(2).tolist()}")
    held = material.collect(reader.settings, FOLD, held=True)
    tested = [page for seed in SEEDS for page in _pages(reader, held, seed, max(1, asked.each // 5), 1)]
    counted: dict[str, list[int]] = {}
    for name, network in (("fonts that it saw", dict.fromkeys(families, whole)), ("fonts left out", without)):
        said, labels, kinds = [], [], []
        for page in tested:
            known, label = _known(page, network[page.family])
            said.append(fitted.decision_function(known) if len(known) else np.zeros(0))
            labels.append(label)
            kinds += [page.kind] * len(label)
        odds, right = np.concatenate(said), np.concatenate(labels)
        report(name, odds, right, np.array(kinds))
        counted |= mistakes(name, odds, right)
    asked.out.mkdir(parents=True, exist_ok=True)
    write(whole, pages, counted, asked.out / "western-print.onnx")


def report(name: str, odds: NDArray[np.float64], right: NDArray[np.int64], kinds: NDArray[np.str_]) -> None:
    """Prints how many printed numbers are told, and how many written ones are called printed, at some thresholds."""
    for least in (0.0, 1.0, 2.0, 3.0, 4.0):
        told = odds > least
        each = {str(one): round(float(told[(kinds == one) & (right == 1)].mean()), 2) for one in set(kinds[right == 1])}
        wrong = int(told[right == 0].sum())
        print(f"{name}, above {least}: {told[right == 1].sum()} of {(right == 1).sum()} printed, ", end="")
        print(f"{wrong} of {(right == 0).sum()} by hand ({wrong / max(1, (right == 0).sum()):.2%}); {each}", flush=True)


def mistakes(name: str, odds: NDArray[np.float64], right: NDArray[np.int64]) -> dict[str, list[int]]:
    """[wrong, all] of the printed numbers and of the written ones, at the threshold that reading has."""
    told = odds > prints.LEAST
    pairs = {"printed": (~told, right == 1), "by hand": (told, right == 0)}
    return {f"{kind}, {name}": [int(wrong[all_].sum()), int(all_.sum())] for kind, (wrong, all_) in pairs.items()}


def _pages(reader: Reader, made: material.Material, seed: int, each: int, others: int) -> Iterator[Seen]:
    """So many pages of each kind of table, and of each other kind, read."""
    fonts = {family: [one for one in made.fonts if one.name.startswith(names)] for family, names in FAMILIES.items()}
    known = [family for family in FAMILIES if fonts[family]]
    for at in range(max(each, others)):
        for place, kind in enumerate((*print_pages.KINDS, *counting.KINDS)):
            family = known[(at + place) % len(known)]
            of_family = replace(made, fonts=tuple(fonts[family]))
            if kind in print_pages.KINDS and at < each:
                yield _seen(reader, print_pages.drawn(of_family, kind, seed, at), family)
            elif kind in counting.KINDS and at < others:
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
            labels[int(reading[1])] = int(item.kind == PRINTED)
    return Seen(family, page.kind, found, labels, layout.lie(looked.seen))


def trained(pages: Sequence[Seen]) -> nn.Module:
    """A network of glyphs, (n, 1, 28, 28) -> log odds that they are printed, (n, 1), that learned from those pages."""
    network = nn.Sequential(
        *_layer(1, WIDE, 5), *_layer(WIDE, 2 * WIDE, 3), *_layer(2 * WIDE, 4 * WIDE, 3), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(64 * WIDE, 1),
    )  # fmt: skip
    glyphs, right = [], []
    for page in pages:
        for one, label in zip(page.found, page.labels, strict=True):
            if label >= 0:
                glyphs += [digit.glyph for digit in one.number.digits]
                right += [label] * len(one.number.digits)
    shown, labels = torch.from_numpy(np.stack(glyphs)[:, None]), torch.tensor(right, dtype=torch.float32)
    steps = EPOCHS * -(-len(shown) // BATCH)
    learner = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    pace = torch.optim.lr_scheduler.OneCycleLR(learner, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for some in torch.randperm(len(shown)).split(BATCH):
            moved = torch.eye(2, 3) + torch.randn(len(some), 2, 3) * torch.tensor(_TILTED)
            grid = functional.affine_grid(moved, [len(some), 1, glyph.SIDE, glyph.SIDE], align_corners=False)
            seen = functional.grid_sample(shown[some], grid, align_corners=False)
            wanted = (2 * _SURE - 1) * labels[some] + 1 - _SURE
            loss = functional.binary_cross_entropy_with_logits(network(seen)[:, 0], wanted)
            learner.zero_grad()
            loss.backward()
            learner.step()
            pace.step()
    return network.eval()


def _layer(before: int, behind: int, side: int) -> list[nn.Module]:
    return [nn.Conv2d(before, behind, side, 2, side // 2, bias=False), nn.BatchNorm2d(behind), nn.ReLU()]


def _known(page: Seen, network: nn.Module) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What is known of each number of a page that is printed, or written by hand; and which of both."""
    kept = np.array(page.labels, int) >= 0
    marks = [digit.glyph for one in page.found for digit in one.number.digits]
    if not marks:
        return np.zeros((0, len(prints.WEIGHTS))), np.zeros(0, int)
    with torch.inference_mode():
        odds = network(torch.from_numpy(np.stack(marks)[:, None]))[:, 0].numpy()
    numbers, cores = [one.number for one in page.found], [one.core for one in page.found]
    return prints.evidence(numbers, cores, odds, page.askew)[kept], np.array(page.labels, int)[kept]


def write(network: nn.Module, pages: Sequence[Seen], counted: dict[str, list[int]], path: Path) -> None:
    """Writes the file of the network, with a card that says what it is, and its counted mistakes."""
    read = [pair for page in pages for pair in zip(page.found, page.labels, strict=True)]
    counts = {
        name: sum(len(one.number.digits) for one, mine in read if mine == label) for label, name in enumerate(PRINTS)
    }
    made = {
        "trained_on": counts,
        "writers_of_fold_held_back": FOLD,
        "fonts": sorted({page.family for page in pages}),
        "seed": SEED,
        "commit": export.training_commit(),
        "weights_licence": "MIT",
    }
    with export.whole(path) as part:
        export.write(network, part, {"glyphs": (2, 1, glyph.SIDE, glyph.SIDE)}, {0: "n"})
        export.sign(part, Card("western", PRINTS, glyph.VERSION, 1, 1.0, 1.0, made, counted))


if __name__ == "__main__":
    main()
