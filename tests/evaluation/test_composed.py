from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from drawn import DIGITS

from inkdigit.data import datasets
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation import composed, numbers, photos

HAND = [
    PenSample(str(digit), "somebody", [[[10 * x, 10 * y] for x, y in stroke] for stroke in strokes])
    for digit, strokes in DIGITS.items()
]


@pytest.mark.parametrize("gap", ["spaced", "overlapping", "touching"])
def test_numbers_have_the_digits_and_gaps_that_they_say(gap: str) -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        one = composed.compose(HAND, gap, random)
        assert 2 <= len(one.text) <= 8
        assert sorted(set(one.owners)) == list(range(len(one.text)))
        boxes = one.boxes
        for left, right in pairwise(boxes):
            between = right[0] - left[2]
            narrower = min(left[2] - left[0], right[2] - right[0])
            if gap == "spaced":
                assert 75 <= between <= 505
            elif gap == "overlapping":
                assert -0.31 * narrower - 5 <= between <= 5
            else:
                assert between <= 60


@pytest.mark.parametrize(("height", "pen"), [(16, 0.07), (60, 0.04), (60, 0.17)])
@pytest.mark.parametrize("gap", ["spaced", "overlapping", "touching"])
def test_of_ones_beside_each_other_each_is_seen(gap: str, height: int, pen: float) -> None:
    random = np.random.default_rng(9)
    for _ in range(20):
        one = composed.compose([HAND[1]], gap, random)
        strokes = composed.clear(one.strokes, one.owners, pen, 1 / height)
        ink, _ = composed.drawn(composed.Written(one.text, strokes, one.owners), height, height * pen)
        ink = cv2.GaussianBlur(ink, (0, 0), 0.6)
        middle = ink[ink.shape[0] // 2] > 0.6 * ink.max()
        assert np.count_nonzero(np.diff(middle.astype(int)) == 1) == len(one.text)


def test_what_can_be_read_stays_as_it_was_written() -> None:
    random = np.random.default_rng(6)
    for _ in range(20):
        one = composed.compose([HAND[3], HAND[5]], "touching", random)
        moved = composed.clear(one.strokes, one.owners, 0.05, 0.01)
        assert all((a == b).all() for a, b in zip(moved, one.strokes, strict=True))


def test_the_same_seed_makes_the_same_number() -> None:
    one, other = (composed.compose(HAND, "touching", np.random.default_rng(5)) for _ in range(2))
    assert one.text == other.text
    assert all((a == b).all() for a, b in zip(one.strokes, other.strokes, strict=True))


def test_a_stroke_may_come_after_the_next_digit_was_begun() -> None:
    random = np.random.default_rng(2)
    late = [composed.compose(HAND, "spaced", random).owners for _ in range(200)]
    assert any(list(owners) != sorted(owners) for owners in late)


def test_the_ink_lies_in_its_boxes() -> None:
    one = composed.compose(HAND, "spaced", np.random.default_rng(3))
    ink, boxes = composed.drawn(one, 60, 5)
    columns = np.nonzero(ink.max(axis=0) > 0.5)[0]
    assert columns[0] == pytest.approx(boxes[0][0], abs=4)
    assert columns[-1] == pytest.approx(boxes[-1][2], abs=4)


@pytest.mark.parametrize("kind", ["clean", "photo"])
def test_a_picture_shows_its_number_where_it_says(kind: str) -> None:
    random = np.random.default_rng(4)
    for _ in range(4):
        one = composed.compose(HAND, "spaced", random, 3)
        shot = getattr(photos, kind)(one, random)
        left, top, right, bottom = (round(side) for side in shot.boxes[0])
        assert 0 <= left < right <= shot.picture.shape[1]
        assert 0 <= top < bottom <= shot.picture.shape[0]
        inside = shot.picture[top:bottom, left:right].astype(float)
        assert shot.picture.dtype == np.uint8
        assert inside.std() > 8


def test_a_page_has_5_to_40_numbers_that_do_not_overlap() -> None:
    shot = photos.page([HAND], np.random.default_rng(6))
    assert 5 <= len(shot.texts) <= 40
    boxes = np.array(shot.boxes)
    wide = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    high = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    assert not ((wide > 0) & (high > 0) & ~np.eye(len(boxes), dtype=bool)).any()


def test_hands_of_a_fold_are_not_those_of_the_others(data_settings: object) -> None:
    held, ours = (composed.hands(data_settings, 0, held) for held in (True, False))  # type: ignore[arg-type]
    assert all(datasets.fold_of(marks[0].writer) == 0 for marks in held)
    assert not {marks[0].writer for marks in held} & {marks[0].writer for marks in ours}


@pytest.mark.parametrize(
    ("written", "read", "expected"), [("123", "123", 0), ("123", "", 3), ("4071", "471", 1), ("55", "56?", 2)]
)
def test_edits_count_what_must_change(written: str, read: str, expected: int) -> None:
    assert numbers.edits(written, read) == expected
