"""Ones that are brackets: in print, of the numbers of questions and lines."""

from __future__ import annotations

import numpy as np
import pytest
from paper_pen import Picture, Random
from PIL import Image, ImageDraw, ImageFont
from readings import row_logits

import inkdigit
from inkdigit.evaluation.paper.material import fonts
from inkdigit.recognition import brackets, row


def read(text: str, bracket: float, may_be_print: bool = True) -> tuple[str, float]:
    found = brackets.as_bracketed(
        [row.LABELS.index(mark) for mark in text], row_logits(text, "()", bracket), may_be_print
    )
    assert found is not None
    return "".join(row.LABELS[label] for label in found[0]), found[1]


@pytest.mark.parametrize(("text", "bracketed"), [("71", "7)"), ("17", "(7"), ("191", "(9)"), ("1121", "(12)")])
def test_ones_that_may_be_brackets_are_these(text: str, bracketed: str) -> None:
    found, chance = read(text, -2.0)
    assert found == bracketed
    assert chance > 0.6
    assert read(text, -16)[0] == text
    assert read(text, -16)[1] > 0.98


@pytest.mark.parametrize(("text", "doubt"), [("71", -4), ("17", -3), ("191", -4.5), ("1121", -4.5)])
def test_print_has_them_more_often_than_writing_by_hand(text: str, doubt: float) -> None:
    assert read(text, doubt)[0] != text
    assert read(text, doubt, may_be_print=False)[0] == text


@pytest.mark.parametrize("doubt", [-4.6, -5.4])
def test_where_it_is_doubtful_it_is_unsure(doubt: float) -> None:
    assert read("71", doubt)[1] < 0.75


@pytest.mark.parametrize("text", ["72", "9", "(3)", "1", "3.1.2"])
def test_without_a_one_at_an_end_or_a_digit_within_there_is_none(text: str) -> None:
    labels = [row.LABELS.index(mark) for mark in text]
    assert brackets.as_bracketed(labels, row_logits(text, "()", -1), True) is None


def sheet(random: Random) -> tuple[Picture, list[str]]:
    """Printed questions, each with its number in brackets and a smaller one of points at the end."""
    known = [path for path in fonts() if "Italic" not in path.name]
    size, form = int(random.integers(18, 30)), ["{})", "({})"][int(random.integers(2))]
    font = ImageFont.truetype(str(known[int(random.integers(len(known)))]), size) if known else None
    image = Image.new("L", (800, 900), int(random.integers(225, 256)))
    draw, numbers = ImageDraw.Draw(image), list[str]()
    for at in range(12):
        top = 40 + 68 * at + random.uniform(-5, 5)
        draw.text((50, top), form.format(at + 2), 30, font or ImageFont.load_default(size))
        draw.text((140, top), "How many of these are there", 30, font or ImageFont.load_default(size))
        numbers.append(str(at + 2))
    page = np.asarray(image, np.float64) + random.normal(0, random.uniform(0, 5), (900, 800))
    return np.clip(page, 0, 255).astype(np.uint8), numbers


def test_numbers_in_brackets_on_printed_pages_have_no_ones_instead(reader: inkdigit.Reader) -> None:
    right, wrong, sure = 0, 0, 0
    for seed in range(8):
        page, wanted = sheet(np.random.default_rng([7, seed]))
        for one in reader.page(page).numbers:
            if one.box is not None and one.box[0] < 130:
                right += one.text in wanted
                wrong += one.text not in wanted
                sure += one.text not in wanted and one.confidence >= 0.9
    assert right > 60
    assert wrong <= 8
    assert sure == 0
