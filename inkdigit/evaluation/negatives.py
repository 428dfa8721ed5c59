"""Negatives: marks that are no digit and that no data set has: scribbles, doodles, numbers, halves, noise, things."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import PenSample
from inkdigit.ink.strokes import Strokes, draw

# Halves of digits that look like no digit. The others do: the right half of an 8 is a 3, the top of a 9 a 0,
# any half of a 1 a 1; the left of a 0 is a bent 1, the bottom of a 6 a 0.
HALVES = {"top": "05", "bottom": "035", "left": "389", "right": "6"}

_SHEET = 160  # pixels of the longer side of a pen drawing that is cut


def scribble(random: np.random.Generator) -> Strokes:
    """1 to 3 strokes of no meaning: walks, zigzags and hatchings of 4 to 40 turns."""
    return Strokes(tuple(_stroke(random) for _ in range(random.integers(1, 4))))


def _stroke(random: np.random.Generator) -> NDArray[np.float32]:
    turns = int(np.exp(random.uniform(np.log(4), np.log(41))))  # few turns more often than many
    kind = random.integers(3)
    if kind == 0:  # a walk that drifts
        return np.cumsum(random.normal(0, 1, (turns, 2)), axis=0).astype(np.float32)
    if kind == 1:  # from anywhere to anywhere
        return random.uniform(0, 8, (turns, 2)).astype(np.float32)
    across = np.linspace(0, random.uniform(2, 10), turns)  # to and fro
    along = np.where(np.arange(turns) % 2, random.uniform(2, 10), 0) + random.normal(0, 0.4, turns)
    angle = random.uniform(0, np.pi)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.stack([across, along], axis=1) @ rotation, np.float32)


def doodle(random: np.random.Generator) -> Strokes:
    """What people draw to see what it does: a heart, a face, a star, a house, a sun, an arrow, shapes, a spiral."""
    made = _DOODLES[random.integers(len(_DOODLES))](random)
    matrix = np.eye(2) + random.normal(0, 0.12, (2, 2))
    return Strokes(tuple(((path + random.normal(0, 0.025, path.shape)) @ matrix.T).astype(np.float32) for path in made))


def _ring(x: float, y: float, size: float, random: np.random.Generator) -> NDArray[np.float64]:
    """A circle that ends a little before or behind where it began."""
    angle = np.linspace(0, 2 * np.pi + random.normal(0, 0.12), 24) + random.uniform(0, 2 * np.pi)
    return np.asarray(np.array([x, y]) + size * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def _polygon(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The closed line through the corners, (k, 2)."""
    closed = np.concatenate([corners, corners[:1]])
    return np.concatenate([a + np.linspace(0, 1, 6)[:, None] * (b - a) for a, b in pairwise(closed)])


def _line(*points: tuple[float, float]) -> NDArray[np.float64]:
    path = np.array(points, np.float64)
    return np.concatenate([a + np.linspace(0, 1, 6)[:, None] * (b - a) for a, b in pairwise(path)])


def _heart(random: np.random.Generator) -> list[NDArray[np.float64]]:
    t = np.linspace(0, 2 * np.pi, 40) + np.pi * random.integers(2)
    x, y = np.sin(t) ** 3, (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 17
    return [np.stack([x, -y * random.uniform(0.8, 1.2)], axis=1)]


def _face(random: np.random.Generator) -> list[NDArray[np.float64]]:
    size, bend = random.uniform(0.05, 0.16), random.uniform(-0.25, 0.4)
    eyes = [
        _ring(x, -0.3, size, random) if random.random() < 0.6 else _line((x, -0.4), (x, -0.1)) for x in (-0.35, 0.35)
    ]
    t = np.linspace(-0.5, 0.5, 12)
    mouth = np.stack([t, 0.35 + bend * (1 - 4 * t**2)], axis=1)
    return [_ring(0, 0, 1, random), *eyes, mouth]


def _star(random: np.random.Generator) -> list[NDArray[np.float64]]:
    if random.random() < 0.5:  # in one line, crossing itself
        angle = np.arange(5) * 4 * np.pi / 5 - np.pi / 2
        return [_polygon(np.stack([np.cos(angle), np.sin(angle)], axis=1))]
    angle = np.arange(10) * np.pi / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2, random.uniform(0.35, 0.6), 1)
    return [_polygon(np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None])]


def _house(random: np.random.Generator) -> list[NDArray[np.float64]]:
    roof = _line((-1, 0), (0, -random.uniform(0.6, 1.1)), (1, 0))
    door = [_line((-0.2, 1), (-0.2, 0.4), (0.2, 0.4), (0.2, 1))] if random.random() < 0.6 else []
    return [roof, _polygon(np.array([[-0.9, 0], [0.9, 0], [0.9, 1], [-0.9, 1.0]])), *door]


def _sun(random: np.random.Generator) -> list[NDArray[np.float64]]:
    rays = np.arange(random.integers(5, 11))
    angle = rays * 2 * np.pi / len(rays)
    return [_ring(0, 0, 0.5, random)] + [
        _line((0.6 * np.cos(a), 0.6 * np.sin(a)), (np.cos(a), np.sin(a))) for a in angle
    ]


def _arrow(random: np.random.Generator) -> list[NDArray[np.float64]]:
    turn = random.integers(4) * np.pi / 2 + random.normal(0, 0.2)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    head = random.uniform(0.35, 0.6)
    return [_line((-1, 0), (1, 0)) @ spin, _line((1 - head, -head), (1, 0), (1 - head, head)) @ spin]


def _shape(random: np.random.Generator) -> list[NDArray[np.float64]]:
    corners = int(random.choice([3, 4, 4]))  # of more, people make a 0
    angle = np.arange(corners) * 2 * np.pi / corners + random.choice([np.pi / 4, -np.pi / 2])
    whole = [_polygon(np.stack([np.cos(angle), np.sin(angle)], axis=1))]
    if random.random() < 0.4:  # with a cross in it
        whole += [_line((-0.6, -0.6), (0.6, 0.6)), _line((0.6, -0.6), (-0.6, 0.6))]
    return whole


def _spiral(random: np.random.Generator) -> list[NDArray[np.float64]]:
    angle = np.linspace(0, random.uniform(4, 8) * np.pi, 80)
    return [np.stack([np.cos(angle), np.sin(angle)], axis=1) * (angle / angle[-1])[:, None]]


_DOODLES = (_heart, _heart, _face, _face, _star, _house, _sun, _arrow, _shape, _spiral)


def hands(marks: Sequence[PenSample]) -> list[list[PenSample]]:
    """The marks of each writer who wrote at least two."""
    by_writer: dict[str, list[PenSample]] = {}
    for mark in marks:
        by_writer.setdefault(mark.writer, []).append(mark)
    return [found for found in by_writer.values() if len(found) > 1]


def number(hand: Sequence[PenSample], random: np.random.Generator) -> Strokes:
    """Two or three digits of one writer side by side."""
    left, paths = 0.0, []
    for place in random.integers(len(hand), size=random.integers(2, 4)):
        drawn = Strokes.of(hand[place].strokes)
        box = drawn.box or (0.0, 0.0, 0.0, 0.0)
        paths += [path + np.array([left - box[0], 0], np.float32) for path in drawn.paths]
        left += box[2] - box[0] + random.uniform(60, 350)
    return Strokes(tuple(paths))


def half(mark: PenSample, random: np.random.Generator) -> NDArray[np.uint8] | None:
    """Half of a digit, one that looks like none (HALVES): uint8 (h, w), ink = 255; None when it has no such half."""
    sides = [side for side, digits in HALVES.items() if mark.label in digits]
    if not sides:
        return None
    whole = draw(Strokes.of(mark.strokes), _SHEET, int(random.integers(12, 27)))
    height, width = whole.shape
    side, part = sides[random.integers(len(sides))], random.uniform(0.4, 0.52)
    down, across = round(height * part), round(width * part)
    kept = {"top": whole[:down], "bottom": whole[-down:], "left": whole[:, :across], "right": whole[:, -across:]}[side]
    return np.pad(kept, 30)


def noise(random: np.random.Generator) -> NDArray[np.uint8]:
    """Grain, coarse or fine, grey or black and white, even or in blots: uint8 (side, side), 28 to 96 pixels."""
    side = int(random.integers(28, 97))
    grain: NDArray[Any] = random.normal(0, 1, (side, side)).astype(np.float32)
    if random.random() < 0.7:
        grain = cv2.GaussianBlur(grain, (0, 0), float(np.exp(random.uniform(np.log(0.5), np.log(side / 6)))))
    if random.random() < 0.5:
        grain = (grain > np.quantile(grain, random.uniform(0.4, 0.97))).astype(np.float32)
    low, high = np.quantile(grain, (0.01, 0.99))
    return np.asarray(np.clip((grain - low) / max(1e-6, high - low), 0, 1) * 255, np.uint8)


def thing(random: np.random.Generator) -> NDArray[np.uint8]:
    """A drawn thing of 2 to 8 discs, boxes, stars and rings with a line: uint8 (64, 64), bright on dark."""
    sheet = np.zeros((64, 64), np.uint8)
    for number in range(int(random.integers(2, 9))):
        centre, size = random.uniform(12, 52, 2), random.uniform(5, 24)
        corners = int(random.choice([3, 4, 4, 5, 6, 8, 10, 40]))
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + random.uniform(0, np.pi)
        reach = size * np.where(np.arange(corners) % 2, random.choice([1, 1, random.uniform(0.3, 0.8)]), 1)
        points = centre + np.stack([np.cos(angle), np.sin(angle)], 1) * reach[:, None] * random.uniform(0.5, 1.2, 2)
        shape = [np.rint(points * 8).astype(np.int32)]
        tone = int(random.integers(90, 256)) if number == 0 or random.random() < 0.7 else 0
        if random.random() < 0.65:
            cv2.fillPoly(sheet, shape, tone, cv2.LINE_AA, 3)
        else:
            cv2.polylines(sheet, shape, True, tone, int(random.integers(1, 5)), cv2.LINE_AA, 3)
    start, end = random.integers(6, 58, (2, 2)).tolist()
    cv2.line(sheet, start, end, 255, 2, cv2.LINE_AA)
    return sheet


def scene(random: np.random.Generator) -> NDArray[np.uint8]:
    """Part of a picture of things: large shapes that its edges cut, soft light, rough surfaces: uint8 (side, side)."""
    side = int(random.integers(48, 161))
    light: NDArray[Any] = _rough(side, side / 3, random) * random.uniform(0, 0.3)
    for _ in range(int(random.integers(1, 7))):
        shape = np.zeros((side, side), np.float32)
        centre = tuple(float(v) for v in random.uniform(-0.3, 1.3, 2) * side)
        size = tuple(float(v) for v in random.uniform(0.1, 1.6) * side * random.uniform(0.3, 1, 2))
        box = (centre, size, float(random.uniform(0, 180)))
        if random.random() < 0.5:
            cv2.ellipse(shape, box, 1.0, -1, cv2.LINE_AA)
        else:
            cv2.fillConvexPoly(shape, np.rint(cv2.boxPoints(box)).astype(np.int32), 1.0, cv2.LINE_AA)
        surface = random.uniform(-2, 2) + random.uniform(0, 0.6) * _rough(side, random.uniform(0.5, side / 8), random)
        light = light * (1 - shape) + shape * (surface + random.uniform(0, 0.5) * light)
    light = cv2.GaussianBlur(light, (0, 0), float(random.uniform(0.4, 2)))
    light = light + random.uniform(0, 0.06) * random.normal(0, 1, light.shape)
    low, high = float(light.min()), float(light.max())
    return np.asarray((light - low) / max(1e-6, high - low) * 255, np.uint8)


def _rough(side: int, reach: float, random: np.random.Generator) -> NDArray[Any]:
    """float (side, side) of mean 0 and deviation 1, even over about `reach` pixels."""
    grain = cv2.GaussianBlur(random.normal(0, 1, (side, side)).astype(np.float32), (0, 0), reach)
    return np.asarray((grain - grain.mean()) / max(1e-6, float(grain.std())))
