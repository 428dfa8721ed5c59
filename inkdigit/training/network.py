"""The network: a 5x5 convolution, then residual 3x3 ones, 28x28 -> 14x14 -> 7x7 -> 5x5; 0.19 million parameters.

benchmarks/architectures.py compares it with its rivals. Two choices made it both better and faster than the usual
pyramid: the first convolution goes straight to 14x14, and the last map is read place by place, not averaged.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def convolution(inputs: int, outputs: int, stride: int = 1, padding: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution of size x size and batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
        nn.BatchNorm2d(outputs),
    )


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
