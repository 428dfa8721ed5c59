"""Reading in other processes: one that takes too long is killed, one that dies takes nobody with it.

anyio keeps the processes, gives each one job at a time, and kills the one whose job is given up. Nothing of a request
is in them but the job. A job costs a tenth of a millisecond more than in a thread (measured; docs/http.md), and the
server answers others meanwhile on another processor.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import anyio
import cv2
from anyio import BrokenWorkerProcess, to_process

from inkdigit.errors import BusyError, InkdigitError, PictureError, TimeError
from inkdigit.reader import Reader
from inkdigit.recognition.profile import Profile
from inkdigit.settings import Settings
from inkdigit.web import jobs, metrics
from inkdigit.web.logs import LOG

_T = TypeVar("_T")
_TRIES = 2  # for a process may have been killed by chance; a picture that ends two is not tried again


class Apart:
    """Processes that read, for one event loop."""

    def __init__(self, settings: Settings) -> None:
        # A module of the folder in which the server was started must not run in them in place of one of Python's.
        os.environ["PYTHONSAFEPATH"] = "1"
        cv2.setNumThreads(1)  # the little that is read in the server itself took half as much of a processor again
        self._settings = settings
        self._places = anyio.CapacityLimiter(settings.readers)
        self._unlimited = anyio.CapacityLimiter(math.inf)

    async def done(self, job: Callable[..., _T], reader: Reader, *given: Any) -> _T:
        """What job(reader, *given) gives, done in another process; its exceptions are raised here.

        Raises:
            TimeError: it took too long, and was killed.
            PictureError: the process died of it, twice.
            BusyError: no process starts.
        """
        async with self._places:
            return await self.beside(job, reader, *given, seconds=self._settings.read_seconds)

    async def beside(self, job: Callable[..., _T], reader: Reader, *given: Any, seconds: int) -> _T:
        """The same in a process more than those for pictures; whoever calls sees to it that they are few."""
        for _ in range(_TRIES):
            try:
                with anyio.fail_after(seconds):
                    return await self._run(job, reader.asked, reader.profiles, *given)
            except TimeoutError:
                metrics.lost("time")
                LOG.warning("A reading took more than %d s; its process was killed.", seconds)
                wanted = f"a file that is read in {seconds} s"
                raise TimeError(wanted, "one that is not", "Make it smaller, or send less at once") from None
            except BrokenWorkerProcess as error:
                if error.args:  # anyio says so of one that did not start in 20 s: the machine has too much to do
                    wanted = "a process that reads"
                    raise BusyError(wanted, "none that starts in time", "Send it again later") from None
                metrics.lost("died")
                LOG.warning("A process died while it read; another takes its place.")
        raise PictureError("a file that can be read", "one that ends the process that reads it", "Save it anew")

    async def warm(self) -> None:
        """Starts all of them, and lets each load its networks."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self._settings.readers):
                tasks.start_soon(self._begun)

    async def _begun(self) -> None:
        try:
            await self._run(jobs.nothing, self._settings.script, {})
        except (BrokenWorkerProcess, InkdigitError) as error:  # who needs it starts another, or is told what is wrong
            LOG.warning("A process that reads could not be started (%s).", type(error).__name__)

    async def _run(self, job: Callable[..., _T], script: str, profiles: Mapping[str, Profile], *given: Any) -> _T:
        return await to_process.run_sync(
            jobs.work, self._settings, script, profiles, job, given, cancellable=True, limiter=self._unlimited
        )
