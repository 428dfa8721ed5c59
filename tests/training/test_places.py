"""Places of drawn pages: what a strip shows, and what is asked for of it."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_pages import material
from small import few_places

from inkdigit.evaluation.paper import canvas, shot
from inkdigit.recognition import row
from inkdigit.recognition.row import Place
from inkdigit.settings import Settings
from inkdigit.training import places
from inkdigit.training.strips import Strips


@pytest.fixture
def one_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    few_places(monkeypatch)


def collected(kinds: tuple[str, ...] = ("plain",)) -> Strips:
    return places.validation(Settings(), 0, 0, kinds)


def item(written: str, left: float, right: float, kind: int = canvas.NUMBER, top: float = 20) -> canvas.Item:
    quad = np.array([(left, top), (right, top), (right, top + 24), (left, top + 24)], np.float32)
    return canvas.Item(kind, written, quad, 24.0)


WIDE = Place((120.0, 32.0), 200.0, 24.0, 0.0)  # 280 pixels of a picture, and more


def test_labels_say_what_is_written() -> None:
    for text, wanted in (("-3.14", "-3.14"), ("12 34", "12 34"), ("$**5%", "?5%"), ("(7+8)=15#", "(7+8)=15#")):
        assert text_in(WIDE, [item(text, 40, 200)]) == wanted
    assert text_in(WIDE, [item("", 40, 200, canvas.WORD)]) == "?"
    assert places.marks_in(WIDE, []) == []


def text_in(where: Place, items: list[canvas.Item]) -> str | None:
    marks = places.marks_in(where, items)
    return None if marks is None else text_of(marks)


def text_of(marks: list[places.Mark]) -> str:
    return "".join(row.LABELS[label] for label, _ in marks).replace("other", "?")


def test_marks_say_in_which_column_they_stand_where_they_stand_in_one() -> None:
    number = item("1 $7", 40, 200)
    [one, gap, other, seven] = places.marks_in(WIDE, [number])
    assert np.isnan([gap[1], other[1]]).all(), "a gap and what is no digit have none"
    for (_, column), middle in ((one, 60.0), (seven, 180.0)):
        x, y = WIDE.warp() @ np.array([column, (row.HIGH - 1) / 2, 1])
        assert (x, y) == pytest.approx((middle, 32.0), abs=0.01)


def test_what_is_seen_of_a_number_is_asked_for_and_no_more() -> None:
    """Of 1234, each digit 30 pixels wide, a place that begins further and further to the right."""
    four = [item("1234", 100, 220)]
    seen = {text_in(Place((left + 130.0, 32.0), 224.0, 24.0, 0.0), four) for left in range(90, 230, 2)}
    assert seen == {"1234", "234", "34", "4", "", None}
    low = [text_in(Place((160.0, 32.0 + off), 120.0, 24.0, 0.0), four) for off in range(0, 40, 2)]
    assert low == ["1234"] * 5 + [None] * 2 + [""] * 13


def test_marks_stand_where_they_were_written() -> None:
    page = canvas.Canvas(material(), 400, 100, np.random.default_rng(3))
    page.slant, page.scan = 0.0, None
    for form in ("dddd", "d,ddd.dd", "dd ddd"):
        text, ink, across = page.made(form, 40.0)
        page.items.clear()
        page.put(canvas.NUMBER, text, ink, 20, 30, 40.0, across=across)
        [one] = page.items
        assert len(across) == len(text)
        assert list(across) == sorted(across)
        assert np.all((one.middles[:, 0] >= 20) & (one.middles[:, 0] <= 20 + ink.shape[1]))


def test_a_pen_that_is_not_lifted_goes_from_each_digit_to_the_next() -> None:
    paths = (np.array([[0, 0], [0, 900]], np.float32), np.array([[400, 100], [500, 900]], np.float32))
    found = [canvas.linked(paths, (0, 1), np.random.default_rng(seed)) for seed in range(12)]
    assert {len(strokes) for strokes, _ in found} == {2}, "too far"
    near = (paths[0], paths[1] + np.array([0, 700], np.float32))
    found = [canvas.linked(near, (0, 1), np.random.default_rng(seed)) for seed in range(12)]
    assert {len(strokes) for strokes, _ in found} == {2, 3}
    strokes, owners = max(found, key=lambda one: len(one[0]))
    assert owners == (0, 1, 0)
    assert strokes[2][0].tolist() == [0, 900]
    assert strokes[2][-1].tolist() == [400, 800]


def test_a_word_is_other_where_enough_of_it_is_seen() -> None:
    number, word = item("7", 60, 80), item("", 110, 200, canvas.WORD)
    assert text_in(Place((70.0, 32.0), 40.0, 24.0, 0.0), [number, word]) == "7"
    assert text_in(Place((80.0, 32.0), 60.0, 24.0, 0.0), [word, number]) == "7 ?"


def test_a_number_of_another_size_is_not_asked_for() -> None:
    assert places.marks_in(Place((120.0, 32.0), 200.0, 80.0, 0.0), [item("12", 100, 150)]) is None


def test_what_stands_next_in_a_row_goes_on_behind_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_JOINED", 1.0)
    monkeypatch.setattr(places, "_WORDS", 1.0)
    monkeypatch.setattr(places, "_NOTHING", 0)
    monkeypatch.setattr(places, "_loosely", lambda place, random: place)
    items = (item("12", 20, 50), item("7", 76, 84), item("", 120, 160, canvas.WORD), item("9", 20, 30, top=90))
    page = shot.Shot("plain", np.full((200, 240), 255, np.uint8), items, 0)
    found = [text_of(marks) for _, marks in places.cut_from(page, np.random.default_rng(0))]
    assert sorted(map(str, found)) == ["12 7 ?", "7 ?", "9", "?"]


def test_places_hold_the_ink_of_their_labels(one_hand: None) -> None:
    found = collected()
    for pixels, labels in zip(found.pixels, found.labels, strict=True):
        assert pixels.dtype == np.uint8
        assert len(pixels) == row.HIGH
        assert row.DIGIT <= pixels.shape[1] <= row.WIDEST
        assert all(0 <= label < len(row.LABELS) - 1 for label in labels)
    assert any(not labels for labels in found.labels), "places where nothing is written"
    assert any(len(labels) > 1 for labels in found.labels)


def test_a_page_without_a_number_has_places_without_a_digit(one_hand: None) -> None:
    assert {label for labels in collected(("words",)).labels for label in labels} <= {row.OTHER, row.GAP}


def test_the_same_seed_draws_the_same_places(one_hand: None) -> None:
    first, again = collected(), collected()
    assert first.labels == again.labels
    assert all(np.array_equal(one, other) for one, other in zip(first.pixels, again.pixels, strict=True))
