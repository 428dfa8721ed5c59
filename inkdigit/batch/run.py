"""A whole job, from its folder to its end, with how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from inkdigit.batch import cluster, job
from inkdigit.batch.job import Asked
from inkdigit.batch.place import Place
from inkdigit.settings import Settings


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        items: that are read, those of earlier runs among them.
        rejects: of this run.
        share: 0 to 1: of the bytes of the source.
        seconds: since the first part was shared out.
        read: items of this run.
        share_before: share that earlier runs had read.
    """

    items: int = 0
    rejects: int = 0
    share: float = 0.0
    seconds: float = 0.0
    read: int = 0
    share_before: float = 0.0

    @property
    def rate(self) -> float:
        """Items of this run a second."""
        return self.read / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that are left, as fast as it went so far; None where nobody can know."""
        gone = self.share - self.share_before
        return None if gone <= 0 else self.seconds * (1 - self.share) / gone


@dataclass(frozen=True)
class Finished:
    """A job that is done.

    Attributes:
        items: files, members of tars and rows that it held.
        rows: in its results, one a page.
        rejects: in its rejects.
        was_done: whether nothing was left to do.
        more: files that came since it began, and are not part of it.
        others: files that are nothing to read, in words.
    """

    items: int
    rows: int
    rejects: int
    was_done: bool
    more: int
    others: str


def run(
    asked: Asked,
    out: str,
    settings: Settings,
    address: str = "",
    workers: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Finished:
    """Begins a job or goes on with it, until it is done.

    Args:
        out: folder for the results, a path or an address.
        address: of a cluster to join; "" starts one of our own.
        workers: processes that read; None: one a core.
        report: is told how far it is after each part.

    Raises:
        InkdigitError: it cannot begin, or not go on.
    """
    cluster.check_installed()
    mine, files, more = job.begin(asked, out, settings)
    left_out = job.others(files.others)
    if (counts := job.finished(Place.of(out))) is not None:
        return Finished(counts["items"], counts["rows"], counts["rejects"], True, more, left_out)
    total = max(1, sum(files.sizes))
    now, size, size_before = Progress(), 0, 0
    with cluster.joined(address, workers, settings.batch_connect_seconds) as cores:
        began = time.monotonic()
        for done in cluster.read(mine, files, job.done_keys(mine), workers, cores):
            size += done.size
            size_before += done.size if done.before else 0
            now = replace(
                now, items=now.items + done.items, rejects=now.rejects + done.rejects, share=size / total,
                seconds=time.monotonic() - began, read=now.read + (0 if done.before else done.items),
                share_before=size_before / total,
            )  # fmt: skip
            report(now)
    counts = job.finish(mine, now.items)
    return Finished(counts["items"], counts["rows"], counts["rejects"], False, more, left_out)
