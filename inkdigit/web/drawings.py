"""Kept drawings over HTTP: keep, list, show, change, delete, bring back. docs/http.md describes each address.

Nothing is kept unless it is sent here; the store is opened, and SQLAlchemy loaded, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.convertors import Convertor, register_url_convertor

from inkdigit.errors import KeptError, RequestError
from inkdigit.store import drawing, intake
from inkdigit.store.drawing import Drawing, Wanted
from inkdigit.web import jobs, messages, state, upload
from inkdigit.web.room import pixels_of, room_of
from inkdigit.web.state import store_of


class _Id(Convertor[int]):
    """A number in an address, as long as an id may be: longer ones name nothing."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        """Of the address -> the number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """The number -> of an address."""
        return str(value)


register_url_convertor("id", _Id())
router = APIRouter(prefix="/api/kept")
_DAY = 86_400_000  # milliseconds
_MOST_IDS = 10_000  # an address holds no more


@router.post("", status_code=201)
async def keep(request: Request) -> dict[str, Any]:
    """Keeps a drawing, sent as JSON with its strokes, or a picture, as raw body or multipart field "file"."""
    correct = None
    if upload.media_type(request) == "application/json":
        message = await upload.message_of(request)
        if "strokes" not in message:
            raise RequestError('an object with "strokes"', "none", 'Send {"strokes": [{"width": 22, "points": ...}]}')
        about: dict[str, Any] = {name: message.get(name) for name in ("title", "tags", "correct", "at", "key")}
        personal = message.get("personal") is True
        reader = await state.reader_for(request, messages.script_of(message), personal)
        single = message.get("single") is True
        drawn = partial(intake.from_strokes, reader, message["strokes"], single, **about)
        made = await room_of(request).draw(drawn, reader)
        correct = message.get("correct")
    else:
        query = request.query_params
        tags = query.getlist("tag") or None
        picture = await upload.picture_of(request)
        personal = _truth(query, "personal") is True
        reader = await state.reader_for(request, query.get("script", ""), personal)
        about = {"title": query.get("title"), "tags": tags, "at": query.get("at")}
        made = await room_of(request).read(jobs.kept, reader, picture, about, pixels=pixels_of(picture))
    done: Drawing = await run_sync(lambda: store_of(request.app).keep(made, correct))
    return done.to_json()


@router.get("")
async def gallery(request: Request) -> dict[str, Any]:
    """The newest drawings that are wanted: {"drawings": [...], "next": cursor or null, "total": n}."""
    wanted = wanted_of(request.query_params)
    found = await run_sync(lambda: store_of(request.app).find(wanted))
    cursor = None if found.next is None else str(found.next)
    return {"drawings": [one.to_json() for one in found.drawings], "next": cursor, "total": found.total}


@router.get("/stats")
async def stats(request: Request) -> dict[str, Any]:
    """Where the store is, and how much it holds."""
    return await run_sync(lambda: store_of(request.app).stats())


@router.get("/{number:id}.png")
async def thumbnail(request: Request, number: int) -> Response:
    """The small picture of a drawing."""
    image = await run_sync(lambda: store_of(request.app).thumbnail(number))
    return Response(image, media_type="image/png")


@router.get("/{number:id}")
async def show(request: Request, number: int) -> dict[str, Any]:
    """A drawing with its strokes, boxes and glyphs."""
    found: Drawing = await run_sync(lambda: store_of(request.app).get(number))
    return found.whole_json()


@router.patch("/{number:id}")
async def change(request: Request, number: int) -> dict[str, Any]:
    """Names a drawing, replaces its tags or its corrections."""
    message = await upload.message_of(request)
    about = {name: message.get(name) for name in ("title", "tags", "correct")}
    done: Drawing = await run_sync(lambda: store_of(request.app).change(number, **about))
    return done.to_json()


@router.post("/delete")
async def delete(request: Request) -> dict[str, Any]:
    """Deletes drawings; restore brings them back."""
    ids = _ids(await upload.message_of(request))
    return {"deleted": await run_sync(lambda: store_of(request.app).delete(ids))}


@router.post("/restore")
async def restore(request: Request) -> dict[str, Any]:
    """Brings deleted drawings back."""
    ids = _ids(await upload.message_of(request))
    return {"restored": await run_sync(lambda: store_of(request.app).restore(ids))}


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What a query string asks for.

    Raises:
        RequestError: a value of the wrong kind.
        KeptError: a value out of range.
    """
    until = query.get("until") or None
    return Wanted(
        digit=_number(query, "digit", int),
        text=query.get("text") or None,
        least=_number(query, "least", float),
        most=_number(query, "most", float),
        since=drawing.moment(query["since"]) if query.get("since") else None,
        until=None if until is None else drawing.moment(until) + (_DAY - 1 if len(until) == len("2026-11-21") else 0),
        wrong=_truth(query, "wrong"),
        labelled=_truth(query, "labelled"),
        tag=query.get("tag") or None,
        before=_number(query, "before", int),
        limit=_number(query, "limit", int) or 50,
        ids=_id_list(query.get("ids")),
    )


def _id_list(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return None
    try:
        return tuple(max(-1, min(int(one), 2**63 - 1)) for one in text.split(",")[:_MOST_IDS])
    except ValueError:
        raise RequestError("ids such as 3,14,15", repr(text)[:60], "Correct them") from None


def _number(query: Mapping[str, str], name: str, kind: type[int] | type[float]) -> Any:
    text = query.get(name) or None
    try:
        found = None if text is None else kind(text)
    except ValueError:
        raise RequestError(f"a number as {name}", repr(text)[:60], "Correct it or leave it out") from None
    if isinstance(found, int) and abs(found) >= 2**63:
        raise RequestError(f"a number of at most 18 digits as {name}", text[:60] if text else "", "Correct it")
    return found


def _truth(query: Mapping[str, str], name: str) -> bool | None:
    text = query.get(name) or None
    if text not in (None, "true", "false"):
        raise RequestError(f"true or false as {name}", repr(text)[:60], "Correct it or leave it out")
    return None if text is None else text == "true"


def _ids(message: dict[str, Any]) -> list[int]:
    ids = message.get("ids")
    if not isinstance(ids, list) or not all(type(one) is int for one in ids):
        raise KeptError('a list of numbers in "ids"', repr(ids)[:60], "Send the ids of the gallery")
    return ids
