"""The picture tab in Chromium: by file, drop and paste, boxes, corrections, copying."""

from __future__ import annotations

import base64
import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from drawn import DIGITS, encoded, written
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, Server, contrast, fits, opened, put, shown, until

READ = "() => document.querySelector('#page').dataset.state !== 'thinking'"


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.png"
    path.write_bytes(encoded(written("4071", "268")))
    return path


@pytest.fixture
def tab(page: Page) -> Page:
    page.click("#tab-picture")
    return page


def show(tab: Page, path: Path) -> None:
    tab.set_input_files("#file", path)
    tab.wait_for_selector("#found li")


def test_a_file_is_shown_with_a_box_around_each_digit(tab: Page, sheet_file: Path) -> None:
    show(tab, sheet_file)
    assert [text.split("\n")[0] for text in tab.locator("#found li").all_inner_texts()] == ["4071", "268"]
    assert tab.locator("#boxes button").count() == 7
    first, picture = (tab.locator(name).first.bounding_box() for name in ("#boxes button", "#photo"))
    assert first is not None
    assert picture is not None
    scale = picture["width"] / 900
    assert (first["x"] - picture["x"]) / scale == pytest.approx(60, abs=10)
    assert first["width"] / scale == pytest.approx(66, abs=20)


@pytest.mark.parametrize(("doubted", "first"), [([], "4071"), ([0], "268"), ([0, 1], "4071")])
def test_the_first_number_that_is_likely_is_shown_first(
    tab: Page, sheet_file: Path, doubted: list[int], first: str
) -> None:
    def doubting(route: Route) -> None:
        answer = route.fetch()
        page = answer.json()
        for at in doubted:
            page["numbers"][at]["confidence"] = 0.23
        route.fulfill(response=answer, json=page)

    tab.route("**/api/read*", doubting)
    show(tab, sheet_file)
    expect(tab.locator("#boxes button.chosen")).to_have_count(1)
    assert shown(tab).replace("\n", "") == first


def test_a_box_shows_its_digit_and_keys_correct_it(tab: Page, sheet_file: Path) -> None:
    show(tab, sheet_file)
    tab.locator("#boxes button").nth(2).click()
    expect(tab.locator("#bars li.best")).to_have_text("7")
    expect(tab.locator("#boxes button.chosen")).to_have_count(1)
    tab.keyboard.press("1")
    assert shown(tab).replace("\n", "") == "4011"
    expect(tab.locator("#found li").first).to_contain_text("corrected")
    tab.locator("#bars li").nth(9).click()
    assert shown(tab).replace("\n", "") == "4091"
    tab.keyboard.press("x")
    assert shown(tab).replace("\n", "") == "40?1"


def test_numbers_are_copied_one_a_line(browser: Browser, server: Server, sheet_file: Path) -> None:
    page = opened(browser, server, permissions=["clipboard-read", "clipboard-write"])
    page.click("#tab-picture")
    show(page, sheet_file)
    page.click("#copy")
    expect(page.locator("#notice")).to_have_text("Copied.")
    assert page.evaluate("() => navigator.clipboard.readText()") == "4071\n268"
    page.context.close()


HANDED = """([kind, data]) => {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], 'sheet.png', { type: 'image/png' }));
  const event = kind === 'drop'
    ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
    : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


def test_a_picture_may_be_dropped_or_pasted_from_either_tab(page: Page, sheet_file: Path) -> None:
    data = base64.b64encode(sheet_file.read_bytes()).decode()
    for tab, event in itertools.product(("draw", "picture"), ("drop", "paste")):
        page.click(f"#tab-{tab}")
        page.evaluate(HANDED, [event, data])
        expect(page.locator("#boxes button"), f"{event} on {tab}").to_have_count(7)
        assert page.locator("#found li").count() == 2
        assert page.get_attribute("#tab-picture", "aria-selected") == "true"
        page.click("#discard")
        expect(page.locator("#boxes button")).to_have_count(0)


# Drags something over the page: style and width of the line around the sheet, and the place of what is in it.
DRAGGED = """([kind, files, within]) => {
  const transfer = new DataTransfer();
  if (files) transfer.items.add(new File(['7'], 'seven.png', { type: 'image/png' }));
  else transfer.setData('text/plain', '7');
  const relatedTarget = within ? document.body : null;
  const about = { dataTransfer: transfer, bubbles: true, cancelable: true, relatedTarget };
  for (const name of kind.split(' ')) document.querySelector('#page').dispatchEvent(new DragEvent(name, about));
  const sheet = [...document.querySelectorAll('.sheet')].find((one) => one.getClientRects().length);
  const { outlineStyle, outlineWidth } = getComputedStyle(sheet);
  const inner = (sheet.firstElementChild ?? sheet).getBoundingClientRect();
  return [outlineStyle, outlineWidth, [inner.left, inner.top, inner.width, inner.height]];
}"""


@pytest.mark.parametrize("tab", ["draw", "picture", "kept"])
def test_a_sign_shows_while_a_file_is_dragged_over_the_page(page: Page, tab: str) -> None:
    page.click(f"#tab-{tab}")
    page.wait_for_function("() => !document.querySelector('#page').dataset.coming")
    page.evaluate("() => document.activeElement.blur()")
    style, _, place = page.evaluate(DRAGGED, ["dragenter dragover", False, False])  # a text is no picture
    assert style == "none"
    over = ["dashed", "2px", place]  # which moves nothing
    assert page.evaluate(DRAGGED, ["dragenter dragover", True, False]) == over
    assert page.evaluate(DRAGGED, ["dragleave", True, True]) == over  # from one part of the page to another
    assert page.evaluate(DRAGGED, ["dragleave", True, False])[::2] == ["none", place]
    assert page.evaluate(DRAGGED, ["dragenter dragover", True, False]) == over
    assert page.evaluate(DRAGGED, ["drop", True, False])[0] == "none"


def test_what_is_no_picture_is_said_to_be_none(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("not a picture")
    tab.set_input_files("#file", path)
    expect(tab.locator("#notice")).to_contain_text("This picture cannot be read")
    assert tab.locator("#boxes button").count() == 0


def test_a_picture_without_numbers_says_so(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    path.write_bytes(encoded(np.full((300, 300), 250, np.uint8)))
    tab.set_input_files("#file", path)
    expect(tab.locator("#words")).to_have_text("No number was found")


def test_clear_puts_the_picture_away_and_the_drawing_is_still_there(page: Page, sheet_file: Path) -> None:
    put(page, DIGITS[2])
    page.click("#tab-picture")
    show(page, sheet_file)
    page.click("#discard")
    assert page.locator("#found li").count() == 0
    page.click("#tab-draw")
    expect(page.locator("#digit")).to_have_text("2")


def test_a_late_answer_to_an_older_picture_is_dropped(tab: Page, sheet_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encoded(written("35")))
    held: list[Route] = []
    tab.route("**/api/read*", lambda route: held.append(route), times=1)
    tab.set_input_files("#file", sheet_file)
    until(tab, lambda: len(held) == 1, "the first picture is being read")
    show(tab, other)
    with tab.expect_response("**/api/read*") as answer:
        held[0].continue_()
    answer.value.finished()
    tab.evaluate("async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame); }")
    assert [text.split("\n")[0] for text in tab.locator("#found li").all_inner_texts()] == ["35"]


def test_nothing_scrolls_and_tools_can_be_touched(tab: Page, sheet_file: Path, pictures: Path) -> None:
    show(tab, sheet_file)
    for size, scheme in itertools.product((WIDE, LEAST, PHONE, SMALL_PHONE), ("light", "dark")):
        tab.set_viewport_size(size)  # type: ignore[arg-type]
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert fits(tab), (size, scheme)
        if (scheme, size) in (("light", WIDE), ("dark", PHONE)):  # for docs/drawing.md
            tab.screenshot(
                path=pictures / f"picture-{scheme}-{size['width']}x{size['height']}.png", animations="disabled"
            )


def test_tabs_are_walked_with_the_arrow_keys(page: Page) -> None:
    page.focus("#tab-draw")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-picture")).to_be_focused()
    expect(page.locator("#choose")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#sheet")).to_be_visible()


# The pixels of a row through the left line of a box, [red, green, blue] each, from the paper beside it to the digit.
def line_of(page: Page) -> list[tuple[int, ...]]:
    box = page.locator("#boxes button:not(.chosen)").first.bounding_box()
    assert box is not None
    clip = {"x": box["x"] - 8, "y": box["y"] + box["height"] / 2, "width": 8, "height": 1}
    shot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
    return [shot.getpixel((x, 0)) for x in range(shot.width)]  # type: ignore[misc]


@pytest.mark.parametrize("paper", [245, 10], ids=["white", "black"])
def test_the_line_of_a_box_is_seen_on_white_and_on_black(tab: Page, tmp_path: Path, paper: int) -> None:
    """Its two tones: one of them stands out from any photo."""
    ink = written("4071", "268")
    path = tmp_path / "paper.png"
    path.write_bytes(encoded(ink if paper > 128 else (255 - ink)))
    show(tab, path)
    beside, *line = line_of(tab)
    assert max(contrast(list(beside), list(one)) for one in line) >= 3
