"""A finger or a mouse finds what it points at, wherever within it, at every size and in two fonts."""

from __future__ import annotations

import pytest
from drawn import ODD_HAND, encoded, written
from playwright.sync_api import Page, expect
from sheet import SIZES, put, resize, set_in, write

# How far around the middle of each a finger finds it: [across, down], in pixels.
WIDTHS = """(name) => [...document.querySelectorAll(name)].map((one) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  const [across, down] = [left + width / 2, top + height / 2];
  const far = (x, y) => {
    let step = 0;
    while (one.contains(document.elementFromPoint(across + x * step, down + y * step))) step++;
    return step;
  };
  return [far(1, 0) + far(-1, 0) - 1, far(0, 1) + far(0, -1) - 1];
})"""


@pytest.mark.parametrize("text", ["407", "407268", "40726803"])
def test_a_finger_finds_each_digit_of_a_number(page: Page, fonts: list[str], text: str) -> None:
    write(page, text)
    for size in SIZES:
        resize(page, size)
        for font in fonts:
            set_in(page, font)
            found = page.evaluate(WIDTHS, "#digit button")
            assert len(found) == len(text)
            assert min(high for _, high in found) >= 44, (size, font, found)
            if len(text) <= 6:
                assert min(wide for wide, _ in found) >= 44, (size, font, found)


def test_a_finger_finds_runners_up_bars_and_boxes(page: Page) -> None:
    """A bar is as high as a finger and less wide, where ten share a phone; its runners-up are whole fingers."""
    put(page, ODD_HAND[8])
    expect(page.locator("#others button")).not_to_have_count(0)
    for size in SIZES:
        resize(page, size)
        assert min(min(found) for found in page.evaluate(WIDTHS, "#others button")) >= 44, size
        least = size["width"] // 10 - 1 if size["width"] <= 560 else 26  # of a phone, all of its width
        assert all(wide >= least and high >= 44 for wide, high in page.evaluate(WIDTHS, "#bars button")), size
    page.click("#tab-picture")
    page.wait_for_selector("#choose")
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": encoded(written("4", "", "4"))})
    expect(page.locator("#boxes button")).to_have_count(2)
    for size in SIZES:
        resize(page, size)
        assert min(min(found) for found in page.evaluate(WIDTHS, "#boxes button")) >= 44, size


def test_a_tab_opens_wherever_it_is_pressed(page: Page, fonts: list[str]) -> None:
    write(page, "407")
    for font in fonts:
        set_in(page, font)
        for y in (3, 22, 41):  # of 44
            page.mouse.click(*spot(page, "#tab-picture", y))
            expect(page.locator("#tab-picture")).to_have_attribute("aria-selected", "true")
            page.mouse.click(*spot(page, "#tab-draw", y))
            expect(page.locator("#digit button")).to_have_count(3)


def test_a_figure_is_picked_wherever_it_is_pointed_at(page: Page, fonts: list[str]) -> None:
    write(page, "407")
    for font in fonts:
        set_in(page, font)
        for at in (0, 2, 1):
            box = page.locator("#digit button").nth(at).bounding_box()
            assert box is not None
            for part in (0.05, 0.5, 0.95):
                page.mouse.move(1, 1)
                page.keyboard.press("ArrowLeft")
                page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * part)
                expect(page.locator("#bars li.best")).to_have_text("407"[at])


def spot(page: Page, name: str, y: float) -> tuple[float, float]:
    box = page.locator(name).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + y
