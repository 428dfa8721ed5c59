"""How many pictures a second `inkdigit batch` reads, beside a plain loop over the same files, on one node and on two.

python -m benchmarks.batch [--pictures 20000] [--pages 24] [--rounds 3]   (needs MNIST and pen/; 15 minutes)

A node has one core. In each round the loop, one node and two nodes read the same folder, in turn; ratios are
taken within a round, and their median is given. Rates leave the first and the last tenth of the parts out, so that the
start is not in them; it stands beside them. Processor time is that of the processes that read, from the first part on;
where it says something else than the rates, others wanted the cores.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks import RESULTS, nodes
from benchmarks.many import enlarged
from inkdigit.data import datasets
from inkdigit.evaluation import composed
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader
from inkdigit.settings import Settings

LOOP, ONE, TWO, PAGES = "a plain loop", "batch, one node", "batch, two nodes", "batch of pages, one node"
_TOGETHER = 255  # that Reader.digits reads in one thread
_DRAWN = 1_000  # different ones; the others are these under other names
_EDGE = 0.1  # of the parts, at the beginning and at the end


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop", type=Path, nargs=2, help="reads a folder into a CSV file, as the loop")
    chosen = parser.parse_args()
    if chosen.loop:
        print(loop(*chosen.loop))
        return
    with tempfile.TemporaryDirectory() as folder:
        digits, pages = Path(folder) / "digits", Path(folder) / "pages"
        draw(digits, pages, chosen.pictures, chosen.pages)
        rounds = [measured(digits, pages, Path(folder) / str(number)) for number in range(chosen.rounds)]
        alone = started(digits, Path(folder) / "alone")
    figures = {
        "pictures": chosen.pictures, "pages": chosen.pages, "rounds": rounds,
        "seconds of a job of one picture, its own cluster started and ended": alone,
        **summed(rounds, chosen.pictures, chosen.pages),
    }  # fmt: skip
    for name, value in figures.items():
        print(f"{name}: {value}")
    command = f"python -m benchmarks.batch --pictures {chosen.pictures} --pages {chosen.pages} --rounds {chosen.rounds}"
    write(RESULTS / "batch.json", command, figures)


def draw(digits: Path, pages: Path, pictures: int, sheets: int) -> None:
    """Digits of MNIST on canvases of 280x280, and sheets with one number under the other, as PNG."""
    digits.mkdir()
    pages.mkdir()
    images = datasets.mnist("test").images
    for place in range(pictures):
        path = digits / f"{place:06}.png"
        if place < _DRAWN:
            path.write_bytes(cv2.imencode(".png", enlarged(images[place]))[1].tobytes())
        else:
            path.hardlink_to(digits / f"{place % _DRAWN:06}.png")
    hands = composed.hands(Settings.from_environment(), 0, held=True)
    random = np.random.default_rng(0)
    for place in range(sheets):
        sheet = np.full((1754, 1240), 245, np.uint8)  # A4 at 150 dots an inch
        for row in range(12):
            number = composed.compose(hands[(place + row) % len(hands)], "spaced", random, 5)
            ink, _ = composed.drawn(number, 60, 5)
            ink = ink[:120, :1100]
            part = sheet[60 + 135 * row :, 90:][: ink.shape[0], : ink.shape[1]]
            part[:] = np.rint(part * (1 - ink)).astype(np.uint8)
        (pages / f"{place:06}.png").write_bytes(cv2.imencode(".png", sheet)[1].tobytes())


def loop(folder: Path, out: Path) -> str:
    """What somebody would write instead; returns its seconds of reading, and of the processor."""
    cv2.setNumThreads(1)
    reader = Reader()
    files = sorted(folder.iterdir())
    began, used = time.perf_counter(), time.process_time()
    with out.open("w", newline="") as sink:
        rows = csv.writer(sink)
        for first in range(0, len(files), _TOGETHER):
            some = files[first : first + _TOGETHER]
            for path, digit in zip(some, reader.digits(some), strict=True):
                rows.writerow([path.name, digit.value, digit.confidence, *(digit.box or ())])
    return f"{time.perf_counter() - began} {time.process_time() - used}"


def measured(digits: Path, pages: Path, out: Path) -> dict[str, Any]:
    """One round."""
    out.mkdir()
    command = [sys.executable, "-m", "benchmarks.batch", "--loop", str(digits), str(out / "loop.csv")]
    began = time.perf_counter()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    whole, count = time.perf_counter() - began, len(list(digits.iterdir()))
    found: dict[str, Any] = {
        LOOP: {
            "pictures a second": round(count / float(said[0]), 1),
            "whole command, s": round(whole, 2),
            "processor seconds": round(float(said[1]), 2),
        }
    }
    for name, cores in ((ONE, [1]), (TWO, [1, 1])):
        with nodes.running(cores) as cluster:
            found[name] = batched(cluster, digits, out / str(len(cores)), ["--single"])
            if name == ONE:
                found[PAGES] = batched(cluster, pages, out / "pages", [])
            print(name, found[name], flush=True)
    return found


def batched(cluster: nodes.Nodes, source: Path, out: Path, flags: list[str]) -> dict[str, Any]:
    """A job on a cluster that is there."""
    command = [sys.executable, "-m", "inkdigit", "batch", str(source), "--out", str(out), "--address", cluster.address]
    used: dict[int, float] = {}
    before: tuple[int, float] | None = None  # parts and processor time when the first parts were there
    began = time.time()
    small = {} if flags else {"INKDIGIT_BATCH_PAGES": "1"}  # of few pages, the first tells when the others begin
    job = subprocess.Popen([*command, *flags], env={**cluster.environment, **small}, stdout=subprocess.DEVNULL)
    while job.poll() is None:  # the processes that read end with the job
        for node in range(len(cluster.processes)):
            for process in cluster.workers(node):
                try:
                    times = process.cpu_times()
                    used[process.pid] = times.user + times.system
                except psutil.Error:
                    continue
        there = len(list((out / "results").glob("part-*"))) if (out / "results").exists() else 0
        before = (there, sum(used.values())) if before is None and there else before
        time.sleep(0.2)
    if job.returncode:
        sys.exit(f"Expected a job that ends well, got {job.returncode}.")
    whole = time.time() - began
    ends = sorted(path.stat().st_mtime for path in (out / "results").glob("part-*"))
    count = len(list(source.iterdir()))
    edge = max(1, round(len(ends) * _EDGE)) if len(ends) > 2 else 0
    inner = ends[edge : len(ends) - edge] or ends
    a_part = count / len(ends)  # all hold as many, but for the last
    rate = a_part * (len(inner) - 1) / (inner[-1] - inner[0]) if inner[-1] > inner[0] else count / whole
    done, spent = before or (0, 0.0)
    return {
        "pictures a second": round(rate, 1),
        "whole command, s": round(whole, 2),
        "until the first part is written, s": round(ends[0] - began, 2),
        "processor seconds": round((sum(used.values()) - spent) * len(ends) / max(1, len(ends) - done), 2),
    }


def started(digits: Path, out: Path) -> float:
    """Seconds of a whole command that starts a cluster, reads one picture and ends it."""
    command = [
        sys.executable,
        "-m",
        "inkdigit",
        "batch",
        str(sorted(digits.iterdir())[0]),
        "--out",
        str(out),
        "--single",
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - began, 2)


def summed(rounds: list[dict[str, Any]], pictures: int, pages: int) -> dict[str, Any]:
    """Medians over the rounds, ratios taken within each."""
    rate, used = "pictures a second", "processor seconds"

    def median(values: list[float]) -> float:
        return round(float(np.median(values)), 4)

    return {
        "pictures a second": {name: median([one[name][rate] for one in rounds]) for name in (LOOP, ONE, TWO)},
        "overhead of one node over the loop": median([one[LOOP][rate] / one[ONE][rate] - 1 for one in rounds]),
        "the same in processor time": median([one[ONE][used] / one[LOOP][used] - 1 for one in rounds]),
        "the same of the whole commands": median(
            [one[ONE]["whole command, s"] / one[LOOP]["whole command, s"] - 1 for one in rounds]
        ),
        "two nodes as one": median([one[TWO][rate] / one[ONE][rate] for one in rounds]),
        "processor seconds a picture": round(median([one[ONE][used] for one in rounds]) / pictures, 6),
        "processor seconds a page": round(median([one[PAGES][used] for one in rounds]) / pages, 4),
        "others that wanted the processors": round(psutil.getloadavg()[2], 1),
    }


if __name__ == "__main__":
    main()
