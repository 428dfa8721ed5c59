"""uvicorn around the application: it says when it is up, and ends in good order."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from inkdigit.reader import Reader
from inkdigit.web import logs
from inkdigit.web.app import create_app
from inkdigit.web.connections import BACKLOG, Crowd

_FAIR = 1  # connections that a worker takes at once: it would take all that wait, and leave the others idle


class _Server(uvicorn.Server):
    """Says when it is up; when it is to stop, it says that it is not ready, and goes on for a while."""

    def __init__(
        self, config: uvicorn.Config, on_start: Callable[[], None], app: FastAPI, crowd: Crowd, drain: float
    ) -> None:
        super().__init__(config)
        self._crowd = crowd
        self._on_start = on_start
        self._app = app
        self._drain = drain
        self._ends: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to stop: the first one begins the end, a second one hastens it."""
        self._app.state.ready = False
        if self._drain and self._ends is None:
            self._ends = time.monotonic() + self._drain
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn does, ten times a second; ends what goes on for a while, and what keeps us waiting."""
        if counter % 10 == 0:
            self._crowd.looked_over(asyncio.get_running_loop().time())
        if self._ends is not None and time.monotonic() >= self._ends:
            self.should_exit = True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts as uvicorn does, then calls on_start."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(BACKLOG)  # the loop takes as many at once as config.backlog says; more wait in the system
        gc.collect()
        gc.freeze()  # what stays is not looked through again and again: everybody waited for that, for 50 ms
        if self.started:
            self._on_start()


def served(reader: Reader, on_start: Callable[[], None]) -> uvicorn.Server:
    """uvicorn around the app of a loaded reader."""
    app, settings = create_app(reader), reader.settings
    logs.configure(settings)
    crowd = Crowd(settings)
    largest = max(reader.settings.max_message_bytes, reader.settings.max_frame_bytes)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # record.py writes a line for each request
        proxy_headers=bool(settings.proxies),  # else anybody could name another address as theirs
        forwarded_allow_ips=settings.proxies,
        http=crowd.connection,  # type: ignore[arg-type]
        backlog=BACKLOG if settings.workers == 1 else _FAIR,
        ws="websockets-sansio",
        ws_max_size=2 * largest,  # up to here the answer can still say what is wrong
        server_header=False,
        timeout_graceful_shutdown=settings.last_answers_seconds,
    )
    return _Server(config, on_start, app, crowd, settings.drain_seconds)
