"""What the application holds for all requests: the store, and the reader that the corrections in it teach.

Both are made when they are first asked for, so that who keeps nothing waits for neither.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request

from inkdigit.reader import Reader

if TYPE_CHECKING:
    from inkdigit.store.adaptation import Adaptation
    from inkdigit.store.store import Store

_OPENING = threading.Lock()


def store_of(app: FastAPI) -> Store:
    """The store of an application, opened when it is first asked for."""
    from inkdigit.store import store

    with _OPENING:
        if app.state.store is None:
            app.state.store = store.open(app.state.reader.settings)
        found: Store = app.state.store
        return found


def adaptation_of(app: FastAPI, script: str = "") -> Adaptation:
    """The adaptation to the hand of whoever corrected the drawings in the store of an application, in a script.

    Args:
        script: "": that which the server was started with.

    Raises:
        ScriptError: no such script, or no network of it in this build.
    """
    from inkdigit.store.adaptation import Adaptation

    store = store_of(app)
    reader: Reader = app.state.reader.of_script(script or app.state.reader.asked)
    known: dict[str, Adaptation] = app.state.adaptations
    with _OPENING:
        if reader.asked not in known:
            known[reader.asked] = Adaptation(reader, store)
        return known[reader.asked]


def reader_in(app: FastAPI, script: str = "", personal: bool = False) -> Reader:
    """The reader of a script; "": of that which the server was started with.

    Args:
        personal: reads the hand that was taught here, in the script that it was taught in.

    Raises:
        ScriptError: no such script, or no network of it in this build.
    """
    if personal:
        return adaptation_of(app, script).reader()
    reader: Reader = app.state.reader
    return reader.of_script(script or reader.asked)


async def reader_for(request: Request, script: str = "", personal: bool = False) -> Reader:
    """The same for a request; what must be loaded or learned first is so in a thread, of those that read nothing."""
    if not (personal or script):
        reader: Reader = request.app.state.reader
        return reader
    return await run_sync(reader_in, request.app, script, personal)
