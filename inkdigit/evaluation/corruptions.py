"""The fifteen corruptions of MNIST-C: how well reading stands what it was not shown.

Source of the corruptions, their names and strengths: N. Mu, J. Gilmer, "MNIST-C: A Robustness Benchmark for Computer
Vision" (arXiv:1906.02337) and its published settings. Written anew with numpy and OpenCV, so single pixels differ.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import DataError

Batch = NDArray[np.float32]  # (n, 28, 28) in 0-1, ink = 1

_PEAK = 1 - 1e-6
_FOG_SIDE = 256  # of the height map from which a corner is cut


def corrupt(images: NDArray[np.uint8], name: str, seed: int = 0) -> NDArray[np.uint8]:
    """uint8 (n, 28, 28), ink bright -> the same shape, each corrupted in its own way; same seed, same pictures.

    Raises:
        DataError: no corruption of that name, or pictures of another size.
    """
    if name not in CORRUPTIONS:
        raise DataError("a corruption: " + ", ".join(CORRUPTIONS), repr(name), "Name one of these")
    if images.shape[1:] != (28, 28):
        raise DataError("pictures of 28x28", f"shape {images.shape}", "These corruptions are made for MNIST")
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    spoilt = CORRUPTIONS[name](images.astype(np.float32) / np.float32(255), random)
    return np.asarray(np.rint(np.clip(spoilt, 0, 1) * 255), np.uint8)


def shot_noise(x: Batch, random: np.random.Generator) -> Batch:
    """Few photons: three for full ink."""
    return (random.poisson(x * 3) / 3).astype(np.float32)


def impulse_noise(x: Batch, random: np.random.Generator) -> Batch:
    """17 % of the pixels are black or white."""
    hit, salt = random.random(x.shape) < 0.17, random.random(x.shape) < 0.5
    return np.where(hit, salt, x).astype(np.float32)


def glass_blur(x: Batch, random: np.random.Generator) -> Batch:
    """Seen through frosted glass: neighbouring pixels swapped at random, twice, between two blurs."""
    glass = _blurred(x, 0.7)
    everyone = np.arange(len(x))
    for _ in range(2):
        for row in range(27, 1, -1):
            for column in range(27, 1, -1):
                swapped = everyone[random.random(len(x)) < 0.5]
                up, left = random.integers(0, 2, (2, len(swapped)))
                here, there = glass[swapped, row, column], glass[swapped, row - up, column - left]
                glass[swapped, row, column], glass[swapped, row - up, column - left] = there, here
    return _blurred(glass, 0.7)


def motion_blur(x: Batch, random: np.random.Generator) -> Batch:
    """The camera moved to one side, by a Gaussian of 3 pixels, up to 45 degrees up or down."""
    return np.stack([_moved_blur(one, angle) for one, angle in zip(x, random.uniform(-45, 45, len(x)), strict=True)])


def shear(x: Batch, random: np.random.Generator) -> Batch:
    """Slanted by 0.4 radians, either way."""
    return _warped(x, [np.array([[1, -np.sin(a)], [0, np.cos(a)]]) for a in _either(x, random, 0.4)])


def scale(x: Batch, random: np.random.Generator) -> Batch:
    """Shrunk to 0.7 of its size."""
    return _warped(x, [np.eye(2) / 0.7] * len(x))


def rotate(x: Batch, random: np.random.Generator) -> Batch:
    """Turned by 0.4 radians, either way."""
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in _either(x, random, 0.4)]
    return _warped(x, turns)


def brightness(x: Batch, random: np.random.Generator) -> Batch:
    """Everything brighter by half of the range, cut off at white."""
    return x + np.float32(0.5)


def translate(x: Batch, random: np.random.Generator) -> Batch:
    """Moved by 3 pixels, along both axes."""
    moves = random.choice([-3, 3], (len(x), 2))
    return np.stack([_shifted(one, int(across), int(down)) for one, (across, down) in zip(x, moves, strict=True)])


def stripe(x: Batch, random: np.random.Generator) -> Batch:
    """Left and right quarter in inverted tones."""
    spoilt = x.copy()
    spoilt[:, :, :7], spoilt[:, :, 21:] = 1 - x[:, :, :7], 1 - x[:, :, 21:]
    return spoilt


def fog(x: Batch, random: np.random.Generator) -> Batch:
    """Clouds three times as bright as the ink, then scaled back into the range."""
    clouds = np.concatenate([_clouds(len(part), random) for part in np.array_split(x, max(1, len(x) // 100))])
    most = x.max(axis=(1, 2), keepdims=True)
    return np.asarray((x + 3 * clouds) * most / (most + 3), np.float32)


def spatter(x: Batch, random: np.random.Generator) -> Batch:
    """Splashes of dark mud over ink and paper."""
    drops = _blurred(random.normal(0.65, 0.3, x.shape).astype(np.float32), 1)
    mud = _blurred((drops > 0.65).astype(np.float32), 1.5)
    mud[mud < 0.8] = 0
    return np.asarray(x * (1 - mud) + 63 / 255 * mud, np.float32)


def dotted_line(x: Batch, random: np.random.Generator) -> Batch:
    """A dotted line from edge to edge, anywhere."""
    dots = (np.arange(28) // 2 % 2 == 1).astype(np.float32)
    ends = random.integers(0, 27, (len(x), 2))
    return np.stack([one + _line(0, left, 27, right) * dots for one, (left, right) in zip(x, ends, strict=True)])


def zigzag(x: Batch, random: np.random.Generator) -> Batch:
    """A zigzag of 2 pixels up and down across the picture, anywhere, a little aslant."""
    starts, slopes = random.integers(0, 27, len(x)), random.integers(-5, 5, len(x))
    return np.stack([one + _zigzag(int(a), int(b)) for one, a, b in zip(x, starts, slopes, strict=True)])


def canny_edges(x: Batch, random: np.random.Generator) -> Batch:
    """Only the outlines, one pixel wide (J. Canny, 1986)."""
    soft = np.rint(_blurred(x, 1) * 255).astype(np.uint8)
    edges = np.stack([cv2.Canny(one, 25, 51, L2gradient=True) for one in soft])
    return np.asarray(edges / 255, np.float32)


CORRUPTIONS: dict[str, Callable[[Batch, np.random.Generator], Batch]] = {
    made.__name__: made
    for made in (
        *(shot_noise, impulse_noise, glass_blur, motion_blur, shear, scale, rotate, brightness),
        *(translate, stripe, fog, spatter, dotted_line, zigzag, canny_edges),
    )
}


def _either(x: Batch, random: np.random.Generator, size: float) -> NDArray[np.float64]:
    return random.choice([-size, size], len(x))


def _blurred(x: Batch, sigma: float) -> Batch:
    reach = 2 * int(4 * sigma + 0.5) + 1
    return np.stack([cv2.GaussianBlur(one, (reach, reach), sigma, borderType=cv2.BORDER_REPLICATE) for one in x])


def _moved_blur(one: Batch, angle: float) -> Batch:
    taps = np.exp(-(np.arange(21) ** 2) / (2 * 3.0**2))
    taps /= taps.sum()
    padded = np.pad(one, 21, mode="edge")
    blurred = np.zeros((28, 28))
    for step, weight in enumerate(taps):
        down, right = (round(step * part) for part in (np.sin(np.radians(angle)), np.cos(np.radians(angle))))
        blurred += weight * padded[21 + down : 49 + down, 21 + right : 49 + right]
    return np.asarray(blurred, np.float32)


def _warped(x: Batch, matrices: list[NDArray[np.float64]]) -> Batch:
    """Each picture about its middle, by a matrix that says where an output pixel comes from."""
    middle = np.array([13.5, 13.5])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    rows = [np.column_stack([matrix, middle - matrix @ middle]) for matrix in matrices]
    return np.stack([cv2.warpAffine(one, row, (28, 28), flags=flags) for one, row in zip(x, rows, strict=True)])


def _shifted(one: Batch, across: int, down: int) -> Batch:
    return np.asarray(cv2.warpAffine(one, np.array([[1.0, 0, across], [0, 1, down]]), (28, 28)), np.float32)


def _line(left: float, top: float, right: float, bottom: float) -> Batch:
    """A soft line, brightest in its middle, between two points from left to right."""
    columns, rows = np.arange(28), np.arange(28)[:, None]
    middle = (bottom - top) / (right - left) * (columns - left) + top
    away = np.minimum(np.abs(rows - middle), 2.3 * _PEAK)
    within = (columns >= np.floor(left)) & (columns < np.ceil(right))
    return np.asarray(np.clip(1 + np.log(1 - away / 2.3), 0, 1) * within, np.float32)


def _zigzag(start: int, slope: int) -> Batch:
    angle = np.arctan2(slope, 23)
    length = 23 / np.cos(angle)
    turns = int((length - 2) // 4) + 1
    along = [0.0, *(2.0 * (2 * turn + 1) for turn in range(turns)), length]
    aside = [0.0, *(2.0 * (-1) ** turn for turn in range(turns)), 0.0]
    across = np.array(along) * np.cos(angle) - np.array(aside) * np.sin(angle) + 2
    down = np.array(along) * np.sin(angle) + np.array(aside) * np.cos(angle) + start
    lines = [
        _line(across[n], down[n], across[n + 1], down[n + 1]) for n in range(turns + 1) if across[n + 1] > across[n]
    ]
    return np.asarray(np.sum(lines, axis=0), np.float32)


def _clouds(count: int, random: np.random.Generator) -> Batch:
    """float32 (count, 28, 28) in 0-1, a corner of as many height maps (diamond-square, wobble / 1.4 a step)."""
    side, step, wobble = _FOG_SIDE, _FOG_SIDE, 1.0
    heights = np.zeros((count, side, side), np.float32)
    while step >= 2:
        half, reach = step // 2, wobble**2
        corners = heights[:, ::step, ::step]
        pairs = corners + np.roll(corners, -1, 1)
        heights[:, half::step, half::step] = (pairs + np.roll(pairs, -1, 2)) / 4 + _wobble(corners.shape, reach, random)
        centres = heights[:, half::step, half::step]
        beside = centres + np.roll(centres, 1, 1) + corners + np.roll(corners, -1, 2)
        heights[:, ::step, half::step] = beside / 4 + _wobble(corners.shape, reach, random)
        beside = centres + np.roll(centres, 1, 2) + corners + np.roll(corners, -1, 1)
        heights[:, half::step, ::step] = beside / 4 + _wobble(corners.shape, reach, random)
        step, wobble = half, wobble / 1.4
    heights -= heights.min(axis=(1, 2), keepdims=True)
    heights /= heights.max(axis=(1, 2), keepdims=True)
    return heights[:, :28, :28]


def _wobble(shape: tuple[int, ...], reach: float, random: np.random.Generator) -> Batch:
    return random.uniform(-reach, reach, shape).astype(np.float32)
