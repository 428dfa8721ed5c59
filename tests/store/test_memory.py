"""A store whose process has no more memory: what was confirmed is there, once, and it goes on when there is some."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from here import ROOT
from storing import plain

import inkdigit
from inkdigit.store import store

# Keeps drawings with less and less memory left, says of each whether it was confirmed, and ends without a farewell.
SQUEEZED = """
import os, re, resource, sys
sys.path.insert(0, "tests")
from storing import plain
from inkdigit.settings import Settings
from inkdigit.store import store

held = []

def squeeze(left):
    for part in (1 << 20, 1 << 16, 1 << 10):
        try:
            while True:
                held.append(bytearray(part))
        except MemoryError:
            pass
    while held and left > 0:
        left -= len(held.pop())

kept = store.open(Settings(store=sys.argv[1], store_wait_ms=0))
kept.keep(plain("0"))
said = []
most = 1024 * int(re.search(r"VmData:\\s+(\\d+)", open("/proc/self/status").read())[1]) + 30_000_000
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
for text in range(1, 61):
    drawing = plain(str(text))
    try:
        squeeze(1 << 21 >> text % 12)
        kept.keep(drawing)
        state = "confirmed"
    except Exception:  # to name several would take memory
        state = "refused"
    finally:
        held.clear()
    print(text, state, flush=True)
print(61, "confirmed" if kept.keep(plain("61")) else "", flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this limit")
def test_memory_that_runs_out_loses_nothing(tmp_path: Path) -> None:
    place = str(tmp_path / "store.sqlite")
    done = subprocess.run([sys.executable, "-c", SQUEEZED, place], cwd=ROOT, capture_output=True, text=True)
    said = dict(line.split() for line in done.stdout.splitlines())
    assert len(said) == 61, done.stderr
    assert {"confirmed", "refused"} == set(said.values())
    found = store.open(inkdigit.Settings(store=place))
    texts = [one.text for one in found.find().drawings]
    found.close()
    assert len(texts) == len(set(texts))
    assert set(texts) >= {"0", *(text for text, state in said.items() if state == "confirmed")}


class Stubborn(sqlite3.Connection):
    """Has no memory to take anything back, once that is said."""

    short = False

    def rollback(self) -> None:
        if Stubborn.short:
            raise MemoryError
        super().rollback()


@pytest.mark.parametrize("kind", [sqlite3.Connection, Stubborn])
def test_what_cannot_be_taken_back_keeps_nobody_from_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[sqlite3.Connection]
) -> None:
    """Without memory for that the connection kept the right to write: the store was locked until the server ended."""
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), store_wait_ms=0)
    monkeypatch.setattr("sqlite3.dbapi2.connect", partial(sqlite3.connect, factory=kind))
    own, other = store.open(settings), store.open(settings)
    held = []

    def fails(*given: object) -> None:
        raise MemoryError

    def runs_short() -> None:
        with monkeypatch.context() as patched, own._writing() as connection:
            held.append(connection)
            patched.setattr(Stubborn, "short", True)
            patched.setattr("sqlalchemy.engine.base.RootTransaction._do_rollback", fails)
            patched.setattr("sqlalchemy.engine.base.Connection.close", fails)
            raise MemoryError

    own.keep(plain("1"))
    with pytest.raises(MemoryError):
        runs_short()
    other.keep(plain("2"))
    own.keep(plain("3"))
    assert [one.text for one in own.find().drawings] == ["3", "2", "1"]
    held.clear()
    own.close()
    other.close()
