from __future__ import annotations

import pytest
import torch

from inkdigit.data.datasets import OTHER
from inkdigit.training.augment import Distortion, distort, distort_strips

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


HIGH, WIDE = 32, 128


def moved_by(how: Distortion) -> tuple[torch.Tensor, torch.Tensor]:
    """How far, in pixels, 64 long strips are moved right and down at each of their inner pixels."""
    down, right = torch.meshgrid(torch.arange(HIGH) + 0.5, torch.arange(WIDE) + 0.5, indexing="ij")
    found = []
    for place, side in ((right, WIDE), (down, HIGH)):
        ramp = (place / side).expand(64, 1, HIGH, WIDE)
        seen = distort_strips(ramp, how, generator(5))[:, 0, 8:-8, 16:-16] * side
        found.append(seen - place[8:-8, 16:-16])
    return found[0], found[1]


def test_a_long_strip_is_slanted_sideways_by_its_height_not_its_length() -> None:
    right, down = moved_by(Distortion(0, 0, 0.2, 0, 0, 4, 0, 0))
    slants = (right[:, -1] - right[:, 0]) / (HIGH - 17)
    assert float((slants - slants[:, :1]).abs().max()) < 1e-3, "the same everywhere"
    assert 0.18 < float(slants.max()) <= 0.201
    assert -0.201 <= float(slants.min()) < -0.18
    assert float(down.abs().max()) < 1e-3


def test_a_long_strip_grows_and_moves_upright_only() -> None:
    right, down = moved_by(Distortion(0, 0.1, 0, 0, 0, 4, 0, 0))
    growth = (down[:, -1] - down[:, 0]) / (HIGH - 17)
    assert 0.09 < float(growth.max()) <= 0.101
    assert float(right.abs().max()) < 1e-3
    right, down = moved_by(Distortion(0, 0, 0, 2.0, 0, 4, 0, 0))
    assert 1.8 < float(down.max()) <= 2.001
    assert -2.001 <= float(down.min()) < -1.8
    assert float(right.abs().max()) < 1e-3


def test_a_long_strip_bends_as_far_along_as_across() -> None:
    right, down = moved_by(Distortion(0, 0, 0, 0, 1.0, 5, 0, 0))
    assert float(right.std() / down.std()) == pytest.approx(1, abs=0.15)
    assert 0.3 < float(right.std()) < 0.7


def test_other_is_the_label_after_the_digits() -> None:
    assert OTHER == 10


def test_processes_that_share_a_batch_distort_it_as_one_would() -> None:
    whole = distort(glyphs(), Distortion(), generator(6))
    parts = [distort(glyphs()[first : first + 16], Distortion(), generator(6), first, 64) for first in (0, 16, 32, 48)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-6)
