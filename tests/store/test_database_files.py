"""Faults of the file of a store: damaged, foreign, taken away, read-only, on a full disk; nothing confirmed is lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from here import ROOT
from storing import fills, plain

import inkdigit
from inkdigit.errors import StoreError
from inkdigit.store import database, store
from inkdigit.store.store import Store


def damages(content: bytes) -> dict[str, bytes]:
    half = len(content) // 2 // 4096 * 4096
    return {
        "text": b"dear diary, " * 1_000,
        "its beginning lost": bytes(200) + content[200:],
        "cut off": content[:5_000],
        "a page overwritten": content[:4096] + b"\xff" * (len(content) - 4096),
        "half of it overwritten": content[:half] + b"\xa5" * (len(content) - half),
    }


@pytest.mark.parametrize("damage", damages(bytes(99_999)))
def test_a_damaged_file_is_named_and_left_as_it_is(in_file: Store, damage: str) -> None:
    path = Path(in_file.settings.store)
    broken = damages(path.read_bytes())[damage]
    path.write_bytes(broken)
    calls: list[Any] = [lambda: list(in_file.each()), in_file.wipe]
    for call in calls:
        with pytest.raises(StoreError, match="damaged") as caught:
            call()
        assert str(path) in str(caught.value)
        assert "Move that file away" in str(caught.value)
    assert path.read_bytes() == broken


def test_a_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    other = store.open(inkdigit.Settings(store=str(path)))
    for call in (other.find, lambda: other.keep(plain()), other.wipe):
        with pytest.raises(StoreError, match="another program made"):
            call()
    assert path.read_bytes() == before


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").touch()
    new = store.open(inkdigit.Settings(store=str(tmp_path / "store.sqlite")))
    assert new.find().total == 0
    assert new.keep(plain()).id == 1
    new.close()


def test_a_file_that_was_taken_away_is_made_anew(in_file: Store) -> None:
    assert in_file.find().total == 1
    for path in Path(in_file.settings.store).parent.iterdir():
        path.unlink()
    assert in_file.find().total == 0
    assert not Path(in_file.settings.store).exists()
    in_file.keep(plain())
    assert store.open(in_file.settings).find().total == 1


def test_the_file_is_for_its_owner_alone(in_file: Store) -> None:
    in_file.keep(plain())
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(in_file.settings.store).parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "store.sqlite" in modes


def test_what_was_confirmed_is_on_the_disk(in_file: Store) -> None:
    """What SQLite promises of a machine that loses its power; it cannot be tried here."""
    asked = {"synchronous": 2, "foreign_keys": 1, "journal_mode": "wal"}  # 2 is FULL
    for _ in range(2):  # a store that was made, and one that is opened again
        for use in (in_file._reading, in_file._writing):
            with use() as connection:
                assert connection is not None
                found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked}
            assert found == asked
        in_file.close()


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere; a user who may not is what these tests are about."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach; pytest's own are for their owner alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_file_that_may_only_be_read_is_said_to_be_so(open_folder: Path) -> None:
    path = open_folder / "store.sqlite"
    made = store.open(inkdigit.Settings(store=str(path)))
    made.keep(plain())
    made.close()
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with as_nobody():
        for call in (made.find, lambda: made.keep(plain()), made.wipe):
            with pytest.raises(StoreError, match=r"may not be changed or not be opened.*INKDIGIT_STORE"):
                call()
    open_folder.chmod(0o755)


def test_a_folder_that_may_only_be_read_is_said_to_be_so(open_folder: Path) -> None:
    new = store.open(inkdigit.Settings(store=str(open_folder / "deep" / "store.sqlite")))
    open_folder.chmod(0o555)
    with as_nobody():
        assert new.find().total == 0
        with pytest.raises(StoreError, match="may not be changed or not be opened"):
            new.keep(plain())
    open_folder.chmod(0o755)


def test_a_place_that_is_no_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for where in (tmp_path, tmp_path / "file" / "store.sqlite"):
        with pytest.raises(StoreError, match=str(tmp_path)):
            store.open(inkdigit.Settings(store=str(where))).keep(plain())


# A disk that is full: one that is really small, where we may mount; and a limit on the size of a file, everywhere.


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("Mounting is not allowed here; the test with a limit on files is run in any case.")
    try:
        fills(store.open(inkdigit.Settings(store=str(tmp_path / "store.sqlite"))))
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_limit_on_the_size_of_files_loses_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; sys.path.insert(0, 'tests');"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000));"
        "import storing, inkdigit; from inkdigit.store import store;"
        "storing.fills(store.open(inkdigit.Settings(store=sys.argv[1])))"
    )
    path = str(tmp_path / "store.sqlite")
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_looking_after_the_file_again_keeps_the_locks_of_this_process(tmp_path: Path) -> None:
    """Else another process that ends would take away the log that this one writes to, and with it what is confirmed."""
    own = store.open(inkdigit.Settings(store=str(tmp_path / "store.sqlite")))
    own.keep(plain())
    log = tmp_path / "store.sqlite-wal"
    before = log.stat().st_ino
    database.make_file(own.place, 1.0)
    passing = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM drawings'); c.close()"
    )
    subprocess.run([sys.executable, "-c", passing, str(own.place.path)], check=True)
    assert log.exists()
    assert log.stat().st_ino == before
    own.keep(plain())
    assert store.open(own.settings).find().total == 2


@pytest.mark.parametrize(
    ("number", "said"),
    [
        *((number, "may not be changed") for number in (1, 13, 30)),
        *((number, "a full disk") for number in (28, 122, 27)),
        *((number, "Look at that file") for number in (2, 5, 12, 14, 29, 31)),
    ],
)  # fmt: skip
def test_what_the_disk_answers_is_said_in_our_words(in_file: Store, number: int, said: str) -> None:
    with pytest.raises(StoreError, match=said), database.faults(in_file.place):
        raise OSError(number, "as the system says it")
