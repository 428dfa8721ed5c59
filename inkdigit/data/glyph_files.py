"""Labelled glyphs <-> the files of the field: npz, CSV, and the IDX of MNIST. Ink is bright, paper 0, as in MNIST.

What is read may come from anyone: its size is known before it is unpacked, and nothing is unpickled.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import OTHER, read_idx
from inkdigit.data.file_faults import DAMAGED, table_of
from inkdigit.errors import DataError, ExchangeError
from inkdigit.settings import Settings

IMAGES, LABELS = "inkdigit-images-idx3-ubyte.gz", "inkdigit-labels-idx1-ubyte.gz"
_SIDE = 28
_LINES = 1_000  # of a CSV that are read together,
_CHARACTERS = 4_000_000  # and at most so many: each may become a number of eight bytes
_MOST_EMPTY = 1_000_000  # lines: a packed file of a few bytes may hold any number
_MOST_SIDE = 1_000  # pixels of one picture of a set
_AT_ONCE = 1 << 20  # bytes

# A glyph of 784 bytes, row by row, 255 = ink; its label, 0 to 10 (not a digit); whether a person said so.
Labelled = tuple[bytes, int, bool]


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Part of a set: images uint8 (n, height, width), ink bright; labels, 0 to 10 or None: nobody said."""

    images: NDArray[np.uint8]
    labels: list[int | None]


def collected(rows: Iterable[Labelled]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """uint8 (n, 28, 28); uint8 (n,), 0 to 10; bool (n,): whether a person said so."""
    glyphs, labels, said = bytearray(), bytearray(), bytearray()
    for glyph, label, confirmed in rows:
        glyphs += glyph
        labels.append(label)
        said.append(confirmed)
    images = np.frombuffer(bytes(glyphs), np.uint8).reshape(-1, _SIDE, _SIDE)
    return images, np.frombuffer(bytes(labels), np.uint8), np.frombuffer(bytes(said), np.bool_)


def write_npz(rows: Iterable[Labelled], sink: IO[bytes]) -> None:
    """`images`, `labels` and `confirmed`."""
    images, labels, confirmed = collected(rows)
    np.savez_compressed(sink, images=images, labels=labels, confirmed=confirmed)


def write_csv(rows: Iterable[Labelled], sink: IO[bytes]) -> None:
    """A head line, then on each line the label and the 784 pixels of a glyph."""
    sink.write(",".join(["label", *(f"pixel{at}" for at in range(_SIDE**2))]).encode() + b"\n")
    for glyph, label, _ in rows:
        sink.write(",".join(map(str, (label, *glyph))).encode() + b"\n")


def write_idx(rows: Iterable[Labelled], sink: IO[bytes]) -> None:
    """A zip of two files as MNIST has them, packed by gzip: the images and the labels."""
    images, labels, _ = collected(rows)
    with zipfile.ZipFile(sink, "w") as file:
        for name, array in ((IMAGES, images), (LABELS, labels)):
            head = b"\0\0\x08" + bytes([array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
            file.writestr(zipfile.ZipInfo(name), gzip.compress(head + array.tobytes(), 6, mtime=0))


def read_npz(content: bytes, settings: Settings) -> Iterator[Glyphs]:
    """`images` and `labels`, or `x` and `y`, or `x_test` and `y_test`. Raises ExchangeError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            names = {name.removesuffix(".npy") for name in file.namelist()}
            for images, labels in (("images", "labels"), ("x", "y"), ("x_test", "y_test")):
                if images in names and labels in names:
                    said = _array(file, "confirmed", settings) if "confirmed" in names else None
                    yield _checked(_array(file, images, settings), _array(file, labels, settings), said)
                    return
    except DAMAGED as error:
        raise ExchangeError("a whole .npz without pickles", f"a damaged one ({error})", "Save it again") from None
    got = ", ".join(sorted(names))[:80] or "nothing"
    raise ExchangeError("arrays images and labels", got, "Save them with numpy.savez_compressed")


def _array(file: zipfile.ZipFile, name: str, settings: Settings) -> NDArray[Any]:
    """An array of an npz. NumPy alone would make room for whatever shape the head of the file names."""
    with file.open(f"{name}.npy") as member:
        shape, columns_first, kind = _head(member)
        if min(shape, default=0) < 0:
            raise ExchangeError("arrays whose sides are 0 or more", f"{shape}"[:80], "Save it again")
        size = math.prod(shape) * kind.itemsize
        if kind.hasobject or size > settings.max_unpacked_bytes:
            got = "an array of Python objects" if kind.hasobject else f"{shape} of {kind}"[:80]
            raise ExchangeError(f"arrays of numbers of at most {settings.max_unpacked_bytes:,} bytes", got, "Split it")
        body = member.read(size + 1)
    if len(body) != size:
        raise ExchangeError(f"{size:,} bytes in {name}", f"{len(body):,} or more", "Save it again")
    found = np.frombuffer(body, kind)
    return found.reshape(shape[::-1]).T if columns_first else found.reshape(shape)


def _head(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape of an array of an npz, whether it lies column by column, and the kind of its numbers."""
    reads = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        return reads[np.lib.format.read_magic(member)](member)
    except Exception:  # it is text that NumPy has Python parse, which fails in many ways
        got = "an array whose head cannot be read"
        raise ExchangeError("a whole .npz without pickles", got, "Save it again") from None


def read_csv(content: bytes | IO[bytes], settings: Settings) -> Iterator[Glyphs]:
    """On each line the label, then the pixels of a square picture; a head line is skipped. Raises ExchangeError.

    Args:
        content: the file, or where it is read from, a few megabytes at a time.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="replace")
    first = True
    for batch in _batches(text):
        if first and not batch[0].split(",", 1)[0].strip().lstrip("-").isdecimal():
            batch = batch[1:]
        first = False
        if batch:
            yield _rows(batch)


def _batches(text: io.TextIOBase) -> Iterator[list[str]]:
    """The lines of a CSV that are not empty, as many together as one table of numbers may hold."""
    longest = 5 * (_MOST_SIDE**2 + 1)
    batch: list[str] = []
    size = empty = 0
    while line := text.readline(longest + 1):
        if len(line) > longest:
            raise ExchangeError("a line a picture", "a very long line", "See docs/store.md")
        if not line.strip():
            empty += 1
            if empty > _MOST_EMPTY:
                raise ExchangeError("a line a picture", f"more than {_MOST_EMPTY:,} empty lines", "Remove them")
            continue
        batch.append(line)
        size += len(line)
        if len(batch) >= _LINES or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(lines: list[str]) -> Glyphs:
    try:
        table = table_of(lines, comments=None)
    except (ValueError, OverflowError) as error:
        got = str(error).splitlines()[0][:100]
        raise ExchangeError("whole numbers with commas on each line", got, "See docs/store.md") from None
    side = round((table.shape[1] - 1) ** 0.5)
    if side == 0 or side * side != table.shape[1] - 1:
        got = f"{table.shape[1]} columns"
        raise ExchangeError("a label and the pixels of a square picture on each line", got, "See docs/store.md")
    pixels = table[:, 1:]
    if pixels.min() < 0 or pixels.max() > 255:
        raise ExchangeError("pixels from 0 to 255", f"{pixels.min()} to {pixels.max()}", "Scale them")
    return _checked(pixels.astype(np.uint8).reshape(-1, side, side), table[:, 0], None)


def read_pair(images: bytes, labels: bytes | None) -> Iterator[Glyphs]:
    """The two IDX files of a set, unpacked; without labels nobody said what they are. Raises ExchangeError."""
    try:
        pictures = read_idx(images)
        named = None if labels is None else read_idx(labels)
    except DataError as error:
        raise ExchangeError(error.expected, error.got, error.remedy) from None
    except ValueError:  # axes whose product overflows
        raise ExchangeError("an IDX file", "one with impossible axes", "Fetch the file again") from None
    if named is None:
        named, said = np.zeros(len(pictures), np.uint8), np.zeros(len(pictures), np.bool_)
        yield _checked(pictures, named, said)
    else:
        yield _checked(pictures, named, None)


def unpacked(content: bytes, settings: Settings) -> bytes:
    """The content of a gzip file, up to the limit. Raises ExchangeError."""
    with tempfile.SpooledTemporaryFile(4 * _AT_ONCE) as space:
        for part in _parts(content, settings):
            space.write(part)
        space.seek(0)
        return space.read()


def measured(content: bytes, settings: Settings) -> tuple[int, str]:
    """How many bytes a gzip file unpacks to, and their SHA-256, without keeping them. Raises ExchangeError."""
    size, digest = 0, hashlib.sha256()
    for part in _parts(content, settings):
        size += len(part)
        digest.update(part)
    return size, digest.hexdigest()


def beginning(content: bytes, size: int) -> bytes:
    """The first bytes of a gzip file, unpacked; fewer where it is damaged."""
    try:
        with gzip.open(io.BytesIO(content)) as file:
            return file.read(size)
    except (OSError, EOFError, zlib.error):
        return b""


def _parts(content: bytes, settings: Settings) -> Iterator[bytes]:
    size = 0
    try:
        with gzip.open(io.BytesIO(content)) as file:
            while part := file.read(_AT_ONCE):
                size += len(part)
                if size > settings.max_unpacked_bytes:
                    raise too_large(settings)
                yield part
    except (OSError, EOFError, zlib.error) as error:
        raise ExchangeError("a whole gzip file", f"a damaged one ({error})", "Pack it again") from None


def too_large(settings: Settings) -> ExchangeError:
    """A file that unpacks to more than the limit."""
    limit = f"a file of at most {settings.max_unpacked_bytes:,} bytes unpacked"
    return ExchangeError(limit, "a larger one", "Split it, or raise INKDIGIT_MAX_UNPACKED_BYTES")


def _checked(images: NDArray[Any], labels: NDArray[Any], said: NDArray[Any] | None) -> Glyphs:
    if images.ndim != 3 or images.dtype != np.uint8 or 0 in images.shape[1:] or max(images.shape[1:]) > _MOST_SIDE:
        got = f"{images.dtype} {images.shape}"
        raise ExchangeError(f"images as uint8 (n, h, w), no side above {_MOST_SIDE:,}", got, "Scale them to 0-255")
    labels = labels.reshape(-1)
    if not np.issubdtype(labels.dtype, np.integer) or len(labels) != len(images):
        got = f"{labels.dtype} {labels.shape} for {len(images):,} images"
        raise ExchangeError("a whole number as label of each image", got, "Store 0 to 9, or 10: not a digit")
    if len(labels) and (labels.min() < 0 or labels.max() > OTHER):
        got = f"{labels.min()} to {labels.max()}"
        raise ExchangeError("labels from 0 to 9, or 10: not a digit", got, "Correct them")
    if said is not None and (said.dtype != np.bool_ or said.shape != labels.shape):
        raise ExchangeError("confirmed as bool (n,)", f"{said.dtype} {said.shape}", "Leave it out")
    known = np.ones(len(labels), np.bool_) if said is None else said
    return Glyphs(images, [int(label) if sure else None for label, sure in zip(labels, known, strict=True)])
