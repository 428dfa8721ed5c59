"""The page in Chromium, drawn on with mouse and finger."""

from __future__ import annotations

import itertools
import json
import signal

from drawn import DIGITS
from playwright.sync_api import Browser, Page, expect
from sheet import LEAST, PHONE, SETTLED, WIDE, Server, draw, opened, place, put, serving, sheet_is_clean, shown

from inkdigit.data import datasets
from inkdigit.settings import Settings


def validation_marks(count: int) -> list[tuple[str, list[list[list[float]]]]]:
    """(label, strokes in a square of 100) of hands that training left out; our own drawings without the data folder."""
    settings = Settings.from_environment()
    if not datasets.has_pen(settings):
        return [(str(digit), strokes) for digit, strokes in DIGITS.items()]
    marks = [mark for mark in datasets.pen("digits", settings) if datasets.fold_of(mark.writer) == 0]
    chosen = marks[:: len(marks) // count][:count]
    return [(mark.label, [[[x / 10, y / 10] for x, y in stroke] for stroke in mark.strokes]) for mark in chosen]


# How many pixels of the sheet are inked, once what is coming has been drawn.
INK = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const sheet = document.querySelector('#sheet');
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height);
  done(data.filter((tone, i) => i % 4 === 3 && tone > 127).length);
})))"""


def test_digits_of_unseen_writers_are_read_as_they_are_drawn(page: Page) -> None:
    right = total = 0
    for (label, strokes), (scale, left, top) in zip(
        validation_marks(40), itertools.cycle([(0.8, 10, 10), (0.5, 40, 5), (0.2, 75, 75), (0.12, 4, 80)]), strict=False
    ):
        page.keyboard.press("n")
        put(page, strokes, scale, left, top)
        right += int(shown(page) == label)
        total += 1
    assert total >= 10
    assert right >= 0.95 * total, f"{right} of {total}"


def test_the_answer_is_there_while_the_pen_is_still_down(page: Page) -> None:
    points = place(page, DIGITS[7][0], 0.7, 15, 15)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.wait_for_function(SETTLED)
    assert shown(page) == "7"
    page.mouse.up()


def test_a_reading_shows_digit_words_confidence_bars_and_glyph(page: Page) -> None:
    draw(page, DIGITS[4])
    assert shown(page) == "4"
    expect(page.locator("#percent")).to_contain_text("%")
    assert page.inner_text("#words") in ("Sure", "Fairly sure: it could be a 9")
    expect(page.locator("#bars li")).to_have_count(10)
    expect(page.locator("#bars li.best")).to_have_text("4")
    lit = page.evaluate(
        "() => document.querySelector('#glyph').getContext('2d').getImageData(0, 0, 28, 28).data"
        ".filter((v, i) => i % 4 === 0 && v > 128).length"
    )
    assert 40 < lit < 200
    expect(page.locator("#status[role=status]")).to_contain_text("4, ")


def test_an_empty_sheet_asks_for_a_digit(page: Page) -> None:
    assert shown(page) == ""
    expect(page.locator("#words")).to_have_text("Draw a digit, or a number")
    expect(page.locator("#hint")).to_be_visible()
    for tool in ("undo", "redo", "clear", "read"):
        expect(page.locator(f"#{tool}")).to_have_attribute("aria-disabled", "true")


def test_what_is_no_digit_is_said_to_be_none(page: Page) -> None:
    zigzag = [[[x * 4, 10 + 80 * (x % 2)] for x in range(25)], [[x * 4, 30 + 40 * (x % 3)] for x in range(25)]]
    draw(page, zigzag)
    assert shown(page) == "?"
    expect(page.locator("#words")).to_have_text("This does not look like a digit")


def test_clear_empties_the_sheet_and_undo_brings_the_drawing_back(page: Page) -> None:
    draw(page, DIGITS[2])
    for clear in ("n", "Escape", "#clear"):
        if clear.startswith("#"):
            page.click(clear)
        else:
            page.keyboard.press(clear)
        page.wait_for_function(SETTLED)
        assert shown(page) == "", clear
        assert sheet_is_clean(page), clear
        page.keyboard.press("Control+z")
        page.wait_for_function(SETTLED)
        assert shown(page) == "2", clear
        assert not sheet_is_clean(page), clear


def test_undo_and_redo_go_stroke_by_stroke(page: Page) -> None:
    draw(page, DIGITS[4][:1])
    one_stroke = shown(page)
    draw(page, DIGITS[4][1:])
    assert shown(page) == "4"
    for keys, wanted in (
        ("Control+z", one_stroke),
        ("Control+z", ""),
        ("Control+Shift+z", one_stroke),
        ("Control+y", "4"),
    ):
        page.keyboard.press(keys)
        page.wait_for_function(SETTLED)
        assert shown(page) == wanted, keys
    page.click("#undo")
    page.wait_for_function(SETTLED)
    assert shown(page) == one_stroke
    page.click("#redo")
    page.wait_for_function(SETTLED)
    assert shown(page) == "4"


def test_what_was_undone_is_gone_once_something_else_is_done(page: Page) -> None:
    draw(page, DIGITS[4])
    for act in ("draw", "erase", "clear"):
        page.keyboard.press("Control+z")
        expect(page.locator("#redo")).to_have_attribute("aria-disabled", "false")
        if act == "draw":
            draw(page, [[[85, 10], [85, 90]]], 1, 0, 0)
        elif act == "erase":
            page.keyboard.press("e")
            draw(page, [[[x, 50] for x in range(5, 95, 4)]], 1, 0, 0)
        else:
            page.keyboard.press("n")
        page.wait_for_function(SETTLED)
        expect(page.locator("#redo")).to_have_attribute("aria-disabled", "true")
        before = page.evaluate(INK)
        page.keyboard.press("Control+y")
        page.click("#redo", force=True)
        assert page.evaluate(INK) == before


def test_undo_with_the_pen_down_takes_back_the_stroke_that_is_being_drawn(page: Page) -> None:
    draw(page, DIGITS[1], 0.5, 5, 25)
    before = page.evaluate(INK)
    points = place(page, DIGITS[7][0], 0.5, 45, 25)
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1])
    page.keyboard.press("Control+z")
    page.mouse.move(*points[2])  # its stroke is over
    page.mouse.up()
    page.wait_for_function(SETTLED)
    assert page.evaluate(INK) == before
    assert shown(page) == "1"
    page.keyboard.press("Control+y")
    page.wait_for_function(SETTLED)
    assert page.evaluate(INK) > before


def test_redo_with_the_pen_down_takes_nothing_from_the_stroke_that_is_being_drawn(page: Page) -> None:
    draw(page, DIGITS[1], 0.5, 5, 25)
    page.keyboard.press("Control+z")
    points = place(page, DIGITS[7][0], 0.7, 15, 15)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:3]:
        page.mouse.move(*point)
    page.keyboard.press("Control+y")
    for point in points[3:]:
        page.mouse.move(*point)
    page.mouse.up()
    page.wait_for_function(SETTLED)
    assert shown(page) == "7"
    expect(page.locator("#redo")).to_have_attribute("aria-disabled", "true")


def test_the_eraser_takes_away_what_it_touches_and_can_be_undone(page: Page) -> None:
    draw(page, DIGITS[1])
    draw(page, [[[70, 20], [90, 20], [70, 80], [90, 80]]])
    before = shown(page)
    page.keyboard.press("e")
    draw(page, [[[x, y] for y in range(10, 95, 4) for x in (66, 80, 95)]])
    assert shown(page) == "1"
    page.keyboard.press("Control+z")
    page.wait_for_function(SETTLED)
    assert shown(page) == before
    assert before != "1"


def test_pen_width_canvas_size_and_zoom_do_not_change_the_answer(browser: Browser, server: Server) -> None:
    seen = set()
    for zoom, sizes in ((1, (WIDE, PHONE)), (3, (LEAST,))):
        page = opened(browser, server, device_scale_factor=zoom)
        for size in sizes:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for pen in ("fine", "medium", "broad"):
                page.click(f"[data-pen={pen}]")
                page.keyboard.press("n")
                draw(page, DIGITS[3])
                seen.add((shown(page), page.inner_text("#percent").split(".")[0]))
        width, shown_width = page.evaluate(
            "() => { const c = document.querySelector('#sheet'); return [c.width, c.clientWidth]; }"
        )
        assert width == zoom * shown_width  # sharp on a dense screen
        page.context.close()
    assert {digit for digit, _ in seen} == {"3"}
    assert len(seen) == 1, seen


def test_a_finger_draws_and_a_second_finger_does_not_disturb(browser: Browser, server: Server) -> None:
    page = opened(browser, server, viewport=PHONE, has_touch=True, is_mobile=True)
    touch = page.context.new_cdp_session(page)
    for stroke in DIGITS[5]:
        for step, (x, y) in enumerate(place(page, [*stroke[::3], stroke[-1]], 0.7, 15, 15)):
            points = [{"x": x, "y": y, "id": 1}]
            if step > 5:
                points.append({"x": 40.0, "y": 400.0, "id": 2})
            kind = "touchStart" if step in (0, 6) else "touchMove"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(SETTLED)
    assert shown(page) == "5"
    assert page.evaluate("() => scrollY") == 0
    page.context.close()


def test_when_the_server_hangs_or_goes_the_page_says_so_and_comes_back_with_the_drawing(browser: Browser) -> None:
    with serving() as server:
        page = opened(browser, server)
        page.evaluate("() => { const after = setTimeout; window.setTimeout = (then, wait) => wait === 4000"
                      " ? (window.stuck = then, 0) : after(then, wait); }")  # fmt: skip
        draw(page, DIGITS[8])
        server.signal(signal.SIGSTOP)
        page.keyboard.press("r")
        expect(page.locator("#words")).to_have_text("Reading")
        page.evaluate("() => window.stuck()")  # the time is over
        expect(page.locator("#notice")).to_contain_text("does not answer")
        server.signal(signal.SIGCONT)
        expect(page.locator("#notice")).to_contain_text("Connected again")
        page.wait_for_function(SETTLED)
        assert shown(page) == "8"
        server.kill()
        expect(page.locator("#notice")).to_contain_text("Your drawing is safe")
        expect(page.locator("#page")).to_have_attribute("data-state", "gone")
        assert not sheet_is_clean(page)
        page.mouse.move(5, 5)
        page.mouse.move(*place(page, [[10, 10]], 0.1, 2, 2)[0])
        page.mouse.down()
        page.mouse.up()
        page.keyboard.press("Control+z")
        server.start()
        expect(page.locator("#notice")).to_contain_text("Connected again")
        page.wait_for_function(SETTLED)
        assert shown(page) == "8"
        page.context.close()


def test_too_many_points_are_named_and_undo_goes_on(page: Page) -> None:
    draw(page, DIGITS[6])
    page.evaluate(
        "() => { const c = document.querySelector('#sheet'); const r = c.getBoundingClientRect();"
        "const event = (type, i, more) => new PointerEvent(type, { pointerId: 1, button: 0, isPrimary: true,"
        "clientX: r.left + (i % 100) * r.width / 100, clientY: r.top + (i * 7 % 97) * r.height / 97, ...more });"
        "c.setPointerCapture = () => {}; c.dispatchEvent(event('pointerdown', 0));"
        "const coalescedEvents = Array.from({ length: 20100 }, (_, i) => event('pointermove', i));"
        "c.dispatchEvent(event('pointermove', 1, { coalescedEvents })); c.dispatchEvent(event('pointerup', 5)); }"
    )
    expect(page.locator("#notice")).to_contain_text("more ink than can be read")
    page.keyboard.press("Control+z")
    page.wait_for_function(SETTLED)
    assert shown(page) == "6"
    expect(page.locator("#notice")).to_have_text("")


def test_the_sheet_shows_focus_to_those_who_walk_by_keyboard_only(page: Page) -> None:
    ring = "() => getComputedStyle(document.querySelector('.sheet')).outlineStyle"
    draw(page, DIGITS[1])
    page.keyboard.press("n")
    draw(page, DIGITS[2])
    assert page.evaluate(ring) == "none"
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#sheet")).to_be_focused()
    assert page.evaluate(ring) == "solid"


def test_every_tool_is_reached_and_worked_by_keyboard(page: Page) -> None:
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.dataset.pen"))
    assert order == ["sheet", "medium", "undo", "redo", "clear", "keep"]
    page.focus("[data-pen=medium]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-pen=broad]")).to_be_focused()
    expect(page.locator("[data-pen=broad]")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("[")
    expect(page.locator("[data-pen=medium]")).to_have_attribute("aria-checked", "true")
    draw(page, DIGITS[9])
    page.focus("#clear")
    page.keyboard.press("Enter")
    page.wait_for_function(SETTLED)
    assert shown(page) == ""
    expect(page.locator("#clear")).to_be_focused()


def test_what_the_page_sends_is_what_the_docs_say(browser: Browser, server: Server) -> None:
    page = browser.new_context(viewport=WIDE).new_page()
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    page.goto(server.address)
    draw(page, DIGITS[1])
    message = json.loads(sent[-1])
    assert set(message) == {"id", "strokes", "personal", "script"}
    assert message["script"] == ""  # nobody has chosen one
    assert message["personal"] is False  # nobody has asked to be learned from
    assert all(0 <= value <= 1000 for stroke in message["strokes"] for point in stroke for value in point)
    page.context.close()


def test_a_number_is_read_with_a_bracket_and_bars_for_each_digit(page: Page) -> None:
    for number, digit in enumerate((4, 0, 7, 1)):
        draw(page, DIGITS[digit], 0.2, 4 + 24 * number, 30)
    assert shown(page).replace("\n", "") == "4071"
    assert page.locator("#brackets path").count() == 4
    expect(page.locator("#bars li.best")).to_have_text("1")  # the digit that was drawn last
    page.locator("#digit button").nth(2).hover()
    expect(page.locator("#bars li.best")).to_have_text("7")
    expect(page.locator("#brackets path").nth(2)).to_have_class("chosen")
    page.mouse.move(*place(page, [(4 + 24 + 10, 30 + 10)], 1, 0, 0)[0])  # over the 0 on the sheet
    expect(page.locator("#bars li.best")).to_have_text("0")
    page.locator("#digit button").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#bars li.best")).to_have_text("4")
