"""The page in a real browser: starting it, drawing on it, reading what it shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from drawn import number
from here import STATIC
from playwright.sync_api import Browser, Page

WORDS: dict[str, dict[str, str]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((STATIC / "words").glob("*.json"))
}
ENGLISH = WORDS["en"]
WIDE = {"width": 1280, "height": 800}
LEAST = {"width": 900, "height": 600}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 360, "height": 640}

# Widths and heights of windows, in all of which nothing may lie over a control.
SIZES = [
    {"width": width, "height": height}
    for width, height in (
        (320, 568),
        (360, 640),
        (390, 844),
        (844, 390),
        (640, 360),
        (768, 1024),
        (900, 600),
        (1280, 800),
    )
]
NUMBERS = {"4": 0.7, "407": 0.3, "407268": 0.15, "40726803": 0.12}  # and how large their digits are drawn

# JavaScript that holds once the page's script runs (it makes the bars) and the newest drawing has its answer.
SETTLED = "() => document.querySelector('#bars li') && !document.querySelector('#page').dataset.busy"

# Fonts of unlike heights, the package of Debian with each, and JavaScript that sets the page in one.
FONTS = {"DejaVu Sans": "fonts-dejavu-core", "Noto Sans": "fonts-noto-core"}
FONT = "(font) => { document.body.style.fontFamily = `'${font}', monospace`; }"


class Server:
    """`inkdigit serve` in a process of its own, on one port for all its lives."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        command = [sys.executable, "-m", "inkdigit", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.port = int(line.split()[2].rstrip("/").rsplit(":", 1)[1])

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def opened(browser: Browser, server: Server, prepared: str = "", **context: object) -> Page:
    """The page, ready to draw on; a script error or a message of the policy fails the test that closes it.

    prepared: JavaScript that runs before the page.
    """
    # Without its worker, so that a test sees every request of the page; test_offline.py lets it work.
    page = browser.new_context(**{"viewport": WIDE, "service_workers": "block", **context}).new_page()  # type: ignore[arg-type]
    page.add_init_script(prepared)
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    return page


def watched(browser: Browser, server: Server) -> Iterator[Page]:
    """For a fixture: the page, without a fault until it is closed."""
    page = opened(browser, server)
    yield page
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.kill()


def place(
    page: Page, stroke: Iterable[Sequence[float]], scale: float, left: float, top: float
) -> list[tuple[float, float]]:
    """Points in a square of 100 -> pixels of the window: scale 1 fills the sheet."""
    box: Any = page.locator("#sheet").bounding_box()
    side = box["width"]
    return [(box["x"] + side * (left + x * scale) / 100, box["y"] + side * (top + y * scale) / 100) for x, y in stroke]


# Moves the mouse, whose button is down, through points on the sheet: in one go, for each step of the real mouse takes a
# frame. It must be there already, and it must be moved to where the stroke ends, by its own means.
THROUGH = """(points) => {
  const sheet = document.querySelector('#sheet');
  const mouse = { pointerId: 1, pointerType: 'mouse', isPrimary: true, button: -1, buttons: 1, pressure: 0.5 };
  for (const [clientX, clientY] of points)
    sheet.dispatchEvent(new PointerEvent('pointermove', { ...mouse, bubbles: true, clientX, clientY }));
}"""


def draw(
    page: Page, strokes: Iterable[Iterable[Sequence[float]]], scale: float = 0.7, left: float = 15, top: float = 15
) -> None:
    """Draws with the mouse and waits until the drawing has been read."""
    for stroke in strokes:
        first, *others = place(page, stroke, scale, left, top)
        page.mouse.move(*first)
        page.mouse.down()
        if others:
            page.evaluate(THROUGH, others[:-1])
            page.mouse.move(*others[-1])
        page.mouse.up()
    page.wait_for_function(SETTLED)


# Draws strokes of a square of 100 on the sheet, as the events of a mouse tell them.
STROKES = """([strokes, scale, left, top]) => {
  const sheet = document.querySelector('#sheet');
  const { x, y, width } = sheet.getBoundingClientRect();
  const mouse = { pointerId: 1, pointerType: 'mouse', isPrimary: true, pressure: 0.5, bubbles: true };
  const tell = (type, button, buttons, point) => sheet.dispatchEvent(new PointerEvent(type, { ...mouse, button, buttons,
    clientX: x + width * (left + point[0] * scale) / 100, clientY: y + width * (top + point[1] * scale) / 100 }));
  for (const points of strokes) {
    tell('pointerdown', 0, 1, points[0]);
    for (const point of points) tell('pointermove', -1, 1, point);
    tell('pointerup', 0, 0, points.at(-1));
  }
}"""


def put(
    page: Page, strokes: Iterable[Iterable[Sequence[float]]], scale: float = 0.7, left: float = 15, top: float = 15
) -> None:
    """Puts strokes on the sheet and waits until they have been read: where it does not matter how they are drawn, for
    the mouse itself takes frames."""
    page.evaluate(STROKES, [strokes, scale, left, top])
    page.wait_for_function(SETTLED)


def shown(page: Page) -> str:
    """The large digit, "" when there is none."""
    return page.inner_text("#digit")


def holds(page: Page, asynchronous: str, arg: object = None, seconds: float = 10) -> None:
    """Waits until an async function is true. wait_for_function cannot: to it, any promise is true."""
    until(page, lambda: bool(page.evaluate(asynchronous, arg)), f"{asynchronous} for {arg!r}", seconds)


def until(page: Page, so: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Waits, frame by frame of the page, until something is so that is known on this side."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, f"not so after {seconds} s: {what}"
        page.evaluate("() => new Promise(requestAnimationFrame)")


def sheet_is_clean(page: Page) -> bool:
    """True when no pixel of the canvas shows ink."""
    found: bool = page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => { const c = "
        "document.querySelector('#sheet'); done(!c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data.some(Boolean)); })))"
    )
    return found


def fits(page: Page) -> bool:
    """True when nothing of the page is scrolled to, and every tool, tab and found number is large enough to touch."""
    inside = "() => { const e = document.documentElement;"
    inside += "return e.scrollWidth <= innerWidth && e.scrollHeight <= innerHeight; }"
    small = "() => [...document.querySelectorAll('.tools button, .tabs button, .found button')]"
    small += ".map(b => b.getBoundingClientRect()).filter(r => r.width && (r.width < 44 || r.height < 44)).length"
    return bool(page.evaluate(inside)) and page.evaluate(small) == 0


def contrast(one: list[int], other: list[int]) -> float:
    """WCAG 2.2 contrast ratio of two sRGB colours."""

    def light(colour: list[int]) -> float:
        linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


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


def set_in(page: Page, font: str) -> None:
    """Sets the page in a font, and makes sure of it."""
    page.evaluate(FONT, font)
    width, height, wanted, other = page.evaluate(FIGURE, font)
    assert width == pytest.approx(wanted, abs=0.01)
    assert abs(wanted - other) > 0.02  # not what stands in for it
    assert height > 1.1  # than its line, 0.725


def resize(page: Page, size: dict[str, int]) -> None:
    """Gives the window a size, and waits until everything was laid out in it: lists are, a frame later."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def write(page: Page, text: str) -> None:
    page.keyboard.press("n")
    put(page, number(text), NUMBERS[text], 5, 30)
    assert shown(page).replace("\n", "") == text
