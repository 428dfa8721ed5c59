"""Drawings that people keep: save, find, correct, delete, bring back, wipe. SQLite by default, PostgreSQL by address.

A call that returns has put what it was given onto the disk. Nothing is made before something is first kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, select, update

from inkdigit.errors import KeptError, StoreError
from inkdigit.scripts import WESTERN
from inkdigit.settings import Settings
from inkdigit.store import database, drawing, intake, rows, search
from inkdigit.store.database import WRITES, Place, faults
from inkdigit.store.drawing import Drawing, Wanted
from inkdigit.store.schema import HEAD, METADATA, contents, digits, drawings, revisions

_DAY = 86_400_000  # milliseconds
_AT_ONCE = 500  # drawings that are written or read together
_SIDE = 28


@dataclass(frozen=True)
class Found:
    """One page of a search: the drawings, newest first, where to go on, and how many there are in all."""

    drawings: tuple[Drawing, ...]
    next: int | None
    total: int


@dataclass(frozen=True)
class Taken:
    """What came of keeping many: ids of those kept, and how many were there before."""

    ids: tuple[int, ...]
    known: int


def open(settings: Settings | None = None) -> Store:
    """The store of the settings. Nothing is made, read or locked yet.

    Raises:
        SettingError: INKDIGIT_STORE names neither a file nor a PostgreSQL database.
    """
    return Store(settings or Settings.from_environment())


class Store:
    """Drawings on a disk. Safe to call from several threads; several processes may use the same store.

    Raises, from every method:
        StoreError: read-only, full, damaged, locked, from a newer version, or its server is gone.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.place = Place.of(settings)
        self._wait = settings.store_wait_ms / 1000
        self._engine: Engine | None = None
        self._inode = 0
        self.replaced = 0  # how often the file was taken away, or another one put in its place
        self._opening = threading.Lock()
        self._writer = threading.Lock()  # one writer in this process; the database keeps other processes away

    def keep(self, drawing: Drawing, correct: Any = None) -> Drawing:
        """Keeps a drawing; it comes back with its id. One with the same key is not kept again, but returned.

        Args:
            correct: the corrections that the drawing has, as `change` takes them: they count for the one with the
                same key too, in place of its own.
        """
        with self._writing() as connection:
            self._forget_old(connection)
            [number], _ = rows.added(connection, [drawing])
        if correct is not None:
            return self.change(number or self._id_of(drawing.key), correct=correct)
        return replace(drawing, id=number) if number else self.get(self._id_of(drawing.key))

    def keep_many(self, many: Iterable[Drawing]) -> Taken:
        """Keeps all or, when one fails, none. Those with a known key are left out; a deleted one comes back."""
        ids: list[int] = []
        known = 0
        waiting = iter(many)
        with self._writing() as connection:
            self._forget_old(connection)
            while batch := list(islice(waiting, _AT_ONCE)):
                numbers, before = rows.added(connection, batch)
                ids += [number for number in numbers if number]
                known += before
            if len(ids) > _AT_ONCE:
                database.counted_anew(connection, self.place)
        return Taken(tuple(ids), known)

    def find(self, wanted: Wanted | None = None) -> Found:
        """The newest drawings that are wanted, without their strokes, pictures and glyphs."""
        wanted = wanted or Wanted()
        if not 1 <= wanted.limit <= self.settings.max_page:
            raise KeptError(f"a limit from 1 to {self.settings.max_page:,}", str(wanted.limit), "Ask for fewer")
        with self._reading() as connection:
            if connection is None:
                return Found((), None, 0)
            newest, total = search.page(connection, wanted)
            more = len(newest) > wanted.limit
            found = search.described(connection, newest[: wanted.limit])
        return Found(tuple(found), found[-1].id if more else None, total)

    def get(self, number: int) -> Drawing:
        """A drawing with all that belongs to it.

        Raises:
            NotKeptError: there is none of that id, or it was deleted.
        """
        with self._reading() as connection:
            found = [] if connection is None else rows.whole(connection, [number])
        if not found:
            raise rows.unknown(number)
        return found[0]

    def thumbnail(self, number: int) -> bytes:
        """The small picture of a drawing, PNG. Raises NotKeptError."""
        with self._reading() as connection:
            query = (
                select(contents.c.thumbnail)
                .join(drawings, drawings.c.id == contents.c.drawing_id)
                .where(drawings.c.id == rows.checked_id(number), drawings.c.deleted_at.is_(None))
            )
            image = None if connection is None else connection.execute(query).scalar()
        if image is None:
            raise rows.unknown(number)
        return bytes(image)

    def each(self, wanted: Wanted | None = None) -> Iterator[Drawing]:
        """All wanted drawings, oldest first, with all that belongs to them; the limit and `before` do not count."""
        after = 0
        while True:
            with self._reading() as connection:
                ids = [] if connection is None else search.after(connection, wanted or Wanted(), after, _AT_ONCE // 10)
                batch = [] if connection is None or not ids else rows.whole(connection, ids)
            if not ids:
                return
            yield from batch
            after = ids[-1]

    def change(self, number: int, title: Any = None, tags: Any = None, correct: Any = None) -> Drawing:
        """Names a drawing, replaces its tags, or its corrections; None leaves a thing as it is.

        Raises:
            NotKeptError: there is none of that id.
            KeptError: what is given does not fit it.
        """
        self._must_hold(number)
        with self._writing() as connection:
            found = rows.whole(connection, [number])
            if not found:
                raise rows.unknown(number)
            changed = intake.described(found[0], self.settings, title, tags, correct)
            rows.rewritten(connection, changed)
        return changed

    def delete(self, ids: Sequence[int]) -> list[int]:
        """Deletes drawings, and returns the ids of those that were there. `restore` undoes it for a while."""
        return self._marked(ids, drawing.now(), drawings.c.deleted_at.is_(None))

    def restore(self, ids: Sequence[int]) -> list[int]:
        """Brings deleted drawings back, and returns the ids of those that it brought."""
        return self._marked(ids, None, drawings.c.deleted_at.is_not(None))

    def labelled(self, script: str = WESTERN) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """All digits of a script that a person labelled, oldest first, those of deleted drawings left out.

        Returns:
            uint8 (n, 28, 28), ink = 255; int64 (n,), 0 to 9 or 10 = not a digit; int64 (n,), an id for each digit.
        """
        query = (
            select(digits.c.glyph, digits.c.correct, digits.c.id)
            .join(drawings, drawings.c.id == digits.c.drawing_id)
            .where(digits.c.correct.is_not(None), drawings.c.deleted_at.is_(None), rows.in_script(script))
            .order_by(digits.c.drawing_id, digits.c.place)
        )
        with self._reading() as connection:
            found = [] if connection is None else connection.execute(query).all()
        glyphs = np.frombuffer(b"".join(row.glyph for row in found), np.uint8).reshape(-1, _SIDE, _SIDE)
        labels, ids = (np.array([row[at] for row in found], np.int64) for at in (1, 2))
        return glyphs, labels, ids

    def lessons(self) -> list[tuple[int, int]]:
        """(id of its drawing, id) of each digit that a person labelled, in any script, oldest first."""
        query = select(digits.c.drawing_id, digits.c.id).join(drawings, drawings.c.id == digits.c.drawing_id)
        query = query.where(digits.c.correct.is_not(None), drawings.c.deleted_at.is_(None))
        with self._reading() as connection:
            if connection is None:
                return []
            found = connection.execute(query.order_by(digits.c.drawing_id, digits.c.place))
            return [(row.drawing_id, row.id) for row in found]

    def revision(self) -> int:
        """A number that grows with every write, of other processes too; 0 when nothing was ever kept."""
        with self._reading() as connection:
            return 0 if connection is None else int(connection.execute(select(revisions.c.number)).scalar_one())

    def stats(self) -> dict[str, Any]:
        """Where the store is, how much it holds, how large it is, and when the newest was made."""
        found: dict[str, Any] = {"where": str(self.place), "drawings": 0, "digits": 0, "labelled": 0, "wrong": 0,
                                 "deleted": 0, "bytes": 0, "newest": None}  # fmt: skip
        with self._reading() as connection:
            if connection is None:
                return found
            found |= search.counts(connection)
            found["bytes"] = self._size(connection)
        return found

    def wipe(self) -> None:
        """Removes everything that was ever kept, deleted drawings too, from the file and its log.

        Raises:
            StoreError: also when another program still reads: then all is deleted, but its log not yet cut off.
        """
        with self._reading() as connection:
            if connection is None:
                return
        with self._writing() as connection:
            database.empty(connection, self.place)
        with self._writer, faults(self.place):
            database.cut_off(self.place, self._wait)

    def close(self) -> None:
        """Lets go of the file or the server; the next call opens it again."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None

    def _opened(self, make: bool) -> Engine | None:
        """The engine of a store that is up to date; None when there is none yet, and none is to be made."""
        path = self.place.path
        inode = path.stat().st_ino if path is not None and path.exists() else 0
        if self._engine is not None and inode == self._inode:
            return self._engine
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
            self.replaced += 1
        if path is not None and not inode:
            if not make:
                return None
            database.make_file(self.place, self._wait)
        engine = database.connect(self.place, self._wait)
        try:
            with engine.connect() as connection:
                version = database.version(connection, self.place)
            if version is None and not make:
                engine.dispose()
                return None
            if version != HEAD:
                database.make_file(self.place, self._wait)
                database.bring_up_to_date(engine, self.place)
        except BaseException:
            engine.dispose()
            raise
        self._engine, self._inode = engine, path.stat().st_ino if path is not None else 0
        return engine

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        with faults(self.place):
            with self._opening:
                engine = self._opened(make=False)
            if engine is None:
                yield None
                return
            with database.connected(engine) as connection:
                yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that is the only one to write; what raises within it undoes all of it."""
        with self._writer, faults(self.place):
            with self._opening:
                engine = self._opened(make=True)
            if engine is None:
                raise StoreError(
                    "a store that can be made", f"none at {self.place}", "Look at its folder, and try again"
                )
            with database.connected(engine, **{WRITES: True}) as connection, connection.begin():
                connection.execute(update(revisions).values(number=revisions.c.number + 1))  # waits for other writers
                yield connection

    def _must_hold(self, number: int) -> None:
        """Raises NotKeptError before a store would be made for nothing."""
        with self._reading() as connection:
            if connection is None:
                raise rows.unknown(number)

    def _marked(self, ids: Sequence[int], deleted_at: int | None, where: Any) -> list[int]:
        wanted = [rows.checked_id(number) for number in ids]
        with self._reading() as connection:
            if connection is None or not wanted:
                return []
        done: list[int] = []
        with self._writing() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = drawings.c.id.in_(wanted[start : start + _AT_ONCE])
                done += connection.execute(select(drawings.c.id).where(some, where)).scalars()
                connection.execute(update(drawings).where(some, where).values(deleted_at=deleted_at))
        return sorted(set(done))

    def _forget_old(self, connection: Connection) -> None:
        before = drawing.now() - self.settings.undo_days * _DAY
        connection.execute(delete(drawings).where(drawings.c.deleted_at < before))

    def _id_of(self, key: str) -> int:
        with self._reading() as connection:
            query = select(drawings.c.id).where(drawings.c.key == key)
            return 0 if connection is None else int(connection.execute(query).scalar_one())

    def _size(self, connection: Connection) -> int:
        path = self.place.path
        if path is not None:
            files = (path, path.with_name(f"{path.name}-wal"))
            return sum(file.stat().st_size for file in files if file.exists())
        sizes = [select(func.pg_total_relation_size(table.name)) for table in METADATA.sorted_tables]
        return sum(int(connection.execute(query).scalar_one()) for query in sizes)
