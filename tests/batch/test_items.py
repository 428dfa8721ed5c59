from __future__ import annotations

from pathlib import Path

import pytest
import shelves
from pyarrow import fs
from shelves import SEVEN, all_parts, begun

from inkdigit.batch.columns import Columns
from inkdigit.batch.items import Item, items
from inkdigit.batch.job import Job
from inkdigit.errors import BatchError, InkdigitError


def every(job: Job, most: int = 1_000_000) -> list[Item]:
    return [item for part in all_parts(job) for item in items(job.source, part, job.asked.columns, most)]


def reasons(found: list[Item]) -> dict[str, str]:
    return {item.id: str(item.content) for item in found if isinstance(item.content, InkdigitError)}


def test_loose_pictures_are_known_by_their_names(tmp_path: Path) -> None:
    names = [*shelves.digits(tmp_path / "in", 4), *(f"deep/{name}" for name in shelves.digits(tmp_path / "in/deep", 2))]
    found = every(begun(tmp_path / "in", tmp_path / "out"))
    assert sorted(item.id for item in found) == sorted(names)
    assert all(item.content == (tmp_path / "in" / item.file).read_bytes() and item.row == 0 for item in found)
    [one] = every(begun(tmp_path / "in" / "0003.png", tmp_path / "other"))
    assert (one.id, one.file) == ("0003.png", "0003.png")


@pytest.mark.parametrize("count", [1, 2, 100])
def test_members_of_a_tar_are_known_by_shard_and_name(tmp_path: Path, count: int) -> None:
    files = {f"a/{place}.png": SEVEN + bytes([place]) for place in range(5)}
    shelves.tar(tmp_path / "in" / "x.tar", files | {"a/0.json": b"{}"})
    found = every(begun(tmp_path / "in", tmp_path / "out", count))
    assert [(item.id, item.row) for item in found] == [(f"x.tar/a/{place}.png", place) for place in range(5)]
    assert [item.content for item in found] == list(files.values())


@pytest.mark.parametrize("count", [1, 5, 7, 100])
@pytest.mark.parametrize("rows", [1, 4, 100])
def test_rows_of_a_parquet_file_are_read_across_its_row_groups(tmp_path: Path, count: int, rows: int) -> None:
    pictures = [SEVEN + bytes([place]) for place in range(17)]
    shelves.parquet(tmp_path / "t.parquet", rows, picture=pictures, slip=[f"s{place}" for place in range(17)])
    found = every(begun(tmp_path / "t.parquet", tmp_path / "out", count, columns=Columns(id="slip")))
    assert [item.content for item in found] == pictures
    assert [(item.id, item.row) for item in found] == [(f"s{place}", place) for place in range(17)]


def test_a_row_without_an_id_is_known_by_its_place(tmp_path: Path) -> None:
    shelves.parquet(tmp_path / "t.parquet", 9, picture=[SEVEN] * 3, id=["a", None, "a"])
    assert [item.id for item in every(begun(tmp_path / "t.parquet", tmp_path / "out"))] == ["a", "t.parquet#1", "a"]
    shelves.parquet(tmp_path / "u.parquet", 9, picture=[{"bytes": SEVEN, "path": None}] * 2)
    found = every(begun(tmp_path / "u.parquet", tmp_path / "o2"))
    assert [(item.id, item.content) for item in found] == [("u.parquet#0", SEVEN), ("u.parquet#1", SEVEN)]


def test_an_empty_cell_is_a_reject_and_those_beside_it_are_read(tmp_path: Path) -> None:
    shelves.parquet(tmp_path / "t.parquet", 9, picture=[SEVEN, None, SEVEN], id=[7, 8, 9])
    found = every(begun(tmp_path / "t.parquet", tmp_path / "out"))
    assert [item.id for item in found] == ["7", "8", "9"]
    assert reasons(found) == {"8": "Expected the bytes of a picture, got nothing in row 1 of t.parquet. Fill it."}


def test_a_damaged_part_of_a_parquet_file_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    shelves.parquet(path, 4, picture=[SEVEN + bytes([place]) * 3000 for place in range(12)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle - 2000 : middle + 2000] = b"\0" * 4000
    path.write_bytes(content)
    found = every(begun(path, tmp_path / "out", 4))
    assert [item.row for item in found] == list(range(12))
    assert any("cannot be read" in reason for reason in reasons(found).values())


def test_the_picture_at_which_a_tar_is_cut_is_a_reject_of_its_own(tmp_path: Path) -> None:
    content = shelves.tar(tmp_path / "x.tar", {"0.png": SEVEN, "1.png": SEVEN})
    step = 512 + -(-len(SEVEN) // 512) * 512
    (tmp_path / "x.tar").write_bytes(content[: step + 600])
    found = every(begun(tmp_path / "x.tar", tmp_path / "out"))
    assert [item.id for item in found] == ["x.tar/0.png", "x.tar/1.png", "x.tar"]
    assert "1.png in x.tar, which is cut short" in reasons(found)["x.tar/1.png"]
    assert "x.tar, which is cut short or damaged behind 2 pictures" in reasons(found)["x.tar"]


def test_a_tar_that_became_shorter_gives_each_of_its_pictures_a_reason(tmp_path: Path) -> None:
    shelves.tar(tmp_path / "x.tar", {f"{place}.png": SEVEN for place in range(8)})
    job = begun(tmp_path / "x.tar", tmp_path / "out", 4)
    planned = all_parts(job)
    shelves.tar(tmp_path / "x.tar", {f"{place}.png": SEVEN for place in range(2)})
    found = [item for part in planned for item in items(job.source, part, job.asked.columns, 1_000_000)]
    assert [item.row for item in found] == list(range(8))
    assert len(reasons(found)) == 6


def test_a_file_that_is_gone_is_a_reject_and_a_source_that_is_gone_is_not(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 3)
    job = begun(tmp_path / "in", tmp_path / "out")
    [part] = all_parts(job)
    (tmp_path / "in" / "0001.png").unlink()
    found = list(items(job.source, part, job.asked.columns, 1_000_000))
    assert reasons(found) == {"0001.png": "Expected a picture file, got no file at 0001.png. Bring it back."}
    (tmp_path / "in").rename(tmp_path / "away")
    with pytest.raises(BatchError, match=r"to reach .*, got nothing there now"):
        list(items(job.source, part, job.asked.columns, 1_000_000))


def test_no_more_of_a_file_is_read_than_the_limit_and_one_byte(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    shelves.tar(tmp_path / "in" / "x.tar", {"0.png": SEVEN})
    found = every(begun(tmp_path / "in", tmp_path / "out"), most=10)
    assert [len(item.content) for item in found] == [11, 11]  # type: ignore[arg-type]


def test_what_lies_in_a_store_comes_in_order_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filesystem of another kind stands for it: several files are asked for at once."""
    names = shelves.digits(tmp_path / "in", 40)
    (tmp_path / "in" / "0011.png").write_bytes(b"")
    job = begun(tmp_path / "in", tmp_path / "out", 100)
    [part] = all_parts(job)
    (tmp_path / "in" / "0005.png").unlink()
    store = type(job.source)("s3://in", fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem()), "in")
    assert not store.is_local
    found = list(items(store, part, job.asked.columns, 1_000_000))
    assert [item.id for item in found] == names
    assert list(reasons(found)) == ["0005.png"]
    assert found[11].content == b""
