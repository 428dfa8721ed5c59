"""One digit a picture, many at once: pictures as a form, one picture as it is, or glyphs as bytes; and strokes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from numpy.typing import NDArray

from inkdigit.errors import RequestError, TooLargeError
from inkdigit.ink import plain_png
from inkdigit.reader import Reader
from inkdigit.recognition.glyph import SIDE
from inkdigit.web import jobs, messages, metrics, state, upload
from inkdigit.web.room import pixels_of, room_of


class _Plain(APIRoute):
    """An address whose function takes the request and gives the answer: nothing else is looked for in between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function itself."""
        return cast(Callable[[Request], Coroutine[Any, Any, Response]], self.endpoint)


router = APIRouter(route_class=_Plain)
_T = TypeVar("_T")
_GLYPH = SIDE * SIDE  # bytes
_TOGETHER = 32  # pictures that are read in one go,
_BYTES = 1_000_000  # and of so many bytes together, but for a larger one
_AT_ONCE = 16  # glyphs: so few take less time than to hand them to a thread
_SMALL = 100_000  # pixels of a plain PNG: reading it takes little more than to hand it to another process

_ASKED = {
    # Read from the request and not by FastAPI, whose way took a tenth of the time of a glyph.
    "parameters": [{"name": "script", "in": "query", "required": False, "schema": {"type": "string", "default": ""}}],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "description": "784 bytes a digit, 255 = ink"}
            },
        },
    },
}
_STROKES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["strokes"],
                    "properties": {
                        "strokes": {"type": "array", "items": {"type": "array"}},
                        "single": {"type": "boolean"},
                        "personal": {"type": "boolean"},
                        "script": {"type": "string"},
                    },
                },
            }
        },
    }
}


@router.post("/api/digits", openapi_extra=_ASKED, response_model=dict[str, Any])
async def digits(request: Request) -> Response:
    """One digit on each picture, in their order -> {"digits": [...]}; what is no picture has an "error" in its place.

    Pictures come as the form's fields "file", or one as the raw body. A body of application/octet-stream is glyphs:
    784 bytes each, row by row, 255 = ink. script names the writing system, or auto.
    """
    reader = await state.reader_for(request, request.query_params.get("script", ""))
    if upload.media_type(request) == "application/octet-stream":
        sent = glyphs(await request.body(), reader.settings.max_glyphs)
        said, labels = await of_glyphs(request, partial(jobs.glyphs, reader, sent), sent)
        metrics.answered(labels)
        return Response(said, media_type="application/json")
    parts = []
    for some in _batches(await upload.pictures_of(request, reader.settings.max_glyphs)):
        shown = _small(some, reader)
        if shown is None:
            pixels = max(pixels_of(one) for one in some)  # they are decoded one after the other
            said, labels = await room_of(request).read(jobs.digits, reader, some, pixels=pixels)
        else:
            said, labels = jobs.digits(reader, [shown])
        metrics.answered(labels)
        parts.append(said[1:-1])  # without its brackets
    return Response(b'{"digits":[' + b",".join(parts) + b"]}", media_type="application/json")


@router.post("/api/ink", openapi_extra=_STROKES_BODY, response_model=dict[str, Any])
async def ink(request: Request) -> JSONResponse:
    """Pen strokes -> the JSON of a number: {"strokes": [[[x, y], ...], ...], "single": false, "personal": false}.

    "script" names the writing system, or auto.
    """
    message = await upload.message_of(request)
    if "strokes" not in message:
        raise RequestError('an object with "strokes"', "none", 'Send {"strokes": [[[x, y], ...]]}')
    wanted = message.get("personal") is True
    reader = await state.reader_for(request, messages.script_of(message), wanted)
    read = partial(reader.ink, message["strokes"], message.get("single") is True)
    number = await room_of(request).draw(read, reader)
    metrics.answered(jobs.labels(number.digits))
    return JSONResponse(messages.number_json(number))


async def of_glyphs(request: Request, read: Callable[[], _T], pixels: NDArray[np.uint8]) -> _T:
    """Reads glyphs, uint8 (n, 28, 28), and writes the answer; many of them in another thread."""
    if len(pixels) <= _AT_ONCE:
        return read()
    return await room_of(request).run(read, pixels.size)


def glyphs(body: bytes, most: int) -> NDArray[np.uint8]:
    """Bytes -> uint8 (n, 28, 28).

    Raises:
        RequestError: no glyph, or no whole number of them.
        TooLargeError: too many.
    """
    count, over = divmod(len(body), _GLYPH)
    if over or not count:
        raise RequestError(f"{_GLYPH} bytes a digit", f"{len(body):,} bytes", "Send 28 rows of 28 bytes, 255 = ink")
    if count > most:
        raise TooLargeError(f"at most {most:,} digits", f"{count:,}", "Send some of them")
    return np.frombuffer(body, np.uint8).reshape(count, SIDE, SIDE)


def _small(pictures: list[bytes], reader: Reader) -> NDArray[np.uint8] | None:
    """The pixels of one small picture that is read at once: only zlib, which Python has, inflates it, and no decoder
    that a file could break. None of all else.
    """
    if len(pictures) > 1 or reader.finds_script or len(pictures[0]) > reader.settings.max_file_bytes:
        return None
    return plain_png.pixels(pictures[0], min(_SMALL, reader.settings.max_pixels))


def _batches(pictures: list[bytes]) -> Iterator[list[bytes]]:
    """Pictures in groups that are read in a short time, so that others have their turn between."""
    some: list[bytes] = []
    for one in pictures:
        if some and (len(some) >= _TOGETHER or sum(map(len, some)) + len(one) > _BYTES):
            yield some
            some = []
        some.append(one)
    yield some
