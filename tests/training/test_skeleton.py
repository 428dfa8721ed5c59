"""A scan becomes strokes whose drawing looks like it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import picture

from inkdigit.ink import picture as pictures
from inkdigit.ink import segment
from inkdigit.recognition import glyph
from inkdigit.training import skeleton


def ink(digit: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    mark = segment.one_mark(pictures.load(picture(digit)))
    assert mark is not None
    return mark.ink


@pytest.mark.parametrize("digit", range(10))
def test_a_traced_digit_is_drawn_as_it_was(digit: int) -> None:
    shown = ink(digit)
    strokes = skeleton.traced(shown)
    assert strokes is not None
    before = glyph.from_mark(segment.Mark(shown, (0, 0, 1, 1))).pixels > 0.4
    after = glyph.from_strokes(strokes).pixels > 0.4
    near = cv2.dilate(after.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert (before & near).sum() >= 0.95 * before.sum()


def test_a_straight_line_is_one_stroke() -> None:
    bar = np.zeros((100, 30), np.uint8)
    bar[5:95, 12:18] = 255
    strokes = skeleton.traced(bar)
    assert strokes is not None
    assert len(strokes.paths) == 1
    assert strokes.paths[0][:, 0] == pytest.approx(14.5, abs=1.5)


def test_a_ring_is_a_closed_path() -> None:
    ring = np.zeros((80, 80), np.uint8)
    cv2.circle(ring, (40, 40), 30, 255, 5)
    strokes = skeleton.traced(ring)
    assert strokes is not None
    [path] = strokes.paths
    assert np.hypot(*(path[0] - path[-1])) < 4


def test_a_cross_keeps_its_four_arms() -> None:
    cross = np.zeros((90, 90), np.uint8)
    cross[42:48] = 255
    cross[:, 42:48] = 255
    strokes = skeleton.traced(cross)
    assert strokes is not None
    assert len(strokes.paths) == 2  # a pen goes on straight over the crossing
    left, top, right, bottom = strokes.boxes[:, 0].min(), strokes.boxes[:, 1].min(), *strokes.boxes[:, 2:].max(axis=0)
    assert (left, top) == pytest.approx((3, 3), abs=5)
    assert (right, bottom) == pytest.approx((87, 87), abs=5)


def test_a_blob_has_no_middle_line() -> None:
    disc = np.zeros((60, 60), np.uint8)
    cv2.circle(disc, (30, 30), 26, 255, -1)
    assert skeleton.traced(disc) is None


@pytest.mark.parametrize("gap", [2, 4, 6])
def test_a_stroke_that_the_scan_lost_for_a_moment_is_one(gap: int) -> None:
    arc = np.zeros((100, 100), np.uint8)
    cv2.ellipse(arc, (50, 50), (40, 40), 0, 30, 330, 255, 6)
    arc[:20, 50 : 50 + gap] = 0
    strokes = skeleton.traced(arc)
    assert strokes is not None
    assert len(strokes.paths) == 1


def test_two_strokes_beside_each_other_stay_two() -> None:
    bars = np.zeros((100, 60), np.uint8)
    bars[5:95, 8:14] = bars[5:95, 40:46] = 255
    strokes = skeleton.traced(bars)
    assert strokes is not None
    assert len(strokes.paths) == 2


def test_ink_in_crumbs_is_not_traced() -> None:
    crumbs = np.zeros((100, 100), np.uint8)
    for row in range(10, 100, 30):
        for column in range(10, 100, 30):
            cv2.line(crumbs, (column, row), (column + 12, row - 8), 255, 4)
    assert skeleton.traced(crumbs) is None


def test_nothing_is_traced_to_nothing() -> None:
    assert skeleton.traced(np.zeros((20, 20), np.uint8)) is None
