"""Training material that is drawn while a network trains: other processes draw, ahead of what is asked for."""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")


def processes(workers: int) -> contextlib.AbstractContextManager[ProcessPoolExecutor | None]:
    """So many processes that draw; None for 0: then whoever asks draws, when something is wanted."""
    if not workers:
        return contextlib.nullcontext()
    return ProcessPoolExecutor(workers, get_context("spawn"))  # threads are running here: no fork


def shuffled(
    make: Callable[[tuple[int, ...]], list[_T]],
    seed: int,
    pool: ProcessPoolExecutor | None,
    count: int,
    among: int,
    ahead: int,
) -> Generator[_T]:
    """`count` things of new pages, each drawn from `among` so many: those of one page do not come together.

    Args:
        make: what is on the page of a seed.
        pool: see `processes`.
        ahead: pages that are drawn before they are asked for.
    """
    random = np.random.default_rng([seed, 1])
    waiting: list[_T] = []
    pages = _apart(make, seed, pool, ahead) if pool else (make((seed, page)) for page in itertools.count())
    with contextlib.closing(pages):
        for _ in range(count):
            while len(waiting) < among:
                waiting += next(pages)
            at = int(random.integers(len(waiting)))
            waiting[at], waiting[-1] = waiting[-1], waiting[at]
            yield waiting.pop()


def _apart(
    make: Callable[[tuple[int, ...]], list[_T]], seed: int, pool: ProcessPoolExecutor, ahead: int
) -> Generator[list[_T]]:
    """What is on pages without end, in their order, by processes of their own; some are drawn ahead."""
    underway: deque[Future[list[_T]]] = deque()
    try:
        for page in itertools.count():
            underway.append(pool.submit(make, (seed, page)))
            if len(underway) > ahead:
                yield underway.popleft().result()
    finally:
        for one in underway:
            one.cancel()
