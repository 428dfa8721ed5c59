"""Live reading from a camera: pictures in, numbers out, those that are settled beside those of the newest picture.

In:  binary messages, each one frame as JPEG, PNG or WebP. They are counted from 1.
Out: {"hello": {"max_frame_bytes", "max_frame_pixels"}} once, then for each frame that is read
     {"frame": 12, "size": [w, h], "numbers": [...], "settled": [...], "ms": 41.3} or {"frame": 12, "error": {...}}.
     A frame that comes while another is read replaces those that wait, so an answer settles all frames up to its own.
Frames are read and forgotten. docs/http.md describes both directions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
from anyio import from_thread
from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.types import Message

from inkdigit.camera.tracking import Settled, Tracker
from inkdigit.errors import InkdigitError, PictureError, RequestError
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Page
from inkdigit.settings import Settings
from inkdigit.web import jobs, state
from inkdigit.web.messages import number_json
from inkdigit.web.newest import Newest, listen
from inkdigit.web.room import Room, pixels_of

router = APIRouter()


@router.websocket("/api/camera")
async def camera(socket: WebSocket, personal: bool = False, script: str = "") -> None:
    """Frames in, numbers out. A socket is one camera: what is settled is counted over its frames.

    personal=true reads the hand that kept corrections teach; script names the writing system, or auto.
    """
    await socket.accept()
    room: Room = socket.app.state.room

    def reads(reader: Reader, frame: bytes, most: int) -> Page:
        """Reads a frame where pictures are read; called in a thread."""
        return from_thread.run(partial(room.read, jobs.frame, reader, frame, most, pixels=pixels_of(frame)))

    live = Live(socket.app.state.reader, partial(state.reader_in, socket.app, script, personal), reads)
    newest: Newest[Message] = Newest()
    try:
        await socket.send_text(hello(live.reader.settings))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, socket, newest)
            while (message := await newest.take()) is not None:
                await socket.send_text(await run_sync(live.answer, message.get("bytes"), newest.count))
    except* (WebSocketDisconnect, RuntimeError):  # the page was closed while an answer was on its way
        pass


def hello(settings: Settings) -> str:
    """What the server says first: its limits."""
    limits = {"max_frame_bytes": settings.max_frame_bytes, "max_frame_pixels": _most_pixels(settings)}
    return json.dumps({"hello": limits})


class Live:
    """What one camera shows, read frame by frame.

    Args:
        reader: of everybody's hand, with the settings that are the limits.
        personal: gives the reader of the hand that was taught here, where that one is to read.
        reads: a reader, a frame and the most pixels that it may have -> what it shows.
    """

    def __init__(
        self, reader: Reader, personal: Callable[[], Reader] | None, reads: Callable[[Reader, bytes, int], Page]
    ) -> None:
        self.reader, self._personal, self._reads = reader, personal, reads
        self._steady = Tracker()

    def answer(self, frame: bytes | None, count: int) -> str:
        """Reads the frame with that number and returns the message to send back; errors of the frame go into it."""
        begun = time.perf_counter()
        try:
            found = self._read(frame)
        except InkdigitError as error:
            found = error.to_json()
        return json.dumps({"frame": count, **found, "ms": round(1e3 * (time.perf_counter() - begun), 1)})

    def _read(self, frame: bytes | None) -> dict[str, Any]:
        if frame is None:
            raise RequestError("a picture as a binary message", "a text", "Send the bytes of a JPEG or WebP file")
        reader = self.reader if self._personal is None else self._personal()
        page = self._page(reader, frame)
        settled = self._steady.add(page, time.monotonic())
        return {**page.to_json(), "settled": [_settled_json(one) for one in settled]}

    def _page(self, reader: Reader, frame: bytes) -> Page:
        most = self.reader.settings.max_frame_bytes
        if len(frame) > most:
            remedy = "Send a smaller picture, or raise INKDIGIT_MAX_FRAME_BYTES"
            raise PictureError(f"a frame of at most {most:,} bytes", f"{len(frame):,}", remedy)
        try:
            return self._reads(reader, frame, _most_pixels(self.reader.settings))
        except PictureError as error:
            settings = self.reader.settings
            if settings.max_pixels < settings.max_frame_pixels:
                raise
            remedy = error.remedy.replace("INKDIGIT_MAX_PIXELS", "INKDIGIT_MAX_FRAME_PIXELS")
            raise PictureError(error.expected, error.got, remedy) from None


def _most_pixels(settings: Settings) -> int:
    """A frame is a picture too, and may have no more pixels than one."""
    return min(settings.max_pixels, settings.max_frame_pixels)


def _settled_json(settled: Settled) -> dict[str, Any]:
    """The number with its glyphs, as live ink has them, and what is known of it over the frames."""
    return {**settled.to_json(), **number_json(settled.number)}
