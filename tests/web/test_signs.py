"""Points, commas, minus signs and gaps on the page: as they were written, in every place that shows a number."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator

import pytest
import shelf
from drawn import signed
from playwright.sync_api import Browser, Page, expect
from sheet import PHONE, WIDE, Server, holds, opened, put, sheet_is_clean, watched


def write(page: Page, text: str) -> None:
    """On the sheet, as wide as it is."""
    strokes = signed(text)
    wide = max(x for stroke in strokes for x, _ in stroke)
    put(page, strokes, scale=90 / max(wide, 100), left=5)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    yield from watched(browser, server)


def test_a_number_is_shown_as_it_was_written(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dates, sums = "24.12.2025 24/12/2025 12:30 555-0147", "12+7=19 (3+4)x2 98+76 3*4 8÷2=4 2·3"
    texts = f"3.14 -42 12,50 {dates} {sums} 50% $9.50 #7".split()
    for text in [*texts, "12 78"]:
        write(page, text)
        expect(page.locator("#digit")).to_have_attribute("data-written", text)
        expect(page.locator("#digit button:not(.sign)")).to_have_text([mark for mark in text if mark.isdigit()])
        marks = len(text.replace(" ", ""))
        assert page.locator("#brackets path").count() == marks, f"one under each mark of {text}"
        signs = [mark.replace(" ", "\u00a0") for mark in text if not mark.isdigit()]
        assert page.locator("#digit .sign").all_inner_texts() == signs, text
        page.click("#more")
        page.click("#copy-number")
        holds(page, "async (text) => (await navigator.clipboard.readText()) === text", text)
        page.keyboard.press("n")
        sheet_is_clean(page)
        expect(page.locator("#digit")).to_have_attribute("data-written", "")


def test_digits_between_signs_are_chosen_and_corrected_as_ever(page: Page) -> None:
    write(page, "3.14")
    buttons = page.locator("#digit button")
    expect(buttons).to_have_text(["3", ".", "1", "4"])
    buttons.nth(2).focus()
    expect(buttons.nth(2)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(buttons.nth(3)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("7")
    expect(page.locator("#digit")).to_have_attribute("data-written", "3.74")


def test_a_sign_is_corrected_by_a_key_and_by_a_button_to_a_sign_or_a_digit(page: Page) -> None:
    shown = page.locator("#digit")
    write(page, "24/12")
    sign = page.locator("#digit .sign")
    sign.focus()
    expect(page.locator("#brackets path").nth(4)).to_have_class("chosen")
    choices = page.locator(".signs button")
    expect(choices).to_have_text(list(".,-/:+=()%#$x*·÷"))
    expect(page.locator(".signs [aria-pressed=true]")).to_have_text("/")
    expect(page.locator("#bars")).to_be_hidden()
    page.keyboard.press(":")
    expect(shown).to_have_attribute("data-written", "24:12")
    expect(page.locator("#words")).to_have_text("Corrected by you")
    expect(sign).to_have_attribute("aria-pressed", "true")
    page.locator(".signs button", has_text="x").click()
    expect(shown).to_have_attribute("data-written", "24x12")
    sign.focus()
    page.keyboard.press("1")  # the hand's 1 was taken for a slash
    expect(shown).to_have_attribute("data-written", "24112")
    expect(page.locator("#digit .sign")).to_have_count(0)
    expect(page.locator("#digit [aria-pressed=true]")).to_have_text("1")
    expect(page.locator("#bars")).to_be_visible()
    expect(choices).to_have_count(0)


def test_a_corrected_sign_is_kept_as_it_was_corrected(empty: Page, keeper: Server) -> None:
    write(empty, "24/12")
    empty.locator("#digit .sign").focus()
    empty.keyboard.press(":")
    empty.locator("#digit button").first.focus()
    empty.keyboard.press("7")
    expect(empty.locator("#digit")).to_have_attribute("data-written", "74:12")
    empty.click("#keep")
    expect(empty.locator("#keep")).to_have_class(re.compile("done"))
    with urllib.request.urlopen(f"{keeper.address}api/kept") as answer:
        [kept] = json.load(answer)["drawings"]
    assert (kept["shown"], kept["correct"], kept["text"]) == ("74:12", "7412", "2412")


def test_a_sign_that_was_a_digit_teaches_that_digit(empty: Page, keeper: Server) -> None:
    shown, notice = empty.locator("#digit"), empty.locator("#notice")
    write(empty, "24/12")
    expect(shown).to_have_attribute("data-written", "24/12")
    empty.locator("#digit .sign").focus()
    empty.keyboard.press("1")
    expect(shown).to_have_attribute("data-written", "24112")
    empty.click("#notice button")
    expect(notice).to_contain_text("Learned. 5 corrected marks so far.")
    empty.keyboard.press("n")
    write(empty, "57/38")
    expect(shown).to_have_attribute("data-written", "57138")
    with urllib.request.urlopen(f"{keeper.address}api/kept") as answer:
        [kept] = json.load(answer)["drawings"]
    with urllib.request.urlopen(f"{keeper.address}api/kept/{kept['id']}") as answer:
        [sign] = json.load(answer)["signs"]
    assert (sign["sign"], sign["place"], sign["correct"]) == ("/", 2, 1)


def test_a_sign_that_was_a_digit_is_one_in_the_gallery(empty: Page, keeper: Server) -> None:
    write(empty, "24/12")
    empty.locator("#digit .sign").focus()
    empty.keyboard.press("1")
    empty.click("#keep")
    expect(empty.locator("#keep")).to_have_class(re.compile("done"))
    empty.click("#tab-kept")
    empty.locator("#gallery [role=option]").click()
    expect(empty.locator("#digit")).to_have_attribute("data-written", "24112")
    expect(empty.locator("#digit button")).to_have_text(list("24112"))
    assert empty.faults == []  # type: ignore[attr-defined]


def marks(server: Server) -> tuple[str, str | None, list[int | None], list[int | None]]:
    """What the only drawing that is kept reads, its correction, and the labels of its digits and signs."""
    [one] = shelf.ask(server, "")["drawings"]
    whole = shelf.ask(server, f"/{one['id']}")
    labels = ([mark["correct"] for mark in whole[kind]] for kind in ("digits", "signs"))
    return (one["shown"], one["correct"], *labels)  # type: ignore[return-value]


def test_in_the_gallery_a_sign_is_corrected_by_a_key_and_by_a_button(empty: Page, keeper: Server) -> None:
    shown, notice = empty.locator("#digit"), empty.locator("#notice")

    def becomes(text: str, words: str = "Corrected.") -> None:
        expect(shown).to_have_attribute("data-written", text)
        expect(notice).to_have_text(words)
        empty.evaluate("() => { document.querySelector('#notice').textContent = ''; }")

    shelf.ask(keeper, "", {"strokes": signed("24/12")})
    nothing = ("24/12", None, [None] * 4, [None])
    assert marks(keeper) == nothing
    empty.click("#tab-kept")
    expect(shown).to_have_attribute("data-written", "24/12")
    sign = shown.locator(".sign")
    sign.focus()
    expect(sign).to_have_attribute("aria-pressed", "true")
    empty.keyboard.press(":")
    becomes("24:12")
    assert marks(keeper) == ("24:12", "2412", [2, 4, 1, 2], [None])
    expect(sign).to_have_attribute("aria-pressed", "true")  # it is still the one that is picked
    empty.keyboard.press("x")
    becomes("24x12")
    sign.focus()
    empty.keyboard.press("/")
    becomes("24/12")
    empty.click("#correct")
    choices = empty.locator("#labels button:visible")
    expect(choices).to_have_text([*"0123456789", *".,-/:+=()%#$x*·÷"])
    choices.filter(has_text="1").press("Enter")  # a mouse would rest on the number, and pick the digit under it
    becomes("24112")
    expect(shown.locator("button")).to_have_text(list("24112"))
    expect(shown.locator("[aria-pressed=true]")).to_have_text("1")
    assert marks(keeper) == ("24112", "24112", [2, 4, 1, 2], [1])
    empty.keyboard.press("7")  # and it is a digit from now on
    becomes("24712")
    assert marks(keeper) == ("24712", "24712", [2, 4, 1, 2], [7])
    empty.click("#correct")
    expect(choices).to_have_text([*"0123456789", "not a digit"])
    empty.keyboard.press("Escape")
    for text in ("24112", "24/12", "24x12", "24:12", "24/12"):
        empty.keyboard.press("Control+z")
        becomes(text, "Undone.")
    assert marks(keeper) == nothing, "all of it is taken back"


def test_in_the_gallery_digits_beside_signs_are_corrected_alone(empty: Page, keeper: Server) -> None:
    shelf.ask(keeper, "", {"strokes": signed("24/12")})
    empty.click("#tab-kept")
    buttons = empty.locator("#digit button:not(.sign)")
    buttons.nth(3).focus()
    empty.keyboard.press("9")
    expect(empty.locator("#digit")).to_have_attribute("data-written", "24/19")
    assert marks(keeper) == ("24/19", "2419", [None, None, None, 9], [None])
    empty.locator("#digit .sign").focus()
    empty.keyboard.press("-")
    expect(empty.locator("#digit")).to_have_attribute("data-written", "24-19")
    empty.keyboard.press("Control+z")
    expect(empty.locator("#digit")).to_have_attribute("data-written", "24/19")
    expect(empty.locator("#notice")).to_have_text("Undone.")
    assert marks(keeper) == ("24/19", "2419", [None, None, None, 9], [None])
    empty.locator("#gallery").focus()
    empty.keyboard.press("/")
    expect(empty.locator("#seek")).to_be_focused()
    assert marks(keeper)[0] == "24/19"


def test_a_written_sum_is_solved_and_a_finished_one_is_checked(page: Page) -> None:
    words, digit = page.locator("#words"), page.locator("#digit")
    write(page, "12+7=")
    expect(words).to_have_text(re.compile("It comes to 19$"))
    expect(digit).to_have_attribute("data-result", "19")
    expect(digit).to_have_attribute("data-written", "12+7=")
    expect(page.locator("#status")).to_contain_text("it comes to 19")
    page.keyboard.press("n")
    write(page, "12+7=19")
    expect(words).to_have_text(re.compile("The sum is right$"))
    expect(digit).to_have_attribute("data-result", "")
    page.keyboard.press("n")
    write(page, "(3+4)x2=15")
    expect(words).to_have_text(re.compile("The sum is wrong: it comes to 14$"))
    page.evaluate("() => import('/static/shared/settings.js').then(({ set }) => set('sums', false))")
    expect(words).not_to_contain_text("sum")
    page.keyboard.press("n")
    write(page, "12+7=")
    expect(digit).to_have_attribute("data-written", "12+7=")
    expect(digit).to_have_attribute("data-result", "")
    expect(words).not_to_contain_text("19")


# What a person who looks finds of a result: in the large figures, and in the words beside them.
RESULT = """() => {
  const seen = document.querySelector('#words').cloneNode(true);
  for (const part of seen.querySelectorAll('.hidden')) part.remove();
  const figures = document.querySelector('#digit');
  return [figures.textContent + getComputedStyle(figures, '::after').content, seen.textContent];
}"""


@pytest.mark.parametrize(("text", "said", "result"), [("12+7=", "", "19"), ("(3+4)x2=15", ". The sum is wrong", "14")])
def test_the_result_of_a_sum_stands_once_on_the_sheet(page: Page, text: str, said: str, result: str) -> None:
    write(page, text)
    expect(page.locator("#solved path")).to_have_count(len(result))
    figures, words = page.evaluate(RESULT)
    assert figures in (text + "none", text + "normal")
    assert words == "Sure" + said
    expect(page.locator("#words .hidden")).to_contain_text(result)  # for who hears the page


def test_a_result_that_cannot_be_written_on_the_sheet_stands_in_the_words(page: Page) -> None:
    page.route("**/draw/sum.js", lambda route: route.abort())
    write(page, "12+7=")
    expect(page.locator("#words span:not(.hidden)")).to_have_text(". It comes to 19")


def test_a_result_goes_when_its_sum_is_corrected_and_comes_back_with_it(page: Page) -> None:
    """19 stood behind 42+7=."""
    solved, shown = page.locator("#solved path"), page.locator("#digit")
    write(page, "12+7=")
    expect(solved).to_have_count(2)
    shown.locator("button").first.focus()
    page.keyboard.press("4")
    expect(shown).to_have_attribute("data-written", "42+7=")
    expect(solved).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(shown).to_have_attribute("data-written", "12+7=")
    expect(solved).to_have_count(2)
    page.evaluate("() => import('/static/shared/settings.js').then(({ set }) => set('sums', false))")
    expect(solved).to_have_count(0)


def test_a_fraction_is_written_on_the_sheet(page: Page) -> None:
    write(page, "1/3=")
    expect(page.locator("#digit")).to_have_attribute("data-result", "1/3")
    expect(page.locator("#solved path")).to_have_count(3)


def test_signs_alone_and_what_is_no_sum_are_shown_as_they_were_written(page: Page) -> None:
    for text in ("+", "=", "%", "+=", "1/0=", "(1+2", "5+"):
        write(page, text)
        expect(page.locator("#digit")).to_have_attribute("data-written", text)
        expect(page.locator("#digit")).to_have_attribute("data-result", "")
        page.keyboard.press("n")
        sheet_is_clean(page)


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_a_long_number_with_signs_stays_in_its_place(
    browser: Browser, server: Server, viewport: dict[str, int]
) -> None:
    page = opened(browser, server, viewport=viewport)
    write(page, "24.12.2025")
    expect(page.locator("#digit .sign")).to_have_count(2)
    place = page.locator("#digit").bounding_box()
    assert place is not None
    for box in (one.bounding_box() for one in page.locator("#digit > *").all()):
        assert box is not None
        assert place["x"] - 1 <= box["x"]
        assert box["x"] + box["width"] <= place["x"] + place["width"] + 1
    page.context.close()
