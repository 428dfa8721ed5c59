"""What a table is made of: the figures of a result file, and rows as Markdown."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import RESULTS

KINDS = {
    "uppercase": "capital letters",
    "lowercase": "small letters",
    "symbols": "symbols",
    "scribbles": "scribbles",
    "several": "numbers of two and three digits",
    "halves": "halves of digits",
    "noise": "noise",
    "photos": "cut-outs of photos",
}


def figures(name: str) -> dict[str, Any]:
    """The figures of results/NAME.json."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["figures"]
    return found


def milliseconds(times: dict[str, float]) -> tuple[str, str]:
    """Median and 95th percentile."""
    return f"{times['median'] * 1e3:.2f} ms", f"{times['p95'] * 1e3:.2f} ms"


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
