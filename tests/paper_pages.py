"""Kinds of page that programs misread, drawn anew by seed: each family -> a picture, and the readings that are right.

The families are those of pages that people really feed such a program. `python tests/paper_pages.py [FOLDER]` says how
many of five drawings of each are read wholly right, and writes the drawings to the folder.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import paper_tables
from paper_pen import Case, Pen, Random, digits, grained, line, paper, printed

import inkdigit
from inkdigit.recognition.reading import Number

TIMES = 5  # drawings of each family


def two_digits(random: Random, wide: int) -> Case:
    """The cut-out of one cell, drawn large and made small."""
    page, text = paper(204, 6 * wide, 252), digits(random, 2, first=1)
    Pen(random, random.uniform(7, 12)).write(page, text, random.uniform(14, 24), 45, 110, most=84)
    return cv2.resize(page, (wide, 34), interpolation=cv2.INTER_AREA), [[text]]


def tiny_two_digits(random: Random) -> Case:
    """So small that one digit might be expected."""
    return two_digits(random, int(random.integers(40, 48)))


def two_digits_50px(random: Random) -> Case:
    return two_digits(random, int(random.integers(50, 60)))


def bare_black_and_white(random: Random) -> Case:
    """One bit a pixel."""
    page, texts = paper(400, 700, 255), [digits(random, 4) for _ in range(2)]
    pen = Pen(random, random.uniform(6, 11), 0)
    for row, text in enumerate(texts):
        pen.write(page, text, 60, 40 + 170 * row, 110)
    return np.where(page > 127, 255, 0).astype(np.uint8), [texts]


def blocky_screenshot(random: Random) -> Case:
    """28x28 pixels enlarged without smoothing, and a row or column of the window at the edge."""
    page, text = paper(280, 280, 0), digits(random, 1)
    Pen(random, random.uniform(24, 34), 255).write(page, text, 70, 40, 200, most=140)
    small = cv2.resize(page, (28, 28), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, None, fx=16, fy=16, interpolation=cv2.INTER_NEAREST)
    if random.random() < 0.5:
        large[-1:] = random.integers(40, 90)
    else:
        large[:, -2:] = random.integers(40, 90)
    return large, [[text]]


def code_under_print(random: Random) -> Case:
    """An envelope."""
    page, text = paper(800, 1400, 222), digits(random, int(random.integers(4, 6)))
    for x, y, words in (
        (40, 30, "Postmaster Ltd."),
        (40, 80, "Waterworks Inc."),
        (40, 130, "Main street, Capital"),
        (950, 120, "Letter Post"),
        (940, 520, "Somebody Else"),
        (940, 575, "Oldtown"),
    ):
        printed(page, words, x, y, 34)
    Pen(random, 4, 60).write(page, text, 945, random.uniform(612, 624), random.uniform(50, 64))
    return page, [[text]]


def column_of_numbers(random: Random) -> Case:
    """Rows close under each other on bare paper."""
    texts = [digits(random, 4) for _ in range(int(random.integers(5, 9)))]
    page, pen = paper(100 + 50 * len(texts), 700, 246), Pen(random, 3, 45)
    for row, text in enumerate(texts):
        pen.write(page, text, 100, 47 + 50 * row, random.uniform(34, 38), step=34)
    return page, [texts]


def column_of_ones(random: Random) -> Case:
    """A numbered list: stems exactly below each other."""
    texts = [f"1{digit}" for digit in range(int(random.integers(6, 9)))]
    pitch, x = random.uniform(48, 56), random.uniform(60, 200)
    page, pen = paper(60 + round(pitch * len(texts)), 700), Pen(random, 3, 40)
    for row, text in enumerate(texts):
        y = 30 + pitch * row
        line(page, (x, y), (x, y + 40), 40, 3)
        pen.write(page, text[1], x + random.uniform(14, 20), y, 40)
    return page, [texts]


def dark_table(random: Random) -> Case:
    """A sheet on dark wood."""
    wood = cv2.resize(random.normal(0, 1, (160, 400)).astype(np.float32), (1200, 1600))
    wood = cv2.GaussianBlur(wood, (3, 61), 0)
    page = np.clip(random.uniform(25, 50) + 26 * wood / wood.std(), 8, 120).astype(np.uint8)
    page[150:1350, 250:950] = random.integers(190, 230)
    texts = [digits(random, int(random.integers(1, 3)), first=1) for _ in range(6)]
    pen = Pen(random, 7)
    for row, text in enumerate(texts):
        pen.write(page, text, 520, 260 + 150 * row, 60)
    return page, [texts]


def date_with_slashes(random: Random) -> Case:
    parts = [f"{random.integers(1, 32):02}", f"{random.integers(1, 13):02}", f"{random.integers(1950, 2030)}"]
    page = paper(200, 900, 245)
    Pen(random, 5).write(page, "/".join(parts), 60, 60, 70)
    return page, [parts, ["".join(parts)]]


def decimal_point(random: Random) -> Case:
    texts = [f"{digits(random, 3, 1)}.{digits(random, 2)}", f"{digits(random, 2, 1)}.{digits(random, 1)}"]
    page, pen = paper(360, 700), Pen(random, random.uniform(5, 7))
    for row, text in enumerate(texts):
        pen.write(page, text, 60, 60 + 160 * row, 80)
    return page, [[text.replace(".", "") for text in texts]]


def halftone_paper(random: Random) -> Case:
    """A cheque that is printed in dots."""
    page = paper(700, 1500, int(random.integers(195, 215)))
    y, x = np.mgrid[0:700, 0:1500]
    page[((x + (y // 5 % 2) * 3) % 6 < 3) & (y % 5 < 3)] = random.integers(110, 140)
    page = cv2.GaussianBlur(page, (3, 3), 0.8)
    texts = [digits(random, 4, 1), f"{digits(random, 3, 1)}.{digits(random, 2)}"]
    Pen(random, 9, 15).write(page, texts[0], 1100, 80, 60)
    Pen(random, 5, 50).write(page, texts[1], 1000, 330, 60)
    return page, [[texts[0], texts[1].replace(".", "")]]


def letter_before_number(random: Random) -> Case:
    page, text, pen = paper(120, 800, 215), digits(random, 7), Pen(random, 5, 70)
    x = pen.write(page, "AEHKMNRW"[random.integers(8)], 30, 30, 60)
    x = pen.write(page, "-", x + 10, 30, 50) if random.random() < 0.6 else x + 6
    pen.write(page, text, x + 14, 30, 58)
    return page, [[text]]


def matrix_brackets(random: Random) -> Case:
    page, pen, texts = paper(420, 540, 170), Pen(random, 7), []
    for x, side in ((40, 22), (500, -22)):
        pen.stroke(page, np.array([[x + side, 50], [x, 52], [x + 4, 370], [x + side, 368]]))
    for row in range(3):
        for column in range(3):
            minus, digit = "-" if random.random() < 0.2 else "", digits(random, 1)
            pen.write(page, minus + digit, 100 + 150 * column - 35 * bool(minus), 85 + 100 * row, 55)
            texts.append(digit)
    return page, [texts]


def sheet_askew(random: Random) -> Case:
    """A sheet of single digits that lies on a table, turned by up to 35 degrees."""
    page, pen, texts = paper(520, 620, 245), Pen(random, 4), list(digits(random, 30))
    for at, text in enumerate(texts):
        pen.write(page, text, 40 + 95 * (at % 6), 40 + 95 * (at // 6), 50)
    table = np.full((1000, 1000), random.integers(60, 130), np.uint8)
    table[240:760, 190:810] = page
    turn = cv2.getRotationMatrix2D((500, 500), float(random.choice((-1, 1)) * random.uniform(10, 35)), 1)
    shot = cv2.warpAffine(table, turn, (1000, 1000), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shot, np.uint8), [texts]


def sideways_page(random: Random) -> Case:
    """A photo that was taken sideways: read as it was written, or not at all."""
    page, texts, pen = paper(700, 900, 240), [digits(random, 4) for _ in range(3)], Pen(random, 6)
    for row, text in enumerate(texts):
        pen.write(page, text, 200, 100 + 180 * row, 90)
    turn = cv2.ROTATE_90_CLOCKWISE if random.random() < 0.5 else cv2.ROTATE_90_COUNTERCLOCKWISE
    return cv2.rotate(page, turn), [texts, []]


def upside_down_page(random: Random) -> Case:
    page, texts, pen = paper(900, 600, 240), list(digits(random, 10)), Pen(random, 6)
    for at, text in enumerate(texts):
        pen.write(page, text, 120 + 280 * (at % 2), 40 + 170 * (at // 2), 80)
    return cv2.rotate(page, cv2.ROTATE_180), [texts, []]


def sum_with_signs(random: Random) -> Case:
    """Numbers with a sign between each two."""
    texts = [digits(random, 2, 1) for _ in range(5)]
    page, pen, x = paper(160, 1500, 255), Pen(random, 4), 40.0
    for at, text in enumerate(texts):
        if at:
            x = pen.write(page, "+-x+="[random.integers(5)], x + 16, 45, 70) + 16
        x = pen.write(page, text, x, 45, 70)
    return page, [texts, ["".join(texts)]]


def thick_charcoal(random: Random) -> Case:
    """A close-up, lit from one side."""
    page, text = paper(400, 370, 255), digits(random, 1)
    Pen(random, random.uniform(34, 46), 0).write(page, text, 70, 60, 280, most=230)
    ink = 1 - cv2.GaussianBlur(page, (5, 5), 0).astype(np.float32) / 255
    grain = cv2.GaussianBlur(random.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 1.2)
    light = 150 - 14 * np.linspace(0, 1, 370)[None] - 6 * np.linspace(0, 1, 400)[:, None]
    lit = light * (1 - 0.42 * np.clip(ink * (0.8 + 0.25 * grain / grain.std()), 0, 1))
    return grained(lit.astype(np.uint8), random, 2), [[text]]


def thin_pen(random: Random) -> Case:
    """A large drawing with a thin line."""
    page, text = paper(1000, 1000, 255), digits(random, 1)
    Pen(random, random.uniform(4, 7), 0).write(page, text, 200, 80, random.uniform(700, 830), most=600)
    return page, [[text]]


FAMILIES: dict[str, Callable[[Random], Case]] = {
    made.__name__.replace("_", " "): made
    for made in (
        *(bare_black_and_white, blocky_screenshot, code_under_print, column_of_numbers, column_of_ones, dark_table),
        *(date_with_slashes, decimal_point, halftone_paper, letter_before_number, matrix_brackets, sheet_askew),
        *(sideways_page, sum_with_signs, thick_charcoal, thin_pen, tiny_two_digits, two_digits_50px, upside_down_page),
        *paper_tables.TABLES,
    )
}


def drawn(family: str, seed: int) -> Case:
    """A drawing of a family."""
    return FAMILIES[family](np.random.default_rng([15, *family.encode(), seed]))


def is_right(numbers: Sequence[Number], answers: Sequence[Sequence[str]]) -> bool:
    """Whether all numbers of a page were read, and no other; those that signs part may be one, or apart."""
    apart = [part.text for one in numbers for part in one.parts]
    return any(texts in ([one.text for one in numbers], apart) for texts in map(list, answers))


def sure_and_false(numbers: Sequence[Number], answers: Sequence[Sequence[str]]) -> int:
    """How many readings at 0.9 or more are of numbers that do not stand there, or not so often."""
    sure = [one for one in numbers if one.confidence >= 0.9]
    ways = ([one.text for one in sure], [part.text for one in sure for part in one.parts])
    return min((Counter(way) - Counter(answer)).total() for way in ways for answer in answers)


def counted(reader: inkdigit.Reader, family: str, times: int = TIMES) -> tuple[int, int]:
    """(drawings of a family that are read wholly right, readings on them that are sure and false)."""
    cases = [drawn(family, seed) for seed in range(times)]
    read = [(reader.page(picture).numbers, answers) for picture, answers in cases]
    return sum(is_right(*one) for one in read), sum(sure_and_false(*one) for one in read)


def main() -> None:
    reader, folder = inkdigit.Reader(), sys.argv[1:]
    for family in FAMILIES:
        print(f'    "{family}": {counted(reader, family)},', flush=True)
        for seed in range(TIMES) if folder else ():
            picture = drawn(family, seed)[0]
            pixels = picture if picture.ndim == 2 else picture[:, :, ::-1]
            cv2.imwrite(str(Path(folder[0]) / f"{family} {seed}.png"), pixels)


if __name__ == "__main__":
    main()
