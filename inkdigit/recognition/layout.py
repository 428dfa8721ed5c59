"""A grey sheet -> where numbers are written on it, and their ink: layout analysis, by a fully convolutional network.

In the middle of what is written lie cores, as in DB (Liao et al., arXiv:1911.08947): they stay apart where numbers
stand side by side. The network tells whose ink each pixel is: a written number's, a printed one's, or anything else's,
such as rules, letters and stains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

VERSION = 1  # a model of pages says which version it was trained with; change it when `prepared` changes
STEP = 4  # pixels of the picture per pixel of the map of cores
PAPER, REST, HAND, PRINT = range(4)  # kinds of pixel, and of core, where the rest is words
WORD = REST
LABELS = ("paper", "rest", "hand", "print")
KINDS = 4  # of pixel, and of core
TURNS = 4
USUAL = 24.0  # pixels of a digit
MULTIPLE = 32  # the network takes sides of multiples of this
_CORE = 0.5  # a pixel that is more likely of a number than not
_LEAST_AREA = 0.02  # of the square of a digit's height
_LEAST_CERTAIN = 0.55
_TURNED = 0.6  # of the votes: a page lies upright, unless more of it says otherwise
_LONG = 2.5  # times as long as it is high: what is shorter does not tell how lines lie
_AROUND = 65  # pixels: the window in which light and contrast are looked at


def prepared(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (h, w) -> float32 (1, 2, h, w): the tones, and how far each is from those around it."""
    tones = grey.astype(np.float32)
    mean = cv2.boxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    square = cv2.sqrBoxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 5
    stacked: Any = np.stack([tones / 128 - 1, np.clip((tones - mean) / spread, -5, 5) / 2])
    return np.asarray(stacked[None], np.float32)


@dataclass(frozen=True, eq=False)
class Core:
    """Where something is written.

    Attributes:
        kind: HAND or PRINT: a number; WORD: anything else.
        height: of its digits, in pixels.
        certainty: 0 to 1: how sure the network is that it is one.
    """

    kind: int
    height: float
    certainty: float


@dataclass(frozen=True, eq=False)
class Layout:
    """What is written where on a sheet.

    Attributes:
        ink: of numbers, written or printed, uint8 (h, w), ink = 255.
        labels: int32 (h, w): which core's middle a pixel belongs to, from 1; 0 = none.
        cores: of numbers, in the order of the labels.
        turns: quarter turns against the clock by which the page lies, 0 to 3.
        tilt: degrees by which its lines fall to the right.
    """

    ink: NDArray[np.uint8]
    labels: NDArray[np.int32]
    cores: tuple[Core, ...]
    turns: int
    tilt: float


def of_maps(cores: NDArray[np.float32], pixels: NDArray[np.float32], shape: tuple[int, ...]) -> Layout:
    """What the network says, logits (9, h / 4, w / 4) and (4, h, w), of a sheet of this (height, width) -> Layout."""
    chances = _softmax(cores[:KINDS])
    numbers = chances[HAND] + chances[PRINT]
    count, small, stats, _ = cv2.connectedComponentsWithStats((numbers > _CORE).astype(np.uint8), connectivity=8)
    found: list[Core] = []
    kept = np.zeros(count, np.int32)
    for one in range(1, count):
        left, top, wide, high, area = (int(side) for side in stats[one])
        window = slice(top, top + high), slice(left, left + wide)
        inside = small[window] == one
        height = USUAL * 2 ** float(np.median(cores[(KINDS, *window)][inside]))
        certainty = float(numbers[window][inside].mean())
        if area < _LEAST_AREA * (height / STEP) ** 2 or certainty < _LEAST_CERTAIN:
            continue
        kind = HAND if chances[(HAND, *window)][inside].sum() >= chances[(PRINT, *window)][inside].sum() else PRINT
        found.append(Core(kind, height, certainty))
        kept[one] = len(found)
    labels: Any = cv2.resize(kept[small].astype(np.float32), pixels.shape[:0:-1], interpolation=cv2.INTER_NEAREST)[
        : shape[0], : shape[1]
    ].astype(np.int32)
    written = (1 - chances[PAPER]) > _CORE
    return Layout(_ink(pixels, shape), labels, tuple(found), _turns(cores, written), _tilt(written))


def _ink(pixels: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """How likely each pixel is of a number, 255 for certainly."""
    number, others = np.maximum(pixels[HAND], pixels[PRINT]), np.maximum(pixels[PAPER], pixels[REST])
    odds = (number - others)[: shape[0], : shape[1]]
    return np.asarray(255 / (1 + np.exp(-odds)), np.uint8)


def _turns(cores: NDArray[np.float32], written: NDArray[np.bool_]) -> int:
    """Which quarter turn most of what is written says."""
    if not written.any():
        return 0
    votes = _softmax(cores[KINDS + 1 :])[:, written].mean(axis=1)
    best = int(votes.argmax())
    return best if votes[best] > _TURNED else 0


def _tilt(written: NDArray[np.bool_]) -> float:
    """Degrees by which lines of writing fall to the right: the middle of all that are long enough to tell."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(written.astype(np.uint8), connectivity=8)
    angles: list[float] = []
    lengths: list[float] = []
    for one in np.nonzero((stats[:, 2:4].max(axis=1) >= 6) & (np.arange(len(stats)) > 0))[0]:
        left, top, wide, high = stats[one, :4]
        moments = cv2.moments((labels[top : top + high, left : left + wide] == one).astype(np.uint8), True)
        long, spread = moments["mu20"] - moments["mu02"], 2 * moments["mu11"]
        axes = moments["mu20"] + moments["mu02"], float(np.hypot(long, spread))
        if axes[0] + axes[1] > _LONG**2 * max(1e-6, axes[0] - axes[1]):
            angles.append(float(np.degrees(0.5 * np.arctan2(spread, long))))
            lengths.append(float(max(wide, high)))
    if not angles:
        return 0.0
    order = np.argsort(angles)
    summed = np.cumsum(np.array(lengths)[order])
    return angles[int(order[np.searchsorted(summed, summed[-1] / 2)])]


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0), np.float32)
