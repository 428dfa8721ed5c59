"""The drawing outlives the page: reload, closed tab, killed browser; and storage that is broken or forbidden."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from autosaved import KEPT, is_kept, reads, visit
from drawn import DIGITS, Points
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sheet import SETTLED, WIDE, Server, holds, place, put, sheet_is_clean, shown

# JavaScript that puts any row into the store before the page starts. As text, for the long way there is slow.
PUT = """(text) => new Promise((done) => {
  const asked = indexedDB.open('inkdigit', 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore('drawings', { keyPath: 'name' });
  asked.onsuccess = () => {
    const step = asked.result.transaction('drawings', 'readwrite');
    for (const row of JSON.parse(text)) step.objectStore('drawings').put(row);
    step.oncomplete = () => { asked.result.close(); done(); };
  };
})"""

SIDE = 1000  # of the sheet, in its own units


def test_a_reload_brings_the_drawing_back_and_undo_clears_it(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[4])
    is_kept(page, len(DIGITS[4]))
    page.reload()
    reads(page, "4")
    expect(page.locator("#notice")).to_have_text("")
    page.keyboard.press("Control+z")
    page.wait_for_function(SETTLED)
    assert sheet_is_clean(page)
    page.keyboard.press("Control+y")
    reads(page, "4")
    is_kept(page, len(DIGITS[4]))
    page.keyboard.press("n")  # what is cleared does not come back
    is_kept(page, 0)
    page.reload()
    page.wait_for_function(SETTLED)
    assert sheet_is_clean(page)


def test_a_reload_in_the_middle_of_a_stroke_loses_nothing(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    box: Any = page.locator("#sheet").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 500, steps=8)
    page.reload()
    reads(page, "1")


def test_a_finished_stroke_is_kept_whole_at_once(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    start, *rest = place(page, DIGITS[6][0][::6], 0.7, 15, 15)  # and the last point: there are 73
    half = len(rest) // 2
    page.mouse.move(*start)
    page.mouse.down()
    for point in rest[:half]:
        page.mouse.move(*point)
    is_kept(page, 1)  # half a 6 is all that a browser killed now would bring back
    for point in rest[half:]:
        page.mouse.move(*point)
    page.mouse.up()
    (stroke,) = page.evaluate(KEPT)
    end = [SIDE * (15 + 0.7 * value) / 100 for value in DIGITS[6][0][-1]]
    assert stroke["points"][-1] == pytest.approx(end, abs=3)


def test_a_closed_tab_leaves_its_drawing_to_the_next_one_with_a_notice(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[3])
    is_kept(page, len(DIGITS[3]))
    page.close()
    page = visit(context, server)
    reads(page, "3")
    expect(page.locator("#notice")).to_have_text("Your last drawing is back. Undo clears the sheet.")
    other = visit(context, server)  # it has been taken: it is not given twice
    assert sheet_is_clean(other)


def test_two_tabs_keep_a_drawing_each(context: BrowserContext, server: Server) -> None:
    one = visit(context, server)
    put(one, DIGITS[5])
    is_kept(one, len(DIGITS[5]))
    other = visit(context, server)
    assert sheet_is_clean(other)
    put(other, DIGITS[8])
    is_kept(other, len(DIGITS[8]))
    for page, digit in ((one, "5"), (other, "8")):
        page.reload()
        reads(page, digit)


def test_a_copied_tab_begins_with_the_drawing_and_goes_on_alone(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[7])
    is_kept(page, len(DIGITS[7]))
    with page.expect_popup() as opened:  # like "duplicate tab": a copy of sessionStorage comes along
        page.evaluate("() => window.open('/', '_blank', 'opener')")
    copy = opened.value
    reads(copy, "7")
    copy.keyboard.press("n")
    copy.wait_for_function(SETTLED)
    assert page.evaluate("() => sessionStorage.getItem('inkdigit.tab')") != copy.evaluate(
        "() => sessionStorage.getItem('inkdigit.tab')"
    )
    page.reload()
    reads(page, "7")


def processes(word: str) -> list[int]:
    """Processes with this word among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the browser's processes in /proc")
def test_a_killed_browser_brings_the_drawing_back(
    browser: Browser, headless_chromium: str, server: Server, tmp_path: Path
) -> None:
    def launched() -> BrowserContext:
        return browser.browser_type.launch_persistent_context(
            tmp_path, executable_path=headless_chromium, args=["--no-sandbox"], viewport=WIDE
        )

    page = visit(launched(), server)
    put(page, DIGITS[6])
    is_kept(page, len(DIGITS[6]))
    killed = processes(f"--user-data-dir={tmp_path}")
    assert killed
    with page.expect_event("close"):
        for process in killed:
            os.kill(process, signal.SIGKILL)
    context = launched()
    page = visit(context, server)
    reads(page, "6")
    expect(page.locator("#notice")).to_contain_text("Your last drawing is back")
    context.close()


ONE: list[Points] = [[[50, 10], [50, 90]]]

FOREIGN: dict[str, Any] = {
    "no strokes": {},
    "text": {"strokes": "draw"},
    "an empty stroke": {"strokes": [{"width": 22, "points": []}]},
    "no width": {"strokes": [{"points": [[1, 2]]}]},
    "three dimensions": {"strokes": [{"width": 22, "points": [[1, 2, 3]]}]},
    "text for a place": {"strokes": [{"width": 22, "points": [["1", 2]]}]},
    "far away": {"strokes": [{"width": 22, "points": [[1e9, 2]]}]},
    "a wrong count of pressures": {"strokes": [{"width": 22, "points": [[1, 2]], "pressure": [0.1, 0.2]}]},
    "huge": {"strokes": [{"width": 22, "points": [[1, 2]] * 100_001}]},
    "null": {"strokes": None},
    "a null stroke": {"strokes": [None]},
}


# The names of the rows that the page would take for drawings of its own.
TAKEN = """async (text) => {
  const rows = JSON.parse(text);
  const { sound } = await import('/static/draw/autosave.js');
  return Object.keys(rows).filter((name) => sound(rows[name].strokes));
}"""


def test_broken_foreign_and_huge_drawings_are_left_out(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    rows = FOREIGN | {"sound": {"strokes": [{"width": 22, "points": [[1, 2]]}]}}
    assert page.evaluate(TAKEN, json.dumps(rows)) == ["sound"]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    left = [{"name": f"left{at}", "time": 9e15 + at, **row} for at, row in enumerate(FOREIGN.values())]
    for case in ("no strokes", "text", "a null stroke"):
        page.evaluate("() => sessionStorage.setItem('inkdigit.tab', 'mine')")
        page.evaluate(PUT, json.dumps([{"name": "mine", "time": 1, **FOREIGN[case]}]))
        page.reload()
        draws_and_keeps_a_one(page, case)
        page.keyboard.press("n")
        is_kept(page, 0)  # so that nothing is handed on when the page goes
    page.evaluate("() => sessionStorage.clear()")
    page.evaluate(PUT, json.dumps(left))
    page.reload()
    draws_and_keeps_a_one(page, "those that other tabs left behind")
    assert faults == []


def draws_and_keeps_a_one(page: Page, case: str) -> None:
    page.wait_for_function(SETTLED)
    put(page, ONE)
    assert shown(page) == "1", case
    is_kept(page, 1)


# A browser that gives locks later than a tab that was reloaded waits for its own.
SLOW_LOCKS = """
const request = navigator.locks.request.bind(navigator.locks);
navigator.locks.request = async (name, options, held) => {
  await new Promise((done) => setTimeout(done, 400));
  return request(name, options, held);
};"""

# How many drawings are kept, and the names of those that these tests put there.
LEFT = """() => new Promise((done) => {
  const asked = indexedDB.open('inkdigit');
  asked.onsuccess = () => {
    const all = asked.result.transaction('drawings').objectStore('drawings').getAllKeys();
    all.onsuccess = () => {
      asked.result.close();
      done([...all.result.filter((name) => /^left[0-9]+$/.test(name)), all.result.length]);
    };
  };
})"""


@pytest.mark.parametrize("locks", ["at once", "late"])
def test_the_newest_drawing_left_behind_is_taken_and_old_ones_go(
    context: BrowserContext, server: Server, locks: str
) -> None:
    page = context.new_page()
    page.goto(server.address + "static/words/en.json")  # the same store, and no page that tidies it meanwhile
    strokes = [{"width": 22, "points": [[500, 100], [500, 900]]}]
    now = page.evaluate("() => Date.now()")
    rows = [{"name": f"left{age}", "time": now - age * 3600e3, "strokes": strokes * (age + 1)} for age in range(12)]
    page.evaluate(PUT, json.dumps(rows))
    if locks == "late":
        context.add_init_script(SLOW_LOCKS)
    page = visit(context, server)
    reads(page, "1")
    is_kept(page, 1)
    holds(page, f"async () => (await ({LEFT})()).at(-1) <= 9")
    assert page.evaluate(LEFT) == [*(f"left{age}" for age in range(1, 9)), 9]  # the eight newest, and ours


@pytest.mark.parametrize("forbidden", ["indexedDB", "sessionStorage", "localStorage"])
def test_forbidden_storage_does_not_disturb(browser: Browser, server: Server, forbidden: str) -> None:
    page = browser.new_context(viewport=WIDE).new_page()  # type: ignore[arg-type]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(
        f"Object.defineProperty(window, '{forbidden}', "
        "{ get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    put(page, DIGITS[1])
    assert shown(page) == "1"
    assert faults == []
    page.context.close()


def test_without_locks_tabs_ask_each_other(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined });")
    one = visit(context, server)
    put(one, DIGITS[3])
    is_kept(one, len(DIGITS[3]))
    other = visit(context, server)
    put(other, DIGITS[9])
    is_kept(other, len(DIGITS[9]))
    assert shown(other) == "9"
    one.close()
    third = visit(context, server)
    reads(third, "3")
    context.close()


def test_who_does_not_want_it_finds_an_empty_sheet(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[2])
    is_kept(page, 1)
    page.evaluate("async () => (await import('/static/shared/settings.js')).set('keep', false)")
    is_kept(page, 0)
    page.reload()
    page.wait_for_function(SETTLED)
    assert sheet_is_clean(page)


def test_a_broken_drawing_handed_on_leaves_the_one_that_was_kept(context: BrowserContext, server: Server) -> None:
    page = visit(context, server)
    put(page, DIGITS[2])
    is_kept(page, 1)
    hand = "(text) => addEventListener('pagehide', () => sessionStorage.setItem('inkdigit.handed', text))"
    for handed in ["no json", "null", "[]", *(json.dumps(FOREIGN[case]) for case in ("no strokes", "a null stroke"))]:
        page.evaluate(hand, handed)
        page.reload()
        expect(page.locator("#digit"), handed).to_have_text("2")
