"""The panel that looks inside, in Chromium."""

from __future__ import annotations

import json
from pathlib import Path

from drawn import DIGITS
from playwright.sync_api import Browser, Page, Route, expect
from sheet import LEAST, PHONE, SETTLED, WIDE, Server, opened, put, shown

LOOKED = "() => { const d = document.querySelector('#page').dataset; return 'inside' in d && !d.looking; }"


def look(page: Page) -> None:
    """Opens the panel and waits until it shows the newest answer."""
    page.locator("#page").press("i") if page.locator("#sheet").is_hidden() else page.keyboard.press("i")
    page.wait_for_function(LOOKED)


def colours(page: Page, canvas: str) -> int:
    """How many different colours a canvas shows."""
    found: int = page.evaluate(
        "q => { const c = document.querySelector(q); const d = new Uint32Array(c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.buffer); return new Set(d).size; }",
        canvas,
    )
    return found


def test_it_is_closed_at_first_and_costs_nothing(browser: Browser, server: Server) -> None:
    page = browser.new_context(viewport=WIDE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    put(page, DIGITS[3])
    expect(page.locator("#inside")).to_have_count(0)
    expect(page.locator("#look")).to_have_attribute("aria-pressed", "false")
    assert not [url for url in asked if "inside.js" in url or "pixels.js" in url or "/api/inside" in url]
    page.context.close()


def test_it_shows_steps_heat_changes_and_layers(page: Page) -> None:
    put(page, DIGITS[3])
    page.click("#look")
    page.wait_for_function(LOOKED)
    expect(page.locator("#look")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".inside .what")).to_contain_text("3")
    expect(page.locator(".steps figcaption")).to_have_text(
        ["Your drawing", "Cut out, one pen", "Made 20 pixels", "Weight centred"]
    )
    expect(page.locator(".choices button").first).to_have_text("3")
    expect(page.locator(".changes figure")).to_have_count(2)
    expect(page.locator(".changes figcaption").first).to_contain_text("%")
    expect(page.locator(".layer h4")).to_have_text(
        [f"Layer {n}: {maps} of {size}" for n, (maps, size) in enumerate(
            3 * [("32 maps", "14 × 14")] + 3 * [("64 maps", "7 × 7")] + [("96 maps", "5 × 5")], 1
        )]
    )  # fmt: skip
    for canvas in (".steps figure:nth-child(4) canvas", ".looked > canvas", ".changes canvas", ".layer > canvas"):
        assert colours(page, canvas) > 10, canvas
    the_heat_of_another_digit_is_chosen_by_arrow_keys(page)
    a_map_is_enlarged_by_a_click_and_by_arrow_keys(page)
    on_a_wide_window_it_covers_nothing_and_escape_still_clears_the_sheet(page)


def the_heat_of_another_digit_is_chosen_by_arrow_keys(page: Page) -> None:
    choices = page.locator(".choices button")
    choices.first.focus()
    before = page.locator(".looked > canvas").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    expect(choices.nth(1)).to_be_focused()
    expect(choices.nth(1)).to_have_attribute("aria-checked", "true")
    assert page.locator(".looked > canvas").get_attribute("aria-label") != before


def a_map_is_enlarged_by_a_click_and_by_arrow_keys(page: Page) -> None:
    maps = page.get_by_role("slider").first
    maps.click(position={"x": 60, "y": 60})
    expect(page.locator(".large:visible figcaption")).to_contain_text("Map 10 of 32. Strongest")
    maps.press("ArrowDown")
    expect(page.locator(".large:visible figcaption")).to_contain_text("Map 18 of 32")
    maps.press("End")
    maps.press("ArrowRight")
    expect(maps).to_have_attribute("aria-valuenow", "32")
    assert colours(page, ".large canvas") > 2
    maps.click(position={"x": 340, "y": 160})
    expect(page.locator(".large:visible")).to_have_count(0)


def on_a_wide_window_it_covers_nothing_and_escape_still_clears_the_sheet(page: Page) -> None:
    right = page.locator(".answer").bounding_box()
    panel = page.locator("#inside").bounding_box()
    assert right is not None
    assert panel is not None
    assert right["x"] + right["width"] <= panel["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#sheet")
    page.keyboard.press("Escape")
    page.wait_for_function(SETTLED)
    assert shown(page) == ""
    expect(page.locator("#inside")).to_be_visible()


def test_it_follows_the_drawing(page: Page) -> None:
    put(page, DIGITS[3])
    look(page)
    expect(page.locator(".inside .what")).to_contain_text("3")
    page.keyboard.press("n")
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .none").first).to_have_text("Draw a digit to look inside.")
    expect(page.locator(".steps")).to_be_hidden()
    put(page, DIGITS[7])
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .what")).to_contain_text("7")
    expect(page.locator(".choices button").first).to_have_text("7")
    page.keyboard.press("n")  # and the digit that is picked in a number
    put(page, DIGITS[4], 0.35, 10, 30)
    put(page, DIGITS[7], 0.35, 55, 30)
    assert shown(page).split() == ["4", "7"]
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .what")).to_contain_text("7")
    page.locator("#digit button").first.focus()
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .what")).to_contain_text("4")
    expect(page.locator(".steps figure")).to_have_count(4)


# The rest that the panel waits for after an answer is over when the test says so.
RESTS = """() => {
  const [after, before] = [setTimeout, clearTimeout];
  window.rests = new Map();
  window.setTimeout = (then, wait) => {
    if (wait !== 180) return after(then, wait);
    const id = after(() => {}, 0);
    rests.set(id, then);
    return id;
  };
  window.clearTimeout = (id) => { rests.delete(id); before(id); };
}"""


def test_it_asks_once_for_the_newest_drawing_and_not_for_those_between(page: Page) -> None:
    look(page)
    page.evaluate(RESTS)
    asked: list[int] = []
    page.on("request", lambda request: asked.append(1) if request.url.endswith("/api/inside") else None)
    put(page, DIGITS[5])  # two strokes, an answer for each at least
    assert len(page.evaluate("() => [...window.rests.values()].map(then => then())")) == 1
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .what")).to_contain_text("5")
    assert len(asked) == 1


def test_an_old_look_never_replaces_a_newer_one(page: Page) -> None:
    held: list[Route] = []
    put(page, DIGITS[3])
    page.route("**/api/inside", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/api/inside"):
        page.keyboard.press("i")
    page.keyboard.press("n")
    put(page, DIGITS[7])
    page.wait_for_function(LOOKED)
    expect(page.locator(".inside .what")).to_contain_text("7")
    held[0].abort()
    expect(page.locator(".inside .what")).to_contain_text("7")


def test_the_heat_can_be_laid_over_the_sheet_and_goes_when_the_drawing_changes(page: Page) -> None:
    put(page, DIGITS[3])
    look(page)
    expect(page.locator("canvas.heat")).to_be_hidden()
    page.get_by_role("button", name="Show on the sheet").click()
    expect(page.locator("canvas.heat")).to_be_visible()
    assert colours(page, "canvas.heat") > 50
    page.keyboard.press("Control+z")
    page.wait_for_function(LOOKED)
    expect(page.locator("canvas.heat")).to_be_hidden()
    page.keyboard.press("Control+Shift+z")
    page.wait_for_function(LOOKED)
    expect(page.locator("canvas.heat")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator("canvas.heat")).to_be_hidden()
    page.keyboard.press("i")
    expect(page.locator("canvas.heat")).to_be_visible()
    page.keyboard.press("n")
    put(page, DIGITS[0])  # through the heat
    assert shown(page) == "0"


def test_it_is_remembered(page: Page) -> None:
    look(page)
    page.reload()
    page.wait_for_function(LOOKED)
    expect(page.locator("#inside")).to_be_visible()
    pressed = "() => { document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'i', bubbles: true })); "
    assert page.evaluate(pressed + "return localStorage.getItem('inkdigit.inside'); }") == "no"  # at once
    page.reload()
    page.wait_for_function(SETTLED)
    expect(page.locator("#inside")).to_have_count(0)


def test_escape_closes_it_where_it_covers_something_and_gives_the_focus_back(browser: Browser, server: Server) -> None:
    page = opened(browser, server, viewport=LEAST)
    put(page, DIGITS[3])
    page.click("#look")
    page.wait_for_function(LOOKED)
    expect(page.get_by_role("button", name="Close the look inside")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#inside")).to_be_hidden()
    expect(page.locator("#look")).to_be_focused()
    assert shown(page) == "3", "the drawing is still there"
    page.context.close()


def test_on_a_phone_it_covers_all_and_what_lies_under_it_is_out_of_reach(browser: Browser, server: Server) -> None:
    page = opened(browser, server, viewport=PHONE)
    put(page, DIGITS[3])
    page.click("#more")
    page.get_by_role("menuitemcheckbox", name="Look inside").click()
    page.wait_for_function(LOOKED)
    box = page.locator("#inside").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.evaluate("document.querySelector('.inside .scroll').scrollWidth <= innerWidth")
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.desk, .answer')") is None
    page.keyboard.press("Escape")
    put(page, DIGITS[3])
    page.context.close()


def test_a_picture_s_digit_is_looked_into_by_its_glyph(page: Page) -> None:
    from drawn import encoded, picture

    page.keyboard.press("i")
    page.click("#tab-picture")
    page.set_input_files("#file", {"name": "6.png", "mimeType": "image/png", "buffer": encoded(picture(6))})
    expect(page.locator(".inside .what")).to_contain_text("6")
    expect(page.locator(".steps figcaption")).to_have_text(["Weight centred"])
    assert colours(page, ".looked > canvas") > 10
    expect(page.get_by_role("button", name="Show on the sheet")).to_be_hidden()


def test_a_model_without_layers_is_said_to_have_none(page: Page) -> None:
    def without_layers(route: Route) -> None:
        """The true answer, as a model that is one matrix gives it."""
        route.fulfill(body=json.dumps(route.fetch().json() | {"layers": []}))

    page.route("**/api/inside", without_layers)
    put(page, DIGITS[3])
    look(page)
    expect(page.locator(".layers")).to_have_text("This model has no layers of maps to show.")
    expect(page.locator(".changes figure")).to_have_count(2)


def test_a_server_that_is_gone_is_said_to_be_gone(page: Page) -> None:
    put(page, DIGITS[3])
    page.route("**/api/inside", lambda route: route.abort())
    look(page)
    expect(page.locator(".inside .none").first).to_have_text("The reader does not answer. Draw on when it is back.")


def test_for_the_left_hand_it_stands_at_the_other_edge_and_leaves_the_sheet_free(page: Page) -> None:
    page.evaluate("localStorage.setItem('inkdigit.settings', JSON.stringify({ hand: 'left' }))")
    page.reload()
    page.wait_for_function(SETTLED)
    put(page, DIGITS[3])
    for size in (WIDE, LEAST):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.keyboard.press("i")
        page.wait_for_function(LOOKED)
        page.wait_for_function("() => !document.querySelector('#inside').getAnimations().length")
        panel, sheet = page.locator("#inside").bounding_box(), page.locator("#sheet").bounding_box()
        assert panel is not None, size
        assert sheet is not None, size
        assert panel["x"] == 0, size
        assert panel["width"] <= sheet["x"], size
        page.keyboard.press("i")
        expect(page.locator("#inside")).to_be_hidden()


def test_what_is_pressed_in_the_panel_is_large_enough(page: Page) -> None:
    small = "() => [...document.querySelectorAll('.inside button, .looks button')].map(b => b.getBoundingClientRect())"
    small += ".filter(r => r.width && (r.width < 44 || r.height < 44)).length"
    put(page, DIGITS[3])
    for size in (WIDE, LEAST, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.keyboard.press("i")
        page.wait_for_function(LOOKED)
        expect(page.locator("#inside")).to_be_visible()
        assert page.evaluate(small) == 0, size
        page.keyboard.press("i")
        expect(page.locator("#inside")).to_be_hidden()


def test_its_colours_follow_the_theme_that_is_chosen(browser: Browser, server: Server, pictures: Path) -> None:
    page = opened(browser, server, viewport={"width": 1280, "height": 1000}, color_scheme="light")
    put(page, DIGITS[3])
    look(page)
    corner = "() => [...document.querySelector('.looked > canvas').getContext('2d').getImageData(0, 0, 1, 1).data]"
    assert page.evaluate(corner) == [255, 255, 255, 255]
    page.get_by_role("button", name="Show on the sheet").click()
    page.mouse.move(5, 5)
    page.screenshot(path=pictures / "inside-light.png")  # for docs/inside.md
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => ({corner})()[0] < 60")
    page.screenshot(path=pictures / "inside-dark.png")
    page.context.close()
