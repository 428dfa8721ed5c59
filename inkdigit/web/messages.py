"""JSON in and out of the WebSocket. docs/http.md describes both directions.

In:  {"id": 12, "strokes": [[[x, y], ...], ...], "personal": false, "script": "western"}, any unit, x right, y down;
     newer ids are larger. personal: true reads the hand that kept corrections teach. script: see scripts.py; "auto",
     or "mixed".
Out: {"hello": {"max_points", "max_strokes", "max_message_bytes"}} once, then for each drawing that is not superseded
     {"id": 12, "number": {...}} or {"id": 12, "error": {...}}. An answer settles all ids up to its own.
     {"alive": true} every second while an answer takes longer than that.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from inkdigit.errors import InkdigitError, RequestError, TimeError, memory_said
from inkdigit.ink.stopping import Stopped, Stopping, after, never
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Number, Page
from inkdigit.settings import Settings


def hello(settings: Settings) -> str:
    """What the server says first: its limits."""
    limits = {name: getattr(settings, name) for name in ("max_points", "max_strokes", "max_message_bytes")}
    return json.dumps({"hello": limits})


def alive() -> str:
    """What the server says while it reads: that it has not gone."""
    return json.dumps({"alive": True})


def answer(reader: Reader, text: str, personal: Callable[[str], Reader], stopped: Stopping = never) -> str | None:
    """Reads the drawing of one message and returns the message to send back; errors of the drawing go into it.

    None when the reading was stopped.

    Args:
        reader: of everybody's hand.
        personal: gives the reader of the hand that was taught here, in a script; "": in that of the server.
        stopped: says that nobody waits for the answer any more.
    """
    number: int | None = None
    try:
        number, strokes, wanted, script = _parsed(text, reader.settings)
        chosen = personal(script) if wanted else reader.of_script(script or reader.asked)
        late = after(reader.settings.read_seconds)
        with memory_said():
            read = chosen.ink(strokes, stopped=lambda: stopped() or late())
        return json.dumps({"id": number, "number": number_json(read)})
    except Stopped:
        if stopped():
            return None
        error = TimeError(f"a drawing that is read in {reader.settings.read_seconds} s", "more", "Clear some of it")
        return json.dumps({"id": number, **error.to_json()})
    except InkdigitError as error:
        return json.dumps({"id": number, **error.to_json()})


def number_json(number: Number) -> dict[str, Any]:
    """The JSON shape of a number, each digit with its "glyph": base64 of 784 bytes, row by row, 255 = ink."""
    shape = number.to_json()
    seen = [digit for digit in number.digits if not digit.is_blank]
    for row, digit in zip(shape["digits"], seen, strict=True):
        pixels = np.rint(digit.glyph * 255).astype(np.uint8)
        row["glyph"] = base64.b64encode(pixels.tobytes()).decode()
    return shape


def page_json(page: Page) -> dict[str, Any]:
    """The JSON shape of a page, each digit with its "glyph"."""
    return page.to_json() | {"numbers": [number_json(number) for number in page.numbers]}


def _parsed(text: str, settings: Settings) -> tuple[int, Any, bool, str]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > settings.max_message_bytes:
        raise RequestError(
            f"a message of at most {settings.max_message_bytes:,} bytes",
            f"{size:,}",
            "Clear or undo some of the drawing",
        )
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RequestError("a JSON object", "something else", 'Send {"id": 1, "strokes": [[[x, y], ...]]}') from None
    known = isinstance(message, dict) and type(message.get("id")) is int and "strokes" in message
    if not known:
        raise RequestError(
            'an object with "id" and "strokes"', "something else", 'Send {"id": 1, "strokes": [[[x, y], ...]]}'
        )
    return message["id"], message["strokes"], message.get("personal") is True, script_of(message)


def script_of(message: dict[str, Any]) -> str:
    """The script that a message names; "" for that of the server.

    Raises:
        RequestError: it is no text.
    """
    script = message.get("script") or ""
    if not isinstance(script, str):
        raise RequestError('the name of a script in "script"', type(script).__name__, "Send a text, or leave it out")
    return script
