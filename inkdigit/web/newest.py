"""Where a WebSocket's messages wait for the reader: a queue of one, in which the newest replaces what waits."""

from __future__ import annotations

from typing import Generic, TypeVar

import anyio
from fastapi import WebSocket
from starlette.types import Message

_T = TypeVar("_T")


class Newest(Generic[_T]):
    """A place for one message: what is put replaces what waits there.

    Attributes:
        count: how many messages were put.
    """

    def __init__(self) -> None:
        self.count = 0
        self._message: _T | None = None
        self._came = anyio.Event()

    def put(self, message: _T | None) -> None:
        """Leaves a message; None says that no more will come."""
        self.count += 1
        self._message = message
        self._came.set()

    def waits(self) -> bool:
        """Whether a message waits, or none will come any more: what was taken is superseded. Any thread may ask."""
        return self._came.is_set()

    async def take(self) -> _T | None:
        """Waits for a message; None when the other side has gone."""
        await self._came.wait()
        self._came = anyio.Event()
        return self._message


async def listen(socket: WebSocket, newest: Newest[Message]) -> None:
    """Puts every message of a socket there, until the other side has gone."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            newest.put(None)
            return
        newest.put(message)
