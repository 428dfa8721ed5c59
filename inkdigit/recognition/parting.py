"""Pieces of ink in a row -> the number that they are: which are a digit together, and which a sign (see lattice.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink import lattice, stopping
from inkdigit.ink.stopping import Stopping, never
from inkdigit.ink.strokes import Box
from inkdigit.recognition import assemble, neighbours, reading
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.reading import Digit, Number
from inkdigit.recognition.seen import Seen

OTHER = 10  # the place of "no digit" behind the digits
_NEVER = -1e9  # a log probability
_LEAST = 1e-9  # a chance
_DOT = 0.95  # the chance that a dot among digits is a zero, where the zero is a dot


def parted(
    networks: Networks,
    points: Sequence[NDArray[np.float32]],
    height: float,
    mark_of: Callable[[Sequence[int]], Seen],
    between: Sequence[tuple[str, Box]] = (),
    letter: bool = False,
    several: float | None = None,
    stopped: Stopping = never,
) -> Number:
    """Pieces of ink -> the number that they are, parted into digits and signs as the networks read best.

    Args:
        points: where each piece lies.
        height: of the line.
        mark_of: some of the pieces, by their places, as one mark.
        between: what parts digits, and is none of the pieces.
        letter: True asks whether all pieces are one letter.
        several: log odds that they are several digits and not one mark; None: nobody knows.
        stopped: says that the number is no longer wanted; then Stopped is raised.
    """
    found = lattice.groups(points, height, stopped)
    if letter and several is not None:
        found = lattice.with_whole(found, len(points))
    members = [group.members for group in found]
    marks = [mark_of(one) for one in stopping.while_wanted(members, stopped)]
    rows = networks.grouped(marks)
    dots = lattice.dots(found, points, height) if networks.zero_is_dot and len(points) > 1 else []
    for at in dots:
        rows[at], found[at] = _zero(rows.shape[1]), replace(found[at], cost=0.0)
    stopping.check(stopped)
    chances = networks.are_signs(marks, members, points, height).astype(np.float64)
    none = chances[:, 0] + chances[:, -1]
    as_sign = np.log(chances[:, 1:-1] + _LEAST)
    as_digit = np.array([lattice.score(row, group) for row, group in zip(rows, found, strict=True)])
    as_digit += np.log(none + _LEAST)
    order = sorted(range(len(points)), key=lambda place: float(points[place][:, 0].min()))
    whole = next((at for at, one in enumerate(members) if letter and len(one) == len(points)), None)
    if whole is not None:
        as_digit[whole] = _NEVER
        apart, _ = lattice.best(found, np.maximum(as_digit, as_sign.max(axis=1)).tolist(), order, stopped)
        if several is not None and any(as_sign[at].max() > as_digit[at] for at in apart):
            odds = float(np.log(chances[whole, -1] + _LEAST) - np.log(chances[whole, 0] + _LEAST))
            several = max(several, odds)  # that network has seen digits and signs
        against = lattice.letter(points, several)
        as_digit[whole] = lattice.score(rows[whole], found[whole], against) + float(np.log(none[whole] + _LEAST))
    chosen, certainty = lattice.best(found, np.maximum(as_digit, as_sign.max(axis=1)).tolist(), order, stopped)
    chosen = [chosen[at] for at in neighbours.in_order([marks[at].box or (0, 0, 0, 0) for at in chosen])]
    answers = rows[chosen] if networks.grouping is networks.model else networks.chances([marks[at] for at in chosen])
    for place in (place for place, at in enumerate(chosen) if at in dots):
        answers[place] = _zero(answers.shape[1])
    if answers.shape[1] == OTHER:  # a network that knows digits alone
        answers = np.pad(answers, ((0, 0), (0, 1)))
    labels, beside = neighbours.labelled(np.column_stack([np.log(none + _LEAST), as_sign])[chosen])
    refuse_above = max(networks.refuse_above(marks), lattice.SURE_NONE if len(chosen) > 1 else 0)
    answers = answers * beside[:, :1].astype(np.float32)
    answers[:, OTHER] += (1 - beside[:, 0]).astype(np.float32)  # a sign is no digit
    glyphs, boxes = [marks[at].glyph.pixels for at in chosen], [marks[at].box for at in chosen]
    digits: list[Digit] = []
    drawn: list[Digit] = []
    read = reading.judged(answers, refuse_above, glyphs, boxes)
    for digit, label, chance in zip(read, labels.tolist(), beside, strict=True):
        if label:
            sign = replace(digit, value=None, confidence=min(1.0, float(chance[label])), sign=neighbours.LABELS[label])
            drawn.append(sign)
        else:
            digits.append(digit)
    if not digits:
        return assemble.number(drawn, between, height, certainty)
    return assemble.number(digits, between, height, certainty, drawn)


def _zero(labels: int) -> NDArray[np.float32]:
    """Probabilities of so many labels, of a dot that is a zero."""
    chances = np.full(labels, (1 - _DOT) / (labels - 1), np.float32)
    chances[0] = _DOT
    return chances
