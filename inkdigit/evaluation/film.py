"""Films of numbers on paper as a camera in a hand sees them: shaking, panning, refocusing, in changing light.

Composed from real pen digits by a seeded generator, as the photos of photos.py are, so a film is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.composed import compose, drawn, one_of
from inkdigit.evaluation.photos import around, warped
from inkdigit.ink.strokes import Box

RATE = 15  # frames a second
_ROOM = 1.5  # the paper is so many times as wide and high as what the camera sees of it
_SLOW = 5.0  # frames: the hand moves with this deviation of a Gaussian
_Tones = NDArray[Any]  # float32 (h, w)


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a film.

    Attributes:
        picture: uint8 (h, w, 3) RGB.
        texts: of the numbers that are at least partly in view.
        boxes: (left, top, right, bottom) of each, in pixels.
    """

    picture: NDArray[Any]
    texts: tuple[str, ...]
    boxes: tuple[Box, ...]

    def is_whole(self, place: int) -> bool:
        """Whether all of that number is in view."""
        left, top, right, bottom = self.boxes[place]
        high, wide = self.picture.shape[:2]
        return left >= 2 and top >= 2 and right <= wide - 2 and bottom <= high - 2


def film(
    hands: Sequence[Sequence[PenSample]], random: np.random.Generator, frames: int, size: tuple[int, int] = (960, 720)
) -> Iterator[Frame]:
    """The frames of one film, RATE a second.

    Args:
        size: (width, height) in pixels.
    """
    wide, high = size
    ink, texts, boxes = _paper(hands, random, wide, high)
    tone, dark = random.uniform(120, 240), random.uniform(0.4, 0.9)
    light = _light(high, wide, random)
    shake, pan = random.uniform(0.005, 0.02), _pan(random) * wide
    moves = _smooth(random, frames, 6)
    focus, soft = random.uniform(0, frames), random.uniform(0.5, 1.3)
    grain, quality = random.uniform(2, 9), int(random.integers(50, 90))
    before = None
    for at in range(frames):
        along = (at / max(1, frames - 1) - 0.5) * pan
        shift = along + shake * wide * moves[at, :2]
        turn = _turn(1.5 * moves[at, 2], 1 + 0.02 * moves[at, 3], shift, wide, high)
        seen = cv2.warpAffine(ink, turn, (wide, high), flags=cv2.INTER_LINEAR)
        tones = tone * (1 - dark * seen) * light * (1 + 0.06 * moves[at, 4])
        blur = soft + 2.2 * float(np.exp(-(((at - focus) / 4) ** 2)))
        tones = cv2.GaussianBlur(tones.astype(np.float32), (0, 0), blur)
        tones = _smeared(tones, 0.4 * (shift - before) if before is not None else np.zeros(2))
        before = shift
        noisy = tones + random.normal(0, grain, tones.shape)
        data = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        places = [warped(box, np.vstack([turn, [0, 0, 1]])) for box in boxes]
        inside = [one for one, box in enumerate(places) if box[2] > 0 < box[3] and box[0] < wide and box[1] < high]
        yield Frame(
            np.repeat(picture[:, :, None], 3, axis=2),
            tuple(texts[one] for one in inside),
            tuple(places[one] for one in inside),
        )


def _paper(
    hands: Sequence[Sequence[PenSample]], random: np.random.Generator, wide: int, high: int
) -> tuple[_Tones, list[str], list[Box]]:
    """One to five numbers of one hand, one under the other: their ink, float32, texts and boxes."""
    sheet: _Tones = np.zeros((round(_ROOM * high), round(_ROOM * wide)), np.float32)
    hand, count = one_of(hands, random), int(random.integers(1, 6))
    height = int(high * random.uniform(0.05, 0.13))
    pitch, texts, boxes = 1.9 * height, [], []
    top = _ROOM * high / 2 - pitch * count / 2
    for row in range(count):
        one = compose(hand, "spaced", random, int(random.integers(1, 5)))
        ink, parts = drawn(one, height, height * random.uniform(0.07, 0.12))
        left = int(_ROOM * wide / 2 + random.uniform(-0.3, 0.3) * wide - ink.shape[1] / 2)
        down = int(top + row * pitch)
        window = sheet[down : down + ink.shape[0], left : left + ink.shape[1]]
        window[:] = np.maximum(window, ink)
        texts.append(one.text)
        boxes.append(around(parts, left, down))
    return sheet, texts, boxes


def _turn(angle: float, zoom: float, shift: NDArray[Any], wide: int, high: int) -> NDArray[Any]:
    """(2, 3): from the paper to what the camera sees of it."""
    turn: NDArray[Any] = cv2.getRotationMatrix2D((_ROOM * wide / 2, _ROOM * high / 2), angle, zoom)
    turn[:, 2] += shift - (_ROOM - 1) / 2 * np.array([wide, high])
    return turn


def _pan(random: np.random.Generator) -> NDArray[Any]:
    """How far the camera wanders over the film, in widths: not at all in half of them."""
    return np.zeros(2) if random.random() < 0.5 else random.uniform(-0.45, 0.45, 2) * np.array([1, 0.5])


def _smooth(random: np.random.Generator, frames: int, kinds: int) -> NDArray[Any]:
    """(frames, kinds) of slow noise with deviation 1."""
    reach = int(4 * _SLOW)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SLOW) ** 2)
    noise = random.normal(size=(frames + 2 * reach, kinds))
    slow = np.stack([np.convolve(row, kernel, mode="valid") for row in noise.T], axis=1)
    return np.asarray(slow / np.linalg.norm(kernel))


def _light(high: int, wide: int, random: np.random.Generator) -> _Tones:
    """Light that falls off to one side: float32 (high, wide), at most 1."""
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, fall = random.uniform(0, 2 * np.pi), random.uniform(0, 0.4)
    part = (x / wide - 0.5) * np.cos(angle) + (y / high - 0.5) * np.sin(angle) + 0.5
    return np.asarray(1 - fall * np.clip(part, 0, 1), np.float32)


def _smeared(tones: _Tones, move: NDArray[Any]) -> _Tones:
    """What the shutter makes of a move by (x, y) pixels while it is open."""
    length = float(np.hypot(*move))
    if length < 1:
        return tones
    steps = int(np.ceil(length)) + 1
    side = 2 * steps + 1
    kernel = np.zeros((side, side), np.float32)
    for part in np.linspace(-0.5, 0.5, 2 * steps):
        kernel[round(steps + part * move[1]), round(steps + part * move[0])] += 1
    return np.asarray(cv2.filter2D(tones, -1, kernel / kernel.sum()))
