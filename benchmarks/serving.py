"""How many requests a second the service answers, and how late, beside the shortest application of the same network.

python -m benchmarks.serving [--seconds 5]   (needs wrk; 3 minutes)
python -m benchmarks.serving plot            (docs/pictures/serving.png and scaling.png, of the result file)

Everything runs in turn on the same cores as the program that asks: glyphs as bytes, and drawings of 280 x 280 as PNG,
to one process and to two, over 1, 8 and 32 connections.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks import RESULTS
from inkdigit.evaluation import composed
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader

CONNECTIONS = (1, 8, 32)
COLOURS = {"bare": "0.5", "glyph": "tab:blue", "digit": "tab:orange", "page": "tab:green"}
PICTURES = RESULTS.parent.parent / "docs" / "pictures"
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("what", nargs="?", choices=["measure", "plot"], default="measure")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    given = parser.parse_args()
    if given.what == "plot":
        found = json.loads((RESULTS / "serving.json").read_text(encoding="utf-8"))["figures"]
        plot(found)
        scaled(found)
        return
    seconds = given.seconds
    if shutil.which("wrk") is None:
        sys.exit("Expected wrk, got none. Install it: apt-get install wrk.")
    drawing, glyph = shown()
    figures: dict[str, Any] = {}
    ways = {"glyph": ("/api/digits", glyph), "digit": ("/api/digits", drawing), "page": ("/api/read", drawing)}
    with serving([sys.executable, "-m", "benchmarks.bare"], positional=True) as (port, process):
        figures["bare"] = measured(port, process, "/", glyph, seconds)
    for workers in (1, 2):
        command = [sys.executable, "-m", "inkdigit", "serve", "--workers", str(workers), "--port"]
        with serving(command) as (port, process):
            for name, (path, body) in ways.items():
                figures[f"{name}, {workers}"] = measured(port, process, path, body, seconds)
    for name, found in figures.items():
        print(name, found)
    write(RESULTS / "serving.json", f"python -m benchmarks.serving --seconds {seconds}", figures)


def plot(figures: dict[str, Any]) -> None:
    """Requests a second, and how late the slowest of a hundred is, by connections and workers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    fast, late = figure.subplots(1, 2)
    for name, found in figures.items():
        style = {"color": COLOURS[name.partition(",")[0]], "linestyle": "--" if name.endswith("2") else "-"}
        for axes, what in ((fast, "requests a second"), (late, "99 %")):
            axes.plot(CONNECTIONS, [found[str(count)][what] for count in CONNECTIONS], marker="o", label=name, **style)
    for axes, what in ((fast, "requests a second"), (late, "99 % of the answers come in (ms)")):
        axes.set(xscale="log", xlabel="connections", ylabel=what, xticks=CONNECTIONS)
        axes.set_ylim(bottom=0)
        axes.set_xticklabels([str(count) for count in CONNECTIONS])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    late.legend(title="what, workers", fontsize=7, handlelength=5)
    figure.savefig(PICTURES / "serving.png", dpi=100)


def scaled(figures: dict[str, Any]) -> None:
    """Requests a second by workers, at the most connections, beside what as many times one worker would be."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    kinds, most = [name for name in COLOURS if name != "bare"], str(CONNECTIONS[-1])
    for axes, kind in zip(figure.subplots(1, len(kinds)), kinds, strict=True):
        workers = sorted(int(name.partition(", ")[2]) for name in figures if name.startswith(f"{kind}, "))
        rates = [figures[f"{kind}, {count}"][most]["requests a second"] for count in workers]
        bars = axes.bar([str(count) for count in workers], rates, color=COLOURS[kind], width=0.6)
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], label_type="center", color="white")
        axes.plot(
            [str(count) for count in workers], [rates[0] * count for count in workers], "k--", label="in proportion"
        )
        bare = figures["bare"][most]["requests a second"]
        axes.axhline(bare, color=COLOURS["bare"], label="the shortest application, 1 worker")
        axes.set(title=kind, xlabel="workers", ylim=(0, 1.15 * max(bare, rates[0] * workers[-1])))
    figure.axes[0].set_ylabel(f"requests a second, {most} connections")
    figure.axes[-1].legend(fontsize=7, loc="center right")
    figure.savefig(PICTURES / "scaling.png", dpi=100)


def shown() -> tuple[bytes, bytes]:
    """A digit as the page draws it, 280 x 280, PNG; and its glyph, 784 bytes."""
    reader = Reader()
    hand = composed.hands(reader.settings, 0, held=True)[0]
    ink, _ = composed.drawn(composed.compose(hand, "spaced", np.random.default_rng(2), 1), 160, 18)
    page: Any = np.full((280, 280), 255, np.uint8)
    page[60 : 60 + ink.shape[0], 80 : 80 + ink.shape[1]] = np.rint(255 * (1 - ink)).astype(np.uint8)[:220, :200]
    glyph = np.rint(reader.digit(page).glyph * 255).astype(np.uint8)
    return cv2.imencode(".png", page)[1].tobytes(), glyph.tobytes()


@contextmanager
def serving(command: list[str], positional: bool = False) -> Iterator[tuple[int, psutil.Process]]:
    """Starts a server on a free port, and ends it."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = int(some.getsockname()[1])
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def measured(port: int, process: psutil.Process, path: str, body: bytes, seconds: int) -> dict[str, Any]:
    """Requests a second, times in milliseconds, and memory in megabytes, by connections."""
    kind = "application/octet-stream" if len(body) == 784 else "image/png"
    address = f"http://127.0.0.1:{port}{path}"
    asked = urllib.request.Request(address, body, {"content-type": kind})
    for _ in range(50):
        urllib.request.urlopen(asked).read()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "body").write_bytes(body)
        script = Path(folder) / "post.lua"
        script.write_text(
            f'local file = io.open("{folder}/body", "rb")\nwrk.method = "POST"\nwrk.body = file:read("*all")\n'
            f'wrk.headers["content-type"] = "{kind}"\n'
        )
        for count in CONNECTIONS:
            command = ["wrk", "-t1", f"-c{count}", f"-d{seconds}s", "--latency", "-s", str(script), address]
            before = spent(process)
            said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            if "Non-2xx" in said:
                sys.exit(f"Expected answers, got {said}")
            found[str(count)] = {
                "requests a second": float(_match(r"Requests/sec:\s+([\d.]+)", said)[0]),
                "median": _milliseconds(said, 50),
                "99 %": _milliseconds(said, 99),
                "processor ms": {
                    kind: round(1e3 * (after - before[kind]) / int(_match(r"(\d+) requests in", said)[0]), 3)
                    for kind, after in spent(process).items()
                },
            }
    family = [process, *process.children(recursive=True)]
    found["megabytes"] = {"all": round(sum(one.memory_info().rss for one in family) / 1e6)}
    return found


def spent(process: psutil.Process) -> dict[str, float]:
    """Seconds of processor time so far: of what answers, and of the processes that read for it."""
    found = {"answering": 0.0, "reading": 0.0}
    for one in [process, *process.children(recursive=True)]:
        kind = "reading" if "anyio.to_process" in one.cmdline() else "answering"
        found[kind] += sum(one.cpu_times()[:2])
    return found


def _milliseconds(said: str, share: int) -> float:
    number, unit = _match(rf"{share}%\s+([\d.]+)(us|ms|s)", said)
    return round(float(number) * _UNITS[unit], 2)


def _match(pattern: str, text: str) -> tuple[str, ...]:
    found = re.search(pattern, text)
    if found is None:
        sys.exit(f"Expected {pattern}, got {text}")
    return found.groups()


if __name__ == "__main__":
    main()
