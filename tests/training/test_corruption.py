from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small import samples

from inkdigit.training import corruption

PICTURES = samples().training[0].glyphs[:40, 0]


@pytest.mark.parametrize("kind", corruption.KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_changes_the_picture_and_leaves_most_of_the_digit(kind: Callable[..., Any]) -> None:
    random = np.random.default_rng(0)
    for picture in PICTURES.astype(np.float32) / 255:
        found = kind(picture, random)
        assert found.shape == picture.shape
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
    assert np.abs(kind(PICTURES[0].astype(np.float32) / 255, random) - PICTURES[0] / 255).max() > 0.02


def test_the_seed_decides_and_tones_stay_in_range() -> None:
    one, same = ([corruption.spoilt(p, np.random.default_rng(n)) for n, p in enumerate(PICTURES)] for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert all(found.dtype == np.uint8 and found.shape == (28, 28) for found in one)


def test_a_blank_picture_can_be_spoilt_too() -> None:
    for seed in range(30):
        assert corruption.spoilt(np.zeros((28, 28), np.uint8), np.random.default_rng(seed)).shape == (28, 28)
