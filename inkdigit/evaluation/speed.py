"""Times things properly: warm up, repeat, median and 95th percentile."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np


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


def time_processes(command: Sequence[str], runs: int, warmup: int) -> Times:
    """Times a whole process from start to exit.

    Raises:
        subprocess.CalledProcessError: it failed.
    """

    def once() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return time_calls(once, runs, warmup)
