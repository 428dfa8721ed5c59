from __future__ import annotations

import numpy as np
from drawn import DIGITS

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation.film import film

HAND = [
    PenSample(str(digit), "somebody", [[[10 * x, 10 * y] for x, y in stroke] for stroke in strokes])
    for digit, strokes in DIGITS.items()
]


def frames(seed: int, count: int = 6) -> list[object]:
    return list(film([HAND], np.random.default_rng(seed), count, (640, 480)))


def test_the_same_seed_makes_the_same_film() -> None:
    for one, other in zip(frames(3), frames(3), strict=True):
        assert np.array_equal(one.picture, other.picture)  # type: ignore[attr-defined]
        assert (one.texts, one.boxes) == (other.texts, other.boxes)  # type: ignore[attr-defined]


def test_frames_are_of_the_size_that_was_asked_for_and_differ() -> None:
    made = frames(4)
    assert [frame.picture.shape for frame in made] == [(480, 640, 3)] * 6  # type: ignore[attr-defined]
    assert all(not np.array_equal(made[0].picture, frame.picture) for frame in made[1:])  # type: ignore[attr-defined]


def test_the_ink_lies_in_the_boxes() -> None:
    for seed in range(5):
        for frame in film([HAND], np.random.default_rng(seed), 3, (640, 480)):
            grey = frame.picture[:, :, 0].astype(float)
            for place, box in enumerate(frame.boxes):
                if not frame.is_whole(place):
                    continue
                left, top, right, bottom = (round(side) for side in box)
                inside = grey[top:bottom, left:right]
                beside = grey[max(0, top - 3) : top, left:right]
                assert np.percentile(inside, 5) < beside.mean() - 15


def test_a_number_at_the_edge_is_not_whole() -> None:
    seen = [
        (frame.is_whole(place), box)
        for seed in range(12)
        for frame in film([HAND], np.random.default_rng(seed), 4, (640, 480))
        for place, box in enumerate(frame.boxes)
    ]
    assert {whole for whole, _ in seen} == {True, False}
    for whole, (left, top, right, bottom) in seen:
        assert whole == (left >= 2 and top >= 2 and right <= 638 and bottom <= 478)
