"""How fast the store answers with 100,000 drawings in it: pages of the gallery, searches, saving.

python -m benchmarks.store [postgresql+psycopg://...]

Without an address, PostgreSQL is started for the time of the run, where Debian's package is installed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import RESULTS
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import time_calls
from inkdigit.settings import Settings
from inkdigit.store import drawing, intake, store
from inkdigit.store.drawing import Drawing, Wanted

COUNT = 100_000
FIRST = 1_767_225_600_000  # 1 January 2026; then a drawing every five minutes
STEP = 300_000
LIMITS = {"page": 0.1, "search": 0.2}  # seconds, asked for by the issue


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures: dict[str, Any] = {
            "drawings": COUNT,
            "limits": LIMITS,
            "programs running beside it": round(os.getloadavg()[0], 1),
        }
        figures["SQLite"] = measured(str(Path(folder) / "store.sqlite"))
    if len(sys.argv) > 1:
        figures["PostgreSQL"] = measured(sys.argv[1])
    else:
        figures |= on_a_server_of_our_own()
    write(RESULTS / "store.json", "python -m benchmarks.store", figures)


def on_a_server_of_our_own() -> dict[str, Any]:
    """The figures of PostgreSQL, where it is installed; the tests know how to start it."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    import postgres

    where = postgres.programs()
    if where is None:
        print("PostgreSQL is not installed: measured on SQLite alone.", file=sys.stderr)
        return {}
    with postgres.serving(where, safe=True) as server:
        return {"PostgreSQL": measured(server.database("bench"))}


def measured(place: str) -> dict[str, Any]:
    """Fills a store, and times what people do with it."""
    full = store.open(Settings(store=place))
    random = np.random.default_rng(0)
    print(f"filling {full.place}", file=sys.stderr)
    full.keep_many(drawings(random, COUNT))
    middle = full.find(Wanted(before=COUNT // 2)).next
    deep = full.find(Wanted(before=60)).next
    asked: dict[str, Wanted] = {
        "page, the first": Wanted(),
        "page, in the middle": Wanted(before=middle),
        "page, the last": Wanted(before=deep),
        "search, a digit": Wanted(digit=4),
        "search, not a digit": Wanted(digit=10),
        "search, text": Wanted(text="407"),
        "search, text that nothing has": Wanted(text="no such title"),
        "search, sure ones": Wanted(least=0.95),
        "search, unsure ones": Wanted(most=0.3),
        "search, a day": Wanted(since=FIRST + 40_000 * STEP, until=FIRST + 40_288 * STEP),
        "search, a year": Wanted(since=FIRST, until=FIRST + 105_120 * STEP),
        "search, wrong ones": Wanted(wrong=True),
        "search, labelled ones": Wanted(labelled=True),
        "search, a common tag": Wanted(tag="school"),
        "search, a rare tag": Wanted(tag="rare"),
        "search, all of it together": Wanted(digit=4, text="4", least=0.5, wrong=False, tag="school"),
    }
    calls: dict[str, Callable[[], object]] = {name: lambda one=one: full.find(one) for name, one in asked.items()}  # type: ignore[misc]
    new = iter(list(drawings(random, 250)))
    ids = iter(range(1, COUNT, 97))
    calls |= {
        "keep one": lambda: full.keep(next(new)),
        "correct one": lambda: full.change(next(ids), title="seen"),
        "show one": lambda: full.get(COUNT // 3),
        "ask for the revision": full.revision,
        "all labelled digits": full.labelled,
    }
    found = {name: time_calls(call, 50, 5).to_json() for name, call in calls.items()}
    found |= {"bytes": full.stats()["bytes"], "labelled": full.stats()["labelled"]}
    for name, times in found.items():
        if isinstance(times, dict):
            print(f"{name:34} median {times['median'] * 1e3:7.1f} ms   95 % {times['p95'] * 1e3:7.1f} ms")
    full.close()
    return found


def drawings(random: np.random.Generator, count: int) -> Iterator[Drawing]:
    """Drawings of one to five digits with 30 points each, one in fifty corrected, tags on some."""
    settings = Settings()
    small = np.zeros((60, 160), np.uint8)
    from inkdigit.ink.rendering import png

    thumbnail = png(small)
    for place in range(count):
        values = random.integers(0, 10, random.integers(1, 6)).tolist()
        text = "".join("?" if random.random() < 0.01 else str(one) for one in values)
        glyphs = (random.random((len(text), 784)) < 0.15).astype(np.uint8) * 255
        marks = tuple(
            drawing.Mark(None if one == "?" else int(one), float(random.beta(8, 1)), (0, 0, 40, 100), glyph.tobytes())
            for one, glyph in zip(text, glyphs, strict=True)
        )
        points = random.integers(0, 1_000, (len(text), 30, 2)).tolist()
        strokes = [{"width": 22, "points": one} for one in points]
        tags = [name for name, share in (("school", 0.3), ("rare", 0.0002)) if random.random() < share]
        sure, at = float(min(mark.confidence for mark in marks)), FIRST + place * STEP
        made = Drawing("ink", text, sure, marks, "western", "0" * 40, at, drawing.new_key(), tags=tuple(tags),
                       strokes=strokes, thumbnail=thumbnail)  # fmt: skip
        made = replace(made, title=f"sheet {place // 40}") if place % 3 == 0 else made
        yield intake.described(made, settings, correct=values) if random.random() < 0.02 else made


if __name__ == "__main__":
    main()
