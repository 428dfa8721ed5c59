"""Pages on which numbers are printed beside others that are written by hand: tables, questions, calendars, prices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inkdigit.evaluation.composed import one_of
from inkdigit.evaluation.paper import shot
from inkdigit.evaluation.paper.canvas import Canvas
from inkdigit.evaluation.paper.material import Material, printed
from inkdigit.evaluation.paper.shot import Shot

SIZE = (900, 1200)  # pixels
HEIGHTS = (18.0, 40.0)  # pixels, of a digit
_PLACES = ("left", "right", "middle")
_MARKS = (5, 10, 20, 25, 50, 100)


def serials(page: Canvas, height: float, by_hand: bool = False) -> None:
    """A table with serial numbers in its first column, in order mostly, and marks in the others.

    Args:
        by_hand: the serial numbers are written by hand, too.
    """
    draw = page.random
    wide, high = page.size
    pitch, size = height * draw.uniform(1.1, 2.4), height * draw.uniform(0.5, 1.0)
    first = int(draw.integers(1, 4)) if page.chance(0.6) else int(draw.integers(4, 9000))
    rows = int(np.clip((high - 2.5 * height) / pitch, 1, 40))
    order = draw.permutation(rows) if page.chance(0.2) else np.arange(rows)
    end = "." if page.chance(0.3) else ""
    left, top = draw.uniform(0.1, 2) * height, draw.uniform(0.3, 2) * height
    label = max(2.0 * height, 0.75 * size * (len(str(first + rows)) + 2)) * draw.uniform(1, 1.3)
    column = height * draw.uniform(2.0, 4.5)
    columns = int(draw.integers(1, np.clip((wide - left - label) / column, 1, 9).astype(int) + 1))
    (thick, dark, pattern), place, tone = page.rules(), one_of(_PLACES, draw), float(draw.uniform(0, 0.4))
    flat, upright, has_head = page.chance(0.8), page.chance(0.8), page.chance(0.3)
    most = str(one_of(_MARKS, draw)) if page.chance(0.25) else ""
    filled, longest = draw.uniform(0.5, 1), max(1, min(4, int(column / height)))
    edges = [left + label + at * column for at in range(columns + 1)]
    for row in range(rows + 1):
        y = top + row * pitch
        if flat:
            page.line((left, y), (edges[-1], y), thick, dark, pattern)
        if row == rows:
            break
        foot = y + min(pitch - 1, (pitch + height) / 2)
        lower = foot - (height - size) / 2
        if has_head and row == 0:
            for at, x in enumerate(edges[:-1]):
                _cell(page, str(at + 1), (x, column), lower, size, place, tone)
            continue
        text = str(first + int(order[row]))
        if by_hand:
            written = max(size, 0.7 * height)
            page.number(text, left + draw.uniform(0.2, 0.4) * height, lower, written, label - 0.3 * height)
        else:
            _cell(page, text + end, (left, label), lower, size, place, tone)
        for at, x in enumerate(edges[:-1]):
            if most and at == columns - 1:
                _cell(page, most, (x, column), lower, size, place, tone)
            elif page.chance(filled):
                inside, down = x + draw.uniform(0.1, 0.5) * height, draw.normal(0, 0.06) * height
                page.number(page.form(longest), inside, foot + down, height, column - 0.3 * height)
    for x in (left, *edges) if upright else ():
        page.line((x, top), (x, top + rows * pitch), thick, dark, pattern)


def serials_by_hand(page: Canvas, height: float) -> None:
    """The same table, its serial numbers written by hand."""
    serials(page, height, by_hand=True)


def answers(page: Canvas, height: float) -> None:
    """Printed numbers of questions, and boxes or lines behind them that are filled in."""
    draw = page.random
    wide, high = page.size
    size, pitch, tone = height * draw.uniform(0.5, 0.9), height * draw.uniform(1.3, 2.6), float(draw.uniform(0, 0.4))
    across, end, top = height * draw.uniform(5, 9), one_of(("", ".", ")", ":"), draw), draw.uniform(1.2, 2) * height
    number, x = int(draw.integers(1, 3)), draw.uniform(0.2, 1.5) * height
    (thick, dark, pattern), is_boxed = page.rules(), page.chance(0.5)
    while x < wide - 4 * height:
        for y in np.arange(top, high - height, pitch):
            after, right = x + 2.2 * size + 0.2 * height, x + across - height
            page.print(f"{number}{end}", x, y, size, tone)
            number += 1
            if is_boxed:
                page.box(after, y - 1.2 * height, right, y + 0.2 * height, thick, dark, pattern)
            else:
                page.line((after, y + 3), (right, y + 3), thick, dark, pattern)
            if page.chance(0.8):
                form, inside = "d" * int(draw.integers(1, 4)), after + draw.uniform(0.2, 0.6) * height
                page.number(form, inside, y, height, across - 3.6 * height)
        x += across


def calendar(page: Canvas, height: float) -> None:
    """Printed days in the corners of cells, with a number written below some of them."""
    draw = page.random
    wide, high = page.size
    size, tone = height * draw.uniform(0.4, 0.8), float(draw.uniform(0, 0.4))
    pitch, tall = height * draw.uniform(2.4, 3.6), height * draw.uniform(2.0, 3)
    (thick, dark, _), day, left = page.rules(), 0, draw.uniform(0.1, 1) * height
    for y in np.arange(draw.uniform(0.2, 1) * height, high - tall, tall):
        for x in np.arange(left, wide - pitch, pitch)[:7]:
            page.box(x, y, x + pitch, y + tall, thick, dark)
            page.print(str(day % 31 + 1), x + 0.15 * height, y + 1.25 * size, size, tone)
            day += 1
            if page.chance(0.5):
                form, inside = "d" * int(draw.integers(1, 3)), x + draw.uniform(0.3, 0.6) * height
                page.number(form, inside, y + tall - 0.15 * height, height, pitch - 0.6 * height)


def prices(page: Canvas, height: float) -> None:
    """A table of printed numbers, with others written in its last column."""
    draw = page.random
    wide, high = page.size
    size, tone, place = height * draw.uniform(0.6, 1), float(draw.uniform(0, 0.4)), one_of(_PLACES, draw)
    column, pitch = height * draw.uniform(3, 5), height * draw.uniform(1.2, 2.2)
    columns = int(np.clip((wide - height) / column, 2, 8))
    lengths = [int(draw.integers(1, 5)) for _ in range(columns)]
    (thick, dark, pattern), left, is_ruled = page.rules(), draw.uniform(0.1, 1) * height, page.chance(0.7)
    for y in np.arange(draw.uniform(0.2, 1) * height, high - pitch, pitch):
        foot = y + (pitch + size) / 2
        if is_ruled:
            page.line((left, y), (left + columns * column, y), thick, dark, pattern)
        for at, length in enumerate(lengths):
            x = left + at * column
            if at < columns - 1:
                text = str(draw.integers(10 ** (length - 1), 10**length))
                _cell(page, text, (x + 0.2 * height, column - 0.4 * height), foot, size, place, tone)
            elif page.chance(0.6):
                page.number("d" * length, x + 0.3 * height, foot, height, column - 0.5 * height)


def _cell(
    page: Canvas, text: str, cell: tuple[float, float], base: float, size: float, place: str, tone: float
) -> None:
    """Prints a number into a cell that begins there and is so wide."""
    room = cell[1] - printed(text, size, page.font).shape[1]
    off = {"left": 3.0, "right": room - 3, "middle": room / 2}[place]
    page.print(text, cell[0] + off, base, size, tone)


KINDS: dict[str, Callable[[Canvas, float], None]] = {
    "serials": serials,
    "serials by hand": serials_by_hand,
    "answers": answers,
    "calendar": calendar,
    "prices": prices,
}


def drawn(made: Material, kind: str, seed: int, at: int) -> Shot:
    """A page of one of the KINDS, the same one each time, as a scanner or a phone sees it."""
    random = np.random.default_rng([seed, list(KINDS).index(kind), at])
    page = Canvas(made, *SIZE, random)
    KINDS[kind](page, float(random.uniform(*HEIGHTS)))
    return shot.seen(page, kind, 0)
