"""Signs in the store: "3.14" is kept, found, corrected and brought up to date as it was written."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from drawn import signed
from storing import plain

import inkdigit
from inkdigit.exchange import json_record
from inkdigit.store import database, intake, store
from inkdigit.store.drawing import Drawing, Wanted
from inkdigit.store.schema import VERSION_TABLE


def decimal(reader: inkdigit.Reader) -> Drawing:
    return intake.from_strokes(reader, signed("3.14"))


def test_what_was_written_is_kept_and_found(reader: inkdigit.Reader, store_settings: inkdigit.Settings) -> None:
    made = decimal(reader)
    assert (made.text, made.written, made.shown) == ("314", "3.14", "3.14")
    with_signs = store.open(store_settings)
    kept = with_signs.keep(made)
    [found] = with_signs.find(Wanted(text="3.14")).drawings
    assert (found.id, found.text, found.written) == (kept.id, "314", "3.14")
    assert [one.id for one in with_signs.find(Wanted(text="314")).drawings] == [kept.id], "the digits alone find it too"
    assert with_signs.find(Wanted(text="31.4")).total == 0
    assert found.to_json()["written"] == "3.14"
    with_signs.close()


def test_a_correction_keeps_the_signs(reader: inkdigit.Reader) -> None:
    made = decimal(reader)
    assert intake.corrected(made, [None, 7, None]).shown == "3.74"
    assert intake.corrected(made, "3.15").shown == "3.15"
    assert intake.corrected(made, "3.15").correct == "315"
    assert intake.corrected(made, "31").shown == "31", "another number of digits has other signs, which nobody told"


def test_a_store_of_the_version_before_is_brought_up_to_date(store_settings: inkdigit.Settings) -> None:
    """With what was kept in it."""
    old = store.open(store_settings)
    kept = old.keep(plain("42"))
    place = old.place
    old.close()
    engine = sa.create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE drawings DROP COLUMN written"))
        connection.execute(sa.text("ALTER TABLE digits DROP COLUMN sign"))
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    engine.dispose()
    new = store.open(store_settings)
    found = new.get(kept.id)
    assert (found.text, found.written, found.shown) == ("42", "42", "42")
    assert new.keep(plain("7")).id > kept.id
    with new._reading() as connection:
        assert connection is not None
        assert database.version(connection, place) == "0003"
    new.close()


@pytest.mark.parametrize(
    ("correct", "shown", "text"),
    [("3,14", "3,14", "314"), ("3/15", "3/15", "315"), ("3 1.4", "3 1.4", "3 14"), ("3114", "3114", "3114"),
     ("3+1=4", "3+1=4", "314"), ("$3.1", "$3.1", "31"), ("315", "3.15", "315")],
)  # fmt: skip
def test_signs_are_corrected_by_the_whole_text(
    reader: inkdigit.Reader, store_settings: inkdigit.Settings, correct: str, shown: str, text: str
) -> None:
    opened = store.open(store_settings)
    kept = opened.keep(decimal(reader))
    changed = opened.change(kept.id, correct=correct)
    for found in (changed, opened.get(kept.id)):
        assert (found.shown, found.correct) == (shown, text)
    assert [one.id for one in opened.find(Wanted(text=shown)).drawings] == [kept.id]
    opened.close()


def test_a_corrected_sign_goes_through_a_file(
    reader: inkdigit.Reader,
) -> None:
    made = intake.corrected(intake.from_strokes(reader, signed("3.14")), "3/1+4")
    again = json_record.from_json(json.loads(json_record.text(made)), reader, "0" * 32)
    assert (again.shown, again.correct, again.text) == ("3/1+4", "314", "314")
    more = intake.corrected(made, "311.4")  # the point was a digit
    again = json_record.from_json(json.loads(json_record.text(more)), reader, "0" * 32)
    assert (again.shown, again.correct, again.text) == ("311.4", "3114", "314")


def test_signs_alone_are_kept_and_go_through_a_file(reader: inkdigit.Reader) -> None:
    made = intake.from_strokes(reader, signed("+"))
    assert (made.text, made.written, made.shown) == ("?", "+", "+")
    again = json_record.from_json(json.loads(json_record.text(made)), reader, "0" * 32)
    assert (again.text, again.shown) == ("?", "+")


def labels(drawing: Drawing) -> tuple[list[int | None], list[int | None]]:
    return [mark.correct for mark in drawing.digits], [mark.correct for mark in drawing.signs]


def test_a_sign_that_was_a_digit_is_labelled_as_that_digit(
    reader: inkdigit.Reader, store_settings: inkdigit.Settings
) -> None:
    opened = store.open(store_settings)
    kept = opened.keep(intake.from_strokes(reader, signed("24/12")))
    assert [(mark.sign, mark.place, mark.correct) for mark in kept.signs] == [("/", 2, None)]
    assert opened.labelled()[1].tolist() == []
    changed = opened.change(kept.id, correct="24112")
    for found in (changed, opened.get(kept.id), opened.find(Wanted()).drawings[0]):
        assert labels(found) == ([2, 4, 1, 2], [1])
        assert (found.text, found.correct, found.shown, found.wrong) == ("2412", "24112", "24112", True)
    glyphs, known, _ = opened.labelled()
    assert known.tolist() == [2, 4, 1, 1, 2]
    assert glyphs[2].tobytes() == kept.signs[0].glyph == opened.get(kept.id).signs[0].glyph
    assert opened.stats()["digits"] == 4
    assert opened.stats()["labelled"] == 5
    again = opened.change(kept.id, correct=[None] * 4)
    assert labels(again) == ([None] * 4, [None])
    assert (again.correct, again.shown, opened.get(kept.id).shown) == (None, "24/12", "24/12")
    assert opened.labelled()[1].tolist() == []
    opened.close()


@pytest.mark.parametrize(
    ("correct", "digits", "signs"),
    [
        ("12+713", [1, 2, 7, 3], [None, 1]),  # the cross was a 1; the plus stays
        ("1217?3", [1, 2, 7, 3], [1, 10]),
        ("12+7/3", [1, 2, 7, 3], [None, None]),
        ("1+27x3", [1, 2, 7, 3], [None, None]),  # as many digits: the signs may stand anywhere
        ("1=+7x3", [None] * 4, [None, None]),  # a digit that was a sign
        ("12+7", [None] * 4, [None, None]),
        ("1234567", [None] * 4, [None, None]),
    ],
)
def test_a_text_labels_the_marks_that_it_fits(
    reader: inkdigit.Reader, correct: str, digits: list[int | None], signs: list[int | None]
) -> None:
    made = intake.from_strokes(reader, signed("12+7x3"))
    assert made.written == "12+7x3"
    assert labels(intake.corrected(made, correct)) == (digits, signs)
    again = json_record.from_json(json.loads(json_record.text(intake.corrected(made, correct))), reader, "0" * 32)
    assert labels(again) == (digits, signs), "through a file too"
    assert again.shown == intake.corrected(made, correct).shown
    nothing = intake.corrected(intake.corrected(made, correct), [None] * 4)
    assert nothing.correct is None
    assert labels(nothing) == ([None] * 4, [None, None])
    if len(correct) == len(made.written):
        assert nothing.shown == made.shown, "nothing said: as it was read"
