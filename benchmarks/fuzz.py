"""Searches for inputs that break the promise of fuzz_targets.py, with atheris: guided by what of our code was run.

python -m benchmarks.fuzz [SECONDS] [KIND ...]   (ten minutes of each kind; adds to what results/fuzz.json holds)
python -m benchmarks.fuzz again                  (tries once more what was found; needs runs/fuzz)
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import RESULTS
from benchmarks.fuzz_targets import TARGETS, promised, seeds, words
from inkdigit.evaluation.report import write

RUNS = Path("runs/fuzz")
RESULT = RESULTS / "fuzz.json"
_SLOWEST = 20  # seconds of one input
_MOST_MEMORY = 1_500  # megabytes
_MOST_FOUND = 30  # in one search: then something is broken that hides the rest


def main() -> None:
    """All kinds one after the other, or those named."""
    figures = json.loads(RESULT.read_text(encoding="utf-8"))["figures"] if RESULT.exists() else {}
    if sys.argv[1:] != ["again"]:
        seconds = int(sys.argv[1]) if sys.argv[1:] else 600
        if importlib.util.find_spec("atheris") is None:
            sys.exit("Expected atheris, got none. Run pip install '.[fuzz]'; it has wheels for Linux and macOS.")
        for name in sys.argv[2:] or TARGETS:
            figures[name] = _added(figures.get(name), searched(name, seconds))
            print(name, figures[name], flush=True)
            write(RESULT, "python -m benchmarks.fuzz", figures)
    for name, row in figures.items():
        row["found"] = [one | {"mended": _holds(name, one)} for one in row["found"]]
    write(RESULT, "python -m benchmarks.fuzz", figures)


def searched(name: str, seconds: int) -> dict[str, Any]:
    """One kind: executions, seconds, inputs kept, edges of our code that were run, and what was found."""
    corpus, found = RUNS / name / "corpus", RUNS / name / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for place, one in enumerate(seeds(name)):
        (corpus / f"seed-{place}").write_bytes(one)
    dictionary = RUNS / name / "words"
    dictionary.write_text("\n".join(f'"{_escaped(word)}"' for word in words(name)) + "\n", encoding="ascii")
    begun, rows = time.monotonic(), []
    done: dict[str, Any] = {"executions": 0, "corpus": 0, "edges": 0}
    while (left := seconds - (time.monotonic() - begun)) > 1 and len(rows) < _MOST_FOUND:
        said, code = _search(name, [str(corpus), f"-dict={dictionary}", f"-max_total_time={int(left)}"], found)
        done["executions"] += _last(r"stat::number_of_executed_units:\s+(\d+)", said) or _last(r"#(\d+)\s", said)
        done["edges"] = max(done["edges"], _last(r"\bcov: (\d+)", said))
        if code:
            rows.append(_broken(said, found))
            print(name, rows[-1], flush=True)
            if not rows[-1]["input"]:
                break
    done["corpus"] = len(list(corpus.iterdir()))
    return {**done, "seconds": round(time.monotonic() - begun), "found": rows}


def _search(name: str, options: list[str], found: Path) -> tuple[str, int]:
    limits = [
        f"-timeout={_SLOWEST}",
        f"-rss_limit_mb={_MOST_MEMORY}",
        "-print_final_stats=1",
        f"-artifact_prefix={found}/",
    ]
    command = [sys.executable, "-m", "benchmarks.fuzz_targets", name, *options, *limits, "-max_len=6000"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return done.stderr + done.stdout, done.returncode


def _broken(said: str, found: Path) -> dict[str, Any]:
    """What a search stopped at: the last line of Python's message, or of libFuzzer's, and the input's name."""
    raised = re.findall(r"^ === Uncaught Python exception: ===\n(.*)$", said, re.MULTILINE)
    other = re.findall(r"^==\d+== ?(?:ERROR: )?(.*)$", said, re.MULTILINE)
    artifact = re.findall(r"Test unit written to (\S+)", said)
    what = (raised or other or said.strip().splitlines()[-1:] or ["nothing said"])[-1][:200]
    return {"what": what, "input": Path(artifact[-1]).name if artifact else "", "mended": False}


def _holds(name: str, found: dict[str, Any]) -> bool:
    """Whether an input that broke the promise keeps it now, or did when it was last here: inputs lie in runs/."""
    place = RUNS / name / "found" / found["input"]
    if not place.is_file():
        return bool(found["mended"])
    code = "import sys; from benchmarks.fuzz import held; held(*sys.argv[1:])"
    try:
        done = subprocess.run([sys.executable, "-c", code, name, str(place)], timeout=3 * _SLOWEST, capture_output=True)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def held(name: str, place: str) -> None:
    """Raises where the input of a file breaks the promise of a kind."""
    promised(name)(Path(place).read_bytes())


def _added(before: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    if before is None:
        return now
    both = {key: before[key] + now[key] for key in ("executions", "seconds")}
    most = {key: max(before[key], now[key]) for key in ("corpus", "edges")}
    known = {one["what"] for one in before["found"]}
    return both | most | {"found": before["found"] + [one for one in now["found"] if one["what"] not in known]}


def _escaped(word: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


def _last(pattern: str, text: str) -> int:
    return int((re.findall(pattern, text) or ["0"])[-1])


if __name__ == "__main__":
    main()
