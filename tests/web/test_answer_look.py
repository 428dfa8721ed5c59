"""How the answer looks: bars, words, Keep, doubt, name and icon, brackets, weight, and a tablet's sheet."""

from __future__ import annotations

import pytest
from drawn import DIGITS, ODD_HAND, number
from playwright.sync_api import Page, expect
from sheet import FONT, LEAST, PHONE, SMALL_PHONE, WIDE, WORDS, put, shown

TABLETS = [{"width": w, "height": h} for w, h in ((768, 1024), (800, 1280), (820, 1180), (834, 1112), (1024, 1366))]
LAPTOPS = [{"width": w, "height": h} for w, h in ((1440, 900), (1536, 864), (1920, 1080))]
LYING = [{"width": 844, "height": 390}, {"width": 640, "height": 360}]
SIZES = [WIDE, *LAPTOPS, LEAST, *TABLETS, PHONE, SMALL_PHONE, *LYING]
LANGUAGE = "(language) => import('/static/shared/settings.js').then(({ set }) => set('language', language))"
# [height of the highest bar, whether the words stand on one line with the figure, weight of the large figures]
LOOKS = """() => {
  const range = document.createRange();
  const text = (one) => {
    range.selectNodeContents(document.querySelector(one));
    return range.getBoundingClientRect();
  };
  const [words, figure] = [text('#words'), text('#percent')];
  const isOne = Math.abs(words.top + words.bottom - figure.top - figure.bottom) < 4 && words.height < 30
    && words.right < figure.right;
  const high = [...document.querySelectorAll('.rail')].map((one) => one.getBoundingClientRect().height);
  return [Math.max(...high), isOne, getComputedStyle(document.querySelector('#digit')).fontWeight];
}"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_bars_are_low_words_stand_on_one_line_and_figures_have_the_usual_weight(
    page: Page, fonts: list[str], language: str
) -> None:
    page.evaluate(LANGUAGE, language)
    expect(page.locator("#tab-draw")).to_have_text(WORDS[language]["tabs.draw"])
    put(page, DIGITS[4])
    expect(page.locator("#words")).to_have_text(WORDS[language]["verdict.sure"])
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for font in fonts:
            page.evaluate(FONT, font)
            high, is_one, weight = page.evaluate(LOOKS)
            assert high <= 96, (size, font)
            assert is_one, (size, font)
            assert weight == "400", (size, font)


COLOURS = """(names) => names.map((name) => {
  const { color, backgroundColor, borderTopColor } = getComputedStyle(document.querySelector(name));
  return [color, backgroundColor, borderTopColor];
})"""
AMBER = {"light": "rgb(138, 74, 0)", "dark": "rgb(240, 178, 102)"}


@pytest.mark.parametrize("scheme", AMBER)
def test_keep_is_outlined_and_doubt_is_amber(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    put(page, DIGITS[4])
    [[_, back, border], [colour, *_]] = page.evaluate(COLOURS, ["#keep", "#words"])
    assert back == "rgba(0, 0, 0, 0)"
    assert border not in (back, colour)
    assert colour != AMBER[scheme]
    page.keyboard.press("n")
    put(page, ODD_HAND[8])
    expect(page.locator("#page")).to_have_attribute("data-state", "refused")
    assert {one[0] for one in page.evaluate(COLOURS, ["#words", "#digit"])} == {AMBER[scheme]}
    page.evaluate("() => { document.querySelector('#page').dataset.state = 'unsure'; }")
    assert page.evaluate(COLOURS, ["#words"])[0][0] == AMBER[scheme]


# [icon, name: whether they are seen as a whole], and tabs whose words have too little room.
BRAND = """() => {
  const all = [...document.querySelectorAll('.brand img, .brand span')];
  const { right } = document.querySelector('.brand').getBoundingClientRect();
  const seen = all.map((one) => one.checkVisibility() && one.getBoundingClientRect().right <= right);
  const tabs = [...document.querySelectorAll('.tabs button')];
  return [seen, tabs.filter((one) => one.scrollWidth > one.clientWidth).length];
}"""


def test_icon_and_name_stand_by_the_tabs_where_there_is_room(page: Page, fonts: list[str]) -> None:
    for language in WORDS:
        page.evaluate(LANGUAGE, language)
        expect(page.locator("#tab-draw")).to_have_text(WORDS[language]["tabs.draw"])
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for font in fonts:
                page.evaluate(FONT, font)
                name = size in (WIDE, *LAPTOPS, *TABLETS)
                assert page.evaluate(BRAND) == [[name or size == PHONE, name], 0], (language, size, font)


def test_brackets_are_at_least_24_pixels_wide(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    put(page, number("111", gap=90), 0.1, 5, 30)
    assert shown(page).replace("\n", "") == "111"
    for mark in page.locator("#brackets path").all():
        box = mark.bounding_box()
        assert box is not None
        assert box["width"] >= 24


@pytest.mark.parametrize("size", TABLETS, ids=lambda size: f"{size['width']}x{size['height']}")
def test_a_tablets_sheet_has_the_full_width(page: Page, fonts: list[str], size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    for font in fonts:
        page.evaluate(FONT, font)
        sheet = page.locator("#drawing").bounding_box()
        assert sheet is not None
        assert sheet["width"] == size["width"] - 48, font
        assert page.evaluate("() => document.documentElement.scrollHeight") == size["height"], font


SOCKETS = """(() => {
  const Real = WebSocket;
  window.heard = [];
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      window.line = this;
      this.addEventListener('message', ({ data }) => heard.push(JSON.parse(data)));
    }
  };
})()"""
GREETED = """() => {
  const data = JSON.stringify(heard.find(({ hello }) => hello));
  heard.length = 0;
  line.dispatchEvent(new MessageEvent('message', { data }));
}"""


def test_the_digit_that_was_chosen_stays_when_the_same_ink_is_read_once_more(page: Page) -> None:
    """A page whose line came back took the choice back to the digit that was drawn last; a correction went there."""
    page.add_init_script(SOCKETS)
    page.reload()
    page.wait_for_function("() => heard.some(({ hello }) => hello)")
    put(page, number("407"), 0.3, 5, 30)
    digits = page.locator("#digit button")
    expect(digits).to_have_text(["4", "0", "7"])
    digits.first.click()
    page.mouse.move(5, 5)  # as a finger that is lifted: what the pointer lies over is chosen anyway
    expect(digits.first).to_have_attribute("aria-pressed", "true")
    page.evaluate(GREETED)  # then the page asks for its drawing again
    page.wait_for_function("() => heard.some(({ number }) => number) && !document.querySelector('#page').dataset.busy")
    expect(digits.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#bars li.best")).to_have_text("4")
