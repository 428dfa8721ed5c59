"""Every request has an id, is counted, and leaves a line in the log when it ends."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.web import logs, metrics

HEADER = "x-request-id"
_KEY = HEADER.encode()
_REFUSED = 403  # a WebSocket that is closed before it was opened
_OPENED = 101
_FAULT = 500
_GONE = 499  # who asked has gone before there was an answer; nginx counts it so too


class Recorded:
    """Gives every request its id, counts how long it took, what came and went, and how it ended, and writes that."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, and records it."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = went = 0
        status = _GONE
        begun = time.perf_counter()
        name = _name(scope)

        async def received() -> Message:
            """The next part of the body, counted."""
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            """Sends the message, counted, the first with the id."""
            nonlocal went, status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_KEY, name.encode())]
            went += len(message.get("body", b""))
            await send(message)

        metrics.under_way(1)
        try:
            await self.app(scope, received, sent)
        except Exception:
            status = _FAULT
            raise
        finally:
            metrics.under_way(-1)
            seconds, path = time.perf_counter() - begun, metrics.path_of(scope)
            metrics.request(scope["method"], path, status, seconds, came, went)
            logs.request(scope["method"], path, status, seconds, came, went, _client(scope))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = went = 0
        status = _REFUSED
        begun = time.perf_counter()
        _name(scope)

        async def received() -> Message:
            """The next message, counted."""
            nonlocal came
            message = await receive()
            came += _size(message)
            return message

        async def sent(message: Message) -> None:
            """Sends the message, counted."""
            nonlocal went, status
            if message["type"] == "websocket.accept":
                status = _OPENED
            went += _size(message)
            await send(message)

        try:
            await self.app(scope, received, sent)
        finally:
            seconds = time.perf_counter() - begun
            logs.request("WS", metrics.path_of(scope), status, seconds, came, went, _client(scope))


def _name(scope: Scope) -> str:
    """The id of a request, which from here on the log knows."""
    given = next((value.decode("latin-1") for key, value in scope["headers"] if key == _KEY), None)
    name = logs.id_of(given)
    logs.REQUEST.set(name)
    return name


def _client(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _size(message: Message) -> int:
    return len(message.get("bytes") or message.get("text") or "")
