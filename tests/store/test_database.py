"""Faults of disks, files, other programs and servers: each has a message of its own, and nothing confirmed is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import postgres
import pytest
from drawn import number
from here import ROOT
from sqlalchemy import create_engine, text
from storing import HOLDER, WRITER, Forked, plain
from waiting import Crossing

import inkdigit
from inkdigit.errors import StoreError
from inkdigit.store import database, intake, store
from inkdigit.store.drawing import Drawing, Wanted
from inkdigit.store.schema import VERSION_TABLE
from inkdigit.store.store import Store

# Of forks in a process with threads, as those of several workers are; none of them holds a lock of ours.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def kept_ones(store_settings: inkdigit.Settings) -> Iterator[Store]:
    found = store.open(store_settings)
    yield found
    found.close()


def test_what_was_confirmed_outlives_kill_minus_nine(kept_ones: Store) -> None:
    confirmed: set[int] = set()
    where = kept_ones.settings.store
    for round_ in range(10):
        kept_ones.close()
        writer = Forked(WRITER, where)
        lines = [writer.stdout.readline() for _ in range(1 + 3 * round_)]
        os.kill(writer.pid, signal.SIGKILL)
        more, code = writer.ended()
        lines += more
        assert code == -signal.SIGKILL
        confirmed |= {int(line) for line in lines if line.strip().isdigit()}
        assert len(confirmed) > 3 * round_
        found = {one.id for one in kept_ones.each()}
        assert confirmed <= found
        assert len(found) <= len(confirmed) + round_ + 1  # the last of a round may be there without its confirmation
    assert kept_ones.labelled()[1].tolist() == [7] * kept_ones.find().total
    if kept_ones.place.path is not None:
        with contextlib.closing(sqlite3.connect(kept_ones.place.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_two_processes_make_and_fill_one_store(kept_ones: Store) -> None:
    ended = [writer.ended() for writer in [Forked(WRITER, kept_ones.settings.store, "30") for _ in range(2)]]
    ids = [int(line) for lines, _ in ended for line in lines]
    assert [code for _, code in ended] == [0, 0]
    assert sorted(ids) == sorted(one.id for one in kept_ones.each())
    assert len(set(ids)) == kept_ones.revision() == 60


def test_threads_write_one_after_the_other(kept_ones: Store) -> None:
    """The second thread waits as long as the first needs, and not as long as for another program."""
    patient = store.open(kept_ones.settings)
    patient.keep(plain())
    kept_ones = store.open(replace(kept_ones.settings, store_wait_ms=0))
    crossing = Crossing()

    def slowly() -> Iterator[Drawing]:
        yield plain("1")
        crossing.hold()
        yield plain("2")

    kept_ones._writer = crossing.lock  # type: ignore[assignment]
    [first, second] = crossing.run(lambda: kept_ones.keep_many(slowly()), lambda: kept_ones.keep(plain("3")))
    assert (first.ids, second.id) == ((2, 3), 4)
    assert [one.text for one in patient.each()] == ["7", "1", "2", "3"]
    assert patient.revision() == 3
    kept_ones.close()
    patient.close()


def test_many_threads_write_at_once(kept_ones: Store) -> None:
    with ThreadPoolExecutor(20) as threads:
        ids = list(threads.map(lambda _: kept_ones.keep(plain()).id, range(20)))
    assert sorted(one.id for one in kept_ones.each()) == sorted(filter(None, ids))
    assert len(set(ids)) == kept_ones.revision() == 20


def test_a_store_that_another_process_writes_to_is_said_to_be_busy(kept_ones: Store) -> None:
    kept_ones.keep(plain())
    kept_ones.close()
    holder = Forked(HOLDER, kept_ones.settings.store)
    assert holder.stdout.readline() == b"held\n"
    for write in (lambda: kept_ones.keep(plain()), lambda: kept_ones.change(1, title="x"), kept_ones.wipe):
        with pytest.raises(StoreError, match="another program is writing"):
            write()
    assert kept_ones.find().total == 1  # whoever reads does not wait
    assert holder.ended() == ([], 0)
    assert kept_ones.keep(plain()).id == 2


def test_a_store_of_a_newer_version_is_left_alone(kept_ones: Store) -> None:
    kept_ones.keep(plain())
    kept_ones.close()
    engine = create_engine(kept_ones.place.url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    for call in (kept_ones.find, lambda: kept_ones.keep(plain()), kept_ones.wipe, kept_ones.stats):
        with pytest.raises(StoreError, match=r"got version 9999 in .*\. Update inkdigit"):
            call()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM drawings")).scalar() == 1
    engine.dispose()


def test_a_clock_that_goes_backwards_changes_no_order(
    kept_ones: Store, reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(5):
        monkeypatch.setattr(intake, "now", lambda hour=hour: 10**12 - hour * 3_600_000)
        kept_ones.keep(intake.from_strokes(reader, number(str(hour))))
    seen: list[str] = []
    before = None
    while len(seen) < 5:
        page = kept_ones.find(Wanted(limit=2, before=before))
        seen += [one.text for one in page.drawings]
        before = page.next
    assert seen == list("43210")
    kept_ones.delete([1])
    monkeypatch.setattr(store.drawing, "now", lambda: 0)
    kept_ones.keep(plain())
    assert kept_ones.restore([1]) == [1]


def test_the_schema_is_made_without_alembic_only_once(in_file: Store) -> None:
    code = (
        "import sys; from inkdigit.store import store; from inkdigit.settings import Settings;"
        "store.open(Settings(store=sys.argv[1])).find(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, in_file.settings.store], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"False"


def test_the_app_starts_without_the_database() -> None:
    code = "import sys, inkdigit.web.app; print(any(n in sys.modules for n in ('sqlalchemy', 'alembic')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


# PostgreSQL.


def test_a_server_that_is_gone_is_said_to_be_gone_and_found_again(postgresql: postgres.Server) -> None:
    kept = store.open(inkdigit.Settings(store=postgresql.database("gone")))
    kept.keep(plain())
    postgresql.stop()
    try:
        for call in (kept.find, lambda: kept.keep(plain()), kept.revision):
            with pytest.raises(StoreError, match=r"the server of postgresql.*what was not confirmed is not kept"):
                call()
    finally:
        postgresql.start()
    assert kept.find().total == 1
    assert kept.keep(plain()).id > 1
    kept.close()


def test_a_server_that_stops_in_the_middle_of_a_save_keeps_nothing_of_it(postgresql: postgres.Server) -> None:
    kept = store.open(inkdigit.Settings(store=postgresql.database("middle")))
    kept.keep(plain())

    def drawings() -> Iterator[Drawing]:
        for _ in range(1_000):
            yield plain()
        postgresql.stop()
        yield plain()

    try:
        with pytest.raises(StoreError, match="the server of"):
            kept.keep_many(drawings())
    finally:
        postgresql.start()
    assert kept.find().total == 1
    kept.close()


def test_a_database_that_is_not_there_is_said_to_be_missing(postgresql: postgres.Server) -> None:
    url = postgresql.database("here").replace("/here", "/not_here")
    with pytest.raises(StoreError, match="not_here"):
        store.open(inkdigit.Settings(store=url)).find()


class Answer(Exception):
    """What the driver raises when PostgreSQL refuses; a full disk of a server is not made here, only its answer."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"refused with {sqlstate}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "said"),
    [("53100", "space for the store"), ("25006", "may only read"), ("55P03", "another program"),
     ("57P01", "no answer"), ("XX000", "Look into its log")],
)  # fmt: skip
def test_what_postgresql_answers_is_said_in_our_words(state: str, said: str) -> None:
    place = database.Place.of(inkdigit.Settings(store="postgresql://me:secret@host/x"))
    assert said in str(database._named(Answer(state), place))
    assert "secret" not in str(database._named(Answer(state), place))


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install '\.\[postgresql\]'"):
        store.open(inkdigit.Settings(store="postgresql://me@127.0.0.1/x")).find()
