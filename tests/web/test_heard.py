"""What a screen reader meets: what is there for it, by which name, and what interrupts."""

from __future__ import annotations

from typing import Any

from drawn import DIGITS
from playwright.sync_api import Page, expect
from sheet import ENGLISH, put


def nodes(page: Page) -> list[tuple[str, str]]:
    """(role, name) of all that a screen reader meets."""
    tree: Any = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    seen = [one for one in tree["nodes"] if not one["ignored"]]
    return [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in seen]


def test_fields_for_files_are_not_there_and_the_buttons_before_them_are(six: Page) -> None:
    for tab, button in (("picture", "Choose"), ("kept", "Import")):
        six.click(f"#tab-{tab}")
        expect(six.get_by_role("button", name=button, exact=True)).to_be_visible()
        found = nodes(six)
        assert six.locator("input[type=file]").count() > 0
        assert [name for _, name in found if "file chosen" in name.lower() or "choose file" in name.lower()] == []
        assert [name for role, name in found if role in ("button", "textbox") and not name] == []


def test_what_was_done_is_a_status_and_what_went_wrong_an_alert(empty: Page) -> None:
    put(empty, DIGITS[4])
    empty.keyboard.press("k")
    expect(empty.get_by_role("status").filter(has_text="Kept.")).to_be_visible()
    expect(empty.get_by_role("alert")).to_have_count(0)
    empty.route("**/api/kept/delete", lambda route: route.abort())
    empty.click("#notice button")
    expect(empty.get_by_role("alert").filter(has_text=ENGLISH["kept.gone"])).to_be_visible()


def test_each_bar_has_a_name_that_says_how_likely_and_what_it_does(page: Page) -> None:
    put(page, DIGITS[4])
    names = page.get_by_role("list", name=ENGLISH["answer.bars"]).get_by_role("button")
    expect(names).to_have_count(10)
    labels = [names.nth(digit).get_attribute("aria-label") or "" for digit in range(10)]
    assert labels[4].startswith("4: 99%")
    assert "Correct" not in labels[4]
    assert [one for digit, one in enumerate(labels) if digit != 4 and one != f"{digit}: 0%. Correct to {digit}"] == []


# The width of the ring around the list, where there is one.
RING = "(list) => getComputedStyle(list).outlineStyle === 'none' ? 0 : parseFloat(getComputedStyle(list).outlineWidth)"


def test_a_click_puts_no_ring_around_the_whole_list_and_the_keyboard_does(six: Page) -> None:
    gallery = six.locator("#gallery")
    gallery.locator("[role=option]").nth(2).click()
    expect(gallery).to_be_focused()
    six.keyboard.press("ArrowRight")  # from here on, the browser takes the focus for one of keys
    assert gallery.evaluate(RING) == 0
    six.keyboard.press("Shift+Tab")
    six.keyboard.press("Tab")
    expect(gallery).to_be_focused()
    assert gallery.evaluate(RING) >= 2
