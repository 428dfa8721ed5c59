"""What the service survives: workers and readers killed under load, and thousands of connections that say nothing.

python -m benchmarks.faults [--seconds 120] [--connections 10000]

Clients read drawings, and keep some, while every few seconds a process is killed with -9. Each drawing that was
confirmed must be in the store afterwards, once. A client whose connection breaks sends the same again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import resource
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from typing import Any

import psutil

from benchmarks import RESULTS
from benchmarks.serving import serving, shown
from inkdigit.evaluation.report import write

CLIENTS = 6
EVERY = 4.0  # seconds between two kills
ASKED = 50  # requests beside the idle connections


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--seconds", type=int, default=120, help="of killing")
    parser.add_argument("--connections", type=int, default=10_000)
    given = parser.parse_args()
    figures = {"killed under load": killed(given.seconds), "idle connections": crowded(given.connections)}
    print(json.dumps(figures, indent=1))
    command = f"python -m benchmarks.faults --seconds {given.seconds} --connections {given.connections}"
    write(RESULTS / "faults.json", command, figures)


def killed(seconds: int) -> dict[str, Any]:
    """Counts of requests, kills, broken connections, and what of the store was lost or doubled."""
    drawing, _ = shown()
    counts: Counter[str] = Counter()
    confirmed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INKDIGIT_STORE"] = f"{folder}/store.sqlite"
        command = [sys.executable, "-m", "inkdigit", "serve", "--workers", "2", "--readers", "1", "--port"]
        with serving(command) as (port, process):
            _asked(port, "/api/read", drawing, "image/png")
            end = time.monotonic() + seconds
            threads = [
                threading.Thread(target=_asks, args=(port, drawing, end, counts, confirmed)) for _ in range(CLIENTS)
            ]
            for one in threads:
                one.start()
            chance = random.Random(0)
            while time.monotonic() < end:
                time.sleep(EVERY)
                _kill(process, chance, counts)
            for one in threads:
                one.join()
            kept = _kept(port)
        del os.environ["INKDIGIT_STORE"]
    return {
        "seconds": seconds,
        **dict(sorted(counts.items())),
        "confirmed drawings": len(confirmed),
        "of these lost": len(set(confirmed) - set(kept)),
        "doubled": len(kept) - len(set(kept)),
    }


def _kill(process: psutil.Process, chance: random.Random, counts: Counter[str]) -> None:
    """Kills a worker, or a process that reads."""
    workers = [one for one in process.children() if "spawn_main" in " ".join(one.cmdline())]
    readers = [one for worker in workers for one in worker.children()]
    kind, some = chance.choice([("workers killed", workers), ("readers killed", readers)])
    if some:
        chance.choice(some).send_signal(signal.SIGKILL)
        counts[kind] += 1


def _asks(port: int, drawing: bytes, end: float, counts: Counter[str], confirmed: list[str]) -> None:
    first = json.loads(_asked(port, "/api/read", drawing, "image/png")[1])["numbers"]
    number = 0
    while time.monotonic() < end:
        number += 1
        key = uuid.uuid4().hex
        strokes = {"strokes": [{"width": 22, "points": [[83, 62], [199, 60], [120, 219]]}], "key": key}
        keeps = number % 4 == 0
        body = json.dumps(strokes).encode() if keeps else drawing
        path, kind = ("/api/kept", "application/json") if keeps else ("/api/read", "image/png")
        while True:
            try:
                status, said = _asked(port, path, body, kind)
                break
            except (OSError, http.client.HTTPException):
                counts["connections that broke"] += 1
        counts[f"answers {status}"] += 1
        if keeps and status == 201:
            confirmed.append(key)
        elif not keeps and json.loads(said).get("numbers") != first:
            counts["answers that differ"] += 1


def _asked(port: int, path: str, body: bytes | None, kind: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET" if body is None else "POST", path, body, {"content-type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _kept(port: int) -> list[str]:
    """The key of every drawing in the store."""
    said = json.loads(_asked(port, "/api/kept/export?as=json", None, "")[1])
    return [one["key"] for one in said["drawings"]]


def crowded(count: int) -> dict[str, Any]:
    """How a server answers beside so many connections that say nothing, with room for them all, and without."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 2_000), hard))
    found = {}
    for most in (count + 1_000, 2_000):
        os.environ["INKDIGIT_MAX_CONNECTIONS"] = str(most)
        os.environ["INKDIGIT_HEAD_SECONDS"] = "600"
        with serving([sys.executable, "-m", "inkdigit", "serve", "--port"]) as (port, process):
            found[f"at most {most:,}"] = _beside(port, process, count)
    del os.environ["INKDIGIT_MAX_CONNECTIONS"], os.environ["INKDIGIT_HEAD_SECONDS"]
    return found


def _beside(port: int, process: psutil.Process, count: int) -> dict[str, Any]:
    drawing, _ = shown()
    _asked(port, "/api/read", drawing, "image/png")
    before = process.memory_info().rss / 1e6
    idle = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(count)]
    times, statuses = [], Counter[str]()
    for _ in range(ASKED):
        begun = time.perf_counter()
        status, _said = _asked(port, "/api/read", drawing, "image/png")
        times.append(1e3 * (time.perf_counter() - begun))
        statuses[str(status)] += 1
    result = {
        "connections opened": len(idle),
        "file handles of the server": process.num_fds(),
        "answers": dict(statuses),
        "median ms": round(statistics.median(times), 1),
        "slowest ms": round(max(times), 1),
        "megabytes more": round(process.memory_info().rss / 1e6 - before),
    }
    for one in idle:
        one.close()
    return result


if __name__ == "__main__":
    main()
