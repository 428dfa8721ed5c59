"""What may be said of a drawing, and its limits: below, at and above."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import readings
from drawn import BAD_STROKES, DIGITS, ODD_STROKES, number, picture

import inkdigit
from inkdigit.errors import InkError, KeptError
from inkdigit.ink.picture import decode
from inkdigit.store import drawing, intake

SMALL = inkdigit.Settings(max_title=5, max_tags=2, max_points=40, max_strokes=2)


@pytest.mark.parametrize(("title", "fits"), [("abcd", True), ("abcde", True), ("abcdef", False), ("  abcde  ", True)])
def test_a_title_has_a_limit(title: str, fits: bool) -> None:
    if fits:
        assert intake.checked_title(title, SMALL) == title.strip()
    else:
        with pytest.raises(KeptError, match="at most 5 characters, got 6"):
            intake.checked_title(title, SMALL)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (2, True), (3, False)])
def test_tags_have_a_limit(count: int, fits: bool) -> None:
    tags = [str(place) for place in range(count)]
    if fits:
        assert intake.checked_tags(tags, SMALL) == tuple(tags)
    else:
        with pytest.raises(KeptError, match="at most 2 tags"):
            intake.checked_tags(tags, SMALL)


@pytest.mark.parametrize(("points", "fits"), [(39, True), (40, True), (41, False)])
def test_points_have_a_limit(points: int, fits: bool) -> None:
    raw = [{"width": 3, "points": [[place, 0] for place in range(points)]}]
    if fits:
        assert len(intake.checked_strokes(raw, SMALL)[0]["points"]) == points
    else:
        with pytest.raises(InkError, match="at most 40 points"):
            intake.checked_strokes(raw, SMALL)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (2, True), (3, False)])
def test_strokes_have_a_limit(count: int, fits: bool) -> None:
    raw = [[[place, 0]] for place in range(count)]
    if fits:
        assert len(intake.checked_strokes(raw, SMALL)) == count
    else:
        with pytest.raises(InkError, match="at most 2 strokes"):
            intake.checked_strokes(raw, SMALL)


@pytest.mark.parametrize("raw", [raw for name, (raw, _) in BAD_STROKES.items() if name != "three numbers a point"])
def test_what_is_no_drawing_is_refused(raw: Any) -> None:
    with pytest.raises(InkError):
        intake.checked_strokes(raw, inkdigit.Settings())


@pytest.mark.parametrize("raw", ODD_STROKES.values(), ids=ODD_STROKES)
def test_what_is_unusual_is_kept(reader: inkdigit.Reader, raw: Any) -> None:
    made = intake.from_strokes(reader, raw)
    assert [len(stroke["points"]) for stroke in made.strokes or []] == [len(one) for one in raw if one]
    assert decode(made.thumbnail).max() > 0


@pytest.mark.parametrize("width", [0, -1, float("nan"), float("inf"), 2e9, "3", True, []])
def test_a_width_that_is_none_is_refused(width: Any) -> None:
    with pytest.raises(InkError, match="a width above 0"):
        intake.checked_strokes([{"width": width, "points": [[0, 0]]}], SMALL)


@pytest.mark.parametrize("pressure", [-0.1, 1.1, float("nan")])
def test_pressure_is_a_share(pressure: float) -> None:
    with pytest.raises(InkError, match="pressure from 0 to 1"):
        intake.checked_strokes([{"width": 3, "points": [[0, 0, pressure]]}], SMALL)
    kept_points = intake.checked_strokes([{"width": 3, "points": [[0, 0, 0], [1, 1, 1]]}], SMALL)[0]["points"]
    assert kept_points == [[0, 0, 0], [1, 1, 1]]


def test_a_large_picture_is_kept_smaller(reader: inkdigit.Reader) -> None:
    made = intake.from_picture(reader, picture(5, size=3_000, pen=190))
    height, width = decode(made.picture or b"").shape[:2]
    assert 3_900_000 < height * width <= 4_000_000
    assert made.text == "5"


def test_a_page_is_as_sure_as_its_least_sure_number(reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    chances = (0.9, 0.4, 0.7)
    numbers = tuple(readings.number(text, readings.HERE, sure) for text, sure in zip("123", chances, strict=True))
    monkeypatch.setattr(reader, "page", lambda _: inkdigit.Page(numbers, (280, 280)))
    made = intake.from_picture(reader, picture(5))
    assert (made.text, made.confidence) == ("1 2 3", 0.4)
    assert [(mark.value, mark.confidence) for mark in made.digits] == [(1, 0.9), (2, 0.4), (3, 0.7)]
    monkeypatch.setattr(reader, "page", lambda _: inkdigit.Page((), (280, 280)))
    made = intake.from_picture(reader, picture(5))
    assert (made.text, made.confidence, made.digits) == ("", 0.0, ())


def test_the_shape_of_a_text_with_spaces_is_kept_when_it_is_corrected() -> None:
    marks = tuple(drawing.Mark(value, 0.9, None) for value in (1, 2, None, 4))
    made = drawing.Drawing("picture", "12 ?4", 0.9, marks, "m", "c", 0, drawing.new_key())
    assert intake.corrected(made, [None, 7, 3, 10]).correct == "17 3?"
    assert intake.corrected(made, "12 34").digits[2].correct == 3


@pytest.mark.parametrize(
    ("text", "at"),
    [("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1_000), ("1970-01-01T01:00:00+01:00", 0),
     ("1969-12-31T23:59:59Z", -1_000)],
)  # fmt: skip
def test_a_time_is_read_and_written(text: str, at: int) -> None:
    assert drawing.moment(text) == at
    assert drawing.moment(drawing.moment_text(at)) == at


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", None, 5, "9999-12-31T23:59:59-23:00"])
def test_a_time_that_is_none_is_refused(text: Any) -> None:
    with pytest.raises(KeptError, match="a time such as"):
        drawing.moment(text)


def test_the_strokes_of_the_page_are_kept_as_they_came(reader: inkdigit.Reader) -> None:
    raw = [{"width": 14, "points": [[round(x), round(y, 2)] for x, y in points]} for points in DIGITS[4]]
    assert intake.from_strokes(reader, raw).strokes == raw
    assert intake.from_strokes(reader, number("12"), correct=[1, 2]).wrong is False


def test_a_glyph_is_kept_as_it_stands_with_the_box_of_its_ink(reader: inkdigit.Reader) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:16] = 255
    image[4, 13], image[23, 15] = 1, 128
    blank = np.zeros_like(image)
    one, none = intake.from_glyphs(reader, np.stack([image, blank]), [1, None], ["a" * 32, "b" * 32])
    assert one.digits[0].box == (13.0, 4.0, 16.0, 24.0)
    assert one.digits[0].glyph == image.tobytes()
    assert none.digits[0].box == (0.0, 0.0, 28.0, 28.0)
    assert none.digits[0].glyph == bytes(784)


def test_a_box_is_kept_to_a_tenth(reader: inkdigit.Reader) -> None:
    made = intake.from_strokes(reader, [{"width": 22, "points": [[100.126, 50.333], [140.777, 600.051]]}])
    assert made.digits[0].box == (100.1, 50.3, 140.8, 600.1)


@pytest.mark.parametrize(
    ("points", "got"),
    [([[1, 2, 3, 4]], "shape (1, 4)"), ([1, 2], "shape (2,)"), ("12", "something else"), (7, "something")],
)
def test_of_a_stroke_that_is_none_it_is_said_what_came(points: Any, got: str) -> None:
    with pytest.raises(InkError, match=re.escape(got)):
        intake._path(points, 3)
