"""Connections that nobody can hold for nothing: how many there are, and how long one may keep the server waiting.

uvicorn's own limits do not help here. `limit_concurrency` counts connections that do nothing too, and then answers
503 to everybody; `timeout_keep_alive` begins after an answer and ends with the first byte of the next request;
`backlog` is what the system holds before the server takes it. So who opened connections and said nothing, or a byte
now and then, kept all others out.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from inkdigit.errors import BusyError, InkdigitError, RequestError, SlowError, no_memory
from inkdigit.settings import Settings
from inkdigit.web import metrics, refusal

BACKLOG = 128  # connections that are taken at once, before anybody counts them
_KEPT_FREE = 2 * BACKLOG  # file handles for these, the store, networks, pictures, and processes that read
_BUSY, _SLOW, _BROKEN = HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.BAD_REQUEST
_COMES = (h11.IDLE, h11.SEND_BODY)  # states of the other side in which a part of its request is missing


class Crowd:
    """The connections of a server process, and which of them are waited for.

    Attributes:
        most: how many there may be: as many as the settings say, and as there are file handles for.
        waited: those whose other side has to send or to take something, who has been waited for longest first.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.most = max(1, min(settings.max_connections, _handles(settings.max_connections) - _KEPT_FREE))
        self.waited: OrderedDict[Connection, None] = OrderedDict()

    def connection(self, **named: Any) -> Connection:
        """A connection of this crowd, as uvicorn makes them."""
        return Connection(self, **named)

    def looked_over(self, now: float) -> None:
        """Ends the connections that keep the server waiting for too long. To be called every second.

        Args:
            now: by the clock of the event loop, in seconds.
        """
        for one in list(self.waited):
            one.looked_at(now)

    def makes_room(self, newest: Connection) -> None:
        """Ends the connection that has been waited for longest."""
        oldest = next(iter(self.waited))
        error = BusyError(f"at most {self.most:,} connections", "more", "Send it again later")
        oldest.ends(error, _BUSY, oldest is newest)


class Connection(H11Protocol):
    """An HTTP connection that is waited for so long, and no longer."""

    def __init__(self, crowd: Crowd, **named: Any) -> None:
        super().__init__(**named)
        self._crowd = crowd
        self._settings = crowd.settings
        self._since = self._heard = 0.0  # when the wait began, and when something came last
        self._came = 0  # bytes since then
        self._unsent = 0  # bytes that nobody took when it was looked at last,
        self._stuck = 0.0  # and since when there were so many

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for a request; where there are too many connections, one ends."""
        super().connection_made(transport)
        self._waits()
        metrics.connections(len(self.connections))
        if len(self.connections) > self._crowd.most:
            self._crowd.makes_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no longer."""
        super().connection_lost(exc)
        self._crowd.waited.pop(self, None)
        metrics.connections(len(self.connections))

    def data_received(self, data: bytes) -> None:
        """Takes a part of a request; once that is whole, the other side waits for us."""
        before = self.cycle
        self._heard = self.loop.time()
        self._came += len(data)
        try:
            super().data_received(data)
        except MemoryError:  # half a body lies there, of which no more can be taken
            self.ends(no_memory(), _BUSY, True)
        if self.cycle is not before:  # its head is whole
            self._since, self._came = self._heard, 0
        if self.conn.their_state not in _COMES and not self.flow.write_paused and not self.transport.is_closing():
            self._crowd.waited.pop(self, None)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Waits no longer: what comes now are frames, and uvicorn leaves the request as one whose body is missing."""
        super().handle_websocket_upgrade(event)
        self._crowd.waited.pop(self, None)

    def on_response_complete(self) -> None:
        """Waits for the next request, where it is not there yet."""
        super().on_response_complete()
        if self.conn.their_state in _COMES or self.transport.is_closing():
            self._waits()

    def pause_writing(self) -> None:
        """The other side does not take what is sent: it is waited for."""
        super().pause_writing()
        self._crowd.waited.setdefault(self, None)

    def resume_writing(self) -> None:
        """The other side took what was sent."""
        super().resume_writing()
        if self.conn.their_state not in _COMES and not self.transport.is_closing():
            self._crowd.waited.pop(self, None)

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP, in our shape."""
        self.ends(RequestError("an HTTP request", "something else", "See docs/http.md"), _BROKEN, True)

    def looked_at(self, now: float) -> None:
        """Ends the connection where it has been waited for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent:
            if unsent != self._unsent:
                self._unsent, self._stuck = unsent, now
            elif now - self._stuck > self._settings.pause_seconds:
                self.transport.abort()
        elif self.flow.read_paused:  # we are the ones who keep it waiting
            self._since = self._heard = now
            self._came = 0
        elif self._is_late(now) and not self.transport.is_closing():
            got = f"a part of it after {now - self._since:.0f} seconds"
            self.ends(SlowError("a whole request", got, "Send it faster"), _SLOW, self._heard > self._since)

    def ends(self, error: InkdigitError, status: HTTPStatus, says: bool) -> None:
        """Closes the connection, and says why, unless an answer was begun."""
        if self.transport.is_closing():  # and its last bytes are not taken
            self.transport.abort()
            return
        begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if (says or self.conn.their_state is h11.SEND_BODY) and not begun:
            self.transport.write(refusal.raw(error, status))
        self._waits()  # until its last bytes are taken
        self.transport.close()

    def _waits(self) -> None:
        """From now on the other side is waited for."""
        self._since = self._heard = self.loop.time()
        self._came = 0
        self._crowd.waited[self] = None
        self._crowd.waited.move_to_end(self)

    def _is_late(self, now: float) -> bool:
        known = self._settings
        if self.conn.their_state is h11.IDLE:
            return now - self._since > known.head_seconds
        slow = known.slowest_bytes and now - self._since > known.pause_seconds + self._came / known.slowest_bytes
        return bool(slow or now - self._heard > known.pause_seconds)


def _handles(wanted: int) -> int:
    """How many files a process may have open; as many as are wanted, where that can be had."""
    if sys.platform == "win32":
        return wanted + _KEPT_FREE
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + _KEPT_FREE
    if hard != resource.RLIM_INFINITY:
        enough = min(enough, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        return enough
    return enough if soft == resource.RLIM_INFINITY else soft
