"""Composed numbers on paper: clean pictures, phone-like photos, whole pages. All drawn from a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.composed import Written, compose, drawn, one_of
from inkdigit.ink.strokes import Box

_Tones = NDArray[Any]  # float32 (h, w) or (h, w, 3)
_WORDS = ("Total", "Name", "Delivery note", "Date", "Amount", "received", "quantity per box", "Remarks", "checked by")


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture of numbers.

    Attributes:
        picture: uint8 (h, w) or (h, w, 3).
        texts: what is written, in reading order.
        boxes: (left, top, right, bottom) of each number, in pixels.
    """

    picture: NDArray[Any]
    texts: tuple[str, ...]
    boxes: tuple[Box, ...]


def clean(written: Written, random: np.random.Generator) -> Shot:
    """Dark on light or light on dark, digits 28 to 120 pixels high, a margin around, nothing else."""
    height = int(np.exp(random.uniform(np.log(28), np.log(120))))
    ink, boxes = drawn(written, height, height * random.uniform(0.05, 0.13))
    margin = int(height * random.uniform(0.2, 1.5))
    ink = np.pad(ink, margin)
    tones = 255 * (ink if random.random() < 0.3 else 1 - ink)
    return Shot(np.rint(tones).astype(np.uint8), (written.text,), (around(boxes, margin, margin),))


def photo(written: Written, random: np.random.Generator) -> Shot:
    """One number on paper as a phone sees it: ruled or squared at times, tilted, in uneven light, blurred, as JPEG."""
    wide, high = ((1600, 1200), (1280, 960), (1200, 1600))[random.integers(3)]
    points = np.concatenate(written.strokes)
    most = 0.8 * wide / (float(np.ptp(points[:, 0])) / 1000 + 0.2)
    height = int(min(random.uniform(60, 240), most))
    ink, boxes = drawn(written, height, height * random.uniform(0.05, 0.12))
    left = int(random.uniform(0.05, 0.95) * max(1, wide - ink.shape[1] - 40)) + 20
    top = int(random.uniform(0.15, 0.85) * max(1, high - ink.shape[0] - 40)) + 20
    sheet: _Tones = np.zeros((high, wide), np.float32)
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    rules = _rules(high, wide, height * random.uniform(0.9, 1.9), top + height, random)
    warp = _camera(wide, high, random)
    sheet = cv2.warpPerspective(sheet, warp, (wide, high), flags=cv2.INTER_AREA)
    rules = cv2.warpPerspective(rules, warp, (wide, high), flags=cv2.INTER_AREA)
    picture = _seen(sheet, rules, height, random)
    box = warped(around(boxes, left, top), warp)
    return Shot(picture, (written.text,), (box,))


def page(hands: Sequence[Sequence[PenSample]], random: np.random.Generator) -> Shot:
    """An A4 sheet at 150 dots an inch with 5 to 40 numbers: loose, on lines, in a table; scanned a little askew."""
    wide, high = 1240, 1754
    height = int(random.uniform(28, 56))
    pitch = height * random.uniform(2.0, 2.8)
    rows, columns = int((high - 260) / pitch), int(random.integers(1, 5))
    kind = one_of(("loose", "lines", "table"), random)
    sheet: _Tones = np.zeros((high, wide), np.float32)
    rules: _Tones = np.zeros((high, wide), np.float32)
    if random.random() < 0.4:
        text: _Tones = np.zeros((high, wide), np.uint8)
        cv2.putText(text, one_of(_WORDS, random), (120, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 2, cv2.LINE_AA)
        sheet += text / np.float32(255)
    _lines(rules, kind, pitch, height, rows, columns)
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    if kind == "loose":
        cells = [cell for cell in cells if random.random() < 0.8]
    hand, pen = one_of(hands, random), height * random.uniform(0.07, 0.12)
    written = []
    for row, column in cells[: int(random.integers(5, 41))]:
        corner = (60 + column * (wide - 120) / columns, 170 + row * pitch)
        one = _in_cell(sheet, corner, (wide - 120) / columns, hand, height, pen, random)
        written += [one] if one else []
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), float(random.normal(0, 0.7)), 1)
    warp = np.vstack([turn, [0, 0, 1]])
    sheet = cv2.warpPerspective(sheet, warp, (wide, high), flags=cv2.INTER_LINEAR)
    rules = cv2.warpPerspective(rules, warp, (wide, high), flags=cv2.INTER_LINEAR)
    tones = 1 - np.maximum(sheet * random.uniform(0.6, 0.95), rules * random.uniform(0.3, 0.9))
    tones = tones * random.uniform(0.85, 1) + random.normal(0, random.uniform(0.005, 0.02), tones.shape)
    picture = (np.clip(tones, 0, 1) * 255).astype(np.uint8)
    return Shot(picture, tuple(text for text, _ in written), tuple(warped(box, warp) for _, box in written))


def _in_cell(
    sheet: _Tones,
    corner: tuple[float, float],
    cell: float,
    hand: Sequence[PenSample],
    height: int,
    pen: float,
    random: np.random.Generator,
) -> tuple[str, Box] | None:
    """Writes a number into a cell of that width; None when it came out too long."""
    longest = max(2, int((cell - 2.2 * height) / (0.95 * height)))
    one = compose(hand, "spaced", random, int(random.integers(2, min(8, longest) + 1)))
    ink, boxes = drawn(one, height, pen)
    spare = cell - ink.shape[1] - 1.6 * height
    if spare < 0:
        return None
    left = int(corner[0] + 0.8 * height + random.uniform(0, 1) * spare)
    top = int(corner[1] + random.uniform(0, 0.25) * height)
    window = sheet[top : top + ink.shape[0], left : left + ink.shape[1]]
    window[:] = np.maximum(window, ink[: window.shape[0]])
    return one.text, around(boxes, left, top)


def _lines(rules: _Tones, kind: str, pitch: float, height: int, rows: int, columns: int) -> None:
    wide = rules.shape[1]
    if kind == "loose":
        return
    for row in range(rows + 1):
        y = int(170 + row * pitch - 0.35 * height)
        cv2.line(rules, (60, y), (wide - 60, y), 1.0, 2)
    if kind == "table":
        last = int(170 + rows * pitch - 0.35 * height)
        for column in range(columns + 1):
            x = int(60 + column * (wide - 120) / columns)
            cv2.line(rules, (x, int(170 - 0.35 * height)), (x, last), 1.0, 2)


def _rules(high: int, wide: int, pitch: float, base: int, random: np.random.Generator) -> _Tones:
    """Ruled on every third sheet, squared on every sixth: float32 (high, wide), line = 1."""
    rules = np.zeros((high, wide), np.float32)
    kind = random.integers(6)
    if kind > 2:
        return rules
    thick = int(random.integers(2, 4))
    start = (base + random.uniform(-0.1, 0.4) * pitch) % pitch
    for y in np.arange(start, high, pitch):
        cv2.line(rules, (0, int(y)), (wide, int(y)), 1.0, thick)
    if kind == 2:
        for x in np.arange(random.uniform(0, pitch), wide, pitch):
            cv2.line(rules, (int(x), 0), (int(x), high), 1.0, thick)
    return rules


def _camera(wide: int, high: int, random: np.random.Generator) -> NDArray[Any]:
    """Tilt of 4 degrees and corners moved by up to 4 % of the side: (3, 3)."""
    tilt = float(np.clip(random.normal(0, 4), -12, 12))
    turn = np.vstack([cv2.getRotationMatrix2D((wide / 2, high / 2), tilt, 0.94), [0, 0, 1]])
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    moved = corners + random.uniform(-0.04, 0.04, (4, 2)).astype(np.float32) * np.array([wide, high], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved) @ turn)


def _seen(sheet: _Tones, rules: _Tones, height: int, random: np.random.Generator) -> NDArray[Any]:
    """Ink and rules on coloured paper, lit, blurred, with grain, through JPEG: uint8 (h, w, 3) RGB."""
    high, wide = sheet.shape
    board = random.random() < 0.1
    paper = random.uniform(25, 70, 3) if board else random.uniform(195, 250) - random.uniform(0, 30, 3)
    ink = random.uniform(190, 245, 3) if board else _pen_colour(random)
    line = paper + (ink - paper) * random.uniform(0.25, 0.7)
    if random.random() < 0.25:  # a pencil leaves grain
        sheet = sheet * np.clip(random.normal(0.85, 0.25, sheet.shape), 0, 1).astype(np.float32)
    tones: _Tones = paper[None, None] * np.ones((high, wide, 1), np.float32)
    tones = tones + rules[:, :, None] * (line - paper)
    tones = tones + sheet[:, :, None] * (ink - tones)
    tones = tones * _light(high, wide, random)[:, :, None]
    tones = cv2.GaussianBlur(tones.astype(np.float32), (0, 0), float(random.uniform(0.4, 1.6)) * height / 120 + 0.3)
    tones = tones + random.normal(0, random.uniform(1, 7), (high, wide, 1))
    picture = np.clip(tones, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 92))]
    data = cv2.imencode(".jpg", picture[:, :, ::-1], quality)[1]
    back: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(back[:, :, ::-1])


def _pen_colour(random: np.random.Generator) -> NDArray[Any]:
    kinds = ((20, 20, 25), (30, 45, 130), (110, 110, 115), (25, 25, 60), (150, 30, 35))
    return np.array(one_of(kinds, random), float) + random.uniform(-15, 25)


def _light(high: int, wide: int, random: np.random.Generator) -> _Tones:
    """Light that falls off to one side, with a soft shadow on every third photo: float32 (high, wide), at most 1."""
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, fall = random.uniform(0, 2 * np.pi), random.uniform(0, 0.45)
    along = (x / wide - 0.5) * np.cos(angle) + (y / high - 0.5) * np.sin(angle) + 0.5
    light = 1 - fall * np.clip(along, 0, 1)
    if random.random() < 1 / 3:
        shadow: _Tones = np.zeros((high, wide), np.float32)
        corners = random.uniform(-0.3, 1.3, (4, 2)) * np.array([wide, high])
        cv2.fillConvexPoly(shadow, cv2.convexHull(corners.astype(np.int32)), 1.0)
        shadow = cv2.GaussianBlur(shadow, (0, 0), float(random.uniform(8, 50)))
        light = light * (1 - random.uniform(0.15, 0.5) * shadow)
    return np.asarray(light, np.float32)


def around(boxes: Sequence[Box], left: float, top: float) -> Box:
    """The box around all of them, moved by (left, top)."""
    sides = np.array(boxes)
    low, high = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
    return (float(low[0] + left), float(low[1] + top), float(high[0] + left), float(high[1] + top))


def warped(box: Box, warp: NDArray[Any]) -> Box:
    """The upright box around a box seen through a (3, 3) warp."""
    corners = np.array([[[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]]], np.float32)
    moved = cv2.perspectiveTransform(corners, warp)[0]
    return (*(float(v) for v in moved.min(axis=0)), *(float(v) for v in moved.max(axis=0)))  # type: ignore[return-value]
