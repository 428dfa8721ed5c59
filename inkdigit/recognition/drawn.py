"""Pen strokes -> the number that they are: row by row, each parted into digits and signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice, segment
from inkdigit.ink.stopping import Stopping, check, never, while_wanted
from inkdigit.ink.strokes import Strokes, along
from inkdigit.recognition import assemble, parting, seen, signs
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.reading import Digit, Number
from inkdigit.recognition.seen import Seen

_FEW = 4  # strokes of one sign that stand above each other, as those of = and : do, at most
_MOST = 8  # strokes of any sign
_A_SIGN = 0.5  # the chance from which on a mark that is no digit is called a sign


def number(networks: Networks, strokes: Strokes, single: bool = False, stopped: Stopping = never) -> Number:
    """Pen strokes -> the number that they are.

    Args:
        single: True takes all strokes for one digit.
        stopped: says that the number is no longer wanted.

    Raises:
        Stopped: it was not.
    """
    check(stopped)
    if single or len(strokes.paths) < 2:
        return _whole(networks, strokes)
    if networks.is_stacked:
        pieces = segment.columns(strokes.boxes[:, [0, 2]].astype(np.float64))
        if len(pieces) > segment.MOST_PIECES:
            return _crowded(networks, strokes)
        boxes = lattice.boxes_of([np.concatenate([strokes.paths[at] for at in some]) for some in pieces])
        return _row(networks, strokes, pieces, lattice.line_height(boxes), stopped)
    rows = segment.rows(strokes)
    few = rows if len(rows) <= segment.MOST_PIECES else []
    found = [segment.pieces(strokes, row) for row in while_wanted(few, stopped)]
    if not 0 < sum(len(pieces) for pieces, _ in found) <= segment.MOST_PIECES:
        check(stopped)
        return _crowded(networks, strokes)
    read = assemble.joined([_row(networks, strokes, *one, stopped) for one in found])
    low = max(height for _, height in found)
    if len(rows) > 1 and len(strokes.paths) <= _FEW and ("?" in read.text or _are_dots(strokes, low)):
        several = networks.several(strokes)
        whole = _whole(networks, strokes)
        one = whole.digits[0]
        return whole if one.value is None and (one.sign or (several is not None and several < 0)) else read
    return read


def _whole(networks: Networks, strokes: Strokes) -> Number:
    """All strokes as one mark."""
    marks = [seen.of_strokes(segment.without_taps(strokes))]
    return Number(tuple(_named(networks, marks[0], digit) for digit in networks.judged(marks)))


def _crowded(networks: Networks, strokes: Strokes) -> Number:
    """So many strokes as one mark that nobody asks how they part into digits."""
    whole = _whole(networks, strokes)
    return replace(whole, dense=whole.digits[0].value is None)


def _named(networks: Networks, mark: Seen, digit: Digit) -> Digit:
    """A mark that stands alone, with the sign that it is, where it is no digit."""
    if digit.value is not None or mark.strokes is None or len(mark.strokes.paths) > _MOST:
        return digit
    height = lattice.line_height(mark.strokes.boxes)
    points = [along(path, height / 30) for path in mark.strokes.paths]
    chances = networks.are_signs([mark], [range(len(points))], points, height)[0]
    best = int(chances[1:-1].argmax())
    return digit if chances[1 + best] < _A_SIGN else replace(digit, sign=signs.KINDS[best])


def _row(networks: Networks, strokes: Strokes, pieces: list[list[int]], height: float, stopped: Stopping) -> Number:
    """One row of pieces of one stroke or several -> the number that they are."""

    def drawn_by(members: Sequence[int]) -> Seen:
        """Some of the pieces."""
        return seen.of_strokes(strokes.some([at for place in members for at in pieces[place]]))

    points = _points(strokes, pieces, height, stopped)
    if not networks.knows_touching:
        pieces = [
            sorted(at for place in some for at in pieces[place]) for some in lattice.touching(points, height, stopped)
        ]
        points = _points(strokes, pieces, height, stopped)
    letter = 1 < len(pieces) <= lattice.MOST_OF_A_LETTER
    several = networks.several(strokes.some([at for piece in pieces for at in piece])) if letter else None
    return parting.parted(networks, points, height, drawn_by, letter=letter, several=several, stopped=stopped)


def _points(
    strokes: Strokes, pieces: Sequence[list[int]], height: float, stopped: Stopping
) -> list[NDArray[np.float32]]:
    """Places on the ink of each piece."""
    return [
        lattice.thinned(
            np.concatenate([along(strokes.paths[at], height / 30) for at in while_wanted(piece, stopped)]), height
        )
        for piece in pieces
    ]


def _are_dots(strokes: Strokes, highest: float) -> bool:
    """Whether the highest row is low beside the whole drawing, as those of : are."""
    box = strokes.box
    return box is not None and 3 * highest < box[3] - box[1]
