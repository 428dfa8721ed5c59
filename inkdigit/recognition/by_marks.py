"""What the network of pages found -> the numbers that stand there, mark by mark: for scripts without a network of rows.

The ink of each place is parted into pieces, and these into digits as the network of single digits reads them best, as
pen strokes are (parting.py). The network of pages knows western numbers: it misses marks of other scripts, and takes
some for words. So words are read, too, and on a picture of few places the ink beside them, as far as its marks stand
close. It takes wide digits for lower than they are, too, so that these are cut out in other heights where they are read
unsurely; the walls of their cells, which are then cut out with them, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import segment
from inkdigit.ink.segment import Mark
from inkdigit.ink.strokes import Box
from inkdigit.recognition import inked, joined, layout, paper, parting, row, seen
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.paper import Found
from inkdigit.recognition.reading import Number
from inkdigit.recognition.row import Place
from inkdigit.recognition.seen import Seen

_INK = 96  # of 255
_MOST_PIECES = 24  # in one place: more are a texture, or a word,
_CROWDED = 3.5  # and so are more for each height along it, and one height: of numbers at most 2.5, of noise mostly 9
_BESIDE = 0.25  # heights beside its core: a piece whose middle lies farther off is a neighbour's
_FEW = 12  # places: on a picture of more, these tell what belongs together
_REACH = 3.0  # heights before and behind a place, in which marks are looked for that stand as close as
_CLOSE = 0.5  # heights to those of the place
_READABLE = 0.6  # of the marks of a word: where fewer are digits, it is one
_WIDER = 1.0  # heights before and behind a place that are looked at: wide marks end there, where cores are short
_TALLER = (1.5, 2.2)  # times: digits are taken for so much higher; so much as the last only where they are of pieces
# above each other, which the network of pages finds apart
_SURE = 0.97  # of a mark, on average: what is read as surely is cut out in no other height
_LONG_LINE = 1.0, 1.2  # heights: level and upright lines that are longer are those of a cell, not of a digit,
_LINES = 0.65  # where so much of a piece of ink at the edge is in them
_SPECK = 0.004  # of the square of a digit's height: smaller pieces are dust
_EVERY = 7  # of the points of a piece, where they are many: enough to tell how far pieces lie apart


def read(
    networks: Networks, grey: NDArray[np.uint8], found: Layout, most: int | None = None, is_sample: bool = False
) -> list[Found]:
    """The numbers of a picture, uint8 (h, w), in reading order.

    Args:
        networks: read each mark.
        found: what the network of pages says of this picture.
        most: rows that are read, the likeliest ones; None: all. What stands close together is one row.
        is_sample: True reads so many of the likelier half: on a page of many the likeliest are all of one digit.
    """
    askew = layout.lie(found)
    rows = joined.rows(found.cores, askew)
    rows = sorted(rows, key=lambda some: -max(found.cores[at].certainty for at in some))
    if is_sample and most:
        rows = rows[: max(most, len(rows) // 2)]
        rows = rows[:: max(1, -(-len(rows) // most))]
    rows = rows[:most]
    reach = _REACH if len(found.cores) <= _FEW else 0.0
    numbers: list[Found] = []
    boxes = np.zeros((0, 4))
    middles = np.array([core.middle for core in found.cores]).reshape(-1, 2)
    for some in rows:
        cores = [found.cores[at] for at in some]
        if _on(boxes, middles[some]).any():
            continue  # a row beside it took it along
        number = _surest(networks, grey, cores, joined.place(cores, askew), reach)
        if number is not None and number.text != "" and number.box is not None:
            box = np.array([number.box])
            kept = ~_on(box, np.array([one.core.middle for one in numbers]).reshape(-1, 2))[0]
            boxes = np.concatenate([boxes[kept], box])
            numbers = [*(one for one, is_kept in zip(numbers, kept, strict=True) if is_kept), Found(cores[0], number)]
    return paper.in_order(numbers, askew)


def _on(boxes: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool (boxes, points): which points lie on which boxes."""
    inside = (points >= boxes[:, None, :2]) & (points <= boxes[:, None, 2:])
    return np.asarray(inside.all(axis=2))


def _surest(
    networks: Networks, grey: NDArray[np.uint8], cores: Sequence[Core], where: Place, reach: float
) -> Number | None:
    """What stands in one row, its digits taken for as high as they are read most surely."""
    best = _number(networks, grey, cores, where, reach)
    for times in _TALLER if networks.is_stacked else _TALLER[:1]:
        if _sureness(best) >= _SURE:
            break
        taller = replace(where, height=where.height * times)
        best = max(best, _number(networks, grey, cores, taller, reach), key=_sureness)
    return best


def _sureness(number: Number | None) -> float:
    """Of each mark on average (geometric mean), 0 to 1; -1 of nothing."""
    return -1.0 if number is None else float(number.confidence ** (1 / len(number.digits)))


def _number(
    networks: Networks, grey: NDArray[np.uint8], cores: Sequence[Core], where: Place, reach: float
) -> Number | None:
    """What stands in one row, and so many heights beside it; None where there is no ink, or none of it is a digit."""
    tones = row.prepared(row.cut(grey, where))
    inside = tones[6:-6, row.DIGIT // 2 : -row.DIGIT // 2]
    wider = max(reach, _WIDER) * where.height
    where = replace(where, length=where.length + 2 * wider)
    beside = inked.FINE * int((wider + row.MARGIN * where.height) * where.scale)
    ink = inked.ink(row.cut(grey, where, inked.FINE), bool(inside.max() > -inside.min()), beside)
    spans = [joined.columns(core, where) for core in cores]
    first, last = inked.FINE * min(first for first, _ in spans), inked.FINE * max(last for _, last in spans)
    pieces = [piece for piece in _pieces(ink, first, last, reach > 0) if not _is_wall(piece)]
    if networks.is_stacked:
        pieces = _stacked(pieces)
    if not 0 < len(pieces) <= _MOST_PIECES or _is_crowded(pieces):
        return None
    points = [_points(piece) for piece in pieces]

    def mark_of(members: Sequence[int]) -> Seen:
        """Some of the pieces."""
        return _seen(ink, [pieces[at] for at in members])

    number = parting.parted(networks, points, float(inked.FINE * row.DIGIT), mark_of)
    digits = sum(digit.value is not None for digit in number.digits)
    is_word = any(core.kind == layout.WORD for core in cores)
    if not digits or (is_word and digits < _READABLE * len(number.digits)):
        return None
    return _placed(replace(number, printed=cores[0].kind == layout.PRINT), where)


def _pieces(ink: NDArray[np.uint8], first: float, last: float, close: bool) -> list[NDArray[np.bool_]]:
    """The pieces of ink, uint8 (h, w), near the columns of a core, or close to them if asked for: bool (h, w) each."""
    height = inked.FINE * row.DIGIT
    count, labels, stats, middles = cv2.connectedComponentsWithStats((ink > _INK).astype(np.uint8), connectivity=8)
    found = [one for one in range(1, count) if stats[one, cv2.CC_STAT_AREA] >= _SPECK * height * height]
    left = stats[:, cv2.CC_STAT_LEFT]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    near = [one for one in found if first - _BESIDE * height <= middles[one, 0] <= last + _BESIDE * height]
    level = [one for one in found if abs(middles[one, 1] - len(ink) / 2) < height / 2]
    grown = near
    while close and near and len(grown) <= _MOST_PIECES:
        begin, end = left[grown].min() - _CLOSE * height, right[grown].max() + _CLOSE * height
        more = [one for one in level if one not in grown and right[one] > begin and left[one] < end]
        if not more:
            near = grown
            break
        grown = grown + more
    return [labels == one for one in sorted(near)]


def _is_wall(piece: NDArray[np.bool_]) -> bool:
    """Whether a piece, bool (h, w), reaches the edge and is of long lines, as walls and rules that meet are."""
    if not (piece[0].any() or piece[-1].any() or piece[:, 0].any() or piece[:, -1].any()):
        return False
    ink = piece.astype(np.uint8)
    height = inked.FINE * row.DIGIT
    level, upright = (round(times * height) for times in _LONG_LINE)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, level), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((upright, 1), np.uint8))
    return int(np.maximum(across, down).sum()) >= _LINES * int(ink.sum())


def _is_crowded(pieces: Sequence[NDArray[np.bool_]]) -> bool:
    """Whether pieces, bool (h, w) each, are more than digits of that length have."""
    columns = np.flatnonzero(np.logical_or.reduce([piece.any(axis=0) for piece in pieces]))
    heights = float(np.ptp(columns)) / (inked.FINE * row.DIGIT)
    return len(pieces) > _CROWDED * (heights + 1)


def _stacked(pieces: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Pieces, with those above each other as one."""
    if not pieces:
        return []
    spans = np.array([np.nonzero(piece.any(axis=0))[0][[0, -1]] for piece in pieces], np.float64)
    return [np.logical_or.reduce([pieces[at] for at in some]) for some in segment.columns(spans)]


def _points(piece: NDArray[np.bool_]) -> NDArray[np.float32]:
    rows, columns = np.nonzero(piece)
    return np.stack([columns, rows], axis=1)[:: _EVERY if len(rows) > 50 * _EVERY else 1].astype(np.float32)


def _seen(ink: NDArray[np.uint8], pieces: Sequence[NDArray[np.bool_]]) -> Seen:
    """Pieces of ink as one mark; its box in pixels of that ink."""
    mask = np.logical_or.reduce(list(pieces)).astype(np.uint8)
    left, top, wide, high = cv2.boundingRect(mask)
    part = np.where(mask, ink, 0)[top : top + high, left : left + wide]
    box: Box = (float(left), float(top), float(left + wide), float(top + high))
    return seen.of_mark(Mark(np.ascontiguousarray(part, np.uint8), box))


def _placed(number: Number, where: Place) -> Number:
    """A number whose boxes lie on the ink of a place -> the same with boxes on the picture."""

    def moved(box: Box) -> Box:
        """One of them."""
        left, top, right, bottom = (side / inked.FINE for side in box)
        return where.on_picture((left, top, right, bottom))

    digits = tuple(one if one.box is None else replace(one, box=moved(one.box)) for one in number.digits)
    return replace(
        number, digits=digits, separators=tuple(replace(one, box=moved(one.box)) for one in number.separators)
    )
