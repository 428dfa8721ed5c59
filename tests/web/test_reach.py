"""Nothing lies over what is to be pressed, whatever font the machine has and however high its figures are."""

from __future__ import annotations

import pytest
from drawn import encoded, written
from playwright.sync_api import Page, expect
from sheet import FONT, NUMBERS, SIZES, WORDS, fits, resize, set_in, write
from shelf import OPTIONS

PICTURE = encoded(written("4071", "268", "35", "90", "172", "8"))
ROOMS = ("draw", "pixels", "picture", "camera", "kept")

# What is seen of a room, [how many controls, faults]: a control that is not itself at its middle or 3 pixels within its
# edges, one that lies over another, one whose words take two lines or more room than it has, and what is wider than the
# window.
MEASURED = """(within) => {
  const name = (one) => one && (one.id || one.className || one.textContent || one.tagName);
  const all = [...document.querySelectorAll('button, a, select, input, [role=button], [role=tab], #sheet')];
  const controls = all.filter((one) => one.closest(within ?? 'body') && one.getClientRects().length
    && one.checkVisibility({ visibilityProperty: true })
    && !one.closest('[data-tab=camera] .bars')); // which only tell there
  const LISTS = '.found, .signs';
  const spots = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [1, 1]];
  const faults = controls.flatMap((one) => {
    one.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const { left, top, width, height } = one.getBoundingClientRect();
    const boxed = one.closest('.boxes'); // they lie as close as the digits on the picture
    return spots.slice(0, boxed ? 1 : 7).flatMap(([x, y]) => {
      const [across, down] = [left + width / 2 + x * (width / 2 - 3), top + height / 2 + y * (height / 2 - 3)];
      const found = document.elementFromPoint(across, down);
      return found && (one.contains(found) || [...(one.labels ?? [])].some((label) => label.contains(found)))
        ? [] : [['covered', name(one), x, y, name(found)]];
    });
  });
  scrollTo(0, 0);
  const placed = controls.filter((one) => !one.closest('.boxes')).map((one) => [one, one.getBoundingClientRect()]);
  placed.forEach(([one, { left, right, top, bottom }], i) => {
    const isBeside = (left < -0.5 || right > innerWidth + 0.5) && !one.closest('.tagging, .strip'); // scrolled
    if (isBeside) faults.push(['beside the window', name(one), left, right]);
    for (const [other, box] of placed.slice(i + 1)) {
      if (one.contains(other) || one.closest(LISTS) !== other.closest(LISTS)) continue; // a list is scrolled
      const across = Math.min(right, box.right) - Math.max(left, box.left);
      const down = Math.min(bottom, box.bottom) - Math.max(top, box.top);
      if (across > 0.5 && down > 0.5) faults.push(['over another', name(one), name(other)]);
    }
  });
  const paint = document.createElement('canvas').getContext('2d');
  const range = document.createRange();
  for (const one of controls) {
    const style = getComputedStyle(one);
    paint.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (one.placeholder && paint.measureText(one.placeholder).width > room + 0.5) faults.push(['cut', one.placeholder]);
    if (!one.matches('.tools button, .tabs button, .deeds button, .others button')) continue;
    const words = one.querySelector('svg ~ span') ?? one;
    range.selectNodeContents(words);
    const { left, right, top, bottom, height } = range.getBoundingClientRect();
    const box = one.getBoundingClientRect();
    const isOut = left < box.left - 0.5 || right > box.right + 0.5 || top < box.top || bottom > box.bottom;
    if (isOut || height > 1.9 * parseFloat(getComputedStyle(words).fontSize)) faults.push(['cut', words.textContent]);
  }
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) faults.push(['wider than the window', scrollWidth]);
  return [controls.length, faults];
}"""
# Says a long thing, with a button, in the place of notices, or leaves what it says: what of the room it lies over, and
# what of it is not seen.
NOTICED = """([text, word]) => {
  const notice = document.querySelector('#notice');
  const offer = { type: 'button', className: 'offer', textContent: word };
  if (text) notice.replaceChildren(text, ' ', Object.assign(document.createElement('button'), offer));
  const button = notice.querySelector('button');
  const box = notice.getBoundingClientRect();
  const parts = '#digit, #words, #percent, #glyph, #look, .bars, .signs, .tips, .others, .sheet, .tools, .top, '
    + '.one > *, .found li, .lesson';
  const seen = [...document.querySelectorAll(parts)].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  const out = [notice, button].filter(Boolean).flatMap((one) => {
    const { top, bottom, height } = one.getBoundingClientRect();
    const isIn = top >= 0 && bottom <= innerHeight + 0.5 && (!button || height >= 44);
    return isIn ? [] : [['out of the window', one.className, top, bottom]];
  });
  return out.concat(seen.flatMap((one) => {
    let { left, right, top, bottom } = one.getBoundingClientRect();
    const list = one.closest('.found')?.getBoundingClientRect();
    if (list) [top, bottom] = [Math.max(top, list.top), Math.min(bottom, list.bottom)];
    const across = Math.min(right, box.right) - Math.max(left, box.left);
    const down = Math.min(bottom, box.bottom) - Math.max(top, box.top);
    const name = one.id || one.className || one.textContent;
    return across > 0.5 && down > 0.5 ? [[name, top, bottom, box.top, box.bottom]] : [];
  }));
}"""
QUIET = "() => document.querySelector('#notice').replaceChildren()"
LISTEN = "(language) => import('/static/shared/settings.js').then(({ set }) => set('language', language))"


def speak(page: Page, language: str) -> None:
    """Has the page speak a language, and waits until it does."""
    page.evaluate(LISTEN, language)
    expect(page.locator("#tab-draw")).to_have_text(WORDS[language]["tabs.draw"])


def test_no_figure_lies_over_a_control(page: Page, fonts: list[str]) -> None:
    for text in NUMBERS:
        write(page, text)
        for size in [*SIZES, {"width": 760, "height": 560}]:
            resize(page, size)
            for font in fonts:
                set_in(page, font)
                count, faults = page.evaluate(MEASURED)
                assert count >= 20, count
                assert faults == [], (text, font, size)
                assert size["height"] == 568 or fits(page), (text, font, size)


def furnish(page: Page, room: str) -> None:
    """Opens a room, with something in it, and waits for what comes late."""
    page.click(f"#tab-{'draw' if room == 'pixels' else room}")
    if room in ("draw", "pixels"):
        write(page, "407")
        if room == "pixels":
            page.keyboard.press("g")
            page.wait_for_selector("#grid")
    elif room == "picture":
        page.wait_for_selector("#choose")
        page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": PICTURE})
        expect(page.locator("#found li")).to_have_count(6)
    elif room == "camera":
        page.wait_for_selector("#live-start-word:not(:empty)")
    else:
        page.locator(OPTIONS).first.click()
        expect(page.locator("#one")).to_have_attribute("data-count", "1")
    expect(page.locator("#notice")).to_have_text("")


@pytest.mark.parametrize("room", ROOMS)
def test_every_control_of_a_room_is_reached_and_nothing_lies_over_another(
    six: Page, fonts: list[str], room: str
) -> None:
    furnish(six, room)
    for language in WORDS:
        speak(six, language)
        six.wait_for_function("() => !document.querySelector('#page').dataset.busy")
        long = [WORDS[language]["error.store"], WORDS[language]["kept.again"]]
        for size in SIZES:
            resize(six, size)
            for font in fonts:
                case = (language, size, font)
                six.evaluate(FONT, font)
                count, faults = six.evaluate(MEASURED)
                assert count >= 7, case
                assert faults == [], case
                assert six.evaluate(NOTICED, long) == [], case
                assert six.evaluate(MEASURED)[1] == [], (case, "beside a notice")
                six.evaluate(QUIET)


# What opens over the page, and the button that opens it; the rooms of the dialogs are in the menu.
PANELS = {"#menu": "#more", "#filters": "#filter", "#exports": "#export", "#labels": "#correct"}
DIALOGS = {"#settings": "#open-settings", "#lessons": "#open-lessons", "#shortcuts": "#open-shortcuts"}
OPENED = """([panel, button]) => new Promise((done) => {
  document.querySelector(button).click();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const { left, right, top, bottom } = document.querySelector(panel).getBoundingClientRect();
    done([left >= 0, right <= innerWidth, top >= 0, bottom <= innerHeight]);
  }));
})"""
SHUT = "(panel) => document.querySelector(panel).hidePopover()"


@pytest.mark.parametrize("language", ["de", "hi"])
def test_what_opens_over_the_page_is_in_the_window_and_all_of_it_is_reached(
    six: Page, fonts: list[str], language: str
) -> None:
    furnish(six, "kept")
    speak(six, language)
    for size in SIZES:
        resize(six, size)
        for font in fonts:
            six.evaluate(FONT, font)
            for panel, button in PANELS.items():
                case = (panel, size, font)
                assert six.evaluate(OPENED, [panel, button]) == [True] * 4, case
                count, faults = six.evaluate(MEASURED, panel)
                assert count >= 5, case
                assert faults == [], case
                six.evaluate(SHUT, panel)
    for dialog, button in DIALOGS.items():
        six.click("#more")
        six.click(button)
        six.wait_for_selector(f"{dialog}[open]")
        for size in SIZES:
            resize(six, size)
            for font in fonts:
                six.evaluate(FONT, font)
                faults = six.evaluate(MEASURED, dialog)[1]
                assert [one for one in faults if one[0] != "over another"] == [], (dialog, size, font)  # its head stays
        six.keyboard.press("Escape")


# The tips that a blank sheet has in the place of the answer, and what they lie over or reach beyond.
TIPS = """() => {
  const all = [...document.querySelectorAll('button, .sheet, #words')];
  const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true }));
  return [...document.querySelectorAll('#tips li')].flatMap((tip) => {
    const box = tip.getBoundingClientRect();
    return [...(box.right > innerWidth ? ['beside'] : []), ...seen.filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const across = Math.min(right, box.right) - Math.max(left, box.left);
      return across > 0.5 && Math.min(bottom, box.bottom) - Math.max(top, box.top) > 0.5;
    }).map((one) => one.id || one.textContent)];
  });
}"""


def test_tips_lie_over_nothing(page: Page, fonts: list[str]) -> None:
    expect(page.locator("#tips")).to_be_visible()
    for language in WORDS:
        speak(page, language)
        for size in SIZES:
            resize(page, size)
            for font in fonts:
                page.evaluate(FONT, font)
                assert page.evaluate(TIPS) == [], (language, size, font)


# How far the words on a sheet reach beyond it, in pixels; with a text, when they are that.
BEYOND = """([tab, text]) => {
  const hint = [...document.querySelectorAll(`.sheet.${tab} .hint`)].find((one) => one.checkVisibility());
  if (text) hint.textContent = text;
  const range = document.createRange();
  range.selectNodeContents(hint);
  const [words, sheet] = [range, hint.closest('.sheet')].map((one) => one.getBoundingClientRect());
  const down = Math.max(sheet.top - words.top, words.bottom - sheet.bottom);
  return Math.max(0, down, sheet.left - words.left, words.right - sheet.right);
}"""
SAID_BY_A_CAMERA = ("refused", "busy", "insecure", "unsupported", "asking", "off")


def test_what_an_empty_sheet_says_has_its_room(page: Page, fonts: list[str]) -> None:
    for tab in ("camera", "picture"):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#page:not([data-coming]) .sheet.{tab}")
        for language, words in WORDS.items():
            speak(page, language)
            longest = max((words[f"camera.{one}"] for one in SAID_BY_A_CAMERA), key=len) if tab == "camera" else ""
            for size in SIZES[:5]:
                resize(page, size)
                for font in fonts:
                    page.evaluate(FONT, font)
                    assert page.evaluate(BEYOND, [tab, longest]) == 0, (tab, language, size, font)


def test_a_lesson_leaves_a_small_sheet_free(page: Page, fonts: list[str]) -> None:
    page.click("#more")
    page.click("#open-lesson")
    page.wait_for_selector("#lesson:not([hidden])")
    for language in WORDS:
        speak(page, language)
        expect(page.locator("#lesson-stop")).to_have_text(WORDS[language]["lesson.stop"])
        page.evaluate("(text) => { document.querySelector('#lesson-said').textContent = text; }",
                      WORDS[language]["lesson.other"])  # fmt: skip
        for size in SIZES[:6]:
            resize(page, size)
            for font in fonts:
                page.evaluate(FONT, font)
                case = (language, size, font)
                assert page.evaluate(MEASURED)[1] == [], case
                assert page.evaluate(NOTICED, [WORDS[language]["error.store"], WORDS[language]["kept.again"]]) == [], (
                    case
                )
                page.evaluate(QUIET)
