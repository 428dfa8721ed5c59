"""Corrections that teach, in Chromium: one key, at once, only when asked; and "learn my hand"."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

from drawn import DIGITS, ODD_HAND, wobbled
from playwright.sync_api import Browser, Page, Route, expect
from sheet import PHONE, SETTLED, WIDE, Server, holds, opened, put, shown, until


def ask(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.address + path) as answer:
        return json.load(answer)


def test_a_key_corrects_and_nothing_is_kept_unasked(empty: Page, keeper: Server) -> None:
    put(empty, ODD_HAND[8])
    expect(empty.locator("#words")).to_have_text("This does not look like a digit")
    empty.keyboard.press("8")
    assert shown(empty) == "8"
    expect(empty.locator("#words")).to_have_text("Corrected by you")
    expect(empty.locator("#notice")).to_contain_text("Shall this correction be kept")
    assert ask(keeper, "api/kept/stats")["drawings"] == 0
    empty.keyboard.press("n")
    put(empty, wobbled(ODD_HAND[8], 1))
    assert shown(empty) == "?"


def test_a_correction_that_is_kept_counts_for_the_next_drawing(empty: Page, keeper: Server, pictures: Path) -> None:
    put(empty, ODD_HAND[8])
    empty.keyboard.press("8")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned. One corrected mark so far.")
    empty.screenshot(path=pictures / "corrected-light-1280x800.png")
    empty.keyboard.press("n")
    put(empty, wobbled(ODD_HAND[8], 2))
    if shown(empty) != "8":  # the second correction needs no question
        empty.keyboard.press("8")
        expect(empty.locator("#notice")).to_contain_text("2 corrected marks")
        empty.keyboard.press("n")
        put(empty, wobbled(ODD_HAND[8], 3))
    assert shown(empty) == "8"
    [first] = ask(keeper, "api/kept?wrong=true")["drawings"][-1:]
    assert first["digits"][0]["correct"] == 8
    assert first["digits"][0]["value"] is None


def test_x_says_that_it_is_no_digit_and_a_bar_that_it_is_one(empty: Page, keeper: Server) -> None:
    put(empty, DIGITS[3])
    empty.keyboard.press("x")
    assert shown(empty) == "?"
    empty.locator("#bars li").nth(5).click()
    assert shown(empty) == "5"
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned")
    assert ask(keeper, "api/kept")["drawings"][0]["correct"] == "5"


def test_nought_is_a_digit_like_any_other(empty: Page, keeper: Server) -> None:
    def taught(label: object) -> None:
        holds(empty, f"async () => (await (await fetch('/api/kept')).json()).drawings[0]?.correct === '{label}'")

    put(empty, ODD_HAND[8])
    empty.keyboard.press("0")
    assert shown(empty) == "0"
    empty.click("#notice button")
    taught(0)
    empty.keyboard.press("5")
    taught(5)
    empty.locator("#bars li").first.click()
    assert shown(empty) == "0"
    taught(0)
    [only] = ask(keeper, "api/kept")["drawings"]
    assert [one["correct"] for one in only["digits"]] == [0]


def test_corrections_one_after_the_other_are_of_one_drawing_and_the_last_one_counts(
    empty: Page, keeper: Server
) -> None:
    held: list[Route] = []
    sent: list[str] = []
    empty.on("request", lambda request: sent.append(request.method) if "/api/kept" in request.url else None)
    put(empty, ODD_HAND[8])
    empty.keyboard.press("4")
    empty.route(
        "**/api/kept", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    empty.click("#notice button")
    until(empty, lambda: len(held) == 1, "the first correction is on its way")
    empty.keyboard.press("9")
    empty.keyboard.press("3")
    assert [method for method in sent if method != "GET"] == ["POST"]
    held[0].continue_()
    holds(empty, "async () => (await (await fetch('/api/kept')).json()).drawings[0]?.correct === '3'")
    assert [method for method in sent if method != "GET"] == ["POST", "PATCH", "PATCH"]
    assert len(ask(keeper, "api/kept")["drawings"]) == 1


def test_what_was_said_of_a_drawing_is_not_said_of_the_one_that_follows(empty: Page, keeper: Server) -> None:
    put(empty, DIGITS[4], 0.3, 5, 30)
    empty.keyboard.press("9")
    put(empty, DIGITS[7], 0.3, 45, 30)
    assert shown(empty).replace("\n", "") == "47"
    empty.keyboard.press("1")
    assert shown(empty).replace("\n", "") == "41"
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned")
    assert [one["correct"] for one in ask(keeper, "api/kept")["drawings"][0]["digits"]] == [None, 1]


def test_undo_forgets_what_was_learned(empty: Page, keeper: Server) -> None:
    put(empty, ODD_HAND[8])
    empty.keyboard.press("8")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Forgotten")
    assert ask(keeper, "api/hand")["marks"] == 0


def test_one_digit_of_a_number_is_corrected_and_the_others_stay(empty: Page, keeper: Server) -> None:
    put(empty, DIGITS[4], 0.3, 5, 30)
    put(empty, DIGITS[7], 0.3, 45, 30)
    empty.locator("#digit button").first.focus()
    empty.keyboard.press("9")
    assert shown(empty).replace("\n", "") == "97"
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned")
    assert [one["correct"] for one in ask(keeper, "api/kept")["drawings"][0]["digits"]] == [9, None]


def test_the_lesson_asks_for_each_digit_three_times_and_reads_the_hand_after_it(
    browser: Browser, keeper: Server, pictures: Path
) -> None:
    page = opened(browser, keeper, viewport=PHONE, color_scheme="dark")
    put(page, DIGITS[6])
    page.click("#more")
    page.click("#open-lesson")
    for place in range(1, 31):
        expect(page.locator("#lesson-place")).to_have_text(f"{place} of 30")
        digit = int(page.inner_text("#lesson-digit").split()[-1])
        written = wobbled(ODD_HAND.get(digit, DIGITS[digit]), place)
        if place == 3:  # it begins on a phone and goes on in a wide window
            put(page, written, 0.6, 20, 22)
            page.screenshot(path=pictures / "lesson-dark-390x844.png")
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            page.emulate_media(color_scheme="light")
            page.screenshot(path=pictures / "lesson-light-1280x800.png")
        else:
            put(page, written, 0.6, 20, 22)
        page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Learned from 30 marks")
    page.wait_for_function(SETTLED)
    assert shown(page) == "6"  # the drawing from before is back
    found = ask(keeper, "api/hand")
    assert found["marks"] == 30
    assert found["right_before"] < found["right_left_out"]
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.keyboard.press("n")
        put(page, wobbled(ODD_HAND[4], 77))
        assert shown(page) == "4", size
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_lesson_that_is_stopped_keeps_what_was_written(empty: Page, keeper: Server) -> None:
    empty.click("#more")
    empty.click("#open-lesson")
    expect(empty.locator("#lesson")).to_be_visible()
    digit = int(empty.inner_text("#lesson-digit").split()[-1])
    put(empty, DIGITS[digit], 0.6, 20, 22)
    expect(empty.locator("#lesson-place")).to_have_text("2 of 30")  # after a pause, without a key
    empty.keyboard.press("Escape")
    expect(empty.locator("#lesson")).to_be_hidden()
    assert ask(keeper, "api/hand")["marks"] == 1
    assert ask(keeper, "api/kept")["drawings"][0]["tags"] == ["my hand"]


def test_a_reload_in_a_lesson_brings_back_what_was_drawn_before(empty: Page) -> None:
    put(empty, DIGITS[3])
    empty.click("#more")
    empty.click("#open-lesson")
    expect(empty.locator("#lesson")).to_be_visible()
    put(empty, DIGITS[8])
    empty.reload()
    expect(empty.locator("#digit")).to_have_text("3")


def test_another_script_is_not_offered_over_a_question(empty: Page) -> None:
    asked: list[Route] = []
    empty.route("**/api/ink", lambda route: asked.append(route))
    put(empty, ODD_HAND[8])
    empty.keyboard.press("8")
    expect(empty.locator("#notice")).to_contain_text("Shall this correction be kept")
    until(empty, lambda: bool(asked), "asked which script it is")
    found = {"scripts": [{"script": "thai", "confidence": 0.9}], "text": "0", "native": "๐"}
    with empty.expect_response("**/api/ink"):
        asked[0].fulfill(json=found)
    empty.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(empty.locator("#notice")).to_contain_text("Shall this correction be kept")
