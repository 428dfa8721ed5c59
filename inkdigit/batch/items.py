"""A part -> its items: the bytes of a picture file each, or why there are none."""

from __future__ import annotations

import tarfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inkdigit.batch import columns
from inkdigit.batch.columns import Columns
from inkdigit.batch.inputs import PARQUET, PICTURES, TAR
from inkdigit.batch.parts import BROKEN, Part, members
from inkdigit.batch.place import Place
from inkdigit.errors import InkdigitError, PictureError

_FETCHED = 16  # files of an object store that are asked for at once: an answer takes 20 ms, however short
_ROWS = 64  # of a Parquet file that are in memory at once
_BUFFER = 1 << 20  # bytes of a column that are read at once


@dataclass(frozen=True)
class Item:
    """One of the inputs.

    Attributes:
        id: of a loose picture its name below the source; of one in a tar, shard/name; of a row its id, or file#row.
        file: the name of its file below the source.
        row: its place in that file, from 0; None of what stands for a whole shard.
        content: the bytes, or why there are none.
    """

    id: str
    file: str
    row: int | None
    content: bytes | InkdigitError


def items(source: Place, part: Part, asked: Columns, most: int) -> Iterator[Item]:
    """The items of a part in order; each of them comes, readable or not.

    Args:
        most: bytes of one; of a larger one, one byte more is given.

    Raises:
        BatchError: the source is no longer there.
    """
    if part.kind == BROKEN:
        expected, got, remedy = part.reason or ("", "", "")
        name = part.files[0] or source.name
        yield Item(name, name, None, PictureError(expected, got, remedy))
        return
    for item in {PICTURES: _pictures, TAR: _tar, PARQUET: _parquet}[part.kind](source, part, asked, most):
        if isinstance(item.content, InkdigitError):
            source.must_be_there()
        yield item


def _pictures(source: Place, part: Part, asked: Columns, most: int) -> Iterator[Item]:
    if source.is_local:
        for name in part.files:
            yield Item(name or source.name, name or source.name, 0, _content(source, name, most))
        return
    with ThreadPoolExecutor(_FETCHED) as pool:
        coming: deque[tuple[str, Future[bytes | InkdigitError]]] = deque()
        waiting = deque(part.files)
        while waiting or coming:
            while waiting and len(coming) < _FETCHED:
                coming.append((waiting[0], pool.submit(_content, source, waiting.popleft(), most)))
            name, found = coming.popleft()
            yield Item(name or source.name, name or source.name, 0, found.result())


def _content(source: Place, name: str, most: int) -> bytes | InkdigitError:
    try:
        return source.inside(name).read(most + 1)
    except FileNotFoundError:
        return PictureError("a picture file", f"no file at {name}", "Bring it back")
    except OSError as error:
        return PictureError("a readable file", f"{name}: {_words(error)}", "Check the file and its permissions")


def _tar(source: Place, part: Part, asked: Columns, most: int) -> Iterator[Item]:
    shard = part.files[0] or source.name
    row, end = part.row, part.row + part.items
    try:
        with source.inside(part.files[0]).opened() as file:
            file.seek(part.first)
            archive = tarfile.TarFile(fileobj=file)
            for member in members(archive):
                yield Item(f"{shard}/{member.name}", shard, row, _member(archive, member, shard, most))
                row += 1
                if row == end:
                    return
            raise tarfile.ReadError("it ends early")
    except (tarfile.TarError, OSError, ValueError) as error:
        yield from _lost(shard, row, end, "a tar as it was when the job began", error)


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, shard: str, most: int) -> bytes | InkdigitError:
    try:
        file: Any = archive.extractfile(member)
        found = bytes(file.read(min(member.size, most + 1)))
        if len(found) < min(member.size, most + 1):
            raise tarfile.ReadError("unexpected end of data")
        return found
    except (tarfile.TarError, OSError) as error:
        got = f"{member.name} in {shard}, which is cut short ({_words(error)})"
        return PictureError("a whole picture", got, "Write the tar again")


def _parquet(source: Place, part: Part, asked: Columns, most: int) -> Iterator[Item]:
    name = part.files[0] or source.name
    row = part.first
    try:
        with source.inside(part.files[0]).opened() as file:
            opened = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            picture, ids = columns.chosen(opened.schema_arrow, asked, name)
            for batch in _rows(opened, part, [picture, *([ids] if ids else [])]):
                named = batch.column(1).to_pylist() if ids else [None] * len(batch)
                for cell, wanted in zip(batch.column(0).to_pylist(), named, strict=True):
                    found = columns.content(cell)
                    nothing = PictureError("the bytes of a picture", f"nothing in row {row:,} of {name}", "Fill it")
                    yield Item(_id(wanted, name, row), name, row, nothing if found is None else found)
                    row += 1
    except (pa.ArrowException, OSError, ValueError) as error:
        yield from _lost(name, row, part.last, "a Parquet file as it was written", error)


def _rows(opened: pq.ParquetFile, part: Part, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a part, some at a time, from the row groups that hold them."""
    first = 0
    groups = []
    for group in range(opened.metadata.num_row_groups):
        rows = opened.metadata.row_group(group).num_rows
        if first + rows > part.first and first < part.last:
            groups.append((group, first, rows))
        first += rows
    for group, start, _ in groups:
        for batch in opened.iter_batches(_ROWS, row_groups=[group], columns=wanted):
            low, high = max(0, part.first - start), max(0, min(len(batch), part.last - start))
            if low < high:
                yield batch.select(wanted).slice(low, high - low)
            start += len(batch)
            if start >= part.last:
                break


def _lost(name: str, row: int, end: int, expected: str, error: Exception) -> Iterator[Item]:
    """The items that cannot be reached any more, each with the reason."""
    problem = PictureError(
        expected, f"{name}, which cannot be read from row {row:,} on ({_words(error)})", "Write it again"
    )
    for place in range(row, end):
        yield Item(f"{name}#{place}", name, place, problem)


def _id(value: object, name: str, row: int) -> str:
    if value is None:
        return f"{name}#{row}"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0][:300] or type(error).__name__
