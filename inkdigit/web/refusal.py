"""An error -> the answer that says it: its status, its shape, and its headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Message, Scope

from inkdigit.errors import (
    BusyError,
    InkdigitError,
    NotKeptError,
    NotReadyError,
    StoreError,
    TokenError,
    TooLargeError,
)
from inkdigit.web import metrics

FORBIDDEN = 403
FAULT = 500
_UNREADABLE = 422
_RETRY = 1  # seconds, after which a busy server may be asked again
_STATUS: dict[type[InkdigitError], int] = {
    TooLargeError: 413,
    NotKeptError: 404,
    StoreError: 503,
    BusyError: 503,
    NotReadyError: 503,
    TokenError: 401,
}


def status_of(error: InkdigitError, otherwise: int = _UNREADABLE) -> int:
    """The status of an answer that says an error."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), otherwise)


def shape(error: InkdigitError, path: str) -> dict[str, Any]:
    """The JSON of an error: ours, or that of the Open Inference Protocol where that is spoken."""
    return {"error": str(error)} if path == "/v2" or path.startswith("/v2/") else error.to_json()


def headers_of(error: InkdigitError) -> dict[str, str]:
    """When to come again, or what to bring."""
    if isinstance(error, BusyError):
        return {"retry-after": str(_RETRY)}
    return {"www-authenticate": "Bearer"} if isinstance(error, TokenError) else {}


async def refuse(error: InkdigitError, status: int, scope: Scope, send: Callable[[Message], Awaitable[None]]) -> None:
    """Sends an error as the answer."""
    metrics.refused(error.kind)
    body = json.dumps(shape(error, scope["path"])).encode()
    named = {"content-type": "application/json", "content-length": str(len(body))} | headers_of(error)
    headers = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
