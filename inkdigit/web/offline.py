"""What the page needs to open without the server: the list of its files for the browser, in /worker.js."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from functools import lru_cache

from fastapi import APIRouter, Response

from inkdigit.web.routes import STATIC

router = APIRouter()
_NOT_KEPT = {"index.html", "worker.js"}  # the first is kept as "/", the second by the browser itself

mimetypes.add_type("application/manifest+json", ".webmanifest")  # Python 3.11 does not know it


@router.get("/worker.js", include_in_schema=False)
def worker() -> Response:
    """The service worker. At this address it may answer for the whole site."""
    return Response(_worker(), media_type="text/javascript")


def files() -> list[str]:
    """The address of every file of the page: "/", and all that stands in static/."""
    found = (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())
    return ["/", *sorted(f"/static/{name}" for name in found if name not in _NOT_KEPT)]


def version() -> str:
    """A name that is another whenever a file of the page is, in name or content."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def _worker() -> str:
    text = (STATIC / "worker.js").read_text(encoding="utf-8")
    text = text.replace('VERSION = ""', f"VERSION = {json.dumps(version())}", 1)
    return text.replace("FILES = []", f"FILES = {json.dumps(files())}", 1)
