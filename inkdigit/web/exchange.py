"""Export and import of kept drawings over HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from inkdigit.reader import Reader
from inkdigit.web import jobs, upload
from inkdigit.web.drawings import wanted_of
from inkdigit.web.room import IMPORTS, room_of
from inkdigit.web.state import store_of

router = APIRouter(prefix="/api/kept")
_AT_ONCE = 1 << 16  # bytes
_IN_MEMORY = 1 << 22  # bytes of an export; a larger one waits in a temporary file


@router.get("/export")
async def export(request: Request) -> StreamingResponse:
    """The wanted drawings as a file: `as` names its form, `ids` or the list's filters say which."""
    from inkdigit.exchange import exporting

    query = request.query_params
    wanted = wanted_of(query)
    space = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when it was sent

    def write() -> exporting.Exported:
        """Writes the file, and says what it is."""
        store = store_of(request.app)
        return exporting.write(store.each(wanted), query.get("as", ""), space, store.settings)

    try:
        done = await run_sync(write)
    except BaseException:
        space.close()
        raise
    length = space.tell()
    headers = {"content-disposition": f'attachment; filename="{done.name}"', "content-length": str(length)}
    return StreamingResponse(_parts(space), media_type=done.media, headers=headers)


@router.post("/import")
async def take(request: Request) -> dict[str, Any]:
    """Keeps the drawings of a file, raw or as multipart field "file": {"name", "kept": ids, "known": n, "left_out"}."""
    from inkdigit.exchange import importing

    content, name = await upload.file_of(request)
    reader: Reader = request.app.state.reader
    room, late = room_of(request), reader.settings.import_seconds

    def kept(path: Path, left_out: set[str]) -> importing.Imported:
        """Keeps what was read: the store has one writer, which is here."""
        with path.open("rb") as space:
            return importing.keep(space, name, left_out, store_of(request.app))

    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "drawings"
            left_out = await room.read_beside(IMPORTS, jobs.spooled, reader, content, name, str(path), seconds=late)
            done = await run_sync(kept, path, left_out)
    except OSError as error:
        if error.errno is None:  # not of the system
            raise
        raise upload.no_room(error) from None
    return done.to_json()


def _parts(space: IO[bytes]) -> Iterator[bytes]:
    with space:
        space.seek(0)
        while part := space.read(_AT_ONCE):
            yield part
