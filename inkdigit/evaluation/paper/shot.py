"""A drawn page -> the picture that a scanner or a phone takes of it, and where everything is on that picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.paper.canvas import Canvas, Item
from inkdigit.evaluation.paper.kinds import KINDS
from inkdigit.evaluation.paper.material import Material

_GRAIN = 20.0  # of 255, standard deviation, under black ink


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture of a page.

    Attributes:
        kind: of page.
        picture: uint8 (h, w), grey.
        items: what is written, with its corners in the picture.
        turns: quarter turns against the clock by which the page lies on the picture, 0 to 3.
    """

    kind: str
    picture: NDArray[np.uint8]
    items: tuple[Item, ...]
    turns: int


def draw(
    material: Material,
    random: np.random.Generator,
    size: tuple[int, int] = (640, 640),
    kinds: Sequence[str] = tuple(KINDS),
    height: float | None = None,
    turns: int | None = None,
    pencil: bool = False,
) -> Shot:
    """A page of one of the kinds, seen by a scanner or a phone.

    Args:
        size: (width, height) in pixels.
        height: of a digit in pixels; None: 12 to 64, at times to 130.
        turns: quarter turns; None: none mostly.
        pencil: whether it is filled in with a hard pencil, which few people take.
    """
    weights = np.array([KINDS[kind][1] for kind in kinds])
    kind = kinds[int(random.choice(len(kinds), p=weights / weights.sum()))]
    most = 64 if random.random() < 0.8 else 130
    tall = height or float(np.exp(random.uniform(np.log(12), np.log(most))))
    page = Canvas(material, *size, random)
    if pencil:
        page.take_pencil()
    KINDS[kind][0](page, tall)
    if random.random() < 0.15:
        _shine_through(page)
    return seen(page, kind, turns)


def _shine_through(page: Canvas) -> None:
    """The other side of the sheet, mirrored and faint."""
    faint = np.roll(page.tones[:, ::-1], int(page.random.integers(0, 200)), axis=0)
    page.tones *= 1 - np.float32(page.random.uniform(0.05, 0.25)) * cv2.GaussianBlur(1 - faint, (0, 0), 1.5)


def seen(page: Canvas, kind: str, turns: int | None) -> Shot:
    """A drawn page as a scanner or a phone sees it; turns: quarter turns; None: none mostly."""
    random = page.random
    wide, high = page.size
    warp, quarter = _camera(wide, high, random, turns)
    out = (high, wide) if quarter % 2 else (wide, high)
    tones = cv2.warpPerspective(page.tones, warp, out, flags=cv2.INTER_LINEAR, borderValue=1)
    sheet = cv2.warpPerspective(np.ones((high, wide), np.float32), warp, out, flags=cv2.INTER_LINEAR)
    screen = random.random() < 0.1  # drawn on one: no light, no lens, on black at times
    tones = np.abs(tones - (random.random() < 0.4)).astype(np.float32) if screen else _lit(tones, random)
    if (sheet < 0.5).any():
        beyond = _table(out, random)
        if random.random() < 0.5:
            tones = tones * sheet + beyond * (1 - sheet)
    grain = 0.0 if screen else random.uniform(0, 5) if random.random() < 0.7 else random.uniform(5, 16)
    grain = min(grain, _GRAIN * (1 - page.dark))  # pale pencil under more is lost to anybody
    blur = random.uniform(0.35, 0.8) if random.random() < 0.7 else random.uniform(0.8, 1.4)
    tones = tones if screen else cv2.GaussianBlur(tones, (0, 0), blur)
    picture = np.clip(255 * tones + random.normal(0, grain, tones.shape), 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 95))]
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return Shot(kind, picture, _moved(page.items, warp, out), quarter)


def _moved(items: Sequence[Item], warp: NDArray[Any], size: tuple[int, int]) -> tuple[Item, ...]:
    """What lies on the picture, wholly or for the most part, where it lies there."""
    found = []
    for one in items:
        quad = cv2.perspectiveTransform(one.quad[None].astype(np.float32), warp)[0]
        inside = np.clip(quad, 0, np.array(size, np.float32))
        if cv2.contourArea(inside) < 0.7 * cv2.contourArea(quad):
            continue
        side = float(np.hypot(*(quad[3] - quad[0]))) / max(1.0, float(np.hypot(*(one.quad[3] - one.quad[0]))))
        found.append(replace(one, quad=quad, height=one.height * side))
    return tuple(found)


def _camera(wide: int, high: int, random: np.random.Generator, turns: int | None) -> tuple[NDArray[Any], int]:
    """Tilt, perspective, and quarter turns: (3, 3), and how many of these."""
    kind = random.random()
    tilt = random.normal(0, 0.8) if kind < 0.5 else random.normal(0, 4) if kind < 0.9 else random.uniform(-35, 35)
    zoom = 1.0 if random.random() < 0.6 else random.uniform(0.8, 1.0)
    turn = np.vstack([cv2.getRotationMatrix2D((wide / 2, high / 2), float(np.clip(tilt, -35, 35)), zoom), [0, 0, 1]])
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    reach = 0.0 if kind < 0.3 else 0.05
    moved = corners + random.uniform(-reach, reach, (4, 2)).astype(np.float32) * np.array([wide, high], np.float32)
    warp = cv2.getPerspectiveTransform(corners, moved) @ turn
    quarter = turns if turns is not None else int(random.integers(1, 4)) if random.random() < 0.15 else 0
    for _ in range(quarter):
        warp = np.array([[0, 1, 0], [-1, 0, wide], [0, 0, 1]], float) @ warp
        wide, high = high, wide
    return np.asarray(warp), quarter


def _lit(tones: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Paper and ink in the light: float32 (h, w), 0 to 1; a board is dark and its writing bright."""
    high, wide = tones.shape
    paper = random.uniform(0.75, 1.0) if random.random() < 0.8 else random.uniform(0.4, 0.75)
    black = random.uniform(0, 0.25) * paper
    if random.random() < 0.1:
        tones, paper, black = 1 - tones, random.uniform(0.7, 1), random.uniform(0.05, 0.3)
    lit = black + tones * (paper - black)
    if random.random() < 0.35:
        cloud = random.uniform(0, 1, (int(random.integers(2, 40)), int(random.integers(2, 40)))).astype(np.float32)
        lit = lit * (1 - random.uniform(0.02, 0.15) * cv2.resize(cloud, (wide, high), interpolation=cv2.INTER_CUBIC))
    if random.random() < 0.5:
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
        angle = random.uniform(0, 2 * np.pi)
        along = (x / wide - 0.5) * np.cos(angle) + (y / high - 0.5) * np.sin(angle) + 0.5
        lit = lit * (1 - random.uniform(0, 0.5) * np.clip(along, 0, 1))
    if random.random() < 0.3:
        shade: NDArray[Any] = np.zeros((high, wide), np.float32)
        corners = random.uniform(-0.3, 1.3, (4, 2)) * np.array([wide, high])
        cv2.fillConvexPoly(shade, cv2.convexHull(corners.astype(np.int32)), 1.0)
        soft = random.uniform(1, 8) if random.random() < 0.4 else random.uniform(8, 50)
        lit = lit * (1 - random.uniform(0.1, 0.5) * cv2.GaussianBlur(shade, (0, 0), soft))
    if random.random() < 0.15:
        lit = _screened(lit, random)
    return np.asarray(lit, np.float32)


def _screened(lit: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Halftone: a grid of dots under everything, or printed words' texture on paper."""
    high, wide = lit.shape
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, step = random.uniform(0, np.pi), random.uniform(2.2, 7)
    first, second = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    dots = np.cos(2 * np.pi * first / step) * np.cos(2 * np.pi * second / step) > random.uniform(-0.2, 0.8)
    return np.asarray(lit * (1 - random.uniform(0.05, 0.5) * dots), np.float32)


def _table(size: tuple[int, int], random: np.random.Generator) -> NDArray[Any]:
    """What the sheet lies on: a tone, grain and blobs; often dark."""
    wide, high = size
    tone = random.uniform(0.02, 0.5) if random.random() < 0.7 else random.uniform(0.5, 1)
    side = (int(random.integers(2, 80)), int(random.integers(2, 80)))
    cloud = cv2.resize(random.uniform(-1, 1, side).astype(np.float32), (wide, high), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(tone + random.uniform(0, 0.3) * cloud, 0, 1), np.float32)
