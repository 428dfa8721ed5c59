"""A place on a picture, laid level: what the network of rows sees."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import row
from inkdigit.recognition.row import Place


def page(angle: float, height: float, wide: int = 900, high: int = 700) -> NDArray[np.uint8]:
    """Light paper with a dark bar, four digits long and one high, in the middle; its first quarter is black."""
    across, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle, pixels = np.array([wide / 2, high / 2]), np.full((high, wide), 220, np.uint8)
    for first, last, tone in ((-2, -1, 0), (-1, 2, 90)):
        corners = [middle + height * (x * across + y * down) for x, y in ((first, -0.5), (last, -0.5), (last, 0.5),
                                                                          (first, 0.5))]  # fmt: skip
        cv2.fillConvexPoly(pixels, np.rint(16 * (np.array(corners) - 0.5)).astype(np.int32), tone, cv2.LINE_AA, 4)
    return pixels


@pytest.mark.parametrize("angle", [0.0, 0.3, -0.6, np.pi / 2, np.pi, -2.0])
@pytest.mark.parametrize("height", [16.0, 36.0, 150.0])
def test_a_row_is_level_and_of_one_size_however_it_lies_on_the_picture(angle: float, height: float) -> None:
    where = Place((450, 350), 4 * height, height, angle)
    found = row.cut(page(angle, height), where)
    assert found.shape == (32, where.columns) == (32, row.DIGIT * (4 + 2 * row.MARGIN))
    top, bottom = (row.HIGH - row.DIGIT) // 2, (row.HIGH + row.DIGIT) // 2
    first = round(row.MARGIN * row.DIGIT)
    assert found[top + 2 : bottom - 2, first + 2 : first + 18].max() < 60
    assert np.abs(found[top + 2 : bottom - 2, first + 23 : first + 78].astype(int) - 90).max() < 30
    assert found[: top - 3].min() > 190
    assert found[bottom + 3 :].min() > 190
    assert found[:, :7].min() > 190


def test_a_point_of_a_row_is_found_on_the_picture() -> None:
    where = Place((450, 350), 160, 40, 0.4)
    x, y = where.warp() @ np.array([(where.columns - 1) / 2, (row.HIGH - 1) / 2, 1])
    assert (x, y) == pytest.approx((450, 350))
    x, y = where.warp() @ np.array([(where.columns - 1) / 2 + row.DIGIT, (row.HIGH - 1) / 2, 1])
    assert (x, y) == pytest.approx((450 + 40 * np.cos(0.4), 350 + 40 * np.sin(0.4)))


def test_beyond_the_picture_its_edge_goes_on() -> None:
    pixels = np.full((40, 60), 200, np.uint8)
    pixels[:, 50:] = 30
    found = row.cut(pixels, Place((55, 20), 40, 20, 0))
    assert found[:, -8:].max() == 30


def test_a_long_row_is_no_wider_than_the_widest() -> None:
    assert Place((0, 0), 1e6, 20, 0).columns == row.WIDEST
    assert Place((0, 0), 0.1, 20, 0).columns >= row.DIGIT


def test_what_the_network_sees_does_not_depend_on_the_light() -> None:
    where = Place((450, 350), 160, 40, 0)
    pixels = row.cut(page(0, 40), where)
    first = row.prepared(pixels)
    assert first.dtype == np.float32
    for part in (0.5, 0.8):
        again = row.prepared(np.rint(pixels * part).astype(np.uint8))
        assert np.abs(again - first).max() < 0.1
    assert np.abs(row.prepared(255 - pixels) + first).max() < 0.01
    assert not row.prepared(np.full((32, 50), 130, np.uint8)).any()


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, -2.5])
def test_a_part_of_a_place_shows_those_columns(angle: float) -> None:
    where = Place((450, 350), 200.0, 30.0, angle)
    grey = np.asarray(cv2.GaussianBlur(np.random.default_rng(1).uniform(0, 255, (700, 900)), (0, 0), 6), np.uint8)
    whole, part = row.cut(grey, where), row.cut(grey, where.part(40, 100))
    assert part.shape == (32, 60)
    assert np.abs(part.astype(int) - whole[:, 40:100]).max() <= 3
