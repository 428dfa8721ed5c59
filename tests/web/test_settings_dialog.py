"""The menu and the settings: worked by keyboard; in force at once, after a reload and before the first paint."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from drawn import DIGITS
from playwright.sync_api import Browser, Page, expect
from sheet import LEAST, PHONE, SETTLED, SMALL_PHONE, WIDE, Server, put, shown

LIGHT_DESK, DARK_DESK = "rgb(243, 243, 241)", "rgb(21, 21, 23)"
DESK = "() => getComputedStyle(document.body).backgroundColor"
INK = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const sheet = document.querySelector('#sheet');
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height);
  for (let i = 3; i < data.length; i += 4) if (data[i] === 255) return done(data[i - 1] > 128 ? 'light' : 'dark');
  done('none');
})))"""
KEY = "inkdigit.settings"


def settings_of(page: Page) -> Page:
    page.click("#more")
    page.click("#open-settings")
    expect(page.locator("#settings")).to_be_visible()
    return page


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"#settings [name={name}][value={value}]").check(force=True)


def test_the_menu_stands_under_its_button(page: Page) -> None:
    for hand in ("right", "left"):
        page.evaluate("async (hand) => (await import('/static/shared/settings.js')).set('hand', hand)", hand)
        for size in (WIDE, LEAST, PHONE, SMALL_PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.click("#more")
            button: Any = page.locator("#more").bounding_box()
            menu: Any = page.locator("#menu").bounding_box()
            assert 0 <= menu["y"] - (button["y"] + button["height"]) <= 8, (hand, size)
            assert menu["x"] >= 0, (hand, size)
            assert menu["x"] + menu["width"] <= size["width"], (hand, size)
            assert menu["x"] <= button["x"] + button["width"] / 2 <= menu["x"] + menu["width"], (hand, size)
            page.keyboard.press("Escape")


def test_the_menu_is_worked_by_keyboard_and_gives_the_focus_back(page: Page) -> None:
    page.focus("#more")
    page.keyboard.press("ArrowDown")
    entries = page.locator("#menu [role^=menuitem]:visible")
    count = entries.count()
    expect(entries.nth(0)).to_be_focused()
    for key, place in (("ArrowDown", 1), ("End", count - 1), ("ArrowDown", 0), ("ArrowUp", count - 1), ("Home", 0)):
        page.keyboard.press(key)
        expect(entries.nth(place)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_hidden()
    expect(page.locator("#more")).to_be_focused()
    page.keyboard.press("Enter")
    expect(entries.nth(0)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#menu")).to_be_hidden()


# Opens the menu and presses a key at once, before the focus has moved into it.
AT_ONCE = """(key) => { const more = document.querySelector('#more'); more.click();
  more.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); }"""


def test_a_key_right_after_the_menu_was_opened_leaves_the_drawing_alone(page: Page) -> None:
    put(page, DIGITS[7])
    for key in ("Escape", "n"):
        page.evaluate(AT_ONCE, key)
        page.wait_for_function(SETTLED)
        assert shown(page) == "7", key
        page.evaluate("() => document.querySelector('#menu').hidePopover()")


def test_escape_in_the_menu_leaves_the_drawing_alone(page: Page) -> None:
    put(page, DIGITS[7])
    page.click("#more")
    page.keyboard.press("Escape")
    settings_of(page)
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.wait_for_function(SETTLED)
    assert shown(page) == "7"


def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    outside = "() => { const one = document.activeElement; return !one.closest('#settings') && one !== document.body; }"
    ways = {
        "Escape": lambda: page.keyboard.press("Escape"),
        "cross": lambda: page.click("#settings .close"),
        "beside": lambda: page.mouse.click(5, 5),
    }
    for way, close in ways.items():
        settings_of(page)
        for _ in range(15):
            page.keyboard.press("Tab")
            assert not page.evaluate(outside), way
        close()
        expect(page.locator("#settings"), way).to_be_hidden()
        expect(page.locator("#more"), way).to_be_focused()


def test_the_theme_changes_at_once_with_the_ink_and_outlives_a_reload(page: Page, browser: Browser) -> None:
    put(page, DIGITS[1])
    assert (page.evaluate(DESK), page.evaluate(INK)) == (LIGHT_DESK, "dark")
    settings_of(page)
    choose(page, "theme", "dark")
    assert (page.evaluate(DESK), page.evaluate(INK)) == (DARK_DESK, "light")
    assert page.get_attribute("meta[name=theme-color]", "content") == "#151517"
    page.route(
        "**/static/**/*.js", lambda route: route.abort() if "early" not in route.request.url else route.continue_()
    )
    page.reload()
    assert page.evaluate(DESK) == DARK_DESK  # by early.js alone: no other script ran
    page.unroute("**/static/**/*.js")
    page.reload()
    page.wait_for_function(SETTLED)
    settings_of(page)
    choose(page, "theme", "system")
    assert page.evaluate(DESK) == LIGHT_DESK
    page.emulate_media(color_scheme="dark")
    assert (page.evaluate(DESK), page.evaluate(INK)) == (DARK_DESK, "light")
    choose(page, "theme", "light")
    assert (page.evaluate(DESK), page.evaluate(INK)) == (LIGHT_DESK, "dark")


def test_the_left_hand_has_answer_and_tools_on_its_side(page: Page) -> None:
    where = "() => ['answer', 'sheet'].map(name => document.querySelector('.' + name).getBoundingClientRect().left)"
    tools = "() => ['keep', 'undo'].map(id => document.getElementById(id).getBoundingClientRect().left)"
    answer, sheet = page.evaluate(where)
    assert answer > sheet
    settings_of(page)
    choose(page, "hand", "left")
    answer, sheet = page.evaluate(where)
    assert answer < sheet
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    keep, undo = page.evaluate(tools)
    assert keep < undo
    page.keyboard.press("Escape")
    put(page, DIGITS[3])
    assert shown(page) == "3"


def test_the_pen_is_remembered_from_the_tools_and_from_the_dialog(page: Page) -> None:
    page.click("[data-pen=broad]")
    page.click("[data-pen=eraser]")
    page.reload()
    page.wait_for_function(SETTLED)
    expect(page.locator("[data-pen=broad]")).to_have_attribute("aria-checked", "true")
    settings_of(page)
    expect(page.locator("#settings [name=pen][value=broad]")).to_be_checked()
    choose(page, "pen", "fine")
    expect(page.locator("[data-pen=fine]")).to_have_attribute("aria-checked", "true")


def test_letters_can_be_switched_off_as_shortcuts(page: Page) -> None:
    put(page, DIGITS[2])
    settings_of(page)
    page.uncheck("#settings [name=letters]")
    page.keyboard.press("Escape")
    for key in ("n", "e", "?", "["):
        page.keyboard.press(key)
    page.wait_for_function(SETTLED)
    assert shown(page) == "2"
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page.locator("[data-pen=medium]")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Control+z")
    page.wait_for_function(SETTLED)
    assert shown(page) == ""


def test_reset_brings_everything_back_at_once(page: Page) -> None:
    settings_of(page)
    for name, value in (("theme", "dark"), ("hand", "left"), ("pen", "broad")):
        choose(page, name, value)
    page.select_option("#settings [name=language]", "de")
    expect(page.locator("#settings-title")).to_have_text("Einstellungen")
    page.check("#settings [name=penOnly]")
    page.click("#reset")
    expect(page.locator("#settings-title")).to_have_text("Settings")
    assert page.evaluate(DESK) == LIGHT_DESK
    expect(page.locator("#settings [name=hand][value=right]")).to_be_checked()
    expect(page.locator("#settings [name=penOnly]")).not_to_be_checked()
    expect(page.locator("[data-pen=medium]")).to_have_attribute("aria-checked", "true")
    assert page.evaluate("key => localStorage.getItem(key)", KEY) is None


def test_broken_settings_are_those_nobody_chose(page: Page) -> None:
    for kept in ("", "{", "null", "7", "[]", '{"theme": "pink", "hand": 3, "pen": {}, "language": "xx"}'):
        page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
        page.reload()
        assert page.faults == [], kept  # type: ignore[attr-defined]
        page.wait_for_function(SETTLED)
        assert page.evaluate("key => localStorage.getItem(key)", KEY) == kept
        values = page.evaluate("() => ({ ...early.values })")
        assert values == {
            "theme": "system", "hand": "right", "language": "", "pen": "medium", "pressure": True, "penOnly": False,
            "letters": True, "keep": True, "learn": False, "script": "", "sums": True,
        }, kept  # fmt: skip
        assert page.faults == [], kept  # type: ignore[attr-defined]


def test_other_tabs_follow(page: Page, server: Server) -> None:
    other = page.context.new_page()
    other.goto(server.address)
    other.wait_for_function(SETTLED)
    settings_of(other)
    choose(other, "theme", "dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")


def test_the_settings_fit_and_can_be_touched(page: Page, pictures: Path) -> None:
    put(page, DIGITS[4])
    settings_of(page)
    small = "() => [...document.querySelectorAll('#settings :is(label, button, select)')]"
    small += ".filter(one => { const r = one.getBoundingClientRect(); return r.width < 44 || r.height < 44; }).length"
    wide = "() => { const d = document.querySelector('#settings'); return d.scrollWidth <= d.clientWidth; }"
    for size, scheme in itertools.product((WIDE, PHONE), ("light", "dark")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate(small) == 0, (size, scheme)
        assert page.evaluate(wide), (size, scheme)
        if (size, scheme) in ((WIDE, "light"), (PHONE, "dark")):  # for docs
            page.screenshot(path=pictures / f"settings-{scheme}-{size['width']}x{size['height']}.png")
