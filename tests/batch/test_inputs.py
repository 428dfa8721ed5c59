from __future__ import annotations

import os
from pathlib import Path

import pytest
import shelves

from inkdigit.batch import inputs
from inkdigit.batch.inputs import PACKED, PARQUET, PICTURES, TAR, Chunk, Inputs
from inkdigit.batch.place import Place
from inkdigit.errors import BatchError


def listed(path: Path, most: int = 100) -> Inputs:
    return inputs.listed(Place.of(str(path)), most)


def test_a_folder_is_listed_with_what_is_in_it_by_name(tmp_path: Path) -> None:
    for name in ("b/2.PNG", "a.tar", "c.parquet", "d.tar.gz", "scan.pdf", "notes.txt", "more.txt", "README"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    for name in (".hidden.png", "_SUCCESS", ".git/a.png", "_metadata.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = listed(tmp_path)
    assert found.files == ("a.tar", "b/2.PNG", "c.parquet", "d.tar.gz", "scan.pdf")
    assert found.kinds == (TAR, PICTURES, PARQUET, PACKED, PICTURES)
    assert found.sizes == (5, 5, 5, 5, 5)
    assert dict(found.others) == {".txt": 2, "without a suffix": 1}


def test_a_file_is_a_source_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"123")
    found = listed(tmp_path / "a.tar")
    assert (found.files, found.kinds, found.sizes) == (("",), (TAR,), (3,))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "got nothing at"),
        (lambda path: path.mkdir(), "got an empty folder"),
        (lambda path: (path.mkdir(), (path / "a.txt").write_text("x")), "got none of them"),
        (lambda path: path.write_text("x"), "got none of them"),
    ],
)
def test_a_source_with_nothing_to_read_is_said_to_be_one(tmp_path: Path, make: object, said: str) -> None:
    make(tmp_path / "src.bin")  # type: ignore[operator]
    with pytest.raises(BatchError, match=said):
        listed(tmp_path / "src.bin")


def test_the_limit_of_files_holds_below_at_and_above(tmp_path: Path) -> None:
    shelves.digits(tmp_path, 4)
    assert len(listed(tmp_path, 5).files) == len(listed(tmp_path, 4).files) == 4
    with pytest.raises(BatchError, match=r"at most 3 files, got 4\. Put them into tar shards"):
        listed(tmp_path, 3)


def test_a_list_is_kept_and_comes_back_as_it_was(tmp_path: Path) -> None:
    shelves.digits(tmp_path, 3)
    found = listed(tmp_path)
    assert Inputs.from_parquet(found.to_parquet()) == found


def test_files_that_came_since_are_counted(tmp_path: Path) -> None:
    shelves.digits(tmp_path, 3)
    began = listed(tmp_path)
    shelves.digits(tmp_path / "new", 2)
    assert inputs.compared(began, began, Place.of(str(tmp_path))) == 0
    assert inputs.compared(began, listed(tmp_path), Place.of(str(tmp_path))) == 2


def test_files_that_are_gone_or_changed_are_named(tmp_path: Path) -> None:
    shelves.digits(tmp_path, 3)
    began = listed(tmp_path)
    (tmp_path / "0000.png").unlink()
    os.utime(tmp_path / "0002.png", ns=(1, 1))
    with pytest.raises(BatchError, match=r"2 files that are gone or were changed since: 0000\.png, 0002\.png\. Bring"):
        inputs.compared(began, listed(tmp_path), Place.of(str(tmp_path)))


def test_pictures_go_together_and_each_shard_alone() -> None:
    files = Inputs(
        ("a", "b.tar", "c", "d", "e.parquet"), (PICTURES, TAR, PICTURES, PICTURES, PARQUET), (1, 2, 3, 4, 5), (0,) * 5
    )
    assert list(inputs.chunks(files, 2)) == [
        Chunk(0, PICTURES, ("a", "c"), (1, 3)),
        Chunk(3, PICTURES, ("d",), (4,)),
        Chunk(1, TAR, ("b.tar",), (2,)),
        Chunk(4, PARQUET, ("e.parquet",), (5,)),
    ]  # fmt: skip
