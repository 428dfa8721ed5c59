"""A small set to train on in seconds: scikit-learn's 8x8 digits as glyphs, and a small recipe."""

from __future__ import annotations

import dataclasses
import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import DIGITS, picture
from drawn_pages import material
from sklearn.datasets import load_digits

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import Pictures
from inkdigit.evaluation.negatives import scribble
from inkdigit.evaluation.paper import shot
from inkdigit.settings import Settings
from inkdigit.training import places
from inkdigit.training.augment import Distortion
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.network import Network
from inkdigit.training.pages import Crop, crops
from inkdigit.training.pools import Pool, from_pictures, nothing
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import Samples

torch.set_num_threads(1)  # networks this small are faster so, many times where the machine is busy

RECIPE = Recipe("small", epochs=3, width=8, batch=64, average=0.8, distortion=Distortion(5, 0.05, 0.05, 0.5, 0.3))


WRITERS = [f"writer{n}" for n in range(25)]


def pictures(first: int, last: int) -> Pictures:
    digits = load_digits()
    images = (digits.images[first:last] * 255 / 16).astype(np.uint8)
    return Pictures(images, digits.target[first:last].astype(np.int64))


def _pool(first: int, last: int) -> Pool:
    shown = pictures(first, last)
    return from_pictures("digits8x8", shown.images, shown.labels)


ALPHABETS = [f"alphabet{n}" for n in range(9)]


def write_pen(folder: Path) -> None:
    """Pen strokes, each file with four digits, or a mark and a look-alike of a digit, by 25 hands; and scans."""
    (folder / "pen").mkdir()
    (folder / "hands").mkdir()
    scanned = [255 - picture(digit, size=40, pen=3) for digit in (1, 4)]
    np.savez(
        folder / scans.FILE,
        pixels=np.concatenate([one.ravel() for one in scanned for _ in WRITERS]),
        shapes=np.array([one.shape for one in scanned for _ in WRITERS], np.int32),
        y=np.repeat([1, 4], len(WRITERS)),
        writer=np.array(WRITERS * 2),
    )
    marks = [{"label": f"{one}/character01", "writer": "d01", "strokes": DIGITS[4]} for one in ALPHABETS]
    lines = [json.dumps(mark) for mark in marks]
    (folder / "pen" / f"{datasets.FIGURES}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    labels_of = {name: ["1", "4", "7", "9"] for name in datasets.PEN_DIGITS}
    labels_of |= {"uppercase": ["A", "D"], "lowercase": ["k", "l"], "symbols": ["#", "."]}
    for name, labels in labels_of.items():
        lines = [
            json.dumps({"label": label, "writer": writer, "strokes": DIGITS[int(label) if label.isdigit() else 4]})
            for writer in WRITERS
            for label in labels
        ]
        (folder / "pen" / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


@dataclasses.dataclass(frozen=True, eq=False)
class Finished:
    """A finished run of the small recipe: what its epochs came to, its folder, its network, and the file of that."""

    epochs: list[Epoch]
    folder: Path
    network: Network
    path: Path


# As several processes train it: without what they draw each for themselves, and so slowly that rounding stays small
# (at the usual rate, another number of threads alone changes the weights by a twentieth after one epoch).
SHARED = dataclasses.replace(RECIPE, dropout=0.0, epochs=1, rate=2e-4)


@cache
def samples() -> Samples:
    random = np.random.default_rng(0)
    others = nothing("scribbles", (scribble(random) for _ in range(200)), random)
    training: tuple[Pool, ...] = (_pool(0, 1200), others)
    validation = (
        _pool(1200, 1700),
        Pool("scribbles", others.glyphs[:50], others.labels[:50]),
    )
    return Samples(training, validation)


@cache
def few() -> Samples:
    """A quarter of them, for what does not depend on how well a network has learned."""
    (digits, others), (held, scribbles) = samples().training, samples().validation
    training = (Pool(digits.name, digits.glyphs[:300], digits.labels[:300]), others)
    return Samples(training, (Pool(held.name, held.glyphs[:100], held.labels[:100]), scribbles))


def page(settings: Settings, fold: int, held: bool, shown: tuple[str, ...], seed: tuple[int, ...]) -> list[Crop]:
    """Stands in for pages._page: small crops of a page of one hand."""
    random = np.random.default_rng(seed)
    made = shot.draw(material(), random, (192, 192), ["plain"], 24.0)
    return crops(made, random, 96, 2)


def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places of small pages of one hand."""
    monkeypatch.setattr(places, "_material", lambda *given: material())
    monkeypatch.setattr(places, "_PAGE", (240, 200))
    monkeypatch.setattr(places, "_VALIDATION", 2)
    monkeypatch.setattr(places, "_RANGED", 2)
