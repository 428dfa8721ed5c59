"""Printed pages that are filled in: mark sheets, score cards, fields, cheques, registers, calendars, envelopes."""

from __future__ import annotations

import cv2
import numpy as np

from inkdigit.evaluation.composed import one_of
from inkdigit.evaluation.paper.canvas import NUMBER, PATTERNS, Canvas, Item
from inkdigit.evaluation.paper.notes import hatch, stamp


def table(page: Canvas, height: float) -> None:
    """A mark sheet: names or printed serial numbers, columns of numbers, rules all around or missing."""
    draw = page.random
    wide, high = page.size
    pitch = height * draw.uniform(1.08, 2.6)
    column = height * draw.uniform(2.0, 4.5)
    left, top = draw.uniform(0, 2) * height, draw.uniform(0.3, 3) * height
    thick, dark, pattern = page.rules()
    rows = int(np.clip((high - top - height) / pitch, 1, 40))
    columns = int(np.clip((wide - left) / column, 1, 12))
    first = one_of(("word", "print", "serial", "number", "number"), draw)
    flat, upright = page.chance(0.85), page.chance(0.85)
    longest = max(1, min(4, int(column / height)))
    filled, same = draw.uniform(0.5, 1), page.form(longest) if page.chance(0.5) else ""
    tints = [draw.uniform(0.55, 1) if page.chance(0.25) else 1.0 for _ in range(columns)]
    names = first in ("word", "print")
    start = left + (draw.uniform(1.0, 2.5) * column if names else 0)
    edges = [start + at * column for at in range(columns + 1) if at < 2 or start + at * column < wide + column]
    for x, tint in zip(edges, tints, strict=False):
        if tint < 1:
            page.fill(x, top, x + column, top + rows * pitch, tint)
    for row in range(rows + 1):
        y = top + row * pitch
        if flat and (row or page.chance(0.9)):
            page.line((left, y), (edges[-1], y), thick, dark, pattern)
        if row == rows:
            break
        if page.chance(0.06):
            page.fill(left, y, edges[-1], y + pitch, draw.uniform(0.55, 0.9))
        foot = y + min(pitch - 1, (pitch + height) / 2 + draw.normal(0, 0.06) * height)
        if names:
            if first == "word":
                page.word(
                    left + 3, foot, 0.8 * height, int(draw.integers(2, max(3, int(1.4 * (start - left) / height))))
                )
            else:
                page.print(None, left + 3, foot, 0.55 * height, most=start - left - 3)
        for at, x in enumerate(edges[:-1]):
            if at == 0 and first == "serial":
                page.print(str(row + 1), x + 0.2 * height, foot, height * 0.8)
            elif row == 0 and page.chance(0.3):
                page.print(None, x + 3, foot, 0.45 * height, most=column)
            elif page.chance(filled):
                inside = x + draw.uniform(0.1, 0.5) * height
                page.number(same or page.form(longest), inside, foot, height, column - 0.3 * height)
            elif page.chance(0.15):
                page.word(x + 0.3 * height, foot, 0.8 * height, 1)
    if upright:
        for x in ([left] if names else []) + edges:
            page.line((x, top), (x, top + rows * pitch), thick, dark, pattern)


def score_card(page: Canvas, height: float) -> None:
    """Printed names of rows, one or two columns of scores, heavy frames."""
    draw = page.random
    high = page.size[1]
    pitch, label = height * draw.uniform(1.3, 2.2), height * draw.uniform(4, 7)
    columns, column = int(draw.integers(1, 5)), height * draw.uniform(1.8, 3)
    left, top = draw.uniform(0.3, 2) * height, draw.uniform(0.5, 3) * height
    thick, dark, pattern = draw.uniform(1, 4), draw.uniform(0, 0.5), ""
    page.print(None, left, top - 0.2 * height, 0.8 * height)
    rows = max(1, int((high - top - height) / pitch))
    right = left + label + columns * column
    for row in range(rows):
        y, foot = top + row * pitch, top + row * pitch + (pitch + height) / 2
        page.line((left, y), (right, y), thick * (2 if page.chance(0.1) else 1), dark, pattern)
        text = None if page.chance(0.8) else str(draw.integers(1, 60))
        page.print(text, left + 4, foot, height * 0.6, most=1.1 * label)
        for at in range(columns):
            if page.chance(0.85):
                x = left + label + at * column
                page.number("d" * int(draw.integers(1, 4)), x + draw.uniform(0.1, 0.6) * height, foot, height, column)
    for at in range(columns + 1):
        x = left + label + at * column
        page.line((x, top), (x, top + rows * pitch), thick, dark, pattern)
    page.box(left, top, right, top + rows * pitch, thick * draw.uniform(1, 2.5), dark)


def comb(page: Canvas, height: float) -> None:
    """Fields of boxes, a digit in each, with printed labels."""
    draw = page.random
    wide, high = page.size
    y = draw.uniform(1.5, 3) * height
    while y < high - height:
        x = draw.uniform(0.3, 3) * height
        if page.chance(0.7):
            x = page.print(None, x, y, height * draw.uniform(0.4, 0.7)) + draw.uniform(0.3, 1) * height
        while x < wide - 3 * height:
            x = _boxes(page, x, y, height, max(1, int((wide - x) / (1.7 * height)))) + draw.uniform(1.2, 4) * height
            if page.chance(0.4):
                break
        y += height * draw.uniform(1.8, 4)


def _boxes(page: Canvas, left: float, base: float, height: float, most: int) -> float:
    """A run of boxes with a digit in each: one number; returns where it ends."""
    draw = page.random
    pitch, tall = height * draw.uniform(0.85, 1.7), height * draw.uniform(1.05, 1.7)
    thick, dark, pattern = page.rules()
    count = int(draw.integers(1, min(9, most) + 1))
    form = one_of(("box", "box", "comb", "cells"), draw)
    top, bottom = base - tall + 0.15 * height, base + 0.15 * height
    gap = draw.uniform(0.05, 0.3) * height if form == "box" else 0.0
    before = len(page.items)
    filled = count if page.chance(0.8) else int(draw.integers(0, count + 1))
    for at in range(count):
        x = left + at * (pitch + gap)
        if form == "comb":
            for edge in (x, x + pitch):
                page.line((edge, base - draw.uniform(0.2, 0.6) * height), (edge, bottom), thick, dark, pattern)
            page.line((x, bottom), (x + pitch, bottom), thick, dark, pattern)
        else:
            page.box(x, top, x + pitch, bottom, thick, dark, pattern)
    for at in range(filled):
        text, ink, _ = page.made("d", height)
        x = left + at * (pitch + gap) + (pitch - ink.shape[1]) / 2 + draw.normal(0, 0.08) * height
        page.put(NUMBER, text, ink, x, base - 0.1 * tall - ink.shape[0] + draw.normal(0, 0.06) * height, height)
    _join(page, before, height)
    return left + count * (pitch + gap)


def _join(page: Canvas, before: int, height: float) -> None:
    """What was written since then is one number."""
    made = page.items[before:]
    if len(made) < 2:
        return
    corners = np.concatenate([one.quad for one in made])
    (x, y), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    quad = np.array([[x, y], [right, y], [right, bottom], [x, bottom]], np.float32)
    across = tuple(float((one.quad[0, 0] + one.quad[1, 0]) / 2 - x) / max(1.0, float(right - x)) for one in made)
    page.items[before:] = [Item(NUMBER, "".join(one.written for one in made), quad, height, across)]


def cheque(page: Canvas, height: float) -> None:
    """Guilloche, print, a written sum and the amount in a box, with ".-" or "#" around it at times."""
    draw = page.random
    wide, high = page.size
    for _ in range(int(draw.integers(3, 30)) if page.chance(0.7) else 0):
        across = np.arange(0, wide, 3)
        down = draw.uniform(0, high) + draw.uniform(2, 60) * np.sin(
            across * draw.uniform(0.005, 0.09) + draw.uniform(0, 6)
        )
        points = np.rint(np.stack([across, down], axis=1) * 16).astype(np.int32)
        mask = np.zeros(page.tones.shape, np.uint8)
        cv2.polylines(mask, [points], False, 255, 1, cv2.LINE_AA, 4)
        tone = np.float32(draw.uniform(0.5, 0.9))
        page.tones += (mask > 60) * (np.minimum(tone, page.tones) - page.tones)
    if page.chance(0.5):
        hatch(page)
    y = 2 * height
    while y < high - height:
        x = page.print(None, draw.uniform(0.2, 2) * height, y, height * draw.uniform(0.35, 0.6))
        end = max(x + 2 * height, wide - draw.uniform(0, 5) * height)
        if page.chance(0.7):
            page.line((x, y + 3), (end, y + 3), draw.uniform(0.5, 2), draw.uniform(0, 0.7), one_of(PATTERNS, draw))
        kind = draw.random()
        if kind < 0.45:
            _amount(page, x + height * draw.uniform(0.2, 3), y + draw.normal(0, 0.15) * height, height)
        else:
            while x < end - 3 * height and page.chance(0.85):
                x = page.word(x + 0.5 * height, y, 0.7 * height) + 0.3 * height
        y += height * draw.uniform(1.5, 3)


_AMOUNTS = (
    *("ddd", "dddd", "ddddd", "dddddd", "d.ddd", "dd.ddd", "dd ddd", "dd,ddd", "ddd.ddd"),
    *("dd.dd", "ddd.dd", "d,ddd.dd"),
)


def _amount(page: Canvas, left: float, base: float, height: float) -> None:
    draw = page.random
    form = one_of(_AMOUNTS, draw)
    before, after = one_of(
        (("", ""), ("", ""), ("", ".-"), ("", "-"), ("", "="), ("#", "#"), ("", ".="), ("*", "*")), draw
    )
    form = before + form + after
    x = left
    if page.chance(0.6):
        wide = height * (0.75 * len(form) + 2)
        page.box(
            left - 0.6 * height,
            base - 1.4 * height,
            left + wide,
            base + 0.4 * height,
            draw.uniform(0.6, 3),
            draw.uniform(0, 0.6),
        )
        if page.chance(0.3):
            page.fill(
                left - 0.6 * height, base - 1.4 * height, left + wide, base + 0.4 * height, draw.uniform(0.7, 0.95)
            )
    if page.chance(0.4):
        x = page.print(one_of(("$", "Rs.", "EUR", "CHF"), draw), x, base, 0.7 * height) + 0.2 * height
    page.number(form, x, base, height)


def register(page: Canvas, height: float) -> None:
    """An old register: coloured columns, faint rules, names, days and years, a black gutter."""
    draw = page.random
    wide, high = page.size
    pitch = height * draw.uniform(1.3, 2.2)
    x, edges = draw.uniform(0, 1) * height, []
    dark, thick = draw.uniform(0.2, 0.85), draw.uniform(0.5, 2.5)
    while x < wide:
        edges.append(x)
        if page.chance(0.3):
            page.fill(x, 0, x + height * 4, high, draw.uniform(0.6, 0.95))
        x += height * draw.uniform(2, 7)
    for x in edges:
        page.line((x, 0), (x + draw.normal(0, 3), high), thick, dark)
    forms = [one_of(("word", "d", "dd", "ddd", "dddd", "18dd", "19dd", "dd dddd", "ddddd"), draw) for _ in edges]
    y = draw.uniform(1, 2) * height
    while y < high:
        if page.chance(0.8):
            page.line(
                (0, y + 0.15 * height),
                (wide, y + 0.15 * height + draw.normal(0, 2)),
                thick * 0.7,
                dark,
                one_of(PATTERNS, draw),
            )
        for at, x in enumerate(edges):
            room = (edges[at + 1] if at + 1 < len(edges) else wide) - x
            if forms[at] == "word":
                if room > 2 * height:
                    page.word(x + 0.2 * height, y, 0.7 * height, max(1, int(room / height)))
            elif page.chance(0.85):
                page.number(forms[at], x + draw.uniform(0.1, 0.5) * height, y, height, room - 0.3 * height)
        y += pitch
    if page.chance(0.5):
        gutter = draw.uniform(0.5, 3) * height
        page.tones[:, : int(gutter)] = np.float32(draw.uniform(0, 0.2))
        page.items = [one for one in page.items if one.quad[0, 0] > gutter]


def cells(page: Canvas, height: float) -> None:
    """Cells of many tints, some dark, with a number in each; calendars."""
    draw = page.random
    wide, high = page.size
    pitch, tall = height * draw.uniform(1.4, 3), height * draw.uniform(1.2, 2.2)
    thick, dark, _ = page.rules()
    pitch = max(pitch, 2.2 * height) if (ruled := page.chance(0.6)) is False else pitch
    tinted, count = draw.uniform(0.2, 1), int(draw.integers(1, 20))
    for y in np.arange(draw.uniform(0, 2) * height, high - tall, tall):
        for x in np.arange(draw.uniform(0, 1) * height, wide - pitch, pitch):
            if page.chance(tinted):
                page.fill(x, y, x + pitch, y + tall, draw.uniform(0.5, 0.95))
            if ruled:
                page.box(x, y, x + pitch, y + tall, thick, dark)
            if page.chance(0.9):
                form = "d" * (1 if count < 10 else 2)
                page.number(
                    form, x + draw.uniform(0.15, 0.5) * height, y + (tall + height) / 2, height, pitch - 0.2 * height
                )
            count += 1


def frames(page: Canvas, height: float) -> None:
    """Heavy black frames side by side, some empty, in some a column of numbers in pale pencil."""
    draw = page.random
    wide, high = page.size
    page.dark, thick, dark = draw.uniform(0.45, 0.8), draw.uniform(1.5, 5), draw.uniform(0, 0.15)
    x, top, bottom = draw.uniform(0, 2) * height, draw.uniform(0, 3) * height, high - draw.uniform(0, 3) * height
    while x < wide - 3 * height:
        count, pitch = int(draw.integers(1, 5)), height * draw.uniform(1.15, 2)
        across = (0.9 * count + draw.uniform(0.4, 2)) * height
        page.box(x, top, x + across, bottom, thick, dark)
        written = page.chance(0.75)
        for y in np.arange(top + 1.3 * height, bottom - 0.2 * height, pitch) if written else ():
            if page.chance(0.92):
                page.number("d" * count, x + draw.uniform(0.15, 0.35) * height, y, height, across - 0.3 * height)
        x += across + draw.uniform(0.05, 1) * height


def envelope(page: Canvas, height: float) -> None:
    """Printed lines, a code below them, a stamp, a written address."""
    draw = page.random
    high = page.size[1]
    y, x = draw.uniform(1, 3) * height, draw.uniform(0.3, 6) * height
    for _ in range(int(draw.integers(1, 6))):
        page.print(None, x, y, height * draw.uniform(0.4, 0.9))
        y += height * draw.uniform(0.9, 1.6)
    while y < high - height:
        kind = draw.random()
        if kind < 0.5:
            page.number("d" * int(draw.integers(3, 7)), x, y + 0.6 * height, height)
        elif kind < 0.8:
            page.word(x, y, height * 0.8)
            page.word(x + 6 * height, y, height * 0.8)
        y += height * draw.uniform(1.5, 2.5)
    if page.chance(0.6):
        stamp(page, height)
