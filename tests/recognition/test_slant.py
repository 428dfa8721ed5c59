"""How far writing leans, and that rows are cut out upright."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import row, slant
from inkdigit.recognition.row import Place

HEIGHT = 40.0


def leaning(tangent: float, seed: int, walls: bool = False, bright: bool = False) -> tuple[NDArray[np.uint8], Place]:
    """Four digits in a hand that leans so far, on paper, and where they stand."""
    random = np.random.default_rng(seed)
    picture = np.full((120, 320), 225, np.uint8)
    for at in range(4):
        x = 60 + 50 * at
        lines = random.choice(["1", "4", "7", "0"])
        stem = [(x, 40), (x, 80)]
        strokes = {
            "1": [stem],
            "4": [stem, [(x - 14, 42), (x - 16, 64), (x + 8, 64)]],
            "7": [[(x - 14, 41), (x + 8, 41), (x - 2, 80)]],
            "0": [[(x - 11, 60), (x - 8, 76), (x, 80), (x + 9, 75), (x + 10, 58), (x + 7, 44), (x, 40), (x - 11, 60)]],
        }[str(lines)]  # fmt: skip
        for stroke in strokes:
            points = np.array([(a + tangent * (60 - b) + random.normal(0, 0.4), b) for a, b in stroke])
            cv2.polylines(picture, [np.rint(points * 16).astype(np.int32)], False, 40, 4, cv2.LINE_AA, 4)
    if walls:
        for x in (20, 300):
            cv2.line(picture, (x, 0), (x, 119), 90, 2)
    picture = np.clip(picture + random.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
    return (255 - picture if bright else picture), Place((135.0, 60.0), 190.0, HEIGHT, 0.0)


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize("walls", [False, True])
@pytest.mark.parametrize("tangent", [-0.3, 0.0, 0.3, 0.6])
def test_a_hand_that_leans_is_found(tangent: float, walls: bool, bright: bool) -> None:
    """Several rows of one hand tell it together, within a tenth and a half."""
    made = [leaning(tangent, seed, walls, bright) for seed in range(6)]
    page = np.concatenate([picture for picture, _ in made])
    places = [replace(place, middle=(place.middle[0], 60.0 + 120 * at)) for at, (_, place) in enumerate(made)]
    assert slant.of_rows(page, places) == pytest.approx(tangent, abs=0.15)


def test_nothing_leans_where_nothing_is_written() -> None:
    paper = np.random.default_rng(0).normal(200, 4, (120, 320)).clip(0, 255).astype(np.uint8)
    assert slant.of_rows(paper, []) == 0
    assert abs(slant.of_rows(paper, [Place((135.0, 60.0), 190.0, HEIGHT, 0.0)])) <= 0.2


def test_a_row_is_cut_out_upright() -> None:
    """A leaning stem fills one column; its middle stays where it is, on the row and on the picture."""
    picture = np.full((120, 320), 255, np.uint8)
    cv2.line(picture, (160 + 16, 20), (160 - 16, 100), 0, 3)  # leans by 0.4
    place = Place((160.0, 60.0), 100.0, HEIGHT, 0.0, 0.4)
    pixels = row.cut(picture, place)
    dark = np.nonzero(pixels[8:24] < 128)[1]
    assert np.ptp(dark) <= 2
    assert abs(dark.mean() - (place.columns - 1) / 2) < 1
    box = place.on_picture((dark.min() - 1, 6.0, dark.max() + 2, 26.0))
    assert box[0] < 160 - 7 < 160 + 7 < box[2]
    assert (box[0] + box[2]) / 2 == pytest.approx(160, abs=1.5)


def test_a_part_of_a_leaning_place_shows_the_same() -> None:
    picture, place = leaning(0.4, 3)
    place = replace(place, slant=0.4)
    whole = row.cut(picture, place)
    part = place.part(20.0, 70.0)
    assert part.slant == place.slant
    assert np.abs(whole[:, 20:70].astype(int) - row.cut(picture, part).astype(int)).max() <= 3
