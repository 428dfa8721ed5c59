"""From pointer-up to the shown digit, and from a move to its ink, in Chromium, over 200 drawings with the mouse.

The clock starts with the browser's own time stamp of the pointer-up and stops in the frame after the answer to the
whole drawing stands on the page; of each move that leaves ink, when the frame with that ink has been painted. And how
soon the page is painted, in a fresh browser profile each time. python -m benchmarks.browser
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import RESULTS
from benchmarks.pictures import seven_strokes
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import Times

DRAWINGS = 200
LOADS = 20
PAINTED = """() => new Promise((done) => new PerformanceObserver((list, observer) => {
  const first = list.getEntriesByName('first-contentful-paint')[0];
  if (first) { observer.disconnect(); done(first.startTime); }
}).observe({ type: 'paint', buffered: true }))"""
CODE = """() => performance.getEntries().filter((one) => one.decodedBodySize && !/[.](svg|png)$/.test(one.name))
  .map((one) => [one.encodedBodySize, one.decodedBodySize])"""
CLOCK = """() => {
  window.times = [];
  let up = null;
  document.querySelector('#sheet').addEventListener('pointerup', (event) => { up = event.timeStamp; }, true);
  new MutationObserver(() => {
    if (up === null || document.querySelector('#page').dataset.busy) return;
    const begun = up;
    up = null;
    const shown = performance.now() - begun;
    requestAnimationFrame(() => window.times.push([shown, performance.now() - begun]));
  }).observe(document.querySelector('#page'), { attributes: true, attributeFilter: ['data-busy'] });
}"""


# For each move with the pen down: when it came, and when the task after the frame ran that painted its ink.
INK = """() => {
  window.inks = [];
  document.querySelector('#sheet').addEventListener('pointermove', (event) => {
    if (!event.buttons) return;
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => window.inks.push(performance.now() - event.timeStamp);
      painted.port2.postMessage(0);
    });
  });
}"""


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Expected Chromium, got none. On Debian: apt-get install chromium.")
    server = subprocess.Popen(
        [sys.executable, "-m", "inkdigit", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        address = (server.stdout.readline() if server.stdout else "").split()[2]
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            page.evaluate(CLOCK)
            page.evaluate(INK)
            for count in range(1, DRAWINGS + 1):
                draw(page)
                page.wait_for_function(f"() => window.times.length === {count}")
                page.keyboard.press("n")
            times, inks = page.evaluate("() => [window.times, window.inks]")
            version = browser.version
            paints, code = loads(browser, address)
            browser.close()
    finally:
        server.terminate()
    figures = {
        "pointer-up to digit in the page": Times.of([shown / 1e3 for shown, _ in times]).to_json(),
        "pointer-up to the frame that shows it": Times.of([frame / 1e3 for _, frame in times]).to_json(),
        "pen moved to the frame that shows its ink": Times.of([ink / 1e3 for ink in inks]).to_json(),
        "first contentful paint, nothing in the cache": Times.of([paint / 1e3 for paint in paints]).to_json(),
        "code of the first screen": {
            "bytes sent": sum(sent for sent, _ in code),
            "bytes": sum(all_ for _, all_ in code),
        },
        "chromium": version,
    }
    write(RESULTS / "browser.json", "python -m benchmarks.browser", figures)
    for name, figure in figures.items():
        print(f"{name:38} {figure}")


def loads(browser: Browser, address: str) -> tuple[list[float], list[list[int]]]:
    """Milliseconds to the first paint of each load, and of the last one (sent, decoded) bytes of each file."""
    paints = []
    code: list[list[int]] = []
    for _ in range(LOADS):
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(address)
        paints.append(page.evaluate(PAINTED))
        code = page.evaluate(CODE)
        page.context.close()
    return paints, code


def draw(page: Page) -> None:
    box = page.locator("#sheet").bounding_box()
    if box is None:
        raise RuntimeError("the sheet is not on the page")
    for stroke in seven_strokes():
        points = [(box["x"] + x / 280 * box["width"], box["y"] + y / 280 * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


if __name__ == "__main__":
    main()
