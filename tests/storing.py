"""Programs that keep drawings in a store, and a drawing to keep."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import pytest

from inkdigit.errors import StoreError
from inkdigit.store import store
from inkdigit.store.drawing import Drawing, Mark, new_key, now
from inkdigit.store.store import Store

# Keeps drawings until it is killed, or as many as asked; prints the id of each when it is confirmed.
WRITER = """
import itertools, sys
from inkdigit.store import store
from inkdigit.store.drawing import Drawing, Mark, new_key
from inkdigit.settings import Settings
kept = store.open(Settings(store=sys.argv[1], store_wait_ms=60_000))
for place in range(int(sys.argv[2])) if len(sys.argv) > 2 else itertools.count():
    mark = Mark(7, 0.9, None, bytes(784), 7)
    made = Drawing("ink", "7", 0.9, (mark,), "m", "c", 0, new_key(), tags=("a",), strokes=[], thumbnail=bytes(4_000))
    print(kept.keep(made).id, flush=True)
"""
# Holds the right to write until its standard input ends.
HOLDER = """
import sys
from inkdigit.store import store
from inkdigit.settings import Settings
with store.open(Settings(store=sys.argv[1]))._writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def plain(text: str = "7") -> Drawing:
    marks = tuple(Mark(int(one), 0.9, None, bytes(784)) for one in text)
    return Drawing("ink", text, 0.9, marks, "m", "c", now(), new_key(), strokes=[], thumbnail=bytes(4_000))


class Forked:
    """A program in a fork of this process, which has imported what it needs: it begins at once, not after a second.

    Close the stores that are open here before: SQLite would think that their locks are the fork's own.
    """

    def __init__(self, code: str, *arguments: str) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(theirs_in, 0)
            os.dup2(theirs_out, 1)
            for one in (theirs_in, ours_in, ours_out, theirs_out):
                os.close(one)
            _runs_and_ends(code, arguments)
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")

    def ended(self) -> tuple[list[bytes], int]:
        """Ends its input, waits for it, and gives the lines that were not read yet, and its exit code."""
        self.stdin.close()
        with self.stdout:
            lines = self.stdout.readlines()
        return lines, os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _runs_and_ends(code: str, arguments: Sequence[str]) -> None:
    failed = 1
    try:
        sys.argv[1:] = arguments
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        exec(code, {})
        failed = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(failed)


def fills(kept: Store) -> None:
    """Keeps drawings until the disk is full, and checks that those confirmed are there, then and later."""
    confirmed = []
    with pytest.raises(StoreError, match=r"space for the store.*nothing was changed") as caught:  # noqa: PT012
        for _ in range(2_000):
            confirmed.append(kept.keep(plain()).id)  # noqa: PERF401 - those before the fault count
    assert "Free some space" in str(caught.value)
    assert [one.id for one in kept.each()] == confirmed
    kept.close()
    again = store.open(kept.settings)
    assert [one.id for one in again.each()] == confirmed
    assert len(confirmed) > 10
    again.close()
