"""Ray: a cluster of this machine's own, or one that is there; and the way of the parts through it."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from inkdigit.batch import inputs, parts
from inkdigit.batch.inputs import PICTURES, Inputs
from inkdigit.batch.job import Job
from inkdigit.batch.parts import STOP, Part
from inkdigit.batch.worker import Read, Worker
from inkdigit.errors import BatchError

_STARTS = 3  # Ray waits half a minute for itself, which a machine that others use may not keep
_BEGINNINGS = 20  # processes that may end while they start, one after the other: a machine may go just then
_PLANNERS = 2  # shards that are looked through at once, beside the reading
_PLANS = 1_000  # blocks that the files of a job travel in
# What Ray itself writes to stderr nobody could act on, and nothing is sent anywhere.
_QUIET = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


def check_installed() -> None:
    """Says how to install Ray, without loading it.

    Raises:
        BatchError: it is not installed.
    """
    if importlib.util.find_spec("ray") is None:
        raise BatchError("the extra [batch]", "no ray", "Run python3 start.py batch, or pip install '.[batch]'")


@contextmanager
def joined(address: str, workers: int | None, seconds: int) -> Iterator[int]:
    """A cluster to work on; yields its cores. One of our own is stopped at the end, one that is joined already is kept.

    Args:
        address: of a cluster that is there: HOST:PORT, or auto; "" starts one on this machine.
        workers: cores of a cluster of our own; None: all.
        seconds: longest wait for an answer.

    Raises:
        BatchError: nobody answers there, or it is no cluster that we can join.
    """
    if address:
        _check_answers(address, seconds)
    ray = _loaded(own=not address)
    if ray.is_initialized():  # by a program that calls us, which keeps it
        yield _cores(ray)
        return
    where = {"address": address} if address else {"address": "local", "num_cpus": workers, "include_dashboard": False}
    for left in reversed(range(1 if address else _STARTS)):
        try:
            with _silence():
                ray.init(**where, logging_level="ERROR", log_to_driver=False)
            break
        except Exception as error:  # Ray raises of every kind, Exception itself among them
            ray.shutdown()
            if left:
                continue
            got = f"{address or 'none that starts'} ({_first_line(error)})"
            remedy = "Start one with `ray start --head`, and give its HOST:PORT on one of its machines"
            raise BatchError("a Ray cluster of the same version", got, remedy) from None
    try:
        yield _cores(ray)
    finally:
        ray.shutdown()


def read(job: Job, files: Inputs, done: frozenset[str], workers: int | None, cores: int) -> Iterator[Read]:
    """Reads all parts that are not done, on all machines; gives what came of each, as it comes.

    Args:
        done: keys of the parts that have results.
        workers: processes that read; None: one a core.

    Raises:
        BatchError: the cluster is gone, or a machine cannot work on it.
    """
    ray = _loaded(own=False)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.target_max_block_size = 1  # each part travels alone, to whoever is free
    context.wait_for_min_actors_s = -1
    context.max_consecutive_actor_init_deaths = _BEGINNINGS
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    pool = ray.data.ActorPoolStrategy(size=workers) if workers else ray.data.ActorPoolStrategy(min_size=cores)
    shared = _planned(ray, job, files, done).map(Worker, fn_constructor_args=(job,), num_cpus=1, compute=pool)
    try:
        for row in shared.iter_rows():
            found = Read(**row)
            if found.stopped:
                raise BatchError(*json.loads(found.stopped))
            yield found
    except BatchError:
        raise
    except Exception as error:  # Ray raises of every kind
        remedy = "Look after the cluster, and start the same command again: it goes on"
        got = f"{type(error).__name__}: {_first_line(error)}"
        raise BatchError("a cluster that works on", got, remedy) from None


def _planned(ray: Any, job: Job, files: Inputs, done: frozenset[str]) -> Any:
    """The parts, as a dataset; shards are looked through on the cluster."""
    columns = job.asked.columns
    if all(kind == PICTURES for kind in files.kinds):
        chunks = inputs.chunks(files, job.count)
        found = [part for chunk in chunks for part in parts.parts(job.source, chunk, job.count, columns, done)]
        return ray.data.from_items([{"part": part.to_json()} for part in found], override_num_blocks=len(found))
    known = ray.put(done)

    def parted(row: dict[str, Any]) -> list[dict[str, str]]:
        """The parts of some files; of one that cannot be parted, a part that says why the job must stop."""
        try:
            found = list(parts.parts(job.source, row["chunk"], job.count, columns, ray.get(known)))
        except BatchError as error:
            found = [Part("", STOP, (), 0, 0, reason=(error.expected, error.got, error.remedy))]
        return [{"part": part.to_json()} for part in found]

    rows = [{"chunk": chunk} for chunk in inputs.chunks(files, job.count)]
    shards = ray.data.from_items(rows, override_num_blocks=min(len(rows), _PLANS))
    # No core is asked for: on a machine of one, whoever reads has it.
    return shards.flat_map(parted, num_cpus=0, compute=ray.data.TaskPoolStrategy(size=_PLANNERS))


def _cores(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _loaded(own: bool) -> Any:
    """Ray, which takes seconds to load.

    Args:
        own: whether a cluster of our own is started. Whoever reaches the ports of a cluster can run code on it, and
            they are open to the network: a secret is made for it. Ray looks for it once, when it is loaded.
    """
    if "ray" not in sys.modules:
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex()} if own else {}
        for name, value in {**_QUIET, **token}.items():
            os.environ.setdefault(name, value)
    import ray
    import ray.data

    return ray


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing comes to stderr, not even of code that is not Python."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check_answers(address: str, seconds: int) -> None:
    """Ray itself would ask for two minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal():
        raise BatchError("HOST:PORT of a Ray cluster, or auto", address, "Run this command on a machine of the cluster")
    try:
        with suppress(OverflowError), socket.create_connection((host, int(port)), timeout=seconds):
            return
    except (OSError, UnicodeError):
        pass
    raise BatchError("a Ray cluster", f"nobody who answers at {address}", "Check the address, or start one there")


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
