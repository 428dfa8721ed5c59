"""The ink of one number -> pieces: its parts that do not touch, and these cut where two digits may have grown together.

A cut runs from top to bottom along the way that crosses the least ink (seam carving: Avidan and Shamir, 2007). There are
more cuts than digits; `lattice.best` finds which of them to believe.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 48  # pixels that a digit is high here; a glyph has 20
_STEP = 3  # pixels from one start of a cut to the next
_REACH = 16  # pixels that a cut may move to each side of its start
_BEND = 0.06  # what a step aside costs, in full pixels of ink
_THROUGH = 4.5
_BETWEEN = 5  # pixels: of two cuts nearer to each other the cheaper one is kept
_NARROW = 0.42  # of the height: nobody writes two digits in less
_LEAST = 0.004  # of the height squared: fewer pixels of ink are no piece
_POINTS = 48  # at most so many tell where a piece lies


@dataclass(frozen=True, eq=False)
class Pieces:
    """The ink of one number in pieces.

    Attributes:
        ink: uint8 (h, w), digits about HEIGHT pixels high, ink = 255.
        labels: int32 (h, w), 0 = paper, then 1 to n: the piece of each pixel.
        points: of each piece, float32 (k, 2): x, y of pixels on its edge.
        scale: pixels here per pixel of the sheet.
        place: (left, top) of this crop on the sheet, in its pixels.
    """

    ink: NDArray[np.uint8]
    labels: NDArray[np.int32]
    points: tuple[NDArray[np.float32], ...]
    parts: tuple[int, ...]
    scale: float
    place: tuple[int, int]


def pieces(ink: NDArray[np.uint8], height: float, place: tuple[int, int], whole: bool = False) -> Pieces:
    """The ink of one number, cropped, uint8 (h, w) -> its pieces.

    Args:
        height: of a digit in it, in pixels.
        place: where the crop stands on its sheet.
        whole: True leaves uncut what hangs together.
    """
    scale = HEIGHT / height
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(ink, size, interpolation=how), np.uint8)
    mask = (small > 96).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = np.zeros(small.shape, np.int32)
    number, parts = 0, []
    for part in range(1, count):
        left, top, wide, high, area = stats[part]
        if area < _LEAST * HEIGHT**2:
            continue
        window = (slice(top, top + high), slice(left, left + wide))
        own = labels[window] == part
        inside = _cut(np.where(own, small[window], 0).astype(np.uint8)) if not whole else np.zeros(own.shape, np.int32)
        for one in range(int(inside.max()) + 1):
            piece = own & (inside == one)
            if piece.any():
                number += 1
                parts.append(part)
                found[window][piece] = number
    return Pieces(small, found, tuple(_edge(found == one) for one in range(1, number + 1)), tuple(parts), scale, place)


def _cut(ink: NDArray[np.uint8]) -> NDArray[np.int32]:
    """uint8 (h, w), one part that hangs together -> int32 (h, w): how many cuts lie to the left of each pixel."""
    high, wide = ink.shape
    none = np.zeros(ink.shape, np.int32)
    if wide < _NARROW * HEIGHT or high < 0.3 * HEIGHT:
        return none
    starts = np.arange(_STEP, wide - _STEP, _STEP)
    seams, costs = _seams(ink.astype(np.float32) / 255, starts)
    most = _THROUGH * _line_width(ink)
    kept: list[int] = []
    where = np.array([_crossing(ink, seam) for seam in seams])
    for at in np.argsort(costs, kind="stable"):
        if costs[at] > most:
            break
        inner = 0.12 * HEIGHT < where[at] < wide - 0.12 * HEIGHT
        if inner and all(abs(where[at] - where[other]) >= _BETWEEN for other in kept):
            kept.append(int(at))
    if not kept:
        return none
    chosen = np.sort(seams[kept], axis=0)  # (cuts, h): no cut crosses another
    columns = np.arange(wide)[None, :]
    inside = (columns[None] > chosen[:, :, None]).sum(axis=0).astype(np.int32)
    return _joined(inside, ink)


def _joined(inside: NDArray[np.int32], ink: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Crumbs go to the piece on their left, or to that on their right."""
    counts = np.bincount(inside[ink > 96], minlength=int(inside.max()) + 1)
    table = np.zeros(len(counts), np.int32)
    number = -1
    for one, area in enumerate(counts):
        if area >= 0.012 * HEIGHT**2 or number < 0:
            number += 1
        table[one] = number
    return np.asarray(table[inside], np.int32)


def _seams(light: NDArray[np.float32], starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The cheapest way down near each start: columns (n, h) and the ink crossed (n,)."""
    high, wide = light.shape
    around = np.arange(-_REACH, _REACH + 1)
    columns = np.clip(starts[:, None] + around, 0, wide - 1)  # (n, window)
    total = light[0, columns].copy()
    came = np.zeros((high, *columns.shape), np.int8)
    edge = np.full((len(starts), 1), np.inf, np.float32)
    for row in range(1, high):
        ways = np.stack([
            np.concatenate([edge, total[:, :-1] + _BEND], axis=1),
            total,
            np.concatenate([total[:, 1:] + _BEND, edge], axis=1),
        ])  # fmt: skip
        step = ways.argmin(axis=0)
        came[row] = step - 1
        total = np.take_along_axis(ways, step[None], axis=0)[0] + light[row, columns]
    at = total.argmin(axis=1)
    costs = total[np.arange(len(starts)), at]
    seams = np.zeros((len(starts), high), np.int64)
    for row in range(high - 1, -1, -1):
        seams[:, row] = columns[np.arange(len(starts)), at]
        at = at + came[row, np.arange(len(starts)), at]
    return seams, costs


def _crossing(ink: NDArray[np.uint8], seam: NDArray[np.int64]) -> float:
    """Where a cut crosses ink, on average; its middle where it crosses none."""
    crossed = ink[np.arange(len(seam)), seam] > 96
    return float(seam[crossed].mean() if crossed.any() else seam.mean())


def _line_width(ink: NDArray[np.uint8]) -> float:
    mask = (ink > 96).astype(np.uint8)
    inside = cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    area = int(mask.sum())
    return 2 * area / max(1, area - int(inside.sum()))


def _edge(piece: NDArray[np.bool_]) -> NDArray[np.float32]:
    mask = piece.astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate([contour[:, 0] for contour in contours]).astype(np.float32)
    return points[:: max(1, len(points) // _POINTS)]
