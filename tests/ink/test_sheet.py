from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import BLANK_PICTURES, picture
from numpy.typing import NDArray

from inkdigit.ink import sheet
from inkdigit.ink.cluster import clusters


def paper(high: int = 600, wide: int = 800) -> NDArray[np.uint8]:
    return np.full((high, wide), 235, np.uint8)


def written(page: NDArray[np.uint8], *places: tuple[int, int]) -> NDArray[np.uint8]:
    """A 7, an 8 and so on, 120 pixels square, at each place (left, top)."""
    for number, (left, top) in enumerate(places):
        ink = picture((7 + number) % 10, 120, 8)
        window = page[top : top + 120, left : left + 120]
        window[:] = np.where(ink > 0, (window * (1 - ink / 255.0) + 30 * (ink / 255.0)), window).astype(np.uint8)
    return page


def covered(ink: NDArray[np.uint8], clean: NDArray[np.uint8]) -> float:
    """Intersection over union of the inked pixels."""
    return float(((ink > 100) & (clean > 100)).sum() / ((ink > 100) | (clean > 100)).sum())


@pytest.mark.parametrize("pixels", BLANK_PICTURES.values(), ids=BLANK_PICTURES)
def test_nothing_stands_on_a_blank_picture(pixels: NDArray[np.uint8]) -> None:
    assert clusters(sheet.load(pixels).ink) == []


@pytest.mark.parametrize("tilt", [0.0, 0.02, -0.04])
def test_ruled_and_squared_lines_are_taken_off_and_writing_stays(tilt: float) -> None:
    places = ((100, 100), (400, 300), (600, 440))
    clean = sheet.load(written(paper(), *places)).ink
    page = paper()
    for y in range(40, 600, 70):
        cv2.line(page, (0, y), (800, round(y + 800 * tilt)), 120, 2)
    for x in range(30, 800, 90):
        cv2.line(page, (x, 0), (round(x - 600 * tilt), 600), 120, 2)
    ink = sheet.load(written(page, *places)).ink
    assert covered(ink, clean) > 0.75
    assert len(clusters(ink)) == 3


def test_a_shadow_and_falling_light_leave_the_writing() -> None:
    places = ((100, 100), (400, 300), (600, 440))
    clean = sheet.load(written(paper(), *places)).ink
    light = np.linspace(1, 0.5, 800)[None, :] * np.ones((600, 1))
    light[:, 500:] *= 0.6
    light = cv2.GaussianBlur(light, (0, 0), 12)
    ink = sheet.load((written(paper(), *places) * light).astype(np.uint8)).ink
    assert covered(ink, clean) > 0.75


def test_a_dark_board_is_read_as_bright_paper_is() -> None:
    page = written(paper(), (100, 100), (400, 300))
    assert covered(sheet.load(255 - page).ink, sheet.load(page).ink) > 0.9


def test_the_bars_of_a_number_that_fills_its_picture_are_no_rules() -> None:
    page = np.full((140, 260), 255, np.uint8)
    for left in (10, 90, 170):
        cv2.line(page, (left, 20), (left + 70, 20), 0, 8)
        cv2.line(page, (left + 70, 20), (left + 20, 120), 0, 8)
    assert (sheet.load(page).ink > 100).sum() > 0.9 * (page < 100).sum()


def with_line(thick: int, long: int) -> tuple[float, float]:
    """A level line on a sheet 1,200 wide: the parts of it, and of a digit elsewhere, that are still ink."""
    page = written(paper(900, 1200), (100, 500))
    clean = sheet.load(page).ink[500:620, 100:220]
    page[200 : 200 + thick, 300 : 300 + long] = 30
    ink = sheet.load(page).ink
    return float((ink[200 : 200 + thick, 300 : 300 + long] > 100).mean()), covered(ink[500:620, 100:220], clean)


@pytest.mark.parametrize(
    ("thick", "long", "left"),
    [(2, 400, 0), (8, 400, 0), (14, 400, 1), (25, 400, 1), (4, 330, 1), (4, 390, 0)],
    ids=lambda side: f"{side}",
)
def test_a_line_is_a_rule_when_it_is_long_and_thin(thick: int, long: int, left: int) -> None:
    """At least three tenths of the longer side, and no thicker than a 120th of it."""
    line, digit = with_line(thick, long)
    assert line == pytest.approx(left, abs=0.05)
    assert digit > 0.95


def test_a_large_scan_is_shrunk_and_says_so() -> None:
    found = sheet.load(np.full((5000, 4000), 255, np.uint8))
    assert found.size == (4000, 5000)
    assert found.ink.size <= 4_010_000
    assert found.scale == pytest.approx((4 / 20) ** 0.5, rel=0.01)


@pytest.mark.parametrize(("high", "usual"), [(3, 20), (4, 4)])
def test_low_marks_do_not_tell_how_high_marks_are(high: int, usual: int) -> None:
    """Dust of three pixels, even if there is more of it than writing, is none."""
    rows = [(0, 0, 0, 0, 0), *[(0, 0, 3, high, 3 * high)] * 60, *[(0, 0, 12, 20, 80)] * 3]
    assert sheet.usual_height(np.array(rows)) == usual


@pytest.mark.parametrize(("bottom", "gone"), [(44, False), (45, True), (59, True)])
def test_the_side_of_a_frame_runs_from_one_line_to_another(bottom: int, gone: bool) -> None:
    """Down to five pixels before the lower line, which may be the edge of the picture."""
    mask = np.zeros((60, 80), np.uint8)
    mask[8 : bottom + 1, 40] = 1
    lines = [sheet._Line((0.0, 0.0, float(y)), 0, 79, 1.0) for y in (5, 50 if bottom < 59 else 58)]
    found = sheet._posts(mask, lines)
    assert np.array_equal(found, mask if gone else np.zeros_like(mask))
