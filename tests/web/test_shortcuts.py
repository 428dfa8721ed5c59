"""The sheet of shortcuts says what the keys do: each row is pressed, and each key that a script knows has a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn import encoded, number, written
from here import STATIC
from playwright.sync_api import Browser, Page, expect
from sheet import ENGLISH, SETTLED, Server, opened, put, shown

DOCS = Path(__file__).parents[2] / "docs" / "drawing.md"
TABLE: list[dict[str, Any]] = [
    {"room": room, "keys": re.findall(r'"([^"]+)"', keys), "range": bool(several), "word": word}
    for room, keys, several, word in re.findall(
        r'\{ room: "(\w*)", keys: \[(.*?)\],( range: true,)? word: "([\w.-]+)" \}',
        (STATIC / "shared" / "shortcuts.js").read_text(),
    )
]


def press(page: Page, key: str) -> None:
    for said, name in {"Ctrl": "Control", "Esc": "Escape", "→": "ArrowRight"}.items():
        key = key.replace(said, name)
    page.keyboard.press(key)
    page.wait_for_function(SETTLED)


def written_in(page: Page) -> str:
    return shown(page).replace("\n", "")


def drawn(page: Page) -> None:
    """Two strokes: undoing both, and what another key has left to undo, is not undoing one."""
    put(page, number("71"), 0.4, 10, 30)
    assert written_in(page) == "71"


def pictured(page: Page) -> None:
    page.click("#tab-picture")
    page.set_input_files(
        "#file", {"name": "sheet.png", "mimeType": "image/png", "buffer": encoded(written("4071", "268"))}
    )
    page.wait_for_selector("#found li")


def pen(page: Page) -> str | None:
    return page.locator("[data-pen][aria-checked=true]").get_attribute("data-pen")


def opens(page: Page, key: str) -> None:
    press(page, key)
    expect(page.locator("#shortcuts")).to_be_visible()


def closes(page: Page, key: str) -> None:
    for entry in ("#more", "#open-settings"):
        page.click(entry)
    expect(page.locator("#settings")).to_be_visible()
    press(page, key)
    expect(page.locator("#settings")).to_be_hidden()
    page.click("#more")
    press(page, key)
    expect(page.locator("#menu")).to_be_hidden()


def clears(page: Page, key: str) -> None:
    drawn(page)
    press(page, key)
    assert shown(page) == ""
    page.click("#undo")
    page.wait_for_function(SETTLED)
    assert written_in(page) == "71"


def undoes(page: Page, key: str) -> None:
    drawn(page)
    press(page, key)
    assert written_in(page) == "7"


def redoes(page: Page, key: str) -> None:
    drawn(page)
    page.click("#undo")
    press(page, key)
    assert written_in(page) == "71"


def erases(page: Page, key: str) -> None:
    press(page, key)
    assert pen(page) == "eraser"


def takes_the_pen(page: Page, key: str) -> None:
    page.click("[data-pen=eraser]")
    press(page, key)
    assert pen(page) == "medium"


def thins(page: Page, key: str) -> None:
    press(page, key)
    assert pen(page) == "fine"


def thickens(page: Page, key: str) -> None:
    for name in ("broad", "eraser", "eraser"):
        press(page, key)
        assert pen(page) == name


def reads_aloud(page: Page, key: str) -> None:
    drawn(page)
    page.evaluate("() => { document.querySelector('#status').textContent = ''; }")
    press(page, key)
    expect(page.locator("#status[role=status]")).to_contain_text("71, ")


def corrects(page: Page, key: str) -> None:
    pictured(page)
    press(page, key)
    assert key in shown(page)
    expect(page.locator("#words")).to_have_text(ENGLISH["answer.corrected"])


def says_none(page: Page, key: str) -> None:
    pictured(page)
    press(page, key)
    assert "?" in shown(page)


def pastes(page: Page, key: str) -> None:
    page.click("#tab-picture")
    page.evaluate("() => { window.pasted = false; addEventListener('paste', () => { window.pasted = true; }); }")
    press(page, key)
    page.wait_for_function("() => window.pasted")  # that a pasted picture is read: test_picture_tab.py


def puts_away(page: Page, key: str) -> None:
    pictured(page)
    press(page, key)
    expect(page.locator("#found li")).to_have_count(0)


def looks_inside(page: Page, key: str) -> None:
    press(page, key)
    expect(page.locator("#inside")).to_be_visible()
    press(page, key)
    expect(page.locator("#inside")).to_be_hidden()


def opens_the_grid(page: Page, key: str) -> None:
    press(page, key)
    expect(page.locator("#page")).to_have_attribute("data-tab", "pixels")


def cells(page: Page) -> tuple[int, int]:
    """Place of the focused cell, and how many have ink."""
    opens_the_grid(page, "g")
    page.locator("[role=grid]").press("Delete")  # what another key has left
    page.locator("[role=grid]").press("Home")
    return at(page)


def at(page: Page) -> tuple[int, int]:
    place, inked = page.evaluate(
        "() => { const all = [...document.querySelectorAll('[role=gridcell]')];"
        "const inked = all.filter(cell => cell.getAttribute('aria-label').endsWith(', ink'));"
        "return [all.indexOf(document.activeElement), inked.length]; }"
    )
    return place, inked


def moves(page: Page, key: str) -> None:
    place, inked = cells(page)
    press(page, key)
    assert at(page) == (place + 1, inked)


def sets_ink(page: Page, key: str) -> None:
    place, inked = cells(page)
    press(page, key)
    assert at(page) == (place, inked + 1)
    press(page, key)
    assert at(page) == (place, inked)


def paints(page: Page, key: str) -> None:
    place, inked = cells(page)
    press(page, key)
    press(page, key)
    assert at(page)[0] == place + 2
    assert at(page)[1] > inked


def empties(page: Page, key: str) -> None:
    _, inked = cells(page)
    press(page, "Space")
    press(page, key)
    assert at(page)[1] == inked


def goes_back(page: Page, key: str) -> None:
    cells(page)
    press(page, key)
    expect(page.locator("#page")).to_have_attribute("data-tab", "draw")


PROOFS: dict[str, Callable[[Page, str], None]] = {
    "shortcuts.open": opens, "shortcuts.close": closes, "shortcuts.clear": clears, "shortcuts.undo": undoes,
    "shortcuts.redo": redoes, "shortcuts.eraser": erases, "shortcuts.pen": takes_the_pen, "shortcuts.thinner": thins,
    "shortcuts.thicker": thickens, "shortcuts.read": reads_aloud, "shortcuts.correct": corrects,
    "shortcuts.none": says_none, "shortcuts.paste": pastes, "shortcuts.discard": puts_away,
    "shortcuts.inside": looks_inside, "shortcuts.pixels": opens_the_grid, "shortcuts.move": moves,
    "shortcuts.set": sets_ink, "shortcuts.paint": paints, "shortcuts.empty": empties, "shortcuts.back": goes_back,
}  # fmt: skip


# Those that need a browser with a camera or a store: the test file that presses them, and how.
ELSEWHERE = {
    "shortcuts.sign": ("test_signs.py", '.press(":")'),
    "shortcuts.freeze": ("test_camera_tab.py", '.press("Space")'),
    "shortcuts.stop": ("test_camera_tab.py", '.press("Escape")'),
    "shortcuts.keep": ("test_gallery.py", '.press("k")'),
    "shortcuts.keep-picture": ("test_gallery.py", '.press("k")'),
    "shortcuts.walk": ("test_gallery.py", '"Shift+ArrowRight"'),
    "shortcuts.pick": ("test_gallery.py", '("Space", '),
    "shortcuts.all": ("test_gallery.py", '("Control+a", '),
    "shortcuts.open-kept": ("test_gallery.py", '.press("Enter")'),
    "shortcuts.correct-kept": ("test_gallery.py", '.press("8")'),
    "shortcuts.none-kept": ("test_gallery.py", '.press("x")'),
    "shortcuts.rename": ("test_gallery.py", '.press("F2")'),
    "shortcuts.seek": ("test_gallery.py", '.press("/")'),
    "shortcuts.delete": ("test_gallery.py", '.press("Delete")'),
    "shortcuts.undo-kept": ("test_gallery.py", '.press("Control+z")'),
    "shortcuts.undo-picture": ("test_several_pictures.py", '.press("Control+z")'),
    "shortcuts.copy": ("test_gallery_files.py", '.press("Control+c")'),
    "shortcuts.print": ("test_gallery_files.py", '.press("Control+p")'),
}


KEYS = list(dict.fromkeys((row["word"], key) for row in TABLE for key in row["keys"]))


@pytest.fixture(scope="module")
def shared(browser: Browser, server: Server) -> Iterator[Page]:
    """One page for all keys."""
    page = opened(browser, server)
    yield page
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.fixture
def page(shared: Page) -> Page:
    """The sheet without ink, under the medium pen; no picture, no dialog."""
    while shared.locator("dialog[open], #menu:popover-open").count():
        shared.keyboard.press("Escape")
    if shared.locator("#inside").is_visible():
        shared.keyboard.press("i")
    for tab in ("picture", "draw"):
        shared.click(f"#tab-{tab}")
        shared.keyboard.press("n")
    shared.click("[data-pen=medium]")
    shared.wait_for_function(SETTLED)
    assert shown(shared) == ""
    expect(shared.locator("#found li")).to_have_count(0)
    return shared


@pytest.mark.parametrize(("word", "key"), [one for one in KEYS if one[0] not in ELSEWHERE], ids=str)
def test_a_listed_key_does_what_is_said(page: Page, word: str, key: str) -> None:
    assert word in PROOFS, f"{word} wants a proof here that its keys do it"
    PROOFS[word](page, key)


@pytest.mark.parametrize("word", [word for word in ELSEWHERE if word in dict(KEYS)])
def test_a_listed_key_is_pressed_elsewhere(word: str) -> None:
    name, line = ELSEWHERE[word]
    assert line in (Path(__file__).parent / name).read_text()


def test_every_letter_that_the_drawing_tab_knows_is_listed() -> None:
    known = re.search(r"const PLAIN = \{(.*?)\};", (STATIC / "page.js").read_text(), re.DOTALL)
    assert known is not None
    keys = {quoted or plain for quoted, plain in re.findall(r'(?:"(.)"|\b([a-z]+)): ', known[1])}
    own = [row for row in TABLE if row["room"] == "draw" and row["word"] not in ("shortcuts.correct", "shortcuts.none")]
    listed = {key.lower() for row in own for key in row["keys"] if "+" not in key}
    assert {key.replace("escape", "esc") for key in keys} == listed


def test_the_sheet_lists_every_key_by_room(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("#shortcuts[open]")
    rooms = page.locator("#keys section")
    names = list(dict.fromkeys(row["room"] for row in TABLE))
    assert rooms.locator("h3").all_inner_texts() == [
        ENGLISH.get(f"tabs.{name}", ENGLISH.get(f"{name}.open", ENGLISH["shortcuts.everywhere"])) for name in names
    ]
    rows = page.evaluate(
        "() => [...document.querySelectorAll('#keys dl > div')].map(row =>"
        "[row.children[1].textContent, [...row.querySelectorAll('kbd')].map(cap => cap.textContent)])"
    )
    assert rows == [[ENGLISH[row["word"]], [cap for key in row["keys"] for cap in key.split("+")]] for row in TABLE]


def test_the_menu_opens_the_sheet_too(page: Page) -> None:
    page.click("#more")
    page.click("#open-shortcuts")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#more")).to_be_focused()


def test_the_page_about_drawing_lists_the_same_keys() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for row in TABLE:
        keys = (" to " if row["range"] else ", ").join(row["keys"])
        line = f"| {keys} | {ENGLISH[row['word']]} |"
        assert line in text, line
