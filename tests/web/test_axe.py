"""axe-core finds nothing on any tab, menu or dialog: WCAG 2.2 A and AA and its best practices; and what axe cannot see.

Whoever adds a room adds its states to STATES. With --pictures the counts go to benchmarks/results/axe.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import axe
import pytest
from drawn import DIGITS, encoded, number, written
from playwright.sync_api import Browser, Page, expect
from sheet import ENGLISH, LEAST, PHONE, WIDE, WORDS, Server, draw, opened, put

from benchmarks import RESULTS
from inkdigit.evaluation.report import write

SIZES = {"wide": WIDE, "phone": PHONE}


def menu(page: Page) -> None:
    page.click("#more")
    expect(page.locator("#menu")).to_be_visible()


def settings(page: Page) -> None:
    menu(page)
    page.click("#open-settings")
    page.wait_for_selector("#settings[open]")


def shortcuts(page: Page) -> None:
    menu(page)
    page.click("#open-shortcuts")
    page.wait_for_selector("#shortcuts[open]")


def several(page: Page) -> None:
    put(page, number("4071"), 0.25, 4, 30)


def gone(page: Page) -> None:
    """A digit that was read before the server went, as the page shows it then."""
    put(page, DIGITS[4])
    page.evaluate("() => { document.querySelector('#page').dataset.state = 'gone'; }")


def picture(page: Page) -> None:
    page.click("#tab-picture")
    page.set_input_files(
        "#file", {"name": "sheet.png", "mimeType": "image/png", "buffer": encoded(written("4071", "268"))}
    )
    page.wait_for_selector("#found li")


def broken_picture(page: Page) -> None:
    page.click("#tab-picture")
    page.set_input_files("#file", {"name": "seven.png", "mimeType": "image/png", "buffer": b"seven"})
    expect(page.locator("#notice")).to_contain_text("This picture cannot be read")


def inside(page: Page) -> None:
    put(page, DIGITS[4])
    page.keyboard.press("i")
    page.wait_for_selector("#inside .layer canvas")
    page.wait_for_function("() => !document.querySelector('#page').dataset.looking")


def pixels(page: Page) -> None:
    page.keyboard.press("g")
    page.wait_for_selector("#grid")


def camera(page: Page) -> None:
    page.click("#tab-camera")
    expect(page.locator("#live-start-word")).not_to_be_empty()


def corrected(page: Page) -> None:
    put(page, DIGITS[4])
    page.keyboard.press("9")
    expect(page.locator("#notice button")).to_be_visible()


def lesson(page: Page) -> None:
    menu(page)
    page.click("#open-lesson")
    expect(page.locator("#lesson")).to_be_visible()


def gallery(page: Page) -> None:
    page.click("#tab-kept")
    expect(page.locator("#kept .hint")).to_be_visible()


# How each is reached, and what is seen of it.
STATES: dict[str, tuple[Callable[[Page], None], str]] = {
    "empty": (lambda page: None, "#words"),
    "a digit": (lambda page: put(page, DIGITS[4]), "#digit:has-text('4')"),
    "a digit, and no server": (gone, "#page[data-state='gone'] #digit:has-text('4')"),
    "a number": (several, "#digit button"),
    "no digit": (lambda page: put(page, [[[x * 4, 10 + 80 * (x % 2)] for x in range(25)]]), "#digit:has-text('?')"),
    "menu": (menu, "#menu"),
    "settings": (settings, "#settings"),
    "shortcuts": (shortcuts, "#shortcuts"),
    "picture, empty": (lambda page: page.click("#tab-picture"), "#choose"),
    "picture": (picture, "#found li"),
    "picture, broken": (broken_picture, "#notice"),
    "look inside": (inside, "#inside .layer canvas"),
    "pixels": (pixels, "#grid"),
    "camera, off": (camera, "#live-start-word"),
    "corrected": (corrected, "#notice button"),
    "learn my hand": (lesson, "#lesson"),
    "kept, empty": (gallery, "#kept .hint"),
}


@pytest.fixture(scope="module")
def counts(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Rules passed and violated in each state; written down at the end of a run with --pictures."""
    found: dict[str, Any] = {"states": {}}
    yield found
    states = found["states"]
    if request.config.getoption("--pictures") and states:
        total = {"states": len(states), "violations": sum(state["violations"] for state in states.values())}
        write(RESULTS / "axe.json", "make docs", {**found, **total, "states in full": states})


def checked(page: Page, name: str, counts: dict[str, Any]) -> None:
    found = axe.check(page)
    counts["axe-core"] = found.version
    counts["states"][name] = {"passed": found.passed, "violations": len(found.faults)}
    assert found.faults == [], name


@pytest.fixture(scope="module")
def still(browser: Browser, server: Server) -> Iterator[Page]:
    """One page for all states, with axe-core."""
    page = opened(browser, server, reduced_motion="reduce")
    axe.bring(page)
    yield page
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.fixture
def empty_sheet(still: Page) -> Page:
    """Back to it from any state."""
    page = still
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.keyboard.press("Escape")  # a menu, a dialog, the pixels
    if page.locator("#inside").is_visible():
        page.keyboard.press("i")
    page.click("#tab-picture")
    page.keyboard.press("n")
    page.click("#tab-draw")
    page.keyboard.press("n")
    expect(page.locator("#words")).to_have_text(ENGLISH["draw.hint"])
    return page


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(empty_sheet: Page, state: str, counts: dict[str, Any]) -> None:
    page = empty_sheet
    reach, seen = STATES[state]
    reach(page)
    for size, window in SIZES.items():
        page.set_viewport_size(window)  # type: ignore[arg-type]
        expect(page.locator(seen).first, f"{state}, {size}").to_be_visible()
        for scheme in axe.schemes(page):
            checked(page, f"{state}, {scheme} {size}", counts)


@pytest.mark.parametrize("language", [language for language in WORDS if language != "en"])
def test_axe_finds_nothing_in_other_languages(
    browser: Browser, server: Server, language: str, counts: dict[str, Any]
) -> None:
    page = opened(browser, server, locale=language, viewport=PHONE, reduced_motion="reduce")
    axe.bring(page)
    for state in ("a digit", "settings"):
        reach, seen = STATES[state]
        reach(page)
        expect(page.locator(seen), f"{state}, {language}").to_be_visible()
        checked(page, f"{state}, {language}", counts)
    page.context.close()


# --- what axe cannot see ---------------------------------------------------------------------------------------------
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const ring = (el) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(el);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  };
  const seen = [one, one.closest('.sheet'), one.nextElementSibling].some((el) => el && ring(el));
  const top = document.elementFromPoint(box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 1));
  const own = top && (one.contains(top) || top.contains(one) || one.labels?.[0]?.contains(top));
  const clear = box.bottom <= innerHeight + 1 && own;
  return { name: one.id || one.textContent.trim(), seen, clear: Boolean(clear) };
}"""


def test_every_stop_of_the_tab_key_shows_where_it_is(page: Page) -> None:
    several(page)
    stops = []
    for _ in range(20):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) >= 8
    assert [stop for stop in stops if not (stop["seen"] and stop["clear"])] == []


@pytest.mark.parametrize("dialog", [settings, shortcuts], ids=["settings", "shortcuts"])
def test_every_stop_in_a_dialog_shows_where_it_is(browser: Browser, server: Server, dialog: Any) -> None:
    page = opened(browser, server, viewport={"width": 390, "height": 500}, reduced_motion="reduce")
    dialog(page)
    page.keyboard.press("Tab")
    stops = []
    for _ in range(12):
        stop = page.evaluate(FOCUS)
        stops += [stop] if stop else []
        page.keyboard.press("Tab")
    assert stops
    assert [stop for stop in stops if not (stop["seen"] and stop["clear"])] == []
    page.context.close()


def test_at_four_times_the_size_nothing_scrolls_sideways_and_all_is_reached(browser: Browser, server: Server) -> None:
    """1280x1024 at 400 % is a window of 320x256 (WCAG 1.4.10)."""
    page = opened(browser, server, viewport={"width": 320, "height": 256}, device_scale_factor=4)
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)
    page.locator("#sheet").scroll_into_view_if_needed()
    draw(page, DIGITS[7])
    for part in ("#digit", "#words", "#bars", "#keep", "#undo", "#glyph", "#more", "#tab-picture"):
        page.locator(part).scroll_into_view_if_needed()
        expect(page.locator(part)).to_be_in_viewport(ratio=0.5)
    for state in (settings, shortcuts, picture):
        state(page)
        assert page.evaluate(wide), state
        page.keyboard.press("Escape")
    page.context.close()


SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
SPACED += "p { margin-bottom: 2em !important; }"
CUT = """() => [...document.querySelectorAll('[data-t], .words, .percent, dd, legend')].filter((one) => {
  for (let up = one; up; up = up.parentElement) {
    const { clipPath, opacity } = getComputedStyle(up);
    if (clipPath !== 'none' || opacity === '0') return false;
  }
  const range = document.createRange();
  range.selectNodeContents(one);
  const text = range.getBoundingClientRect();
  const hides = (el) => ['hidden', 'clip'].includes(getComputedStyle(el).overflow);
  for (let up = one; up; up = up.parentElement) {
    const box = up.getBoundingClientRect();
    if (hides(up) && (text.right > box.right + 1 || text.bottom > box.bottom + 1)) return true;
  }
  return text.right > innerWidth + 1;
}).map((one) => one.textContent)"""


def test_more_space_between_letters_and_lines_cuts_no_text(page: Page) -> None:
    """WCAG 1.4.12."""
    put(page, DIGITS[4])
    page.evaluate(
        "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text);document.adoptedStyleSheets = [sheet]; }",
        SPACED,
    )
    for reach, seen in ((settings, "#settings"), (shortcuts, "#shortcuts"), (lambda page: None, "#digit")):
        reach(page)
        for size in (WIDE, LEAST, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            expect(page.locator(seen)).to_be_visible()
            assert page.evaluate(CUT) == [], (seen, size)
        page.keyboard.press("Escape")


def test_forced_colours_keep_what_is_chosen_visible(browser: Browser, server: Server) -> None:
    page = opened(browser, server, forced_colors="active")
    several(page)
    differ = """([one, other, edge]) => { const style = (name) => getComputedStyle(document.querySelector(name))[edge];
      return style(one) !== style(other); }"""
    for pair in (
        ["[data-pen=medium]", "[data-pen=fine]", "borderTopColor"],
        ["#tab-draw", "#tab-picture", "borderBottomColor"],
        ["#bars li.best .fill", "#bars li:not(.best) .fill", "backgroundColor"],
        ["#digit button[aria-pressed=true]", "#digit button[aria-pressed=false]", "borderBottomColor"],
    ):
        assert page.evaluate(differ, pair), pair
    page.context.close()


def test_who_asks_for_contrast_gets_more(browser: Browser, server: Server) -> None:
    page = opened(browser, server, contrast="more")
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.context.close()
