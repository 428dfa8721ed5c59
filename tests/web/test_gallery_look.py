"""The gallery when something fails, and how it looks at every size."""

from __future__ import annotations

import itertools
import json
import urllib.request
from pathlib import Path

import axe
import pytest
import shelf
from drawn import DIGITS, encoded, written
from playwright.sync_api import Browser, Page, Route, expect
from sheet import FONT, LEAST, PHONE, SMALL_PHONE, WIDE, WORDS, Server, opened, put, shown
from shelf import OPTIONS, kept, numbers

SMALLEST = {"width": 320, "height": 568}


def test_when_the_server_is_gone_it_is_said_and_can_be_tried_again(six: Page, keeper: Server, folder: Path) -> None:
    keeper.kill()
    six.locator("#gallery").focus()
    six.keyboard.press("Delete")
    expect(six.locator("#notice")).to_contain_text("The server cannot be reached. Nothing is lost")
    assert len(numbers(six)) == 6
    shelf.start(keeper, folder)
    six.get_by_role("button", name="Try again").click()
    expect(six.locator("#notice")).to_contain_text("Deleted.")
    expect(six.locator(OPTIONS)).to_have_count(5)


@pytest.mark.parametrize("does", ["looks again", "searches"])
def test_an_answer_from_before_a_deletion_brings_nothing_back(six: Page, does: str) -> None:
    held: list[Route] = []
    six.route("**/api/kept?*", lambda route: route.continue_() if held else held.append(route))
    if does == "searches":
        six.fill("#seek", "drawing")  # none is called so: all would go
    else:
        six.evaluate("dispatchEvent(new Event('focus'))")
    while not held:
        six.evaluate("new Promise(requestAnimationFrame)")
    before = held[0].fetch()
    six.locator("#gallery").focus()
    six.keyboard.press("Delete")
    expect(six.locator("#notice")).to_contain_text("Deleted.")
    expect(six.locator(OPTIONS)).to_have_count(5)
    with six.expect_response("**/api/kept?*"):
        held[0].fulfill(response=before)
    for _ in range(3):
        six.evaluate("new Promise(requestAnimationFrame)")
    expect(six.locator(OPTIONS)).to_have_count(0 if does == "searches" else 5)


SAID = (
    "Expected a store that can be written, got a read-only file.",
    "Another program is writing.",
    "Expected a store of version 1 or older, got 9. Update inkdigit.",
)


def refuse(page: Page, said: str) -> None:
    """The store answers that it cannot."""
    answer = {"error": {"kind": "store", "message": said, "expected": "", "got": "", "remedy": ""}}
    page.route("**/api/kept*", lambda route: route.fulfill(status=503, json=answer))


def test_when_the_store_refuses_it_is_said_in_plain_words_and_nothing_is_lost(empty: Page, keeper: Server) -> None:
    done: list[str] = []
    for digit, said in zip((4, 7, 2), SAID, strict=True):
        refuse(empty, said)
        put(empty, DIGITS[digit])
        empty.keyboard.press("k")
        expect(empty.locator("#notice")).to_contain_text("Not kept. This could not be kept.")
        expect(empty.locator("#notice")).not_to_contain_text(said)  # that is for who wrote the program that asked
        expect(empty.locator("#keep"), said).to_have_text("Keep")
        assert shown(empty) == str(digit), said
        assert kept(keeper) == done, said
        empty.unroute_all()
        empty.get_by_role("button", name="Try again").click()
        expect(empty.locator("#keep"), said).to_have_text("Kept")
        done.insert(0, str(digit))  # the newest first
        assert kept(keeper) == done, said
        empty.keyboard.press("n")


SHOWN = ((WIDE, "light"), (PHONE, "dark"))  # in docs


def test_nothing_overflows_at_any_size_and_the_pictures_of_the_docs(
    browser: Browser, keeper: Server, pictures: Path, fonts: list[str]
) -> None:
    shelf.fill(keeper, 60)
    page = opened(browser, keeper)
    page.click("#tab-kept")
    page.wait_for_selector(OPTIONS)
    page.locator(OPTIONS).nth(1).click()
    sizes = itertools.product((WIDE, LEAST, PHONE, SMALL_PHONE, SMALLEST), ("light", "dark"))
    for size, scheme in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("() => new Promise(requestAnimationFrame)")
        page.wait_for_function("() => [...document.querySelectorAll('#gallery img')].every(one => one.complete)")
        page.wait_for_selector("#redrawn path")
        wide = "() => document.documentElement.scrollWidth <= innerWidth"
        for font in (*fonts, ""):  # the last: the page's own
            page.evaluate(FONT if font else "() => document.body.removeAttribute('style')", font)
            assert page.evaluate(wide), (size, scheme, font)
            if size["height"] >= 600:
                assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), (size, scheme, font)
        small = "() => [...document.querySelectorAll('button, #gallery, .kept input')].filter(e => {"
        small += "const r = e.getBoundingClientRect(); return r.width > 1 && e.offsetParent && !e.closest('.panel')"
        small += "&& e.type !== 'file' && (r.width < 43.9 || r.height < 43.9); }).map(e => e.id || e.textContent)"
        allowed = [str(digit) for digit in range(10)]
        assert [one for one in page.evaluate(small) if one not in allowed] == [], (size, scheme)
        if (size, scheme) in SHOWN:
            page.screenshot(path=pictures / f"gallery-{scheme}-{size['width']}x{size['height']}.png")
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


NUMBERS = ("4071", "268", "35", "90", "172", "8", "613", "7045", "22", "19", "884", "5")
# Of the text of a page: numbers that stand on two lines, and figures of which a part is seen.
BROKEN = """() => {
  const place = document.querySelector('#digit');
  const { top, bottom } = place.getBoundingClientRect();
  const numbers = [...place.querySelectorAll('.whole')];
  const across = numbers.filter((one) => {
    const tops = [...one.querySelectorAll('button')].map((mark) => Math.round(mark.getBoundingClientRect().top));
    return Math.max(...tops) > Math.min(...tops);
  });
  const parts = [...place.querySelectorAll('button')].filter((one) => {
    const box = one.getBoundingClientRect();
    const middle = (box.top + box.bottom) / 2; // of its line; a figure is about as high as three quarters of its font
    const high = parseFloat(getComputedStyle(one).fontSize) * 0.37;
    return middle + high > bottom && middle - high < bottom;
  });
  return [numbers.map((one) => one.textContent), [...across, ...parts].map((one) => one.textContent)];
}"""


def test_a_number_of_a_kept_page_is_never_broken(browser: Browser, keeper: Server, fonts: list[str]) -> None:
    request = urllib.request.Request(
        f"{keeper.address}api/kept", encoded(written(*NUMBERS)), {"content-type": "image/png"}
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["shown"].split() == list(NUMBERS)
    page = opened(browser, keeper)
    page.click("#tab-kept")
    expect(page.locator("#digit")).to_have_class("digit many")
    for width, height in ((1280, 800), (900, 600), (768, 1024), (390, 844), (320, 568), (844, 390), (640, 360)):
        page.set_viewport_size({"width": width, "height": height})
        for font in fonts:
            page.evaluate(FONT, font)
            assert page.evaluate(BROKEN) == [list(NUMBERS), []], (width, font)
    page.locator("#digit button").nth(5).click()
    page.keyboard.press("9")
    expect(page.locator("#digit")).to_have_attribute("data-written", "4071 298 35 90 172 8 613 7045 22 19 884 5")
    page.context.close()


@pytest.mark.parametrize("language", WORDS)
def test_who_read_a_drawing_is_said_where_it_says_something(browser: Browser, keeper: Server, language: str) -> None:
    """Not of western digits; of another script, by its name; and of a network of one's own."""
    shelf.keep(keeper, "7")
    page = opened(browser, keeper, locale=language)
    words = WORDS[language]
    for about, said in (
        ({}, ""),
        ({"model": "thai", "script": "thai"}, words["kept.script"].format(script=words["script.thai"])),
        ({"model": "class-3b"}, words["kept.model"].format(model="class-3b")),
    ):

        def read_by(route: Route, _: object, about: dict[str, str] = about) -> None:
            answer = route.fetch()
            page = answer.json()
            route.fulfill(response=answer, json={**page, "drawings": [one | about for one in page["drawings"]]})

        page.route("**/api/kept?*", read_by)
        page.click("#tab-kept")
        expect(page.locator("#made")).not_to_have_text("")
        expect(page.locator("#by")).to_have_text(said)
        page.unroute_all()
        page.click("#tab-draw")
    page.context.close()


def test_the_gallery_has_no_fault_that_axe_finds(browser: Browser, keeper: Server) -> None:
    shelf.fill(keeper, 12)
    page = opened(browser, keeper, reduced_motion="reduce")
    axe.bring(page)
    page.click("#tab-kept")
    page.wait_for_selector(OPTIONS)
    page.click("#select")
    for panel in (None, "#filter", "#export", "#correct"):
        if panel:
            page.click(panel)
            expect(page.locator(".panel:popover-open")).to_be_visible()
        for scheme in axe.schemes(page):
            assert axe.check(page).faults == [], (panel, scheme)
        if panel:
            page.keyboard.press("Escape")
    page.context.close()
