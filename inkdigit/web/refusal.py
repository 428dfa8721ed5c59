"""An error -> the answer that says it: its status, its shape, and its headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.types import Message, Scope

from inkdigit.errors import (
    BusyError,
    InkdigitError,
    NotKeptError,
    NotReadyError,
    RateError,
    StoreError,
    TimeError,
    TokenError,
    TooLargeError,
)
from inkdigit.web import metrics

FORBIDDEN = 403
FAULT = 500
_UNREADABLE = 422
_RETRY = 1  # seconds, after which a busy server may be asked again
API_VERSION = "1"
"""Of the JSON API: raised by what breaks those who call, and not by what is added. docs/http.md says more."""
HEADERS = {
    "x-api-version": API_VERSION,
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
"""On every answer."""
_STATUS: dict[type[InkdigitError], int] = {
    TooLargeError: 413,
    NotKeptError: 404,
    StoreError: 503,
    BusyError: 503,
    NotReadyError: 503,
    TokenError: 401,
    RateError: 429,
    TimeError: 504,
}


def status_of(error: InkdigitError, otherwise: int = _UNREADABLE) -> int:
    """The status of an answer that says an error."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), otherwise)


def shape(error: InkdigitError, path: str) -> dict[str, Any]:
    """The JSON of an error: ours, or that of the Open Inference Protocol where that is spoken."""
    return {"error": str(error)} if path == "/v2" or path.startswith("/v2/") else error.to_json()


def headers_of(error: InkdigitError) -> dict[str, str]:
    """When to come again, or what to bring."""
    if isinstance(error, (BusyError, RateError)):
        return {"retry-after": str(error.seconds if isinstance(error, RateError) else _RETRY)}
    return {"www-authenticate": "Bearer"} if isinstance(error, TokenError) else {}


async def refuse(error: InkdigitError, status: int, scope: Scope, send: Callable[[Message], Awaitable[None]]) -> None:
    """Sends an error as the answer, to a WebSocket in place of the handshake."""
    body, headers = _said(error, scope["path"])
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})


def raw(error: InkdigitError, status: HTTPStatus) -> bytes:
    """An error as the bytes of a last answer, for who sent what is no request."""
    body, headers = _said(error, "")
    headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()] + [(b"connection", b"close")]
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join([*lines, b"", body])


def _said(error: InkdigitError, path: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body of an answer that says an error, and its headers."""
    metrics.refused(error.kind)
    body = json.dumps(shape(error, path)).encode()
    named = {"content-type": "application/json", "content-length": str(len(body))} | headers_of(error)
    return body, [(name.encode(), value.encode()) for name, value in named.items()]
