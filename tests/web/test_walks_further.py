"""Two further walks, in the same windows, with a mouse and with a finger, in German and in Hindi: one of a pupil who
hears and teaches the reader, one of somebody with a pile of files.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shelf
from drawn import DIGITS, encoded, signed, written
from here import pdf_needed
from playwright.sync_api import Browser, Page, expect
from sheet import FONTS, Server, put, sheet_is_clean, until
from shelf import OPTIONS
from test_heard import RING, nodes
from test_lessons import AN_A
from test_lessons import ask as ask_server
from test_script_menu import strokes
from test_several_pictures import document
from walking import WALKED, Walker

# A font, the language that it shows, and that language's voice: so all of the page is seen in three languages.
SPOKEN = {"DejaVu Sans": ("de", "de-DE"), "Noto Sans": ("hi", "hi-IN")}
VOICES = """(() => {
  let voices = [{ lang: 'en-GB', name: 'a' }, { lang: 'VOICE', name: 'b' }];
  window.said = [];
  window.hush = () => { voices = voices.slice(0, 1); };
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => voices, cancel() {}, speak({ text, lang }) { window.said.push([text, lang]); } } });
})()"""
LESSON = ".lesson, .top, .tools"  # on a large sheet it stands over its head
STORE_IS_FULL = {"error": {"kind": "store", "message": "Expected room on the disk, got none.", "remedy": "Make room"}}


@pytest.fixture(params=[False, True], ids=["mouse", "touch"])
def make_walker(
    request: pytest.FixtureRequest, browser: Browser, keeper: Server, fonts: list[str], size: str, font: str
) -> Any:
    """Opens the page, once the store holds what it shall."""
    assert font in fonts
    made: list[Walker] = []

    def make() -> Walker:
        language, voice = SPOKEN[font]
        prepared = VOICES.replace("VOICE", voice)
        made.append(Walker(browser, keeper, WALKED[size], font, request.param, language, prepared))
        return made[0]

    yield make
    made[0].page.context.close()


def filled(text: str, /, **values: object) -> str:
    """A text of the page with its places filled."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def like(text: str) -> re.Pattern[str]:
    """What a text of the page may become when its places are filled."""
    return re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(text)))


def marks(server: Server) -> int:
    """How many marks teach the reader."""
    found: int = ask_server(server, "api/hand")["marks"]
    return found


# --- a pupil --------------------------------------------------------------------------------------------------------


def hears_a_sum(walker: Walker) -> None:
    """What it comes to is written behind it, as large as its digits, and is said by a voice of the page's language."""
    page, words = walker.page, walker.words
    walker.draw(signed("7+1="), 0.14, 4, 30)
    expect(page.locator("#digit")).to_have_attribute("data-written", "7+1=")
    expect(page.locator("#solved path")).to_have_count(1)
    expect(page.locator("#words")).to_contain_text(filled(words["sum.is"], result=8))
    sheet, result = (page.locator(name).bounding_box() for name in ("#sheet", "#solved .result"))
    assert sheet is not None
    assert result is not None
    assert 0.1 * sheet["width"] < result["height"] < 0.2 * sheet["width"]
    assert sheet["x"] < result["x"] < result["x"] + result["width"] < sheet["x"] + sheet["width"]
    walker.reached()
    if walker.touch:
        walker.press("#more")
        expect(page.locator("#read span").first).to_have_text(words["kept.read"])
        walker.reached("#menu")
        walker.press("#read")
    else:
        page.keyboard.press("r")
    until(page, lambda: bool(page.evaluate("() => said.length")), "it is said")
    [[text, language]] = page.evaluate("() => said")
    assert (text.split(",")[0], "8" in text) == ("7+1=", True)
    assert language == dict(SPOKEN.values())[page.evaluate("() => document.documentElement.lang")]
    page.evaluate("() => hush()")
    walker.press("#more")
    expect(page.locator("#read span").first).to_have_text(words["draw.read"])
    walker.shut("#menu")


def clears_by_mistake(walker: Walker) -> None:
    """Undo brings back the drawing and what was said of it, and then takes back what was said."""
    page, digit = walker.page, walker.page.locator("#digit")
    walker.press(page.locator("#digit button").first)
    expect(page.locator("#digit button").first).to_have_attribute("aria-pressed", "true")
    walker.press(page.locator("#bars button").nth(4))
    expect(digit).to_have_attribute("data-written", "4+1=")
    walker.told(walker.words["teach.ask"], "status")
    expect(page.locator("#solved path")).to_have_count(0)  # it was of another sum
    for key in ("Escape", "n"):
        if walker.touch:
            walker.press("#clear")
        else:
            page.keyboard.press(key)
        expect(digit).to_have_attribute("data-written", "")
        assert sheet_is_clean(page)
        takes_back(walker)
        expect(digit).to_have_attribute("data-written", "4+1=")
        expect(page.locator("#words")).to_have_text(walker.words["answer.corrected"])
        assert not sheet_is_clean(page)
    takes_back(walker)
    expect(digit).to_have_attribute("data-written", "7+1=")
    expect(page.locator("#solved path")).to_have_count(1)


def takes_back(walker: Walker) -> None:
    if walker.touch:
        walker.press("#undo")
    else:
        walker.page.keyboard.press("Control+z")


def teaches_its_hand(walker: Walker, server: Server) -> None:
    """An A is not taken for what was asked, the mark before can be written again, and all of it be taken back."""
    page, words, said = walker.page, walker.words, walker.page.locator("#lesson-said")

    def asks_for(place: int) -> int:
        expect(page.locator("#lesson-place")).to_have_text(filled(words["lesson.place"], place=place, count=30))
        [digit] = re.findall(r"\d", page.inner_text("#lesson-digit"))
        return int(digit)

    walker.press("#more")
    walker.press("#open-lesson")
    digit = asks_for(1)
    expect(said).to_have_text(words["lesson.about"])
    expect(page.locator("#words")).to_be_hidden()  # a certain digit is asked for, not any number
    walker.reached(LESSON)
    walker.draw(AN_A, 0.6, 20, 22)
    expect(said).to_have_text(filled(words["lesson.other"], digit=digit, text=words["answer.none"]))
    walker.reached(LESSON)
    walker.press("#lesson-back")
    assert sheet_is_clean(page)
    assert (asks_for(1), marks(server)) == (digit, 0)
    walker.draw(DIGITS[digit], 0.6, 20, 22)
    walker.press("#lesson-next")  # it may have gone on by itself: then there is nothing to go on from
    asks_for(2)
    assert marks(server) == 1
    walker.press("#lesson-back")
    assert asks_for(1) == digit
    assert marks(server) == 0
    put(page, DIGITS[digit], 0.6, 20, 22)
    walker.press("#lesson-next")
    asks_for(2)
    if walker.touch:
        walker.press("#lesson-stop")
    else:
        page.keyboard.press("Escape")
    expect(page.locator("#lesson")).to_be_hidden()
    walker.told(like(words["lesson.done"]), "status")
    walker.press("#notice button")
    walker.told(words["teach.forgotten"], "status")
    assert marks(server) == 0
    expect(page.locator("#digit")).to_have_attribute("data-written", "7+1=")
    walker.press("#more")
    walker.press("#open-settings")
    expect(page.locator("#settings")).to_be_visible()
    expect(page.locator("#settings [name=learn]")).not_to_be_checked()
    walker.reached("#settings", scrolled=True)
    walker.press("#settings .close")


def takes_back_what_was_learned(walker: Walker) -> None:
    """The list of lessons stays where it is while it becomes shorter."""
    page, rows = walker.page, walker.page.locator("#taught li")

    def stands() -> list[object]:
        return [page.locator(f"#lessons{part}").bounding_box() for part in ("", " .close", " #lessons-said")]

    walker.press("#more")
    walker.press("#open-lessons")
    expect(rows).to_have_count(3)
    expect(page.locator("#lessons")).to_be_visible()
    walker.reached("#lessons", scrolled=True)
    there = stands()
    for left in (2, 1):
        walker.press(rows.first.locator("button"))
        expect(rows).to_have_count(left)
        expect(page.locator("#lessons-said")).to_contain_text(walker.words["teach.forgotten"])
        assert stands() == there
    walker.press("#lessons-said button")
    expect(rows).to_have_count(2)
    walker.press("#forget-hand")
    expect(rows).to_have_count(0)
    expect(page.locator("#lessons-about")).to_have_text(walker.words["lessons.none"])
    assert stands() == there
    walker.reached("#lessons", scrolled=True)
    walker.press("#lessons .close")


def cannot_keep_and_then_can(walker: Walker) -> None:
    """What went wrong is said in words of the person, with what to do; what was done is no alarm."""
    page, words = walker.page, walker.words
    page.route("**/api/kept", lambda route: route.fulfill(status=503, json=STORE_IS_FULL))
    walker.press("#keep")
    walker.told(f"{words['kept.not']} {words['error.store']}", "alert")
    expect(page.locator("#notice")).not_to_contain_text("Expected")
    page.unroute_all()
    expect(page.locator("#notice button")).to_have_text(words["kept.again"])
    walker.press("#notice button")
    walker.told(words["kept.kept"], "status")
    expect(page.locator("#keep")).to_have_text(words["kept.done"])


@pytest.mark.parametrize("size", WALKED)
@pytest.mark.parametrize("font", FONTS)
def test_a_pupil_walks_through_the_page(make_walker: Callable[[], Walker], keeper: Server) -> None:
    for seed, (text, correct) in enumerate((("7", "2"), ("3", "8"), ("5", "6"))):
        shelf.keep(keeper, text, seed, correct=correct)
    walker = make_walker()
    hears_a_sum(walker)
    clears_by_mistake(walker)
    cannot_keep_and_then_can(walker)
    takes_back_what_was_learned(walker)
    teaches_its_hand(walker, keeper)
    assert walker.noticed() == []


# --- somebody with files --------------------------------------------------------------------------------------------


def drags(page: Page, files: list[Path]) -> None:
    """Files come over the sheet, leave it, come again and are let go, as the browser takes it for real."""
    box = page.locator(".sheet:visible").bounding_box()
    assert box is not None
    browser = page.context.new_cdp_session(page)
    over = {"items": [], "files": [str(one) for one in files], "dragOperationsMask": 1}
    inside = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": over}
    for last, where in (("dragOver", inside | {"x": -5, "y": -5}), ("drop", inside)):
        for kind in ("dragEnter", "dragOver"):
            browser.send("Input.dispatchDragEvent", {"type": kind, **inside})
        expect(page.locator(".sheet:visible")).to_have_css("outline-style", "dashed")
        browser.send("Input.dispatchDragEvent", {"type": last, **where})
        expect(page.locator(".sheet:visible")).to_have_css("outline-style", "none")


def brings_files(walker: Walker, folder: Path) -> None:
    """The pages of a PDF and the pictures stand in a strip, and of what cannot be read it is said why."""
    page, words = walker.page, walker.words
    strip, found = page.locator("#strip button"), page.locator("#found li")
    files = [document(folder / "pages.pdf", "4071", "268")]
    for name, content in (("empty", b""), ("torn", b"no picture"), ("note", encoded(written("35")))):
        files.append(folder / f"{name}.png")
        files[-1].write_bytes(content)
    walker.go("picture")
    walker.reached()
    if walker.touch:
        with page.expect_file_chooser() as chooser:
            walker.press("#choose")
        chooser.value.set_files(files)
    else:
        drags(page, files)
    expect(strip.last).to_have_attribute("aria-label", f"note.png: {words['picture.one']}")
    expect(strip).to_have_count(5)
    expect(found).to_have_text([re.compile("4071")])
    assert all(min(walker.found(f"#strip button:nth-child({at})")[0]) >= 44 for at in (1, 5))
    for at, said in ((2, "error.empty"), (3, "error.picture")):
        walker.press(strip.nth(at))
        walker.told(words[said], "alert")
        expect(page.locator("#picture .hint")).to_be_hidden()
    walker.press(strip.nth(1))
    expect(found).to_have_text([re.compile("268")])
    assert page.locator("input[type=file]:visible").count() == 0
    heard = nodes(page)
    assert [role for role, name in heard if role in ("button", "textbox") and not name] == []
    bar = like(words["answer.bar"])
    assert len([name for _, name in heard if bar.fullmatch(name)]) >= 9
    walker.press("#keep-picture")
    walker.told(words["kept.kept"], "status")


def finds_what_was_kept(walker: Walker, folder: Path) -> None:
    """A number with its point and a tag are found, a table goes out, and of files that bring nothing it is said why."""
    page, words, count = walker.page, walker.words, walker.page.locator("#count")
    walker.go("kept")
    expect(count).to_have_text(filled(words["kept.count"], count=4))
    for text, number in (("3.14", "3.14"), ("slips", "42")):
        walker.press("#seek")
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        expect(count).to_have_text(filled(words["kept.found"], count=1))
        expect(page.locator(f"{OPTIONS} b")).to_have_text([number])
    walker.press("#filter")
    walker.reached("#filters")
    walker.press("#all")
    walker.shut("#filters")
    expect(count).to_have_text(filled(words["kept.count"], count=4))
    walker.press("#export")
    expect(page.locator("#e-all")).to_be_checked()
    expect(page.locator("#exports label").nth(1)).to_have_text(filled(words["kept.export.all"], count=4))
    walker.reached("#exports")
    with page.expect_download() as table:
        walker.press("[data-as=table]")
    written_there = [line.split(",")[1] for line in Path(table.value.path()).read_text("utf-8-sig").splitlines()]
    assert sorted(written_there) == sorted(["written", "268", "7", "3.14", "42"])
    with page.expect_file_chooser() as chooser:
        walker.press("#import")
    chooser.value.set_files([folder / "empty.png", folder / "torn.png"])
    expect(page.locator("#brought-list li span")).to_have_text([words["error.empty"], words["error.picture"]])
    walker.press("#brought-close")
    for at, said in ((1, filled(words["kept.script"], script=words["script.devanagari"])), (2, "")):
        walker.press(page.locator(OPTIONS).nth(at))
        expect(page.locator("#by")).to_have_text(said)
        assert page.locator("#gallery").evaluate(RING) == 0
    walker.reached()
    walker.press("#correct")
    walker.reached("#labels")
    walker.shut("#labels")


@pytest.mark.parametrize("size", WALKED)
@pytest.mark.parametrize("font", FONTS)
def test_somebody_with_files_walks_through_the_page(
    make_walker: Callable[[], Walker], keeper: Server, tmp_path: Path
) -> None:
    pdf_needed()
    shelf.keep(keeper, "42", tags=["slips"])
    shelf.ask(keeper, "", {"strokes": signed("3.14")})
    shelf.ask(keeper, "", {"strokes": strokes("devanagari", "7"), "script": "devanagari"})
    walker = make_walker()
    brings_files(walker, tmp_path)
    finds_what_was_kept(walker, tmp_path)
    assert walker.noticed() == []
