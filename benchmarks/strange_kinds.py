"""How kinds of page are read by networks that never saw them: the kinds are left out of training in turn, by groups.

    python -m benchmarks.strange_kinds [GROUP ...]       needs INKDIGIT_DATA; 40 minutes a group on two cores

For each group a network of pages and one of rows are trained on all other kinds, shorter than those that ship, and read
pages of that group by writers whom neither saw; beside them two that saw all kinds and were trained as long. A run that
is stopped goes on, and what groups were not asked for stay in the result file.

Writes benchmarks/results/strange_kinds.json.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from inkdigit.errors import InkdigitError
from inkdigit.evaluation.paper import counting, material
from inkdigit.evaluation.paper.kinds import KINDS
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.training import page_export, pages, places, recipes, row_export, rows
from inkdigit.training.export import training_commit

from benchmarks import RESULTS  # isort: skip

FILE = RESULTS / "strange_kinds.json"
RUNS = Path("runs/strange-kinds")
ALL = "all"
GROUPS = {
    "tables": ("mark sheet", "score card", "matrix", "cells", "frames", "column"),
    "forms": ("boxes", "cheque", "register", "envelope", "samples"),
    "notes": ("squared", "notebook", "plain", "alone", "spread"),
}
"""Name of each group -> kinds of page with numbers on them. Those without are shown to all networks."""
PAGES = replace(recipes.RECIPES["page"], epochs=4)
ROWS = replace(recipes.RECIPES["row"], epochs=2)
EACH = 2  # pages of a kind
SEED = 91
_FOLD = 0


def main() -> int:
    """Trains what was asked for, and counts what it reads."""
    asked = sys.argv[1:] or [*GROUPS]
    unknown = [name for name in asked if name not in GROUPS]
    if unknown:
        sys.exit(f"Expected groups of kinds: {', '.join(GROUPS)}, got {', '.join(unknown)}. Name some of these.")
    settings = Settings.from_environment()
    figures: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["figures"] if FILE.exists() else {}
    try:
        saw_all = trained(ALL, settings)
        for name in asked:
            strange = trained(name, settings)
            figures[name] = {"strange": scores(strange, name, settings), "known": scores(saw_all, name, settings)}
            write(FILE, "python -m benchmarks.strange_kinds", figures)
            for way, found in figures[name].items():
                right, written, false, sure = (
                    sum(one[key] for one in found) for key in ("right", "written", "false", "sure_false")
                )
                print(f"{name}, {way}: {right} of {written} right, {false} false, {sure} of these sure", flush=True)
    except InkdigitError as error:
        sys.exit(str(error))
    return 0


def trained(left_out: str, settings: Settings) -> dict[str, Path]:
    """A network of pages and one of rows that saw no page of a group: which -> its file, made where it is missing."""
    shown = tuple(kind for kind in KINDS if kind not in GROUPS.get(left_out, ()))
    out = RUNS / left_out
    found = {"pages": out / "page.onnx", "rows": out / "row.onnx"}
    commit, workers = training_commit(), max(1, (os.cpu_count() or 2) - 1)
    if not found["pages"].exists():
        crops = pages.batch(pages.validation(settings, SEED, _FOLD, shown))
        network = pages.train(PAGES, settings, crops, out / "page", SEED, _FOLD, shown=shown, workers=workers)
        page_export.export(network, crops, PAGES, SEED, _FOLD, found["pages"], commit)
    if not found["rows"].exists():
        held = [places.validation(settings, SEED, _FOLD, shown)]
        ranged = places.validation(settings, SEED, _FOLD, shown, held=False)
        network = rows.train(ROWS, settings, held, out / "row", SEED, _FOLD, shown=shown, workers=workers)
        row_export.export(network, ranged, held, ROWS, SEED, _FOLD, found["rows"], commit)
    return found


def scores(networks: dict[str, Path], group: str, settings: Settings) -> list[dict[str, Any]]:
    """What two networks read on pages of each kind of a group, of writers who are left out of training."""
    cv2.setNumThreads(1)
    read = counting.by(Reader(pages=networks["pages"], rows=networks["rows"], settings=settings))
    made = material.collect(settings, _FOLD, held=True)
    return [counting.score(read, made, kind, EACH, SEED).to_json() for kind in GROUPS[group]]


if __name__ == "__main__":
    sys.exit(main())
