"""A folder or a file -> the list of what a job reads: pictures, tar shards and Parquet files, in order."""

from __future__ import annotations

import io
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from inkdigit.batch.place import Place
from inkdigit.errors import BatchError
from inkdigit.ink.documents import SUFFIXES

PICTURES, TAR, PARQUET, PACKED = "picture", "tar", "parquet", "packed tar"
_PACKED = (".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")
_NAMED = 3  # files that a message names


@dataclass(frozen=True)
class Inputs:
    """The files of a job, sorted by name; a file's number is its place here.

    Attributes:
        files: names below the source; [""] where the source is a file itself.
        kinds: of each, one of PICTURES, TAR, PARQUET, PACKED.
        sizes: bytes of each.
        changed: when each was changed, in nanoseconds since 1970; 0 where the store does not say.
        others: how many files were left out, by suffix. Not kept.
    """

    files: tuple[str, ...]
    kinds: tuple[str, ...]
    sizes: tuple[int, ...]
    changed: tuple[int, ...]
    others: tuple[tuple[str, int], ...] = ()

    def to_parquet(self) -> bytes:
        """As the file inputs.parquet of a job keeps it."""
        columns = {"file": self.files, "kind": self.kinds, "bytes": self.sizes, "changed": self.changed}
        sink = io.BytesIO()
        pq.write_table(pa.table({name: list(column) for name, column in columns.items()}), sink)
        return sink.getvalue()

    @classmethod
    def from_parquet(cls, content: bytes) -> Inputs:
        """Back from there. Raises pa.ArrowInvalid, OSError or KeyError where it is damaged."""
        table = pq.read_table(io.BytesIO(content))
        return cls(*(tuple(table[name].to_pylist()) for name in ("file", "kind", "bytes", "changed")))


@dataclass(frozen=True)
class Chunk:
    """Files that are parted together: some pictures, or one shard.

    Attributes:
        number: of the first file among the inputs.
    """

    number: int
    kind: str
    files: tuple[str, ...]
    sizes: tuple[int, ...]


def listed(source: Place, most: int) -> Inputs:
    """What there is to read at the source now.

    Args:
        most: files that a job may have.

    Raises:
        BatchError: nothing there, nothing to read in it, or too many files.
    """
    try:
        itself = source.info()
    except OSError as error:
        raise BatchError("a source that answers", f"{source.text}: {error}", "Check it") from None
    if itself.type == fs.FileType.NotFound:
        raise BatchError("a folder or a file", f"nothing at {source.text}", "Check the path")
    found = [itself] if itself.type == fs.FileType.File else source.below()
    skip = 0 if itself.type == fs.FileType.File else len(source.path.rstrip("/")) + 1
    rows, others = [], Counter[str]()
    for one in found:
        name = one.path[skip:] if skip else ""
        kind = _kind(one.path[skip:] if skip else source.name)
        if kind:
            rows.append((name, kind, one.size, one.mtime_ns or 0))
        elif kind is not None:
            others[posixpath.splitext(one.path)[1] or "without a suffix"] += 1
    if not rows:
        got = "none of them" if found else "an empty folder"
        raise BatchError("pictures, .tar or .parquet files", f"{got}: {source.text}", "Name another folder or file")
    if len(rows) > most:
        raise BatchError(
            f"at most {most:,} files", f"{len(rows):,}", "Put them into tar shards, or raise INKDIGIT_BATCH_MAX_FILES"
        )
    names, kinds, sizes, changed = zip(*sorted(rows), strict=True)
    return Inputs(names, kinds, sizes, changed, tuple(others.most_common()))


def _kind(path: str) -> str | None:
    """What a file is, by its name: "" nothing that is read, None nothing that counts."""
    name = path.lower()
    if any(part.startswith((".", "_")) for part in name.split("/")):
        return None  # hidden, or notes of a program: _SUCCESS, _metadata
    if name.endswith(_PACKED):
        return PACKED
    for kind, suffixes in ((TAR, (".tar",)), (PARQUET, (".parquet",)), (PICTURES, SUFFIXES)):
        if name.endswith(suffixes):
            return kind
    return ""


def compared(kept: Inputs, now: Inputs, source: Place) -> int:
    """Holds what a job began with against what is there now; returns how many files came since.

    Raises:
        BatchError: a file is gone or was changed.
    """
    old = dict(zip(kept.files, zip(kept.sizes, kept.changed, strict=True), strict=True))
    new = dict(zip(now.files, zip(now.sizes, now.changed, strict=True), strict=True))
    wrong = [name for name, was in old.items() if new.get(name) != was]
    if wrong:
        named = ", ".join(name or source.name for name in wrong[:_NAMED])
        raise BatchError(
            f"{source.text} as it was when the job began",
            f"{len(wrong):,} files that are gone or were changed since: {named}{' ...' if len(wrong) > _NAMED else ''}",
            "Bring them back, or begin anew with another --out",
        )
    return len(new) - len(old)


def chunks(inputs: Inputs, count: int) -> Iterator[Chunk]:
    """Pictures by so many, and each shard alone."""
    loose = [number for number, kind in enumerate(inputs.kinds) if kind == PICTURES]
    groups = [loose[first : first + count] for first in range(0, len(loose), count)]
    groups += [[number] for number, kind in enumerate(inputs.kinds) if kind != PICTURES]
    for group in groups:
        files = tuple(inputs.files[number] for number in group)
        yield Chunk(group[0], inputs.kinds[group[0]], files, tuple(inputs.sizes[number] for number in group))
