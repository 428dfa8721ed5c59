"""What a picture costs, whatever is on it: time and memory by pixels and by marks, each in a process of its own.

python -m benchmarks.bounds   (needs INKDIGIT_DATA; 2 minutes on one core)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from benchmarks.numbers import photo_of_12_megapixels, scan
from inkdigit.evaluation import composed
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader

TIMES = 5
Picture = NDArray[np.uint8] | bytes


def main() -> None:
    if sys.argv[1:]:
        print(json.dumps(measured(sys.argv[1])))
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    figures: dict[str, Any] = {}
    for name in PICTURES:
        command = [sys.executable, "-m", "benchmarks.bounds", name]
        figures[name] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        print(name, figures[name], flush=True)
    write(RESULTS / "bounds.json", "python -m benchmarks.bounds", figures)


def measured(name: str) -> dict[str, Any]:
    """Milliseconds of a reading, the largest memory of the process that reads, and what was read."""
    cv2.setNumThreads(1)
    reader = Reader()
    shown = PICTURES[name]()
    found = reader.page(shown)
    spent = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        reader.page(shown)
        spent.append(1000 * (time.perf_counter() - begun))
    status = Path("/proc/self/status").read_text(encoding="ascii")  # getrusage tells the parent's peak if it is higher
    return {
        "milliseconds": {"median": float(np.median(spent)), "most": max(spent)},
        "megabytes": int(status.split("VmHWM:")[1].split()[0]) // 1024,
        "numbers": len(found.numbers),
        "sure": sum(one.confidence >= 0.9 for one in found.numbers),
        "dense": found.is_dense,
    }


def png(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def hands() -> list[Any]:
    return list(composed.hands(Reader().settings, 0, held=True))


def one_digit() -> bytes:
    """As the page draws it: 280 pixels square."""
    ink, _ = composed.drawn(composed.compose(hands()[0], "spaced", np.random.default_rng(2), 1), 160, 18)
    page: NDArray[np.uint8] = np.full((280, 280), 255, np.uint8)
    page[60 : 60 + ink.shape[0], 80 : 80 + ink.shape[1]] = np.rint(255 * (1 - ink)).astype(np.uint8)[:220, :200]
    return png(page)


def frame() -> NDArray[np.uint8]:
    """Of a camera."""
    shown = cv2.imdecode(np.frombuffer(photo_of_12_megapixels(hands()), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(shown, (640, 480), interpolation=cv2.INTER_AREA), np.uint8)


def table(rows: int, columns: int, height: int = 40) -> bytes:
    """An A4 page of so many single digits in a grid."""
    random, hand = np.random.default_rng(4), hands()[0]
    page: NDArray[np.uint8] = np.full((3508, 2480), 250, np.uint8)
    for row in range(rows):
        for column in range(columns):
            ink, _ = composed.drawn(composed.compose(hand, "spaced", random, 1), height, height / 9)
            top, left = 60 + 3400 * row // rows, 40 + 2400 * column // columns
            window = page[top : top + ink.shape[0], left : left + ink.shape[1]]
            window[:] = np.minimum(window, np.rint(250 * (1 - ink)).astype(np.uint8)[: window.shape[0]])
    return png(page)


def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (3508, 2480)).astype(np.uint8)


def specks() -> NDArray[np.uint8]:
    random = np.random.default_rng(1)
    page: NDArray[np.uint8] = np.full((3508, 2480), 250, np.uint8)
    for x, y in random.integers(10, 2470, (5_000, 2)):
        cv2.circle(page, (int(x), int(y)), int(random.integers(2, 9)), 20, -1)
    return page


def dots() -> NDArray[np.uint8]:
    page: NDArray[np.uint8] = np.full((3508, 2480), 250, np.uint8)
    page[10::20, 10::20] = page[11::20, 10::20] = page[10::20, 11::20] = 0
    return page


PICTURES: dict[str, Callable[[], Picture]] = {
    "one digit, 280 x 280, PNG": one_digit,
    "frame of a camera, 640 x 480": frame,
    "A4 scan at 300 dots, 200 digits, PNG": lambda: png(scan(hands())),
    "photo of 12 megapixels, one number, JPEG": lambda: photo_of_12_megapixels(hands()),
    "A4, 500 digits in a grid, PNG": lambda: table(25, 20),
    "A4, 1,280 digits in a grid, PNG": lambda: table(40, 32),
    "A4, 4,000 digits in a grid, PNG": lambda: table(80, 50, 24),
    "A4, noise": noise,
    "A4, 5,000 specks": specks,
    "A4, 21,700 dots": dots,
    "8,000 x 10,000, empty": lambda: np.full((8_000, 10_000), 250, np.uint8),
}


if __name__ == "__main__":
    main()
