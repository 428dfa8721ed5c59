"""Drawn tables with printed serial numbers beside marks that are written by hand."""

from __future__ import annotations

import numpy as np
from paper_pen import Pen, Picture, Random, digits, line, paper
from PIL import Image, ImageDraw, ImageFont

import inkdigit
from inkdigit.evaluation.paper.material import fonts

PAGES = 8
MARKS = 3  # columns


def table(random: Random) -> tuple[Picture, set[str], set[str]]:
    """A table, its printed serial numbers, and the marks in it; no number is both."""
    known = [path for path in fonts() if "Italic" not in path.name]
    size, pitch, rows = int(random.integers(26, 36)), int(random.integers(52, 66)), int(random.integers(12, 17))
    font = ImageFont.truetype(str(known[int(random.integers(len(known)))]), size) if known else None
    page, pen = paper(rows * pitch + 80, 760, 245), Pen(random, float(random.uniform(2.5, 4)), 45)
    for row in range(rows + 1):
        line(page, (40, 40 + pitch * row), (720, 40 + pitch * row), 120)
    for x in (40, 160, 345, 530, 720):
        line(page, (x, 40), (x, 40 + pitch * rows), 120)
    order = random.permutation(rows) if random.random() < 0.5 else np.arange(rows)
    serials, marks = [str(11 + at) for at in order], list[str]()
    for row, serial in enumerate(serials):
        image = Image.fromarray(page)
        top = 40 + pitch * row + (pitch - 1.2 * size) / 2
        ImageDraw.Draw(image).text((70, top), serial, 40, font or ImageFont.load_default(size))
        page[:] = np.asarray(image)
        for at in range(MARKS):
            marks.append(digits(random, 3, 1))
            pen.write(page, marks[-1], 190 + 185 * at, top + random.uniform(-4, 4), 36)
    return page, set(serials), set(marks)


def test_serial_numbers_in_tables_are_told_from_the_marks_beside_them(reader: inkdigit.Reader) -> None:
    told, printed, wrong, written = 0, 0, 0, 0
    for seed in range(PAGES):
        page, serials, marks = table(np.random.default_rng([5, seed]))
        for one in reader.page(page).numbers:
            printed += one.text in serials
            told += one.text in serials and one.printed
            written += one.text in marks
            wrong += one.text in marks and one.printed
    assert printed > 60
    assert written > 200
    assert told >= 0.8 * printed, (told, printed)
    assert wrong <= 0.003 * written, (wrong, written)
