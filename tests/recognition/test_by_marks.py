"""Pages of many digits of other scripts: cells with walls, small digits on grained paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation import script_strokes
from inkdigit.ink.strokes import draw
from inkdigit.reader import Reader


def table_of_kannada() -> NDArray[np.uint8]:
    """Digits as people write them in cells wider than high; row r holds the digit r mod 10."""
    random = np.random.default_rng(3)
    page = np.full((20 * 50 + 60, 12 * 88 + 60), 255, np.uint8)
    for row in range(20):
        for column in range(12):
            drawn = script_strokes.written("kannada", row % 10, random)
            ink = cv2.resize(draw(drawn, 34, 3), None, fx=1.4 * 0.85, fy=0.85)[:44, :70]
            top, left = 30 + 50 * row + random.integers(3, 6), 30 + 88 * column + random.integers(6, 16)
            page[top : top + ink.shape[0], left : left + ink.shape[1]] -= ink
    page[30:-28:50, 30:-30] = page[31:-28:50, 30:-30] = page[30:-30, 30::88] = page[30:-30, 31::88] = 0
    return page


def test_wide_marks_in_cells_are_read_without_the_walls(reader: Reader) -> None:
    page = table_of_kannada()
    marks = [
        mark for one in reader.of_script("kannada").page(page).numbers for mark in one.digits if mark.box is not None
    ]
    right = sum(mark.value == (mark.box[1] + mark.box[3] - 60) // 100 % 10 for mark in marks if mark.box)
    assert right >= 225, (right, len(marks))
    assert len(marks) <= 245


def test_small_digits_far_apart_are_read_on_grained_paper(reader: Reader) -> None:
    random = np.random.default_rng(6)
    page = 215 + cv2.GaussianBlur(random.normal(0, 32, (1400, 1000)), (0, 0), 3)
    for row in range(14):
        for column in range(10):
            ink = draw(script_strokes.written("burmese", column, random), 16 if column in (0, 1, 8) else 36, 2)
            top, left = 60 + 95 * row, 40 + 95 * column
            page[top : top + ink.shape[0], left : left + ink.shape[1]] -= ink * 0.35
    marks = [
        mark
        for one in reader.of_script("burmese").page(page.astype(np.uint8)).numbers
        for mark in one.digits
        if mark.box
    ]
    right = sum(mark.value == (mark.box[0] + mark.box[2] - 30) // 190 for mark in marks if mark.box)
    assert right >= 132, (right, len(marks))
    assert len(marks) <= 142


def test_the_script_of_a_table_is_found_whatever_its_likeliest_places_hold(reader: Reader) -> None:
    read = reader.of_script("auto").page(table_of_kannada())
    assert read.numbers[0].scripts[0][0] == "kannada"
    assert {one.script for one in read.numbers} == {"kannada"}
