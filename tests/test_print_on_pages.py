"""Drawn pages with print: tables with printed serial numbers beside marks that are written by hand, and small text."""

from __future__ import annotations

import cv2
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


LINES = (
    "In the middle of what is written lie cores that stay apart where numbers stand side by side",
    "They tell numbers from words by what stands around them Light and contrast are looked at in a window",
    "so that neither shade nor a dark table changes what is seen Whoever reads the page turns it until",
    "most of its rows are read surely A letter is no digit however much it looks like one",
)
TEXT = [word for line in LINES for word in line.split()]


def text(random: Random) -> tuple[Picture, int]:
    """A page of small print without a digit, which may lie on its side or head, and how many words are on it."""
    high, wide = [(1754, 1240), (1240, 1754), (1200, 900)][int(random.integers(3))]
    size = int(random.integers(10, 20))
    pitch = round(size * random.uniform(1.15, 2))
    known = [path for path in fonts() if "Italic" not in path.name]
    font = ImageFont.truetype(str(known[int(random.integers(len(known)))]), size) if known else None
    image = Image.new("L", (wide, high), 250)
    draw, count = ImageDraw.Draw(image), 0
    for top in range(50, high - 70, pitch):
        words = [TEXT[int(at)] for at in random.integers(len(TEXT), size=wide)]
        line = " ".join(words)[: int(1.8 * (wide - 100) / size)]
        draw.text((50, top), line, 40, font or ImageFont.load_default(size))
        count += line.count(" ") + 1
    page = np.asarray(image)
    if random.random() < 0.4:  # strokes of one width, as a plotter draws them
        page = np.full((high, wide), 250, np.uint8)
        for top in range(50, high - 70, pitch):
            line = " ".join(TEXT[int(at)] for at in random.integers(len(TEXT), size=wide // (3 * size)))
            cv2.putText(page, line, (50, top + size), cv2.FONT_HERSHEY_COMPLEX, size / 30, 40, 1, cv2.LINE_AA)
    return np.ascontiguousarray(np.rot90(page, int(random.integers(4)))), count


def test_small_print_holds_no_numbers_whichever_way_it_lies(reader: inkdigit.Reader) -> None:
    """Laid on its side it looks like columns of digits: hundreds of numbers a page, though unsure ones."""
    words, read, sure = 0, 0, 0
    for seed in range(16):
        page, count = text(np.random.default_rng([6, seed]))
        numbers = reader.page(page).numbers
        words, read, sure = words + count, read + len(numbers), sure + sum(one.confidence >= 0.9 for one in numbers)
    assert words > 10_000
    assert read < words / 200, (read, words)
    assert sure == 0
