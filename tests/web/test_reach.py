"""Nothing lies over what is to be pressed, whatever font the machine has and however high its figures are."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from drawn import number
from here import missing
from playwright.sync_api import Page, expect
from sheet import LEAST, PHONE, SMALL_PHONE, WIDE, fits, put, shown

UPRIGHT = {"width": 768, "height": 1024}
FONTS = {"DejaVu Sans": "fonts-dejavu-core", "Noto Sans": "fonts-noto-core"}  # and the package of Debian with each
NUMBERS = {"4": 0.7, "407": 0.3, "40726803": 0.12}  # and how large their digits are drawn

# What is at the middle of each control, and near its corners and edges, where that is something else.
COVERED = """() => {
  const spots = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9], [0.5, 0.04], [0.5, 0.96]];
  const controls = [...document.querySelectorAll('button, select, #sheet, #bars li')].filter((one) =>
    one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length);
  return [controls.length, controls.flatMap((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return spots.flatMap(([x, y]) => {
      const found = document.elementFromPoint(left + x * width, top + y * height);
      return one.contains(found) ? [] : [[one.id || one.textContent, x, y, found && `${found.tagName} ${found.id}`]];
    });
  })];
}"""
# Width and height of the first large figure, and its width in a font and in the one that stands in for it, in ems.
FIGURE = """(font) => {
  const place = document.querySelector('#digit').firstChild;
  const range = document.createRange();
  range.setEnd(place.firstChild ?? place, 1);
  range.setStart(place.firstChild ?? place, 0);
  const { width, height } = range.getBoundingClientRect();
  const size = parseFloat(getComputedStyle(document.querySelector('#digit')).fontSize);
  const paint = document.createElement('canvas').getContext('2d');
  const wide = (family) => { paint.font = `300 100px ${family}`; return paint.measureText('4').width / 100; };
  return [width / size, height / size, wide(`"${font}", monospace`), wide('monospace')];
}"""


@pytest.fixture(scope="session")
def fonts() -> list[str]:
    """Two fonts of unlike heights."""
    for font, package in FONTS.items():
        if not shutil.which("fc-list") or not subprocess.run(["fc-list", font], capture_output=True).stdout:
            missing(f"The font {font}", f"Install it, on Debian: apt-get install {package}.")
    return list(FONTS)


def set_in(page: Page, font: str) -> None:
    """Sets the page in a font, and makes sure of it."""
    page.evaluate("(font) => { document.body.style.fontFamily = `'${font}', monospace`; }", font)
    width, height, wanted, other = page.evaluate(FIGURE, font)
    assert width == pytest.approx(wanted, abs=0.01)
    assert abs(wanted - other) > 0.02  # not what stands in for it
    assert height > 1.1  # than its line, 0.725


def write(page: Page, text: str) -> None:
    page.keyboard.press("n")
    put(page, number(text), NUMBERS[text], 5, 30)
    assert shown(page).replace("\n", "") == text


def test_no_figure_lies_over_a_control(page: Page, fonts: list[str]) -> None:
    for text in NUMBERS:
        write(page, text)
        for font in fonts:
            for size in (WIDE, LEAST, UPRIGHT, PHONE, SMALL_PHONE):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                set_in(page, font)
                count, covered = page.evaluate(COVERED)
                assert count >= 20, count
                assert covered == [], (text, font, size)
                assert fits(page), (text, font, size)


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
