"""What kept corrections teach, over HTTP: docs/corrections.md."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from inkdigit.web.state import adaptation_of

router = APIRouter()


@router.get("/api/hand")
async def hand(request: Request) -> dict[str, Any]:
    """How many marks were corrected, and how many of them are read right without and with what the others teach."""
    found: dict[str, Any] = await run_sync(lambda: adaptation_of(request.app).learn())
    return found
