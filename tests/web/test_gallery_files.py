"""Kept drawings as files and on paper: export, import, print, and the drawing on the sheet without keeping it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shelf
from drawn import DIGITS, encoded, number, written
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sheet import Server, put, watched

OPTIONS = shelf.OPTIONS
PRINTED = "() => { window.printed = null; window.print = () => { window.printed = document.querySelector('#prints')"
PRINTED += ".innerText; }; }"


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with shelf.shelf(tmp_path_factory.mktemp("kept")) as found:
        for seed, text in enumerate(("8", "19", "42", "7")):
            shelf.keep(found, text, seed, at=f"2026-11-{10 + seed}T12:00:00Z")
        yield found


@pytest.fixture
def page(browser: Browser, keeper: Server) -> Iterator[Page]:
    yield from watched(browser, keeper)


@pytest.fixture
def gallery(page: Page) -> Page:
    page.click("#tab-kept")
    page.wait_for_selector(OPTIONS)
    return page


def download(page: Page, click: str) -> tuple[str, bytes]:
    with page.expect_download() as found:
        page.click(click)
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def exported(page: Page, form: str) -> tuple[str, bytes]:
    page.click("#export")
    return download(page, f"[data-as={form}]")


# --- out ------------------------------------------------------------------------------------------------------------


def test_those_that_are_selected_are_exported_in_every_form(gallery: Page) -> None:
    gallery.locator(OPTIONS).first.click()
    gallery.locator(OPTIONS).nth(1).click(modifiers=["Shift"])
    name, content = exported(gallery, "json")
    assert name.endswith(".json")
    assert sorted(one["text"] for one in json.loads(content)["drawings"]) == ["42", "7"]
    assert len(np.load(io.BytesIO(exported(gallery, "npz")[1]))["images"]) == 3
    assert len(exported(gallery, "csv")[1].splitlines()) == 4
    for form in ("png", "svg", "idx"):
        with zipfile.ZipFile(io.BytesIO(exported(gallery, form)[1])) as file:
            assert len(file.namelist()) == 2, form


def test_one_is_exported_as_one_picture_and_all_that_were_found_as_all(gallery: Page) -> None:
    gallery.locator(OPTIONS).first.click()
    name, content = exported(gallery, "png")
    assert name.endswith(".png")
    assert max(Image.open(io.BytesIO(content)).size) == 1024
    gallery.get_by_role("button", name="2", exact=True).click()
    expect(gallery.locator("#count")).to_have_text("1 found")
    gallery.click("#export")
    expect(gallery.locator("#exports label").nth(1)).to_have_text("All that were found (1)")
    gallery.check("#e-all")
    [one] = json.loads(download(gallery, "[data-as=json]")[1])["drawings"]
    assert one["text"] == "42"


def test_the_reading_is_copied(gallery: Page) -> None:
    gallery.context.grant_permissions(["clipboard-read", "clipboard-write"])
    gallery.locator(OPTIONS).nth(1).click()
    gallery.keyboard.press("Control+c")
    expect(gallery.locator("#notice")).to_have_text("Copied.")
    assert gallery.evaluate("() => navigator.clipboard.readText()") == "42"


def test_the_drawing_on_the_sheet_is_saved_without_keeping_it(page: Page, keeper: Server) -> None:
    put(page, DIGITS[4])
    page.click("#more")
    name, content = download(page, "#save-png")
    assert name == "inkdigit-4.png"
    pixels = Image.open(io.BytesIO(content)).convert("L")
    assert max(pixels.size) == 1000
    assert pixels.getextrema() == (0, 255)
    page.click("#more")
    name, content = download(page, "#save-svg")
    assert name == "inkdigit-4.svg"
    assert content.count(b"<path") == 2
    assert b"<title>4</title>" in content
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#more")
    page.click("#copy-number")
    expect(page.locator("#notice")).to_have_text("Copied.")
    assert page.evaluate("() => navigator.clipboard.readText()") == "4"
    assert shelf.ask(keeper, "?digit=4")["total"] == 1


def test_the_entries_for_the_sheet_are_only_on_its_tab(gallery: Page) -> None:
    gallery.click("#more")
    expect(gallery.locator("#save-png")).to_be_hidden()
    expect(gallery.locator("#menu :focus")).to_be_visible()


# --- on paper -------------------------------------------------------------------------------------------------------


def test_the_selected_drawings_are_printed_each_with_its_reading(gallery: Page, pictures: Path) -> None:
    gallery.evaluate(PRINTED)
    gallery.keyboard.press("Control+a")
    gallery.locator("#gallery").focus()
    gallery.keyboard.press("Control+a")
    gallery.keyboard.press("Control+p")
    gallery.wait_for_function("() => window.printed !== null")
    expect(gallery.locator("#prints figure")).to_have_count(4)
    expect(gallery.locator("#prints b")).to_have_text(["7", "42", "19", "8"])
    expect(gallery.locator("#prints svg")).to_have_count(4)
    gallery.emulate_media(media="print", color_scheme="dark")
    expect(gallery.locator("#page")).to_be_hidden()
    gallery.screenshot(path=pictures / "print.png")
    paper = Image.open(pictures / "print.png").convert("L")
    assert paper.getpixel((3, 3)) == 255
    assert b"/Type /Page" in gallery.pdf()


def test_the_drawing_on_the_sheet_is_printed_from_the_menu_of_the_browser(page: Page) -> None:
    put(page, DIGITS[4])
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#prints b")).to_have_text("4")
    expect(page.locator("#prints path")).to_have_count(2)
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#prints figure")).to_have_count(0)


# --- in -------------------------------------------------------------------------------------------------------------


def test_files_come_in_and_what_was_refused_is_named_with_the_reason(
    gallery: Page, keeper: Server, tmp_path: Path, pictures: Path
) -> None:
    before = shelf.ask(keeper, "")["total"]
    (tmp_path / "slips.json").write_text(
        json.dumps({"drawings": [{"strokes": number("305")}, {"strokes": number("6")}]})
    )
    (tmp_path / "meter.png").write_bytes(encoded(written("268")))
    (tmp_path / "notes.txt").write_text("Dear diary")
    gallery.set_input_files("#imported", [tmp_path / name for name in ("slips.json", "meter.png", "notes.txt")])
    rows = gallery.locator("#brought-list li")
    expect(rows.nth(0)).to_contain_text("slips.json2 kept")
    expect(rows.nth(1)).to_contain_text("meter.png1 kept")
    expect(rows.nth(2)).to_contain_text("notes.txtThis picture cannot be read. It may be damaged, locked or too large.")
    expect(rows.nth(2)).to_have_class("bad")
    expect(gallery.locator("#notice")).to_contain_text("3 came in.")
    gallery.screenshot(path=pictures / "import.png")
    assert shelf.ask(keeper, "")["total"] == before + 3
    gallery.set_input_files("#imported", [tmp_path / "slips.json"])
    expect(rows.first).to_contain_text("0 kept, 2 kept before")
    gallery.click("#brought-close")
    expect(gallery.locator("#brought")).to_be_hidden()
    gallery.keyboard.press("Control+z")
    expect(gallery.locator("#count")).to_have_text(f"{before} drawings")


def test_a_file_dropped_on_the_gallery_is_imported_and_elsewhere_read(gallery: Page, keeper: Server) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M20 10L80 10L40 95" stroke="#000"/><script>1</script></svg>'
    drop = "text => { const data = new DataTransfer(); data.items.add(new File([text], 'seven.svg'));"
    drop += "document.querySelector('#gallery').dispatchEvent(new DragEvent('drop', "
    drop += "{ bubbles: true, cancelable: true, dataTransfer: data })); }"
    gallery.evaluate(drop, svg)
    row = gallery.locator("#brought-list li")
    expect(row).to_contain_text("1 kept")
    expect(row).to_contain_text("left out: script")
    expect(gallery.locator("#page")).to_have_attribute("data-tab", "kept")
    expect(gallery.locator(OPTIONS).first).to_contain_text("7")
    gallery.locator("#notice button").click()
    expect(gallery.locator("#notice")).to_have_text("Undone.")
