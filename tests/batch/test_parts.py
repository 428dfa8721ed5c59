from __future__ import annotations

from pathlib import Path

import pytest
import shelves
from shelves import SEVEN, all_parts, begun

from inkdigit.batch.parts import BROKEN, DONE, Part
from inkdigit.errors import BatchError

TEN = {f"{place:02}.png": SEVEN for place in range(10)}
STEP = 512 + -(-len(SEVEN) // 512) * 512  # bytes of a member with its header


@pytest.mark.parametrize("count", [1, 3, 10, 11])
def test_the_parts_of_a_tar_hold_each_picture_once(tmp_path: Path, count: int) -> None:
    content = shelves.tar(tmp_path / "a.tar", TEN | {"00.json": b"{}", "z/": b"", "long" * 60 + ".PNG": SEVEN})
    found = all_parts(begun(tmp_path / "a.tar", tmp_path / "out", count))
    assert sum(part.items for part in found) == 11
    assert [part.row for part in found] == list(range(0, 11, count))
    assert sum(part.size for part in found) == len(content)
    assert len({part.key for part in found}) == len(found)


@pytest.mark.parametrize("count", [1, 4, 100])
def test_the_parts_of_a_parquet_file_hold_each_row_once(tmp_path: Path, count: int) -> None:
    shelves.parquet(tmp_path / "t.parquet", 7, picture=[SEVEN] * 20)
    found = all_parts(begun(tmp_path / "t.parquet", tmp_path / "out", count))
    assert [row for part in found for row in range(part.first, part.last)] == list(range(20))
    assert sum(part.size for part in found) == (tmp_path / "t.parquet").stat().st_size


@pytest.mark.parametrize(("within", "there"), [(100, 4), (700, 5)], ids=["in a header", "in a picture"])
def test_a_tar_that_is_cut_short_gives_what_is_there_and_says_so(tmp_path: Path, within: int, there: int) -> None:
    content = shelves.tar(tmp_path / "a.tar", TEN)
    (tmp_path / "a.tar").write_bytes(content[: 4 * STEP + within])
    *good, last = all_parts(begun(tmp_path / "a.tar", tmp_path / "out", 3))
    assert sum(part.items for part in good) == there
    assert (last.kind, last.items) == (BROKEN, 1)
    assert last.reason is not None
    assert last.reason[1].startswith(f"a.tar, which is cut short or damaged behind {there} pictures")


def test_a_damaged_header_in_a_tar_is_not_taken_for_its_end(tmp_path: Path) -> None:
    content = bytearray(shelves.tar(tmp_path / "a.tar", TEN))
    content[4 * STEP : 4 * STEP + 100] = b"\xff" * 100
    (tmp_path / "a.tar").write_bytes(content)
    *good, last = all_parts(begun(tmp_path / "a.tar", tmp_path / "out", 3))
    assert sum(part.items for part in good) == 4
    assert last.kind == BROKEN
    assert f"no header at byte {4 * STEP:,}" in str(last.reason)


def test_two_tars_in_one_file_are_not_read_as_one(tmp_path: Path) -> None:
    one = shelves.tar(tmp_path / "a.tar", TEN)
    (tmp_path / "a.tar").write_bytes(one + one)
    assert "more behind its end" in str(all_parts(begun(tmp_path / "a.tar", tmp_path / "out", 30))[-1].reason)


def test_a_tar_without_an_end_mark_is_whole(tmp_path: Path) -> None:
    content = shelves.tar(tmp_path / "a.tar", TEN)
    (tmp_path / "a.tar").write_bytes(content[: 10 * STEP])
    assert [(part.kind, part.items) for part in all_parts(begun(tmp_path / "a.tar", tmp_path / "out", 30))] == [
        ("tar", 10)
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tar", b"", "cut short or damaged behind 0 pictures"),
        ("a.tar", b"not a tar" * 1000, "cut short or damaged behind 0 pictures"),
        ("a.tgz", b"packed", "a.tgz, which is packed as a whole"),
        ("a.parquet", b"PAR1 and no more", "a.parquet, which is cut short or damaged"),
        ("a.parquet", b"", "a.parquet, which is cut short or damaged"),
    ],
)
def test_a_shard_that_cannot_be_opened_is_one_part_with_the_reason(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    [part] = all_parts(begun(tmp_path / name, tmp_path / "out"))
    assert (part.kind, part.items, part.size) == (BROKEN, 1, len(content))
    assert said in str(part.reason)


def test_parts_with_results_are_counted_and_not_given_again(tmp_path: Path) -> None:
    shelves.tar(tmp_path / "in" / "a.tar", TEN)
    shelves.digits(tmp_path / "in", 4)
    job = begun(tmp_path / "in", tmp_path / "out")
    every = all_parts(job)
    left = all_parts(job, frozenset({every[0].key, every[3].key, every[4].key}))
    done = [part for part in left if part.kind == DONE]
    assert [part.items for part in done] == [every[0].items, every[3].items + every[4].items]
    assert sum(part.size for part in left) == sum(part.size for part in every)
    assert {part.key for part in left} - {part.key for part in done} == {every[at].key for at in (1, 2, 5)}


def test_an_unreadable_shard_is_told_from_a_source_that_is_gone(tmp_path: Path) -> None:
    shelves.tar(tmp_path / "in" / "a.tar", TEN)
    job = begun(tmp_path / "in", tmp_path / "out")
    from inkdigit.batch import inputs, parts

    [chunk] = inputs.chunks(inputs.listed(job.source, 10), 3)
    (tmp_path / "in").rename(tmp_path / "away")
    with pytest.raises(BatchError, match="start the same command again: it goes on"):
        list(parts.parts(job.source, chunk, 3, job.asked.columns, frozenset()))


def test_a_part_travels_as_json() -> None:
    part = Part("k", BROKEN, ("a", "b"), 2, 9, 1, 2, 3, ("x", "y", "z"))
    assert Part.from_json(part.to_json()) == part
