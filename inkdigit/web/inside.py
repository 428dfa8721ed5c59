"""The addresses of the look inside and of the pixel grid. docs/http.md describes both directions."""

from __future__ import annotations

import base64
import binascii
import json
from functools import partial
from typing import Any

import anyio
import numpy as np
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from numpy.typing import NDArray

from inkdigit.errors import InkError, RequestError, TooLargeError
from inkdigit.explain.inside import Inside, Looked, Looker, made_of
from inkdigit.ink.stopping import Stopping
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import glyph
from inkdigit.recognition.glyph import SIDE, Glyph
from inkdigit.recognition.reading import Digit
from inkdigit.web import state
from inkdigit.web.messages import script_of
from inkdigit.web.room import in_time

router = APIRouter()

_REMEDY = 'Send {"strokes": [[[x, y], ...]], "at": 0} or {"glyph": base64 of 784 bytes}'
_AT_ONCE = 1  # looks: live answers go first


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    return {"requestBody": {"required": True, "content": content}}


_GLYPH = {"glyph": {"type": "string", "format": "byte"}}
_HAND = {"personal": {"type": "boolean"}, "script": {"type": "string"}}
_INK = {"strokes": {"type": "array", "items": {"type": "array"}}, "at": {"type": "integer"}}


@router.post("/api/inside", openapi_extra=_body(_GLYPH | _INK | _HAND))
async def look(request: Request) -> dict[str, Any]:
    """A look inside: strokes and the place of a digit among them, or a glyph -> steps, layers, heat and changes."""
    message = await _message(request)
    reader = await _reader(request, message)
    state = request.app.state
    if not hasattr(state, "looks"):
        state.looks = anyio.CapacityLimiter(_AT_ONCE)
    work = partial(_look, state, reader, message)
    return await run_sync(in_time, work, reader.settings, limiter=state.looks)


@router.post("/api/glyph", openapi_extra=_body(_GLYPH | {"fit": {"type": "boolean"}} | _HAND))
async def read_glyph(request: Request) -> dict[str, Any]:
    """784 pixels -> the JSON of their digit; fit=true reads them as a drawing of any size, line and place."""
    message = await _message(request)
    return await run_sync(_read, await _reader(request, message), message)


def _look(state: Any, reader: Reader, message: dict[str, Any], stopped: Stopping) -> dict[str, Any]:
    if reader.finds_script and "strokes" in message:
        reader = reader.of_script(reader.ink(message["strokes"], stopped=stopped).script)
    looker = getattr(state, "looker", None)
    if looker is None or looker.model is not reader.model:
        looker = state.looker = Looker(reader.model)
    if "strokes" not in message:
        digit, made = reader.seen(Glyph(_pixels(message).astype(np.float32) / np.float32(255))), None
    else:
        strokes = Strokes.of(message["strokes"], reader.settings)
        drawn = _digit_at(reader, strokes, message.get("at", 0), stopped)
        digit, made = reader.seen(Glyph(drawn.glyph)), made_of(strokes, drawn)
    if digit.is_blank:
        raise InkError("a digit to look into", "no ink", "Draw a digit first")
    return inside_json(looker.look(digit, made, reader.scores))


def _read(reader: Reader, message: dict[str, Any]) -> dict[str, Any]:
    pixels = _pixels(message)
    seen = (
        glyph.from_cells(pixels) if message.get("fit") is True else Glyph(pixels.astype(np.float32) / np.float32(255))
    )
    return digit_json(reader.seen(seen))


def _digit_at(reader: Reader, strokes: Strokes, at: Any, stopped: Stopping) -> Digit:
    digits = reader.ink(strokes, stopped=stopped).digits
    if type(at) is not int or not 0 <= at < max(1, len(digits)):
        raise RequestError(f'"at" from 0 to {max(0, len(digits) - 1)}', repr(at)[:50], "Name a digit that was read")
    if not digits:
        raise InkError("a digit to look into", "no ink", "Draw a digit first")
    return digits[at]


def inside_json(seen: Inside) -> dict[str, Any]:
    """The JSON shape of a look inside; pictures are base64 of their bytes, row by row."""
    made = seen.making
    pictures = [] if made is None else [("drawn", made.drawn), ("fitted", made.fitted)]
    return {
        "digit": digit_json(seen.digit),
        "steps": [
            {"name": name, "height": ink.shape[0], "width": ink.shape[1], "pixels": _encoded(ink)}
            for name, ink in pictures
        ],
        "corner": None if made is None else list(made.corner),
        "frame": None if made is None else [round(side, 2) for side in made.frame],
        "layers": [
            dict(zip(("channels", "height", "width"), layer.maps.shape, strict=True)) | {"maps": _encoded(layer.maps)}
            for layer in seen.layers
        ],
        "looked": [_looked_json(one) for one in seen.looked],
        "changes": [
            {
                "digit": one.digit,
                "found": one.found,
                "chance": round(one.chance, 4),
                "added": _encoded(one.added),
                "removed": _encoded(one.removed),
                "places": one.places,
            }
            for one in seen.changes
        ],
    }


def digit_json(digit: Digit) -> dict[str, Any]:
    """The JSON shape of a digit with its "glyph"."""
    return digit.to_json() | {"glyph": _encoded(np.rint(digit.glyph * 255).astype(np.uint8))}


def _looked_json(one: Looked) -> dict[str, Any]:
    """Heat in 127 steps to either side of 128, and the log-odds of the strongest."""
    most = max(float(np.abs(one.heat).max()), 1e-6)
    steps = np.rint(one.heat * (127 / most)).astype(np.int16) + 128
    return {"digit": one.digit, "most": round(most, 3), "heat": _encoded(steps.astype(np.uint8))}


def _encoded(pixels: NDArray[np.uint8]) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


async def _reader(request: Request, message: dict[str, Any]) -> Reader:
    """The reader of the script, and of the hand that was taught here, where the message asks for it."""
    return await state.reader_for(request, script_of(message), message.get("personal") is True)


async def _message(request: Request) -> dict[str, Any]:
    """The body as a JSON object, at most as long as a message of live ink."""
    body = await request.body()
    most = request.app.state.reader.settings.max_message_bytes
    if len(body) > most:
        limit = f"a body of at most {most:,} bytes"
        raise TooLargeError(limit, f"{len(body):,}", "Clear or undo some of the drawing")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError("a JSON object", "something else", _REMEDY) from None
    if not isinstance(message, dict) or not ("glyph" in message or "strokes" in message):
        raise RequestError('an object with "strokes" or "glyph"', "something else", _REMEDY)
    return message


def _pixels(message: dict[str, Any]) -> NDArray[np.uint8]:
    """uint8 (28, 28), ink = 255."""
    try:
        content = base64.b64decode(message.get("glyph", ""), validate=True)
    except (TypeError, ValueError, binascii.Error):
        content = b""
    if len(content) != SIDE * SIDE:
        raise RequestError(f'"glyph" as base64 of {SIDE * SIDE} bytes', f"{len(content)} bytes", _REMEDY)
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE)
