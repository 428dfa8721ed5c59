"""Several processes that serve one address together: each answers from the same listening socket, and one that dies
is replaced. A signal to stop goes to all of them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

import uvicorn

from inkdigit.errors import InkdigitError, RequestError
from inkdigit.settings import Settings
from inkdigit.web import logs
from inkdigit.web.metrics import FOLDER

_SPAWN = get_context("spawn")
_YOUNG = 5.0  # seconds: a worker that dies before that has failed,
_FAILURES = 3  # and so many of these in a row end it all
_PATIENCE = 5.0  # seconds beyond the last answers that a worker gets to end


class _StopError(Exception):
    """A signal asked for the end."""


@dataclass(frozen=True, eq=False)
class _Worker:
    """A process that serves.

    Attributes:
        process: itself.
        told: what it says comes here: None when it serves, or why it cannot.
        begun: when it was started, by the monotonic clock.
    """

    process: Any
    told: Connection
    begun: float


def run(settings: Settings, listener: socket.socket, on_start: Callable[[], None]) -> None:
    """Serves with settings.workers processes until a signal comes.

    Args:
        listener: bound.
        on_start: called when all of them serve.

    Raises:
        InkdigitError: a worker cannot start, or they die one after the other.
    """
    folder = tempfile.mkdtemp(prefix="inkdigit-counts-")
    os.environ[FOLDER] = folder
    logs.configure(settings)
    workers: list[_Worker] = []
    try:
        with _stopping():
            workers += [_started(settings, listener) for _ in range(settings.workers)]
            for one in workers:
                _serves(one)
            on_start()
            _watched(workers, settings, listener)
    except _StopError:
        pass
    finally:
        listener.close()  # or whoever calls now would wait for nobody
        _stopped(workers, settings)
        os.environ.pop(FOLDER, None)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stopping() -> Iterator[None]:
    """While it lasts, SIGTERM and SIGINT raise _StopError."""

    def stop(number: int, frame: FrameType | None) -> None:
        """Ends what the first process waits for."""
        raise _StopError

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _started(settings: Settings, listener: socket.socket) -> _Worker:
    told, tells = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_serve, args=(settings, listener, tells), daemon=True)
    process.start()
    tells.close()
    return _Worker(process, told, time.monotonic())


def _serve(settings: Settings, listener: socket.socket, tells: Connection) -> None:
    """What a worker does. Ctrl+C in a terminal reaches it too; it waits for what the first process says."""
    from inkdigit.reader import Reader
    from inkdigit.web import serving

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        served = serving.served(Reader(settings=settings), lambda: tells.send(None))
    except InkdigitError as error:
        tells.send((error.expected, error.got, error.remedy))
        return
    threading.Thread(target=_ends_with_parent, args=(served,), daemon=True).start()
    served.run(sockets=[listener])


def _ends_with_parent(served: uvicorn.Server) -> None:
    """Nobody would tell a worker to stop once the first process has been killed; it would keep the port."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        served.should_exit = True


def _serves(one: _Worker) -> None:
    """Waits until a worker serves. Raises InkdigitError."""
    try:
        why = one.told.recv()
    except EOFError:
        why = ("workers that start", "one that died", "See what it said above")
    if why is not None:
        raise InkdigitError(*why)


def _watched(workers: list[_Worker], settings: Settings, listener: socket.socket) -> None:
    """Replaces workers that die, until a signal comes. Raises RequestError."""
    from prometheus_client.multiprocess import mark_process_dead

    failed = 0
    while True:
        connection.wait([one.process.sentinel for one in workers])
        for at, one in enumerate(workers):
            if one.process.is_alive():
                continue
            one.process.join()
            mark_process_dead(one.process.pid)  # type: ignore[no-untyped-call]
            failed = failed + 1 if time.monotonic() - one.begun < _YOUNG else 0
            if failed >= _FAILURES:
                raise RequestError("workers that live", f"{failed} that died at once", "See what they said above")
            logs.LOG.warning("A worker ended (%s); another takes its place.", one.process.exitcode)
            one.told.close()
            workers[at] = _started(settings, listener)


def _stopped(workers: list[_Worker], settings: Settings) -> None:
    """Lets every worker send its last answers, and ends those that do not."""
    for one in workers:
        if one.process.is_alive():
            one.process.terminate()
    until = time.monotonic() + settings.drain_seconds + settings.last_answers_seconds + _PATIENCE
    for one in workers:
        one.process.join(max(0.0, until - time.monotonic()))
        if one.process.is_alive():
            one.process.kill()
            one.process.join()
        one.told.close()
