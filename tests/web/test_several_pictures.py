"""The picture tab with several files and pages, and what is put away there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from drawn import encoded, written
from here import pdf_needed
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from sheet import ENGLISH, WORDS, Server, opened, shown, until


@pytest.fixture
def tab(page: Page) -> Page:
    page.click("#tab-picture")
    return page


def document(path: Path, *texts: str) -> Path:
    """A PDF or TIFF with a page for each."""
    pages = [Image.open(io.BytesIO(encoded(written(text)))).convert("L") for text in texts]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def picture(path: Path, text: str) -> Path:
    path.write_bytes(encoded(written(text)))
    return path


def texts(tab: Page) -> list[str]:
    return [text.split("\n")[0] for text in tab.locator("#found li").all_inner_texts()]


@pytest.mark.parametrize("name", ["pages.pdf", "pages.tiff"])
def test_files_and_pages_stand_in_a_strip_and_each_is_read(tab: Page, tmp_path: Path, name: str) -> None:
    if name.endswith("pdf"):
        pdf_needed()
    files = [document(tmp_path / name, "4071", "268"), picture(tmp_path / "three.png", "35")]
    tab.set_input_files("#file", files)
    strip = tab.locator("#strip button")
    expect(strip).to_have_count(3)
    expect(strip.last).to_have_attribute("aria-label", "three.png: 1 number")
    assert texts(tab) == ["4071"]
    strip.nth(1).click()
    expect(tab.locator("#found li")).to_contain_text("268")
    strip.nth(2).click()
    expect(tab.locator("#found li")).to_contain_text("35")
    assert tab.evaluate("() => document.querySelector('#photo').width") > 100  # it is shown, too


@pytest.mark.parametrize("name", ["one.png", "pages.tiff"])
def test_a_picture_stays_in_its_place_when_others_come(tab: Page, tmp_path: Path, name: str) -> None:
    """The strip took its room when the second page came, and the picture jumped."""
    held: list[Route] = []
    tab.route("**/api/read*", lambda route: held.append(route), times=1)
    one = tmp_path / name
    files = [document(one, "4071", "268")] if name.endswith("tiff") else [picture(one, "4071"), picture(one, "268")]
    tab.set_input_files("#file", files)
    until(tab, lambda: len(held) == 1, "the first is being read")
    before = tab.locator("#photo").bounding_box()
    held[0].continue_()
    expect(tab.locator("#strip button")).to_have_count(2)
    expect(tab.locator("#found li")).to_have_count(1)
    assert tab.locator("#photo").bounding_box() == before


def test_what_cannot_be_read_is_said_in_its_place_and_the_rest_is_read(tab: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    tab.set_input_files("#file", [broken, picture(tmp_path / "three.png", "35")])
    expect(tab.locator("#strip button").last).to_have_attribute("aria-label", "three.png: 1 number")
    expect(tab.locator("#notice")).to_have_text(ENGLISH["error.picture"])
    tab.locator("#strip button").last.click()
    assert texts(tab) == ["35"]


@pytest.mark.parametrize("language", WORDS)
def test_an_empty_file_is_said_to_be_empty(browser: Browser, server: Server, tmp_path: Path, language: str) -> None:
    """It was called damaged, locked or too large."""
    page = opened(browser, server, locale=language)
    (tmp_path / "empty.png").write_bytes(b"")
    page.click("#tab-picture")
    page.set_input_files("#file", [tmp_path / "empty.png"])
    expect(page.locator("#notice")).to_have_text(WORDS[language]["error.empty"])
    page.click("#tab-kept")
    page.set_input_files("#imported", [tmp_path / "empty.png"])
    expect(page.locator("#brought-list li")).to_have_text([f"empty.png{WORDS[language]['error.empty']}"])
    page.context.close()


def test_what_is_put_away_comes_back_with_its_corrections(tab: Page, tmp_path: Path) -> None:
    tab.set_input_files("#file", picture(tmp_path / "sheet.png", "4071"))
    expect(tab.locator("#found li")).to_have_count(1)
    tab.locator("#boxes button").nth(2).click()
    tab.keyboard.press("1")
    assert shown(tab).replace("\n", "") == "4011"
    for key in ("Escape", "n"):
        tab.keyboard.press(key)
        expect(tab.locator("#found li")).to_have_count(0)
        tab.keyboard.press("Control+z")
        expect(tab.locator("#found li")).to_contain_text("4011")
    tab.keyboard.press("Escape")
    tab.click("#notice button")
    expect(tab.locator("#found li")).to_contain_text("4011")
    tab.keyboard.press("Control+z")  # and then the correction
    expect(tab.locator("#found li")).to_contain_text("4071")


def test_a_refusal_has_no_figure_and_a_number_copies_from_its_row(tab: Page, tmp_path: Path) -> None:
    tab.set_input_files("#file", picture(tmp_path / "sheet.png", "4071"))
    row = tab.locator("#found li").first
    expect(row).to_contain_text("%")
    expect(row.locator(".copy")).to_have_attribute("aria-label", "Copy 4071")
