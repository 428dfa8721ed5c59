"""What a store holds of what it confirmed, when its writers are killed in the middle: SQLite and PostgreSQL.

python -m benchmarks.kills [KILLS]   (1,000 of each by default; needs PostgreSQL's programs for the second)

A writer keeps drawings one after the other and says so of each. It is killed at a chance moment with a signal that
nobody can catch (kill -9); the next writer sends what was not confirmed once more, as the page does.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import postgres
from storing import plain

from benchmarks import RESULTS
from inkdigit.evaluation.report import write
from inkdigit.settings import Settings
from inkdigit.store import store

KILLS = 1_000
_MOST_LINES = 4  # confirmations of a writer before it is killed
_LATER = 0.01  # seconds, at most, behind the last of them
_WRITTEN_EVERY = 20  # kills


def main() -> None:
    """Both kinds of store."""
    kills = int(sys.argv[1]) if sys.argv[1:] else KILLS
    figures: dict[str, Any] = {}
    where = postgres.programs()
    with tempfile.TemporaryDirectory() as folder, postgres.serving(where) if where else nullcontext() as server:
        places = {"SQLite": str(Path(folder) / "store.sqlite")}
        if server is not None:
            places["PostgreSQL"] = server.database("kills")
        rounds = {name: _Rounds(place) for name, place in places.items()}
        for number in range(kills):  # in turn, so that an early end leaves as many of each
            for one in rounds.values():
                one.kill(number)
            if (number + 1) % _WRITTEN_EVERY == 0 or number + 1 == kills:
                figures = {name: one.counted() for name, one in rounds.items()}
                write(RESULTS / "kills.json", "python -m benchmarks.kills", figures)
                print(number + 1, figures, flush=True)


class _Rounds:
    """The writers of one store, one after the other."""

    def __init__(self, place: str) -> None:
        self._settings = Settings(store=place)
        self._random = random.Random(0)
        self._kills = 0
        self._confirmed: set[str] = set()
        self._next = 0
        self._begun = time.monotonic()

    def kill(self, number: int) -> None:
        """Starts a writer, and kills it."""
        read, sink = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            _writer(self._settings, self._next, sink)
        os.close(sink)
        with open(read, encoding="ascii") as lines:
            wanted = self._random.randrange(_MOST_LINES)
            said = [line for _, line in zip(range(wanted), lines, strict=False)]
            time.sleep(self._random.random() * _LATER)
            os.kill(child, signal.SIGKILL)
            said += lines.readlines()
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise RuntimeError(f"writer {number} ended before it was killed")
        keys = [line.strip() for line in said if line.endswith("\n")]
        self._confirmed.update(keys)
        self._next = max((int(key.rpartition("-")[2]) + 1 for key in keys), default=self._next)
        self._kills += 1

    def counted(self) -> dict[str, Any]:
        """What was confirmed, and what of it is there."""
        kept = store.open(self._settings)
        found = Counter(one.key for one in kept.each())
        whole = "ok"
        if kept.place.path is not None:
            with closing(sqlite3.connect(kept.place.path)) as connection:
                whole = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        kept.close()
        return {
            "kills": self._kills,
            "confirmed": len(self._confirmed),
            "lost": len(self._confirmed - found.keys()),
            "doubled": sum(count > 1 for count in found.values()),
            "kept and not confirmed": len(found.keys() - self._confirmed),
            "integrity": whole,
            "seconds": round(time.monotonic() - self._begun),
        }


def _writer(settings: Settings, first: int, sink: int) -> None:
    """Keeps drawings until it is killed, from the one that was not confirmed."""
    kept = store.open(settings)
    for number in range(first, first + 1_000_000):
        key = f"kill-{number}"
        kept.keep(replace(plain(), key=key))
        os.write(sink, f"{key}\n".encode())
    os._exit(1)


if __name__ == "__main__":
    main()
