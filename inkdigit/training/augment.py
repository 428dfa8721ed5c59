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


def distort(glyphs: Tensor, how: Distortion, generator: torch.Generator) -> Tensor:
    """float (n, 1, 28, 28) in 0-1 -> the same shape and range, distorted; labels stay true.

    The generator must live on the glyphs' device; the same seed gives the same batch.
    """
    count, _, side, _ = glyphs.shape
    device = glyphs.device
    grid = functional.affine_grid(_affine(count, side, how, generator, device), [count, 1, side, side], False)
    grid = grid + _bends(count, side, how, generator, device)
    warped = functional.grid_sample(glyphs, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return _pressed(warped, how, generator)


def _uniform(count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """float (n,) in -1 to 1."""
    return torch.rand(count, generator=generator, device=device) * 2 - 1


def _affine(count: int, side: int, how: Distortion, generator: torch.Generator, device: torch.device) -> Tensor:
    """float (n, 2, 3), output place -> input place in units of half the side."""
    turn = _uniform(count, generator, device) * (how.turn * torch.pi / 180)
    slant = _uniform(count, generator, device) * how.slant
    wide = 1 + _uniform(count, generator, device) * how.grow
    high = 1 + _uniform(count, generator, device) * how.grow
    cos, sin = torch.cos(turn), torch.sin(turn)
    left = _uniform(count, generator, device) * (2 * how.move / side)
    up = _uniform(count, generator, device) * (2 * how.move / side)
    top = torch.stack([cos * wide, (slant * cos - sin) * high, left], dim=1)
    bottom = torch.stack([sin * wide, (slant * sin + cos) * high, up], dim=1)
    return torch.stack([top, bottom], dim=1)


def _bends(count: int, side: int, how: Distortion, generator: torch.Generator, device: torch.device) -> Tensor:
    """float (n, side, side, 2): a smooth random displacement in units of half the side."""
    cells = max(2, round(side / how.smooth))
    coarse = torch.randn(count, 2, cells, cells, generator=generator, device=device)
    field = functional.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=False)
    strength = torch.rand(count, 1, 1, 1, generator=generator, device=device) * (2 * how.bend / side)
    return (field * strength).permute(0, 2, 3, 1)


def _pressed(glyphs: Tensor, how: Distortion, generator: torch.Generator) -> Tensor:
    """Lines thicker or thinner by up to a pixel on each side, and a paler tone."""
    count, device = len(glyphs), glyphs.device
    amount = _uniform(count, generator, device)[:, None, None, None]
    chosen = torch.rand(count, generator=generator, device=device)[:, None, None, None] < how.thicken
    thick = functional.max_pool2d(glyphs, 3, 1, 1)
    thin = -functional.max_pool2d(-glyphs, 3, 1, 1)
    target = torch.where(amount > 0, thick, thin)
    part = amount.abs() * torch.where(amount > 0, 0.9, 0.5)  # a line eroded wholly would be gone
    pressed = torch.where(chosen, glyphs + part * (target - glyphs), glyphs)
    tone = 1 - how.fade * torch.rand(count, generator=generator, device=device)[:, None, None, None]
    return (pressed * tone).clamp(0, 1)
