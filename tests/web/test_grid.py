"""The pixel grid in Chromium: a digit without a pointer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from drawn import DIGITS
from playwright.sync_api import Page, Route, expect
from sheet import ENGLISH, LEAST, PHONE, SETTLED, WIDE, put, shown

INK = "() => [...document.querySelectorAll('#grid [role=gridcell]')].map(c => Number(c.hasAttribute('data-ink')))"
FOCUS = "() => [...document.querySelectorAll('#grid [role=gridcell]')].indexOf(document.activeElement)"


def open_grid(page: Page) -> None:
    page.keyboard.press("g")
    page.wait_for_selector("#grid")
    page.wait_for_function(SETTLED)


def ink(page: Page) -> set[tuple[int, int]]:
    """(row, column) of the cells with ink, from 0."""
    return {(at // 28, at % 28) for at, one in enumerate(page.evaluate(INK)) if one}


def focus(page: Page) -> tuple[int, int]:
    at: int = page.evaluate(FOCUS)
    return at // 28, at % 28


def press(page: Page, keys: Sequence[str]) -> None:
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(SETTLED)


def test_a_seven_is_written_with_the_keyboard_alone(page: Page) -> None:
    open_grid(page)
    press(page, ["Control+Home", *["ArrowRight"] * 8, *["ArrowDown"] * 5])
    press(page, ["Shift+ArrowRight"] * 12)
    for _ in range(8):
        press(page, ["Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowLeft"])
    assert shown(page) == "7"
    expect(page.locator("#status")).to_contain_text("7, ")


def test_arrow_keys_move_and_stop_at_the_edge(page: Page) -> None:
    open_grid(page)
    assert focus(page) == (14, 14)
    press(page, ["ArrowUp", "ArrowLeft"])
    assert focus(page) == (13, 13)
    for key, place in {
        "Home": (13, 0), "ArrowLeft": (13, 0), "End": (13, 27), "ArrowRight": (13, 27), "PageUp": (6, 27),
        "PageDown": (13, 27), "Control+Home": (0, 0), "ArrowUp": (0, 0), "PageUp ": (0, 0), "Control+End": (27, 27),
        "ArrowDown": (27, 27),
    }.items():  # fmt: skip
        press(page, [key.strip()])
        assert focus(page) == place, key
    assert ink(page) == set(), "moving leaves no ink"


def test_space_and_enter_set_and_take_ink(page: Page) -> None:
    open_grid(page)
    press(page, ["Space"])
    assert ink(page) == {(14, 14)}
    press(page, ["Enter"])
    assert ink(page) == set()


def test_shift_paints_where_it_was_and_where_it_comes_to(page: Page) -> None:
    open_grid(page)
    press(page, ["Shift+ArrowRight", "Shift+ArrowDown"])
    assert ink(page) == {(14, 14), (14, 15), (15, 15)}


def test_delete_clears_all_and_undo_brings_it_back(page: Page) -> None:
    open_grid(page)
    press(page, ["Shift+ArrowRight", "Shift+ArrowDown"])
    before = ink(page)
    press(page, ["Delete"])
    assert ink(page) == set()
    assert shown(page) == ""
    press(page, ["Control+z"])
    assert ink(page) == before
    press(page, ["Control+z", "Control+z", "Control+z", "Control+z"])
    assert ink(page) == set()
    press(page, ["Control+y", "Control+Shift+z"])
    assert ink(page) == before


def test_one_cell_is_in_the_way_of_tab(page: Page) -> None:
    open_grid(page)
    assert page.locator("#grid [role=gridcell][tabindex='0']").count() == 1
    press(page, ["ArrowUp", "Tab"])
    assert focus(page) == (-1, 27), "outside"
    press(page, ["Shift+Tab"])
    assert focus(page) == (13, 14)


def test_place_and_state_of_a_cell_are_spoken(page: Page) -> None:
    open_grid(page)
    cell = page.locator("#grid [role=gridcell]:focus")
    expect(cell).to_have_attribute("aria-label", "Row 15, column 15, paper")
    press(page, ["Space"])
    expect(cell).to_have_attribute("aria-label", "Row 15, column 15, ink")
    expect(page.locator(".pixels [role=status]")).to_have_text("Row 15, column 15, ink")
    expect(page.get_by_role("grid")).to_have_attribute("aria-label", ENGLISH["pixels.grid"])
    assert page.get_by_role("row").count() == 28
    assert page.get_by_role("gridcell").count() == 784


def test_it_begins_with_what_the_network_sees_of_the_drawing(page: Page) -> None:
    put(page, DIGITS[3], 0.2, 70, 70)  # small, in a corner
    open_grid(page)
    cells = ink(page)
    assert 60 < len(cells) < 140
    assert max(row for row, _ in cells) - min(row for row, _ in cells) in (18, 19)
    assert shown(page) == "3"
    press(page, ["Delete"])
    page.get_by_role("button", name="Drawing").click()
    page.wait_for_function(SETTLED)
    assert ink(page) == cells


def test_back_at_the_sheet_the_drawing_is_as_it_was(page: Page) -> None:
    put(page, DIGITS[3])
    open_grid(page)
    press(page, ["Delete"])
    assert shown(page) == ""
    press(page, ["Escape"])
    expect(page.locator("#sheet")).to_be_focused()
    expect(page.locator("#digit")).to_have_text("3")
    open_grid(page)
    assert ink(page) == set(), "and so is the grid"
    page.click("#tab-draw")
    page.wait_for_function(SETTLED)
    assert shown(page) == "3"
    expect(page.locator("#grid")).to_be_hidden()


def test_a_pointer_paints_and_takes_away(page: Page) -> None:
    open_grid(page)
    box = page.locator("#grid").bounding_box()
    assert box is not None
    side = box["width"] / 28

    def drag(columns: tuple[int, int]) -> None:
        """Along row 5, from one column to another."""
        page.mouse.move(box["x"] + (columns[0] + 0.5) * side, box["y"] + 5.5 * side)
        page.mouse.down()
        page.mouse.move(box["x"] + (columns[1] + 0.5) * side, box["y"] + 5.5 * side)
        page.mouse.up()
        page.wait_for_function(SETTLED)

    drag((3, 9))
    assert ink(page) == {(5, column) for column in range(3, 10)}
    drag((9, 8))
    assert ink(page) == {(5, column) for column in range(3, 8)}
    press(page, ["Control+z"])
    assert ink(page) == {(5, column) for column in range(3, 10)}, "a drag is one step back"


def test_letters_in_the_grid_do_not_touch_the_sheet(page: Page) -> None:
    put(page, DIGITS[3])
    open_grid(page)
    press(page, ["n", "e", "Escape"])
    expect(page.locator("#digit")).to_have_text("3")
    expect(page.locator("[data-pen=medium]")).to_have_attribute("aria-checked", "true")


def test_the_look_inside_follows_the_grid(page: Page) -> None:
    put(page, DIGITS[3])
    open_grid(page)
    page.click("#look")
    expect(page.locator(".inside .what")).to_contain_text("3")
    expect(page.locator(".steps figcaption")).to_have_text(["Weight centred"])


def test_a_server_that_is_gone_loses_no_pixel(page: Page) -> None:
    open_grid(page)
    gone = [True]

    def answer(route: Route) -> None:
        """Nothing while it is gone."""
        route.abort() if gone[0] else route.continue_()

    page.route("**/api/glyph", answer)
    press(page, ["Shift+ArrowDown"] * 9)
    expect(page.locator("#notice")).to_contain_text("Your pixels are safe")
    gone[0] = False
    expect(page.locator("#notice")).to_have_text("")
    assert shown(page) == "1"
    assert len(ink(page)) == 10


WHERE = """() => ['bars', 'digit', 'words', 'glyph'].map((id) => {
  const { left, top } = document.getElementById(id).getBoundingClientRect();
  return [left, top];
})"""
INSIDE = """() => { const e = document.documentElement;
  return [e.scrollWidth <= innerWidth, e.scrollHeight <= innerHeight]; }"""
SMALL = """() => [...document.querySelectorAll('.tools.pixels button')].map((one) => one.getBoundingClientRect())
  .filter((r) => r.width < 44 || r.height < 44 || r.bottom > innerHeight).length"""


def test_the_grid_fills_the_sheet_and_nothing_scrolls(page: Page) -> None:
    put(page, DIGITS[3])
    sizes, before = (WIDE, LEAST, PHONE), []
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        before.append((page.evaluate(WHERE), page.locator("#sheet").bounding_box()))
    open_grid(page)
    for size, (where, sheet) in zip(sizes, before, strict=True):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            case = (size, scheme)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate(WHERE) == where, case
            assert sheet is not None
            assert page.locator("#grid").bounding_box() == pytest.approx(sheet, abs=1), case
            assert page.evaluate(INSIDE) == [True, True], case
            assert page.evaluate(SMALL) == 0, case
