from __future__ import annotations

import json
from pathlib import Path

import pytest
import shelves
from shelves import SEVEN, begun, read

from inkdigit.batch import job
from inkdigit.batch.columns import Columns
from inkdigit.batch.job import Asked
from inkdigit.batch.place import Place
from inkdigit.batch.run import Progress
from inkdigit.errors import BatchError, ModelError
from inkdigit.settings import Settings


@pytest.fixture
def source(tmp_path: Path) -> Path:
    shelves.digits(tmp_path / "in", 3)
    return tmp_path / "in"


def test_a_job_says_in_its_folder_what_was_asked(source: Path, tmp_path: Path) -> None:
    begun(source, tmp_path / "deep" / "out", 2, single=True)
    said = json.loads((tmp_path / "deep" / "out" / "job.json").read_text())
    assert said["source"] == str(source)
    assert (said["single"], said["script"], said["model"], said["part"]) == (True, "western", "western", 2)
    assert said["inkdigit"] == "0.1.0"


def test_a_job_that_is_taken_up_keeps_its_parts_whatever_is_set_now(source: Path, tmp_path: Path) -> None:
    begun(source, tmp_path / "out", 2)
    again, files, more = job.begin(Asked(str(source)), str(tmp_path / "out"), Settings(batch_pages=50))
    assert (again.count, len(files.files), more) == (2, 3, 0)


def test_files_that_came_since_are_no_part_of_it(source: Path, tmp_path: Path) -> None:
    begun(source, tmp_path / "out")
    shelves.digits(source / "late", 2)
    _, files, more = job.begin(Asked(str(source)), str(tmp_path / "out"), Settings())
    assert (len(files.files), more) == (3, 2)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"single": True}, "single False and not True"),
        ({"columns": Columns("scan")}, "columns"),
        ({"source": "elsewhere"}, "source"),
    ],
)
def test_a_folder_of_another_job_is_refused(source: Path, tmp_path: Path, other: dict[str, object], said: str) -> None:
    shelves.digits(tmp_path / "elsewhere", 3)
    begun(source, tmp_path / "out")
    if "source" in other:
        other = {"source": str(tmp_path / "elsewhere")}
    with pytest.raises(BatchError, match=f"the job that was begun in .*{said}.*Name another --out"):
        job.begin(Asked(**{"source": str(source), **other}), str(tmp_path / "out"), Settings())  # type: ignore[arg-type]


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(BatchError, match=r"an empty folder, or one of this job, got .* with other files"):
        begun(source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_damaged_note_of_a_job_is_said_to_be_one(source: Path, tmp_path: Path) -> None:
    begun(source, tmp_path / "out")
    (tmp_path / "out" / "inputs.parquet").write_bytes(b"junk")
    with pytest.raises(BatchError, match="the job that was begun there"):
        begun(source, tmp_path / "out")
    (tmp_path / "out" / "job.json").write_text("{")
    with pytest.raises(BatchError, match="a folder for results"):
        begun(source, tmp_path / "out")


def test_results_are_not_written_into_what_is_read(source: Path) -> None:
    for inside in (source, source / "out"):
        with pytest.raises(BatchError, match="--out outside of what is read"):
            begun(source, inside)
    assert not (source / "out").exists()


def test_a_place_that_cannot_be_written_to_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BatchError, match="Name another --out"):
        begun(source, tmp_path / "file" / "out")


def test_a_model_that_is_not_there_is_named_before_anything_is_written(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file at nobody"):
        begun(source, tmp_path / "out", model="nobody")
    assert not (tmp_path / "out").exists()


def test_a_table_without_a_usable_column_is_refused_at_once(tmp_path: Path) -> None:
    shelves.parquet(tmp_path / "t.parquet", 9, name=["a"])
    with pytest.raises(BatchError, match="one column of bytes"):
        begun(tmp_path / "t.parquet", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_that_lacks_the_column_of_the_first_is_a_reject(tmp_path: Path) -> None:
    shelves.parquet(tmp_path / "in" / "a.parquet", 9, picture=[SEVEN])
    shelves.parquet(tmp_path / "in" / "b.parquet", 9, name=["a"])
    results, rejects = read(begun(tmp_path / "in", tmp_path / "out", single=True))
    assert [row["file"] for row in results] == ["a.parquet"]
    assert [(row["id"], row["row"]) for row in rejects] == [("b.parquet", None)]


def test_a_job_that_is_done_is_counted_and_swept(source: Path, tmp_path: Path) -> None:
    (source / "bad.png").write_bytes(b"x")
    mine = begun(source, tmp_path / "out", 2, single=True)
    assert job.finished(mine.out) is None
    read(mine)
    (tmp_path / "out" / "results" / ".half.draft").write_bytes(b"")
    (tmp_path / "out" / "underway" / "part-9.json").write_bytes(b"")
    assert job.finish(mine, 4) == {"items": 4, "rows": 3, "rejects": 1} == job.finished(mine.out)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "done.json", "inputs.parquet", "job.json", "rejects", "results",
    ]  # fmt: skip
    assert job.done_keys(mine) == {"part-000000000-0000000", "part-000000002-0000000"}


@pytest.mark.parametrize("text", ["ftp://host/in", "http://x/y", "nonsense://x"])
def test_an_address_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(BatchError, match="s3://BUCKET/PATH or gs://BUCKET/PATH"):
        Place.of(text)


def test_what_is_written_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place.of(str(tmp_path / "a" / "b.bin"))
    place.write(b"one")
    place.write(b"two")
    assert place.read(10) == b"two"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        place.write(b"three")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.bin"]
    assert place.read(10) == b"two"


def test_rate_and_time_left_are_those_of_this_run() -> None:
    now = Progress(items=700, rejects=2, share=0.7, seconds=20.0, read=200, share_before=0.5)
    assert now.rate == 10
    assert now.left == pytest.approx(30)
    assert Progress().left is None
    assert Progress(share=0.5, share_before=0.5, seconds=1.0).left is None
    assert Progress().rate == 0
