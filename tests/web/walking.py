"""A person who walks through the page, with a mouse or a finger that the browser takes for real."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from sheet import SETTLED, WORDS, Server, opened, place
from test_languages import CUT
from test_pointing import WIDTHS
from test_reach import MEASURED, NOTICED
from test_words import terms

# Windows of a small phone, one that lies down, a tablet upright and lying, and a wide screen.
WALKED = {
    "small phone": {"width": 320, "height": 568},
    "phone lying": {"width": 844, "height": 390},
    "tablet": {"width": 768, "height": 1024},
    "tablet lying": {"width": 1024, "height": 768},
    "desktop": {"width": 1440, "height": 900},
}

# Before anything is painted: a font for the whole page, and who counts what moves without being asked to. Right after a
# press only these may: what is said of it, another picture, and what stands behind tags or under lessons.
PREPARED = """(() => {
  const style = new CSSStyleSheet();
  style.replaceSync(`body { font-family: 'FONT', monospace !important; }`);
  document.adoptedStyleSheets = [style];
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.id || node?.className || '');
      const free = ['notice', 'below', 'seen', 'frame', 'tag', 'forget-hand'];
      if (!hadRecentInput || moved.some((one) => !free.includes(one))) shifts.push([value, moved]);
    }
  }).observe({ type: 'layout-shift', buffered: true });
})()"""
STILL = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(shifts))))"
# What the browser says of requests while a walk is without the server, and of those that are refused on purpose.
EXPECTED = re.compile("ERR_INTERNET_DISCONNECTED|status of (422|503)")


class Walker:
    """press, point and draw are done with the mouse, or with a finger on a touch screen."""

    def __init__(
        self, browser: Browser, server: Server, size: dict[str, int], font: str, touch: bool,
        language: str = "en", prepared: str = "",
    ) -> None:  # fmt: skip
        told: dict[str, Any] = {"has_touch": True, "is_mobile": True} if touch else {}
        self.touch = touch
        self.words = WORDS[language]
        self._never = {one for spoken, _, others in terms() if spoken == language for one in others}
        self.page = opened(
            browser, server, prepared=f"{PREPARED.replace('FONT', font)};{prepared}", viewport=size, locale=language,
            reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"], **told,
        )  # fmt: skip
        self._finger = self.page.context.new_cdp_session(self.page) if touch else None
        self.page.on("console", lambda message: self._heard(message.type, message.text))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and not EXPECTED.search(text):
            self.page.faults.append(text)  # type: ignore[attr-defined]

    def press(self, what: str | Locator) -> None:
        there = self.page.locator(what) if isinstance(what, str) else what
        if self.touch:
            there.tap()
        else:
            there.click()

    def draw(self, strokes: Iterable[Sequence[Sequence[float]]], scale: float, left: float, top: float) -> None:
        """Draws in a square of 100, and waits until the drawing has been read."""
        for points in strokes:
            few = points if len(points) < 9 else [*points[:-1:4], points[-1]]
            self.stroke(place(self.page, few, scale, left, top))
        self.page.wait_for_function(SETTLED)

    def stroke(self, points: Sequence[tuple[float, float]]) -> None:
        """One stroke through pixels of the window."""
        if self._finger is None:
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for point in points[1:]:
                self.page.mouse.move(*point)
            self.page.mouse.up()
            return
        for at, (x, y) in enumerate(points):
            kind = "touchMove" if at else "touchStart"
            self._finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": 1}]})
        self._finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def shut(self, panel: str) -> None:
        """Shuts a panel as one does without its button, which it may cover: beside it, or with a key."""
        if self.touch:
            self.page.touchscreen.tap(2, 2)
        else:
            self.page.keyboard.press("Escape")
        self.page.wait_for_selector(panel, state="hidden")

    def go(self, tab: str) -> None:
        self.press(f"#tab-{tab}")
        self.page.wait_for_selector("#page:not([data-coming])")

    def found(self, name: str) -> list[list[int]]:
        """How far around the middle of each a finger finds it, [across, down]; a small page is scrolled to them."""
        self.page.locator(name).first.scroll_into_view_if_needed()
        wide: list[list[int]] = self.page.evaluate(WIDTHS, name)
        return wide

    def reached(self, within: str | None = None, scrolled: bool = False) -> None:
        """Every control that is seen can be pressed, lies over no other, and its words have their room; what is said is
        said in the words that the page has for it. scrolled: a dialog, whose head stays over what is scrolled.
        """
        faults = self.page.evaluate(MEASURED, within)[1]
        faults = [one for one in faults if not scrolled or one[0] != "over another"]
        assert faults == [], faults
        cut = self.page.evaluate(CUT)
        assert cut == [], cut
        said = self.page.inner_text("body").casefold()
        never = [one for one in self._never if one in said]
        assert never == [], never

    def told(self, text: str | re.Pattern[str], role: str) -> None:
        """The place of notices says this, as a status or an alert, whole and over nothing."""
        notice = self.page.locator("#notice")
        expect(notice).to_contain_text(text)
        expect(notice).to_have_attribute("role", role)
        faults = self.page.evaluate(NOTICED, ["", ""])
        assert faults == [], faults
        self.reached()

    def noticed(self) -> list[object]:
        """What has moved unasked, and what went wrong in silence."""
        moved: list[object] = self.page.evaluate(STILL)
        return moved + self.page.faults  # type: ignore[attr-defined,no-any-return]


def lines(page: Page, name: str) -> list[str]:
    return page.inner_text(name).splitlines()
