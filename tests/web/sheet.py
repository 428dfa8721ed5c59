"""The page in a real browser: starting it, drawing on it, reading what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

WIDE = {"width": 1280, "height": 800}
LEAST = {"width": 900, "height": 600}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 360, "height": 640}

# JavaScript that holds once the answer to the newest drawing is on the page.
SETTLED = "() => !document.querySelector('#page').dataset.busy"


class Server:
    """`inkdigit serve` in a process of its own, on one port for all its lives."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

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


def opened(browser: Browser, server: Server, **context: object) -> Page:
    """The page, ready to draw on; a script error or a message of the policy fails the test that closes it."""
    page = browser.new_context(**{"viewport": WIDE, **context}).new_page()  # type: ignore[arg-type]
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    return page


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


def draw(
    page: Page, strokes: Iterable[Iterable[Sequence[float]]], scale: float = 0.7, left: float = 15, top: float = 15
) -> None:
    """Draws with the mouse and waits until the drawing has been read."""
    for stroke in strokes:
        points = place(page, stroke, scale, left, top)
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
    page.wait_for_function(SETTLED)


def shown(page: Page) -> str:
    """The large digit, "" when there is none."""
    return page.inner_text("#digit")


def sheet_is_clean(page: Page) -> bool:
    """True when no pixel of the canvas shows ink."""
    found: bool = page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => { const c = "
        "document.querySelector('#sheet'); done(!c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data.some(Boolean)); })))"
    )
    return found
