from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from readings import HERE, number

from inkdigit.camera.tracking import AGREE, PATIENCE, WINDOW, Settled, Tracker
from inkdigit.recognition.reading import Number, Page, Separator

SIZE = (640, 480)
Box = tuple[float, float, float, float]
Shown = list[tuple[str, Box]]


def page(*shown: tuple[str, Box], size: tuple[int, int] = SIZE) -> Page:
    return Page(tuple(number(text, box) for text, box in shown), size)


def moved(box: Box, x: float, y: float = 0.0) -> Box:
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def after(frames: Iterable[Page], steady: Tracker | None = None, start: int = 0) -> tuple[Settled, ...]:
    """What is settled after the frames, a tenth of a second apart."""
    steady = steady or Tracker()
    settled: tuple[Settled, ...] = ()
    for count, one in enumerate(frames, start):
        settled = steady.add(one, count / 10)
    return settled


def texts(settled: Sequence[Settled]) -> list[str]:
    return [one.number.text for one in settled]


def test_a_number_settles_in_the_frame_in_which_enough_have_agreed() -> None:
    steady = Tracker()
    seen = [texts(steady.add(page(("407", HERE)), count / 10)) for count in range(AGREE + 1)]
    assert seen == [[]] * (AGREE - 1) + [["407"]] * 2


def test_a_text_that_flickers_never_settles() -> None:
    flicker = ["407", "401", "467", "107"] * 10
    steady = Tracker()
    assert all(not steady.add(page((text, HERE)), at / 10) for at, text in enumerate(flicker))


def test_one_misread_frame_changes_nothing() -> None:
    steady = Tracker()
    before = after([page(("407", HERE))] * WINDOW, steady)
    now = steady.add(page(("401", HERE)), WINDOW / 10)
    assert texts(now) == ["407"]
    assert (before[0].seen, now[0].seen) == (True, False)
    assert now[0].id == before[0].id
    assert now[0].since == (AGREE - 1) / 10


def test_a_number_that_became_another_is_shown_as_that_one() -> None:
    steady = Tracker()
    after([page(("407", HERE))] * WINDOW, steady)
    now = after([page(("401", HERE))] * AGREE, steady, WINDOW)
    assert texts(now) == ["401"]
    assert [one.id for one in now] == [1]


def test_doubt_takes_a_number_off_rather_than_show_a_wrong_one() -> None:
    steady = Tracker()
    after([page(("407", HERE))] * WINDOW, steady)
    now = after([page((text, HERE)) for text in ("401", "107", "467", "400", "447")], steady, WINDOW)
    assert texts(now) == []


def test_a_number_stays_through_missed_frames_and_goes_after_so_many() -> None:
    steady = Tracker()
    after([page(("407", HERE))] * WINDOW, steady)
    seen = [texts(steady.add(page(), (WINDOW + count) / 10)) for count in range(PATIENCE)]
    assert seen == [["407"]] * (PATIENCE - 1) + [[]]


def test_a_number_that_comes_back_in_time_keeps_its_name() -> None:
    steady = Tracker()
    after([page(("407", HERE))] * WINDOW, steady)
    now = after([page()] * (PATIENCE - 1) + [page(("407", HERE))], steady, WINDOW)
    assert [(one.id, one.seen) for one in now] == [(1, True)]


def test_a_moving_number_is_followed_and_its_box_with_it() -> None:
    steady = Tracker()
    frames = [page(("407", moved(HERE, 8 * count, 3 * count))) for count in range(20)]
    now = after(frames, steady)
    assert [one.id for one in now] == [1]
    assert now[0].number.box == pytest.approx(moved(HERE, 8 * 19, 3 * 19), abs=6)


def test_a_shaking_box_is_held_still() -> None:
    steady = Tracker()
    shake = [1.5, -1.5] * 15
    places = [steady.add(page(("407", moved(HERE, x))), at / 10) for at, x in enumerate(shake)]
    lefts = [settled[0].number.box[0] for settled in places if settled]  # type: ignore[index]
    assert np.ptp(lefts[-10:]) < 1.0
    assert np.mean(lefts[-10:]) == pytest.approx(100, abs=0.5)


def test_boxes_of_digits_and_separators_move_with_the_number() -> None:
    whole = number("407", HERE)
    dotted = Number(whole.digits, (Separator(".", 1, (130, 140, 136, 150)),))
    steady = Tracker(1, 1, 5)
    steady.add(Page((dotted, number("22", (300, 300, 360, 350))), SIZE), 0.0)
    gone = Page((number("22", (320, 310, 380, 360)),), SIZE)  # the other tells how the camera moved
    now = {one.number.text: one.number for one in steady.add(gone, 0.1)}
    assert now["407"].box == pytest.approx(moved(HERE, 20, 10))
    assert now["407"].digits[1].box == pytest.approx((153.333, 110, 186.667, 160), abs=0.01)
    assert now["407"].separators[0].box == pytest.approx((150, 150, 156, 160))


def test_two_equal_numbers_beside_each_other_stay_two() -> None:
    left, right = (100.0, 100.0, 150.0, 150.0), (170.0, 100.0, 220.0, 150.0)
    steady = Tracker()
    now: tuple[Settled, ...] = ()
    for count in range(20):
        shift = 10 * np.sin(count / 3)
        now = steady.add(page(("77", moved(left, shift)), ("77", moved(right, shift))), count / 10)
    assert [(one.id, one.number.text) for one in now] == [(1, "77"), (2, "77")]
    assert now[0].number.box is not None
    assert now[0].number.box[0] < 120


def test_of_two_equal_numbers_the_one_that_left_goes() -> None:
    left, right = (100.0, 100.0, 150.0, 150.0), (170.0, 100.0, 220.0, 150.0)
    steady = Tracker()
    after([page(("77", left), ("77", right))] * WINDOW, steady)
    now = after([page(("77", right))] * PATIENCE, steady, WINDOW)
    assert [one.id for one in now] == [2]


def test_a_number_in_two_halves_for_a_frame_stays_whole() -> None:
    steady = Tracker()
    after([page(("4071", HERE))] * WINDOW, steady)
    halves = page(("407", (100, 100, 175, 150)), ("1", (180, 100, 200, 150)))
    now = after([halves] * 2, steady, WINDOW)
    assert texts(now) == ["4071"]
    assert now[0].number.box == pytest.approx(HERE)


def test_an_old_reading_under_a_new_one_is_not_shown() -> None:
    steady = Tracker(1, 1, 5)
    steady.add(page(("12", (100, 100, 160, 150)), ("3", (170, 100, 195, 150))), 0.0)
    now = steady.add(page(("123", (100, 100, 195, 150))), 0.1)
    assert texts(now) == ["123"]


def test_what_the_edge_may_cut_is_not_shown() -> None:
    for box in ((0.0, 100.0, 90.0, 150.0), (600.0, 100.0, 640.0, 150.0), (100.0, 440.0, 200.0, 479.0)):
        assert after([page(("407", box))] * WINDOW) == ()


def test_numbers_come_in_reading_order() -> None:
    low: Box = (50, 300, 150, 350)
    right: Box = (300, 104, 400, 154)
    now = after([page(("2", low), ("3", right), ("1", HERE))] * WINDOW)
    assert texts(now) == ["1", "3", "2"]


def test_a_pause_or_another_size_of_picture_begins_anew() -> None:
    for size, time in ((SIZE, 60.0), (SIZE, -60.0), ((480, 640), WINDOW / 10)):
        steady = Tracker()
        after([page(("407", HERE))] * WINDOW, steady)
        assert steady.add(page(("407", HERE), size=size), time) == ()


def test_a_number_new_after_a_pause_has_a_new_name() -> None:
    steady = Tracker()
    after([page(("407", HERE))] * WINDOW, steady)
    assert [one.id for one in after([page(("407", HERE))] * AGREE, steady, 1000)] == [2]


def test_the_reading_shown_is_the_one_of_middle_confidence() -> None:
    steady = Tracker(3, 3, 3)
    for at, confidence in enumerate((0.9, 0.5, 0.7)):
        settled = steady.add(Page((number("4", HERE, confidence),), SIZE), at / 10)
    assert settled[0].number.confidence == 0.7


def test_the_same_frames_give_the_same_answer() -> None:
    random = np.random.default_rng(0)
    frames = [
        page(*((str(random.integers(10)), moved((50, 50, 80, 90), *random.uniform(0, 400, 2))) for _ in range(5)))
        for _ in range(30)
    ]

    def shown() -> list[list[tuple[int, str, object]]]:
        steady = Tracker(2, 4, 4)
        return [
            [(one.id, one.number.text, one.number.box) for one in steady.add(frame, at / 10)]
            for at, frame in enumerate(frames)
        ]

    assert shown() == shown()


def test_the_json_is_that_of_a_number_and_more() -> None:
    settled = after([page(("407", HERE))] * AGREE)[0]
    shape = settled.to_json()
    assert shape["id"] == 1
    assert shape["since"] == (AGREE - 1) / 10
    assert shape["seen"] is True
    assert shape.keys() - settled.number.to_json().keys() == {"id", "since", "seen"}


@pytest.mark.parametrize(("agree", "window", "patience"), [(0, 4, 4), (5, 4, 4), (2, 4, 0)])
def test_counts_that_make_no_sense_are_refused(agree: int, window: int, patience: int) -> None:
    with pytest.raises(ValueError, match="agree <= window"):
        Tracker(agree, window, patience)
