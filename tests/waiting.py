"""For tests of what happens beside them: a lock that tells when somebody waits for it, and answers that come live."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from starlette.testclient import WebSocketTestSession

PATIENCE = 60.0  # s; waited in full only where something is broken


class Crossing:
    """Two threads at one lock: the first is held inside it, until the second has to wait or has run through.

    Give `lock` to what is tested in place of its own, and call `hold` in a step that the lock should guard.
    """

    def __init__(self) -> None:
        self.lock = _Lock(self)
        self.second_moved = threading.Event()  # it waits for the lock, or is done
        self.results: list[Any] = []
        self._first_inside = threading.Event()

    def hold(self) -> None:
        """Holds the first who comes here; later ones pass."""
        if not self._first_inside.is_set():
            self._first_inside.set()
            assert self.second_moved.wait(PATIENCE)

    def run(self, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
        """Runs both, the second once the first is inside; their results or faults, in the order they came."""
        threads = [threading.Thread(target=self._done, args=(one,), daemon=True) for one in (first, second)]
        threads[0].start()
        assert self._first_inside.wait(PATIENCE)
        threads[1].start()
        for thread in threads:
            thread.join(PATIENCE)
        return self.results

    def _done(self, work: Callable[[], Any]) -> None:
        try:
            self.results.append(work())
        except Exception as error:  # the test says what may come
            self.results.append(error)
        if self._first_inside.is_set():
            self.second_moved.set()


class _Lock:
    def __init__(self, crossing: Crossing) -> None:
        self._crossing, self._lock = crossing, threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._crossing.second_moved.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def until(condition: Callable[[], bool]) -> None:
    """Asks again and again until it is so; what other processes do tells nobody."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.02)


def answered(socket: WebSocketTestSession) -> Any:
    """The next answer to live ink. Signs of life come first where it takes longer than a second: a machine is busy."""
    while "alive" in (message := socket.receive_json()):
        pass
    return message
