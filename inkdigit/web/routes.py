"""The addresses: the page, reading a picture, live ink, and whether the server is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from inkdigit.errors import InkdigitError, RequestError
from inkdigit.web import messages

router = APIRouter()
STATIC = Path(__file__).parent / "static"

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
async def page() -> FileResponse:
    """The drawing page."""
    return FileResponse(STATIC / "index.html")


@router.get("/healthz")
async def health(request: Request) -> dict[str, Any]:
    """Says that the server reads, and with which model."""
    card = request.app.state.reader.model.card
    return {"status": "ok", "script": card.script, "normaliser": card.normaliser}


@router.post("/api/read", openapi_extra=_PICTURE_BODY)
async def read(request: Request, glyphs: bool = False) -> dict[str, Any]:
    """Reads a picture: multipart field "file", or the raw body -> the JSON of Page; glyphs=true adds what was seen."""
    picture = await _picture_of(request)
    found = await run_sync(request.app.state.reader.page, picture)
    answer: dict[str, Any] = messages.page_json(found) if glyphs else found.to_json()
    return answer


@router.websocket("/api/ink")
async def ink(socket: WebSocket) -> None:
    """Strokes in, reading out. A drawing that comes while another is read replaces those that wait: the newest wins."""
    await socket.accept()
    reader = socket.app.state.reader
    newest = _Newest()
    try:
        await socket.send_text(messages.hello(reader.settings))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_listen, socket, newest)
            while (text := await newest.take()) is not None:
                await socket.send_text(await run_sync(messages.answer, reader, text))
    except* (WebSocketDisconnect, RuntimeError):  # the page was closed while an answer was on its way
        pass


class _Newest:
    """A place for one message: what is put replaces what waits there."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._came = anyio.Event()

    def put(self, text: str | None) -> None:
        """Leaves a message; None says that no more will come."""
        self._text = text
        self._came.set()

    async def take(self) -> str | None:
        """Waits for a message; None when the other side has gone."""
        await self._came.wait()
        self._came = anyio.Event()
        return self._text


async def _listen(socket: WebSocket, newest: _Newest) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            newest.put(None)
            return
        newest.put(message.get("text") or "")


async def _picture_of(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if isinstance(file, UploadFile):
                return await file.read()
    except InkdigitError:
        raise
    except Exception as error:  # the multipart parser raises several kinds on a broken body
        raise RequestError("a multipart body", f"a broken one ({type(error).__name__})", "Send it again") from None
    raise RequestError('a picture in the field "file"', "no such field", "Name the field file")
