"""The menu of scripts: what is drawn is read in the one that is chosen, also after a reload; another one is offered."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from drawn import encoded
from playwright.sync_api import Page, expect
from sheet import PHONE, SETTLED, WIDE, draw, shown

from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.ink.strokes import Strokes
from inkdigit.ink.strokes import draw as sketch
from inkdigit.scripts import SCRIPTS

TWO = (("thai", "2548"), ("burmese", "2496"))


def strokes(script: str, text: str) -> list[list[list[float]]]:
    """A number of a script in a square of 100."""
    random = np.random.default_rng(2)
    drawn = script_numbers.as_strokes([script_strokes.written(script, int(one), random) for one in text], random)
    assert drawn.box is not None
    scale = 100 / max(drawn.box[2] - drawn.box[0], drawn.box[3] - drawn.box[1])
    return [((path - np.array(drawn.box[:2])) * scale).tolist() for path in drawn.paths]


def settings_of(page: Page) -> None:
    page.click("#more")
    page.click("#open-settings")
    expect(page.locator("#settings select[name=script] option")).to_have_count(3 + len(SCRIPTS))


def choose(page: Page, script: str) -> None:
    settings_of(page)
    page.select_option("#settings select[name=script]", script)
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()


def test_five_scripts_are_drawn_one_after_the_other(page: Page) -> None:
    for script, text in (("thai", "25"), ("kannada", "48"), ("devanagari", "37"), ("chinese", "56"), ("burmese", "29")):
        choose(page, script)
        page.keyboard.press("n")
        draw(page, strokes(script, text))
        expect(page.locator("#digit")).to_have_attribute("data-written", text)
        native = "".join(SCRIPTS[script].digits[int(one)] for one in text)
        expect(page.locator("#words")).to_contain_text(native)
    choose(page, "western")
    page.keyboard.press("n")
    draw(page, strokes("western", "7"))
    assert shown(page)[0] == "7"


def test_what_is_drawn_already_is_read_anew_in_the_script_that_is_chosen(page: Page) -> None:
    draw(page, strokes("thai", "2548"))
    choose(page, "thai")
    expect(page.locator("#words")).to_contain_text("๒๕๔๘")


def test_the_script_is_remembered(page: Page) -> None:
    choose(page, "thai")
    page.reload()
    page.wait_for_function(SETTLED)
    draw(page, strokes("thai", "25"))
    expect(page.locator("#words")).to_contain_text("๒๕")


def test_the_script_is_found_and_named_with_how_sure_it_is(page: Page) -> None:
    choose(page, "auto")
    draw(page, strokes("thai", "2548"))
    expect(page.locator("#words")).to_have_text(re.compile("๒๕๔๘.*Thai [0-9]+"))


def test_where_two_scripts_share_the_digits_the_runner_up_is_named_too(page: Page) -> None:
    choose(page, "auto")
    draw(page, strokes("arabic-indic", "1789"))
    both = "(Arabic-Indic|Persian) [0-9]+%, (Arabic-Indic|Persian) [0-9]+%"
    expect(page.locator("#words")).to_have_text(re.compile(both))


def test_a_drawing_is_one_number_where_each_number_is_in_its_own_script(page: Page) -> None:
    choose(page, "mixed")
    draw(page, strokes("thai", "2548"))
    expect(page.locator("#words")).to_have_text(re.compile("๒๕๔๘.*Thai [0-9]+"))


def test_of_a_page_in_two_scripts_each_number_is_listed_in_its_own(page: Page, tmp_path: Path) -> None:
    sheets = [255 - np.pad(sketch(Strokes.of(strokes(one, text)), 300, 8), 60) for one, text in TWO]
    wide = max(sheet.shape[1] for sheet in sheets)
    rows = [np.pad(sheet, ((40, 40), (0, wide - sheet.shape[1])), constant_values=255) for sheet in sheets]
    path = tmp_path / "two.png"
    path.write_bytes(encoded(np.vstack(rows)))
    choose(page, "mixed")
    page.click("#tab-picture")
    page.set_input_files("#file", path)
    expect(page.locator("#found li")).to_have_count(2)
    native = ["".join(SCRIPTS[script].digits[int(one)] for one in text) for script, text in TWO]
    expect(page.locator("#found small")).to_have_text(native)


def test_what_is_no_western_number_is_offered_in_the_script_that_it_looks_like(page: Page) -> None:
    draw(page, strokes("thai", "5"))
    offer = page.locator("#notice .offer")
    expect(offer).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("This looks like Thai")
    offer.click()
    expect(page.locator("#words")).to_contain_text("๕")
    expect(page.locator("#digit")).to_have_attribute("data-written", "5")


def test_a_chart_shows_how_the_ten_digits_are_written(page: Page) -> None:
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        settings_of(page)
        page.select_option("#settings select[name=script]", "burmese")
        expect(page.locator("#chart li")).to_have_count(10)
        expect(page.locator("#chart svg path").first).to_be_visible()
        assert page.locator("#chart").inner_text().split() == list("0123456789")
        page.select_option("#settings select[name=script]", "")
        expect(page.locator("#chart li")).to_have_count(0)
        page.keyboard.press("Escape")


def test_the_names_of_the_scripts_follow_the_language(page: Page) -> None:
    settings_of(page)
    page.select_option("#settings select[name=language]", "de")
    expect(page.locator("#settings option[value=chinese]")).to_contain_text("Chinesisch")
