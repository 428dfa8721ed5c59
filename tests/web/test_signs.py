"""Points, commas, minus signs and gaps on the page: as they were written, in every place that shows a number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drawn import signed
from playwright.sync_api import Browser, Page, expect
from sheet import PHONE, WIDE, Server, holds, opened, put, sheet_is_clean, watched


def write(page: Page, text: str) -> None:
    """On the sheet, as wide as it is."""
    strokes = signed(text)
    wide = max(x for stroke in strokes for x, _ in stroke)
    put(page, strokes, scale=90 / max(wide, 100), left=5)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    yield from watched(browser, server)


def test_a_number_is_shown_as_it_was_written(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for text in ("3.14", "-42", "12,50", "555-0147", "24.12.2025", "12 78"):
        write(page, text)
        expect(page.locator("#digit")).to_have_attribute("data-written", text)
        expect(page.locator("#digit button")).to_have_text([mark for mark in text if mark.isdigit()])
        signs = [mark.replace(" ", "\u00a0") for mark in text if not mark.isdigit()]
        assert page.locator("#digit .sign").all_inner_texts() == signs, text
        page.click("#more")
        page.click("#copy-number")
        holds(page, "async (text) => (await navigator.clipboard.readText()) === text", text)
        page.keyboard.press("n")
        sheet_is_clean(page)
        expect(page.locator("#digit")).to_have_attribute("data-written", "")


def test_digits_between_signs_are_chosen_and_corrected_as_ever(page: Page) -> None:
    write(page, "3.14")
    buttons = page.locator("#digit button")
    buttons.nth(1).focus()
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(buttons.nth(2)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("7")
    expect(page.locator("#digit")).to_have_attribute("data-written", "3.74")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_a_long_number_with_signs_stays_in_its_place(
    browser: Browser, server: Server, viewport: dict[str, int]
) -> None:
    page = opened(browser, server, viewport=viewport)
    write(page, "24.12.2025")
    expect(page.locator("#digit .sign")).to_have_count(2)
    place = page.locator("#digit").bounding_box()
    assert place is not None
    for box in (one.bounding_box() for one in page.locator("#digit > *").all()):
        assert box is not None
        assert place["x"] - 1 <= box["x"]
        assert box["x"] + box["width"] <= place["x"] + place["width"] + 1
    page.context.close()
