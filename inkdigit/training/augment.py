"""Distortions of whole batches on the device: place, size, slant, elastic bends, line width, tone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Distortion:
    """How far a batch is distorted; every number is the largest or, for sigma-like ones, the typical size.

    Source of affine and elastic distortion for MNIST: Simard, Steinkraus, Platt, "Best practices for convolutional
    neural networks applied to visual document analysis" (ICDAR 2003).
    """

    turn: float = 14.0  # degrees
    grow: float = 0.1  # part of the size, each axis apart
    slant: float = 0.2  # sideways per height
    move: float = 1.5  # pixels
    bend: float = 1.2  # pixels, typical size of the elastic displacement
    smooth: float = 5.0  # pixels, how far a bend reaches
    thicken: float = 0.3  # chance that lines become thicker or thinner
    fade: float = 0.15  # part of the tone that may be lost


@dataclass(frozen=True)
class Dice:
    """Random numbers for some marks of a batch.

    All are drawn for the whole batch and the others are left out, so that several processes that share a batch distort
    its marks as one process would.
    """

    generator: torch.Generator
    whole: int  # marks of the batch
    first: int  # place of the first of ours in it
    count: int

    def uniform(self, *shape: int) -> Tensor:
        """float (count, *shape), 0 to 1."""
        found = torch.rand(self.whole, *shape, generator=self.generator, device=self.generator.device)
        return found[self.first : self.first + self.count]

    def either_way(self) -> Tensor:
        """float (count,), -1 to 1."""
        return self.uniform() * 2 - 1

    def normal(self, *shape: int) -> Tensor:
        """float (count, *shape), standard normal."""
        found = torch.randn(self.whole, *shape, generator=self.generator, device=self.generator.device)
        return found[self.first : self.first + self.count]


def distort(
    glyphs: Tensor, how: Distortion, generator: torch.Generator, place: int = 0, of: int | None = None
) -> Tensor:
    """float (n, 1, 28, 28) in 0-1 -> the same shape and range, distorted; labels stay true.

    The generator must live on the glyphs' device; the same seed gives the same batch.

    Args:
        place: of the first glyph in a batch that several processes share, from 0.
        of: marks in that batch; None: these are all.
    """
    count, _, side, _ = glyphs.shape
    dice = Dice(generator, of or count, place, count)
    grid = functional.affine_grid(_affine(side, how, dice), [count, 1, side, side], False)
    grid = grid + _bends(side, side, how, dice)
    warped = functional.grid_sample(glyphs, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return _pressed(warped, how, dice)


def distort_strips(strips: Tensor, how: Distortion, generator: torch.Generator) -> Tensor:
    """float (n, 1, h, w) in 0-1 -> the same shape and range: slant, height, bends, line width, tone.

    A strip is never stretched or moved along its length, which would push its first or last digit out.
    """
    count, _, high, wide = strips.shape
    dice = Dice(generator, count, 0, count)
    matrix = torch.zeros(count, 2, 3, device=strips.device)
    matrix[:, 0, 0] = 1
    matrix[:, 0, 1] = dice.either_way() * how.slant * high / wide
    matrix[:, 1, 1] = 1 + dice.either_way() * how.grow
    matrix[:, 1, 2] = dice.either_way() * (2 * how.move / high)
    grid = functional.affine_grid(matrix, [count, 1, high, wide], False) + _bends(high, wide, how, dice)
    warped = functional.grid_sample(strips, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return _pressed(warped, how, dice)


def _affine(side: int, how: Distortion, dice: Dice) -> Tensor:
    """float (n, 2, 3), output place -> input place in units of half the side."""
    turn = dice.either_way() * (how.turn * torch.pi / 180)
    slant = dice.either_way() * how.slant
    wide = 1 + dice.either_way() * how.grow
    high = 1 + dice.either_way() * how.grow
    cos, sin = torch.cos(turn), torch.sin(turn)
    left = dice.either_way() * (2 * how.move / side)
    up = dice.either_way() * (2 * how.move / side)
    top = torch.stack([cos * wide, (slant * cos - sin) * high, left], dim=1)
    bottom = torch.stack([sin * wide, (slant * sin + cos) * high, up], dim=1)
    return torch.stack([top, bottom], dim=1)


def _bends(high: int, wide: int, how: Distortion, dice: Dice) -> Tensor:
    """float (n, high, wide, 2): a smooth random displacement in units of half the width and half the height."""
    cells = [max(2, round(side / how.smooth)) for side in (high, wide)]
    field = functional.interpolate(dice.normal(2, *cells), (high, wide), mode="bicubic", align_corners=False)
    strength = dice.uniform(1, 1, 1) * (2 * how.bend)
    return (field * strength).permute(0, 2, 3, 1) / torch.tensor([wide, high], device=field.device)


def _pressed(glyphs: Tensor, how: Distortion, dice: Dice) -> Tensor:
    """Lines thicker or thinner by up to a pixel on each side, and a paler tone."""
    amount = dice.either_way()[:, None, None, None]
    chosen = dice.uniform(1, 1, 1) < how.thicken
    thick = _dilated(glyphs)
    thin = -_dilated(-glyphs)
    target = torch.where(amount > 0, thick, thin)
    part = amount.abs() * torch.where(amount > 0, 0.9, 0.5)  # a line eroded wholly would be gone
    pressed = torch.where(chosen, glyphs + part * (target - glyphs), glyphs)
    tone = 1 - how.fade * dice.uniform(1, 1, 1)
    return (pressed * tone).clamp(0, 1)


def _dilated(glyphs: Tensor) -> Tensor:
    """The largest of each pixel and its eight neighbours: max_pool2d(3, 1, 1), in a fifth of its time on a CPU."""
    padded = functional.pad(glyphs, (1, 1, 1, 1), value=-torch.inf)
    rows = torch.maximum(torch.maximum(padded[..., :-2, :], padded[..., 1:-1, :]), padded[..., 2:, :])
    return torch.maximum(torch.maximum(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])
