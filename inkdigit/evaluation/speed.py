"""Times things properly: warm up, repeat, median and 95th percentile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

# A process counts the memory of its parent at the fork as its own, so its parent has to be a small one.
_WATCH = """
import os, resource, sys
null = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


@dataclass(frozen=True)
class Times:
    """Seconds over counted runs."""

    median: float
    p95: float
    least: float
    runs: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        """From single times in seconds, at least one."""
        return cls(
            round(float(np.median(seconds)), 7),
            round(float(np.percentile(seconds, 95)), 7),
            round(float(min(seconds)), 7),
            len(seconds),
        )

    def to_json(self) -> dict[str, float]:
        """As it stands in result files."""
        return asdict(self)


def time_calls(call: Callable[[], object], runs: int, warmup: int) -> Times:
    """Times a function of no arguments, in this process."""
    for _ in range(warmup):
        call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return Times.of(seconds)


def time_processes(command: Sequence[str], runs: int, warmup: int) -> tuple[Times, float]:
    """Times a whole process from start to exit (not on Windows).

    Returns:
        The times, and the most memory that a run held, in MB (10**6 bytes).

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    times = time_calls(lambda: subprocess.run(command, check=True, **quiet), runs, warmup)  # type: ignore[call-overload]
    watched = [sys.executable, "-S", "-c", _WATCH, *command]
    used = [int(subprocess.run(watched, check=True, capture_output=True).stdout) for _ in range(3)]
    return times, round(max(used) * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
