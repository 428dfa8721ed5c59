"""What the store keeps and finds, on SQLite and on PostgreSQL."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import DIGITS, number, picture

import inkdigit
from inkdigit.errors import KeptError, NotKeptError, SettingError, StoreError
from inkdigit.store import drawing, intake, store
from inkdigit.store.drawing import Drawing, Wanted
from inkdigit.store.store import Store


@pytest.fixture
def kept_ones(store_settings: inkdigit.Settings) -> Iterator[Store]:
    found = store.open(store_settings)
    yield found
    found.close()


def drawn(reader: inkdigit.Reader, text: str, **about: object) -> Drawing:
    strokes = [{"width": 22, "points": stroke} for stroke in number(text)]
    return intake.from_strokes(reader, strokes, **about)


def plain(text: str, confidence: float = 0.9, at: int = 0, correct: object = None, **about: object) -> Drawing:
    """A drawing made without reading."""
    marks = tuple(
        drawing.Mark(None if one == "?" else int(one), confidence, (0, 0, 9, 9), bytes([place]) * 784)
        for place, one in enumerate(text.replace(" ", ""))
    )
    strokes = [{"width": 22, "points": [[0, 0], [9, 9]]}]
    made = Drawing("ink", text, confidence, marks, "western", "abc", at, drawing.new_key(), strokes=strokes,
                   thumbnail=b"png")  # fmt: skip
    return intake.described(made, inkdigit.Settings(), correct=correct, **about)


def texts(found: store.Found) -> list[str]:
    return [one.text for one in found.drawings]


def test_asking_makes_nothing(tmp_path: Path) -> None:
    empty = store.open(inkdigit.Settings(store=str(tmp_path / "none" / "store.sqlite")))
    assert empty.find() == store.Found((), None, 0)
    assert empty.revision() == 0
    assert empty.stats()["drawings"] == 0
    assert empty.delete([1]) == empty.restore([1]) == []
    assert len(empty.labelled()[0]) == 0
    empty.wipe()
    for call in (empty.get, empty.thumbnail, empty.change):
        with pytest.raises(NotKeptError, match="got 1"):
            call(1)
    assert not list(tmp_path.iterdir())


def test_a_drawing_comes_back_as_it_was_kept(kept_ones: Store, reader: inkdigit.Reader) -> None:
    made = drawn(reader, "407", title="an  invoice\n", tags=["b", "a", "b"], correct=[4, None, 10])
    assert (made.text, made.title, made.tags, made.correct) == ("407", "an invoice", ("a", "b"), "40?")
    done = kept_ones.keep(made)
    found = kept_ones.get(done.id)
    assert found.whole_json() == done.whole_json()
    assert found.thumbnail == made.thumbnail == kept_ones.thumbnail(done.id)
    assert [mark.glyph for mark in found.digits] == [mark.glyph for mark in made.digits]
    assert found.wrong
    assert found.strokes == [{"width": 22, "points": stroke} for stroke in made_points(made)]


def made_points(made: Drawing) -> list[object]:
    return [stroke["points"] for stroke in made.strokes or []]


def test_a_picture_comes_back_without_what_the_file_said_beside_it(kept_ones: Store, reader: inkdigit.Reader) -> None:
    done = kept_ones.keep(intake.from_picture(reader, picture(6)))
    found = kept_ones.get(done.id)
    assert (found.kind, found.text, found.strokes) == ("picture", "6", None)
    assert (inkdigit.Reader(settings=reader.settings).page(found.picture or b"").numbers[0].text) == "6"


def test_the_newest_come_first_page_by_page(kept_ones: Store) -> None:
    kept_ones.keep_many(plain(str(n), at=-n) for n in range(7))  # a clock that goes backwards changes nothing
    first = kept_ones.find(Wanted(limit=3))
    second = kept_ones.find(Wanted(limit=3, before=first.next))
    last = kept_ones.find(Wanted(limit=3, before=second.next))
    assert [texts(page) for page in (first, second, last)] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert last.next is None
    assert {page.total for page in (first, second, last)} == {7}
    assert texts(kept_ones.find(Wanted(limit=7))) == list("6543210")


@pytest.fixture
def four(kept_ones: Store) -> Store:
    kept_ones.keep(plain("12", 0.5, at=drawing.moment("2026-01-01T10:00:00Z"), title="Invoice 7"))
    kept_ones.keep(plain("7?", 0.7, at=drawing.moment("2026-02-01T10:00:00Z"), correct=[1, None], tags=["slips"]))
    kept_ones.keep(plain("33", 0.9, at=drawing.moment("2026-03-01T10:00:00Z"), correct=[3, 3], tags=["slips", "50%"]))
    kept_ones.keep(plain("4071", 1.0, at=drawing.moment("2026-04-01T10:00:00Z")))
    return kept_ones


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(digit=1), ["4071", "7?", "12"]),
        (Wanted(digit=7), ["4071"]),  # the 7 of "7?" was corrected to a 1
        (Wanted(digit=10), ["7?"]),
        (Wanted(text="07"), ["4071"]),
        (Wanted(text="1?"), ["7?"]),
        (Wanted(text="iNVOICE"), ["12"]),
        (Wanted(text=" invoice  7 "), ["12"]),
        (Wanted(text="12\ninvoice"), []),
        (Wanted(text="%"), []),
        (Wanted(text="_"), []),
        (Wanted(least=0.9), ["4071", "33"]),
        (Wanted(most=0.7), ["7?", "12"]),
        (Wanted(least=0.6, most=0.95), ["33", "7?"]),
        (Wanted(since=drawing.moment("2026-03-01T10:00:00Z")), ["4071", "33"]),
        (Wanted(until=drawing.moment("2026-02-01T10:00:00Z")), ["7?", "12"]),
        (Wanted(wrong=True), ["7?"]),
        (Wanted(wrong=False), ["4071", "33", "12"]),
        (Wanted(labelled=True), ["33", "7?"]),
        (Wanted(labelled=False), ["4071", "12"]),
        (Wanted(tag="slips"), ["33", "7?"]),
        (Wanted(tag="50%"), ["33"]),
        (Wanted(tag="slip"), []),
        (Wanted(digit=3, least=0.8, tag="slips"), ["33"]),
    ],
    ids=lambda one: str({k: v for k, v in vars(one).items() if v is not None}) if isinstance(one, Wanted) else "",
)
def test_a_search_finds(four: Store, wanted: Wanted, expected: list[str]) -> None:
    found = four.find(wanted)
    assert texts(found) == expected
    assert found.total == len(expected)
    assert [one.text for one in four.each(wanted)] == expected[::-1]


def test_a_correction_is_found_learned_from_and_taken_back(four: Store) -> None:
    before = four.revision()
    changed = four.change(4, correct=[4, 0, 9, None], title="late", tags=["new"])
    assert (changed.correct, changed.wrong, changed.title, changed.tags) == ("4091", True, "late", ("new",))
    assert texts(four.find(Wanted(wrong=True))) == ["4071", "7?"]
    assert texts(four.find(Wanted(digit=9))) == ["4071"]
    assert four.revision() == before + 1
    glyphs, labels, ids = four.labelled()
    assert labels.tolist() == [1, 3, 3, 4, 0, 9]
    assert (glyphs.dtype, glyphs.shape, labels.dtype) == (np.uint8, (6, 28, 28), np.int64)
    assert glyphs[:, 0, 0].tolist() == [0, 0, 1, 0, 1, 2]
    assert ids.tolist() == sorted(set(ids.tolist()))
    four.change(4, correct=[None] * 4)
    assert not four.get(4).wrong
    assert four.get(4).correct is None
    assert (four.get(4).title, four.get(4).tags) == ("late", ("new",))


def test_a_whole_text_corrects_digits_where_it_has_as_many(four: Store) -> None:
    assert [mark.correct for mark in four.change(1, correct="1?").digits] == [1, 10]
    changed = four.change(1, correct="125")
    assert (changed.correct, changed.wrong) == ("125", True)
    assert [mark.correct for mark in changed.digits] == [None, None]


@pytest.mark.parametrize(
    ("correct", "said"),
    [([1], "2 corrections"), ([1, 11], "0 to 9"), ([1, -1], "0 to 9"), ([True, 1], "0 to 9"), (5, "0 to 9"),
     ("12a", "a text of 0 to 9"), ([1.0, 2], "0 to 9")],
)  # fmt: skip
def test_a_correction_that_does_not_fit_is_refused(four: Store, correct: object, said: str) -> None:
    before = four.revision()
    with pytest.raises(KeptError, match=said):
        four.change(1, correct=correct)
    assert (four.get(1).correct, four.revision()) == (None, before)


def test_deleting_can_be_undone(four: Store) -> None:
    assert four.delete([2, 3, 99]) == [2, 3]
    assert four.delete([2]) == []
    assert texts(four.find()) == ["4071", "12"]
    assert len(four.labelled()[0]) == 0
    with pytest.raises(NotKeptError):
        four.get(2)
    assert four.stats()["deleted"] == 2
    assert four.restore([1, 2, 3]) == [2, 3]
    assert texts(four.find()) == ["4071", "33", "7?", "12"]
    assert len(four.labelled()[0]) == 3


@pytest.mark.parametrize("days", [0, 1, 30])
def test_what_was_deleted_is_there_for_so_many_days_and_then_forgotten(
    four: Store, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    deleted_at = drawing.moment("2026-02-27T12:00:00Z")
    clock = deleted_at
    monkeypatch.setattr(drawing, "now", lambda: clock)
    four.delete([1])
    later = store.open(replace(four.settings, undo_days=days))
    for keep in (lambda: later.keep(plain("5")), lambda: later.keep_many([plain("6")])):
        clock = deleted_at + days * 24 * 60 * 60 * 1_000
        keep()
        assert four.restore([1]) == [1]
        clock = deleted_at
        four.delete([1])
    clock = deleted_at + days * 24 * 60 * 60 * 1_000 + 1
    keep()
    assert four.restore([1]) == []
    assert four.stats()["deleted"] == 0
    later.close()


def test_a_drawing_with_a_known_key_is_kept_once(kept_ones: Store) -> None:
    made = plain("5")
    first = kept_ones.keep(made)
    again = kept_ones.keep(replace(made, title="again"))
    assert (again.id, again.title) == (first.id, "")
    taken = kept_ones.keep_many([made, plain("6")])
    assert (len(taken.ids), taken.known) == (1, 1)
    kept_ones.delete([first.id])
    assert kept_ones.keep_many([made]) == store.Taken((first.id,), 0)
    assert kept_ones.find().total == 2


@pytest.mark.parametrize("deleted", [False, True])
def test_what_is_said_of_a_drawing_with_a_known_key_is_kept(kept_ones: Store, deleted: bool) -> None:
    """It was thrown away, and the lesson of a correction that was taken back came again in its place."""
    made = plain("5")
    first = kept_ones.keep(intake.corrected(made, [3]), [3])
    if deleted:
        kept_ones.delete([first.id])
    again = kept_ones.keep(intake.corrected(made, [6]), [6])
    assert (again.id, again.correct) == (first.id, "6")
    assert [mark.correct for mark in kept_ones.get(first.id).digits] == [6]


def test_many_are_kept_all_or_none(kept_ones: Store) -> None:
    def broken() -> Iterator[Drawing]:
        yield from (plain("5") for _ in range(700))
        raise KeptError("a drawing", "none", "Stop")

    kept_ones.keep(plain("1"))
    before = kept_ones.revision()
    with pytest.raises(KeptError):
        kept_ones.keep_many(broken())
    assert (kept_ones.find().total, kept_ones.revision()) == (1, before)


def test_every_write_changes_the_revision_and_no_question_does(kept_ones: Store) -> None:
    seen = [kept_ones.revision()]
    for write in (lambda: kept_ones.keep(plain("1")), lambda: kept_ones.change(1, title="x"),
                  lambda: kept_ones.delete([1]), lambda: kept_ones.restore([1]), kept_ones.wipe):  # fmt: skip
        write()
        kept_ones.find()
        kept_ones.stats()
        seen.append(kept_ones.revision())
    assert seen == sorted(set(seen))


def test_a_second_process_or_store_sees_each_write(kept_ones: Store) -> None:
    kept_ones.keep(plain("1"))
    other = store.open(kept_ones.settings)
    revision = other.revision()
    kept_ones.keep(plain("2"))
    assert other.revision() > revision
    assert other.find().total == 2
    other.close()


def test_wiping_leaves_nothing_behind(kept_ones: Store) -> None:
    kept_ones.keep(plain("77", title="a secret word"))
    kept_ones.delete([1])
    kept_ones.wipe()
    assert kept_ones.find().total == kept_ones.stats()["deleted"] == 0
    path = kept_ones.place.path
    if path is not None:
        assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())
    assert kept_ones.keep(plain("1")).id == 2  # a number is never used again


def test_stats_say_where_and_how_much(four: Store) -> None:
    found = four.stats()
    assert found["where"] in (str(four.place.path), four.settings.store)
    assert {name: found[name] for name in ("drawings", "digits", "labelled", "wrong", "deleted", "newest")} == {
        "drawings": 4, "digits": 10, "labelled": 3, "wrong": 1, "deleted": 0, "newest": "2026-04-01T10:00:00.000Z",
    }  # fmt: skip
    assert found["bytes"] > 10_000
    four.delete([2, 4])
    found = four.stats()
    assert {name: found[name] for name in ("drawings", "digits", "labelled", "wrong", "deleted", "newest")} == {
        "drawings": 2, "digits": 4, "labelled": 2, "wrong": 0, "deleted": 2, "newest": "2026-03-01T10:00:00.000Z",
    }  # fmt: skip


@pytest.mark.parametrize("limit", [0, 201, -1])
def test_a_page_has_a_limit(kept_ones: Store, limit: int) -> None:
    with pytest.raises(KeptError, match="a limit from 1 to 200"):
        kept_ones.find(Wanted(limit=limit))
    assert kept_ones.find(Wanted(limit=200)).total == 0


@pytest.mark.parametrize(
    "about", [{"digit": 11}, {"digit": -1}, {"least": -0.1}, {"most": 1.1}, {"least": float("nan")}]
)
def test_a_question_out_of_range_is_refused(about: dict[str, float]) -> None:
    with pytest.raises(KeptError):
        Wanted(**about)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, 0, 99, 2**63, 10**30])
def test_an_unknown_id_is_said_to_be_unknown(kept_ones: Store, number: int) -> None:
    kept_ones.keep(plain("1"))
    with pytest.raises(NotKeptError, match="Expected the id of a kept drawing"):
        kept_ones.get(number)


@pytest.mark.parametrize("where", ["mysql://root:secret@host/x", "sqlite://", "://"])
def test_an_address_of_another_kind_is_refused(where: str) -> None:
    with pytest.raises(SettingError, match="INKDIGIT_STORE") as caught:
        store.open(inkdigit.Settings(store=where))
    assert "secret" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    with socket.socket() as silent:  # has the port, and does not listen
        silent.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{silent.getsockname()[1]}/x"
        closed = store.open(inkdigit.Settings(store=f"postgresql://someone:secret@{where}"))
        with pytest.raises(StoreError, match="Start it, or correct INKDIGIT_STORE") as caught:
            closed.find()
    assert "secret" not in str(caught.value)
    assert where in str(caught.value)


def test_ink_that_is_blank_is_not_kept(reader: inkdigit.Reader) -> None:
    with pytest.raises(inkdigit.InkdigitError, match="a drawing with ink"):
        intake.from_strokes(reader, [{"width": 3, "points": []}])
    assert intake.from_strokes(reader, DIGITS[1]).text == "1"
