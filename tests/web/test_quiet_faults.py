"""What used to be silent, misleading or covered: a server that is gone, refusals, sums, the voice, exports, pens."""

from __future__ import annotations

import gzip
import itertools
import urllib.request
from pathlib import Path

import pytest
import shelf
from drawn import DIGITS, ODD_HAND, encoded, signed, written
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect
from sheet import ENGLISH, LEAST, PHONE, SETTLED, WIDE, Server, draw, opened, place, put, shown, until

# Keeps what would be printed on the page.
PRINTED = "() => { window.print = () => window.dispatchEvent(new Event('beforeprint')); }"


def test_a_gallery_that_cannot_be_seen_is_not_an_empty_one(empty: Page, keeper: Server, folder: Path) -> None:
    shelf.keep(keeper, "7")
    keeper.kill()
    empty.click("#tab-kept")  # its code may come from the browser's cache, or not at all
    empty.route("**/api/kept*", lambda route: route.abort())
    shelf.start(keeper, folder)
    empty.click("#tab-draw")
    empty.click("#tab-kept")
    expect(empty.locator("#nothing")).to_have_text(ENGLISH["kept.away"])
    expect(empty.locator("#count")).to_have_text("")
    empty.unroute_all()
    empty.get_by_role("button", name="Try again").click()
    expect(empty.locator("#count")).to_have_text("1 drawing")
    expect(empty.locator("#notice")).to_have_text("")


def test_a_room_whose_code_does_not_come_is_asked_for_again_until_it_does(empty: Page, keeper: Server) -> None:
    shelf.keep(keeper, "7")
    tries: list[str] = []

    def gone(route: Route) -> None:
        tries.append(route.request.url)
        route.abort()

    empty.route("**/static/kept/gallery.js", gone)
    empty.click("#tab-kept")
    expect(empty.locator("#notice")).to_have_text(ENGLISH["draw.gone"])
    until(empty, lambda: len(tries) > 2, "it tries again by itself")
    empty.unroute_all()
    expect(empty.locator("[role=option]")).to_have_count(1)
    expect(empty.locator("#notice")).not_to_have_text(ENGLISH["draw.gone"])


def test_keep_says_that_it_failed_and_its_button_outlives_the_line_to_the_reader(
    empty: Page, keeper: Server, folder: Path
) -> None:
    put(empty, DIGITS[4])
    keeper.kill()
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text("Not kept. The server cannot be reached.")
    put_without_answer = place(empty, [[10, 10], [20, 20]], 0.2, 5, 5)
    empty.mouse.move(*put_without_answer[0])
    empty.mouse.down()
    empty.mouse.move(*put_without_answer[1])
    empty.mouse.up()
    expect(empty.locator("#digit")).to_have_text("")  # no answer stands beside ink that it is not of
    shelf.start(keeper, folder)
    expect(empty.locator("#page")).not_to_have_attribute("data-state", "gone")
    empty.get_by_role("button", name="Try again").click()
    expect(empty.locator("#notice")).to_contain_text("Kept.")
    assert len(shelf.kept(keeper)) == 1


def test_a_refusal_has_no_figure(page: Page) -> None:
    put(page, ODD_HAND[8])
    expect(page.locator("#words")).to_have_text("This does not look like a digit")
    expect(page.locator("#percent")).to_have_text("")
    page.keyboard.press("i")
    expect(page.locator("#inside .what")).to_have_text("?")


def test_a_refusal_that_is_kept_has_no_figure_on_its_picture_beside_it_or_on_paper(empty: Page, keeper: Server) -> None:
    shelf.ask(keeper, "", {"strokes": ODD_HAND[8]})
    empty.evaluate(PRINTED)
    empty.click("#tab-kept")
    option = empty.locator("[role=option]")
    expect(option.locator("b")).to_have_text("?")
    expect(empty.locator("#digit")).to_have_text("?")
    expect(empty.locator("#percent")).to_have_text("")
    assert "%" not in option.inner_text()
    label = option.get_attribute("aria-label") or ""
    assert label.startswith("not a digit, ")
    assert "%" not in label
    empty.keyboard.press("Control+p")
    expect(empty.locator("#prints figcaption b")).to_have_text("?")
    assert "%" not in empty.inner_text("#prints")


@pytest.mark.parametrize("text", ["4?", "?"])
def test_a_refused_mark_of_a_picture_has_no_figure(page: Page, text: str) -> None:
    refused = {"value": None, "confidence": 0.998, "verdict": {"kind": "refused"}}

    def refuse(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        [number] = said["numbers"]
        digits = [one if mark == "4" else one | refused for mark, one in zip(text, number["digits"], strict=False)]
        number |= {"digits": digits, "text": text, "written": text, "native": text}
        route.fulfill(response=answer, json=said)

    page.route("**/api/read*", refuse)
    page.click("#tab-picture")
    page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": encoded(written("47"))})
    expect(page.locator("#found li button").first).to_contain_text(text)
    if text == "?":
        assert "%" not in page.inner_text("#found li")
        expect(page.locator("#percent")).to_have_text("")
    else:
        second = page.locator("#digit button").nth(1)
        expect(second).to_have_attribute("aria-label", "Digit 2 of 2: not a digit")
        expect(second).to_have_attribute("title", "This does not look like a digit")


def test_a_sum_is_solved_on_the_sheet_in_the_size_of_its_digits(page: Page) -> None:
    draw(page, signed("12+7="), 0.12, 4, 30)
    expect(page.locator("#digit")).to_have_attribute("data-written", "12+7=")
    written = page.locator("#solved path")
    expect(written).to_have_count(2)
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState === 'finished')")
    result = page.locator("#solved .result").bounding_box()
    mark = page.locator("#brackets path").nth(1).bounding_box()
    assert result is not None
    assert mark is not None
    assert 0.5 < result["height"] / mark["width"] < 4
    page.keyboard.press("n")
    expect(written).to_have_count(0)


VOICE = """() => {
  window.said = [];
  const voices = [{ lang: 'de-DE', name: 'a' }, { lang: 'en-GB', name: 'b' }];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => voices, cancel() {}, speak({ text, lang }) { window.said.push([text, lang]); } } });
}"""


@pytest.mark.parametrize(("language", "voice"), [("en", "en-GB"), ("de", "de-DE"), ("es", "")])
def test_the_answer_is_said_by_a_voice_of_the_pages_language(
    browser: Browser, server: Server, language: str, voice: str
) -> None:
    page = opened(browser, server, locale=language)
    page.evaluate(VOICE)
    put(page, DIGITS[4])
    page.keyboard.press("r")
    if voice:
        until(page, lambda: bool(page.evaluate("() => window.said.length")), "it is said")
        [[text, spoken]] = page.evaluate("() => window.said")
        assert (text.split(",")[0], spoken) == ("4", voice)
    else:  # it is called what it does
        page.click("#more")
        expect(page.locator("#read")).to_contain_text("Leer otra vez")
        assert page.evaluate("() => window.said") == []
    page.context.close()


LATE = """() => {
  window.said = [];
  let voices = [];
  window.bring = (lang) => { voices = [{ lang }]; speechSynthesis.dispatchEvent(new Event('voiceschanged')); };
  window.asked = 0;
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const fake = Object.assign(new EventTarget(), {
    getVoices() { window.asked += 1; return voices; }, cancel() {}, speak({ text }) { window.said.push(text); } });
  Object.defineProperty(window, 'speechSynthesis', { value: fake });
}"""


@pytest.fixture
def late(page: Page) -> Page:
    """A page whose voices come when they are brought."""
    page.add_init_script(f"({LATE})()")
    page.reload()
    page.wait_for_function(SETTLED)
    return page


def test_voices_that_come_late_were_asked_for_early_and_say_the_answer_of_then(late: Page) -> None:
    assert late.evaluate("() => window.asked") > 0  # before anybody wants one
    put(late, DIGITS[4])
    late.keyboard.press("r")
    late.keyboard.press("r")
    late.click("#more")
    expect(late.locator("#read")).to_contain_text("Read again")
    late.evaluate("() => bring('en-GB')")
    expect(late.locator("#read")).to_contain_text("Say the answer aloud")
    assert [one.split(",")[0] for one in late.evaluate("() => window.said")] == ["4"]  # once, though asked twice


def test_what_was_cleared_before_the_voices_came_is_not_said(late: Page) -> None:
    put(late, DIGITS[4])
    late.keyboard.press("r")
    late.keyboard.press("n")
    late.evaluate("() => bring('en-GB')")
    assert late.evaluate("() => window.said") == []


def test_an_export_takes_all_that_is_found_until_somebody_selects(six: Page) -> None:
    six.click("#export")
    expect(six.locator("#e-all")).to_be_checked()
    with six.expect_download() as found:
        six.click("[data-as=table]")
    lines = Path(found.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert found.value.suggested_filename == "inkdigit-table.csv"
    assert lines[0] == "id,written,date,title,tags,correct,confidence,model"
    assert len(lines) == 7
    assert [line.split(",")[1] for line in lines if ",slips," in line] == ["42"]
    six.fill("#seek", "slips")  # a tag
    expect(six.locator("#count")).to_have_text("1 found")


KEPT_POINTS = """() => new Promise((done) => {
  const ask = indexedDB.open('inkdigit');
  ask.onsuccess = () => {
    const all = ask.result.transaction('drawings').objectStore('drawings').getAll();
    all.onsuccess = () => done(all.result.flatMap((one) => one.strokes.flatMap(({ points }) => points)));
  };
})"""


def test_a_stroke_may_begin_beside_the_sheet_and_what_is_read_is_seen(page: Page) -> None:
    (left, top), (right, bottom) = place(page, [[0, 0], [100, 100]], 1, 0, 0)
    page.mouse.move(left - 10, (top + bottom) / 2)
    page.mouse.down()
    page.mouse.move(left + 60, (top + bottom) / 2, steps=4)
    page.mouse.move(right + 60, bottom + 60, steps=4)
    page.mouse.up()
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "false")
    sent = page.evaluate(KEPT_POINTS)
    assert sent
    assert all(0 <= value <= 1000 for point in sent for value in point)


def test_the_pointer_is_a_ring_of_the_pens_size(page: Page) -> None:
    sizes = {}
    for pen in ("fine", "broad", "eraser"):
        page.click(f"[data-pen={pen}]")
        cursor = page.evaluate("() => document.querySelector('#sheet').style.cursor")
        sizes[pen] = int(cursor.split("width='")[1].split("'")[0])
    assert sizes["fine"] < sizes["broad"] < sizes["eraser"]


def test_pixels_follow_a_drawing_that_is_cleared(page: Page) -> None:
    ink = "() => document.querySelectorAll('[role=gridcell][data-ink]').length"
    put(page, DIGITS[4])
    page.keyboard.press("g")
    page.wait_for_function(f"() => ({ink})() > 20")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("g")
    page.wait_for_function(f"() => ({ink})() === 0")


def test_the_page_travels_compressed(server: Server) -> None:
    request = urllib.request.Request(server.address, headers={"accept-encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"inkdigit" in gzip.decompress(answer.read())
    with urllib.request.urlopen(server.address) as answer:
        assert answer.headers["content-encoding"] is None


def test_a_runner_up_stands_beside_and_a_tap_corrects_to_it(page: Page) -> None:
    put(page, ODD_HAND[8])
    chip = page.locator("#others button").first
    digit = chip.inner_text().split("\n")[0][0]
    chip.click()
    assert shown(page) == digit
    expect(page.locator("#words")).to_have_text(ENGLISH["answer.corrected"])


@pytest.mark.parametrize("size", [WIDE, LEAST, PHONE, {"width": 768, "height": 1024}, {"width": 844, "height": 390}])
def test_every_bar_is_as_large_as_its_place(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    put(page, DIGITS[4])
    boxes = [one.bounding_box() for one in page.locator("#bars button").all()]
    for one, other in itertools.pairwise(boxes):
        assert one is not None
        assert other is not None
        assert other["x"] - one["x"] - one["width"] == pytest.approx(0, abs=1)  # no gap between them
        assert one["width"] >= 29
        assert one["height"] >= 44


# Every text that the place of notices has held.
HEARD = """() => addEventListener('DOMContentLoaded', () => {
  const notice = document.querySelector('#notice');
  window.heard = [];
  const watched = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => window.heard.push(notice.textContent)).observe(notice, watched);
})"""


def test_only_a_line_that_was_lost_is_there_again(browser: Browser, server: Server) -> None:
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        """The server is slow at first: the first line comes to nothing."""
        lines.append(line)
        if len(lines) == 1:
            line.close()
        else:
            line.connect_to_server()

    context = browser.new_context(viewport=WIDE, service_workers="block")  # type: ignore[arg-type]
    context.add_init_script(f"({HEARD})()")
    context.route_web_socket("**/api/ink", connect)
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_function("() => window.heard?.length > 0")
    expect(page.locator("#notice")).to_have_text("")
    page.wait_for_function(SETTLED)
    put(page, DIGITS[4])
    assert shown(page) == "4"
    assert set(page.evaluate("() => window.heard")) == {ENGLISH["draw.gone"], ""}
    lines[-1].close()
    expect(page.locator("#notice")).to_have_text(ENGLISH["draw.back"])
    context.close()
