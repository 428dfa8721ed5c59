"""What is told from a texture: by how many of its likeliest rows are numbers, and how surely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from readings import number

from inkdigit.recognition import layout, texture
from inkdigit.recognition.finding import Look
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.paper import Found

LOOK = Look(Layout((), 0), 1.0, np.full((400, 600), 220, np.uint8))

SURE = Core(layout.HAND, 40.0, 1.0, (40.0, 40.0, 140.0, 80.0), np.zeros((4, 2), np.float32))


def rows(count: int, reading: float) -> list[Found]:
    """So many rows, each read so surely, in places that are hardly one: none is sure in the end."""
    box = (40.0, 40.0, 140.0, 80.0)
    corners = np.array([[40, 40], [140, 40], [140, 80], [40, 80]], np.float32)
    return [Found(Core(layout.HAND, 40.0, 0.3, box, corners), number("407", box, reading), -1)] * count


@pytest.mark.parametrize(
    ("count", "reading", "is_texture"),
    [
        (24, 0.6, False),  # a full page, read badly
        (24, 0.4, True),
        (16, 0.6, True),
        (13, 0.93, False),  # half of the rows are stamps and print, the others read well
        (13, 0.8, True),
        (11, 0.93, True),
        (0, 0.0, True),
    ],
)
def test_many_rows_that_are_numbers_or_half_of_them_read_well_are_none(
    count: int, reading: float, is_texture: bool
) -> None:
    assert texture.is_one([LOOK] * 4, lambda looked, most: rows(count, reading)) == is_texture


@pytest.mark.parametrize(
    ("count", "sure", "is_texture"), [(17, 3, False), (17, 2, True), (16, 4, True), (16, 5, False)]
)
def test_a_few_sure_numbers_tell_the_more_rows_are_read(count: int, sure: int, is_texture: bool) -> None:
    found = rows(count - sure, 0.6) + [replace(one, same=1, core=SURE) for one in rows(sure, 0.99)]
    assert texture.is_one([LOOK] * 4, lambda looked, most: found) == is_texture


def test_a_page_that_can_be_read_in_one_of_its_ways_is_none_and_no_other_way_is_looked_at() -> None:
    ways = iter([LOOK] * 4)
    readings = iter([rows(0, 0.0), rows(24, 0.9)])
    assert not texture.is_one(ways, lambda looked, most: next(readings))
    assert len(list(ways)) == 2
