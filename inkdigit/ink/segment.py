"""An ink picture or strokes -> the marks on it. Here all ink together is one mark, and specks are dropped.

The term is segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice
from inkdigit.ink.picture import InkPicture
from inkdigit.ink.strokes import Box, Strokes

INK = 32  # of 255: fainter pixels are the soft edge of a stroke, not a stroke
_PALE = 128  # a piece that is nowhere as dark as this is a smudge, or what shines through from the other page
_SPECK = 0.02  # a piece with less than this part of the largest piece's area is dust
_EDGE = 0.13  # of a side of the picture: what lies nearer to the edge, and touches it, may be a neighbour's
_APART = 0.04  # of the picture's height: so far from the mark is what is above it and no part of it
_TAP = 0.05  # a stroke smaller than this part of the drawing is a touch of the screen, a pixel of the glyph at most
_ROW_GAP = 0.35  # of the highest stroke: rows of writing stand at least so far apart
_DOT = 0.22  # of the height of a digit: a mark no larger that stands alone at the foot of the line is a dot or a comma
_DASH = 0.3  # of its width: a line no higher that stands alone in the middle is a minus sign
_LEAST_SIDE = 4  # pixels: nobody can read a smaller mark


@dataclass(frozen=True, eq=False)
class Mark:
    """One thing somebody wrote.

    Attributes:
        ink: uint8 (height, width), ink = 255, paper = 0, cropped to the mark.
        box: (left, top, right, bottom) in pixels of the input picture.
    """

    ink: NDArray[np.uint8]
    box: Box


def one_mark(picture: InkPicture) -> Mark | None:
    """All ink of the picture as one mark without its specks, or None when there is no ink."""
    mask = cv2.threshold(picture.ink, INK, 255, cv2.THRESH_BINARY)[1]
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    ink, mask = picture.ink[y : y + height, x : x + width], mask[y : y + height, x : x + width]
    if cv2.connectedComponents(mask, connectivity=8)[0] > 2:  # statistics take four times as long
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        pieces = stats[1:]
        dark = np.bincount(labels[ink >= _PALE], minlength=len(stats))[1:] > 0
        kept = dark & (pieces[:, cv2.CC_STAT_AREA] >= _SPECK * pieces[dark, cv2.CC_STAT_AREA].max(initial=0))
        if not dark.any():
            return None
        kept &= ~_beside(pieces + np.array([x, y, 0, 0, 0]), kept, picture.ink.shape)
        ink = np.where(np.concatenate([[True], kept])[labels], ink, 0).astype(np.uint8)
        left, top = pieces[kept, cv2.CC_STAT_LEFT].min(), pieces[kept, cv2.CC_STAT_TOP].min()
        right = (pieces[kept, cv2.CC_STAT_LEFT] + pieces[kept, cv2.CC_STAT_WIDTH]).max()
        bottom = (pieces[kept, cv2.CC_STAT_TOP] + pieces[kept, cv2.CC_STAT_HEIGHT]).max()
        ink = ink[top:bottom, left:right]
        x, y = x + int(left), y + int(top)
    if max(ink.shape) < _LEAST_SIDE:
        return None
    box = (x, y, x + ink.shape[1], y + ink.shape[0])
    return Mark(np.ascontiguousarray(ink), tuple(side / picture.scale for side in box))  # type: ignore[arg-type]


def _beside(pieces: NDArray[np.int32], kept: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pieces are no part of the mark but what a crop caught of its neighbours: bool (n,).

    They lie along an edge of the picture, which nothing else touches; what lies above or below the mark may be the bar
    of a 5, and has to stand apart.

    Args:
        pieces: (n, 5) left, top, width, height, area.
        kept: those that are no dust.
        shape: (height, width) of the picture.
    """
    low, high = pieces[:, :2], pieces[:, :2] + pieces[:, 2:4]
    size = np.array(shape[::-1])
    touching = np.concatenate([low <= 0, high >= size], axis=1)
    at_edge = touching & np.concatenate(
        [high <= _EDGE * size, low >= (1 - _EDGE) * size], axis=1
    )  # left, top, right, bottom
    rest = kept & ~at_edge.any(axis=1)
    if not rest.any() or touching[rest].any():
        return np.zeros(len(pieces), bool)
    least = _APART * size[1]
    apart = np.stack([low[rest, 1].min() - high[:, 1] >= least, low[:, 1] - high[rest, 1].max() >= least], axis=1)
    return np.asarray(at_edge[:, [0, 2]].any(axis=1) | (at_edge[:, [1, 3]] & apart).any(axis=1))


def rows(strokes: Strokes) -> list[list[int]]:
    """Places of the strokes of each row of writing, from top to bottom; a row is parted from the next by a gap."""
    boxes = _boxes(strokes)
    if not len(boxes):
        return []
    high = boxes[:, 3] - boxes[:, 1]
    found: list[list[int]] = []
    bottom = -np.inf
    for at in np.argsort(boxes[:, 1], kind="stable"):
        if boxes[at, 1] > bottom + _ROW_GAP * high.max():
            found.append([])
        found[-1].append(int(at))
        bottom = max(bottom, boxes[at, 3])
    heights = [np.ptp(boxes[row][:, [1, 3]]) for row in found]
    whole: list[list[int]] = []
    for row, height in zip(found, heights, strict=True):
        if whole and (height < 0.5 * max(heights) or np.ptp(boxes[whole[-1]][:, [1, 3]]) < 0.5 * max(heights)):
            whole[-1] += row  # the bar of a 5, or a dot, is no row of its own
        else:
            whole.append(list(row))
    return [sorted(row) for row in whole]


def parted(strokes: Strokes, row: list[int]) -> tuple[list[int], list[tuple[str, Box]], float]:
    """A row of strokes -> the strokes of its digits, what stands between them (see reading.Separator), and its height.

    Accidental touches of the screen are left out of both.
    """
    boxes = _boxes(strokes)[row]
    sizes = boxes[:, 2:] - boxes[:, :2]
    height = lattice.line_height(boxes)
    low, high = boxes[:, 1].min(), boxes[:, 3].max()
    middles = (boxes[:, [1, 3]].mean(axis=1) - low) / max(high - low, 1e-9)
    digits: list[int] = []
    between: list[tuple[str, Box]] = []
    for at, (wide, tall) in enumerate(sizes):
        others = np.delete(boxes, at, axis=0)
        stands_alone = len(others) and np.maximum(others[:, 0] - boxes[at, 2], boxes[at, 0] - others[:, 2]).min() > 0
        kind = separator(wide / height, tall / height, float(middles[at])) if stands_alone else ""
        if kind:
            left, top, right, bottom = (float(side) for side in boxes[at])
            between.append((kind, (left, top, right, bottom)))
        elif max(wide, tall) >= _TAP * height or len(row) == 1:
            digits.append(row[at])
    return (digits, between, height) if digits else (row, [], height)


def separator(wide: float, tall: float, middle: float) -> str:
    """What a lone mark is, by its size in heights of a digit and its place, 0 = top of the line; "" for none."""
    if max(wide, 0.7 * tall) <= _DOT and middle > 0.6:
        return "." if tall <= 1.5 * max(wide, 0.05) else ","
    if tall <= _DASH * wide and 0.2 <= wide <= 1 and 0.25 < middle < 0.75:
        return "-"
    return ""


def _boxes(strokes: Strokes) -> NDArray[np.float64]:
    """float (n, 4): left, top, right, bottom of each stroke."""
    return np.array([[*path.min(axis=0), *path.max(axis=0)] for path in strokes.paths], np.float64).reshape(-1, 4)


def without_taps(strokes: Strokes) -> Strokes:
    """The drawing without accidental touches, which would make the digit small; itself when nothing else is there."""
    if len(strokes.paths) < 2 or strokes.box is None:
        return strokes
    least = _TAP * max(strokes.box[2] - strokes.box[0], strokes.box[3] - strokes.box[1])
    kept = tuple(path for path in strokes.paths if np.ptp(path, axis=0).max() >= least)
    return Strokes(kept) if kept else strokes
