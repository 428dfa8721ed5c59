"""The application: its addresses, its errors, and what it holds while it serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from inkdigit import __version__
from inkdigit.errors import InkdigitError, RequestError
from inkdigit.reader import Reader
from inkdigit.web import (
    camera,
    corrections,
    description,
    digits,
    drawings,
    exchange,
    inference,
    inside,
    metrics,
    offline,
    refusal,
    routes,
)
from inkdigit.web.guard import Guard
from inkdigit.web.record import Recorded
from inkdigit.web.room import Room


def create_app(reader: Reader) -> FastAPI:
    """The web application around one loaded reader; its settings are the limits."""
    app = FastAPI(title="inkdigit", version=__version__, docs_url=None, redoc_url=None, lifespan=_open_for_a_while)
    app.state.reader = reader
    app.state.store = app.state.adaptation = None  # opened when they are first asked for
    app.state.room = Room(reader.settings)
    app.state.ready = True
    metrics.describe(reader)
    # FastAPI looks through them in this order for each request, once 18 % of a glyph's time: the busiest are first.
    for each in (digits, routes, inference, exchange, drawings, inside, camera, corrections, offline, metrics):
        app.include_router(each.router)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=routes.STATIC), minimum_size=1024), name="static")
    app.add_exception_handler(InkdigitError, _our_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _other_value)
    description.describe(app)
    app.add_middleware(Guard, settings=reader.settings)
    app.add_middleware(Recorded)
    return app


@asynccontextmanager
async def _open_for_a_while(app: FastAPI) -> AsyncIterator[None]:
    """Starts the processes that read, while others are answered already, and closes the store when the server stops."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(app.state.room.warm)
        yield
        tasks.cancel_scope.cancel()
    if app.state.store is not None:
        app.state.store.close()


async def _our_error(request: Request, error: Any) -> JSONResponse:
    metrics.refused(error.kind)
    said = refusal.shape(error, request.url.path)
    return JSONResponse(said, refusal.status_of(error), refusal.headers_of(error))


async def _http_error(request: Request, error: Any) -> JSONResponse:
    said = RequestError("a known address and method", f"{request.method} {request.url.path[:200]}", "See docs/http.md")
    return JSONResponse(refusal.shape(said, request.url.path), error.status_code, headers=error.headers)


async def _other_value(request: Request, error: Any) -> JSONResponse:
    """What FastAPI says of a value in the address that is not of its kind, in our words."""
    first = error.errors()[0]
    name = ".".join(str(one) for one in first["loc"])
    said = RequestError(f"another value as {name}", repr(first.get("input"))[:60], first["msg"].rstrip(".")[:200])
    return await _our_error(request, said)
