"""The file that a request brings: a multipart field, or the raw body."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.lowlevel import checkpoint
from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser

from inkdigit.errors import InkdigitError, RequestError, StoreError

_PIECE = 8_192  # bytes: a hundred small files
_NO_FILE = RequestError('a file in the field "file"', "no such field", "Name the field file")


async def picture_of(request: Request) -> bytes:
    """The picture of a request: its multipart field "file", or its raw body. Raises RequestError."""
    return (await file_of(request))[0]


async def pictures_of(request: Request, most: int) -> list[bytes]:
    """The pictures of a request: its multipart fields "file", or its raw body. Raises RequestError."""
    if media_type(request) != "multipart/form-data":
        return [await request.body()]
    async with _form(request, most) as form:
        files = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
        if not files:
            raise _NO_FILE
        return [await one.read() for one in files]


async def message_of(request: Request) -> dict[str, Any]:
    """The JSON object of a body, no longer than a message may be; other content types are refused, for a form of
    another site can send them. Raises RequestError.
    """
    if media_type(request) != "application/json":
        raise RequestError("a body of type application/json", "another type", "Name the type of what you send")
    body = await request.body()
    limit = request.app.state.reader.settings.max_message_bytes
    if len(body) > limit:
        raise RequestError(f"a message of at most {limit:,} bytes", f"{len(body):,}", "Send less at once")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RequestError("a JSON object", "something else", "See docs/http.md")
    return found


@asynccontextmanager
async def _form(request: Request, most: int) -> AsyncIterator[FormData]:
    """A multipart body with at most so many files."""
    form = FormData()
    try:
        form = await MultiPartParser(request.headers, _in_pieces(request), max_files=most, max_fields=10).parse()
        yield form
    except (InkdigitError, MemoryError):
        raise
    except OSError as error:  # a large file waits in the temporary folder
        raise no_room(error) from None
    except Exception as error:  # the multipart parser raises several kinds on a broken body
        raise RequestError("a multipart body", f"a broken one ({type(error).__name__})", "Send it again") from None
    finally:
        await form.close()


async def _in_pieces(request: Request) -> AsyncGenerator[bytes, None]:
    """The body in pieces that are parsed in a short time, so that others have their turn between."""
    async for part in request.stream():
        for at in range(0, len(part), _PIECE):
            yield part[at : at + _PIECE]
            await checkpoint()


def no_room(error: OSError) -> StoreError:
    """The error to raise where a file cannot wait in the temporary folder."""
    reason = error.strerror or str(error)
    return StoreError("room for the file in the temporary folder", reason, "Make room, and send it again")


def media_type(request: Request) -> str:
    """What a request says that its body is, "image/png", in small letters and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def file_of(request: Request) -> tuple[bytes, str]:
    """The file of a request and its name, which the query gives with a raw body. Raises RequestError."""
    if media_type(request) != "multipart/form-data":
        return await request.body(), request.query_params.get("name", "")
    async with _form(request, 1) as form:
        file = form.get("file")
        if isinstance(file, UploadFile):
            return await file.read(), file.filename or ""
    raise _NO_FILE
