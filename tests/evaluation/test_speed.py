from __future__ import annotations

import subprocess
import sys

import pytest

from inkdigit.evaluation.speed import Times, time_calls, time_processes


def test_times_are_median_percentile_and_least() -> None:
    found = Times.of([0.1, 0.2, 0.3, 0.4, 10.0])
    assert (found.median, found.least, found.runs) == (0.3, 0.1, 5)
    assert 0.4 < found.p95 < 10
    assert found.to_json() == {"median": 0.3, "p95": found.p95, "least": 0.1, "runs": 5}


def test_warm_up_calls_are_not_counted() -> None:
    calls: list[int] = []
    assert time_calls(lambda: calls.append(1), runs=4, warmup=3).runs == 4
    assert len(calls) == 7


def test_a_process_is_timed_with_its_memory() -> None:
    times, memory = time_processes([sys.executable, "-c", "x = bytearray(60_000_000)"], runs=2, warmup=0)
    assert times.least > 0
    assert 60 < memory < 300


def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        time_processes([sys.executable, "-c", "raise SystemExit(3)"], runs=1, warmup=0)
