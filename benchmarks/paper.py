"""Numbers on pages, kind by kind: the same pages read by this project, by RapidOCR and by Tesseract, on one core.

python -m benchmarks.paper [--each 4] [--amounts 60] [--model PATH] [--compare-python PYTHON]   (needs INKDIGIT_DATA)

The pages are drawn from writers that training left out (evaluation/paper/counting.py); amounts and score card are real.
A program that is not installed is left out, with a line that says how to get it. RapidOCR is asked in an interpreter of
its own, since the OpenCV that it brings would take the place of ours. Its time is that of a file, decoded and all; that
of Tesseract has the start of the program in it. An amount is a line that was cut out, and they are told so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from benchmarks import RESULTS, engines
from benchmarks.engines import Engine
from inkdigit.evaluation.paper import counting, fields, material
from inkdigit.evaluation.paper.counting import PageScore
from inkdigit.evaluation.paper.material import Material
from inkdigit.evaluation.report import write
from inkdigit.settings import Settings

FOLD = 0  # the writers that the shipped networks never saw
Row = dict[str, Any]


def main() -> None:
    asked = arguments()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    settings = Settings.from_environment()
    known = [engines.ours(asked.model), engines.rapid(asked.compare_python), engines.tesseract()]
    shown = [engine for engine in known if engine is not None]
    made = material.collect(settings, FOLD, held=True)
    seen = hashlib.sha256()
    drawn = {kind: on_pages(shown, made, kind, asked.each, seen) for kind in counting.NAMES}
    real = {"amounts": on_amounts(shown, settings, asked.amounts), "score card": on_card(shown, settings)}
    for engine in shown:
        engine.close()
    figures = {
        "each": asked.each,
        "sha256 of the drawn pages": seen.hexdigest(),
        "programs": {engine.name: {"version": engine.version, "bytes": engine.size} for engine in shown},
        "drawn": drawn,
        "real": real,
    }
    given = f" --each {asked.each} --amounts {asked.amounts}"
    print(write(RESULTS / "paper.json", "python -m benchmarks.paper" + given, figures)["figures"]["programs"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper")
    parser.add_argument("--each", type=int, default=4, help="pages of each kind")
    parser.add_argument("--amounts", type=int, default=60, help="of the amounts cut from cheques")
    parser.add_argument("--model", help="another network of digits of ours")
    parser.add_argument("--compare-python", help="the interpreter that has RapidOCR")
    return parser.parse_args()


def on_pages(shown: Sequence[Engine], made: Material, kind: str, each: int, seen: Any) -> Row:
    """What each program reads on the same pages of a kind."""
    found = {engine.name: PageScore(kind) for engine in shown}
    for page in counting.drawn(made, kind, each):
        seen.update(np.ascontiguousarray(page.picture).tobytes())
        for engine in shown:
            found[engine.name].add(page, *engine.read(page.picture, False))
    return counts(found)


def on_amounts(shown: Sequence[Engine], settings: Settings, count: int) -> Row:
    found = {engine.name: PageScore("amounts") for engine in shown}
    for picture, text in fields.amounts(settings)[:count]:
        for engine in shown:
            readings, seconds = engine.read(picture, True)
            fields.add_amount(found[engine.name], text, readings)
            found[engine.name].seconds += seconds
    return counts(found)


def on_card(shown: Sequence[Engine], settings: Settings) -> Row:
    found = {engine.name: PageScore("score card") for engine in shown}
    picture = fields.card(settings)
    for engine in shown:
        readings, seconds = engine.read(picture, False)
        fields.add_card(found[engine.name], readings)
        found[engine.name].seconds += seconds
    return counts(found)


def counts(found: dict[str, PageScore]) -> Row:
    for name, one in found.items():
        read = f"{one.right:4} of {one.written:4} right, {one.false:4} false, {one.sure_false:4} of these sure"
        print(f"{one.kind:12} {name:10} {read}, {one.seconds / max(1, one.pages):.2f} s a picture", flush=True)
    return {name: one.to_json() for name, one in found.items()}


if __name__ == "__main__":
    main()
