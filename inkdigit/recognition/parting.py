"""Pieces of ink in a row -> the number that they are: which are a digit together, and which a sign (see lattice.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice
from inkdigit.ink.strokes import Box
from inkdigit.recognition import assemble, reading, signs
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.reading import Digit, Number
from inkdigit.recognition.seen import Seen


def parted(
    networks: Networks,
    points: Sequence[NDArray[np.float32]],
    height: float,
    mark_of: Callable[[Sequence[int]], Seen],
    between: Sequence[tuple[str, Box]],
    letter: float | None = None,
    whole: bool = False,
    beside: Sequence[NDArray[np.float32]] = (),
) -> Number:
    """Pieces of ink -> the number that they are, parted into digits and signs as the networks read best.

    Args:
        points: where each piece lies.
        height: of the line.
        mark_of: some of the pieces, by their places, as one mark.
        between: what parts digits, and is none of the pieces.
        letter: what speaks against all pieces being one letter; None: as much as among digits.
        whole: True asks about all pieces as one letter, however wide they are.
        beside: where that which is between lies, as far as it was drawn.
    """
    found = lattice.groups(points, height)
    if whole:
        found = lattice.with_whole(found, len(points))
    marks = [mark_of(group.members) for group in found]
    rows = networks.grouped(marks)
    chances = networks.are_signs(marks, [group.members for group in found], [*points, *beside], height)
    against = [lattice.NO_DIGIT if letter is None or len(group.members) < len(points) else letter for group in found]
    as_digit = np.array([lattice.score(row, group, how) for row, group, how in zip(rows, found, against, strict=True)])
    as_digit += np.log(chances[:, 0] + 1e-9)
    as_sign = np.log(chances[:, 1:].max(axis=1) + 1e-9)
    order = sorted(range(len(points)), key=lambda place: float(points[place][:, 0].min()))
    chosen, certainty = lattice.best(found, np.maximum(as_digit, as_sign).tolist(), order)
    if networks.grouping is not networks.model:
        rows = rows.copy()
        rows[chosen] = networks.chances([marks[at] for at in chosen])
    refuse_above = max(networks.refuse_above(marks), lattice.SURE_NONE if len(chosen) > 1 else 0)
    digits: list[Digit] = []
    drawn: list[Digit] = []
    for at in chosen:
        row = rows[at] * chances[at, 0]
        row[-1] += 1 - chances[at, 0]  # a sign is no digit
        digit = reading.judge(row, refuse_above, marks[at].glyph.pixels, marks[at].box)
        if as_sign[at] > as_digit[at]:
            sign = int(chances[at, 1:].argmax())
            drawn.append(replace(digit, value=None, confidence=float(chances[at, 1 + sign]), sign=signs.KINDS[sign]))
        else:
            digits.append(digit)
    if not digits:
        return assemble.number(drawn, between, height, certainty)
    return assemble.number(digits, between, height, certainty, drawn)
