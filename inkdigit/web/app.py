"""The application: who may call it, how much they may send, and the headers on every answer."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit import __version__
from inkdigit.errors import (
    BusyError,
    InkdigitError,
    NotKeptError,
    NotReadyError,
    RequestError,
    StoreError,
    TooLargeError,
)
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.web import camera, corrections, digits, drawings, exchange, inference, inside, metrics, offline, routes
from inkdigit.web.room import Room

_LOG = logging.getLogger("inkdigit.web")
_TOO_LARGE = 413
_UNREADABLE = 422
_FORBIDDEN = 403
_NOT_FOUND = 404
_FAULT = 500
_UNAVAILABLE = 503
_RETRY = 1  # seconds, after which a busy server may be asked again
_MULTIPART = 4_096  # bytes that the frame of a multipart body may add to a file
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cache-control": "no-cache",
}


_STATUS: dict[type[InkdigitError], int] = {
    TooLargeError: _TOO_LARGE, NotKeptError: _NOT_FOUND, StoreError: _UNAVAILABLE,
    BusyError: _UNAVAILABLE, NotReadyError: _UNAVAILABLE,
}  # fmt: skip


def create_app(reader: Reader) -> FastAPI:
    """The web application around one loaded reader; its settings are the limits."""
    app = FastAPI(title="inkdigit", version=__version__, docs_url=None, redoc_url=None, lifespan=_open_for_a_while)
    app.state.reader = reader
    app.state.store = app.state.adaptation = None  # opened when they are first asked for
    app.state.room = Room(reader.settings)
    app.state.ready = True
    metrics.describe(reader)
    app.include_router(routes.router)
    app.include_router(exchange.router)
    app.include_router(drawings.router)
    app.include_router(inside.router)
    app.include_router(camera.router)
    app.include_router(corrections.router)
    app.include_router(offline.router)
    app.include_router(digits.router)
    app.include_router(inference.router)
    app.include_router(metrics.router)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=routes.STATIC), minimum_size=1024), name="static")
    app.add_exception_handler(InkdigitError, _our_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(Guard, settings=reader.settings)
    app.add_middleware(metrics.Counted)
    return app


@asynccontextmanager
async def _open_for_a_while(app: FastAPI) -> AsyncIterator[None]:
    """Closes the store when the server stops."""
    yield
    if app.state.store is not None:
        app.state.store.close()


class Guard:
    """Checks Host, Origin and the size of the body before anything else runs, and sets the headers of every answer.

    A page of another site could otherwise talk to a server on this machine, by DNS rebinding or by a WebSocket.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._limit = settings.max_file_bytes
        more = {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
        self._hosts = _LOCAL | {settings.host.lower()} | more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send)
        if scope["type"] == "http" and scope["method"] == "HEAD":  # what GET would say, without its body
            await self({**scope, "method": "GET"}, receive, _without_body(send))
            return
        error = self._host_error(headers, scope) or self._origin_error(headers, scope) or self._size_error(headers)
        if error is None:
            if scope["type"] == "websocket":
                await self.app(scope, receive, send)
            else:
                await self._answered(scope, self._limited(receive), send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
        else:
            status = _TOO_LARGE if isinstance(error, TooLargeError) else _FORBIDDEN
            await _refuse(error, status, scope, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the application; whatever it did not foresee becomes an answer of our shape, and a line in the log."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except InkdigitError as error:
            if begun:
                raise
            await _refuse(error, _status(error), scope, send)
        except Exception:
            _LOG.exception("%s %s failed", scope["method"], scope["path"][:200])
            if begun:  # half an answer must not look like a whole one
                raise
            said = InkdigitError("an answer", "a fault in the server", "Look into its log")
            await _refuse(said, _FAULT, scope, send)

    def _host_error(self, headers: Headers, scope: Scope) -> RequestError | None:
        name = _host_name(headers.get("host", ""))
        server = scope.get("server")
        own = str(server[0]).lower() if server else ""
        if name in self._hosts or (name == own and _is_address(own)):
            return None
        return RequestError(
            "a call under this server's own name", repr(name), "Allow the name with INKDIGIT_ALLOWED_HOSTS"
        )

    def _origin_error(self, headers: Headers, scope: Scope) -> RequestError | None:
        origin = headers.get("origin")
        safe = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")
        if origin is None or safe or _netloc(origin) == headers.get("host", "").lower():
            return None
        return RequestError("a call from our own page", f"origin {origin[:100]}", "Open the page of this server")

    def _size_error(self, headers: Headers) -> RequestError | None:
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) <= self._limit + _MULTIPART:
            return None
        return _too_large(self._limit)

    def _limited(self, receive: Receive) -> Receive:
        """Counts what really comes: a body without Content-Length is stopped at the limit too."""
        total = 0

        async def counted() -> Message:
            """The next part of the body, counted."""
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._limit + _MULTIPART:
                raise _too_large(self._limit)
            return message

        return counted


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"a body of at most {limit:,} bytes", "a larger one", "Send a smaller picture")


def _netloc(origin: str) -> str | None:
    """ "http://LOCALHOST:80" -> "localhost:80", broken -> None."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host_name(host: str) -> str:
    """ "[::1]:80" -> "::1", "LOCALHOST:80" -> "localhost", broken -> ""."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        """Sends the message, the first with our headers."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sender


def _without_body(send: Send) -> Send:
    async def sender(message: Message) -> None:
        """Sends the message, its body left out."""
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sender


async def _refuse(error: InkdigitError, status: int, scope: Scope, send: Callable[[Message], Awaitable[None]]) -> None:
    metrics.refused(error.kind)
    body = json.dumps(_shape(error, scope["path"])).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _our_error(request: Request, error: Any) -> JSONResponse:
    metrics.refused(error.kind)
    headers = {"retry-after": str(_RETRY)} if isinstance(error, BusyError) else None
    return JSONResponse(_shape(error, request.url.path), _status(error), headers)


def _status(error: InkdigitError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), _UNREADABLE)


async def _http_error(request: Request, error: Any) -> JSONResponse:
    said = RequestError("a known address and method", f"{request.method} {request.url.path[:200]}", "See docs/http.md")
    return JSONResponse(_shape(said, request.url.path), error.status_code, headers=error.headers)


def _shape(error: InkdigitError, path: str) -> dict[str, Any]:
    """The JSON of an error: ours, or that of the Open Inference Protocol where that is spoken."""
    return {"error": str(error)} if path == "/v2" or path.startswith("/v2/") else error.to_json()
