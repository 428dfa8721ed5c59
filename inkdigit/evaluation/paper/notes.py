"""What people write on bare, ruled or squared paper; and pages without a number."""

from __future__ import annotations

import cv2
import numpy as np

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.composed import one_of
from inkdigit.evaluation.paper.canvas import PATTERNS, Canvas


def squared(page: Canvas, height: float) -> None:
    """Ruled or squared paper with numbers and sums on it, and words among them."""
    draw = page.random
    wide, high = page.size
    pitch = height * draw.uniform(0.6, 2.2)
    thick, dark, pattern = draw.uniform(0.5, 1.6), draw.uniform(0.3, 0.9), one_of(("", "", "dotted"), draw)
    for y in np.arange(draw.uniform(0, pitch), high, pitch):
        page.line((0, y), (wide, y), thick, dark, pattern)
    if page.chance(0.55):
        for x in np.arange(draw.uniform(0, pitch), wide, pitch):
            page.line((x, 0), (x, high), thick, dark, pattern)
    loose(page, height, words=draw.uniform(0, 0.5))


def notebook(page: Canvas, height: float) -> None:
    """Handwritten words with a number among them."""
    if page.chance(0.6):
        pitch = height * page.random.uniform(1.3, 2.4)
        dark = page.random.uniform(0.4, 0.9)
        for y in np.arange(page.random.uniform(0, pitch), page.size[1], pitch):
            page.line((0, y), (page.size[0], y), 1, dark)
    loose(page, height, words=page.random.uniform(0.5, 0.9))


def alone(page: Canvas, height: float) -> None:
    """One number or two, and nothing else."""
    draw = page.random
    wide, high = page.size
    for _ in range(int(draw.integers(1, 4))):
        page.number(page.form(8), draw.uniform(0, 0.6) * wide, draw.uniform(0.1, 1) * high, height)


def plain(page: Canvas, height: float) -> None:
    """A few numbers on bare paper."""
    loose(page, height, words=0.0, prints=page.random.uniform(0, 0.2))


def loose(page: Canvas, height: float, words: float, prints: float = 0.0) -> None:
    """Numbers, and words among them, in rows or at any place."""
    draw = page.random
    wide, high = page.size
    y = draw.uniform(1.2, 3) * height
    spread, fill = draw.uniform(1.3, 3.5), draw.uniform(0.3, 1)
    while y < high - 0.2 * height:
        x = draw.uniform(0.2, 2) * height
        while x < wide - height:
            kind = draw.random()
            foot = y + draw.normal(0, 0.05) * height
            if kind < words:
                x = page.word(x, foot, height * draw.uniform(0.6, 0.9))
            elif kind < words + prints:
                x = page.print(None, x, foot, height * draw.uniform(0.4, 0.8))
            elif kind < words + prints + (1 - words - prints) * fill:
                if page.chance(0.1):  # a letter before it, as in M-0035162
                    x = page.word(x, foot, height, int(draw.integers(1, 3))) + height * draw.uniform(0.1, 0.4)
                    x = page.sign("-", x, foot, height) + 0.2 * height if page.chance(0.3) else x
                x = page.number(page.form(), x, foot, height * float(np.exp(draw.normal(0, 0.06))))
                if page.chance(0.08):  # a unit behind it
                    x = page.word(x + height * draw.uniform(0.2, 0.5), foot, 0.7 * height, int(draw.integers(1, 3)))
            x += height * draw.uniform(1.0, 3)
        y += height * spread


def matrix(page: Canvas, height: float) -> None:
    """Brackets around rows of small numbers."""
    draw = page.random
    wide, high = page.size
    y = draw.uniform(1, 2) * height
    while y < high - 3 * height:
        rows, pitch = int(draw.integers(2, 5)), height * draw.uniform(1.3, 2)
        x = draw.uniform(0.5, 2) * height
        while x < wide - 5 * height:
            columns, step = int(draw.integers(1, 5)), height * draw.uniform(1.7, 3)
            right, bottom = x + columns * step + 0.6 * height, y + rows * pitch
            _bracket(page, x, y, bottom, height, 1)
            for row in range(rows):
                for at in range(columns):
                    form = one_of(("d", "d", "d", "dd", "-d"), draw)
                    page.number(
                        form, x + (0.6 + 0.1 * draw.random()) * height + at * step, y + (row + 0.8) * pitch, height
                    )
            _bracket(page, right, y, bottom, height, -1)
            x = right + height * draw.uniform(1, 3)
            if page.chance(0.4):
                page.sign(one_of("+=-x", draw), x - 0.9 * height, (y + bottom) / 2, height)
        y += (rows + 1) * pitch


def _bracket(page: Canvas, x: float, top: float, bottom: float, height: float, turn: int) -> None:
    thick, high, wide = max(1.0, page.pen * height), bottom - top, int(0.3 * height) + 2
    kind = one_of(("square", "round", "bar"), page.random)
    mask = np.zeros((int(high) + 6, wide + 6), np.uint8)
    if kind == "round":
        cv2.ellipse(
            mask, (wide + 2, len(mask) // 2), (wide, int(high / 2)), 0, 90, 270, 255, max(1, round(thick)), cv2.LINE_AA
        )
    else:
        ends = (
            [(wide, 3), (3, 3), (3, len(mask) - 3), (wide, len(mask) - 3)]
            if kind == "square"
            else [(3, 3), (3, len(mask) - 3)]
        )
        cv2.polylines(mask, [np.array(ends, np.int32)], False, 255, max(1, round(thick)), cv2.LINE_AA)
    ink = mask[:, ::turn].astype(np.float32) / 255
    page.paint(ink, x, top, page.dark)


def column(page: Canvas, height: float) -> None:
    """Numbers one below the other, many of them of 1s, with a rule beside them or under them at times."""
    draw = page.random
    wide, high = page.size
    x = draw.uniform(0.5, 3) * height
    while x < wide - 2 * height:
        form = "d" * int(draw.integers(1, 5))
        if page.chance(0.3):  # a list, counted from ten or so
            form = str(draw.integers(1, 10) if page.chance(0.4) else 1) + "d" * int(draw.integers(1, 3))
            if page.chance(0.6):
                page.hand, page.scan = [*(mark for mark in page.hand if mark.label != "1"), _stem(page)], None
                page.slant = float(draw.normal(0, 0.08))  # one that leans far is a slash
        ones = page.chance(0.3)
        pitch, y = height * draw.uniform(1.25, 2), draw.uniform(1.2, 4) * height
        if page.chance(0.3):
            page.line((x - 0.5 * height, 0), (x - 0.5 * height, high), draw.uniform(1, 3), draw.uniform(0, 0.7))
        end = x
        hand, several = page.hand, [mark for mark in page.hand if mark.label == "1"]
        page.hand = several if ones and several else hand
        while y < high:
            end = max(end, page.number(form, x, y, height))
            if page.chance(0.06):
                page.line((x - 0.3 * height, y + 0.25 * height), (end, y + 0.25 * height), page.pen * height, page.dark)
            y += pitch
        page.hand = hand
        x = end + height * draw.uniform(1.0, 4)


def _stem(page: Canvas) -> PenSample:
    """A 1 that is a straight line, as somebody draws it each time: like a wall of a cell, if it did not end."""
    return PenSample("1", "", [[[float(page.random.normal(0, 5)), 0.0], [0.0, 100.0]]])


def spread(page: Canvas, height: float) -> None:
    """A number a row, its digits far apart and nearly as high as the row, between rules right across or none."""
    draw = page.random
    wide, high = page.size
    pitch, gap = height * draw.uniform(1.06, 1.6), float(draw.uniform(0.25, 0.85))
    page.gaps, page.scan = (gap, gap, gap * 0.8), None
    first, left, count = draw.uniform(0.1, 1) * pitch, draw.uniform(0.1, 4) * height, int(draw.integers(2, 9))
    thick, dark, pattern = page.rules()
    ruled, framed = page.chance(0.7), page.chance(0.4)
    rows = np.arange(first, high - pitch, pitch)
    for top in rows:
        if page.chance(0.9):
            page.number("d" * count, left, top + (pitch + height) / 2 + draw.normal(0, 0.02) * height, height)
    for top in (*rows, rows[-1] + pitch) if ruled and len(rows) else ():
        page.line((0, top), (wide, top), thick, dark, pattern)
    if framed:
        edge = draw.uniform(0, 3)
        page.box(edge, edge, wide - 1 - edge, high - 1 - edge, thick, dark)


def samples(page: Canvas, height: float) -> None:
    """A sheet of single digits in rows and columns, often the same one along a row, at times in a frame at the edge."""
    draw = page.random
    wide, high = page.size
    across, down = height * draw.uniform(1.4, 2.4), height * draw.uniform(1.15, 2)
    left, top, alike = draw.uniform(0.1, 1) * across, draw.uniform(0.1, 1) * down, page.chance(0.6)
    hand = page.hand
    for y in np.arange(top + height, high, down):
        digit = one_of(hand, draw).label
        page.hand = [mark for mark in hand if mark.label == digit] if alike else hand
        for x in np.arange(left, wide - height, across):
            page.number("d", x + draw.normal(0, 0.05) * height, y + draw.normal(0, 0.03) * height, height)
    page.hand = hand
    if page.chance(0.5):
        edge, thick = draw.uniform(0, 4), draw.uniform(0.6, 3)
        page.box(edge, edge, wide - 1 - edge, high - 1 - edge, thick, draw.uniform(0, 0.4))


def words(page: Canvas, height: float) -> None:
    """Handwriting without a number."""
    loose(page, height, words=1.0)


def print_only(page: Canvas, height: float) -> None:
    """Print without a written number; printed numbers among it."""
    draw = page.random
    y = height
    while y < page.size[1]:
        x = draw.uniform(0, 2) * height
        while x < page.size[0]:
            text = None if page.chance(0.8) else str(draw.integers(1, 10 ** int(draw.integers(1, 6))))
            x = page.print(text, x, y, height * 0.7) + 0.5 * height
        y += height * draw.uniform(1.2, 2)


def empty_table(page: Canvas, height: float) -> None:
    """Rules, boxes and circles, and nothing in them."""
    draw = page.random
    wide, high = page.size
    for _ in range(int(draw.integers(2, 25))):
        x, y = draw.uniform(0, wide), draw.uniform(0, high)
        kind, thick, dark = draw.random(), draw.uniform(0.6, 5), draw.uniform(0, 0.8)
        if kind < 0.5:
            page.box(
                x,
                y,
                x + draw.uniform(0.5, 12) * height,
                y + draw.uniform(0.5, 6) * height,
                thick,
                dark,
                one_of(PATTERNS, draw),
            )
        elif kind < 0.8:
            page.line(
                (x, y), (x + draw.normal(0, 200), y) if page.chance(0.5) else (x, y + draw.normal(0, 200)), thick, dark
            )
        elif kind < 0.9:
            stamp(page, height)
        else:
            page.word(x, y, height * draw.uniform(0.5, 3))
    if page.chance(0.3):
        noise = cv2.resize(
            draw.uniform(0, 1, (int(draw.integers(4, 60)), int(draw.integers(4, 60)))).astype(np.float32), (wide, high)
        )
        page.tones *= noise


def stamp(page: Canvas, height: float) -> None:
    """A round postmark, or a box of print, aslant."""
    draw = page.random
    middle = (int(draw.uniform(0.2, 1) * page.size[0]), int(draw.uniform(0, 1) * page.size[1]))
    mask = np.zeros(page.tones.shape, np.uint8)
    for radius in draw.uniform(1, 4, int(draw.integers(1, 4))) * height:
        cv2.circle(mask, middle, int(radius), 255, int(draw.integers(1, 4)), cv2.LINE_AA)
    for _ in range(int(draw.integers(0, 6))):
        y = middle[1] + int(draw.normal(0, 2) * height)
        x = np.arange(middle[0] - int(4 * height), middle[0] + int(4 * height), 4)
        wave = y + 0.2 * height * np.sin(x / height * 2)
        cv2.polylines(mask, [np.stack([x, wave], axis=1).astype(np.int32)], False, 255, 2, cv2.LINE_AA)
    page.paint(mask.astype(np.float32) / 255 * draw.uniform(0.4, 1), 0, 0, draw.uniform(0.1, 0.6))


def hatch(page: Canvas) -> None:
    """Fine waved lines under everything, close together, as on security paper; at times two kinds that cross."""
    draw = page.random
    wide, high = page.size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    for _ in range(int(draw.integers(1, 3))):
        angle, step = draw.uniform(0, np.pi), draw.uniform(3.5, 12)
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        wave = draw.uniform(0, 0.8) * step * np.sin(along * draw.uniform(0.02, 0.3))
        lines = np.cos(2 * np.pi * (across + wave) / step) > draw.uniform(0.3, 0.9)
        page.tones *= np.where(lines, np.float32(draw.uniform(0.55, 0.93)), np.float32(1))
