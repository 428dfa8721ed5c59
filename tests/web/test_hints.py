"""What an empty page says, shows and leaves out: on a touch screen nothing of keys, and no rules without an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from drawn import DIGITS, encoded, written
from playwright.sync_api import Browser, Page, expect
from sheet import ENGLISH, PHONE, SETTLED, WIDE, WORDS, Server, opened, put

OF_KEYS = re.compile(
    r"\bpress (?!keep|next)|\bkeys?\b|keyboard|\bdrop\b|paste|click|space|\([A-Z]\)|one letter", re.IGNORECASE
)
PICTURE = {"name": "7.png", "mimeType": "image/png", "buffer": encoded(written("7"))}


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Page]:
    page = opened(browser, server, viewport=PHONE, has_touch=True, is_mobile=True)
    yield page
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


def entries(page: Page) -> list[str]:
    """The entries of the menu that are seen."""
    page.locator("#more").click()
    found = page.locator("#menu [role^=menuitem]:visible").all_inner_texts()
    page.keyboard.press("Escape")
    return [" ".join(one.split()) for one in found]


def test_what_is_said_of_keys_has_a_word_for_fingers_in_every_language() -> None:
    for language, words in WORDS.items():
        ways = [key.removesuffix(".keys") for key in words if key.endswith(".keys")]
        assert len(ways) >= 5
        assert [one for one in ways if f"{one}.touch" not in words] == [], language
        assert not any(OF_KEYS.search(words[f"{one}.touch"]) for one in ways)


def test_on_a_touch_screen_nothing_speaks_of_keys(phone: Page) -> None:
    assert phone.inner_text("#tips").splitlines() == [
        f"{ENGLISH[f'tips.{one}']} {ENGLISH[f'tips.{one}.touch']}" for one in ("correct", "keep", "inside")
    ]
    for tab in ("picture", "camera", "kept", "draw"):
        phone.locator(f"#tab-{tab}").tap()
        expect(phone.locator("#page[data-coming]")).to_have_count(0)
        assert not OF_KEYS.search(phone.inner_text("#page")), tab
    put(phone, DIGITS[4])
    assert not any(OF_KEYS.search(one) for one in entries(phone))
    phone.keyboard.press("i")
    phone.wait_for_selector("#inside .layer canvas")
    assert not OF_KEYS.search(phone.inner_text("#inside"))
    phone.keyboard.press("i")
    phone.keyboard.press("g")
    expect(phone.locator(".pixels .hint")).to_have_text(ENGLISH["pixels.hint.touch"], use_inner_text=True)
    phone.locator("#more").tap()
    phone.locator("#open-settings").tap()
    expect(phone.locator("#settings")).to_be_visible()
    assert not OF_KEYS.search(phone.inner_text("#settings"))


def test_with_a_mouse_the_keys_are_told(page: Page) -> None:
    assert ENGLISH["tips.correct.keys"] in page.inner_text("#tips")
    assert ENGLISH["tips.correct.touch"] not in page.inner_text("#tips")
    put(page, DIGITS[4])
    assert "Read again (R)" in entries(page)
    assert "Keyboard shortcuts" in entries(page)
    page.click("#tab-picture")
    expect(page.locator("#picture .hint")).to_have_text(ENGLISH["picture.hint.keys"], use_inner_text=True)


def test_entries_that_could_do_nothing_on_a_blank_sheet_are_not_there_and_arrows_reach_the_others(phone: Page) -> None:
    blank = entries(phone)
    put(phone, DIGITS[4])
    drawn = entries(phone)
    assert [one for one in drawn if one not in blank] == [
        "Read again", "Copy the number", "Save the drawing as PNG", "Save the drawing as SVG", "Print",
    ]  # fmt: skip
    phone.locator("#more").click()
    expect(phone.locator("#read")).to_be_focused()
    reached = []
    for _ in drawn:
        reached.append(phone.evaluate("() => document.activeElement.innerText.trim()"))
        phone.keyboard.press("ArrowDown")
    assert reached == drawn


def test_a_7_is_asked_for_once(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    hint = page.locator("#hint")
    expect(hint).to_have_text("Draw a 7", use_inner_text=True)
    page.reload()
    page.wait_for_function(SETTLED)
    expect(hint).to_have_text("Draw a 7", use_inner_text=True)  # nothing was drawn
    put(page, DIGITS[7])
    page.keyboard.press("n")
    expect(hint).to_have_text("Draw here", use_inner_text=True)
    expect(hint).to_have_css("opacity", "1")
    page.context.close()


# Whether the bars, and the glyph with its caption, are seen.
SEEN = """() => [getComputedStyle(document.querySelector('#bars')).visibility === 'visible',
  getComputedStyle(document.querySelector('#glyph')).opacity > 0]"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_bars_and_glyph_come_with_an_answer_and_go_with_it(
    browser: Browser, server: Server, size: dict[str, int]
) -> None:
    page = opened(browser, server, viewport=size, reduced_motion="reduce")
    for tab in ("camera", "picture", "draw"):
        page.click(f"#tab-{tab}")
        expect(page.locator("#page[data-coming]")).to_have_count(0)
        assert page.evaluate(SEEN) == [False, False], tab
    page.click("#tab-picture")
    page.set_input_files("#file", PICTURE)
    expect(page.locator("#digit")).to_have_text("7")
    assert page.evaluate(SEEN) == [True, True]
    page.keyboard.press("n")
    assert page.evaluate(SEEN) == [False, False]
    page.click("#tab-draw")
    page.keyboard.press("g")
    expect(page.locator("#words")).to_have_text(ENGLISH["pixels.empty"])
    assert page.evaluate(SEEN) == [False, False]
    page.keyboard.press(" ")
    expect(page.locator("#digit")).not_to_have_text("")
    assert page.evaluate(SEEN) == [True, True]
    page.keyboard.press("Escape")
    put(page, DIGITS[4])
    assert page.evaluate(SEEN) == [True, True]
    page.keyboard.press("n")
    assert page.evaluate(SEEN) == [False, False]
    page.context.close()
