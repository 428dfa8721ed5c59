"""Room to read in: how many pixels are read at once, how many requests may wait for that, and on how many threads.

What is too much is refused at once, with a time after which it may be sent again, instead of slowing everyone.
"""

from __future__ import annotations

import io
import math
import os
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from PIL import Image

from inkdigit.errors import BusyError, PictureError, TimeError, memory_said
from inkdigit.ink import stopping
from inkdigit.ink.picture import FORMATS
from inkdigit.reader import Reader
from inkdigit.settings import Settings
from inkdigit.web.apart import Apart

_T = TypeVar("_T")
_LEAST = 100_000  # pixels: what a small picture, or a drawing, counts as
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"  # behind it are width and height
_SOME = 1_000_000  # pixels: what says that it has so few needs no closer look
_ALL = 1 << 40  # pixels: more than any line has, so that it is taken as a whole
_LIVE = 40  # threads of live ink: so many that who draws waits for nobody's slow drawing
KINDS = PAGES, IMPORTS = "a page of a document", "an import"


class Line:
    """Who waits for room, in the order of asking.

    Attributes:
        waiting: how many requests wait for room.
        pixels: that are read now.
    """

    def __init__(self, most_pixels: int, most_waiting: int) -> None:
        self.pixels = 0
        self._most_pixels = max(most_pixels, _LEAST)
        self._most_waiting = most_waiting
        self._queue: deque[tuple[int, anyio.Event]] = deque()

    @property
    def waiting(self) -> int:
        """How many requests wait for room."""
        return len(self._queue)

    @asynccontextmanager
    async def taken(self, pixels: int) -> AsyncIterator[None]:
        """Waits for room for so many pixels, in the order of asking, and holds it.

        Raises:
            BusyError: too many wait already.
        """
        wanted = min(max(pixels, _LEAST), self._most_pixels)
        if self._queue or self.pixels + wanted > self._most_pixels:
            if len(self._queue) >= self._most_waiting:
                raise BusyError(f"at most {self._most_waiting} waiting requests", "one more", "Send it again later")
            come = anyio.Event()
            place = (wanted, come)
            self._queue.append(place)
            try:
                await come.wait()
            except BaseException:
                if come.is_set():
                    self._given_back(wanted)
                else:
                    self._queue.remove(place)
                raise
        else:
            self.pixels += wanted
        try:
            yield
        finally:
            self._given_back(wanted)

    def _given_back(self, pixels: int) -> None:
        """Lets in who waits, as long as there is room."""
        self.pixels -= pixels
        while self._queue and self.pixels + self._queue[0][0] <= self._most_pixels:
            wanted, come = self._queue.popleft()
            self.pixels += wanted
            come.set()


class Room(Line):
    """The room of a server process: that of pictures, and one beside it for each kind of work that may take long.

    Attributes:
        lines: all of them.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.max_pixels_at_once, settings.max_waiting)
        self._apart = Apart(settings) if settings.readers else None
        self._threads = anyio.CapacityLimiter(max(1, len(os.sched_getaffinity(0)) if _HAS_AFFINITY else 2))
        self._live = anyio.CapacityLimiter(_LIVE)
        self._beside = {kind: Line(settings.max_pixels, settings.max_waiting) for kind in KINDS}
        self.lines: tuple[Line, ...] = (self, *self._beside.values())

    async def read(self, job: Callable[..., _T], reader: Reader, *given: Any, pixels: int = 0) -> _T:
        """Does a job of jobs.py when there is room for so many pixels: where the settings say so, in another process.

        Raises:
            BusyError: too many wait already.
            TimeError: it took too long, and was stopped.
            PictureError: what came ends the process that reads it.
        """
        if self._apart is None:
            return await self.run(partial(job, reader, *given), pixels)
        async with self.taken(pixels):
            return await self._apart.done(job, reader, *given)

    async def read_beside(self, kind: str, job: Callable[..., _T], reader: Reader, *given: Any, seconds: int) -> _T:
        """Does a job that may take long, beside all others and one of its kind at a time: no picture waits for it.

        Raises as `read`.
        """
        async with self._beside[kind].taken(_ALL):
            if self._apart is None:
                return await run_sync(partial(job, reader, *given))
            return await self._apart.beside(job, reader, *given, seconds=seconds)

    async def draw(self, work: Callable[..., _T], reader: Reader) -> _T:
        """Does some work with strokes in a thread; see `in_time`."""
        return await self.run(partial(in_time, work, reader.settings))

    async def live(self, work: Callable[[], _T]) -> _T:
        """Does some work with a live drawing, in a thread of those that do nothing else."""
        return await run_sync(work, limiter=self._live)

    async def warm(self) -> None:
        """Starts the processes that read."""
        if self._apart is not None:
            await self._apart.warm()

    async def run(self, work: Callable[[], _T], pixels: int = 0) -> _T:
        """Does some work in a thread, when there is room for so many pixels."""
        async with self.taken(pixels):
            with memory_said():
                return await run_sync(work, limiter=self._threads)


def in_time(work: Callable[..., _T], settings: Settings) -> _T:
    """Does some work with strokes, which asks `stopped` on its way whether its time is over.

    Raises:
        TimeError: it was.
    """
    try:
        return work(stopped=stopping.after(settings.read_seconds))
    except stopping.Stopped:
        raise TimeError(f"strokes that are read in {settings.read_seconds} s", "more", "Send some of them") from None


_HAS_AFFINITY = hasattr(os, "sched_getaffinity")


def room_of(request: Request) -> Room:
    """The room of the application that a request came to."""
    found: Room = request.app.state.room
    return found


def pixels_of(content: bytes) -> int:
    """How many pixels a picture says that it has; 0 where it says nothing, and reading it will tell why."""
    if content.startswith(_PNG) and len(content) >= len(_PNG) + 8:  # as most are: Pillow takes longer to say so
        pixels: int = math.prod(struct.unpack_from(">II", content, len(_PNG)))
        if pixels <= _SOME:
            return pixels
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return image.width * image.height
    except Image.DecompressionBombError as error:
        raise PictureError("a picture that can be read", str(error)[:100], "Make it smaller") from None
    except Exception:  # whatever Pillow's parsers raise
        return 0
