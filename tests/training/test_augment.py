from __future__ import annotations

import torch

from inkdigit.data.datasets import OTHER
from inkdigit.training.augment import Distortion, distort

from small import samples  # isort: skip

NOTHING = Distortion(0, 0, 0, 0, 0, 4, 0, 0)


def glyphs() -> torch.Tensor:
    return torch.from_numpy(samples().training[0].glyphs[:64]).float() / 255


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_shape_and_range_stay() -> None:
    wild = Distortion(40, 0.4, 0.5, 6, 4, 3, 1, 0.9)
    found = distort(glyphs(), wild, generator(0))
    assert found.shape == (64, 1, 28, 28)
    assert found.min() >= 0
    assert found.max() <= 1


def test_no_distortion_changes_nothing() -> None:
    assert torch.allclose(distort(glyphs(), NOTHING, generator(0)), glyphs(), atol=1e-5)


def test_the_same_seed_gives_the_same_batch_and_another_another() -> None:
    one, same, other = (distort(glyphs(), Distortion(), generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_ink_stays_on_the_glyph() -> None:
    """The shipped distortion moves and bends ink, and loses next to none of it: labels stay true."""
    ratio = distort(glyphs(), Distortion(fade=0, thicken=0), generator(3)).sum((1, 2, 3)) / glyphs().sum((1, 2, 3))
    assert 0.9 < float(ratio.median()) < 1.1
    assert float(ratio.min()) > 0.7


def test_pressing_makes_lines_thicker_and_thinner() -> None:
    pressed = distort(glyphs(), Distortion(0, 0, 0, 0, 0, 4, 1.0, 0), generator(4)).sum((1, 2, 3))
    change = pressed / glyphs().sum((1, 2, 3))
    assert float(change.max()) > 1.2
    assert float(change.min()) < 0.95


def test_other_is_the_label_after_the_digits() -> None:
    assert OTHER == 10


def test_processes_that_share_a_batch_distort_it_as_one_would() -> None:
    whole = distort(glyphs(), Distortion(), generator(6))
    parts = [distort(glyphs()[first : first + 16], Distortion(), generator(6), first, 64) for first in (0, 16, 32, 48)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-6)
