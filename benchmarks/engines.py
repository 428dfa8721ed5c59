"""Other programs that read pictures, made to answer as ours does: a picture in, readings and seconds out."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.paper import counting
from inkdigit.evaluation.paper.counting import Reading
from inkdigit.models.catalogue import WEIGHTS
from inkdigit.reader import Reader

OURS, RAPID, TESSERACT = "inkdigit", "RapidOCR", "Tesseract"
PYTHON = "INKDIGIT_COMPARE_PYTHON"
_WORKER = Path(__file__).parent / "rapid_worker.py"
_NEEDS = "'rapidocr>=3.10' onnxruntime"
_SIGNS = ".,-/:+=()%#"
_RUN = re.compile(r"[0-9.,:;/+=()%#*×÷·$€'−–-]+")  # what a number is written with; letters and walls part them

_Picture = NDArray[np.uint8]
Answer = tuple[list[Reading], float]


@dataclass(frozen=True, eq=False)
class Engine:
    """A program that reads.

    Attributes:
        name: OURS, RAPID or TESSERACT.
        version: of the program.
        size: of its networks in bytes.
        read: a picture, grey or RGB, and whether it is one line that somebody cut out -> what is read on it, and how
            many seconds that took.
        close: ends what was started for it.
    """

    name: str
    version: str
    size: int
    read: Callable[[_Picture, bool], Answer]
    close: Callable[[], object] = lambda: None


def ours(model: str | None = None) -> Engine:
    """This project, by its public entrance."""
    import inkdigit

    reader = Reader(model=model)
    read = counting.by(reader)

    def timed(picture: _Picture, _line: bool = False) -> Answer:
        begun = time.perf_counter()
        readings = list(read(picture))
        return readings, time.perf_counter() - begun

    timed(np.full((400, 400), 255, np.uint8))
    size = sum(path.stat().st_size for path in WEIGHTS.glob("western*.onnx"))
    return Engine(OURS, inkdigit.__version__, size, timed)


def rapid(python: str | None) -> Engine | None:
    """RapidOCR in the environment of another interpreter; None, and a line that says how, where it is not there."""
    python = python or os.environ.get(PYTHON)
    if not python:
        print(f"{RAPID} is left out. Beside this environment: pip install {_NEEDS}; then --compare-python or {PYTHON}")
        return None
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    # Isolated: else its `import numbers` would find the script of that name beside the worker.
    worker: Any = subprocess.Popen([python, "-I", str(_WORKER)], **pipes)  # type: ignore[call-overload]
    head = worker.stdout.readline()
    if not head:
        worker.communicate()
        print(f"{RAPID} is left out: it cannot be started. {python} -m pip install {_NEEDS}")
        return None
    folder = tempfile.TemporaryDirectory()

    def read(picture: _Picture, line: bool) -> Answer:
        path = Path(folder.name) / "page.png"
        path.write_bytes(_png(picture))
        worker.stdin.write(json.dumps({"path": str(path), "line": line}) + "\n")
        worker.stdin.flush()
        answer = json.loads(worker.stdout.readline())
        lines = [(text, chance, quad or _around(picture)) for text, chance, quad in answer["lines"]]
        return [one for line_read in lines for one in in_line(*line_read)], answer["seconds"]

    def close() -> None:
        worker.communicate()  # it ends with what comes in
        folder.cleanup()

    told = json.loads(head)
    return Engine(RAPID, told["version"], told["bytes"], read, close)


def tesseract() -> Engine | None:
    """Debian's Tesseract; None, and a line that says how, where it is not there."""
    program = shutil.which("tesseract")
    if program is None:
        print(f"{TESSERACT} is left out: apt-get install tesseract-ocr")
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=True).stdout
    networks = Path(listed.split('"')[1]) / "eng.traineddata"
    kept = ["-c", f"tessedit_char_whitelist=0123456789{_SIGNS}", "tsv"]
    one_core = os.environ | {"OMP_THREAD_LIMIT": "1"}

    def read(picture: _Picture, line: bool) -> Answer:
        content = _png(picture)
        command = [program, "-", "-", "--psm", "7" if line else "11", *kept]
        begun = time.perf_counter()
        done = subprocess.run(command, input=content, capture_output=True, check=True, env=one_core)
        return in_table(done.stdout.decode()), time.perf_counter() - begun

    return Engine(TESSERACT, told[1], networks.stat().st_size, read)


def in_line(text: str, chance: float, quad: list[list[float]]) -> list[Reading]:
    """The numbers of a line of text, each with its share of the line's place.

    Args:
        quad: the corners of the line, from the top left one, clockwise as it is read.
    """
    top_left, top_right, bottom_right, bottom_left = np.array(quad, float)
    found: list[Reading] = []
    for run in _RUN.finditer(text):
        if not counting.digits(run[0]):
            continue
        first, last = run.start() / len(text), run.end() / len(text)
        ends = [(top_left, top_right), (bottom_left, bottom_right)]
        corners = np.array([one + at * (other - one) for one, other in ends for at in (first, last)])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        found.append((run[0], chance, (left, top, right, bottom)))
    return found


def in_table(text: str) -> list[Reading]:
    """The numbers of Tesseract's table of words."""
    found = []
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] != "5":
            continue
        left, top, wide, high = (float(row[name]) for name in ("left", "top", "width", "height"))
        quad = [[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]]
        found += in_line(row["text"] or "", float(row["conf"]) / 100, quad)
    return found


def _around(picture: _Picture) -> list[list[float]]:
    """The corners of a picture."""
    high, wide = picture.shape[:2]
    return [[0, 0], [wide, 0], [wide, high], [0, high]]


def _png(picture: _Picture) -> bytes:
    pixels = picture if picture.ndim == 2 else picture[:, :, ::-1]
    return cv2.imencode(".png", pixels)[1].tobytes()
