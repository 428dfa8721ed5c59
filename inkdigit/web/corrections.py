"""What kept corrections teach, over HTTP: docs/corrections.md."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from inkdigit.scripts import AUTO
from inkdigit.web import upload
from inkdigit.web.state import adaptation_of

router = APIRouter()
_SHOWN = 200  # lessons in the list


@router.get("/api/hand")
async def hand(request: Request, script: str = "") -> dict[str, Any]:
    """How many marks were corrected, and how many of them are read right without and with what the others teach.

    script names the writing system of these marks; auto: all of them together.
    """
    found: dict[str, Any] = await run_sync(lambda: adaptation_of(request.app, script).learn())
    return found


@router.get("/api/hand/lessons")
async def lessons(request: Request) -> dict[str, Any]:
    """{"lessons": [...]}: kept drawings that teach, in any script, newest first; "alone": one counts little yet."""
    return {"lessons": await run_sync(lambda: adaptation_of(request.app, AUTO).lessons(_SHOWN))}


@router.post("/api/hand/forget")
async def forget(request: Request) -> dict[str, Any]:
    """Takes every lesson back, and says what brings them back: docs/http.md."""
    await upload.message_of(request)  # JSON, which no form of another site can send
    found: dict[str, Any] = await run_sync(lambda: adaptation_of(request.app, AUTO).forget())
    return found
