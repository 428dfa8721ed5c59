"""Fixtures of the browser tests: a server, a browser, a page; and the same with a store of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import shelf
from here import missing
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sheet import FONTS, WIDE, Server, serving, watched

expect.set_options(timeout=15_000)  # ms; a busy machine takes its time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a browser."""
    for item in items:
        if {"browser", "chromium", "headless_chromium"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def browser(headless_chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=headless_chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def fonts() -> list[str]:
    """Two fonts of unlike heights."""
    for font, package in FONTS.items():
        if not shutil.which("fc-list") or not subprocess.run(["fc-list", font], capture_output=True).stdout:
            missing(f"The font {font}", f"Install it, on Debian: apt-get install {package}.")
    return list(FONTS)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    yield from watched(browser, server)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """For several pages of one person."""
    found = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    yield found
    found.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="session")
def serving_store(folder: Path) -> Iterator[Server]:
    """One for all files of tests: starting it takes two seconds of a processor."""
    with shelf.shelf(folder) as found:
        yield found


@pytest.fixture
def keeper(serving_store: Server, folder: Path) -> Iterator[Server]:
    """A server whose store holds nothing."""
    if not serving_store.runs:  # a test ended it, and failed
        shelf.start(serving_store, folder)
    yield serving_store
    for file in folder.glob("store.sqlite*"):
        file.unlink()


@pytest.fixture
def empty(browser: Browser, keeper: Server) -> Iterator[Page]:
    yield from watched(browser, keeper)


@pytest.fixture
def six(keeper: Server, empty: Page) -> Page:
    """The gallery with 7, 42, 7, 3, 19 and 8, the newest first."""
    for seed, text in enumerate(("8", "19", "3", "7", "42", "7")):
        about = {"tags": ["slips"]} if text == "42" else {}
        shelf.keep(keeper, text, seed, at=f"2026-11-{10 + seed}T12:00:00Z", **about)
    empty.click("#tab-kept")
    empty.wait_for_selector(shelf.OPTIONS)
    expect(empty.locator("#count")).to_have_text("6 drawings")
    return empty
