"""What is taught, corrected or kept while another script is read belongs to that script, and its readers follow it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import encoded
from playwright.sync_api import Page, expect
from sheet import Server, put
from shelf import ask
from test_lessons import ask as ask_server
from test_script_menu import choose, strokes

from inkdigit.ink.strokes import Strokes
from inkdigit.ink.strokes import draw as sketch

THAI = "๐๑๒๓๔๕๖๗๘๙"


def kept(server: Server) -> list[tuple[str, str, str]]:
    """(script, text that was said, the same in its own digits) of each kept drawing, the newest first."""
    return [(one["script"], one["shown"], one["native"]) for one in ask(server, "")["drawings"]]


def marks(server: Server, script: str) -> int:
    found: int = ask_server(server, f"api/hand?script={script}")["marks"]
    return found


def photo(text: str) -> bytes:
    """A number of Thai digits on paper."""
    return encoded(255 - np.pad(sketch(Strokes.of(strokes("thai", text)), 300, 8), 60))


def begin(page: Page) -> int:
    """Begins a lesson, and says which digit is asked for."""
    page.click("#more")
    page.click("#open-lesson")
    expect(page.locator("#lesson-digit")).to_have_text(re.compile(r"Write a \u2066[๐-๙]\u2069 \([0-9]\)"))
    digit = int(page.inner_text("#lesson-digit")[-2])
    assert THAI[digit] in page.inner_text("#lesson-digit")
    return digit


def write(page: Page, digit: int) -> None:
    put(page, strokes("thai", str(digit)), 0.6, 20, 20)
    page.keyboard.press("Enter")


def test_a_lesson_in_another_script_teaches_that_script(empty: Page, keeper: Server) -> None:
    choose(empty, "thai")
    digit = begin(empty)
    put(empty, strokes("thai", str((digit + 3) % 10)), 0.6, 20, 20)
    expect(empty.locator("#lesson-said")).to_contain_text(f"keep it as your \u2066{THAI[digit]}\u2069 ({digit})")
    empty.keyboard.press("Backspace")
    write(empty, digit)
    expect(empty.locator("#lesson-place")).to_have_text("2 of 30")
    empty.keyboard.press("Escape")
    expect(empty.locator("#notice")).to_contain_text("Learned from 1 marks")
    assert kept(keeper) == [("thai", str(digit), THAI[digit])]
    assert (marks(keeper, "thai"), marks(keeper, "western"), marks(keeper, "auto")) == (1, 0, 1)
    empty.click("#more")
    empty.click("#open-lessons")
    expect(empty.locator("#taught b")).to_have_text(f"\u2066{THAI[digit]}\u2069 ({digit})")


def test_a_lesson_where_the_script_is_found_is_in_that_of_the_drawing_on_the_sheet(empty: Page, keeper: Server) -> None:
    choose(empty, "auto")
    put(empty, strokes("thai", "2548"))
    expect(empty.locator("#words")).to_contain_text("๒๕๔๘")
    write(empty, begin(empty))
    expect(empty.locator("#lesson-place")).to_have_text("2 of 30")
    assert [script for script, _, _ in kept(keeper)] == ["thai"]


@pytest.mark.parametrize("script", ["thai", "auto"])
def test_a_correction_in_another_script_teaches_that_script(empty: Page, keeper: Server, script: str) -> None:
    choose(empty, script)
    put(empty, strokes("thai", "2548"))
    expect(empty.locator("#words")).to_contain_text("๒๕๔๘")
    empty.locator("#digit button").first.focus()
    empty.keyboard.press("7")
    empty.click("#notice button")
    expect(empty.locator("#notice")).to_contain_text("Learned. One corrected mark so far.")
    assert kept(keeper) == [("thai", "7548", "๗๕๔๘")]
    assert (marks(keeper, "thai"), marks(keeper, "western")) == (1, 0)


def test_a_picture_is_kept_as_it_was_read_whatever_is_chosen_later(empty: Page, keeper: Server) -> None:
    choose(empty, "thai")
    empty.click("#tab-picture")
    empty.set_input_files("#file", {"name": "two.png", "mimeType": "image/png", "buffer": photo("2548")})
    expect(empty.locator("#found li")).to_have_count(1)
    choose(empty, "kannada")
    empty.click("#keep-picture")
    expect(empty.locator("#notice")).to_contain_text("Kept.")
    assert kept(keeper) == [("thai", "2548", "๒๕๔๘")]


# A camera that sees one picture.
SEES = """(source) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const image = Object.assign(new Image(), { src: source });
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const paint = () => { canvas.getContext('2d').drawImage(image, 0, 0); requestAnimationFrame(paint); };
    paint();
    return canvas.captureStream();
  };
}"""


def test_what_the_camera_sees_is_kept_in_the_script_that_is_read(empty: Page, keeper: Server, tmp_path: Path) -> None:
    picture: Any = photo("2548")
    empty.route("**/thai.png", lambda route: route.fulfill(body=picture, content_type="image/png"))
    choose(empty, "thai")
    empty.evaluate(SEES, "/thai.png")
    empty.click("#tab-camera")
    empty.click("#live-start")
    expect(empty.locator("#words")).to_contain_text("๒๕๔๘")
    empty.keyboard.press(" ")
    expect(empty.locator("#found small")).to_have_text("๒๕๔๘")
    empty.keyboard.press("k")
    expect(empty.locator("#notice")).to_contain_text("Kept.")
    assert kept(keeper) == [("thai", "2548", "๒๕๔๘")]
