"""A Ray cluster of several nodes on this machine, each with so many cores: for the benchmark and the tests of batch."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_PATIENCE = 600.0  # s; a node starts in 5 to 20, on a machine that others do not use
_TRIES = 8
_START = [
    sys.executable,
    "-c",
    "from ray.scripts.scripts import main; main()",
    "start",
    "--block",
    "--disable-usage-stats",
]


@dataclass(frozen=True)
class Nodes:
    """A running cluster.

    Attributes:
        address: to join it at.
        environment: with the secret that it asks for.
        processes: `ray start` of each node, the head first.
    """

    address: str
    environment: Mapping[str, str]
    processes: Sequence[psutil.Process]

    def raylet(self, node: int) -> psutil.Process:
        """The process that is a node for the others: without it, it is gone."""
        return next(one for one in self.processes[node].children(recursive=True) if one.name() == "raylet")

    def workers(self, node: int) -> list[psutil.Process]:
        """The processes of a node that read parts."""
        return [
            one for one in self.processes[node].children(recursive=True) if _title(one).startswith("ray::MapWorker(")
        ]


@contextmanager
def running(cores: Sequence[int]) -> Iterator[Nodes]:
    """Starts a node for each number of cores, waits until all are there, and ends them."""
    secret = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex()}
    # Ray makes its workers nice; on a machine that others use too, that would be measured and not Ray.
    environment = {**os.environ, **secret, "RAY_worker_niceness": "0", "PYTHONPATH": str(Path(__file__).parents[1])}
    started: list[psutil.Process] = []
    with tempfile.TemporaryDirectory(prefix="ink", ignore_cleanup_errors=True) as folder:  # of sockets: a short name
        log = Path(folder) / "start.log"
        try:
            address = ""
            for count in cores:
                started.append(_node(count, address, log, environment))
                address = address or log.read_text().split("ray start --address='")[-1].split("'")[0]
            yield Nodes(address, environment, started)
        finally:
            for one in started:
                _end(one)


def _node(cores: int, address: str, log: Path, environment: Mapping[str, str]) -> psutil.Process:
    """Starts a node, the head where there is no address. Ray gives itself half a minute, which may need some tries."""
    for attempt in range(_TRIES):
        log.write_text("")
        where = (
            [f"--address={address}"]
            if address
            else ["--head", f"--port={_free_port()}", "--include-dashboard=false", "--no-monitor"]
        )
        where += ["--include-log-monitor=false"]
        where += [] if address else [f"--temp-dir={log.parent / str(attempt)}"]
        with log.open("a") as sink:
            command = [*_START, *where, f"--num-cpus={cores}"]
            process = psutil.Popen(command, env=dict(environment), stdout=sink, stderr=sink)
        until(lambda: _has_started(log) or process.poll() is not None)  # noqa: B023 - asked at once
        if process.poll() is None:
            return process
        _end(process)
    raise RuntimeError(log.read_text()[-3000:])


def _has_started(log: Path) -> bool:
    return "Ray runtime started" in log.read_text()


def _end(process: psutil.Process) -> None:
    """Ends a node and all that it started."""
    try:
        family = [*process.children(recursive=True), process]
    except psutil.Error:
        return
    for one in family:
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(family, timeout=_PATIENCE)


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("", 0))
        return int(some.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float = _PATIENCE) -> None:
    """Asks again and again until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it never was")
        time.sleep(0.05)


def _address(log: Path) -> str:
    return log.read_text().split("ray start --address='")[1].split("'")[0]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
