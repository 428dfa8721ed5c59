"""What is exported and imported again is the same; what is hostile is refused."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import encoded, number, picture, written
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from PIL import Image

import inkdigit
from inkdigit.data import glyph_files
from inkdigit.data.datasets import read_idx
from inkdigit.errors import ExchangeError
from inkdigit.exchange import exporting, importing, png_metadata
from inkdigit.exchange.importing import Imported, take
from inkdigit.ink.picture import decode
from inkdigit.store import intake, store
from inkdigit.store.drawing import Drawing
from inkdigit.store.store import Store

SETTINGS = inkdigit.Settings()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    found = store.open(inkdigit.Settings(store=str(tmp_path / "other.sqlite")))
    yield found
    found.close()


def strokes(text: str) -> list[dict[str, Any]]:
    return [{"width": 22, "points": points} for points in number(text)]


def exported(drawings: list[Drawing], form: str) -> tuple[bytes, exporting.Exported]:
    sink = io.BytesIO()
    done = exporting.write(drawings, form, sink, SETTINGS)
    return sink.getvalue(), done


def same(drawing: Drawing) -> dict[str, Any]:
    """A drawing without its number in the store, which another store gives anew."""
    return {name: value for name, value in vars(drawing).items() if name not in ("id", "digits", "signs")} | {
        name: [vars(mark) for mark in marks] for name, marks in (("digits", drawing.digits), ("signs", drawing.signs))
    }


@pytest.fixture
def several(kept_ones: Store, reader: inkdigit.Reader) -> list[Drawing]:
    pressed = [{"width": 9.5, "points": [[x, y, 0.25] for x, y in points]} for points in number("7")]
    about = {"title": 'a <b> & "ç"', "tags": ["x", "y"], "at": "2020-02-29T12:00:00.123Z"}
    for made in (
        intake.from_strokes(reader, strokes("4071"), correct=[4, None, 10, None], **about),
        intake.from_strokes(reader, pressed, correct="12"),
        intake.from_strokes(reader, [[[5, 5]]]),
        intake.from_picture(reader, picture(6), correct=[8]),
        intake.from_picture(reader, written("35", "82")),
    ):
        kept_ones.keep(made)
    return list(kept_ones.each())


@pytest.mark.parametrize("form", ["json", "png", "svg"])
def test_what_is_exported_and_imported_again_is_the_same(
    several: list[Drawing], other: Store, reader: inkdigit.Reader, form: str
) -> None:
    content, _ = exported(several, form)
    done = take(content, "file", reader, other)
    assert (len(done.ids), done.known, done.left_out) == (5, 0, set())
    assert [same(one) for one in other.each()] == [same(one) for one in several]
    again = take(content, "file", reader, other)
    assert (again.ids, again.known) == ((), 5)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_one_drawing_is_a_plain_file(several: list[Drawing], other: Store, reader: inkdigit.Reader, form: str) -> None:
    content, done = exported(several[:1], form)
    assert done.name == f"000001-a-b.{form}"
    assert take(content, done.name, reader, other).ids == (1,)
    assert same(other.get(1)) == same(several[0])


def test_a_picture_has_no_strokes_to_make_an_svg_of(several: list[Drawing]) -> None:
    with pytest.raises(ExchangeError, match="Export it as PNG"):
        exported(several[3:4], "svg")


def test_an_exported_png_shows_the_strokes(reader: inkdigit.Reader) -> None:
    thin = [{"width": 9, "points": points} for points in number("4071")]
    content, _ = exported([intake.from_strokes(reader, thin)], "png")
    with Image.open(io.BytesIO(content)) as image:
        assert (max(image.size), image.mode) == (1024, "L")
    assert [one.text for one in reader.page(content).numbers] == ["4071"]


def test_a_png_that_was_painted_over_is_read_anew(
    several: list[Drawing], other: Store, reader: inkdigit.Reader
) -> None:
    content, _ = exported(several[:1], "png")
    with Image.open(io.BytesIO(content)) as image:
        text = image.text["inkdigit"]  # type: ignore[attr-defined]
    painted = png_metadata.stamped(encoded(written("22")), decode(content), text.partition(" ")[2])
    take(painted, "two.png", reader, other)
    assert (other.get(1).kind, other.get(1).text, other.get(1).title) == ("picture", "22", "two")


def test_an_svg_whose_strokes_were_moved_is_read_anew(
    several: list[Drawing], other: Store, reader: inkdigit.Reader
) -> None:
    content, _ = exported(several[:1], "svg")
    start = content.index(b"<path")
    end = content.index(b"/>", start) + 2
    take(content[:start] + content[end:], "less.svg", reader, other)
    assert other.get(1).title == "less"
    assert len(other.get(1).strokes or []) == len(several[0].strokes or []) - 1


@pytest.mark.parametrize("form", ["idx", "csv", "npz"])
def test_glyphs_and_labels_come_back(several: list[Drawing], other: Store, reader: inkdigit.Reader, form: str) -> None:
    content, _ = exported(several, form)
    take(content, "file", reader, other)
    marks = [mark for drawing in several for mark in drawing.digits]
    found = [mark for drawing in other.each() for mark in drawing.digits]
    assert [mark.glyph for mark in found] == [mark.glyph for mark in marks]
    assert [mark.known for mark in found] == [mark.known for mark in marks]
    if form == "npz":  # the only one that says which labels a person gave
        assert [mark.correct for mark in found] == [mark.correct for mark in marks]
    assert take(content, "file", reader, other).known == len(marks)


def test_the_sets_are_what_others_read(several: list[Drawing], tmp_path: Path) -> None:
    from inkdigit.data import datasets

    sure = [drawing for drawing in several if all(mark.known < 10 for mark in drawing.digits)]
    for form in ("npz", "csv"):
        (tmp_path / f"a.{form}").write_bytes(exported(sure, form)[0])
        found = datasets.own(tmp_path / f"a.{form}")
        assert found.images.shape == (sum(len(one.digits) for one in sure), 28, 28)
    content, done = exported(sure, "idx")
    assert done.name == "inkdigit-idx.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        file.extractall(tmp_path)
    found = datasets.own(tmp_path / "inkdigit-images-idx3-ubyte.gz")
    assert found.labels.tolist() == [mark.known for one in sure for mark in one.digits]


@trials(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 1e6),
            st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=4,
    ),
    st.text(max_size=30),
)
def test_any_strokes_come_back_from_json_and_svg(lines: list[Any], title: str) -> None:
    reader = _reader()
    raw = [{"width": width, "points": [list(point) for point in points]} for width, points in lines]
    made = intake.from_strokes(reader, raw, title=title)
    from inkdigit.exchange.importing import _File

    for form in ("json", "svg", "png"):
        content, _ = exported([made], form)
        [found] = _File(reader, set()).drawings(content, "x")
        assert same(found) == same(made)


_READERS: list[inkdigit.Reader] = []


def _reader() -> inkdigit.Reader:
    if not _READERS:
        _READERS.append(inkdigit.Reader(settings=SETTINGS))
    return _READERS[0]


def test_an_export_has_a_limit(several: list[Drawing]) -> None:
    for most, fits in ((4, False), (5, True), (6, True)):
        limits = replace(SETTINGS, max_drawings=most)
        if fits:
            assert exporting.write(several, "json", io.BytesIO(), limits).name == "inkdigit.json"
        else:
            with pytest.raises(ExchangeError, match="at most 4 drawings"):
                exporting.write(several, "json", io.BytesIO(), limits)


@pytest.mark.parametrize("form", ["", "gif", "PNG"])
def test_an_unknown_form_is_refused(several: list[Drawing], form: str) -> None:
    with pytest.raises(ExchangeError, match="one of png, svg, json, idx, csv, npz"):
        exported(several, form)


def test_nothing_is_not_exported() -> None:
    for form in exporting.FORMS:
        with pytest.raises(ExchangeError, match="at least one drawing"):
            exported([], form)


# What others make.


def taken(content: bytes, reader: inkdigit.Reader, target: Store, name: str = "some.file") -> tuple[Imported, Drawing]:
    done = take(content, name, reader, target)
    return done, target.get(done.ids[0])


def test_a_picture_of_others_is_read(other: Store, reader: inkdigit.Reader) -> None:
    _, found = taken(encoded(picture(3), "JPEG"), reader, other, "three.jpg")
    assert (found.text, found.kind, found.title) == ("3", "picture", "three")


def test_an_svg_of_others_is_read_and_its_script_left_out(other: Store, reader: inkdigit.Reader) -> None:
    content = b"""<?xml version="1.0"?>
    <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:1/svg11.dtd">
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="alert(1)">
      <script>alert(1)</script><image xlink:href="http://127.0.0.1:1/x.png"/><text>9</text>
      <foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><path d="M0 0L9 9"/></body></foreignObject>
      <defs><path d="M0 0L500 500"/></defs><g style="display: none"><path d="M0 0L500 500"/></g>
      <g transform="translate(50 10) scale(2)" stroke-width="4px"><polyline points="0,0 40,0 15,70"/></g>
    </svg>"""
    done, found = taken(content, reader, other, "seven.svg")
    assert done.left_out >= {"script", "image", "text", "foreignObject"}
    assert (found.text, found.title) == ("7", "seven")
    assert found.strokes == [{"width": 8, "points": [[50, 10], [130, 10], [80, 150]]}]


def test_json_of_others_is_read(other: Store, reader: inkdigit.Reader) -> None:
    plain = {"drawings": [{"strokes": number("42")}, {"strokes": strokes("7"), "correct": [1], "title": "t"}]}
    done = take(json.dumps(plain, indent=1).encode(), "x.json", reader, other)
    assert [other.get(one).text for one in done.ids] == ["42", "7"]
    assert (other.get(done.ids[1]).correct, other.get(done.ids[1]).title) == ("1", "t")
    assert take(json.dumps({"strokes": number("5")}).encode(), "x", reader, other).known == 0
    assert take(json.dumps([{"strokes": number("6")}]).encode(), "x", reader, other).known == 0


def test_light_paper_and_other_sizes_are_taken(other: Store, reader: inkdigit.Reader) -> None:
    dark = np.stack([picture(3, size=56, pen=4), picture(5, size=56, pen=4)])
    sink = io.BytesIO()
    np.savez(sink, x=255 - dark, y=np.array([3, 10]))
    done = take(sink.getvalue(), "x.npz", reader, other)
    assert [other.get(one).text for one in done.ids] == ["3", "5"]
    assert [other.get(one).correct for one in done.ids] == ["3", "?"]


def test_an_idx_file_without_labels_is_taken_unlabelled(
    several: list[Drawing], other: Store, reader: inkdigit.Reader
) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(several, "idx")[0])) as file:
        images = file.read("inkdigit-images-idx3-ubyte.gz")
    for content in (images, gzip.decompress(images)):
        done = take(content, "images", reader, other)
        assert len(done.ids) + done.known == len(read_idx(gzip.decompress(images)))
    assert len(other.labelled()[0]) == 0


def test_a_zip_may_hold_files_of_each_kind(several: list[Drawing], other: Store, reader: inkdigit.Reader) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr(".hidden", b"rubbish")
        file.writestr("../../etc/six.png", encoded(picture(6)))
        file.writestr("/absolute/ink.json", exported(several[:2], "json")[0])
        file.writestr("C:\\glyphs.csv", exported(several[:1], "csv")[0])
        file.writestr("__MACOSX/._six.png", b"rubbish")
        file.writestr("folder/", b"")
        file.writestr(".DS_Store", b"rubbish")
    done = take(sink.getvalue(), "mixed.zip", reader, other)
    assert len(done.ids) == 1 + 2 + 4
    assert other.get(done.ids[0]).title == "six"
    assert not Path("/etc/six.png").exists()


def test_the_257th_digit_of_a_set_is_as_new_as_the_first(other: Store, reader: inkdigit.Reader) -> None:
    sink = io.BytesIO()
    np.savez_compressed(sink, images=np.zeros((258, 28, 28), np.uint8), labels=np.array([1] * 256 + [2, 3]))
    done = take(sink.getvalue(), "x.npz", reader, other)
    assert (len(done.ids), done.known) == (258, 0)
    assert other.labelled()[1].tolist() == [1] * 256 + [2, 3]
    again = take(sink.getvalue(), "x.npz", reader, other)
    assert (again.ids, again.known) == ((), 258)


def test_each_row_of_a_table_that_is_read_in_parts_is_new(
    other: Store, reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glyph_files, "_LINES", 3)
    monkeypatch.setattr(importing, "_AT_ONCE", 2)
    empty = b"\n" * 4  # more lines than are read together, and no end
    content = empty + empty.join(f"{label},0,0,0,0\n".encode() for label in range(8))
    done = take(content, "x.csv", reader, other)
    assert (len(done.ids), done.known) == (8, 0)
    assert other.labelled()[1].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    again = take(content, "x.csv", reader, other)
    assert (again.ids, again.known) == ((), 8)


def test_signs_go_out_and_come_back(other: Store, reader: inkdigit.Reader) -> None:
    made = replace(intake.from_strokes(reader, strokes("314")), written="-3.14\n")
    for form in ("json", "svg"):
        content, done = exported([made], form)
        [kept] = take(content, done.name, reader, other).ids
        assert other.get(kept).written == "-3.14\n", form
        other.wipe()


@pytest.mark.parametrize(
    ("said", "fits"),
    [("3.14", True), ("314", True), ("3 1-4", True), ("(3/1)x4=", True), ("3.15", False), ("3a14", False), (7, False)],
)
def test_what_a_file_says_was_written_must_fit_its_digits(
    other: Store, reader: inkdigit.Reader, said: Any, fits: bool
) -> None:
    shape = json.loads(exported([intake.from_strokes(reader, strokes("314"))], "json")[0])
    [one] = shape["drawings"]
    one["written"] = said
    if fits:
        [kept] = take(json.dumps(shape).encode(), "one.json", reader, other).ids
        assert other.get(kept).written == said
    else:
        with pytest.raises(ExchangeError, match="what was written to fit the digits, '314'"):
            take(json.dumps(shape).encode(), "one.json", reader, other)
    del one["written"]  # as versions before this one wrote it
    one["key"] = "0" * 32
    [older] = take(json.dumps(shape).encode(), "older.json", reader, other).ids
    assert other.get(older).written == "314"
