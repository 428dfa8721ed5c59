"""Signs in the store: "3.14" is kept, found, corrected and brought up to date as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from drawn import signed
from storing import plain

import inkdigit
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
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    engine.dispose()
    new = store.open(store_settings)
    found = new.get(kept.id)
    assert (found.text, found.written, found.shown) == ("42", "42", "42")
    assert new.keep(plain("7")).id > kept.id
    with new._reading() as connection:
        assert connection is not None
        assert database.version(connection, place) == "0002"
    new.close()
