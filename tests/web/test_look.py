"""How the page looks: sizes, contrast, stillness, and the pictures of README and docs."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn import DIGITS, number
from here import STATIC
from PIL import Image
from playwright.sync_api import Browser, Page, Route
from sheet import (
    FONT,
    FONTS,
    LEAST,
    PHONE,
    SETTLED,
    SMALL_PHONE,
    THROUGH,
    WIDE,
    Server,
    contrast,
    draw,
    opened,
    place,
    put,
    shown,
)

# JavaScript that waits until the canvas is painted in the colours of the theme, and nothing is on its way any more.
SETTLED_COLOURS = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  await Promise.all(document.getAnimations().map((one) => one.finished));
}"""


WINDOWS = (WIDE, LEAST, PHONE, SMALL_PHONE)
SHOWN = ((WIDE, "light"), (PHONE, "dark"))  # in docs
WHERE = """() => ['sheet', 'bars', 'digit', 'words', 'glyph', 'read'].map((id) => {
  const { left, top, width } = document.getElementById(id).getBoundingClientRect();
  return [left, top, width];
})"""
INSIDE = """() => { const e = document.documentElement;
  return [e.scrollWidth <= innerWidth, e.scrollHeight <= innerHeight]; }"""
SMALL = """() => [...document.querySelectorAll('.tools button, .tabs button')].map((one) => one.getBoundingClientRect())
  .filter((r) => r.width && (r.width < 44 || r.height < 44 || r.right > innerWidth || r.bottom > innerHeight)).length"""


def windows(page: Page) -> Iterator[int]:
    """Shows the page in a window of each size; gives its place in WINDOWS."""
    for at, size in enumerate(WINDOWS):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        yield at


@pytest.mark.parametrize("font", ["", *FONTS])  # the first: the page's own
def test_nothing_scrolls_jumps_or_is_too_small_to_touch(
    page: Page, pictures: Path, fonts: list[str], font: str
) -> None:
    if font:
        page.evaluate(FONT, font)
    before = [page.evaluate(WHERE) for _ in windows(page)]
    put(page, number("407268"), 0.15, 4, 40)  # a long number moves nothing, and keeps to its own place
    assert shown(page).replace("\n", "") == "407268"
    for at in windows(page):
        assert page.evaluate(WHERE) == before[at], WINDOWS[at]
        room, last = (page.locator(name).bounding_box() for name in ("#digit", "#digit button:last-child"))
        assert room is not None
        assert last is not None
        assert last["x"] + last["width"] <= room["x"] + room["width"] + 0.5, WINDOWS[at]
    page.keyboard.press("n")
    put(page, DIGITS[2])
    for at in windows(page):
        for scheme in ("light", "dark"):
            case = (WINDOWS[at], scheme)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate(SETTLED_COLOURS)
            assert page.evaluate(WHERE) == before[at], case
            assert page.evaluate(INSIDE) == [True, True], case
            assert page.evaluate(SMALL) == 0, case
            if case in SHOWN and not font:
                page.screenshot(path=pictures / f"{scheme}-{WINDOWS[at]['width']}x{WINDOWS[at]['height']}.png")


def test_every_text_has_contrast(page: Page) -> None:
    pairs = [
        ("text", "desk"),
        ("soft", "desk"),
        ("soft", "sheet"),
        ("ink", "sheet"),
        ("on-accent", "accent"),
        ("warn", "desk"),
        ("accent", "desk"),
        ("soft", "press"),
    ]
    seen = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        colours = page.evaluate(
            "() => { const style = getComputedStyle(document.documentElement);"
            "const probe = document.createElement('i'); document.body.append(probe);"
            "return Object.fromEntries(['desk', 'sheet', 'text', 'soft', 'ink', 'accent', 'on-accent', 'warn',"
            "'press'].map(name => { probe.style.color = style.getPropertyValue('--' + name);"
            "return [name, getComputedStyle(probe).color.match(/[0-9]+/g).map(Number)]; })); }"
        )
        for front, back in pairs:
            assert contrast(colours[front], colours[back]) >= 4.5, (scheme, front, back)
        seen.append(colours)
    assert seen[0] != seen[1]


def test_bars_do_not_move_for_those_who_asked_for_stillness(page: Page) -> None:
    moving = "() => getComputedStyle(document.querySelector('.fill')).transitionDuration"
    for motion, duration in (("reduce", "0s"), ("no-preference", "0.12s")):
        page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        assert page.evaluate(moving) == duration, motion


def test_only_the_canvas_takes_touches_for_itself(page: Page) -> None:
    taking = "() => [...document.querySelectorAll('*')]"
    taking += ".filter(e => getComputedStyle(e).touchAction === 'none').map(e => e.id)"
    assert page.evaluate(taking) == ["sheet"]


SHIFTS = """new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({ node, previousRect, currentRect }) =>
      [node?.id || node?.className || node?.parentElement?.id, previousRect.toJSON(), currentRect.toJSON()]);
    (window.shifts ??= []).push([entry.value, JSON.stringify(moved)]);
  }
}).observe({ type: 'layout-shift', buffered: true });"""
# JavaScript for the shifts so far, once what is coming has been drawn.
STILL = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifts ?? []))))"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "de", "hi"])
def test_nothing_moves_while_the_page_loads_and_while_it_is_drawn_on(
    browser: Browser, server: Server, size: dict[str, int], language: str
) -> None:
    context = browser.new_context(viewport=size, locale=language)  # type: ignore[arg-type]
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    draw(page, DIGITS[4])
    page.keyboard.press("n")
    put(page, number("407268"), 0.15, 4, 30)
    assert shown(page).replace("\n", "") == "407268"
    assert page.evaluate(STILL) == []
    context.close()


# What is seen of the page; later, what of it has moved.
SEEN = """() => {
  const all = [...document.body.querySelectorAll('*')];
  const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true }));
  window.places = seen.map((one) => [one, one.getBoundingClientRect()]);
  return seen.map((one) => one.id);
}"""
MOVED = """() => window.places.flatMap(([one, { left, top }]) => {
  const now = one.getBoundingClientRect();
  const moved = Math.hypot(now.left - left, now.top - top) > 0.5;
  return moved ? [[one.id || one.className, left, now.left, top, now.top]] : [];
})"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["de", "hi"])
def test_nothing_that_is_seen_moves_when_the_words_come_late(
    browser: Browser, server: Server, size: dict[str, int], language: str
) -> None:
    page = browser.new_context(viewport=size, locale=language).new_page()  # type: ignore[arg-type]
    page.add_init_script(  # this machine may take longer than the page waits for its words
        "const after = setTimeout; window.setTimeout = (then, wait) => after(then, wait === 3000 ? 60000 : wait);"
    )
    held: list[Route] = []
    page.route(f"**/words/{language}.json", lambda route: held.append(route))
    page.goto(server.address)
    page.wait_for_function("() => document.documentElement.dataset.waiting === 'words'")
    assert {"sheet", "glyph"} <= set(page.evaluate(SEEN))
    for route in held:
        route.continue_()
    page.wait_for_function(SETTLED)
    assert page.evaluate(MOVED) == []
    page.context.close()


def test_the_pages_own_code_is_small(page: Page) -> None:
    """What the first screen loads, and, as it travels, every file of every room with one language."""
    loaded = page.evaluate(
        "() => performance.getEntries().filter(one => one.decodedBodySize)"
        ".map(one => [new URL(one.name).pathname, one.decodedBodySize])"
    )
    code = {name: size for name, size in loaded if not name.endswith((".svg", ".png"))}
    assert {"/", "/static/page.js", "/static/shared/style.css", "/static/words/en.json"} <= code.keys()
    rooms = (
        "inside/inside.js",
        "inside/maps.js",
        "inside/grid.js",
        "inside/inside.css",
        "camera/camera.js",
        "kept/gallery.js",
        "kept/gallery.css",
        "draw/lesson.js",
        "shared/shortcuts.js",
    )
    assert [name for name in rooms if not (STATIC / name).is_file()] == []
    assert not {f"/static/{name}" for name in rooms} & code.keys()
    assert sum(code.values()) < 152_000, code
    files = [*STATIC.rglob("*.js"), *STATIC.rglob("*.css"), STATIC / "index.html", STATIC / "words" / "en.json"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 150_000


def test_the_first_load_sends_at_most_75_kilobytes(page: Page) -> None:
    """All of it, pictures too, as it travels."""
    sent = page.evaluate(
        "() => performance.getEntries().filter(one => one.decodedBodySize).map(one => one.encodedBodySize)"
    )
    assert len(sent) > 10
    assert sum(sent) <= 75_000


def test_the_moving_picture_of_the_readme(browser: Browser, server: Server, pictures: Path) -> None:
    page = opened(browser, server, viewport=LEAST)
    frames: list[Image.Image] = []
    shown_for: list[int] = []  # ms
    step = 5  # points of a stroke between two frames

    def shoot(duration: int = 110) -> None:
        frames.append(
            Image.open(io.BytesIO(page.screenshot())).convert("RGB").resize((720, 480), Image.Resampling.LANCZOS)
        )
        shown_for.append(duration)

    for at, digit in enumerate((4, 0, 7, 1)):
        for stroke in DIGITS[digit]:
            first, *others = place(page, stroke, 0.24, 2 + 24 * at, 34)
            page.mouse.move(*first)
            page.mouse.down()
            for start in range(0, len(others), step):
                *between, last = others[start : start + step]
                page.evaluate(THROUGH, between)
                page.mouse.move(*last)
                shoot()
            page.mouse.up()
        page.wait_for_function(SETTLED)
        page.wait_for_function("() => document.getAnimations().length === 0")
        shoot(2310 if at == 3 else 440)
        assert shown(page).replace("\n", "") == "4071"[: at + 1]
    page.context.close()
    path = pictures / "drawing.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=shown_for, loop=0, quality=62, method=4)
    assert path.stat().st_size < 600_000
