"""The file that a request brings: a multipart field, or the raw body."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import UploadFile

from inkdigit.errors import InkdigitError, RequestError, StoreError


async def picture_of(request: Request) -> bytes:
    """The picture of a request: its multipart field "file", or its raw body. Raises RequestError."""
    return (await file_of(request))[0]


def media_type(request: Request) -> str:
    """What a request says that its body is, "image/png", in small letters and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def file_of(request: Request) -> tuple[bytes, str]:
    """The file of a request and its name, which the query gives with a raw body. Raises RequestError."""
    if media_type(request) != "multipart/form-data":
        return await request.body(), request.query_params.get("name", "")
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if isinstance(file, UploadFile):
                return await file.read(), file.filename or ""
    except InkdigitError:
        raise
    except OSError as error:  # a large file waits in the temporary folder
        reason = error.strerror or str(error)
        raise StoreError("room for the file in the temporary folder", reason, "Make room, and send it again") from None
    except Exception as error:  # the multipart parser raises several kinds on a broken body
        raise RequestError("a multipart body", f"a broken one ({type(error).__name__})", "Send it again") from None
    raise RequestError('a file in the field "file"', "no such field", "Name the field file")
