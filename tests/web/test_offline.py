"""Installed and without a server: the worker keeps the page, and nothing else."""

from __future__ import annotations

import io
import json
import re
import signal
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from drawn import DIGITS
from PIL import Image
from playwright.sync_api import Browser, Page
from sheet import SETTLED, WIDE, Server, draw, holds, opened, place, serving, shown

from inkdigit.web import offline

STATIC = offline.STATIC
AT_WORK = "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
KEPT = "async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name => [name, "
KEPT += "(await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)])))"


PATIENCE = "PATIENCE = 3000"  # ms that the worker waits for a server that says nothing, for each file anew


def installed(browser: Browser, server: Server, hasty: bool = False) -> Page:
    """The page, once its worker has kept it."""
    page = browser.new_context(viewport=WIDE).new_page()  # type: ignore[arg-type]
    if hasty:  # the worker as it is, with a tenth of the patience
        text = page.request.get(server.address + "worker.js").text()
        assert PATIENCE in text
        hasty_one = text.replace(PATIENCE, "PATIENCE = 300")
        page.context.route("**/worker.js", lambda route: route.fulfill(body=hasty_one, content_type="text/javascript"))
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.goto(server.address)
    page.wait_for_function(SETTLED)
    holds(page, AT_WORK)
    return page


def test_the_page_opens_without_the_server_and_reads_when_it_is_back(browser: Browser) -> None:
    with serving() as server:
        page = installed(browser, server)
        server.kill()
        page.reload()
        page.wait_for_selector("#page[data-state=gone]")
        assert page.inner_text("#notice")
        for stroke in DIGITS[7]:
            points = place(page, stroke, 0.7, 15, 15)
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point)
            page.mouse.up()
        assert page.get_attribute("#page", "data-drawn") == "yes"
        server.start()
        page.wait_for_function("() => document.querySelector('#digit').textContent === '7'")
        assert shown(page) == "7"
        assert page.faults == []  # type: ignore[attr-defined]
        page.context.close()


def test_every_file_of_the_page_is_kept_and_nothing_of_the_api(browser: Browser, server: Server) -> None:
    page = installed(browser, server)
    draw(page, DIGITS[3])
    page.goto("data:text/html,")
    page.go_back()
    page.wait_for_function(SETTLED)
    kept = page.evaluate(KEPT)
    assert list(kept) == [f"inkdigit-{offline.version()}"]
    assert sorted(next(iter(kept.values()))) == sorted(offline.files())
    assert not [path for path in offline.files() if path.startswith("/api") or path == "/healthz"]
    assert page.faults == []  # type: ignore[attr-defined]
    page.context.close()


def test_all_that_the_page_asks_for_is_in_the_list(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path))
    page.reload()
    page.wait_for_function(SETTLED)
    scripts = (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    names = [name for name in scripts if name not in ("worker.js", "early.js")]
    page.evaluate("names => Promise.all(names.map(name => import('/static/' + name)))", names)
    page.context.close()
    assert {f"/static/{name}" for name in names} <= asked
    assert asked - {"/worker.js"} <= set(offline.files())


def test_the_worker_names_the_files_and_their_version(server: Server, browser: Browser) -> None:
    page = browser.new_context().new_page()
    answer = page.request.get(server.address + "worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    text = answer.text()
    assert json.loads(re.search(r"const FILES = (.*);", text)[1]) == offline.files()  # type: ignore[index]
    assert f'const VERSION = "{offline.version()}";' in text
    page.context.close()


def test_a_changed_file_is_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(offline, "STATIC", tmp_path)
    seen = {offline.version()}
    for name, text in (("a.js", "1"), ("a.js", "2"), ("b.js", "2")):
        (tmp_path / name).write_text(text)
        seen.add(offline.version())
    assert len(seen) == 4
    assert offline.files() == ["/", "/static/a.js", "/static/b.js"]


def test_an_older_version_is_removed_and_what_is_not_ours_stays(browser: Browser, server: Server) -> None:
    page = browser.new_context().new_page()
    page.goto(server.address + "healthz")
    page.evaluate("() => Promise.all([caches.open('inkdigit-old'), caches.open('other')])")
    page.goto(server.address)
    holds(page, AT_WORK)
    holds(page, "async () => !(await caches.keys()).includes('inkdigit-old')")
    assert "other" in page.evaluate("() => caches.keys()")
    page.context.close()


def test_a_server_that_says_nothing_is_not_waited_for(browser: Browser) -> None:
    with serving() as server:
        page = installed(browser, server, hasty=True)
        server.signal(signal.SIGSTOP)
        page.reload()
        assert page.is_visible("#sheet")
        assert page.faults == []  # type: ignore[attr-defined]
        server.signal(signal.SIGCONT)
        page.context.close()


def test_the_browser_would_install_it(browser: Browser, server: Server) -> None:
    page = browser.new_context().new_page()
    page.goto(server.address)
    line = page.context.new_cdp_session(page)
    found = line.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"].endswith("/static/manifest.webmanifest")
    faults = [fault["errorId"] for fault in line.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert faults in ([], ["in-incognito"])  # a test's browser is as if incognito
    page.context.close()


def test_the_manifest_names_icons_of_the_sizes_that_they_have() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == ("inkdigit", "standalone", "/")
    for icon in manifest["icons"]:
        path = STATIC / Path(icon["src"]).name
        assert path.is_file()
        if path.suffix == ".png":
            with Image.open(path) as image:
                assert "{}x{}".format(*image.size) == icon["sizes"]


@pytest.mark.parametrize(("name", "side"), [("icon-192", 192), ("icon-512", 512), ("icon-maskable", 512)])
def test_the_icons_are_pictures_of_the_one_drawing(browser: Browser, name: str, side: int, pictures: Path) -> None:
    """Writes them too: when icon.svg has changed, copy them from the folder of --pictures."""
    drawing = (STATIC / "icon.svg").read_text().replace("<svg ", f'<svg width="{side}" height="{side}" ', 1)
    if name == "icon-maskable":  # any part of its edge may be cut off
        drawing = drawing.replace('rx="14" ', "").replace("<path ", '<path transform="translate(6.4 6.4) scale(.8)" ')
    page = browser.new_page(viewport={"width": side, "height": side})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}")
    made = page.screenshot(path=pictures / f"{name}.png", omit_background=True)
    page.close()
    pixels = [
        np.asarray(Image.open(source).convert("RGBA"), int) for source in (io.BytesIO(made), STATIC / f"{name}.png")
    ]
    assert abs(pixels[0] - pixels[1]).mean() < 1
