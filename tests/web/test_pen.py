"""The pen: pressure, the eraser at its other end, and the hand that rests on the screen."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from drawn import DIGITS
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sheet import PHONE, SETTLED, Server, draw, opened, place, sheet_is_clean, shown

# Sends pointer events to the sheet as a browser does: [type, x, y, more], x and y in parts of 100 of the sheet.
SEND = """([pointer, events]) => {
  const sheet = document.querySelector('#sheet');
  const box = sheet.getBoundingClientRect();
  sheet.setPointerCapture = () => {};
  for (const [type, x, y, more] of events) {
    sheet.dispatchEvent(new PointerEvent(type, {
      pointerId: 7, pointerType: pointer, isPrimary: true, bubbles: true, cancelable: true,
      button: type === 'pointermove' ? -1 : 0,
      buttons: type === 'pointerup' ? 0 : 1, pressure: type === 'pointerup' ? 0 : 0.5, width: 1, height: 1,
      clientX: box.left + x * box.width / 100, clientY: box.top + y * box.height / 100, ...more,
    }));
  }
}"""
# How wide the ink is on a line across the sheet, in sheet units.
WIDTH = """(y) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const sheet = document.querySelector('#sheet');
  const row = sheet.getContext('2d').getImageData(0, Math.round(sheet.height * y / 100), sheet.width, 1).data;
  done(row.filter((tone, i) => i % 4 === 3 && tone > 127).length * 1000 / sheet.width);
})))"""

Event = tuple[str, float, float, dict[str, Any]]


def send(page: Page, pointer: str, *events: Event) -> None:
    page.evaluate(SEND, [pointer, events])


def line(x: float = 50, pressures: Sequence[float] = (), **more: Any) -> list[Event]:
    """A stroke from top to bottom, with a pressure for each of its points."""
    felt = list(pressures) or [0.5] * 60
    step = 80 / len(felt)
    points = [(x, 10 + i * step, {"pressure": one, **more}) for i, one in enumerate(felt)]
    first, last = points[0], points[-1]
    return [
        ("pointerdown", *first),
        *(("pointermove", *point) for point in points[1:]),
        ("pointerup", last[0], last[1], more),
    ]


def width(page: Page, y: float) -> float:
    found: float = page.evaluate(WIDTH, y)
    return found


def choose(page: Page, name: str, value: object) -> None:
    page.evaluate(
        "async ([name, value]) => (await import('/static/shared/settings.js')).set(name, value)", [name, value]
    )


def test_a_pen_pressed_harder_draws_wider_and_smoothly(page: Page) -> None:
    send(page, "pen", *line(pressures=[i / 59 for i in range(60)]))
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"
    widths = [width(page, y) for y in range(15, 86, 5)]
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(22 * 0.45, abs=3)
    assert widths[-1] == pytest.approx(22 * 1.5, abs=3)
    assert max(b - a for a, b in itertools.pairwise(widths)) < 4


def test_a_sensor_that_trembles_does_not_show(page: Page) -> None:
    send(page, "pen", *line(pressures=[0.5] + [0, 1] * 30))
    widths = [width(page, y) for y in range(20, 81, 3)]
    assert max(widths) < 22 * (0.4 + 1.2 * 0.7)
    assert max(widths) - min(widths) < 22 * 0.2
    page.keyboard.press("n")
    send(page, "pen", *line(pressures=[0.5] * 30 + [1] + [0.5] * 30))  # once
    assert max(width(page, y) for y in range(20, 81, 2)) < 22 * (0.4 + 1.2 * 0.75)


def test_pressure_can_be_switched_off_and_on_for_what_is_drawn(page: Page) -> None:
    send(page, "pen", *line(pressures=[1] * 60))
    assert width(page, 50) == pytest.approx(22 * 1.6, abs=2)
    choose(page, "pressure", False)
    assert width(page, 50) == pytest.approx(22, abs=2)
    choose(page, "pressure", True)
    assert width(page, 50) == pytest.approx(22 * 1.6, abs=2)


def test_mouse_and_finger_draw_evenly_whatever_pressure_they_tell(page: Page) -> None:
    for pointer in ("mouse", "touch"):
        page.keyboard.press("n")
        send(page, pointer, *line(pressures=[0.1] * 30 + [1] * 30))
        assert width(page, 20) == width(page, 80) == pytest.approx(22, abs=2)


def test_the_reader_gets_places_only_and_the_eraser_keeps_the_pressure(browser: Browser, server: Server) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    send(page, "pen", *line(pressures=[0.2] * 30 + [1] * 30))
    page.wait_for_function(SETTLED)
    top, bottom = width(page, 20), width(page, 80)
    page.keyboard.press("e")
    draw(page, [[[30, 50], [70, 50]]], 1, 0, 0)
    assert width(page, 50) == 0
    assert (width(page, 20), width(page, 80)) == (pytest.approx(top, abs=1.5), pytest.approx(bottom, abs=1.5))
    assert len(json.loads(sent[-1])["strokes"]) == 2
    assert all(len(point) == 2 for text in sent for stroke in json.loads(text)["strokes"] for point in stroke)
    page.context.close()


def test_the_other_end_of_a_pen_and_the_button_at_its_side_erase(page: Page) -> None:
    for more in ({"button": 5, "buttons": 32}, {"button": 2, "buttons": 2}, {"button": 0, "buttons": 33}):
        draw(page, [[[20, 50], [80, 50]]], 1, 0, 0)
        assert not sheet_is_clean(page), more
        send(page, "pen", ("pointerdown", 15, 50, more), *(("pointermove", x, 50, more) for x in range(15, 90)))
        send(page, "pen", ("pointerup", 89, 50, {}))
        assert sheet_is_clean(page), more
        expect(page.locator("[data-pen=medium]"), str(more)).to_have_attribute("aria-checked", "true")


def test_a_hand_beside_the_pen_leaves_no_ink(page: Page) -> None:
    send(page, "pen", ("pointermove", 50, 50, {"buttons": 0, "pressure": 0}))  # the pen hovers
    send(page, "touch", *line(80, pointerId=9))
    assert sheet_is_clean(page)
    send(page, "pen", *line(50))
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"
    send(page, "pen", ("pointerleave", 50, 90, {"buttons": 0}))
    send(page, "touch", *line(80, pointerId=9))
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"


def test_a_finger_draws_again_a_second_after_the_pen_has_gone(page: Page) -> None:
    page.evaluate("() => { window.ahead = 0; Object.defineProperty(Event.prototype, 'timeStamp', "
                  "{ get() { return performance.now() + window.ahead; } }); }")  # fmt: skip
    send(page, "pen", ("pointermove", 50, 50, {"buttons": 0}), ("pointerleave", 50, 50, {"buttons": 0}))
    send(page, "touch", *line(50))
    assert sheet_is_clean(page)
    page.evaluate("() => { window.ahead = 1001; }")
    send(page, "touch", *line(50))
    assert not sheet_is_clean(page)


def test_a_pen_that_went_without_a_word_does_not_lock_the_fingers_out(page: Page) -> None:
    page.evaluate("() => { window.ahead = 0; Object.defineProperty(Event.prototype, 'timeStamp', "
                  "{ get() { return performance.now() + window.ahead; } }); }")  # fmt: skip
    send(page, "pen", ("pointermove", 50, 50, {"buttons": 0}))
    page.evaluate("() => { window.ahead = 2000; }")
    send(page, "touch", *line(50))
    assert sheet_is_clean(page)
    page.evaluate("() => { window.ahead = 3100; }")
    send(page, "touch", *line(50))
    assert not sheet_is_clean(page)


def test_a_hand_that_came_down_before_the_pen_is_taken_back(page: Page) -> None:
    send(page, "touch", ("pointerdown", 80, 80, {"pointerId": 9}), ("pointermove", 82, 84, {"pointerId": 9}))
    send(page, "pen", *line(50))
    send(page, "touch", ("pointermove", 84, 90, {"pointerId": 9}), ("pointerup", 84, 90, {"pointerId": 9}))
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"
    assert width(page, 84) < 30  # the pen's stroke only


def test_what_a_hand_erased_before_the_pen_came_is_there_again(page: Page) -> None:
    send(page, "pen", *line(30))
    page.keyboard.press("e")
    send(page, "pen", ("pointerleave", 30, 90, {"buttons": 0}))
    page.evaluate(
        "() => { Object.defineProperty(Event.prototype, 'timeStamp', { get: () => performance.now() + 5000 }); }"
    )
    send(page, "touch", ("pointerdown", 15, 50, {"pointerId": 9}),
         *(("pointermove", x, 50, {"pointerId": 9}) for x in range(15, 60)))  # fmt: skip
    assert width(page, 50) == 0
    send(page, "pen", ("pointerdown", 80, 80, {}), ("pointerup", 80, 80, {}))
    assert width(page, 50) == pytest.approx(22, abs=2)
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"


def test_a_wide_contact_is_a_hand(page: Page) -> None:
    for size in ({"width": 61}, {"height": 90}):
        send(page, "touch", *line(50, **size))
        assert sheet_is_clean(page), size
        events = line(50)
        events[20:] = [(kind, x, y, {**more, **size}) for kind, x, y, more in events[20:]]
        send(page, "touch", *events)  # it came down on an edge and then flat
        assert sheet_is_clean(page), size
    send(page, "touch", *line(50, width=60, height=60))
    assert not sheet_is_clean(page)


def test_only_the_pen_draws_for_those_who_want_it_and_a_finger_is_told(page: Page) -> None:
    choose(page, "penOnly", True)
    send(page, "touch", *line(50))
    assert sheet_is_clean(page)
    expect(page.locator("#notice")).to_contain_text("Only the pen draws")
    send(page, "pen", *line(50))
    page.wait_for_function(SETTLED)
    assert shown(page) == "1"
    page.keyboard.press("n")
    draw(page, DIGITS[2])  # a mouse has no hand to rest
    assert shown(page) == "2"


def test_real_touches_with_a_hand_beside_them_draw_one_digit(browser: Browser, server: Server) -> None:
    page = opened(browser, server, viewport=PHONE, has_touch=True, is_mobile=True)
    touch = page.context.new_cdp_session(page)
    palm = {**dict(zip("xy", place(page, [(90, 90)], 1, 0, 0)[0], strict=True)), "id": 2, "radiusX": 45, "radiusY": 50}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [palm]})
    for stroke in DIGITS[2]:
        for step, (x, y) in enumerate(place(page, [*stroke[::3], stroke[-1]], 0.7, 15, 10)):
            kind = "touchMove" if step else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [palm, {"x": x, "y": y, "id": 3}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(SETTLED)
    assert shown(page) == "2"
    page.context.close()


def test_what_the_browser_foresees_is_shown_and_not_kept(page: Page) -> None:
    page.evaluate("""() => { const sheet = document.querySelector('#sheet'); const box = sheet.getBoundingClientRect();
      PointerEvent.prototype.getPredictedEvents = function () {
        if (this.type !== 'pointermove') return [];
        const soon = { clientX: this.clientX, clientY: box.top + box.height * 0.7 };
        return [new PointerEvent('pointermove', soon)]; }; }""")
    events = line(50, pressures=[0.5] * 30)
    down = [event for event in events if event[2] <= 50][:-1]
    send(page, "pen", *down)
    assert width(page, 65) > 0
    send(page, "pen", ("pointerup", 50, down[-1][2], {}))
    assert width(page, 65) == 0
    page.keyboard.press("n")
    send(page, "mouse", *down)
    assert width(page, 65) == 0  # a mouse stops where it stops


def test_a_pressed_stroke_comes_back_as_it_was(page: Page) -> None:
    send(page, "pen", *line(pressures=[1] * 60))
    page.wait_for_function(SETTLED)
    page.reload()
    expect(page.locator("#digit")).to_have_text("1")
    assert width(page, 50) == pytest.approx(22 * 1.6, abs=2)


def test_a_tap_is_a_dot_of_the_pens_width(page: Page) -> None:
    for pointer, pressure, wide in (("mouse", 0.5, 22), ("touch", 0.5, 22), ("pen", 1.0, 22 * 1.6)):
        page.keyboard.press("n")
        send(page, pointer, ("pointerdown", 50, 50, {"pressure": pressure}), ("pointerup", 50, 50, {}))
        page.wait_for_function(SETTLED)
        assert width(page, 50) == pytest.approx(wide, abs=2), pointer
        assert width(page, 53) == 0, pointer


def test_a_dot_is_in_the_saved_picture_and_in_the_saved_drawing(page: Page) -> None:
    send(page, "mouse", ("pointerdown", 50, 50, {}), ("pointerup", 50, 50, {}))
    page.wait_for_function(SETTLED)
    page.click("#more")
    with page.expect_download() as saved:
        page.click("#save-png")
    tones = np.array(Image.open(saved.value.path()).convert("L"))
    middle = tones[tones.shape[0] // 2]
    assert 0.2 < (middle < 128).mean() < 0.6, "a dot, and the paper around it"
    page.click("#more")
    with page.expect_download() as saved:
        page.click("#save-svg")
    alone = page.context.new_page()  # the page itself goes on: what it looks for must stay
    alone.set_content(saved.value.path().read_text())
    alone.evaluate("document.querySelector('svg').style.width = '300px'")
    shot = np.array(Image.open(io.BytesIO(alone.locator("svg").screenshot())).convert("L"))
    assert shot[shot.shape[0] // 2, shot.shape[1] // 2] < 128


def test_a_press_that_shuts_the_menu_leaves_no_ink(page: Page) -> None:
    """It left a dot, on the sheet and beside it; a finger beside it left the menu open."""
    box = page.locator("#sheet").bounding_box()
    assert box is not None
    for x, y in ((box["x"] + 100, box["y"] + 100), (box["x"] - 8, box["y"] + 100)):
        page.click("#more")
        expect(page.locator("#menu")).to_be_visible()
        page.mouse.click(x, y)
        expect(page.locator("#menu")).to_be_hidden()
        assert sheet_is_clean(page)
        expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
