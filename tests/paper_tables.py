"""Ruled pages that programs misread, drawn anew by seed; part of the families of paper_pages.py."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from paper_pen import Case, Pen, Random, box, digits, line, paper


def black_frame_at_edge(random: Random) -> Case:
    """A sheet of samples, a digit a row, in a thin black frame."""
    count, pitch = int(random.integers(8, 19)), int(random.integers(28, 33))
    page, rows = paper(10 * pitch + 10, count * pitch + 12, 255), [str(digit) for digit in random.permutation(10)]
    pen = Pen(random, 2, 0)
    for row, digit in enumerate(rows):
        pen.write(page, digit * count, 8, 6 + pitch * row, 0.74 * pitch, step=pitch)
    high, wide = page.shape
    box(page, 0, 0, wide - 1, high - 1, 0, 1)
    return page, [[digit * count for digit in rows], [digit for digit in rows for _ in range(count)]]


def cells_side_by_side(random: Random) -> Case:
    """Two columns of scores, close to the wall between them."""
    rows = int(random.integers(3, 6))
    page, pen, texts = paper(80 + 100 * rows, 420, 235), Pen(random, 6), []
    for row in range(rows + 1):
        line(page, (40, 40 + 100 * row), (380, 40 + 100 * row), 70)
    for x in (40, 210, 380):
        line(page, (x, 40), (x, 40 + 100 * rows), 70)
    for row in range(rows):
        pair = digits(random, 2, 1), digits(random, 2, 1)
        pen.write(page, pair[0], random.uniform(92, 104), 60 + 100 * row, 60, step=50)
        pen.write(page, pair[1], random.uniform(222, 232), 60 + 100 * row, 60, step=50)
        texts += pair
    return page, [texts]


def digit_in_small_box(random: Random) -> Case:
    page, text = paper(120, 300, 255), digits(random, 1)
    x, y = random.uniform(20, 220), random.uniform(10, 50)
    box(page, x, y, 60, 60, 0, int(random.integers(1, 4)))
    Pen(random, 4, 40).write(page, text, x + 14, y + 10, 40)
    return page, [[text]]


def digits_as_high_as_cell(random: Random) -> Case:
    """A thin pen; the digits fill the row and do not touch its rules."""
    rows = int(random.integers(3, 6))
    page, texts, pen = paper(90 + 60 * rows, 620, 252), [digits(random, 4) for _ in range(rows)], Pen(random, 2, 40)
    for row in range(rows + 1):
        line(page, (20, 40 + 60 * row), (600, 40 + 60 * row), 40)
    for row, text in enumerate(texts):
        pen.write(page, text, 120, 45 + 60 * row, 50, step=48)
    return page, [texts]


def field_boxes(random: Random) -> Case:
    """Fields of a form far apart."""
    page, texts, pen = paper(1000, 1000, 255), [digits(random, length) for length in (2, 2, 3)], Pen(random, 3)
    for text, x, y in zip(texts, (120, 600, 300), (150, 400, 700), strict=True):
        box(page, x, y, 50 + 40 * len(text), 60)
        pen.write(page, text, x + 18, y + random.uniform(12, 16), 32, step=34)
    return page, [texts]


def highlighted_cells(random: Random) -> Case:
    """A ruled table, every second cell marked in a bright colour."""
    page, pen, texts = np.full((400, 900, 3), 255, np.uint8), Pen(random, 4, (20, 20, 20)), []
    bright = [(255, 255, 0), (150, 255, 120), (255, 170, 200), (120, 230, 255)][int(random.integers(4))]
    for at in range(20):
        x, y, text = 40 + 160 * (at % 5), 20 + 90 * (at // 5), str(random.integers(1, 100))
        if at % 2:
            cv2.rectangle(page, (x, y), (x + 160, y + 90), bright, -1)
        pen.write(page, text, x + 45, y + 20, 50, step=44)
        texts.append(text)
    for row in range(5):
        line(page, (40, 20 + 90 * row), (840, 20 + 90 * row), 0)
    for column in range(6):
        line(page, (40 + 160 * column, 20), (40 + 160 * column, 380), 0)
    return page, [texts]


def pencil_beside_black_frame(random: Random) -> Case:
    """Heavy frames and faint digits on one scan; the digits of a number far apart, so that they may be two."""
    page, texts = paper(1500, 1800, 236), [digits(random, 2) for _ in range(15)]
    for x, wide in ((250, 720), (1010, 220), (1270, 270)):
        box(page, x, 200, wide, 1080, 55, 12)
    pen = Pen(random, 2, int(random.integers(140, 165)))
    for row, text in enumerate(texts):
        pen.write(page, text, 1045, 225 + 70 * row, 44, step=75)
    return page, [texts, list("".join(texts))]


def table_pale_broken_rules(random: Random) -> Case:
    """Rules askew, of which a scanner's program has wiped out pieces."""
    page, pen, texts = paper(460, 860, 254), Pen(random, 2), []
    for row in range(11):
        line(page, (60, 20 + 42 * row), (810, 22 + 42 * row), 120, 1)
    for column in range(6):
        y = 20
        while y < 440:
            end, x = y + int(random.integers(70, 130)), 60 + 150 * column + int(random.integers(-1, 2))
            line(page, (x, y), (x, min(end, 440)), 60, 1)
            y = end + int(random.integers(60, 120))
    for row in range(10):
        for column in range(4):
            texts.append(digits(random, 2, 1))
            pen.write(page, texts[-1], 74 + 150 * column, 28 + 42 * row, 25)
    return page, [texts]


TABLES: tuple[Callable[[Random], Case], ...] = (
    *(black_frame_at_edge, cells_side_by_side, digit_in_small_box, digits_as_high_as_cell, field_boxes),
    *(highlighted_cells, pencil_beside_black_frame, table_pale_broken_rules),
)
