"""The page in every language: chosen by browser or person, whole, without a flash, and with nothing cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn import DIGITS
from here import STATIC
from playwright.sync_api import Browser, Page, Route, expect
from sheet import ENGLISH, FONT, PHONE, SETTLED, WIDE, WORDS, Server, draw, opened, put, shown

from inkdigit import errors

NARROW = {"width": 360, "height": 740}
LEAST_WIDE = {"width": 900, "height": 600}
SURE = {"en": "99.9%", "de": "99,9\u00a0%", "es": "99,9\u00a0%", "hi": "99.9%"}
# Texts that are wider than their own box, or stick out of the window.
TEXTS = "[data-t], .words, .percent, .notice, #found button, dt, dd"
CUT = """() => [...document.querySelectorAll('TEXTS')].filter((one) => {
  for (let up = one; up; up = up.parentElement) {
    if (getComputedStyle(up).clipPath !== 'none' || getComputedStyle(up).opacity === '0') return false; // unseen
  }
  const range = document.createRange();
  range.selectNodeContents(one);
  const text = range.getBoundingClientRect();
  if (!text.width) return false;
  let home = one.closest('button, label, dialog, .menu, .panel, .answer, .sheet');
  if (!home || getComputedStyle(home).display === 'contents') home = document.body;
  const frame = home.getBoundingClientRect();
  const tall = home.matches('button') && (text.top < frame.top || text.bottom > frame.bottom);
  return tall || text.left < frame.left - 0.5 || text.right > frame.right + 0.5 || text.right > innerWidth;
}).map((one) => one.textContent)""".replace("TEXTS", TEXTS)


@pytest.fixture(scope="module", params=WORDS)
def shared(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[tuple[Page, str]]:
    """One page in each language, and the language."""
    language = request.param
    page = opened(browser, server, locale=f"{language}-XX" if language == "en" else language)
    yield page, language
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.fixture
def spoken(shared: tuple[Page, str]) -> tuple[Page, str]:
    """The sheet without ink."""
    page, language = shared
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    while page.locator("dialog[open], #menu:popover-open").count():
        page.keyboard.press("Escape")
    page.click("#tab-draw")
    page.keyboard.press("n")
    page.wait_for_function(SETTLED)
    return page, language


def test_the_browsers_language_is_taken(spoken: tuple[Page, str]) -> None:
    page, language = spoken
    assert page.get_attribute("html", "lang") == language
    expect(page.locator("#words")).to_have_text(WORDS[language]["draw.hint"])
    put(page, DIGITS[1])
    assert shown(page) == "1"
    words = {text.replace("{other}", "7") for key, text in WORDS[language].items() if key.startswith("verdict.")}
    assert page.inner_text("#words") in words
    assert re.fullmatch(r"[0-9]{2}[.,][0-9]\s?%", page.inner_text("#percent"))
    assert page.evaluate("async () => (await import('/static/shared/words.js')).percent(1)") == SURE[language]


def test_a_language_that_there_is_not_is_english(browser: Browser, server: Server) -> None:
    page = opened(browser, server, locale="fr-FR")
    assert page.get_attribute("html", "lang") == "en"
    page.context.close()


def test_a_chosen_language_is_in_force_at_once_and_stays(page: Page) -> None:
    put(page, DIGITS[4])
    page.click("#more")
    page.click("#open-settings")
    for language in ("de", "es", "hi"):
        page.select_option("#settings [name=language]", language)
        expect(page.locator("#undo span")).to_have_text(WORDS[language]["draw.undo"])
        expect(page.locator("#settings-title")).to_have_text(WORDS[language]["settings.title"])
        expect(page.locator("#sheet")).to_have_attribute("aria-label", WORDS[language]["draw.sheet"])
        page.wait_for_function(SETTLED)
        assert page.inner_text("#words") in {text.replace("{other}", "9") for text in WORDS[language].values()}
    page.reload()
    page.wait_for_function(SETTLED)
    assert page.get_attribute("html", "lang") == "hi"
    expect(page.locator("#undo span")).to_have_text(WORDS["hi"]["draw.undo"])


def without_words(browser: Browser, server: Server) -> tuple[Page, list[Route]]:
    """A German page whose words have not come, and the question for them."""
    page = browser.new_context(viewport=WIDE, locale="de").new_page()  # type: ignore[arg-type]
    held: list[Route] = []
    page.clock.install()
    page.route("**/words/de.json", lambda route: held.append(route))
    page.goto(server.address, wait_until="domcontentloaded")
    return page, held


# What the page waits for, and whether the sheet and a word are visible.
WAITS = "() => [document.documentElement.dataset.waiting, ...['#sheet', '#undo span'].map(one =>"
WAITS += "getComputedStyle(document.querySelector(one)).visibility)]"
SHEET_ALONE = ["words", "visible", "hidden"]


def test_no_english_flashes_before_the_words_are_there(browser: Browser, server: Server) -> None:
    page, held = without_words(browser, server)
    # The others: it took longer than a limit to look.
    assert page.evaluate(WAITS) in (["page"] + ["hidden"] * 2, SHEET_ALONE, [None] + ["visible"] * 2)
    page.wait_for_function("() => document.documentElement.dataset.waiting !== 'page'")  # at the latest after 300 ms
    assert page.evaluate(WAITS) in (SHEET_ALONE, [None] + ["visible"] * 2)
    for route in held:
        route.continue_()
    expect(page.locator("#undo span")).to_have_text("Zurück")
    assert page.evaluate(WAITS) == [None] + ["visible"] * 2
    page.context.close()


def test_words_that_do_not_come_leave_the_page_in_english(browser: Browser, server: Server) -> None:
    page, _ = without_words(browser, server)
    page.clock.fast_forward(3000)  # ms; at the latest then
    page.wait_for_function("() => !document.documentElement.dataset.waiting")
    assert page.evaluate(WAITS)[1:] == ["visible"] * 2
    expect(page.locator("#undo span")).to_have_text("Undo")
    page.context.close()


def test_without_its_words_the_page_stays_english(browser: Browser, server: Server) -> None:
    page = browser.new_context(viewport=WIDE, locale="de").new_page()  # type: ignore[arg-type]
    page.route("**/words/de.json", lambda route: route.fulfill(status=404))
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    expect(page.locator("#undo span")).to_have_text("Undo")
    expect(page.locator("#words")).to_have_text(ENGLISH["draw.hint"])
    page.context.close()


def test_an_error_of_the_reader_is_told_in_the_persons_language(browser: Browser, server: Server) -> None:
    page = opened(browser, server, locale="de")
    page.click("#tab-picture")
    page.set_input_files("#file", {"name": "seven.png", "mimeType": "image/png", "buffer": b"seven"})
    expect(page.locator("#notice")).to_have_text(WORDS["de"]["error.picture"])
    page.context.close()


OF_COMMANDS = {"camera", "data", "setting", "training", "batch", "window"}  # errors that end a command in the shell


def kinds(error: type[errors.InkdigitError] = errors.InkdigitError) -> set[str]:
    """The kinds of an error and of all that are made of it."""
    return {error.kind}.union(*(kinds(one) for one in error.__subclasses__()))


def test_every_kind_of_error_that_the_page_can_meet_has_a_sentence() -> None:
    assert kinds() > OF_COMMANDS
    for language, words in WORDS.items():
        said = {kind: words[f"error.{kind}"] for kind in kinds() - OF_COMMANDS}
        assert len(set(said.values())) == len(said), language  # each one its own


@pytest.mark.parametrize("kind", ["busy", "rate", "slow", "time"])
def test_who_must_wait_is_told_so_wherever_it_is_met(page: Page, kind: str) -> None:
    answer = {"error": {"kind": kind, "message": "Expected less, got more.", "expected": "", "got": "", "remedy": ""}}
    said = ENGLISH[f"error.{kind}"]
    assert re.search(r"\b[Ww]ait\b|in a few seconds", said)
    for address in ("read", "inside", "glyph"):
        page.route(f"**/api/{address}*", lambda route: route.fulfill(status=429, json=answer))
    put(page, DIGITS[4])
    page.keyboard.press("i")
    expect(page.locator("#inside .none")).to_have_text(said)
    page.keyboard.press("i")
    page.keyboard.press("g")
    page.keyboard.press(" ")
    expect(page.locator("#notice")).to_have_text(said)
    page.click("#tab-picture")
    page.set_input_files("#file", {"name": "seven.png", "mimeType": "image/png", "buffer": b"seven"})
    expect(page.locator("#notice")).to_have_text(said)


def rooms(page: Page) -> Iterator[str]:
    """Opens all there is, one after the other."""
    yield "digit"
    for tab in page.locator("[role=tab]:visible").all():
        tab.click()
        yield tab.inner_text()
    page.click("#tab-draw")
    page.wait_for_function(SETTLED)
    page.keyboard.press("g")
    page.wait_for_selector("#grid")
    yield "pixels"
    page.click("#tab-draw")
    page.wait_for_function(SETTLED)
    page.keyboard.press("i")
    page.wait_for_selector("#inside .layer canvas")
    yield "inside"
    page.keyboard.press("i")
    for entry, dialog in (("#open-settings", "#settings"), ("#open-shortcuts", "#shortcuts")):
        page.click("#more")
        expect(page.locator("#menu")).to_be_visible()
        yield "menu"
        page.click(entry)
        page.wait_for_selector(f"{dialog}[open]")
        yield dialog
        page.keyboard.press("Escape")


def test_nothing_is_cut_off(
    spoken: tuple[Page, str], pictures: Path, fonts: list[str], request: pytest.FixtureRequest
) -> None:
    page, language = spoken
    if language == "hi":
        request.getfixturevalue("devanagari")
    draw(page, DIGITS[4])  # with the mouse, which leaves no ring of the focus for the picture
    for room in rooms(page):
        for size in (NARROW, PHONE, LEAST_WIDE, WIDE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for font in (*fonts, ""):  # the last: the page's own
                page.evaluate(FONT if font else "() => document.body.removeAttribute('style')", font)
                assert page.evaluate(CUT) == [], (room, size, font)
            if room == "digit" and size == PHONE and language in ("de", "hi"):  # for docs
                page.screenshot(path=pictures / f"language-{language}-{size['width']}x{size['height']}.png")


# Of texts for the words beside the digit, those that take more room than there is.
TOO_LONG = """(texts) => texts.filter((text) => {
  const words = document.querySelector('#words');
  words.textContent = text;
  const box = words.parentElement;
  return box.scrollHeight > box.clientHeight + 1;
})"""


def test_every_verdict_finds_its_place(spoken: tuple[Page, str]) -> None:
    page, language = spoken
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    put(page, DIGITS[4])
    texts = [text.replace("{other}", "4").replace("{value}", "9")
             for key, text in WORDS[language].items() if key.startswith("verdict.")]  # fmt: skip
    assert texts
    assert page.evaluate(TOO_LONG, texts) == []


def test_the_words_are_files_of_plain_text_under_twenty_kilobytes() -> None:
    for path in (STATIC / "words").glob("*.json"):
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        assert all(isinstance(text, str) and text.strip() == text and text for text in found.values())
        assert not any("!" in text or "<" in text for text in found.values())
