"""Keeps what every training run came to, the failures too: reads the cards of .onnx files into results/runs.json.

python -m benchmarks.runs NAME=FILE "WHAT CHANGED" [NAME=FILE "WHAT CHANGED" ...]
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks import RESULTS
from inkdigit.recognition.model import Model

FILE = RESULTS / "runs.json"


def main() -> None:
    runs: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    words = sys.argv[1:]
    if not words or len(words) % 2:
        sys.exit("Expected pairs of NAME=FILE and what changed, got something else. See the head of this file.")
    for named, change in zip(words[::2], words[1::2], strict=True):
        name, _, path = named.partition("=")
        card = Model(path).card
        made = card.provenance
        runs[name] = {
            "change": change,
            "recipe": made["recipe"],
            "seed": made["seed"],
            "commit": made["commit"],
            "date": made["date"],
            "mistakes": card.mistakes,
        }
    FILE.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {len(runs)} runs to {FILE}")


if __name__ == "__main__":
    main()
