"""Programs that keep drawings in a store, and a drawing to keep."""

from __future__ import annotations

import subprocess
import sys

import pytest
from here import ROOT

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


def started(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


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
