"""What an import may take of memory, however small the file is that asks for it."""

from __future__ import annotations

import contextlib
import gzip
import io
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inkdigit
from inkdigit.data import datasets, glyph_files
from inkdigit.errors import DataError, ExchangeError, InkdigitError, PictureError
from inkdigit.exchange import importing
from inkdigit.exchange.importing import take
from inkdigit.ink import rendering
from inkdigit.store.store import Store

MEGA = 1_000_000


def of_limits(reader: inkdigit.Reader, **limits: int) -> inkdigit.Reader:
    limited = inkdigit.Reader.__new__(inkdigit.Reader)
    limited.__dict__ = reader.__dict__ | {"settings": replace(inkdigit.Settings(), **limits)}  # type: ignore[arg-type]
    return limited


@contextlib.contextmanager
def at_most(most: int) -> Iterator[None]:
    """Nothing within takes more memory."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= most, f"{peak:,} bytes"


def table(rows: int, side: int) -> bytes:
    return b"".join(b"%d" % (row % 10) + b",0" * side**2 + b"\n" for row in range(rows))


def test_a_table_of_large_pictures_is_read_a_part_at_a_time() -> None:
    """Twenty lines of two million characters: at once they would be 160 MB of numbers, and were."""
    packed = gzip.compress(table(20, 1_000), 1)
    assert len(packed) < MEGA
    with at_most(100 * MEGA), gzip.open(io.BytesIO(packed)) as file:
        sets = glyph_files.read_csv(file, inkdigit.Settings())  # type: ignore[arg-type]
        assert sum(len(one.labels) for one in sets) == 20


def test_a_packed_table_is_not_unpacked_into_memory(reader: inkdigit.Reader, kept_ones: Store) -> None:
    packed = gzip.compress(b"0,1,1,1,1\n" + (b" " * 4 * MEGA + b"\n") * 15, 1)
    with at_most(30 * MEGA):
        done = take(packed, "a.csv.gz", reader, kept_ones)
    assert len(done.ids) == 1


def test_a_packed_table_has_the_keys_of_the_plain_one(reader: inkdigit.Reader, kept_ones: Store) -> None:
    plain = table(3, 28)
    assert len(take(plain, "a.csv", reader, kept_ones).ids) == 3
    again = take(gzip.compress(plain), "a.csv.gz", reader, kept_ones)
    assert (len(again.ids), again.known) == (0, 3)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_limit_of_a_packed_table_holds_below_at_and_above(
    reader: inkdigit.Reader, kept_ones: Store, more: int
) -> None:
    plain = table(3, 28)
    limited = of_limits(reader, max_unpacked_bytes=len(plain) - more)
    with pytest.raises(ExchangeError, match="bytes unpacked") if more > 0 else contextlib.nullcontext():
        take(gzip.compress(plain), "a.csv.gz", limited, kept_ones)


def test_a_damaged_packed_table_is_refused_whole(reader: inkdigit.Reader, kept_ones: Store) -> None:
    packed = gzip.compress(table(300, 28))
    with pytest.raises(ExchangeError, match="a whole gzip file"):
        take(packed[:-9], "a.csv.gz", reader, kept_ones)
    assert take(gzip.compress(table(1, 28)), "a.csv.gz", reader, kept_ones).known == 0


def test_a_line_without_end_is_refused_before_it_is_read(reader: inkdigit.Reader, kept_ones: Store) -> None:
    packed = gzip.compress(b"1," + b"0" * (40 * MEGA), 1)
    with at_most(30 * MEGA), pytest.raises(ExchangeError, match="a very long line"):
        take(packed, "a.csv.gz", reader, kept_ones)


@pytest.mark.parametrize("light", [False, True])
def test_glyphs_of_a_packed_set_take_its_size_and_little_more(light: bool) -> None:
    images = np.full((20_000, 28, 28), 255 * light, np.uint8)
    with at_most(MEGA):
        assert importing._light(images) == images.size * light


def gz(path: Path, size: int) -> Path:
    with gzip.open(path.with_name("images-idx3-ubyte.gz"), "wb", 1) as file:
        file.write(bytes(size))
    return path.with_name("images-idx3-ubyte.gz")


def npz(path: Path, size: int) -> Path:
    np.savez_compressed(path.with_suffix(".npz"), images=np.zeros((1, 1, size), np.uint8), labels=np.zeros(1, np.int64))
    return path.with_suffix(".npz")


@pytest.mark.parametrize("make", [gz, npz])
def test_a_set_of_ones_own_unpacks_within_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path, int], Path]
) -> None:
    monkeypatch.setenv("INKDIGIT_MAX_UNPACKED_BYTES", "1_000_000")
    path = make(tmp_path / "set", 40 * MEGA)
    with at_most(4 * MEGA), pytest.raises(DataError, match="at most 1,000,000 bytes unpacked"):
        datasets.own(path)


@pytest.mark.parametrize("shape", [(80 * MEGA, 1), (1, 80 * MEGA), (3, 10_000_001)])
@pytest.mark.parametrize("way", ["digit", "page", "digits"])
def test_a_picture_too_long_is_refused_at_once(reader: inkdigit.Reader, shape: tuple[int, int], way: str) -> None:
    image: Any = np.broadcast_to(np.uint8(250), shape)
    with at_most(MEGA), pytest.raises(PictureError, match="at most 10,000,000 pixels wide and high"):
        getattr(reader, way)([image] if way == "digits" else image)


@pytest.mark.parametrize(("side", "taken"), [(4_999, True), (5_000, True), (5_001, False)])
def test_the_limit_of_a_side_holds_below_at_and_above(
    reader: inkdigit.Reader, kept_ones: Store, side: int, taken: bool
) -> None:
    limited = of_limits(reader, max_side=5_000)
    for height, width in ((side, 2), (2, side)):
        content = rendering.png(np.full((height, width), 250, np.uint8))
        for read in (limited.digit, limited.page, lambda content: take(content, "a.png", limited, kept_ones)):
            if taken:
                read(content)
            else:
                with pytest.raises(InkdigitError, match="at most 5,000 pixels wide and high"):
                    read(content)


def test_empty_lines_without_end_are_refused(kept_ones: Store, reader: inkdigit.Reader) -> None:
    with pytest.raises(ExchangeError, match="more than 1,000,000 empty lines"):
        take(gzip.compress(b"0,1,1,1,1" + b"\n" * 1_100_000, 1), "a.csv.gz", reader, kept_ones)
