"""The gallery when something fails, and how it looks at every size."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import shelf
from axe_playwright_python.sync_playwright import Axe
from drawn import DIGITS
from playwright.sync_api import Browser, Page, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, Server, draw, opened, shown
from shelf import OPTIONS, kept, numbers

SMALLEST = {"width": 320, "height": 568}


def test_when_the_server_is_gone_it_is_said_and_can_be_tried_again(six: Page, keeper: Server, folder: Path) -> None:
    keeper.kill()
    six.locator("#gallery").focus()
    six.keyboard.press("Delete")
    expect(six.locator("#notice")).to_contain_text("The store cannot be reached. Nothing is lost")
    assert len(numbers(six)) == 6
    shelf.start(keeper, folder)
    six.get_by_role("button", name="Try again").click()
    expect(six.locator("#notice")).to_contain_text("Deleted.")
    expect(six.locator(OPTIONS)).to_have_count(5)


@pytest.mark.parametrize(
    ("said", "kind"),
    [("Expected a store that can be written, got a read-only file.", "store"), ("Another program is writing.", "store"),
     ("Expected a store of version 1 or older, got 9. Update inkdigit.", "store")],
    ids=["read-only", "locked", "too new"],
)  # fmt: skip
def test_what_the_store_says_is_the_notice_and_nothing_is_lost(
    empty: Page, keeper: Server, said: str, kind: str
) -> None:
    answer = {"error": {"kind": kind, "message": said, "expected": "", "got": "", "remedy": ""}}
    empty.route("**/api/kept*", lambda route: route.fulfill(status=503, json=answer))
    draw(empty, DIGITS[4])
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text(said)
    expect(empty.locator("#keep")).to_have_text("Keep")
    assert shown(empty) == "4"
    empty.unroute_all()
    empty.get_by_role("button", name="Try again").click()
    expect(empty.locator("#keep")).to_have_text("Kept")
    assert kept(keeper) == ["4"]


def test_nothing_overflows_at_any_size_and_the_pictures_of_the_docs(
    browser: Browser, keeper: Server, pictures: Path
) -> None:
    shelf.fill(keeper, 60)
    sizes = itertools.product((WIDE, LEAST, PHONE, SMALL_PHONE, SMALLEST), ("light", "dark"))
    for size, scheme in sizes:
        page = opened(browser, keeper, viewport=size, color_scheme=scheme)
        page.click("#tab-kept")
        page.wait_for_selector(OPTIONS)
        page.locator(OPTIONS).nth(1).click()
        page.wait_for_function("() => [...document.querySelectorAll('#gallery img')].every(one => one.complete)")
        page.wait_for_selector("#redrawn path")
        wide = "() => document.documentElement.scrollWidth <= innerWidth"
        assert page.evaluate(wide), size
        if size["height"] >= 600:
            assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), size
        small = "() => [...document.querySelectorAll('button, #gallery, .kept input')].filter(e => {"
        small += "const r = e.getBoundingClientRect(); return r.width > 1 && e.offsetParent && !e.closest('.panel')"
        small += "&& e.type !== 'file' && (r.width < 43.9 || r.height < 43.9); }).map(e => e.id || e.textContent)"
        allowed = [str(digit) for digit in range(10)]
        assert [one for one in page.evaluate(small) if one not in allowed] == [], size
        page.screenshot(path=pictures / f"gallery-{scheme}-{size['width']}x{size['height']}.png")
        assert page.faults == []  # type: ignore[attr-defined]
        page.context.close()


def test_the_gallery_has_no_fault_that_axe_finds(browser: Browser, keeper: Server) -> None:
    shelf.fill(keeper, 12)
    for scheme in ("light", "dark"):
        page = opened(browser, keeper, color_scheme=scheme)
        page.click("#tab-kept")
        page.wait_for_selector(OPTIONS)
        page.click("#select")
        for panel in (None, "#filter", "#export", "#correct"):
            if panel:
                page.click(panel)
            found = Axe().run(page).response["violations"]
            assert [(one["id"], json.dumps(one["nodes"][0]["html"])) for one in found] == [], panel
            if panel:
                page.keyboard.press("Escape")
        page.context.close()
