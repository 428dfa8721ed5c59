"""Pictures of digits as life hands them over: lines across, gaps, noise, blur, outlines only, cut off, stretched.

The term is image corruption (Hendrycks and Dietterich, arXiv:1903.12261).

Many of the kinds are also those in which `inkdigit.evaluation.corruptions` measures. Strengths are drawn at random
here and no code is shared, so that a figure there does not measure how well one program repeats itself.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Tones = NDArray[np.float32]  # (h, w) in 0-1, ink = 1


def spoilt(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """One picture, uint8 (h, w), ink bright, at least 8x8 -> the same shape with one or two things done to it."""
    tones = picture.astype(np.float32) / 255
    for kind in random.choice(len(KINDS), size=1 + int(random.random() < 0.3), replace=False, p=_CHANCES):
        tones = KINDS[kind](tones, random)
    return np.rint(np.clip(tones, 0, 1) * 255).astype(np.uint8)


def line(x: Tones, random: np.random.Generator) -> Tones:
    """A straight, dotted, zigzag or waving line, from edge to edge or anywhere, over the ink."""
    height, width = x.shape
    along = np.linspace(0, 1, 60)
    start, end = random.uniform(-0.05, 1.05, (2, 2))
    if random.random() < 0.7:  # as ruled lines go: across
        start[0], end[0] = random.uniform(-0.05, 0.12), random.uniform(0.88, 1.05)
        end[1] = np.clip(start[1] + random.normal(0, 0.25), -0.05, 1.05)
    path = start + along[:, None] * (end - start)
    swing = random.uniform(0.03, 0.1) if random.random() < 0.5 else 0.0
    turns = random.uniform(6, 60)
    phase = np.arcsin(np.sin(along * turns)) if random.random() < 0.7 else np.sin(along * turns)
    across = np.array([start[1] - end[1], end[0] - start[0]]) / max(1e-3, np.hypot(*(end - start)))
    path = (path + swing * phase[:, None] * across) * [width, height]
    drawn = np.zeros((height, width), np.uint8)
    cv2.polylines(
        drawn, [np.rint(path * 16).astype(np.int32)], False, 255, 1 + int(random.random() < 0.3), cv2.LINE_AA, 4
    )
    if random.random() < 0.4:  # dotted
        period, gap = random.uniform(2, 8), random.uniform(0.3, 0.7)
        place = np.arange(width)[None, :] + random.uniform(-1, 1) * np.arange(height)[:, None]
        drawn = drawn * (((place + random.uniform(0, period)) % period) / period > gap)
    tone = random.uniform(0.4, 1)
    return np.asarray(np.maximum(x, tone * drawn.astype(np.float32) / 255), np.float32)


def noise(x: Tones, random: np.random.Generator) -> Tones:
    """Grain, few photons, or single pixels black and white."""
    kind = random.integers(3)
    if kind == 0:
        return np.asarray(x + random.normal(0, random.uniform(0.05, 0.35), x.shape), np.float32)
    if kind == 1:
        photons = random.uniform(1.5, 12)
        return np.asarray(random.poisson(np.clip(x, 0, 1) * photons) / photons, np.float32)
    hit = random.random(x.shape) < random.uniform(0.02, 0.25)
    return np.where(hit, random.random(x.shape) < 0.5, x).astype(np.float32)


def blur(x: Tones, random: np.random.Generator) -> Tones:
    """Out of focus, moved, or shaken pixel by pixel."""
    kind = random.integers(3)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(x, (0, 0), random.uniform(0.5, 1.8)), np.float32)
    if kind == 1:
        reach = random.uniform(1.5, 5)
        kernel = np.zeros((15, 15), np.float32)
        angle = random.uniform(0, 2 * np.pi)
        end = 7 + reach * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(kernel, (7, 7), tuple(np.rint(end).astype(int).tolist()), 1.0)
        return np.asarray(cv2.filter2D(x, -1, kernel / kernel.sum()), np.float32)
    shake = random.normal(0, random.uniform(0.3, 1.1), (2, *x.shape)).astype(np.float32)
    rows, columns = np.indices(x.shape, dtype=np.float32)
    shaken = cv2.remap(x, columns + shake[0], rows + shake[1], cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(shaken, (0, 0), random.uniform(0.4, 1)), np.float32)


def gaps(x: Tones, random: np.random.Generator) -> Tones:
    """Some ink is missing, or lies under grey blots."""
    blots = cv2.GaussianBlur(random.normal(0, 1, x.shape).astype(np.float32), (0, 0), random.uniform(0.8, 2.2))
    share = random.uniform(0.6, 0.93)
    hidden = cv2.GaussianBlur((blots > np.quantile(blots, share)).astype(np.float32), (0, 0), 0.6)
    hidden = np.clip(1.6 * hidden - 0.3, 0, 1)
    return np.asarray(x * (1 - hidden) + random.choice([0, random.uniform(0, 0.35)]) * hidden, np.float32)


def outline(x: Tones, random: np.random.Generator) -> Tones:
    """Hollow digits: only the edge of the ink."""
    ink = (x > random.uniform(0.2, 0.6)).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8) if random.random() < 0.5 else cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    outer = cv2.dilate(ink, kernel)
    edge = outer - ink if random.random() < 0.6 else ink - cv2.erode(ink, kernel)
    if np.count_nonzero(edge) * 2 < np.count_nonzero(ink):  # a line too thin to have an inside
        edge = outer - ink
    soft = edge.astype(np.float32)
    return cv2.GaussianBlur(soft, (0, 0), 0.5) * np.float32(1.4) if random.random() < 0.3 else soft


def cut(x: Tones, random: np.random.Generator) -> Tones:
    """Up to a sixth of the digit lies beyond the edge of the picture."""
    rows, columns = np.nonzero(x.max(axis=1) > 0.2)[0], np.nonzero(x.max(axis=0) > 0.2)[0]
    if not len(rows):
        return x
    part, kept = random.uniform(0.03, 0.17), x.copy()
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    side = random.integers(4)
    if side == 0:
        kept[: rows[0] + round(part * height)] = 0
    elif side == 1:
        kept[rows[-1] + 1 - round(part * height) :] = 0
    elif side == 2:
        kept[:, : columns[0] + round(part * width)] = 0
    else:
        kept[:, columns[-1] + 1 - round(part * width) :] = 0
    return kept


def light(x: Tones, random: np.random.Generator) -> Tones:
    """Little contrast on grey paper that is brighter on one side."""
    angle, slope = random.uniform(0, 2 * np.pi), random.uniform(0, 0.4)
    rows, columns = np.indices(x.shape, dtype=np.float32)
    ramp = (np.cos(angle) * columns / x.shape[1] + np.sin(angle) * rows / x.shape[0]) * slope
    return np.asarray(x * random.uniform(0.25, 1) + ramp + random.uniform(0, 0.5), np.float32)


def stretch(x: Tones, random: np.random.Generator) -> Tones:
    """Narrower or flatter than it was written: by up to 1.6, or until it is as wide as it is high."""
    rows, columns = np.nonzero(x.max(axis=1) > 0.2)[0], np.nonzero(x.max(axis=0) > 0.2)[0]
    if not len(rows):
        return x
    ink = x[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = ink.shape
    if random.random() < 0.4 and 0.3 < wide / high < 3:
        size = (min(high, wide) + random.integers(0, 1 + abs(high - wide)),) * 2
    else:
        less = np.exp(-random.uniform(0, np.log(1.6)))
        size = (max(2, round(wide * less)), high) if random.random() < 0.5 else (wide, max(2, round(high * less)))
    room = min(x.shape) / max(size)
    size = (max(2, int(size[0] * min(1, room))), max(2, int(size[1] * min(1, room))))
    made = np.zeros_like(x)
    top, left = (x.shape[0] - size[1]) // 2, (x.shape[1] - size[0]) // 2
    made[top : top + size[1], left : left + size[0]] = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    return made


def beside(x: Tones, random: np.random.Generator) -> Tones:
    """What a crop catches of its surroundings: a thin frame at the edge of the picture, or a neighbour's ink there."""
    made, (height, width) = x.copy(), x.shape
    tone = random.uniform(0.4, 1)
    if random.random() < 0.5:
        sides = random.random(4) < random.choice([0.5, 1])
        at = random.integers(0, max(1, min(height, width) // 14), 4)
        for side, place in zip(np.nonzero(sides)[0], at[sides], strict=True):
            line = (
                made[place] if side == 0 else made[-1 - place] if side == 1 else made[:, (place, -1 - place)[side - 2]]
            )
            np.maximum(line, tone, out=line)
        return made
    reach = random.uniform(0.04, 0.14) * width
    middle, tall, bulge = (
        random.uniform(0.2, 0.8) * height,
        random.uniform(0.2, 0.5) * height,
        reach * random.uniform(0.5, 1),
    )
    along = np.linspace(-1, 1, 20)
    path = np.stack([reach - bulge * along**2 * random.choice([1, 2]), middle + tall * along], axis=1)
    if random.random() < 0.5:
        path[:, 0] = width - 1 - path[:, 0]
    if random.random() < 0.3:
        path = path[:, ::-1] * [width / height, height / width]
    drawn = np.zeros((height, width), np.uint8)
    cv2.polylines(
        drawn, [np.rint(path * 16).astype(np.int32)], False, 255, 1 + int(random.random() < 0.6), cv2.LINE_AA, 4
    )
    return np.asarray(np.maximum(made, tone * drawn.astype(np.float32) / 255), np.float32)


def coarse(x: Tones, random: np.random.Generator) -> Tones:
    """Few pixels: as if scanned at 9 to 18 pixels high, in boxes of one tone or smoothed."""
    height, width = x.shape
    part = random.uniform(9, 18) / height
    small = cv2.resize(x, (max(3, round(width * part)), max(3, round(height * part))), interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if random.random() < 0.4 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.float32)


def binary(x: Tones, random: np.random.Generator) -> Tones:
    """Black and white only, as forms are stored: ragged edges, specks, thin lines that break."""
    grain = cv2.GaussianBlur(random.normal(0, 1, x.shape).astype(np.float32), (0, 0), random.uniform(0.4, 1))
    rough = x + random.uniform(0, 0.45) * grain
    return np.asarray(rough > random.uniform(0.25, 0.65), np.float32)


KINDS: tuple[Callable[[Tones, np.random.Generator], Tones], ...] = (
    line,
    noise,
    blur,
    gaps,
    outline,
    cut,
    light,
    stretch,
    beside,
    coarse,
    binary,
)
# Lines are the hardest: they cross the digit as strokes do.
_CHANCES = (0.24, 0.16, 0.09, 0.09, 0.09, 0.05, 0.06, 0.08, 0.05, 0.05, 0.04)
