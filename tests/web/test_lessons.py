"""What corrections taught, on the page: taken back before ink, listed, forgotten; and a lesson that listens."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
import shelf
from drawn import DIGITS, ODD_HAND, wobbled
from playwright.sync_api import Page, expect
from sheet import ENGLISH, PHONE, SETTLED, WIDE, Server, put, sheet_is_clean, shown

AN_A = [[[30, 95], [50, 5], [70, 95]], [[38, 60], [62, 60]]]


def ask(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.address + path) as answer:
        return json.load(answer)


def teach(page: Page, key: str, strokes: Any) -> None:
    put(page, strokes)
    page.keyboard.press(key)
    page.click("#notice button")
    expect(page.locator("#notice")).to_contain_text("Learned.")


def test_undo_takes_back_the_correction_and_what_it_taught_and_then_the_ink(empty: Page, keeper: Server) -> None:
    teach(empty, "8", ODD_HAND[8])
    empty.keyboard.press("Control+z")
    expect(empty.locator("#notice")).to_have_text(ENGLISH["teach.forgotten"])
    assert shown(empty) == "?"
    assert ask(keeper, "api/hand")["marks"] == 0
    assert not sheet_is_clean(empty)
    empty.keyboard.press("8")  # said again and undone again: the same drawing comes back, and goes
    expect(empty.locator("#notice")).to_contain_text("Learned.")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_have_text(ENGLISH["teach.forgotten"])
    assert ask(keeper, "api/hand")["marks"] == 0
    empty.keyboard.press("Control+z")
    assert sheet_is_clean(empty)


def test_what_is_said_after_an_undone_correction_is_learned(empty: Page, keeper: Server) -> None:
    teach(empty, "9", ODD_HAND[8])
    empty.keyboard.press("Control+z")
    expect(empty.locator("#notice")).to_have_text(ENGLISH["teach.forgotten"])
    empty.keyboard.press("8")
    expect(empty.locator("#notice")).to_contain_text("Learned.")
    assert [one["shown"] for one in ask(keeper, "api/hand/lessons")["lessons"]] == ["8"]


def test_one_wrong_lesson_leaves_a_clean_digit_sure(empty: Page, keeper: Server) -> None:
    teach(empty, "2", DIGITS[7])
    assert [one["alone"] for one in ask(keeper, "api/hand/lessons")["lessons"]] == [True]
    for seed in (5, 6):
        empty.keyboard.press("n")
        put(empty, wobbled(DIGITS[7], seed))
        assert shown(empty) == "7"
        expect(empty.locator("#words")).to_have_text("Sure")


def test_a_second_lesson_that_agrees_makes_both_count(empty: Page, keeper: Server) -> None:
    teach(empty, "2", DIGITS[7])
    empty.keyboard.press("n")
    put(empty, wobbled(DIGITS[7], 1))
    assert shown(empty) == "7"  # the first changes next to nothing
    expect(empty.locator("#words")).to_have_text("Sure")
    empty.keyboard.press("2")
    expect(empty.locator("#notice")).to_contain_text("2 corrected marks")
    assert [one["alone"] for one in ask(keeper, "api/hand/lessons")["lessons"]] == [False, False]
    empty.click("#more")
    empty.click("#open-lessons")
    expect(empty.locator("#taught li")).to_have_count(2)
    expect(empty.locator("#taught")).not_to_contain_text("counts little")
    empty.keyboard.press("Escape")
    empty.keyboard.press("n")
    put(empty, wobbled(DIGITS[7], 5))
    expect(empty.locator("#words")).to_contain_text("2")  # "Not sure: 7 or 2", or 2 at once
    expect(empty.locator("#words")).not_to_have_text("Sure")


def test_lessons_are_listed_taken_back_one_by_one_and_forgotten_as_a_whole(empty: Page, keeper: Server) -> None:
    teach(empty, "2", DIGITS[7])
    empty.keyboard.press("n")
    put(empty, ODD_HAND[8])
    empty.keyboard.press("8")
    expect(empty.locator("#notice")).to_contain_text("2 corrected marks")
    empty.click("#more")
    empty.click("#open-lessons")
    rows = empty.locator("#taught li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("read as not a digit")
    expect(rows.nth(1)).to_contain_text("counts little until another one agrees")
    rows.nth(1).get_by_role("button").click()
    expect(rows).to_have_count(1)
    assert ask(keeper, "api/hand")["marks"] == 1
    empty.click("#lessons-said button")  # undo
    expect(rows).to_have_count(2)
    empty.click("#forget-hand")
    expect(rows).to_have_count(0)
    assert ask(keeper, "api/hand")["marks"] == 0
    assert ask(keeper, "api/kept/stats")["drawings"] == 2  # what was drawn stays
    empty.click("#lessons-said button")
    expect(rows).to_have_count(2)
    assert ask(keeper, "api/hand")["marks"] == 2


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_list_of_lessons_stays_in_its_place_when_it_becomes_shorter(
    empty: Page, keeper: Server, size: dict[str, int]
) -> None:
    """Its head went down, away from under the finger, with each lesson that was taken back."""
    for seed in range(4):
        shelf.keep(keeper, "7", seed, correct="2")
    empty.set_viewport_size(size)  # type: ignore[arg-type]
    for lessons in (4, 1):  # and it is opened as high as it needs to be
        empty.click("#more")
        empty.click("#open-lessons")
        rows = empty.locator("#taught li")
        expect(rows).to_have_count(lessons)
        expect(empty.locator("#lessons")).to_be_visible()
        there = [empty.locator(one).bounding_box() for one in ("#lessons", "#lessons .close", "#lessons-said")]
        for left in reversed(range(1, lessons)):
            rows.first.get_by_role("button").click()
            expect(rows).to_have_count(left)
        empty.click("#forget-hand")
        expect(rows).to_have_count(0)
        now = [empty.locator(one).bounding_box() for one in ("#lessons", "#lessons .close", "#lessons-said")]
        assert now == there
        empty.click("#lessons-said button")
        expect(rows).to_have_count(1)
        empty.keyboard.press("Escape")


@pytest.mark.parametrize("way", ["clear", "tab", "ink"])
def test_what_was_said_of_a_drawing_stands_when_it_comes_back(page: Page, way: str) -> None:
    """The page showed what had been read at first, and kept what had been said."""
    put(page, DIGITS[4])
    page.keyboard.press("9")
    if way == "clear":
        page.keyboard.press("n")
        page.keyboard.press("Control+z")
    elif way == "tab":
        page.click("#tab-picture")
        page.click("#tab-draw")
    else:
        put(page, DIGITS[7], 0.1, 2, 2)
        page.keyboard.press("Control+z")
    page.wait_for_function(SETTLED)
    expect(page.locator("#words")).to_have_text(ENGLISH["answer.corrected"])
    assert shown(page) == "9"
    expect(page.locator("#percent")).to_have_text("")
    page.keyboard.press("Control+z")
    assert shown(page) == "4"
    expect(page.locator("#words")).to_have_text("Sure")
    assert not sheet_is_clean(page)


def test_a_lesson_waits_for_what_it_asked_for_says_what_it_reads_and_goes_back(empty: Page, keeper: Server) -> None:
    empty.click("#more")
    empty.click("#open-lesson")
    expect(empty.locator("#lesson-said")).to_have_text(ENGLISH["lesson.about"])
    expect(empty.locator("#tips")).to_be_hidden()  # there is nothing to correct, to keep or to be curious of
    digit = int(empty.inner_text("#lesson-digit").split()[-1])
    put(empty, AN_A, 0.6, 20, 22)
    expect(empty.locator("#lesson-said")).to_contain_text("This reads as: not a digit.")
    assert ask(keeper, "api/hand")["marks"] == 0
    empty.keyboard.press("Backspace")
    other = (digit + 4) % 10
    put(empty, DIGITS[other], 0.6, 20, 22)
    expect(empty.locator("#lesson-said")).to_contain_text(f"This reads as: {other}.")
    assert ask(keeper, "api/hand")["marks"] == 0  # nothing is kept without a word
    empty.keyboard.press("Enter")
    expect(empty.locator("#lesson-place")).to_have_text("2 of 30")
    empty.click("#lesson-back")
    expect(empty.locator("#lesson-place")).to_have_text("1 of 30")
    assert int(empty.inner_text("#lesson-digit").split()[-1]) == digit
    assert ask(keeper, "api/hand")["marks"] == 0
    put(empty, DIGITS[digit], 0.6, 20, 22)
    expect(empty.locator("#lesson-place")).to_have_text("2 of 30")
    empty.keyboard.press("Escape")
    expect(empty.locator("#notice")).to_contain_text("learning is on now")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_have_text(ENGLISH["teach.forgotten"])
    assert ask(keeper, "api/hand")["marks"] == 0


def test_a_lesson_waits_for_the_second_stroke_of_a_4(empty: Page, keeper: Server) -> None:
    empty.click("#more")
    empty.click("#open-lesson")
    place = 1
    expect(empty.locator("#lesson-place")).to_have_text("1 of 30")
    while (digit := int(empty.inner_text("#lesson-digit").split()[-1])) != 4:
        put(empty, DIGITS[digit], 0.6, 20, 22)
        empty.keyboard.press("Enter")
        place += 1
        expect(empty.locator("#lesson-place")).to_have_text(f"{place} of 30")
    first, second = DIGITS[4]
    put(empty, [first], 0.6, 20, 22)
    expect(empty.locator("#lesson-said")).to_contain_text("This reads as:")  # it was read, and half a 4 is none
    expect(empty.locator("#lesson-place")).to_have_text(f"{place} of 30")
    put(empty, [second], 0.6, 20, 22)
    expect(empty.locator("#lesson-place")).to_have_text(f"{place + 1} of 30")  # by itself
    newest = ask(keeper, "api/kept?limit=1")["drawings"][0]["id"]
    kept = ask(keeper, f"api/kept/{newest}")
    assert (kept["correct"], len(kept["strokes"])) == ("4", 2)
