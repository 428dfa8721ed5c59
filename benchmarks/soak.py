"""Whether memory stays flat under a steady load: every process of the service is weighed again and again.

python -m benchmarks.soak [--minutes 10] [--rate 20]
python -m benchmarks.soak plot   (docs/pictures/soak.png, of the result file)
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
import time
from collections import Counter
from typing import Any

import numpy as np
import psutil

from benchmarks import RESULTS
from benchmarks.serving import PICTURES, serving, shown
from inkdigit.evaluation.report import write

CLIENTS = 4
SAMPLES = 60  # over the whole time
SETTLED = 0.2  # of the time: what memory is compared with is what it is then, when all was used once


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("what", nargs="?", choices=["measure", "plot"], default="measure")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=20, help="requests a second, all clients together")
    given = parser.parse_args()
    if given.what == "plot":
        plot(json.loads((RESULTS / "soak.json").read_text(encoding="utf-8"))["figures"])
        return
    with serving([sys.executable, "-m", "inkdigit", "serve", "--workers", "1", "--port"]) as (port, process):
        figures = soaked(port, process, 60 * given.minutes, given.rate)
    print(figures)
    command = f"python -m benchmarks.soak --minutes {given.minutes:g} --rate {given.rate:g}"
    write(RESULTS / "soak.json", command, figures)


def soaked(port: int, process: psutil.Process, seconds: float, rate: float) -> dict[str, Any]:
    """Counts of answers, and megabytes of each process over the time."""
    drawing, glyph = shown()
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    ways = [("/api/read", drawing, "image/png"), ("/api/digits", drawing, "image/png"),
            ("/api/digits", glyph, "application/octet-stream")]  # fmt: skip
    arguments = (port, ways, end, CLIENTS / rate, counts)
    threads = [threading.Thread(target=_asks, args=arguments) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    samples: list[dict[int, float]] = []
    while time.monotonic() < end:
        samples.append(weighed(process))
        time.sleep(seconds / SAMPLES)
    for one in threads:
        one.join()
    whole = [sum(one.values()) for one in samples]
    settled = int(SETTLED * len(whole))
    minutes = np.arange(len(whole) - settled) * seconds / SAMPLES / 60
    slope = float(np.polyfit(minutes, whole[settled:], 1)[0])
    return {
        "minutes": seconds / 60,
        "requests": sum(counts.values()),
        "by status": dict(sorted(counts.items())),
        "processes": len(samples[-1]),
        "megabytes, once settled": round(float(np.median(whole[settled : settled + 3]))),
        "megabytes, at the end": round(float(np.median(whole[-3:]))),
        "megabytes more a minute, once settled": round(slope, 2),
        "megabytes over time": [round(one) for one in whole],
    }


def plot(figures: dict[str, Any]) -> None:
    """Megabytes of all processes together over the time, and the line by which they grow once settled."""
    from matplotlib.figure import Figure

    weights = figures["megabytes over time"]
    minutes = np.arange(len(weights)) * figures["minutes"] / len(weights)
    settled = int(SETTLED * len(weights))
    slope, start = np.polyfit(minutes[settled:], weights[settled:], 1)
    figure = Figure(figsize=(9, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(minutes, weights, marker=".", label="all processes of the service")
    axes.plot(minutes[settled:], start + slope * minutes[settled:], "k--", label=f"{slope:+.2f} MB a minute")
    axes.set(xlabel="minutes of a steady load", ylabel="MB", ylim=(0, 1.2 * max(weights)))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(PICTURES / "soak.png", dpi=100)


def weighed(process: psutil.Process) -> dict[int, float]:
    """Megabytes of a process and of all below it; each page that several share is counted once, in parts."""
    found = {}
    for one in [process, *process.children(recursive=True)]:
        try:
            found[one.pid] = one.memory_full_info().pss / 1e6
        except psutil.NoSuchProcess:  # it ended meanwhile
            continue
    return found


def _asks(port: int, ways: list[tuple[str, bytes, str]], end: float, wait: float, counts: Counter[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    number, due = 0, time.monotonic()
    while due < end:
        path, body, kind = ways[number % len(ways)]
        try:
            connection.request("POST", path, body, {"content-type": kind})
            answer = connection.getresponse()
            answer.read()
            counts[str(answer.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            counts[type(error).__name__] += 1
            connection.close()
        number, due = number + 1, max(due + wait, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
