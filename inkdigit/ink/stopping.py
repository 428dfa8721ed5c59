"""Whether a reading is still wanted: what takes long asks that on its way, and ends when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Stopping = Callable[[], bool]  # says whether a reading is no longer wanted; asked from the thread that reads
_T = TypeVar("_T")


class Stopped(Exception):  # noqa: N818 - nothing went wrong: nobody waits for the reading any more
    """The reading was no longer wanted, and ended early."""


def never() -> bool:
    """Of a reading that is wanted to its end."""
    return False


def after(seconds: float) -> Stopping:
    """Of a reading that is wanted for so long, from now on."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def check(stopped: Stopping) -> None:
    """Raises Stopped when the reading is no longer wanted."""
    if stopped():
        raise Stopped


def while_wanted(steps: Iterable[_T], stopped: Stopping) -> Iterator[_T]:
    """The steps of a long way; before each it is asked whether the reading is still wanted.

    Raises:
        Stopped: it is not.
    """
    for step in steps:
        check(stopped)
        yield step
