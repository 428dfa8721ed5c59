"""The ink of many grey pictures is that of each alone."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from drawn import picture as drawn_digit
from drawn import spoilt
from numpy.typing import NDArray

from inkdigit.ink import grey as grey_pictures
from inkdigit.ink import picture
from inkdigit.ink.tones import Tones


@pytest.mark.parametrize("shape", [(5, 9), (19, 40), (20, 20), (28, 28), (64, 33), (150, 300), (230, 210)])
def test_the_ink_of_many_is_that_of_each_alone(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0])
    greys = np.stack([spoilt(random, shape) for _ in range(60)])
    together = grey_pictures.inks(greys)
    for at, grey in enumerate(greys):
        alone = picture.load(grey).ink
        assert np.array_equal(together[at], alone), at
    assert len({ink.tobytes() for ink in together}) > 40


def test_what_stands_beside_a_picture_changes_nothing_on_it() -> None:
    random = np.random.default_rng(1)
    first, *others = (spoilt(random, (40, 40)) for _ in range(9))
    alone = grey_pictures.inks(first[None])[0]
    for other in others:
        assert np.array_equal(grey_pictures.inks(np.stack([other, first, 255 - other]))[1], alone)


def salted_alone(grey: NDArray[np.uint8], contrast: float) -> int:
    """Pixels of one picture that differ from the middle of those around, with no other such pixel beside them."""
    edged = np.pad(grey, 1, mode="edge").astype(int)
    high, wide = grey.shape
    windows = np.stack([edged[y : y + high, x : x + wide] for y in range(3) for x in range(3)])
    wrong = np.abs(grey - np.median(windows, axis=0)) > max(24, 0.5 * contrast)
    around = np.pad(wrong, 1).astype(int)
    beside = sum(around[y : y + high, x : x + wide] for y in range(3) for x in range(3))
    return int((wrong & (beside == 1)).sum())


@pytest.mark.parametrize("shape", [(20, 20), (31, 24), (96, 96)])
def test_salt_is_counted_to_the_pixel_also_at_the_edges_between_pictures(shape: tuple[int, int]) -> None:
    """A picture is salted from two pixels of a hundred on, wherever they lie and whatever stands beside it."""
    random = np.random.default_rng(shape[1])
    least = math.ceil(0.02 * shape[0] * shape[1])
    greys = []
    for at in range(80):
        grey = np.full(shape, 0, np.uint8)
        grey[shape[0] // 3 : 2 * shape[0] // 3, shape[1] // 3 : 2 * shape[1] // 3] = 200
        # Every third pixel may be one, those of the first and the last column first in half of the pictures.
        places = [(y, x) for y in range(at % 3, shape[0], 3) for x in (*range(0, shape[1] - 2, 3), shape[1] - 1)]
        order = random.permutation(len(places))
        if at % 2:
            order = np.array(sorted(order, key=lambda place: 0 < places[place][1] < shape[1] - 1))
        for place in order[: least - 6 + at % 13]:
            y, x = places[place]
            grey[y, x] = 255 if grey[y, x] == 0 else 0
            if x == 0 and at % 2 and y + 1 < shape[0]:  # with two beside it, it stands alone only as the edge is seen
                grey[y + 1, 0] = grey[y, 1] = 255
        greys.append(grey)
    stack = np.stack(greys)
    tones = Tones.of(stack)
    wanted = [salted_alone(grey, float(one)) >= least for grey, one in zip(greys, tones.contrast, strict=True)]
    assert grey_pictures._is_salted(stack, tones).tolist() == wanted
    assert 10 < sum(wanted) < 70


@pytest.mark.parametrize("paper", [0, 255], ids=["board", "paper"])
@pytest.mark.parametrize("sides", [4, 3])
@pytest.mark.parametrize("thick", [1, 3, 20])
def test_a_frame_at_the_edge_is_no_ink(paper: int, sides: int, thick: int) -> None:
    page = np.abs(np.int16(paper) - drawn_digit(3)).astype(np.uint8)
    plain = picture.load(page).ink
    edges = np.ones(page.shape, bool)
    edges[thick:-thick, thick : page.shape[1] - thick if sides == 4 else None] = False
    framed = np.where(edges, 255 - paper, page).astype(np.uint8)
    assert (picture.load(framed).ink == plain).all()


def test_what_is_no_frame_stays() -> None:
    thick = np.zeros((280, 280), np.uint8)
    thick[3:-3, 3:-3] = 255  # a white card that fills the picture, with nothing on it
    assert (picture.load(thick).ink[10:-10, 10:-10] == 255).all()
    small = drawn_digit(3)[::10, ::10].copy()
    small[4:24, [4, 23]] = small[[4, 23], 4:24] = 255  # a box around the digit, off the edge
    assert (picture.load(small).ink[4:24, 4] > 128).all()


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "lying"])
@pytest.mark.parametrize("loop", [False, True], ids=["cross", "loop"])
def test_strokes_that_end_above_each_other_are_no_bands(loop: bool, turned: bool) -> None:
    """A digit that was cut out tight, as CMATERdb's are."""
    page = np.zeros((32, 32), np.uint8)
    cv2.line(page, (5, 0), (26, 31), 255, 4)
    cv2.line(page, (26, 0), (5, 31), 255, 4)
    if loop:
        cv2.circle(page, (16, 16), 7, 255, 3)
    page = page.T.copy() if turned else page
    assert (grey_pictures.inks(np.stack([page, 255 - page])) == page).all()
