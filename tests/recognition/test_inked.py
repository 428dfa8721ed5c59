"""The ink of a place, for the network of lines: rules and what stands beside are left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import picture
from numpy.typing import NDArray

import inkdigit
from inkdigit.recognition import inked
from inkdigit.recognition.row import Place

HERE = Place((400.0, 300.0), 120.0, 60.0, 0.0)
FINE = 3


def page(*digits: int, bright: bool = False) -> NDArray[np.uint8]:
    """Digits 60 pixels high side by side around the middle of a page."""
    grey: NDArray[np.float32] = np.full((600, 800), 220, np.float32)
    for at, digit in enumerate(digits):
        ink = cv2.resize(picture(digit, 120, pen=9), (84, 84), interpolation=cv2.INTER_AREA)
        left = round(400 + 60 * (at - len(digits) / 2) - 12)
        window = grey[258:342, left : left + 84]
        window -= ink / 255.0 * 180
    return np.rint(255 - grey if bright else grey).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("bright", [False, True])
def test_digits_of_clean_ink_are_read_with_their_middles(reader: inkdigit.Reader, bright: bool) -> None:
    found = inked.read(reader.line, page(4, 7, bright=bright), HERE, bright)
    assert found.text == "47"
    assert found.is_number
    assert found.chance > 0.8
    middles = [HERE.on_picture((middle, 0, middle + 1, 1))[0] for middle in found.middles]
    assert middles == pytest.approx([370, 430], abs=15)
    assert found.chances.argmax(axis=1).tolist() == [4, 7]


def test_rules_and_walls_and_neighbours_are_no_ink(reader: inkdigit.Reader) -> None:
    grey = page(4, 7)
    cv2.line(grey, (250, 350), (550, 350), 60, 3)
    cv2.line(grey, (325, 240), (325, 344), 60, 3)
    cv2.line(grey, (478, 240), (478, 344), 60, 3)
    assert inked.read(reader.line, grey, HERE, False).text == "47"


def test_where_there_is_no_ink_nothing_is_read(reader: inkdigit.Reader) -> None:
    found = inked.read(reader.line, np.full((600, 800), 220, np.uint8), HERE, False)
    assert found.text == ""
    assert not found.is_number
    assert found.middles == ()


def test_the_grain_of_the_paper_beside_a_small_digit_is_no_ink() -> None:
    random = np.random.default_rng(5)
    strip = 220 + cv2.GaussianBlur(random.normal(0, 9, (96, 300)), (0, 0), 2)
    cv2.circle(strip, (150, 48), 7, 90, 3)
    found = inked.ink(strip.astype(np.uint8), False, beside=110)
    assert not found[:, :130].any()
    assert not found[:, 170:].any()
    assert found[38:58, 140:160].mean() > 60
