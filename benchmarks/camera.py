"""A live camera: how often a wrong number is shown, with and without waiting until it settles; and how fast it is.

python -m benchmarks.camera   (needs INKDIGIT_DATA and Chromium; 6 minutes on two cores that do nothing else)
python -m benchmarks.camera films, or speed: that part alone; the other part stays as it was measured
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import RESULTS
from inkdigit.camera.tracking import AGREE, PATIENCE, WINDOW, Tracker
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation import composed
from inkdigit.evaluation.film import RATE, Frame, film
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import Times
from inkdigit.ink.strokes import Box
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Page

FILMS = 24  # to choose by, and as many of other hands to count on
LENGTH = 60  # frames of each
TRIED = ((2, 2, 2), (2, 4, 4), (3, 4, 4), (3, 6, 6), (4, 6, 6), (4, 8, 4), (4, 8, 8), (5, 8, 8), (6, 8, 4), (6, 8, 8),
         (6, 10, 10), (8, 12, 12))  # fmt: skip
SIZES = ((640, 480), (960, 720), (1280, 720))
WATCHED = 10.0  # seconds in Chromium

Hands = Sequence[Sequence[PenSample]]
Read = list[tuple[Frame, Page]]
Shown = list[tuple[str, Box]]


def main() -> None:
    reader = Reader()
    hands = composed.hands(reader.settings, 0, held=True)
    parts = sys.argv[1:] or ["films", "speed"]
    path = RESULTS / "camera.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else {}
    if "films" in parts:
        figures["choosing"] = choosing([seen(reader, hands[::2], seed) for seed in range(FILMS)])
        figures["counted"] = counted([seen(reader, hands[1::2], seed) for seed in range(FILMS, 2 * FILMS)])
    if "speed" in parts:
        figures["others that wanted the processors"] = round(os.getloadavg()[0], 1)
        figures["Reader.page, JPEG decoded and all"] = pages(reader, hands)
        figures["in Chromium"] = {f"{wide}x{high}": chromium(hands, (wide, high)) for wide, high in SIZES}
    write(path, "python -m benchmarks.camera", figures)
    for name, figure in figures.items():
        print(name, figure)


def seen(reader: Reader, hands: Hands, seed: int) -> Read:
    """One film, with what is read on each frame by itself; the pictures are let go."""
    random = np.random.default_rng([11, seed])
    read: Read = []
    for frame in film(hands, random, LENGTH):
        read.append((Frame(frame.picture[:, :, :1], frame.texts, frame.boxes), reader.page(frame.picture)))
    return read


def choosing(films: list[Read]) -> list[dict[str, Any]]:
    """What each choice of (agree, window, patience) shows on the films to choose by."""
    rows = []
    for agree, window, patience in TRIED:
        counts = count(films, lambda choice=(agree, window, patience): settled(*choice))
        rows.append({"agree": agree, "window": window, "patience": patience, **counts})
    return rows


def counted(films: list[Read]) -> dict[str, Any]:
    """Each frame by itself, and settled as it ships, on other films of other hands."""
    return {
        "every frame by itself": count(films, lambda: alone),
        "settled": count(films, lambda: settled(AGREE, WINDOW, PATIENCE)),
    }


def alone(page: Page, _: float) -> Shown:
    return [(number.text, number.box) for number in page.numbers if number.box is not None]


def settled(agree: int, window: int, patience: int) -> Callable[[Page, float], Shown]:
    steady = Tracker(agree, window, patience)

    def shows(page: Page, time: float) -> Shown:
        return [(one.number.text, one.number.box) for one in steady.add(page, time) if one.number.box is not None]

    return shows


def count(films: list[Read], make: Callable[[], Callable[[Page, float], Shown]]) -> dict[str, Any]:
    """What people see. A number that the edge cuts is neither right nor wrong; one where nothing stands is wrong."""
    total = {
        "frames": 0,
        "frames with a wrong number": 0,
        "shown": 0,
        "wrong": 0,
        "changes": 0,
        "in view": 0,
        "right": 0,
    }
    waits = []
    for read in films:
        shows, before, first = make(), {}, {}
        for at, (frame, page) in enumerate(read):
            wrong, right = 0, set()
            for text, box in shows(page, at / RATE):
                place = written_at(frame, box)
                if place is not None and not frame.is_whole(place):
                    continue
                total["shown"] += 1
                if place is None or frame.texts[place] != text:
                    wrong += 1
                else:
                    right.add(place)
                    first.setdefault(frame.texts[place], at)
                if place is not None:
                    total["changes"] += before.get(frame.texts[place], text) != text
                    before[frame.texts[place]] = text
            total["frames"] += 1
            total["wrong"] += wrong
            total["frames with a wrong number"] += wrong > 0
            total["in view"] += sum(frame.is_whole(place) for place in range(len(frame.texts)))
            total["right"] += len(right)
        waits += [(at + 1) / RATE for text, at in first.items() if text in read[0][0].texts]
    return {
        **total,
        "median seconds until a number is shown": round(float(np.median(waits)), 3),
    }


def written_at(frame: Frame, box: Box) -> int | None:
    """The place of the number that a box lies on, by at least 0.3 of the box."""
    shares = []
    for left, top, right, bottom in frame.boxes:
        wide, high = min(right, box[2]) - max(left, box[0]), min(bottom, box[3]) - max(top, box[1])
        shares.append(max(0.0, wide) * max(0.0, high) / max(1.0, (box[2] - box[0]) * (box[3] - box[1])))
    best = int(np.argmax(shares)) if shares else 0
    return best if shares and shares[best] >= 0.3 else None


def pages(reader: Reader, hands: Hands) -> dict[str, Any]:
    """Times of frames with a few numbers, by their size."""
    found = {}
    for size in SIZES:
        frames = jpegs(hands, size, 60)
        for data in frames[:10]:
            reader.page(data)
        times, works = [], []
        for data in frames:
            begun, worked = time.perf_counter(), time.process_time()
            reader.page(data)
            times.append(time.perf_counter() - begun)
            works.append(time.process_time() - worked)
        found[f"{size[0]}x{size[1]}"] = {**Times.of(times).to_json(), "processor": Times.of(works).median}
    return found


def jpegs(hands: Hands, size: tuple[int, int], frames: int) -> list[bytes]:
    """A film of several numbers, as files."""
    seeds = (seed for seed in range(100) if len(next(film(hands, np.random.default_rng(seed), 1, size)).texts) == 4)
    pictures = [frame.picture for frame in film(hands, np.random.default_rng(next(seeds)), frames, size)]
    return [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes() for picture in pictures]


CLOCK = """() => {
  window.sent = []; window.answered = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (data instanceof Blob) window.sent.push(performance.now());
    return send.call(this, data);
  };
  const native = window.WebSocket;
  window.WebSocket = class extends native {
    constructor(address) {
      super(address);
      if (address.includes('/api/camera')) this.addEventListener('message', (event) => {
        const message = JSON.parse(event.data);
        if (message.frame) window.answered.push([message.frame, performance.now(), message.ms, message.size]);
      });
    }
  };
}"""


def chromium(hands: Hands, size: tuple[int, int]) -> dict[str, Any]:
    """Answers a second on the page, and from a frame's leaving to its answer, with a camera of that size."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("Expected Chromium, got none. On Debian: apt-get install chromium.")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        reel = Path(scratch) / "film.mjpeg"
        reel.write_bytes(b"".join(jpegs(hands, size, 60)))
        server = subprocess.Popen(
            [sys.executable, "-m", "inkdigit", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            address = (server.stdout.readline() if server.stdout else "").split()[2]
            fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={reel}"]
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", *fake])
            page = browser.new_context(permissions=["camera"], viewport={"width": 1280, "height": 800}).new_page()
            page.add_init_script(f"({CLOCK})()")
            page.goto(address)
            page.click("#tab-camera")
            page.wait_for_function("() => window.answered.length > 20")
            page.evaluate("() => { window.from = window.answered.length; }")
            page.wait_for_timeout(1e3 * WATCHED)
            sent, answered = page.evaluate("() => [window.sent, window.answered.slice(window.from)]")
            browser.close()
        finally:
            server.terminate()
    waits = [(came - sent[place - 1]) / 1e3 for place, came, _, _ in answered]
    return {
        "answers a second": round((len(answered) - 1) / ((answered[-1][1] - answered[0][1]) / 1e3), 1),
        "from a frame's leaving to its answer": Times.of(waits).to_json(),
        "of that in the reader": Times.of([ms / 1e3 for _, _, ms, _ in answered]).to_json(),
        "read at": answered[-1][3],
    }


if __name__ == "__main__":
    main()
