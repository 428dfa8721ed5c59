"""Answers that come late: what the page shows and what it lets be corrected until they are here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from drawn import Points
from playwright.sync_api import Browser, Page, expect
from sheet import ENGLISH, SETTLED, Server, draw, opened, place, shown, until


class Held:
    """The line between the page and its server: from `hold` on, answers wait until `pass_on`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.holding = False
        self.asked: list[Any] = []
        self.waiting: list[tuple[Any, str]] = []
        page.route_web_socket("**/api/ink", self._between)
        page.reload()
        page.wait_for_function(SETTLED)

    def _between(self, route: Any) -> None:
        upstream = route.connect_to_server()

        def ask(text: str) -> None:
            self.asked.append(json.loads(text))
            upstream.send(text)

        def answer(text: str) -> None:
            if self.holding and '"id"' in text:
                self.waiting.append((route, text))
            else:
                route.send(text)

        route.on_message(ask)
        upstream.on_message(answer)

    def hold(self) -> None:
        self.holding = True
        self.asked.clear()

    def wait(self, count: int = 1) -> None:
        until(self.page, lambda: len(self.waiting) == count, f"{count} answers wait")

    def pass_on(self, change: str = "") -> None:
        """Lets the oldest answer go; `change`: another message in its place, with the same id."""
        self.wait()
        route, text = self.waiting.pop(0)
        route.send(change.replace("ID", str(json.loads(text)["id"])) or text)

    def let_go(self) -> None:
        self.holding = False
        while self.waiting:
            self.pass_on()
        self.page.wait_for_function(SETTLED)


@pytest.fixture
def late(browser: Browser, server: Server) -> Iterator[Held]:
    page = opened(browser, server)
    yield Held(page)
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


def stroke(page: Page, points: Points) -> None:
    """Draws a line, and waits for nothing."""
    first, *others = place(page, points, 1, 0, 0)
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point)
    page.mouse.up()


SEVEN: Points = [[35, 20], [65, 20], [45, 75]]
ONE: Points = [[82, 20], [82, 75]]


def test_a_slow_answer_shows_that_it_is_reading_and_none_comes_onto_a_blank_sheet(late: Held) -> None:
    page = late.page
    late.hold()
    stroke(page, SEVEN)
    expect(page.locator("#words")).to_have_text("Reading")
    expect(page.locator("#page")).to_have_attribute("data-state", "thinking")
    page.keyboard.press("n")
    expect(page.locator("#words")).to_have_text("Draw a digit, or a number")
    late.let_go()
    assert shown(page) == ""


def begun_anew(late: Held) -> None:
    """A 7 alone on the sheet, whose answer is held back."""
    late.page.keyboard.press("n")
    late.page.wait_for_function(SETTLED)
    late.hold()
    stroke(late.page, SEVEN)
    late.wait()


def test_an_answer_to_what_was_cleared_is_not_taken_for_what_is_drawn_now(late: Held) -> None:
    page = late.page
    page.add_init_script(HEARD)
    page.reload()
    page.wait_for_function(SETTLED)
    error = '{"id": ID, "error": {"code": "x", "message": "stale"}}'
    for count, change in enumerate(("", error), 1):
        begun_anew(late)
        page.keyboard.press("n")
        stroke(page, ONE)
        late.wait(2)
        old, new = (message["id"] for message in late.asked)
        assert old < new, "the new drawing does not wait for the answer to the old one, and is alone under way"
        route, text = late.waiting.pop(0)
        assert json.loads(text)["id"] == old
        route.send(change.replace("ID", str(old)) or text)
        route.send(f'{{"alive": {count}}}')
        until(page, lambda count=count: page.evaluate("() => window.alive") == count, "heard")  # type: ignore[misc]
        assert (shown(page), page.inner_text("#notice")) == ("", ""), change
        assert len(late.asked) == 2, "it goes on waiting for the answer to the new one"
        late.let_go()
        assert shown(page) == "1", change


def test_the_newest_drawing_is_the_one_that_is_shown_at_last(late: Held) -> None:
    page = late.page
    late.hold()
    stroke(page, SEVEN)
    late.wait()
    stroke(page, ONE)
    late.pass_on()
    late.wait()
    assert len(late.asked[-1]["strokes"]) == 2
    late.let_go()
    assert shown(page).replace("\n", "") == "71"


def test_an_answer_is_not_corrected_once_there_is_more_ink_than_it_read(late: Held) -> None:
    page = late.page
    for key in ("9", "0", "x"):
        page.keyboard.press("n")
        draw(page, [SEVEN], 1, 0, 0)
        late.hold()
        stroke(page, ONE)
        late.wait()
        page.keyboard.press(key)
        page.locator("#bars li").nth(3).click()
        assert shown(page) == "7", key
        late.let_go()
        assert shown(page).replace("\n", "") == "71", key
        expect(page.locator("#words"), key).not_to_have_text("Corrected by you")
        page.keyboard.press("9")
        assert shown(page).replace("\n", "") == "79", key


def test_nothing_is_corrected_while_the_pen_is_down_or_the_sheet_is_blank(page: Page) -> None:
    page.keyboard.press("9")
    assert shown(page) == ""
    points = place(page, SEVEN, 1, 0, 0)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.wait_for_function(SETTLED)
    assert shown(page) == "7"
    page.keyboard.press("9")
    assert shown(page) == "7"
    page.mouse.up()
    page.wait_for_function(SETTLED)
    assert shown(page) == "7"


def test_an_answer_that_comes_when_another_tab_is_open_leaves_it_alone(late: Held) -> None:
    page = late.page
    error = '{"id": ID, "error": {"code": "x", "message": "too late"}}'
    for case, change in (("an answer", ""), ("an error", error)):
        begun_anew(late)
        page.click("#tab-picture")
        expect(page.locator("#words")).to_have_text(ENGLISH["picture.show"])  # the room has come
        words = page.inner_text("#words")
        late.pass_on(change)
        until(page, lambda: len(late.asked) == 2, "the page has heard the answer, and asks for the rest of the stroke")
        late.wait()
        assert (shown(page), page.inner_text("#words"), page.inner_text("#notice")) == ("", words, ""), case
        late.let_go()
        assert (shown(page), page.inner_text("#words"), page.inner_text("#notice")) == ("", words, ""), case
        page.click("#tab-draw")
        expect(page.locator("#digit"), case).to_have_text("7")


def test_reading_is_said_on_the_tab_that_is_reading_only(late: Held) -> None:
    page = late.page
    page.evaluate("() => { const after = setTimeout; window.setTimeout = (then, wait) => wait === 200"
                  " ? (window.think = then, 0) : after(then, wait); }")  # fmt: skip
    late.hold()
    stroke(page, SEVEN)
    late.wait()
    page.click("#tab-picture")
    expect(page.locator("#words")).to_have_text(ENGLISH["picture.show"])  # the tab's code is here
    page.evaluate("() => window.think()")
    assert page.inner_text("#words") == ENGLISH["picture.show"]
    expect(page.locator("#page")).not_to_have_attribute("data-state", "thinking")
    late.let_go()


# Keeps the number of the newest sign of life that a test has sent; the server's own have none.
HEARD = """
const parse = JSON.parse;
window.alive = 0;
JSON.parse = (text, ...more) => {
  const message = parse(text, ...more);
  if (Number.isInteger(message?.alive)) window.alive = message.alive;
  return message;
};"""


def test_a_sign_of_life_keeps_the_page_from_asking_again(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    page.clock.install()
    page.add_init_script(HEARD)
    held = Held(page)
    held.hold()
    stroke(page, ONE)
    held.wait()
    asked = len(held.asked)
    route, _ = held.waiting[0]
    for count in range(1, 5):
        page.clock.fast_forward(3000)
        route.send(f'{{"alive": {count}}}')
        until(page, lambda count=count: page.evaluate("() => window.alive") == count, "heard")  # type: ignore[misc]
    expect(page.locator("#page")).to_have_attribute("data-state", "thinking")
    assert len(held.asked) == asked
    page.clock.fast_forward(4100)  # without one, the line is dead
    expect(page.locator("#page")).to_have_attribute("data-state", "gone")
    page.context.close()
