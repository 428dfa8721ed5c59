"""Keeping drawings on the page, and the gallery of what was kept: finding, choosing, changing, deleting, undoing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import shelf
from autosaved import is_kept
from drawn import DIGITS, encoded, written
from playwright.sync_api import Page, Route, expect
from sheet import SETTLED, Server, put, shown
from shelf import OPTIONS, kept, numbers, selected

SMALLEST = {"width": 320, "height": 568}


# --- keeping --------------------------------------------------------------------------------------------------------


def test_nothing_is_kept_unless_asked(empty: Page, folder: Path) -> None:
    put(empty, DIGITS[3])
    empty.click("#tab-kept")
    expect(empty.locator("#nothing")).to_have_text("Nothing kept yet. Draw something and press Keep.")
    assert list(folder.iterdir()) == []


def test_a_drawing_is_kept_once_and_undone(empty: Page, keeper: Server) -> None:
    expect(empty.locator("#keep")).to_have_attribute("aria-disabled", "true")
    put(empty, DIGITS[4])
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text("Kept.")
    expect(empty.locator("#keep")).to_have_text("Kept")
    assert kept(keeper) == ["4"]
    empty.locator("#notice button").click()
    expect(empty.locator("#notice")).to_have_text("Not kept.")
    expect(empty.locator("#keep")).to_have_text("Keep")
    assert kept(keeper) == []
    empty.click("#keep")
    expect(empty.locator("#notice")).to_contain_text("Kept.")
    expect(empty.locator("#keep")).to_have_text("Kept")
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text("Kept already.")
    put(empty, [[[70, 20], [90, 20], [70, 80], [90, 80]]])
    expect(empty.locator("#keep")).to_have_text("Keep")
    empty.keyboard.press("Control+z")
    expect(empty.locator("#keep")).to_have_text("Kept")
    is_kept(empty, len(DIGITS[4]))
    empty.reload()
    empty.wait_for_function("() => document.querySelector('#page').dataset.drawn === 'yes'")
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_have_text("Kept already.")
    assert kept(keeper) == ["4"]


def test_what_was_corrected_on_the_sheet_is_kept_corrected(empty: Page, keeper: Server) -> None:
    put(empty, DIGITS[4])
    empty.keyboard.press("9")
    empty.keyboard.press("k")
    expect(empty.locator("#keep")).to_have_text("Kept")
    [one] = shelf.ask(keeper, "")["drawings"]
    assert (one["text"], one["correct"]) == ("4", "9")


def test_an_answer_that_was_lost_does_not_keep_twice(empty: Page, keeper: Server) -> None:
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    empty.route("**/api/kept", lose)
    put(empty, DIGITS[4])
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text("Not kept. The server cannot be reached. Nothing is lost;")
    empty.get_by_role("button", name="Try again").click()
    expect(empty.locator("#keep")).to_have_text("Kept")
    assert lost == [201]
    assert kept(keeper) == ["4"]


def test_a_picture_is_kept_with_its_corrections(empty: Page, keeper: Server, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(encoded(written("4071")))
    empty.click("#tab-picture")
    expect(empty.locator("#keep-picture")).to_have_attribute("aria-disabled", "true")
    empty.set_input_files("#file", path)
    empty.wait_for_selector("#found li")
    empty.keyboard.press("k")
    expect(empty.locator("#keep-picture")).to_have_text("Kept")
    empty.locator("#boxes button").nth(3).click()
    empty.keyboard.press("7")
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_have_text("Kept.")
    [one] = shelf.ask(keeper, "")["drawings"]
    assert (one["kind"], one["title"], one["text"], one["correct"]) == ("picture", "meter", "4071", "4077")


# --- the gallery ----------------------------------------------------------------------------------------------------


def test_the_gallery_shows_the_newest_first_and_they_are_selected_by_keys_mouse_and_finger(six: Page) -> None:
    assert numbers(six) == ["7", "42", "7", "3", "19", "8"]
    first = six.locator(OPTIONS).first
    expect(first).to_contain_text("%")
    expect(first).to_contain_text("Nov 15")
    six.wait_for_function("() => document.querySelector('[role=option] img').naturalWidth > 0")  # it comes by itself
    expect(first).to_have_attribute("aria-setsize", "6")
    expect(first).to_have_attribute("aria-posinset", "1")
    assert selected(six) == ["7"]
    assert shown(six) == "7"
    expect(six.locator("#redrawn path")).to_have_count(1)
    expect(six.locator("#made")).to_contain_text("Nov 15, 2026")
    expect(six.locator("#by")).to_have_text("")  # nobody needs to know that of western digits
    keys_walk_and_select(six)
    the_mouse_selects_as_everywhere_and_a_finger_with_select(six)


def keys_walk_and_select(six: Page) -> None:
    six.locator("#gallery").focus()
    for key, wanted in (
        ("ArrowRight", ["42"]), ("End", ["8"]), ("ArrowRight", ["8"]), ("Home", ["7"]), ("ArrowLeft", ["7"]),
        ("Shift+ArrowRight", ["7", "42"]), ("Shift+ArrowRight", ["7", "42", "7"]), ("Shift+ArrowLeft", ["7", "42"]),
        ("Control+ArrowRight", ["7", "42"]), ("Space", ["7", "42", "7"]), ("Space", ["7", "42"]),
        ("Control+a", ["7", "42", "7", "3", "19", "8"]), ("Escape", ["7"]),
    ):  # fmt: skip
        six.keyboard.press(key)
        assert selected(six) == wanted, key
    name = six.locator("#gallery").get_attribute("aria-activedescendant")
    expect(six.locator(f"#{name}")).to_have_attribute("aria-selected", "true")


def the_mouse_selects_as_everywhere_and_a_finger_with_select(six: Page) -> None:
    options = six.locator(OPTIONS)
    options.nth(1).click()
    assert selected(six) == ["42"]
    options.nth(3).click(modifiers=["Shift"])
    assert selected(six) == ["42", "7", "3"]
    options.nth(2).click(modifiers=["Control"])
    assert selected(six) == ["42", "3"]
    expect(six.locator("#words")).to_have_text("2 drawings selected")
    six.click("#select")
    options.nth(5).click()
    options.nth(1).click()
    assert selected(six) == ["3", "8"]
    six.click("#select")
    options.nth(0).click()
    assert selected(six) == ["7"]


def test_the_search_finds_by_digit_text_sureness_day_tag_and_faults(six: Page, keeper: Server) -> None:
    def found(count: int) -> None:
        expect(six.locator("#count")).to_have_text(f"{count} found")
        expect(six.locator(OPTIONS)).to_have_count(count)

    six.get_by_role("button", name="4", exact=True).click()
    found(1)
    six.get_by_role("button", name="4", exact=True).click()
    expect(six.locator("#count")).to_have_text("6 drawings")
    six.locator("#gallery").focus()
    six.keyboard.press("/")
    six.keyboard.type("9")
    found(1)
    six.fill("#seek", "nothing like it")
    found(0)
    expect(six.locator("#nothing")).to_have_text("Nothing kept is like this. Clear a filter.")
    six.fill("#seek", "")
    six.click("#filter")
    six.fill("#f-since", "2026-11-12")
    six.fill("#f-until", "2026-11-13")
    six.keyboard.press("Tab")
    found(2)
    expect(six.locator("#filter")).to_have_attribute("aria-label", "More filters, 2 set")
    six.click("#all")
    six.fill("#f-tag", "slips")
    six.keyboard.press("Enter")
    found(1)
    six.click("#all")
    six.fill("#f-most", "1")
    six.keyboard.press("Tab")
    found(0)
    six.click("#all")
    shelf.ask(keeper, f"/{shelf.ask(keeper, '')['drawings'][0]['id']}", {"correct": [1]}, "PATCH")
    six.check("#f-wrong")
    found(1)
    six.keyboard.press("Escape")
    expect(six.locator("#filters")).to_be_hidden()


# Scrolls back by 40 steps: how many drawings each step, of less than a row, puts on the page. What the jump before put
# there is waited for: until three frames bring nothing, and the lowest drawing reaches the lower edge.
MADE = """async () => {
  const gallery = document.querySelector('#gallery');
  const space = document.querySelector('#space');
  const all = [0];
  const end = (one) => one.getBoundingClientRect().bottom;
  const full = () => [...space.children].some((one) => end(one) >= end(gallery));
  const count = (records) => { for (const { addedNodes } of records) all[all.length - 1] += addedNodes.length; };
  new MutationObserver(count).observe(space, { childList: true });
  for (let quiet = 0; quiet < 3; quiet = all[0] || !full() ? 0 : quiet + 1) {
    all[0] = 0;
    await new Promise(requestAnimationFrame);
  }
  while (all.length < 40) {
    all.push(0);
    gallery.scrollTop -= 60;
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame); // the page has painted in the one before, or in this one
  }
  return all;
}"""


def test_only_what_is_near_the_view_is_on_the_page(empty: Page, keeper: Server, folder: Path) -> None:
    first = shelf.keep(keeper, "7")
    many(folder / "store.sqlite", first["id"], 3_000)
    empty.click("#tab-kept")
    expect(empty.locator("#count")).to_have_text("3,001 drawings")
    for _ in range(12):
        empty.evaluate("() => { const g = document.querySelector('#gallery'); g.scrollTop = g.scrollHeight; }")
        empty.wait_for_function("() => { const g = document.querySelector('#gallery'); "
                                "return g.scrollHeight - g.scrollTop - g.clientHeight > 100; }")  # fmt: skip
    assert empty.locator(OPTIONS).count() < 80
    assert int(empty.locator(OPTIONS).last.get_attribute("aria-posinset") or 0) > 400
    made: list[int] = empty.evaluate(MADE)
    assert 0 < max(made) <= 20  # of each step: a row or two, not all that is near the view
    assert empty.locator(OPTIONS).count() < 80


def many(path: Path, like: int, count: int) -> None:
    """Copies a kept drawing in the database itself: keeping so many by HTTP would take minutes."""
    with sqlite3.connect(path) as base:

        def names(table: str, *without: str) -> str:
            found = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
            return ", ".join(name for name in found if name not in without)

        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
        rest = names("drawings", "id", "key")
        base.execute(f"INSERT INTO drawings (id, key, {rest}) {numbers} "
                     f"SELECT {like} + i, printf('%032x', i), {rest} FROM drawings, n WHERE id = {like}")  # fmt: skip
        for table, extra in (("contents", ()), ("digits", ("id",))):
            rest = names(table, "drawing_id", *extra)
            base.execute(f"INSERT INTO {table} (drawing_id, {rest}) {numbers} "
                         f"SELECT {like} + i, {rest} FROM {table}, n WHERE drawing_id = {like}")  # fmt: skip
    base.close()


# --- changing -------------------------------------------------------------------------------------------------------


def test_rename_tag_and_correct_are_kept_and_undone(six: Page, keeper: Server) -> None:
    six.locator(OPTIONS).nth(3).click()
    six.keyboard.press("F2")
    six.keyboard.type("Anna's three")
    six.keyboard.press("Enter")
    expect(six.locator(OPTIONS).nth(3)).to_contain_text("Anna's three")
    six.fill("#tag", "forms")
    six.keyboard.press("Enter")
    expect(six.locator("#tags li")).to_have_text(["forms"])
    six.locator("#gallery").focus()
    six.keyboard.press("8")
    expect(six.locator("#words")).to_have_text("Corrected; it was read as 3")
    assert shown(six) == "8"
    one = shelf.ask(keeper, "?wrong=true")["drawings"][0]
    assert (one["title"], one["tags"], one["correct"]) == ("Anna's three", ["forms"], "8")
    for state in (("Anna's three", ["forms"], None), ("Anna's three", [], None), ("", [], None)):
        six.keyboard.press("Control+z")
        expect(six.locator("#notice")).to_have_text("Undone.")
        six.evaluate("() => { document.querySelector('#notice').textContent = ''; }")
        found = shelf.ask(keeper, f"/{one['id']}")
        assert (found["title"], found["tags"], found["correct"]) == state


def test_a_finger_corrects_the_digit_that_is_marked(six: Page, keeper: Server) -> None:
    six.locator(OPTIONS).nth(1).click()
    six.locator("#digit button").nth(1).click()
    six.click("#correct")
    six.locator("#labels button").last.click()
    expect(six.locator(OPTIONS).nth(1)).to_contain_text("4?")
    six.keyboard.press("2")
    expect(six.locator(OPTIONS).nth(1)).to_contain_text("42")
    six.keyboard.press("x")
    expect(six.locator(OPTIONS).nth(1)).to_contain_text("4?")
    assert shelf.ask(keeper, "?wrong=true")["drawings"][0]["digits"][1]["correct"] == 10


def test_several_are_tagged_deleted_and_brought_back_at_once(six: Page, keeper: Server) -> None:
    six.locator(OPTIONS).nth(1).click()
    six.locator(OPTIONS).nth(3).click(modifiers=["Shift"])
    six.fill("#tag", "class 3b")
    six.keyboard.press("Enter")
    expect(six.locator("#tags li")).to_have_text(["class 3b"])
    assert [one["tags"] for one in shelf.ask(keeper, "?tag=class+3b")["drawings"]] == [
        ["class 3b", "slips"], ["class 3b"], ["class 3b"],
    ]  # fmt: skip
    six.locator("#gallery").focus()
    six.keyboard.press("Delete")
    expect(six.locator("#notice")).to_contain_text("3 deleted.")
    assert numbers(six) == ["7", "19", "8"]
    assert selected(six) == ["19"]
    assert kept(keeper) == ["7", "19", "8"]
    six.locator("#notice").get_by_role("button", name="Undo").click()
    expect(six.locator(OPTIONS)).to_have_count(6)
    assert numbers(six) == ["7", "42", "7", "3", "19", "8"]
    assert selected(six) == ["42", "7", "3"]
    six.click("#delete")
    expect(six.locator(OPTIONS)).to_have_count(3)
    six.keyboard.press("Control+z")
    expect(six.locator(OPTIONS)).to_have_count(6)
    assert kept(keeper) == ["7", "42", "7", "3", "19", "8"]


def test_a_drawing_is_opened_on_the_sheet_and_undo_brings_back_the_one_before(six: Page) -> None:
    six.click("#tab-draw")
    put(six, DIGITS[5])
    six.click("#tab-kept")
    six.locator("#gallery").focus()
    six.keyboard.press("End")
    six.keyboard.press("Enter")
    expect(six.locator("#page")).to_have_attribute("data-tab", "draw")
    six.wait_for_function(SETTLED)
    assert shown(six) == "8"
    expect(six.locator("#keep")).to_have_text("Kept")
    six.keyboard.press("Control+z")
    six.wait_for_function(SETTLED)
    assert shown(six) == "5"


def test_a_change_in_one_tab_shows_in_the_other(six: Page, keeper: Server) -> None:
    other = six.context.new_page()
    other.goto(keeper.address)
    other.click("#tab-kept")
    other.wait_for_selector(OPTIONS)
    other.keyboard.press("Delete")
    expect(other.locator(OPTIONS)).to_have_count(5)
    six.bring_to_front()
    expect(six.locator("#count")).to_have_text("5 drawings")
    assert numbers(six) == ["42", "7", "3", "19", "8"]
    shelf.keep(keeper, "6", 9)
    six.evaluate("() => dispatchEvent(new Event('focus'))")
    expect(six.locator(OPTIONS).first).to_contain_text("6")
    other.close()
