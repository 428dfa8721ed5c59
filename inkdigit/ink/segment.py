"""An ink picture or strokes -> the marks on it. Here all ink together is one mark, and specks are dropped.

The term is segmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice
from inkdigit.ink.picture import InkPicture
from inkdigit.ink.strokes import Box, Strokes, along

INK = 32  # of 255: fainter pixels are the soft edge of a stroke, not a stroke
_PALE = 128  # a piece that is nowhere as dark as this is a smudge, or what shines through from the other page,
_PALE_LINE = 96  # unless it is a line as thin as the darker ones: thin strokes of a small scan vary so much
_SPECK = 0.02  # a piece with less than this part of the largest piece's area is dust
_EDGE = 0.13  # of a side of the picture: what lies nearer to the edge, and touches it, may be a neighbour's
_APART = 0.04  # of the picture's height: so far from the mark is what is above it and no part of it
_TOUCH = 0.04  # of the height of a digit: a touch of the screen so near to a stroke is no dot
_TAP = 0.05  # a stroke smaller than this part of the drawing is a touch of the screen, a pixel of the glyph at most
_ROW_GAP = 0.35  # of the highest stroke: rows of writing stand at least so far apart
_LOW = 0.3  # of it: two lower strokes that lie nearer than _NEAR of it may be one sign
_NEAR = 0.05
_LEAST_SIDE = 4  # pixels: nobody can read a smaller mark
_HEAP = 20  # strokes, each over the next: more are no number but one mark, and how they could be parted is not asked
_DENSE = 30.0  # and so are strokes that are longer than this many times their width and height together
_ABOVE = 0.45  # of the shorter of two marks: so much lies above or below the other, where both are one digit
MOST_PIECES = 80  # in a drawing that is parted into digits


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
        dark, dim = (np.bincount(labels[ink >= least], minlength=len(stats))[1:] > 0 for least in (_PALE, _PALE_LINE))
        least_area = _SPECK * pieces[dark, cv2.CC_STAT_AREA].max(initial=0)
        kept = dark & (pieces[:, cv2.CC_STAT_AREA] >= least_area)
        if not dark.any():
            return None
        thick = pieces[:, cv2.CC_STAT_AREA] / pieces[:, 2:4].max(axis=1)  # of a straight line, how thick it is
        kept |= dim & (thick <= thick[dark].max()) & (pieces[:, cv2.CC_STAT_AREA] >= least_area)
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
    boxes = strokes.boxes
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
    spans = [(float(boxes[row, 1].min()), float(boxes[row, 3].max())) for row in found]
    least = 0.5 * max(bottom - top for top, bottom in spans)
    whole: list[list[int]] = []
    top, bottom = spans[0]
    for row, span in zip(found, spans, strict=True):
        if whole and (span[1] - span[0] < least or bottom - top < least):
            whole[-1] += row  # the bar of a 5, or a dot, is no row of its own
            top, bottom = min(top, span[0]), max(bottom, span[1])
        else:
            whole.append(list(row))
            top, bottom = span
    return [sorted(row) for row in whole]


def pieces(strokes: Strokes, row: list[int]) -> tuple[list[list[int]], float]:
    """A row of strokes, by their places -> places of those that stay together, and the height of the writing.

    Each stroke is alone, but a low one that is drawn over again is one with it, and a heap is one piece. Accidental
    touches of the screen are left out.
    """
    boxes = strokes.boxes[row]
    height = lattice.line_height(boxes)
    drawn = [[row[at] for at in some] for some in _signs(boxes, height)]
    sizes = [_size(strokes, some) for some in drawn]
    tiny = [some for some, size in zip(drawn, sizes, strict=True) if size < _TAP * height]
    kept = [some for some, size in zip(drawn, sizes, strict=True) if size >= _TAP * height]
    if kept and len(tiny) <= MOST_PIECES:
        kept += [some for some in tiny if _is_free(strokes, some, kept, height)]
    return _heaped(strokes, sorted(kept or drawn)), height


def columns(spans: NDArray[np.float64]) -> list[list[int]]:
    """Places of spans, (n, 2) first and last, that lie above each other: those that share much of the shorter one."""
    found: list[list[int]] = []
    ends = np.empty_like(spans)  # of those found
    for at in np.argsort(spans[:, 0] - spans[:, 1], kind="stable"):  # the longest first
        first, last = spans[at]
        known = ends[: len(found)]
        over = np.minimum(last, known[:, 1]) - np.maximum(first, known[:, 0]) > _ABOVE * max(1e-6, last - first)
        if over.any():
            place = int(over.argmax())
            found[place].append(int(at))
            ends[place] = min(first, ends[place, 0]), max(last, ends[place, 1])
        else:
            ends[len(found)] = spans[at]
            found.append([int(at)])
    return sorted(sorted(some) for some in found)


def _size(strokes: Strokes, places: Sequence[int]) -> float:
    boxes = strokes.boxes[places]
    return float((boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max())


def _is_free(strokes: Strokes, tiny: list[int], others: Sequence[list[int]], height: float) -> bool:
    """Whether a touch stands so far from other strokes that it may be meant as a dot."""
    middle = strokes.boxes[tiny].reshape(-1, 2).mean(axis=0)
    boxes = strokes.boxes
    for at in (place for some in others for place in some):
        box = boxes[at]
        if (np.maximum(box[:2] - middle, middle - box[2:]) > _TOUCH * height).any():
            continue
        if np.hypot(*(along(strokes.paths[at], height / 30) - middle).T).min() < _TOUCH * height:
            return False
    return True


def _signs(boxes: NDArray[np.float64], height: float) -> list[list[int]]:
    """Places of boxes (n, 4), each alone, but low ones together that lie over each other or nearly so."""
    found: list[list[int]] = []
    reached = np.zeros(4)
    for at in np.argsort(boxes[:, 0], kind="stable"):
        low = boxes[at, 3] - boxes[at, 1] <= _LOW * height
        near = (boxes[at, :2] <= reached[2:] + _NEAR * height) & (boxes[at, 2:] >= reached[:2] - _NEAR * height)
        if low and found and near.all():
            found[-1].append(int(at))
            reached = np.concatenate([np.minimum(reached[:2], boxes[at, :2]), np.maximum(reached[2:], boxes[at, 2:])])
        else:
            found.append([int(at)])
            reached = boxes[at] if low else np.full(4, np.nan)
    return found


def _heaped(strokes: Strokes, drawn: list[list[int]]) -> list[list[int]]:
    """Pieces, with those of a heap as one."""
    whole = np.array([[*strokes.boxes[some, :2].min(axis=0), *strokes.boxes[some, 2:].max(axis=0)] for some in drawn])
    heaps: list[list[int]] = []
    right = -np.inf
    for at in np.argsort(whole[:, 0], kind="stable"):
        if whole[at, 0] >= right:
            heaps.append([])
        heaps[-1].append(int(at))
        right = max(right, whole[at, 2])
    found: list[list[int]] = []
    for heap in heaps:
        together = sorted(place for at in heap for place in drawn[at])
        found += [together] if _is_dense(strokes, together) else [drawn[at] for at in heap]
    return sorted(found)


def _is_dense(strokes: Strokes, heap: list[int]) -> bool:
    if len(heap) > _HEAP:
        return True
    boxes = strokes.boxes[heap]
    extent = float((boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).sum())
    length = sum(float(np.hypot(*np.diff(strokes.paths[at], axis=0).T).sum()) for at in heap)
    return length > _DENSE * extent


def without_taps(strokes: Strokes) -> Strokes:
    """The drawing without accidental touches, which would make the digit small; itself when nothing else is there."""
    if len(strokes.paths) < 2 or strokes.box is None:
        return strokes
    least = _TAP * max(strokes.box[2] - strokes.box[0], strokes.box[3] - strokes.box[1])
    sizes = (strokes.boxes[:, 2:] - strokes.boxes[:, :2]).max(axis=1)
    kept = tuple(path for path, size in zip(strokes.paths, sizes, strict=True) if size >= least)
    return Strokes(kept) if kept else strokes
