"""Files -> parts: what one process reads in one go, and writes as one file, whole or not at all.

A part names its inputs by places in files that do not change, so that its results have the same name whenever and
wherever it is read: what is there need not be read again, and what is read twice is written over itself.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inkdigit.batch.columns import Columns, chosen
from inkdigit.batch.inputs import PACKED, PARQUET, PICTURES, TAR, Chunk
from inkdigit.batch.place import Place
from inkdigit.errors import BatchError
from inkdigit.ink.documents import SUFFIXES

DONE = "done"  # the kind of a part that stands for those that an earlier run wrote
BROKEN = "broken"  # of one that stands for what cannot be parted
STOP = "stop"  # of one that says why the job cannot go on
_BLOCK = tarfile.BLOCKSIZE
_PADDING = 1 << 20  # bytes behind the end of a tar that are looked at; programs fill up to 10 kB


@dataclass(frozen=True)
class Part:
    """Some items of the inputs.

    Attributes:
        key: its name among the results.
        kind: that of its files, DONE, BROKEN or STOP.
        files: names below the source: pictures, or one shard.
        row: place of its first item in that shard.
        items: how many it holds.
        first, last: rows of a Parquet file, bytes of a tar: the first, and the one behind the last.
        size: bytes of the source that it stands for.
        reason: of a BROKEN or STOP one, what is wrong: expected, got and remedy.
    """

    key: str
    kind: str
    files: tuple[str, ...]
    items: int
    size: int
    row: int = 0
    first: int = 0
    last: int = 0
    reason: tuple[str, str, str] | None = None

    def to_json(self) -> str:
        """As it travels between machines."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Part:
        """Back from there."""
        found = json.loads(text)
        reason = found.pop("reason")
        return cls(**{**found, "files": tuple(found["files"])}, reason=None if reason is None else tuple(reason))


def parts(source: Place, chunk: Chunk, count: int, columns: Columns, done: Collection[str]) -> Iterator[Part]:
    """The parts of a chunk that have no results yet, and one of kind DONE for those that have.

    Args:
        count: items in a part.
        done: keys of the parts that have results.

    Raises:
        BatchError: the source is no longer there, so that nothing can be said of its files.
    """
    made = {PICTURES: _pictures, TAR: _tar, PARQUET: _parquet, PACKED: _packed}[chunk.kind]
    items = size = 0
    for part in made(source, chunk, count, columns):
        if part.kind == BROKEN:
            source.must_be_there()
        if part.key in done:
            items, size = items + part.items, size + part.size
        else:
            yield part
    if size or items:
        yield Part(f"{DONE}-{chunk.number}", DONE, (), items, size)


def _key(chunk: Chunk, place: int) -> str:
    return f"part-{chunk.number:09d}-{place:07d}"


def _pictures(source: Place, chunk: Chunk, count: int, columns: Columns) -> Iterator[Part]:
    yield Part(_key(chunk, 0), PICTURES, chunk.files, len(chunk.files), sum(chunk.sizes))


def _packed(source: Place, chunk: Chunk, count: int, columns: Columns) -> Iterator[Part]:
    got = f"{source.inside(chunk.files[0]).name}, which is packed as a whole"
    yield _broken(chunk, 0, chunk.sizes[0], ("a plain .tar", got, "Unpack it: its pictures are packed already"))


def _broken(chunk: Chunk, place: int, size: int, reason: tuple[str, str, str]) -> Part:
    return Part(_key(chunk, place), BROKEN, chunk.files, 1, size, reason=reason)


def _parquet(source: Place, chunk: Chunk, count: int, columns: Columns) -> Iterator[Part]:
    [name], [size] = chunk.files, chunk.sizes
    where = source.inside(name)
    try:
        with where.opened() as file:
            opened = pq.ParquetFile(file)
            chosen(opened.schema_arrow, columns, where.name)
            rows = opened.metadata.num_rows
    except BatchError as error:
        yield _broken(chunk, 0, size, (error.expected, error.got, error.remedy))
        return
    except (pa.ArrowException, OSError, ValueError) as error:
        got = f"{where.name}, which is cut short or damaged ({error})"
        yield _broken(chunk, 0, size, ("a whole Parquet file", got, "Write it again"))
        return
    for place, first in enumerate(range(0, rows, count)):
        last = min(first + count, rows)
        share = size * last // rows - size * first // rows
        yield Part(_key(chunk, place), PARQUET, (name,), last - first, share, row=first, first=first, last=last)


def _tar(source: Place, chunk: Chunk, count: int, columns: Columns) -> Iterator[Part]:
    [name], [size] = chunk.files, chunk.sizes
    where = source.inside(name)
    place = row = first = inside = 0
    reason = None
    try:
        with where.opened() as file:
            archive = tarfile.TarFile(fileobj=file)
            for member in members(archive):
                if inside == count:
                    yield Part(
                        _key(chunk, place), TAR, (name,), inside, member.offset - first, row, first, member.offset
                    )
                    place, row, first, inside = place + 1, row + inside, member.offset, 0
                inside += 1
            reason = _behind(archive, size)
            end = archive.offset
    except (tarfile.TarError, OSError, ValueError) as error:
        reason, end = str(error), size
    if inside:
        rest = end - first if reason else size - first
        yield Part(_key(chunk, place), TAR, (name,), inside, rest, row, first, max(end, first + 1))
        first, place = first + rest, place + 1
    if reason:
        got = f"{where.name}, which is cut short or damaged behind {row + inside:,} pictures ({reason})"
        yield _broken(chunk, place, size - first, ("a whole tar", got, "Write it again"))


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The pictures of a tar, from where it stands; what was passed is forgotten, as it may be millions."""
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]
        if member.isreg() and member.name.lower().endswith(SUFFIXES):
            yield member


def _behind(archive: tarfile.TarFile, size: int) -> str | None:
    """What is wrong behind the last header of a tar: Python takes a damaged header for the end."""
    file: Any = archive.fileobj
    end: int = archive.offset
    file.seek(end)
    rest = file.read(min(size - end, _PADDING))
    if not rest:
        return None  # some programs leave the end mark out
    if len(rest) < _BLOCK or any(rest[:_BLOCK]):
        return f"no header at byte {end:,}"
    return f"more behind its end at byte {end:,}" if any(rest) else None
