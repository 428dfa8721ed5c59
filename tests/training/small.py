"""A small set to train on in seconds: scikit-learn's 8x8 digits as glyphs, and a small recipe."""

from __future__ import annotations

from functools import cache

import numpy as np
from sklearn.datasets import load_digits

from inkdigit.datasets import Pictures
from inkdigit.evaluation.invented import scribble
from inkdigit.training.augment import Distortion
from inkdigit.training.recipes import Recipe
from inkdigit.training.samples import Pool, Samples, from_pictures, nothing

RECIPE = Recipe("small", epochs=3, width=8, batch=64, average=0.8, distortion=Distortion(5, 0.05, 0.05, 0.5, 0.3))


def pictures(first: int, last: int) -> Pictures:
    digits = load_digits()
    images = (digits.images[first:last] * 255 / 16).astype(np.uint8)
    return Pictures(images, digits.target[first:last].astype(np.int64))


@cache
def samples() -> Samples:
    random = np.random.default_rng(0)
    others = nothing("scribbles", (scribble(random) for _ in range(200)), random)
    training: tuple[Pool, ...] = (from_pictures("digits8x8", pictures(0, 1200)), others)
    validation = (
        from_pictures("digits8x8", pictures(1200, 1700)),
        Pool("scribbles", others.glyphs[:50], others.labels[:50]),
    )
    return Samples(training, validation)
