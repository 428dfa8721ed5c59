from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import picture

from inkdigit.ink import cluster


def test_marks_side_by_side_are_one_cluster_and_rows_come_in_order() -> None:
    page = np.zeros((600, 900), np.uint8)
    for top, lefts in ((40, (500, 560, 40, 100)), (300, (40, 110, 180))):
        for left in lefts:
            page[top : top + 60, left : left + 35] = picture(4, 100, 9)[20:80, 32:67]
    found = cluster.clusters(page)
    assert [(one.place[0] // 100, one.place[1] // 100) for one in found] == [(0, 0), (5, 0), (0, 3)]
    assert found[0].height == pytest.approx(60, abs=12)


def test_dots_dashes_and_specks_are_no_digits() -> None:
    page = np.zeros((200, 500), np.uint8)
    for left in (60, 120, 200, 260):
        page[40:120, left : left + 30] = 255
    page[108:120, 169:181] = 255  # a point at the foot of the line
    page[76:84, 5:45] = 255  # a minus sign
    page[20:22, 400:402] = 255  # a speck
    (found,) = cluster.clusters(page)
    assert sorted(kind for kind, _ in found.between) == ["-", "."]
    assert found.place[0] == 60


def test_a_broken_off_part_belongs_to_its_digit() -> None:
    page = np.zeros((200, 300), np.uint8)
    page[60:140, 60:90] = 255
    page[60:140, 120:150] = 255
    page[40:48, 125:165] = 255  # the bar of a 5
    (found,) = cluster.clusters(page)
    assert found.place == (60, 40)
    assert found.ink.shape == (100, 105)
    assert found.between == []


def test_ink_is_shared_out_among_the_digits() -> None:
    page = np.zeros((60, 120), np.uint8)
    page[5:55, 5:40] = 255
    page[5:55, 50:90] = 255
    page[28:32, 30:60] = 255  # they touch
    page[5:55, 100:110] = 255
    first, second, third = cluster.shares(page, [22, 70, 105])
    assert first.box[0] == 5
    assert 38 <= first.box[2] <= 52
    assert second.box[2] == 90
    assert third.box == (100, 5, 110, 55)


def test_a_foot_that_reaches_under_the_next_digit_stays_with_its_own() -> None:
    page = np.zeros((40, 40), np.uint8)
    page[2:38, 5:8] = 255
    page[35:38, 5:20] = 255
    page[4:30, 28:31] = 255  # the columns are parted at 18
    first, second = cluster.shares(page, [7, 29])
    assert first.box == (5, 2, 20, 38)
    assert second.box == (28, 4, 31, 30)


def test_a_digit_without_ink_of_its_own_still_has_a_place() -> None:
    page = np.zeros((60, 100), np.uint8)
    page[5:55, 5:40] = 255
    first, second = cluster.shares(page, [20, 80])
    assert first.box == (5, 5, 40, 55)
    assert second.ink.size > 0
    assert 20 < second.box[0] < second.box[2] <= 100


@pytest.mark.parametrize("degrees", [-6, -4, 0, 4, 6])
def test_rows_of_an_askew_page_come_in_order(degrees: float) -> None:
    """Three rows of five numbers: across the page a row rises or falls by more than the next lies below it."""
    page = np.zeros((1000, 1400), np.uint8)
    turn = cv2.getRotationMatrix2D((700, 500), degrees, 1)
    places = [(120 + 260 * column, 380 + 110 * row) for row in range(3) for column in range(5)]
    ink = picture(4, 100, 9)[20:80, 32:67]
    for x, y in places:
        page[y : y + 60, x : x + 35] = page[y : y + 60, x + 50 : x + 85] = ink
    found = cluster.clusters(cv2.warpAffine(page, turn, (1400, 1000)))
    seen = [[one.place[0] + one.ink.shape[1] / 2, one.place[1] + one.ink.shape[0] / 2] for one in found]
    wanted = [turn @ (x + 42.5, y + 30, 1) for x, y in places]
    assert np.array(seen) == pytest.approx(np.array(wanted), abs=3)


@pytest.mark.parametrize(("higher", "first"), [(30, (60, 140)), (40, (300, 100))], ids=["a row", "two rows"])
def test_two_numbers_say_nothing_of_a_slope(higher: int, first: tuple[int, int]) -> None:
    """Marks 60 high, the right one higher: by more than 0.55 of that, it stands in a row above."""
    page = np.zeros((300, 500), np.uint8)
    page[140:200, 60:95] = 255
    page[140 - higher : 200 - higher, 300:335] = 255
    found = cluster.clusters(page)
    assert len(found) == 2
    assert found[0].place == first


@pytest.mark.parametrize("side", [-1, 1])
def test_a_speck_or_smudge_beside_a_number_is_no_part_of_it(side: int) -> None:
    page = np.zeros((300, 600), np.uint8)
    for left in (250, 300):
        page[100:160, left : left + 35] = picture(4, 100, 9)[20:80, 32:67]
    (clean,) = cluster.clusters(page)
    middle = 292 + 70 * side
    page[120:124, middle : middle + 4] = 255
    page[200:260, 60:540] = 79  # pale: paler than what joins marks
    (found,) = cluster.clusters(page)
    assert (found.place, found.ink.shape, found.height) == (clean.place, clean.ink.shape, clean.height)
    assert found.between == []


@pytest.mark.parametrize("leans", [0, 1], ids=["the first leans", "the second leans"])
@pytest.mark.parametrize("higher", [0, 1])
def test_a_digit_that_leans_over_its_neighbour_s_columns_is_not_cut(leans: int, higher: int) -> None:
    """Whichever of the two is found first, from the top."""
    ink = np.zeros((60, 60), np.uint8)
    tops = [8, 12] if higher == 0 else [12, 8]
    ink[tops[0] : tops[0] + 28, 8:24] = 255
    ink[tops[1] : tops[1] + 28, 36:52] = 255
    if leans == 0:  # an arm over the other, or a foot under it
        ink[2:4, 8:44] = ink[2 : tops[0], 8:24] = 255
    else:
        ink[46:48, 16:52] = ink[tops[1] + 28 : 48, 36:52] = 255
    first, second = cluster.shares(ink, [15.5, 43.5])
    assert first.box == ((8, 2, 44, tops[0] + 28) if leans == 0 else (8, tops[0], 24, tops[0] + 28))
    assert second.box == ((36, tops[1], 52, tops[1] + 28) if leans == 0 else (16, tops[1], 52, 48))
