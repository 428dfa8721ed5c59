"""What kept corrections teach, over HTTP: docs/corrections.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, Request

from inkdigit.reader import Reader

if TYPE_CHECKING:
    from inkdigit.hand import Hand

router = APIRouter()


@router.get("/api/hand")
async def hand(request: Request) -> dict[str, Any]:
    """How many marks were corrected, and how many of them are read right without and with what the others teach."""
    found: dict[str, Any] = await run_sync(lambda: hand_of(request.app).learn())
    return found


def hand_of(app: FastAPI) -> Hand:
    """The hand that the store of an application teaches; the store is opened when it is first asked for."""
    from inkdigit.hand import Hand
    from inkdigit.web import kept

    store = kept.store_of(app)
    if app.state.hand is None:
        app.state.hand = Hand(app.state.reader, store)
    found: Hand = app.state.hand
    return found


def reader_of(app: FastAPI) -> Reader:
    """The reader of that hand."""
    return hand_of(app).reader()
