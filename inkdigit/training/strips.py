"""What the line network learns from: numbers put together from pen strokes of one hand, or from MNIST, as strips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.data.datasets import LOOK_ALIKES, MNIST_VALIDATION, OTHER, PEN_OTHERS, PenSample
from inkdigit.evaluation import composed, negatives
from inkdigit.ink.strokes import draw
from inkdigit.recognition import strip
from inkdigit.settings import Settings

HIGH = 40  # pixels of a digit before its number becomes a strip
_GAPS = ("touching", "touching", "spaced", "overlapping")  # how often each is drawn
_PEN_PART = 0.6  # of the strips; the others are of MNIST
_SPOILT = 0.6  # of the strips have something done to them
_LETTER = 0.1  # of the pen strips begin or end with a letter or a symbol
_WORDS = 0.1  # of all strips are words: a letter that looks like a digit is none among letters
_SCRIBBLES = 0.03  # of all strips are a scribble


@dataclass(frozen=True, eq=False)
class Strips:
    """Strips and what stands on them.

    Attributes:
        name: what they are.
        pixels: uint8 (32, w) each.
        labels: of each strip, its digits from left to right; OTHER for a mark that is none.
    """

    name: str
    pixels: list[NDArray[np.uint8]]
    labels: list[list[int]]


def collect(settings: Settings, count: int, seed: int, fold: int) -> tuple[Strips, list[Strips]]:
    """`count` strips to train on, and 1,000 of each gap to validate, of the writers of one fold.

    Raises:
        DataError: a data set is missing or damaged.
    """
    random = np.random.default_rng(seed)
    images = datasets.mnist("train", settings)
    cut = len(images.labels) - MNIST_VALIDATION
    ours, held = composed.hands(settings, fold, held=False), composed.hands(settings, fold, held=True)
    alphabets = _alphabets(settings, fold)
    letters = [mark for alphabet in alphabets for mark in alphabet if mark.label not in LOOK_ALIKES]
    training = Strips("training", [], [])
    while len(training.labels) < count:
        kind = random.random()
        if kind < _SCRIBBLES:
            ink, labels = _scribble(random), [OTHER]
        elif kind < _SCRIBBLES + _WORDS:
            ink, labels = word(composed.one_of(alphabets, random), random)
        elif random.random() < _PEN_PART:
            ink, labels = pen_number(ours, letters, random)
        else:
            ink, labels = mnist_number(images.images[:cut], images.labels[:cut], random)
        _add(training, spoilt(ink, random) if random.random() < _SPOILT else ink, labels)
    return training, [_validation(gap, held, seed) for gap in ("spaced", "touching", "overlapping")]


def _alphabets(settings: Settings, fold: int) -> list[list[PenSample]]:
    """The letters, or the symbols, of each writer who wrote at least ten."""
    found: dict[tuple[str, str], list[PenSample]] = {}
    for name in PEN_OTHERS:
        for mark in datasets.pen(name, settings):
            if datasets.fold_of(mark.writer) != fold:
                found.setdefault((name, mark.writer), []).append(mark)
    return [
        marks
        for marks in found.values()
        if len(marks) >= 10 and 2 * sum(mark.label in LOOK_ALIKES for mark in marks) < len(marks)
    ]


def _validation(gap: str, hands: Sequence[Sequence[PenSample]], seed: int) -> Strips:
    random = np.random.default_rng([seed, 7])
    strips = Strips(gap, [], [])
    while len(strips.labels) < 1_000:
        one = composed.compose(composed.one_of(hands, random), gap, random)
        ink, _ = composed.drawn(one, HIGH, HIGH * random.uniform(0.05, 0.13))
        _add(strips, ink, [int(digit) for digit in one.text])
    return strips


def _add(strips: Strips, ink: NDArray[np.float32], labels: list[int]) -> None:
    made = strip.from_ink(np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8))
    if made is not None:
        strips.pixels.append(made.pixels)
        strips.labels.append(labels)


def pen_number(
    hands: Sequence[Sequence[PenSample]], letters: Sequence[PenSample], random: np.random.Generator
) -> tuple[NDArray[np.float32], list[int]]:
    """1 to 7 digits of one hand, at times with a letter beside them: ink, float32 (h, w), and labels."""
    hand = composed.one_of(hands, random)
    one = composed.compose(hand, composed.one_of(_GAPS, random), random, int(random.integers(1, 8)))
    ink, _ = composed.drawn(one, HIGH, HIGH * random.uniform(0.045, 0.14))
    labels = [int(digit) for digit in one.text]
    if random.random() >= _LETTER:
        return ink, labels
    letter, _ = composed.drawn(composed.alone(composed.one_of(letters, random)), HIGH, HIGH * 0.08)
    gap = int(random.integers(-6, 10))
    first = random.random() < 0.5
    pair = (letter, ink) if first else (ink, letter)
    return _beside(*pair, gap), [OTHER, *labels] if first else [*labels, OTHER]


def word(alphabet: Sequence[PenSample], random: np.random.Generator) -> tuple[NDArray[np.float32], list[int]]:
    """2 to 7 letters of one hand, most of which look like no digit: ink, float32 (h, w), and OTHER for each."""
    gap, length = ("spaced", "touching")[random.integers(2)], int(random.integers(2, 8))
    one = composed.compose(alphabet, gap, random, length)
    while 2 * sum(letter in LOOK_ALIKES for letter in one.text) >= length:
        one = composed.compose(alphabet, gap, random, length)
    ink, _ = composed.drawn(one, HIGH, HIGH * random.uniform(0.045, 0.13))
    return ink, [OTHER] * (max(one.owners) + 1)


def _scribble(random: np.random.Generator) -> NDArray[np.float32]:
    drawing = draw(negatives.scribble(random), int(random.integers(30, 80)), int(random.integers(2, 6)))
    return np.asarray(drawing.astype(np.float32) / 255)


def _beside(left: NDArray[np.float32], right: NDArray[np.float32], gap: int) -> NDArray[np.float32]:
    high = max(len(left), len(right))
    start = max(0, left.shape[1] + gap)
    ink = np.zeros((high, max(left.shape[1], start + right.shape[1])), np.float32)
    ink[high - len(left) :, : left.shape[1]] = left
    window = ink[high - len(right) :, start : start + right.shape[1]]
    window[:] = np.maximum(window, right)
    return ink


def mnist_number(
    images: NDArray[np.uint8], labels: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.float32], list[int]]:
    """1 to 7 pictures of MNIST side by side, half of them touching: ink, float32 (44, w), and labels."""
    chosen = random.integers(len(labels), size=random.integers(1, 8))
    sheet = np.zeros((44, 48 * len(chosen) + 16), np.float32)
    kind, slope = random.random(), random.normal(0, 0.03)
    right, edges = 8.0, np.full(44, -np.inf)
    for place in chosen:
        digit = _sized(images[place], random)
        high, wide = digit.shape
        top = int(np.clip(36 - high + random.normal(0, 0.8) + slope * right, 0, 44 - high))
        if not np.isfinite(edges).any():
            left = 8
        elif kind < 0.5:  # as far to the left as the lines allow, or nearly
            first = np.where((digit > 0.4).any(axis=1), (digit > 0.4).argmax(axis=1), np.inf)
            free = float((first - edges[top : top + high]).min())
            over = random.uniform(-1.5, 1.5) if random.random() < 0.8 else -random.uniform(2, 5)
            left = max(int(right - 0.15 * wide), round(-free - over)) if np.isfinite(free) else int(right)
        else:
            left = int(right - random.uniform(0, 0.25) * wide) if kind < 0.7 else int(right + random.uniform(2, 11))
        window = sheet[top : top + high, left : left + wide]
        window[:] = np.maximum(window, digit)
        inked = sheet > 0.4
        edges = np.where(inked.any(axis=1), sheet.shape[1] - 1 - inked[:, ::-1].argmax(axis=1), -np.inf)
        right = left + wide
    return sheet[:, : int(right) + 8], [int(label) for label in labels[chosen]]


def _sized(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.float32]:
    """The ink of one picture of MNIST, about 28 pixels high and at most 40 wide: float32."""
    y, x = np.nonzero(image > 76)
    ink = image[y.min() : y.max() + 1, x.min() : x.max() + 1].astype(np.float32) / 255
    high, wide = ink.shape
    scale = random.uniform(0.9, 1.08) * 28 / max(high, 0.7 * wide)
    size = (int(np.clip(round(wide * scale * random.uniform(0.85, 1.1)), 2, 40)), max(4, round(high * scale)))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR), np.float32)


def spoilt(ink: NDArray[Any], random: np.random.Generator) -> NDArray[np.float32]:
    """What paper and camera do: a rule taken out, blur, a hard threshold, gaps, specks. The same shape."""
    kind = random.integers(7)
    if kind == 0:
        thick = int(random.integers(1, 4))
        row = int(random.integers(len(ink)))
        strokes = cv2.morphologyEx((ink > 0.4).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2 * thick + 3, 1), np.uint8))
        ink = ink.copy()
        ink[row : row + thick] *= strokes[row : row + thick]
    elif kind == 1:
        ink = cv2.GaussianBlur(ink, (0, 0), float(random.uniform(0.5, 1.8)))
        ink = np.clip((ink - 0.3) / 0.3, 0, 1) if random.random() < 0.6 else ink
    elif kind == 2:
        ink = (ink > random.uniform(0.25, 0.75)).astype(np.float32)
    elif kind == 3:
        grain: NDArray[Any] = random.normal(0, 1, ink.shape).astype(np.float32)
        grain = cv2.GaussianBlur(grain, (0, 0), float(random.uniform(0.7, 2)))
        ink = ink * np.clip(1.1 - 0.35 * np.abs(grain / max(1e-6, float(grain.std()))), 0, 1)
    if random.random() < 0.2:
        ink = ink.copy()
        for _ in range(random.integers(1, 4)):
            place = (int(random.integers(ink.shape[1])), int(random.integers(ink.shape[0])))
            cv2.circle(ink, place, int(random.integers(1, 3)) - 1, 1.0, -1)
    return np.asarray(ink, np.float32)
