"""How long one answer takes, on one core, after load.

python -m benchmarks.reading
"""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from PIL import Image

from benchmarks import RESULTS
from benchmarks.pictures import seven, seven_strokes
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import time_calls
from inkdigit.reader import Reader

RUNS, WARMUP = 2000, 3000  # a core that slept takes a second to reach its speed


def main() -> None:
    by_cores = batches(Reader())
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    reader = Reader()
    grey = seven()
    colour = np.ascontiguousarray(np.repeat(255 - grey[:, :, None], 3, axis=2))
    files = {}
    for kind, pixels in (("grey", 255 - grey), ("RGB", colour)):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files[kind], files[f"{kind}, of a canvas"] = buffer.getvalue(), cv2.imencode(".png", pixels)[1].tobytes()
    glyphs = reader.digit(grey).glyph[None, None]
    strokes = seven_strokes()
    many = np.repeat(glyphs, 256, axis=0)
    calls = {
        "Reader.digit, 280x280 grey array": lambda: reader.digit(grey),
        "Reader.digit, 280x280 RGB array": lambda: reader.digit(colour),
        "Reader.digit, 280x280 grey PNG": lambda: reader.digit(files["grey"]),
        "Reader.digit, 280x280 grey PNG of a canvas": lambda: reader.digit(files["grey, of a canvas"]),
        "Reader.digit, 280x280 RGB PNG": lambda: reader.digit(files["RGB"]),
        "Reader.digit, 280x280 RGB PNG of a canvas": lambda: reader.digit(files["RGB, of a canvas"]),
        "Reader.ink, 60 points": lambda: reader.ink(strokes),
        "the network alone, one glyph": lambda: reader.model.scores(glyphs),
    }
    figures = {name: time_calls(call, RUNS, WARMUP).to_json() for name, call in calls.items()}
    for count in (8, 32, 256):
        times = time_calls(lambda count=count: reader.model.scores(many[:count]), 12_800 // count, 10)  # type: ignore[misc]
        figures[f"the network alone, {count} glyphs"] = times.to_json()
    write(RESULTS / "reading.json", "python -m benchmarks.reading", figures | {"digits a second": by_cores})
    for name, figure in figures.items():
        print(f"{name:34} median {figure['median'] * 1e3:7.3f} ms   95 % {figure['p95'] * 1e3:7.3f} ms")
    print("digits a second, by cores:", by_cores)


def batches(reader: Reader) -> dict[str, int]:
    """Digits a second of the network alone in batches of 256, on one core and on two: medians of 15 rounds."""
    many = np.random.default_rng(0).random((256, 1, 28, 28)).astype(np.float32)
    found = {}
    for cores in (1, 2):
        with ThreadPoolExecutor(cores) as pool:
            work = [many] * 16
            times = time_calls(lambda work=work, pool=pool: list(pool.map(reader.model.scores, work)), 15, 3)  # type: ignore[misc]
        found[str(cores)] = round(16 * 256 / times.median)
    return found


if __name__ == "__main__":
    main()
