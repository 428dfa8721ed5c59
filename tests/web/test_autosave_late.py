"""Pages that go before their drawing is kept, and drawings made before the kept one is back: neither is lost."""

from __future__ import annotations

import pytest
from autosaved import is_kept, reads, visit
from drawn import DIGITS
from playwright.sync_api import BrowserContext, Page, expect
from sheet import SETTLED, Server, put, sheet_is_clean

# A store that is open, and locks that are had, only once the test says so.
GATE = "const gate = new Promise((open) => { window.letThrough = open; });"
LATE = (
    GATE
    + """{
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (...about) {
    const asked = open.apply(this, about);
    Object.defineProperty(asked, 'onsuccess', { set(then) {
      asked.addEventListener('success', (event) => gate.then(() => then(event)));
    } });
    return asked;
  };
}"""
)
BUSY = (
    GATE
    + """{
  const request = LockManager.prototype.request;
  LockManager.prototype.request = function (name, about, then) {
    return gate.then(() => request.call(this, name, {}, then));
  };
}"""
)
# A store that gives up every writing, as one does whose page goes too soon.
DEAF = (
    "() => { IDBObjectStore.prototype.put = IDBObjectStore.prototype.delete = "
    "function () { this.transaction.abort(); }; }"
)


def let_through(page: Page) -> None:
    page.evaluate("() => letThrough()")


def test_a_page_that_goes_before_its_store_is_open_loses_nothing(context: BrowserContext, server: Server) -> None:
    context.add_init_script(LATE)
    page = visit(context, server)
    put(page, DIGITS[3])
    page.reload()
    let_through(page)
    reads(page, "3")
    is_kept(page, len(DIGITS[3]))
    expect(page.locator("#notice")).to_have_text("")


def test_a_page_that_goes_twice_before_its_store_is_open_loses_nothing(context: BrowserContext, server: Server) -> None:
    context.add_init_script(LATE)
    page = visit(context, server)
    put(page, DIGITS[2])
    page.reload()
    page.reload()
    page.wait_for_function(SETTLED)
    put(page, DIGITS[4], left=50)
    page.reload()
    let_through(page)
    reads(page, "24")
    is_kept(page, 1 + len(DIGITS[4]))


@pytest.mark.parametrize("slow", [LATE, BUSY], ids=["store", "lock"])
@pytest.mark.parametrize("again", [False, True], ids=["stays", "reloads"])
def test_what_is_drawn_before_the_drawing_is_back_costs_neither(
    context: BrowserContext, server: Server, slow: str, again: bool
) -> None:
    page = visit(context, server)
    put(page, DIGITS[3])
    is_kept(page, len(DIGITS[3]))
    page.add_init_script(slow)
    page.reload()
    page.wait_for_function(SETTLED)
    put(page, DIGITS[6])
    if again:
        page.reload()
    let_through(page)
    reads(page, "6")
    is_kept(page, len(DIGITS[6]))
    page = visit(context, server)
    reads(page, "3")
    expect(page.locator("#notice")).to_contain_text("Your last drawing is back")


def test_what_is_drawn_before_the_store_is_open_is_written_then(context: BrowserContext, server: Server) -> None:
    context.add_init_script(LATE)
    page = visit(context, server)
    put(page, DIGITS[3])
    let_through(page)
    is_kept(page, len(DIGITS[3]))


def test_a_page_that_goes_before_it_has_written_hands_its_drawing_on(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[2])
    is_kept(page, 1)
    page.evaluate(DEAF)
    put(page, DIGITS[4], left=50)
    page.reload()
    reads(page, "24")
    is_kept(page, 1 + len(DIGITS[4]))
    assert page.evaluate("() => sessionStorage.getItem('inkdigit.handed')") is None


def test_a_drawing_cleared_at_the_last_moment_does_not_come_back(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[2])
    is_kept(page, 1)
    page.evaluate(DEAF)
    page.keyboard.press("n")
    page.wait_for_function(SETTLED)
    page.reload()
    is_kept(page, 0)
    assert sheet_is_clean(page)
