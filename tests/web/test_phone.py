"""A phone, upright and lying down: lists show rows, and the page stays where it is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from drawn import DIGITS, encoded, written
from playwright.sync_api import Browser, CDPSession, Page, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, Server, opened, put, until

LYING = [{"width": 844, "height": 390}, {"width": 640, "height": 360}]
TABLET = {"width": 768, "height": 1024}
LOOKED = "() => { const d = document.querySelector('#page').dataset; return 'inside' in d && !d.looking; }"
NUMBERS = ("4071", "268", "35", "90", "172", "8")
PICTURE = encoded(written(*NUMBERS))

# How many rows of the list of numbers are seen as a whole, in the list and in the window.
ROWS = """() => {
  const list = document.querySelector('#found').getBoundingClientRect();
  const rows = [...document.querySelectorAll('#found li')].map((one) => one.getBoundingClientRect());
  const end = Math.min(list.bottom, innerHeight);
  return rows.filter(({ top, bottom }) => top >= list.top - 0.5 && bottom <= end + 0.5).length;
}"""
# Where the page and what is seen of it stand, once what was under way has been painted.
WHERE = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done([scrollX, scrollY, visualViewport.pageLeft, visualViewport.pageTop]))))"""


def show(page: Page) -> None:
    """Opens a picture of several numbers."""
    page.locator("#tab-picture").tap()
    page.wait_for_selector("#choose")
    page.set_input_files("#file", {"name": "numbers.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(page.locator("#found li")).to_have_count(len(NUMBERS))


def phone(browser: Browser, server: Server, size: dict[str, int]) -> Page:
    """The page on a phone that is touched."""
    return opened(browser, server, viewport=size, has_touch=True, is_mobile=True, reduced_motion="reduce")


@pytest.mark.parametrize(
    "size", [SMALL_PHONE, PHONE, TABLET, *LYING], ids=lambda size: f"{size['width']}x{size['height']}"
)
def test_the_list_of_numbers_shows_at_least_three_rows(browser: Browser, server: Server, size: dict[str, int]) -> None:
    page = phone(browser, server, size)
    show(page)
    assert page.evaluate(ROWS) >= 3
    page.locator("#found li").nth(2).locator("button").first.tap()
    expect(page.locator("#found [aria-current=true]")).to_contain_text(NUMBERS[2])
    assert page.evaluate(ROWS) >= 3
    page.context.close()


# Tops and bottoms of the picture, the list, the single digit and its bars.
ORDER = """() => ['#frame', '#found', '.said', '#bars'].map((one) => {
  const { top, bottom } = document.querySelector(one).getBoundingClientRect();
  return [Math.round(top), Math.round(bottom)];
})"""


@pytest.mark.parametrize(
    "size", [WIDE, LEAST, SMALL_PHONE, PHONE, TABLET, *LYING], ids=lambda size: f"{size['width']}x{size['height']}"
)
def test_the_list_comes_before_the_single_digit_and_copies_a_number(
    browser: Browser, server: Server, size: dict[str, int]
) -> None:
    page = opened(browser, server, viewport=size, permissions=["clipboard-read", "clipboard-write"])
    page.click("#tab-picture")
    page.wait_for_selector("#choose")
    page.set_input_files("#file", {"name": "numbers.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(page.locator("#found li")).to_have_count(len(NUMBERS))
    picture, found, digit, bars = page.evaluate(ORDER)
    assert found[1] <= digit[0]
    assert digit[1] <= bars[0]
    if size["height"] > size["width"]:
        assert picture[1] <= found[0]
    page.locator("#found li").nth(1).locator(".copy").click()
    expect(page.locator("#notice")).to_have_text("Copied.")
    assert page.evaluate("() => navigator.clipboard.readText()") == NUMBERS[1]
    page.context.close()


@pytest.mark.parametrize("size", LYING, ids=lambda size: f"{size['width']}x{size['height']}")
def test_a_phone_that_lies_shows_all_and_stays_where_it_is(
    browser: Browser, server: Server, size: dict[str, int]
) -> None:
    page = phone(browser, server, size)
    put(page, DIGITS[3])
    assert page.evaluate("() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth]") == [
        size["height"],
        size["width"],
    ]
    page.locator("#look").tap()  # it scrolls to what is not seen
    page.wait_for_function(LOOKED)
    assert page.evaluate(WHERE) == [0, 0, 0, 0]
    page.locator(".inside .close").tap()
    expect(page.locator("#inside")).to_be_hidden()
    assert page.evaluate(WHERE) == [0, 0, 0, 0]
    show(page)
    for box in (-1, 0):  # the last number is beyond the end of the list
        page.locator("#boxes button").nth(box).tap()
        expect(page.locator("#found [aria-current=true]")).to_contain_text(NUMBERS[box])
        expect(page.locator("#found [aria-current=true]")).to_be_in_viewport(ratio=1)
        assert page.evaluate(WHERE) == [0, 0, 0, 0]
    page.context.close()


def test_a_list_below_the_window_is_scrolled_and_the_page_is_not(browser: Browser, server: Server) -> None:
    page = phone(browser, server, {"width": 320, "height": 568})
    show(page)
    assert page.evaluate("() => document.documentElement.scrollHeight > innerHeight")
    page.evaluate("() => scrollTo(0, 0)")
    page.locator("#boxes button").last.tap()
    expect(page.locator("#found [aria-current=true]")).to_contain_text(NUMBERS[-1])
    assert page.evaluate(WHERE) == [0, 0, 0, 0]
    page.context.close()


def stroke(finger: CDPSession, points: list[tuple[float, float]], pace: float = 0) -> None:
    """A finger comes down at the first point, goes to the last, and leaves.

    pace: seconds from point to point, for the browser; 0: as they pass here.
    """
    first = time.time()
    for at, point in enumerate([*points, None]):
        kind = "touchStart" if at == 0 else "touchMove" if point else "touchEnd"
        touched = [{"x": point[0], "y": point[1], "id": 1}] if point else []
        told = {"timestamp": first + at * pace} if pace else {}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched, **told})


# How far to the right and down there is ink on the sheet, from 0 to 1.
REACH = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const sheet = document.querySelector('#sheet');
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height);
  let [across, down] = [0, 0];
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] < 128) continue;
    across = Math.max(across, ((i - 3) / 4) % sheet.width);
    down = Math.floor(i / 4 / sheet.width);
  }
  done([across / sheet.width, down / sheet.height]);
})))"""
COUNTED = """() => {
  window.ends = [];
  for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => window.ends.push(name), true);
}"""


@pytest.mark.parametrize("side", ["above", "left"])
@pytest.mark.parametrize("size", [PHONE, {"width": 360, "height": 500}], ids=["all seen", "scrolled to"])
def test_a_finger_that_comes_down_beside_the_sheet_draws(
    browser: Browser, server: Server, size: dict[str, int], side: str
) -> None:
    page = phone(browser, server, size)
    finger = page.context.new_cdp_session(page)
    page.evaluate(COUNTED)
    sheet: Any = page.locator("#sheet").bounding_box()
    left, top, wide = sheet["x"], sheet["y"], sheet["width"]
    steps = [*range(0, 80, 4), *range(80, round(0.95 * wide), 20)]  # slowly, as a finger begins
    if side == "above":
        stroke(finger, [(left + wide / 2, top - 6), *((left + wide / 2, top + one) for one in steps)])
    else:
        stroke(finger, [(left - 10, top + wide / 2), *((left + one, top + wide / 2) for one in steps)])
    until(page, lambda: bool(page.evaluate("() => window.ends.length")), "the finger has left")
    assert page.evaluate("() => window.ends") == ["pointerup"]
    across, down = page.evaluate(REACH)
    assert (down if side == "above" else across) > 0.9
    assert page.evaluate(WHERE) == [0, 0, 0, 0]
    page.context.close()


@pytest.mark.parametrize(("name", "clear"), [("#sheet", "#clear"), ("#grid", "[data-tool=clear]")])
def test_the_first_tap_after_a_fast_stroke_is_not_lost(browser: Browser, server: Server, name: str, clear: str) -> None:
    """To the browser the stroke was a fling, and the tap only ended that."""
    page = phone(browser, server, PHONE)
    if name == "#grid":
        page.keyboard.press("g")
    box: Any = page.locator(name).bounding_box()
    left, top, wide = box["x"], box["y"], box["width"]
    stroke(
        page.context.new_cdp_session(page), [(left + part * wide, top + part * wide) for part in (0.2, 0.4, 0.8)], 0.016
    )
    expect(page.locator("#digit")).not_to_have_text("")
    page.locator(clear).tap()
    expect(page.locator("#digit")).to_have_text("")
    page.context.close()


def test_elsewhere_a_finger_scrolls_the_page(browser: Browser, server: Server) -> None:
    page = phone(browser, server, {"width": 360, "height": 500})
    assert page.evaluate("() => document.documentElement.scrollHeight > innerHeight")
    finger = page.context.new_cdp_session(page)
    page.evaluate(COUNTED)
    said: Any = page.locator(".said").bounding_box()
    stroke(finger, [(said["x"] + 20, said["y"] + 30 - 3 * one) for one in range(12)])
    until(page, lambda: bool(page.evaluate("() => ends.length")), "the browser has taken the finger")
    assert page.evaluate("() => ends") == ["pointercancel"]
    assert page.evaluate("() => document.querySelector('#page').dataset.drawn") == "no"
    page.context.close()
