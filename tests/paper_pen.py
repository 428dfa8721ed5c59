"""A pen that writes numbers, signs and letters on pictures, each time a little otherwise, and print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from drawn import SIGNS, curve
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.evaluation.allographs import ALLOGRAPHS, written

# Pages are judged here, not ways to write a digit: those that could be a letter or another digit are left out.
PLAIN = (
    (0, "plain", "open at the top"),
    (1, "short upstroke", "upstroke of half its height"),
    (2, "plain", "with a loop", "wavy foot"),
    (3, "round", "flat top"),
    (4, "closed", "open"),
    (5, "in two strokes", "in one stroke"),
    (6, "plain", "straight stem"),
    (7, "plain", "with a bar", "wavy top"),
    (8, "in one stroke", "two rings"),
    (9, "plain", "straight stem", "hooked"),
)
WAYS = [[way for way in ALLOGRAPHS if way.digit == digit and way.name in names] for digit, *names in PLAIN]

# One plain drawing of each letter, from 0 to 100 like the digits.
LETTERS: dict[str, list[list[list[float]]]] = {
    "A": [[[2, 100], [36, 0], [70, 100]], [[14, 62], [58, 60]]],
    "E": [[[60, 2], [6, 0], [4, 100], [62, 98]], [[5, 50], [50, 48]]],
    "H": [[[4, 0], [6, 100]], [[62, 0], [60, 100]], [[5, 52], [61, 50]]],
    "K": [[[6, 0], [4, 100]], [[58, 2], [8, 56], [60, 100]]],
    "M": [[[0, 100], [10, 2], [40, 66], [70, 0], [78, 100]]],
    "N": [[[2, 100], [6, 0], [58, 98], [60, 0]]],
    "R": [[[4, 100], [6, 2]], curve((6, 2), (58, 10), (54, 46), (8, 54)), [[24, 54], [62, 100]]],
    "W": [[[0, 0], [20, 100], [42, 34], [62, 100], [84, 0]]],
}

Picture = NDArray[np.uint8]
Random = np.random.Generator
Case = tuple[Picture, list[list[str]]]  # the texts of the numbers in reading order, in every way that is right


class Pen:
    """One hand on one page: it writes each digit in a way of its own.

    Args:
        width: of the line in pixels.
        tone: of the ink, grey or RGB.
    """

    def __init__(self, random: Random, width: float = 4, tone: int | Sequence[int] = 30) -> None:
        self.random, self.width, self.tone = random, width, tone
        self.ways = [ways[int(random.integers(len(ways)))] for ways in WAYS]
        self.slant = random.uniform(-0.05, 0.15)

    def mark(self, mark: str) -> list[NDArray[np.float64]]:
        """The strokes of a digit, a sign or a letter, from 0 to 100."""
        if mark.isdigit():
            return [np.array(path, float) for path in written(self.ways[int(mark)], self.random).paths]
        own = SIGNS[mark] if mark in SIGNS else LETTERS[mark]
        paths = [np.array(path, float) for path in own]
        return [path + self.random.normal(0, 1, path.shape) for path in paths]

    def write(
        self,
        page: Picture,
        text: str,
        left: float,
        top: float,
        height: float,
        step: float | None = None,
        most: float = np.inf,
    ) -> float:
        """Writes a number, its digits so many pixels high; returns where it ends.

        Args:
            step: pixels from each digit to the next; None: as wide as they are, and a gap.
            most: pixels that a digit may be wide; of a step, three quarters.
        """
        scale, x = height / 100, left
        for mark in text:
            paths = self.mark(mark)
            for path in paths:
                path[:, 0] += self.slant * (100 - path[:, 1])
            across = np.concatenate(paths)[:, 0]
            wide = float(np.ptp(across)) * scale
            narrow = min(1.0, (most if step is None else 0.75 * step) / max(wide, 1e-9))
            down = top + self.random.normal(0, 0.015) * height
            for path in paths:
                self.stroke(page, (path - [across.min(), 0]) * [narrow * scale, scale] + [x, down])
            x += step or (narrow * wide + self.random.uniform(0.16, 0.3) * height)
        return x

    def stroke(self, page: Picture, points: NDArray[Any]) -> None:
        """Draws a path in pixels."""
        whole = np.rint(points * 16).astype(np.int32)
        cv2.polylines(page, [whole], False, colour(page, self.tone), max(1, round(self.width)), cv2.LINE_AA, 4)


def colour(page: Picture, tone: int | Sequence[int]) -> Any:
    """A tone as OpenCV wants it."""
    if not isinstance(tone, int):
        return tuple(int(part) for part in tone)
    return (tone,) * 3 if page.ndim == 3 else tone


def paper(high: int, wide: int, tone: int = 250) -> Picture:
    """uint8 (high, wide), grey."""
    return np.full((high, wide), tone, np.uint8)


def line(page: Picture, one: Sequence[float], other: Sequence[float], tone: int = 40, thick: int = 2) -> None:
    """A rule."""
    ends = [[round(side) for side in point] for point in (one, other)]
    cv2.line(page, ends[0], ends[1], colour(page, tone), thick, cv2.LINE_AA)


def box(page: Picture, left: float, top: float, wide: float, high: float, tone: int = 0, thick: int = 2) -> None:
    """A frame."""
    corners = (round(left), round(top)), (round(left + wide), round(top + high))
    cv2.rectangle(page, *corners, colour(page, tone), thick)


def printed(page: Picture, text: str, left: float, top: float, size: float, tone: int = 30) -> None:
    """Print."""
    image = Image.fromarray(page)
    ImageDraw.Draw(image).text((left, top), text, tone, ImageFont.load_default(size))
    page[:] = np.asarray(image)


def grained(page: Picture, random: Random, deviation: float) -> Picture:
    """With the grain of a camera."""
    return np.clip(page + random.normal(0, deviation, page.shape), 0, 255).astype(np.uint8)


def digits(random: Random, length: int, first: int = 0) -> str:
    """So many digits, the first of them `first` or more."""
    return "".join(str(random.integers(first if at == 0 else 0, 10)) for at in range(length))
