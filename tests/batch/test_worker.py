from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shelves
from drawn import encoded, frames, picture, written
from here import ROOT
from PIL import Image
from shelves import SEVEN, all_parts, begun, read

import inkdigit
from inkdigit.batch import worker
from inkdigit.batch.parts import DONE, STOP, Part
from inkdigit.batch.worker import Worker
from inkdigit.errors import BatchError


def texts(rows: list[dict[str, object]]) -> list[str]:
    return [" ".join(number["text"] for number in row["numbers"]) for row in rows]  # type: ignore[attr-defined]


def test_digits_are_read_as_a_reader_reads_them(tmp_path: Path, reader: inkdigit.Reader) -> None:
    names = shelves.digits(tmp_path / "in", 12)
    results, rejects = read(begun(tmp_path / "in", tmp_path / "out", 5, single=True))
    assert rejects == []
    assert [row["id"] for row in results] == names
    assert texts(results) == [str(place % 10) for place in range(12)]
    digit = reader.digit(tmp_path / "in" / "0003.png")
    [number] = results[3]["numbers"]
    [mark] = number["digits"]
    assert (number["written"], mark["value"], mark["sign"], number["printed"]) == ("3", 3, "", False)
    assert number["confidence"] == mark["confidence"] == pytest.approx(digit.confidence)
    assert list(mark["box"].values()) == list(digit.box or ())
    assert (results[3]["width"], results[3]["height"], results[3]["dense"], results[3]["page"]) == (280, 280, False, 1)


def test_pages_are_read_as_a_reader_reads_them(tmp_path: Path, reader: inkdigit.Reader) -> None:
    sheet = encoded(written("4071", "268"))
    shelves.tar(tmp_path / "in" / "a.tar", {"sheet.png": sheet, "blank.png": encoded(picture(1) * 0)})
    results, _ = read(begun(tmp_path / "in", tmp_path / "out"))
    assert texts(results) == ["4071 268", ""]
    page = reader.page(sheet)
    for row, number in zip(results[0]["numbers"], page.numbers, strict=True):
        assert row["confidence"] == pytest.approx(number.confidence)
        assert list(row["box"].values()) == pytest.approx(list(number.box or ()))
        assert [digit["value"] for digit in row["digits"]] == [digit.value for digit in number.digits]


def test_each_row_says_what_it_was_read_with(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    [row], _ = read(begun(tmp_path / "in", tmp_path / "out", single=True))
    assert (row["model"], row["inkdigit"]) == ("western", "0.1.0")
    assert len(row["model_version"]) == 12
    int(row["model_version"], 16)


@pytest.mark.parametrize("single", [True, False])
def test_bad_items_are_rejects_with_the_reason_and_the_others_are_read(tmp_path: Path, single: bool) -> None:
    bad = {
        "a.png": (b"seven", "Expected a PNG, JPEG"),
        "b.png": (b"", "got nothing: b.png is empty"),
        "c.jpg": (encoded(picture(5), "JPEG")[:900], "cut off or damaged"),
        "d.gif": (frames("GIF"), "Expected one still picture, got 3 frames"),
        "e.pdf": (b"%PDF-1.7 and no more", "Expected a whole PDF"),
        "f.tif": (b"II*\0junk", "Expected a whole TIFF"),
        "g.png": (encoded(Image.new("1", (10_000, 10_000))), "at most 80,000,000 pixels"),
    }
    shelves.digits(tmp_path / "in", 3)
    for name, (content, _) in bad.items():
        (tmp_path / "in" / name).write_bytes(content)
    results, rejects = read(begun(tmp_path / "in", tmp_path / "out", 4, single=single))
    assert texts(results) == ["0", "1", "2"]
    assert [row["id"] for row in rejects] == list(bad)
    for row, (_, reason) in zip(rejects, bad.values(), strict=True):
        assert reason in row["reason"], row
        assert row["reason"].startswith("Expected ")
        assert (row["kind"], row["inkdigit"]) == ("picture", "0.1.0")


@pytest.mark.parametrize("single", [True, False])
def test_each_page_of_a_document_has_a_row(tmp_path: Path, single: bool) -> None:
    pages = [Image.fromarray(picture(digit)) for digit in (4, 7)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "two.tif").write_bytes(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    results, rejects = read(begun(tmp_path / "in", tmp_path / "out", single=single))
    assert [(row["id"], row["page"]) for row in results] == [("two.tif", 1), ("two.tif", 2)]
    assert texts(results) == ["4", "7"]
    assert rejects == []


def test_items_with_one_id_are_all_read_and_told_apart_by_their_place(tmp_path: Path) -> None:
    shelves.parquet(tmp_path / "t.parquet", 9, picture=[SEVEN, SEVEN, encoded(picture(2))], id=["x", "x", "x"])
    results, _ = read(begun(tmp_path / "t.parquet", tmp_path / "out", 2, single=True))
    assert [(row["id"], row["file"], row["row"]) for row in results] == [("x", "t.parquet", row) for row in range(3)]
    assert texts(results) == ["7", "7", "2"]


@pytest.mark.parametrize("single", [True, False])
def test_what_fails_unforeseen_is_a_reject_and_those_beside_it_are_read(
    tmp_path: Path, single: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.digits(tmp_path / "in", 3)
    job = begun(tmp_path / "in", tmp_path / "out", single=single)
    mine = Worker(job)
    page, many = mine.reader.page, mine.reader.digits

    def fails(image: object) -> bool:
        pixels = np.asarray(Image.open(tmp_path / "in" / "0001.png"))
        return np.array_equal(image, pixels) if isinstance(image, np.ndarray) else image == encoded(picture(1))

    def one(image: object) -> object:
        if fails(image):
            raise ZeroDivisionError("by nought")
        return page(image)  # type: ignore[arg-type]

    def several(images: list[object]) -> object:
        if any(map(fails, images)):
            raise ZeroDivisionError("by nought")
        return many(images)  # type: ignore[arg-type]

    monkeypatch.setattr(mine.reader, "page", one)
    monkeypatch.setattr(mine.reader, "digits", several)
    for part in all_parts(job):
        mine.read(part)
    results, [reject] = shelves.written(tmp_path / "out")
    assert texts(results) == ["0", "2"]
    assert reject["id"] == "0001.png"
    assert "reading failed (ZeroDivisionError: by nought)" in reject["reason"]


def test_large_pictures_of_digits_are_not_held_in_memory_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.digits(tmp_path / "in", 7)
    monkeypatch.setattr(worker, "_PIXELS", 2 * 280 * 280)
    job = begun(tmp_path / "in", tmp_path / "out", 10, single=True)
    mine = Worker(job)
    counts = []
    many = mine.reader.digits
    monkeypatch.setattr(mine.reader, "digits", lambda images: (counts.append(len(images)), many(images))[1])
    mine.read(all_parts(job)[0])
    assert counts == [2, 2, 2, 1]


def test_reading_a_part_twice_writes_it_over_itself(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 4)
    (tmp_path / "in" / "bad.png").write_bytes(b"x")
    job = begun(tmp_path / "in", tmp_path / "out", 2, single=True)
    assert read(job) == read(job)
    assert set(shelves.seen(tmp_path / "out").values()) == {1}
    assert list((tmp_path / "out" / "underway").iterdir()) == []


ENDED = """
import sys, time
import shelves
from inkdigit.batch.worker import Worker
source, out, seconds = sys.argv[1:]
from inkdigit.batch import job
from inkdigit.settings import Settings
mine = job.begin(job.Asked(source), out, Settings(batch_pages=10, batch_seconds=int(seconds)))[0]
worker = Worker(mine)
page = worker.reader.page
def reading(image):
    if image == b"hang":
        time.sleep(600)
    if image == b"crash":
        import ctypes
        ctypes.string_at(0)
    return page(image)
worker.reader.page = reading
[part] = shelves.all_parts(mine)
worker.read(part)
"""


@pytest.mark.parametrize(("bad", "seconds"), [("hang", "2"), ("crash", "600")])
def test_a_picture_that_ends_its_process_is_a_reject_in_the_end(tmp_path: Path, bad: str, seconds: str) -> None:
    """As Ray does, a part is given to a new process until one brings it to its end."""
    shelves.digits(tmp_path / "in", 4)
    (tmp_path / "in" / "0002.png").write_bytes(bad.encode())
    command = [sys.executable, "-c", ENDED, str(tmp_path / "in"), str(tmp_path / "out"), seconds]
    codes = []
    while 0 not in codes and len(codes) < 5:
        done = subprocess.run(command, cwd=ROOT / "tests" / "batch", capture_output=True, text=True, env=_path())
        codes.append(done.returncode)
    assert codes[-1] == 0, done.stderr
    assert len(codes) == 4
    results, [reject] = shelves.written(tmp_path / "out")
    assert texts(results) == ["0", "1", "3"]
    assert reject["id"] == "0002.png"
    assert "one that ended the process that read it, or took too long" in reject["reason"]


def _path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{ROOT / 'tests' / 'batch'}"}


def test_results_that_cannot_be_written_stop_the_job_in_our_words(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    job = begun(tmp_path / "in", tmp_path / "out", single=True)
    (tmp_path / "out" / "results").write_text("in the way")
    with pytest.raises(BatchError, match=r"a folder that results can be written to, .* it goes on"):
        Worker(job).read(all_parts(job)[0])


def test_a_machine_with_another_model_or_without_the_folder_says_so(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    job = begun(tmp_path / "in", tmp_path / "out", single=True)
    [part] = all_parts(job)
    with pytest.raises(BatchError, match="on every machine"):
        Worker(replace(job, made=replace(job.made, model_version="other"))).read(part)
    (tmp_path / "out" / "job.json").unlink()
    with pytest.raises(BatchError, match=r"to reach .*job\.json"):
        Worker(job).read(part)


def test_what_stops_a_job_travels_as_a_row(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    job = begun(tmp_path / "in", tmp_path / "out", single=True)
    [part] = all_parts(job)
    mine = Worker(job)
    assert mine({"part": part.to_json()}) == {
        "items": 1,
        "rejects": 0,
        "size": part.size,
        "before": False,
        "stopped": "",
    }
    said = mine({"part": Part("", STOP, (), 0, 0, reason=("a", "b", "c")).to_json()})
    assert json.loads(said["stopped"]) == ["a", "b", "c"]
    (tmp_path / "in").rename(tmp_path / "away")
    said = Worker(job)({"part": part.to_json()})
    assert json.loads(said["stopped"])[0].startswith("to reach ")


def test_parts_that_are_done_are_passed_on(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    job = begun(tmp_path / "in", tmp_path / "out", single=True)
    said = Worker(job)({"part": Part("done-0", DONE, (), 7, 99).to_json()})
    assert said == {"items": 7, "rejects": 0, "size": 99, "before": True, "stopped": ""}
