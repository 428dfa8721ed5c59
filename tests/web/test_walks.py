"""A walk through the page as of somebody new to it, in five windows, in two fonts, with a mouse and with a finger.

Each step is tested closely elsewhere; here they are taken one after the other, by real input, wherever the page is
used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from drawn import ODD_HAND, encoded, number, written
from playwright.sync_api import Browser, expect
from sheet import ENGLISH, FONTS, Server, sheet_is_clean, shown
from shelf import OPTIONS
from test_hints import OF_KEYS, SEEN
from walking import WALKED, Walker, lines

FIGURE = re.compile(r"\d+(\.\d+)?\s?%")
FILES = [
    {"name": "sheet.png", "mimeType": "image/png", "buffer": encoded(written("4071", "268", "35"))},
    {"name": "note.png", "mimeType": "image/png", "buffer": encoded(written("90"))},
]


@pytest.fixture(params=[False, True], ids=["mouse", "touch"])
def walker(
    request: pytest.FixtureRequest, browser: Browser, keeper: Server, fonts: list[str], size: str, font: str
) -> Iterator[Walker]:
    assert font in fonts
    found = Walker(browser, keeper, WALKED[size], font, touch=request.param)
    yield found
    found.page.context.close()


def draws_the_first_digit(walker: Walker) -> None:
    """An empty page tells what can be done here, in words for this pointer; a 7 is begun beside the sheet."""
    page = walker.page
    kind = "touch" if walker.touch else "keys"
    tips = [f"{ENGLISH[f'tips.{one}']} {ENGLISH[f'tips.{one}.{kind}']}" for one in ("correct", "keep", "inside")]
    assert lines(page, "#tips") == tips
    expect(page.locator("#hint")).to_have_text(ENGLISH["draw.first"], use_inner_text=True)
    assert page.evaluate(SEEN) == [False, False]
    walker.reached()
    box = page.locator("#sheet").bounding_box()
    assert box is not None
    left, top, side = box["x"], box["y"], box["width"]
    seven = [(0.2, 0.2), (0.5, 0.19), (0.75, 0.18), (0.6, 0.5), (0.5, 0.7), (0.42, 0.92)]
    walker.stroke([(left - 7, top + 0.2 * side), *((left + x * side, top + y * side) for x, y in seven)])
    expect(page.locator("#digit")).to_have_text("7")
    expect(page.locator("#words")).to_have_text(ENGLISH["verdict.sure"])
    expect(page.locator("#percent")).to_have_text(FIGURE)
    assert page.evaluate(SEEN) == [True, True]
    walker.reached()


def corrects_and_takes_it_back(walker: Walker) -> None:
    """A mark that is no digit has no figure; a runner-up corrects it, undo takes that back, and lessons are listed."""
    page, notice = walker.page, walker.page.locator("#notice")
    walker.press("#clear")
    walker.draw(ODD_HAND[8], 0.7, 15, 15)
    expect(page.locator("#words")).to_have_text(ENGLISH["verdict.refused"])
    expect(page.locator("#percent")).to_have_text("")
    chip = page.locator("#others button").first
    assert min(min(one) for one in walker.found("#others button")) >= 44
    other = chip.inner_text()[0]
    walker.press(chip)
    expect(page.locator("#digit")).to_have_text(other)
    expect(page.locator("#words")).to_have_text(ENGLISH["answer.corrected"])
    expect(notice).to_contain_text(ENGLISH["teach.ask"])
    walker.reached()
    walker.press("#notice button")
    expect(notice).to_contain_text(ENGLISH["teach.learned-one"])
    walker.press("#undo")
    expect(notice).to_have_text(ENGLISH["teach.forgotten"])
    assert shown(page) == "?"
    assert not sheet_is_clean(page)
    walker.press(page.locator("#bars button").nth(8))
    expect(page.locator("#digit")).to_have_text("8")
    expect(notice).to_contain_text(ENGLISH["teach.learned-one"])
    walker.press("#more")
    expect(page.locator("#menu")).to_be_visible()
    assert bool(OF_KEYS.search(page.inner_text("#menu"))) != walker.touch
    walker.reached("#menu")
    walker.press("#open-lessons")
    expect(page.locator("#taught li b")).to_have_text(["8"])
    expect(page.locator("#taught li")).to_contain_text("read as not a digit")
    walker.press("#taught li button")
    expect(page.locator("#taught li")).to_have_count(0)
    walker.press("#lessons .close")


def keeps_a_number(walker: Walker) -> None:
    """Each digit of a number is found by a finger; it is kept, and the button says so."""
    page = walker.page
    walker.press("#clear")
    walker.draw(number("407"), 0.3, 5, 30)
    expect(page.locator("#digit button")).to_have_text(["4", "0", "7"])
    assert min(min(one) for one in walker.found("#digit button")) >= 44
    assert all(wide >= 32 and high >= 44 for wide, high in walker.found("#bars button"))
    walker.press(page.locator("#digit button").nth(1))
    expect(page.locator("#bars li.best")).to_have_text("0")
    walker.press("#keep")
    expect(page.locator("#notice")).to_contain_text(ENGLISH["kept.kept"])
    expect(page.locator("#keep")).to_have_text(ENGLISH["kept.done"])
    walker.reached()


def finds_it_kept(walker: Walker) -> None:
    """Without the server that is said, and not that nothing is kept; then it is there, and what goes out is said."""
    page = walker.page
    page.route("**/api/kept?*", lambda route: route.abort("internetdisconnected"))
    walker.go("kept")
    expect(page.locator("#notice")).to_contain_text(ENGLISH["kept.gone"])
    expect(page.locator("#nothing")).to_have_text(ENGLISH["kept.away"])
    expect(page.locator("#count")).to_have_text("")
    page.unroute_all()
    walker.press("#notice button")
    expect(page.locator("#count")).to_have_text("2 drawings")
    walker.press("#export")
    expect(page.locator("#exports")).to_be_visible()
    expect(page.locator("#e-all")).to_be_checked()
    expect(page.locator("#exports label").nth(1)).to_have_text("All (2)")
    walker.reached("#exports")
    walker.shut("#exports")
    walker.press(page.locator(OPTIONS).first)
    expect(page.locator("#one")).to_have_attribute("data-count", "1")
    expect(page.locator("#digit button")).to_have_text(["4", "0", "7"])
    walker.reached()


def reads_pictures(walker: Walker) -> None:
    """Two files stand in a strip and are read; their numbers stand in a table; what is put away comes back."""
    page, found = walker.page, walker.page.locator("#found li")
    walker.go("picture")
    hint = ENGLISH[f"picture.hint.{'touch' if walker.touch else 'keys'}"]
    expect(page.locator(".picture .hint")).to_have_text(hint, use_inner_text=True)
    page.set_input_files("#file", FILES)  # type: ignore[arg-type]
    expect(page.locator("#strip button").last).to_have_attribute("aria-label", "note.png: 1 number")
    expect(found).to_have_text([re.compile(f"{text}.*%") for text in ("4071", "268", "35")])
    walker.press(found.nth(1).locator(".copy"))
    expect(page.locator("#notice")).to_have_text(ENGLISH["picture.copied"])
    assert page.evaluate("() => navigator.clipboard.readText()") == "268"
    walker.reached()
    walker.press(page.locator("#boxes button").nth(2))
    walker.press(page.locator("#bars button").nth(1))
    expect(found.first).to_contain_text("4011")
    for key in ("Escape", "n"):
        if walker.touch:
            walker.press("#discard")
        else:
            page.keyboard.press(key)
        expect(found).to_have_count(0)
        if walker.touch:
            walker.press("#notice button")
        else:
            page.keyboard.press("Control+z")
        expect(found.first).to_contain_text("4011")
    walker.press(page.locator("#strip button").last)
    expect(found).to_have_text([re.compile("90.*%")])


@pytest.mark.parametrize("size", WALKED)
@pytest.mark.parametrize("font", FONTS)
def test_somebody_new_walks_through_the_page(walker: Walker) -> None:
    draws_the_first_digit(walker)
    corrects_and_takes_it_back(walker)
    keeps_a_number(walker)
    finds_it_kept(walker)
    reads_pictures(walker)
    assert walker.noticed() == []
