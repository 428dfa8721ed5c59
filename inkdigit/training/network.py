"""The network: a 5x5 convolution, then residual 3x3 ones, 28x28 -> 14x14 -> 7x7 -> 5x5; 0.19 million parameters.

benchmarks/architectures.py compares it with its rivals. Two choices made it both better and faster than the usual
pyramid: the first convolution goes straight to 14x14, and the last map is read place by place, not averaged.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional


def convolution(
    inputs: int, outputs: int, stride: int | tuple[int, int] = 1, padding: int = 1, size: int = 3
) -> nn.Sequential:
    """Convolution of size x size and batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
        BatchNorm(outputs),
    )


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        """Any tensor, the same shape in every process -> their sum."""
        total = x.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        """The gradient at the sum -> the gradient at each process's tensor, which moved the losses of all."""
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        return total


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the marks of all processes that share a batch, so that their number changes nothing.

    torch.nn.SyncBatchNorm does the same, on GPUs only.
    """

    def forward(self, x: Tensor) -> Tensor:
        """float (n, channels, h, w) -> the same shape."""
        if not (self.training and distributed.is_initialized() and distributed.get_world_size() > 1):
            return super().forward(x)
        wide = x.float()
        sums = torch.stack([wide.sum(dim=(0, 2, 3)), wide.square().sum(dim=(0, 2, 3))])  # (2, channels)
        count = x.numel() // x.shape[1] * distributed.get_world_size()  # every process has as many marks
        mean, square = _Sum.apply(sums) / count  # type: ignore[no-untyped-call]
        variance = square - mean.square()
        with torch.no_grad():
            self.num_batches_tracked += 1  # type: ignore[operator, assignment]
            self.running_mean.lerp_(mean, self.momentum or 0.1)  # type: ignore[union-attr]
            self.running_var.lerp_(variance * count / (count - 1), self.momentum or 0.1)  # type: ignore[union-attr]
        scale = self.weight * torch.rsqrt(variance + self.eps)
        normal: Tensor = (wide - mean[:, None, None]) * scale[:, None, None] + self.bias[:, None, None]
        return normal.to(x.dtype)


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al., arXiv:1512.03385). Shape stays (n, channels, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """float (n, channels, h, w) -> the same shape."""
        return torch.relu(x + self.second(torch.relu(self.first(x))))


class Network(nn.Module):
    """Glyphs -> scores.

    Args:
        labels: number of classes: ten digits and, last, "other" for what is no digit.
        channels: channels of the glyph.
        width: channels after the first convolution; all others are multiples of it.
        dropout: part of the features that is dropped while training.
    """

    def __init__(self, labels: int = 11, channels: int = 1, width: int = 32, dropout: float = 0.1) -> None:
        super().__init__()
        self.stem = convolution(channels, width, stride=2, padding=2, size=5)
        self.block1 = Residual(width)
        self.down = convolution(width, 2 * width, stride=2)
        self.block2 = Residual(2 * width)
        self.top = convolution(2 * width, 3 * width, padding=0)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(3 * width * 5 * 5, labels)

    def forward(self, glyphs: Tensor) -> Tensor:
        """float (n, channels, 28, 28), ink = 1, paper = 0 -> logits (n, labels)."""
        x = torch.relu(self.stem(glyphs))  # (n, w, 14, 14)
        x = self.block1(x)  # (n, w, 14, 14)
        x = torch.relu(self.down(x))  # (n, 2w, 7, 7)
        x = self.block2(x)  # (n, 2w, 7, 7)
        x = torch.relu(self.top(x))  # (n, 3w, 5, 5)
        x = x.flatten(1)  # (n, 75w)
        scores: Tensor = self.scores(self.dropout(x))  # (n, labels)
        return scores


class LineNetwork(nn.Module):
    """Strips -> scores of each step along them, for connectionist temporal classification (Graves et al., ICML 2006).

    A step is two columns: the narrowest pair of touching ones is five steps wide. 0.26 million parameters.

    Args:
        labels: number of classes: ten digits, "other", and last the blank between marks.
        width: channels after the first convolution.
        dropout: part of the features that is dropped while training.
    """

    def __init__(self, labels: int = 12, width: int = 24, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = convolution(1, width, stride=2, padding=2, size=5)
        self.block1 = Residual(width)
        self.down1 = convolution(width, 2 * width, stride=(2, 1))
        self.block2 = Residual(2 * width)
        self.down2 = convolution(2 * width, 80, stride=(2, 1))
        self.column = nn.Sequential(nn.Conv2d(80, 128, (4, 3), 1, (0, 1), bias=False), BatchNorm(128))
        self.along = nn.Sequential(nn.Conv2d(128, 128, (1, 5), 1, (0, 2), bias=False), BatchNorm(128))
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Conv2d(128, labels, 1)

    def forward(self, strips: Tensor) -> Tensor:
        """float (n, 1, 32, w), ink = 1, paper = 0 -> logits (n, steps, labels), steps = w / 2 rounded up."""
        x = torch.relu(self.stem(strips))  # (n, c, 16, steps)
        x = self.block1(x)
        x = torch.relu(self.down1(x))  # (n, 2c, 8, steps)
        x = self.block2(x)
        x = torch.relu(self.down2(x))  # (n, 80, 4, steps)
        x = torch.relu(self.column(x))  # (n, 128, 1, steps)
        x = torch.relu(self.along(self.dropout(x)))  # (n, 128, 1, steps)
        scores: Tensor = self.scores(self.dropout(x))  # (n, labels, 1, steps)
        return scores.squeeze(2).permute(0, 2, 1)  # (n, steps, labels)


class RowNetwork(nn.Module):
    """Rows of grey paper -> scores of each step along them, for connectionist temporal classification.

    Like LineNetwork, and it knows more of what stands around: three layers along the row, each wider spread, so that a
    step sees two digits to either side. 0.42 million parameters at a width of 16, 0.95 at 24.

    Args:
        labels: number of classes, the last one the blank between marks.
        width: channels after the first convolution.
        dropout: part of the features that is dropped while training.
    """

    def __init__(self, labels: int = 26, width: int = 16, dropout: float = 0.1) -> None:
        super().__init__()
        self.stem = convolution(1, width, stride=2, padding=2, size=5)
        self.block1 = Residual(width)
        self.down1 = convolution(width, 2 * width, stride=(2, 1))
        self.block2 = Residual(2 * width)
        self.down2 = convolution(2 * width, 5 * width, stride=(2, 1))
        wide = 8 * width
        self.column = nn.Sequential(nn.Conv2d(5 * width, wide, (4, 3), 1, (0, 1), bias=False), BatchNorm(wide))
        along = [
            nn.Sequential(
                nn.Conv2d(wide, wide, (1, 5), 1, (0, 2 * spread), dilation=(1, spread), bias=False), BatchNorm(wide)
            )
            for spread in (1, 2, 4)
        ]
        self.along = nn.ModuleList(along)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Conv2d(wide, labels, 1)

    def forward(self, rows: Tensor) -> Tensor:
        """float (n, 1, 32, w), as `row.prepared` -> logits (n, steps, labels), steps = w / 2 rounded up."""
        x = torch.relu(self.stem(rows))  # (n, c, 16, steps)
        x = self.block1(x)
        x = torch.relu(self.down1(x))  # (n, 2c, 8, steps)
        x = self.block2(x)
        x = torch.relu(self.down2(x))  # (n, 5c, 4, steps)
        x = torch.relu(self.column(x))  # (n, 8c, 1, steps)
        for layer in self.along:
            x = torch.relu(x + layer(x))
        scores: Tensor = self.scores(self.dropout(x))  # (n, labels, 1, steps)
        return scores.squeeze(2).permute(0, 2, 1)  # (n, steps, labels)


class StrokeNetwork(nn.Module):
    """Trajectories -> scores, by convolutions along the pen's path: 64 -> 32 -> 16 steps. 0.14 million parameters.

    Args:
        labels: number of classes: ten digits, "other" for one mark that is no digit, and last "several" digits.
        width: channels of the first half; the second has twice as many.
        dropout: part of the features that is dropped while training.
    """

    def __init__(self, labels: int = 12, width: int = 48, dropout: float = 0.3) -> None:
        super().__init__()
        self.path = _along_the_path(width)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(2 * width * 16, labels)

    def forward(self, trajectories: Tensor) -> Tensor:
        """float (n, 5, 64) -> logits (n, labels)."""
        scores: Tensor = self.scores(self.dropout(self.path(trajectories).flatten(1)))
        return scores


class SignNetwork(nn.Module):
    """Trajectories and where they stand -> scores. 0.12 million parameters at a width of 32.

    Args:
        labels: number of classes: "none", then the signs.
        places: how many numbers say where a mark stands.
        width: channels of the first half of the path; the second has twice as many.
        dropout: part of the path's features that is dropped while training.
    """

    def __init__(self, labels: int, places: int, width: int = 32, dropout: float = 0.3) -> None:
        super().__init__()
        self.path = _along_the_path(width)
        self.dropout = nn.Dropout(dropout)
        self.shape = nn.Linear(2 * width * 16, 64)
        self.place = nn.Sequential(nn.Linear(places, 64), nn.ReLU(), nn.Linear(64, 64))
        self.scores = nn.Sequential(nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, labels))

    def forward(self, trajectories: Tensor, places: Tensor) -> Tensor:
        """float (n, 5, 64) and (n, places) -> logits (n, labels)."""
        shape = self.shape(self.dropout(self.path(trajectories).flatten(1)))
        scores: Tensor = self.scores(shape + self.place(places))
        return scores


def _along_the_path(width: int) -> nn.Sequential:
    """Convolutions along the pen's path, float (n, 5, 64) -> (n, 2 width, 16)."""

    def along(inputs: int, outputs: int, stride: int = 1, size: int = 5) -> nn.Sequential:
        """Convolution along the path, batch normalisation, and what is above 0."""
        made = nn.Conv1d(inputs, outputs, size, stride, size // 2, bias=False)
        return nn.Sequential(made, nn.BatchNorm1d(outputs), nn.ReLU())

    return nn.Sequential(
        along(5, width),
        along(width, width),
        along(width, width, stride=2),
        along(width, 2 * width),
        along(2 * width, 2 * width, stride=2),
        along(2 * width, 2 * width, size=3),
    )


class PrintNetwork(nn.Module):
    """Glyphs -> log odds that they are printed: 28x28 -> 14x14 -> 7x7 -> 4x4. 6,600 parameters at a width of 8.

    Args:
        width: channels after the first convolution; after the last there are four times as many.
        dropout: part of the features that is dropped while training.
    """

    def __init__(self, width: int = 8, dropout: float = 0.3) -> None:
        super().__init__()
        self.down1 = convolution(1, width, stride=2, padding=2, size=5)
        self.down2 = convolution(width, 2 * width, stride=2)
        self.down3 = convolution(2 * width, 4 * width, stride=2)
        self.dropout = nn.Dropout(dropout)
        self.odds = nn.Linear(4 * width * 16, 1)

    def forward(self, glyphs: Tensor) -> Tensor:
        """float (n, 1, 28, 28) -> log odds (n, 1)."""
        x = glyphs
        for down in (self.down1, self.down2, self.down3):
            x = torch.relu(down(x))  # down to (n, 4c, 4, 4)
        odds: Tensor = self.odds(self.dropout(x.flatten(1)))
        return odds


class PageNetwork(nn.Module):
    """A grey sheet -> where numbers and words are: a pyramid of features (Lin et al., arXiv:1612.03144).

    Five halvings, so that a pixel knows its surroundings of some 300 pixels. 0.39 million parameters at a width of 12,
    0.88 at 18.

    Args:
        width: channels at half of the size; at 1/32 there are eight times as many.
        kinds: of core.
        turns: quarter turns that are told apart.
    """

    def __init__(
        self,
        width: int = 12,
        kinds: int = 4,
        turns: int = 4,
    ) -> None:
        super().__init__()
        widths = (width, 2 * width, 10 * width // 3, 16 * width // 3, 8 * width)  # at 1/2, 1/4, 1/8, 1/16 and 1/32
        lateral = 8 * width // 3  # of the maps that are put together
        self.stem = convolution(2, widths[0], stride=2, padding=2, size=5)
        self.near = convolution(widths[0], widths[0])
        pairs = list(pairwise(widths))
        self.downs = nn.ModuleList(convolution(inputs, outputs, stride=2) for inputs, outputs in pairs)
        self.blocks = nn.ModuleList(Residual(outputs) for _, outputs in pairs)
        self.laterals = nn.ModuleList(nn.Conv2d(outputs, lateral, 1) for _, outputs in pairs)
        self.mix = convolution(lateral, lateral)
        self.core = nn.Conv2d(lateral, kinds + 1 + turns, 1)

    def forward(self, sheets: Tensor) -> Tensor:
        """float (n, 2, h, w), h and w multiples of 32 -> cores (n, 9, h / 4, w / 4).

        Of the nine, four tell what kind of core it is, one the height of its digits (log2, 0 at 24 pixels), four how it
        lies.
        """
        x = torch.relu(self.near(torch.relu(self.stem(sheets))))  # (n, c, h / 2, w / 2)
        found = []
        for down, block, lateral in zip(self.downs, self.blocks, self.laterals, strict=True):
            x = block(torch.relu(down(x)))  # down to (n, 8c, h / 32, w / 32)
            found.append(lateral(x))
        x = found.pop()
        while found:
            x = found.pop() + functional.interpolate(x, scale_factor=2.0, mode="nearest")
        cores: Tensor = self.core(torch.relu(self.mix(x)))
        return cores
