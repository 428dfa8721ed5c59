"""The addresses: the page, reading a picture, live ink, and whether the server is well."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import anyio
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse, Response
from starlette.types import Message

from inkdigit.errors import NotReadyError, RequestError
from inkdigit.web import jobs, messages, metrics, state, upload
from inkdigit.web.newest import Newest, listen
from inkdigit.web.room import PAGES, Room, pixels_of, room_of

router = APIRouter()
STATIC = Path(__file__).parent / "static"
ALIVE = 1.0  # seconds between two signs of life while a drawing is read

_PICTURE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:
    """The drawing page, compressed where the browser takes that."""
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"vary": "accept-encoding"} | ({"content-encoding": "gzip"} if zipped else {})
    return HTMLResponse(_page(zipped), headers=headers)


@lru_cache(maxsize=2)
def _page(zipped: bool) -> bytes:
    content = (STATIC / "index.html").read_bytes()
    return gzip.compress(content, mtime=0) if zipped else content


@router.get("/healthz")
async def health(request: Request) -> dict[str, Any]:
    """Says that the server reads, and with which model."""
    card = request.app.state.reader.model.card
    return {"status": "ok", "script": card.script, "normaliser": card.normaliser}


@router.get("/readyz")
async def ready(request: Request) -> dict[str, Any]:
    """Says that the server takes requests; one that is about to stop does not."""
    if not request.app.state.ready:
        raise NotReadyError("a server that takes requests", "one that stops", "Send it to another one")
    return {"status": "ready"}


@router.post("/api/read", openapi_extra=_PICTURE_BODY, response_model=dict[str, Any])
async def read(request: Request, glyphs: bool = False, personal: bool = False, script: str = "") -> Response:
    """Reads a picture: multipart field "file", or the raw body -> the JSON of Page.

    glyphs=true adds what was seen; personal=true reads the hand that kept corrections teach; script names the writing
    system, or auto.
    """
    picture = await upload.picture_of(request)
    reader = await state.reader_for(request, script, personal)
    said, labels = await room_of(request).read(jobs.page, reader, picture, glyphs, pixels=pixels_of(picture))
    metrics.answered(labels)
    return Response(said, media_type="application/json")


@router.post("/api/page", openapi_extra=_PICTURE_BODY, response_class=Response)
async def page_of(request: Request) -> Response:
    """One page of a PDF, or of a TIFF of several, as PNG: ?page=1 is the first. The header "x-pages" says how many."""
    asked = request.query_params.get("page", "1")
    if not re.fullmatch(r"[0-9]{1,6}", asked):
        raise RequestError("a number as page", repr(asked)[:60], "Send 1 for the first page")
    reader = request.app.state.reader
    file, late = await upload.picture_of(request), reader.settings.read_seconds
    room = room_of(request)
    image, count = await room.read_beside(PAGES, jobs.sheet, reader, file, int(asked), seconds=late)
    return Response(image, media_type="image/png", headers={"x-pages": str(count)})


@router.websocket("/api/ink")
async def ink(socket: WebSocket) -> None:
    """Strokes in, reading out. The newest wins: a drawing that comes while another is read stops that reading."""
    await socket.accept()
    reader = socket.app.state.reader
    room: Room = socket.app.state.room
    personal = partial(state.reader_in, socket.app, personal=True)
    newest: Newest[Message] = Newest()
    try:
        await socket.send_text(messages.hello(reader.settings))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, socket, newest)
            while (message := await newest.take()) is not None:
                text = message.get("text") or ""
                await _answer(socket, room, partial(messages.answer, reader, text, personal, newest.waits))
    except* (WebSocketDisconnect, RuntimeError):  # the page was closed while an answer was on its way
        pass


async def _answer(socket: WebSocket, room: Room, read: Callable[[], str | None]) -> None:
    """Sends what is read, unless that was stopped; meanwhile a sign of life every second, so that nobody asks again."""
    found: list[str | None] = []
    done = anyio.Event()

    async def reading() -> None:
        """Reads in another thread."""
        found.append(await room.live(read))
        done.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reading)
        while not done.is_set():
            with anyio.move_on_after(ALIVE):
                await done.wait()
            if not done.is_set():
                await socket.send_text(messages.alive())
    if found[0] is not None:
        await socket.send_text(found[0])
