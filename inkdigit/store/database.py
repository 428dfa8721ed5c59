"""Where the store lies, how it is opened and brought up to date, and what its faults are called."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from inkdigit.errors import SettingError, StoreError
from inkdigit.settings import Settings
from inkdigit.store.schema import HEAD, METADATA, VERSION_TABLE, revisions

WRITES = "inkdigit_writes"  # the option of a connection that is going to write
_FILE = "store.sqlite"
_ADVISORY = 0x696E6B64  # the lock of PostgreSQL under which tables are made: "inkd"


@dataclass(frozen=True)
class Place:
    """Where a store lies.

    Attributes:
        url: for SQLAlchemy.
        path: the file of SQLite; None for PostgreSQL.
    """

    url: URL
    path: Path | None

    @classmethod
    def of(cls, settings: Settings) -> Place:
        """From the setting `store`.

        Raises:
            SettingError: an address that is none, or of another kind of database.
        """
        if "://" not in settings.store:
            path = _home(settings.store).absolute() if settings.store else _own()
            return cls(URL.create("sqlite", database=str(path)), path)
        expected = "a file, or an address such as postgresql+psycopg://user@host/name, in INKDIGIT_STORE"
        try:
            url = make_url(settings.store)
        except (ArgumentError, ValueError):
            raise SettingError(expected, "an address that cannot be read", "Correct it") from None
        if url.get_backend_name() == "sqlite" and url.database:
            return cls(URL.create("sqlite", database=url.database), Path(url.database).absolute())
        if url.get_backend_name() != "postgresql":
            raise SettingError(expected, url.render_as_string(hide_password=True), "Name one of these")
        return cls(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url, None)

    def __str__(self) -> str:
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)


def _home(path: str) -> Path:
    """A path, "~" being the folder of whoever it names."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise SettingError("the folder of somebody here, in INKDIGIT_STORE", path[:100], "Correct it") from None


def _own() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("inkdigit", appauthor=False)) / _FILE


def make_file(place: Place, wait: float) -> None:
    """Makes the file of SQLite where there is none, for its owner's eyes, and sets its journal to a log."""
    if place.path is None:
        return
    place.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Only a new file is opened here: to close one that SQLite has open gives up all locks of this process on it
    # (sqlite.org/howtocorrupt.html, 2.2), and another process would then take away the log that we write to.
    with suppress(FileExistsError):
        os.close(os.open(place.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    until = time.monotonic() + wait
    with closing(sqlite3.connect(place.path, timeout=wait, isolation_level=None)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:  # SQLite does not wait here by itself
                busy = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    raise
                time.sleep(0.01)


def connect(place: Place, wait: float) -> Engine:
    """An engine whose transactions begin as ours should.

    Args:
        wait: seconds to wait for another writer.
    """
    if place.path is not None:
        engine = create_engine(place.url, connect_args={"timeout": wait})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    milliseconds = max(1, round(wait * 1000))  # 0 would be: for ever
    options = {"connect_timeout": max(2, round(wait)), "options": f"-c lock_timeout={milliseconds}"}
    try:
        return create_engine(place.url, connect_args=options, pool_pre_ping=True)
    except (NoSuchModuleError, ImportError):
        raise StoreError("the extra [postgresql]", "no psycopg", "Run pip install '.[postgresql]'") from None


@contextmanager
def connected(engine: Engine, **options: bool) -> Iterator[Connection]:
    """A connection. One whose transaction cannot be taken back, as where there is no memory for that, is closed: it
    would wait for its next use with the right to write, and nobody else could.
    """
    with engine.connect().execution_options(**options) as connection:
        raw: Any = connection.connection.dbapi_connection
        try:
            yield connection
        except BaseException:
            if getattr(raw, "in_transaction", False):  # SQLite says that
                with suppress(Exception):
                    raw.rollback()
                if raw.in_transaction:
                    raw.close()
                    with suppress(Exception):
                        connection.invalidate()
            raise


def _prepare(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")  # what was confirmed is on the disk
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def version(connection: Connection, place: Place) -> str | None:
    """The step that a store is at; None when nothing was ever kept in it.

    Raises:
        StoreError: a file of SQLite that another program made.
    """
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    if names and place.path is not None:
        raise StoreError("a store of inkdigit", f"{place}, which another program made", "Name another file")
    return None


def bring_up_to_date(engine: Engine, place: Place) -> None:
    """Makes the tables, or takes the steps that are missing, in one transaction; only one process does it.

    Raises:
        StoreError: the store is from a newer version of inkdigit.
    """
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if place.path is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY})"))
        found = version(connection, place)
        if found == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", "inkdigit:store/migrations")
        config.set_main_option("path_separator", "os")
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            got = f"version {found} in {place}"
            raise StoreError(f"a store of version {HEAD} or older", got, "Update inkdigit, or name another store")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def counted_anew(connection: Connection, place: Place) -> None:
    """Lets PostgreSQL look at tables that many rows came into; until then it plans searches for a few."""
    if place.path is None:
        for table in METADATA.sorted_tables:
            connection.execute(text(f"ANALYZE {table.name}"))


def empty(connection: Connection, place: Place) -> None:
    """Deletes everything but the count of the writes."""
    tables = [table.name for table in reversed(METADATA.sorted_tables) if table is not revisions]
    if place.path is None:
        connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
        return
    for name in tables:
        connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - our own names


def cut_off(place: Place, wait: float) -> None:
    """Takes what was deleted out of the file of SQLite and its log; PostgreSQL has done so by itself.

    Raises:
        StoreError: another program reads, so that the log cannot be cut off.
    """
    if place.path is None:
        return
    with closing(sqlite3.connect(place.path, timeout=wait, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        got = f"{place}, which another program is reading: its log still holds what was deleted"
        raise StoreError("a store that is free", got, "Close the other program and wipe again")


@contextmanager
def faults(place: Place) -> Iterator[None]:
    """Turns the errors of databases and disks into StoreError."""
    try:
        yield
    except PoolTimeoutError:
        raise _busy(place) from None
    except DBAPIError as error:
        raise _named(error.orig, place) from error
    except SQLAlchemyError as error:
        raise StoreError("a store that works", f"{place}: {type(error).__name__}", "Report it") from error
    except (OSError, sqlite3.Error) as error:
        raise _named(error, place) from error


def _named(error: Any, place: Place) -> StoreError:
    if place.path is None:
        return _named_postgresql(error, place)
    kind = getattr(error, "sqlite_errorname", "") or ""
    if kind.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _busy(place)
    if kind.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreError("a store that is whole", f"{place}, which is damaged or no store; it was left as it is",
                          "Move that file away, or put back a copy of it; then a new store is made")  # fmt: skip
    number = getattr(error, "errno", None)
    if kind == "SQLITE_FULL" or kind.startswith("SQLITE_IOERR_WRITE") or number in (28, 122, 27):  # space, quota, size
        return StoreError("space for the store", f"a full disk at {place}; nothing was changed",
                          "Free some space and try again")  # fmt: skip
    if kind.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or number in (1, 13, 30):
        return StoreError("a store that can be written", f"{place}, which may not be changed or not be opened",
                          "Give yourself the right to write there, or set INKDIGIT_STORE to another file")  # fmt: skip
    reason = getattr(error, "strerror", None) or str(error)
    return StoreError("a store that works", f"{place}: {reason}", "Look at that file and its disk, and try again")


def _named_postgresql(error: Any, place: Place) -> StoreError:
    state = getattr(error, "sqlstate", None) or ""
    if state in ("55P03", "40P01", "57014"):  # a lock waited for too long, a deadlock
        return _busy(place)
    if state == "53100":
        return StoreError("space for the store", f"a full disk at {place}; nothing was changed", "Free some space")
    if state in ("25006", "42501"):
        return StoreError("a store that can be written", f"{place}, which this user may only read", "Grant the rights")
    if not state or state[:2] in ("08", "57", "28", "3D", "53"):
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        return StoreError(f"the server of {place}", f"no answer from it ({reason})",
                          "Start it, or correct INKDIGIT_STORE; what was not confirmed is not kept")  # fmt: skip
    return StoreError("a store that works", f"{place}: {str(error).splitlines()[0][:200]}", "Look into its log")


def _busy(place: Place) -> StoreError:
    got = f"{place}, which another program is writing to"
    return StoreError("a store that is free", got, "Try again, or close the other program")
