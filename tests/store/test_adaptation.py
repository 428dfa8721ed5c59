"""The hand that a store teaches."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import ODD_HAND, signed, wobbled
from waiting import Crossing, until

import inkdigit
from inkdigit.errors import StoreError
from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.recognition import profile
from inkdigit.store import intake, store
from inkdigit.store.adaptation import Adaptation
from inkdigit.store.store import Store


@pytest.fixture
def own(tmp_path: Path) -> Store:
    return store.open(inkdigit.Settings(store=str(tmp_path / "store.sqlite")))


def correct(reader: inkdigit.Reader, own: Store, seed: int, label: int = 8) -> int:
    drawing = own.keep(intake.from_strokes(reader, wobbled(ODD_HAND[8], seed), single=True, correct=[label]))
    assert drawing.id is not None
    return drawing.id


def text(reader: inkdigit.Reader, seed: int = 99) -> str:
    return reader.ink(wobbled(ODD_HAND[8], seed), single=True).text


def test_nothing_kept_teaches_nothing_and_makes_no_file(reader: inkdigit.Reader, own: Store, tmp_path: Path) -> None:
    hand = Adaptation(reader, own)
    assert hand.learn() == {"marks": 0, "right_before": 0, "right_left_out": 0, "strength": 0}
    assert text(hand.reader()) == "?"
    assert list(tmp_path.iterdir()) == []


def test_a_correction_counts_at_once_and_is_forgotten_with_its_drawing(reader: inkdigit.Reader, own: Store) -> None:
    hand = Adaptation(reader, own)
    ids = [correct(reader, own, seed) for seed in range(2)]
    assert text(hand.reader()) == "8"
    assert hand.learn()["marks"] == 2
    own.delete(ids)
    assert text(hand.reader()) == "?"
    own.restore(ids)
    assert text(hand.reader()) == "8"


def test_the_profile_is_made_again_only_when_the_store_has_changed(reader: inkdigit.Reader, own: Store) -> None:
    hand = Adaptation(reader, own)
    correct(reader, own, 0)
    assert hand.reader() is hand.reader()


def test_what_is_written_while_it_learns_is_learned_next_time(
    reader: inkdigit.Reader, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Adaptation(reader, own)
    correct(reader, own, 0)
    other, labelled, written = store.open(own.settings), own.labelled, []

    def late(script: str) -> Any:
        found = labelled(script)
        if not written:
            written.append(correct(reader, other, 1))
        return found

    monkeypatch.setattr(own, "labelled", late)
    assert [hand.learn()["marks"], hand.learn()["marks"]] == [1, 2]
    assert text(hand.reader()) == "8"


def test_what_is_written_before_it_reads_the_marks_is_learned_at_once(
    reader: inkdigit.Reader, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Adaptation(reader, own)
    correct(reader, own, 0)
    labelled, written = own.labelled, []

    def early(script: str) -> Any:
        if not written:
            written.append(correct(reader, own, 1))
        return labelled(script)

    monkeypatch.setattr(own, "labelled", early)
    assert [hand.learn()["marks"], hand.learn()["marks"]] == [2, 2]


def test_two_who_ask_at_once_have_it_learn_once(
    reader: inkdigit.Reader, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand, crossing, asked = Adaptation(reader, own), Crossing(), []
    correct(reader, own, 0)
    labelled = own.labelled

    def held(script: str) -> Any:
        asked.append(1)
        crossing.hold()
        return labelled(script)

    monkeypatch.setattr(own, "labelled", held)
    hand._lock = crossing.lock  # type: ignore[assignment]
    found = crossing.run(hand.reader, hand.reader)
    assert len(asked) == 1
    assert found[0] is found[1] is hand.reader()


def test_what_another_file_in_its_place_teaches_counts_though_it_has_seen_as_many_writes(
    reader: inkdigit.Reader, own: Store, tmp_path: Path
) -> None:
    hand = Adaptation(reader, own)
    correct(reader, own, 0)
    assert hand.learn()["marks"] == 1
    before = own.revision()
    for file in tmp_path.iterdir():
        file.unlink()
    while own.revision() < before:
        own.keep(intake.from_strokes(reader, [{"width": 22, "points": points} for points in ODD_HAND[8]]))
    assert own.revision() == before
    assert hand.learn()["marks"] == 0
    assert text(hand.reader()) == "?"


def test_another_process_is_heard(reader: inkdigit.Reader, own: Store) -> None:
    hand = Adaptation(reader, own)
    other = store.open(own.settings)
    correct(reader, other, 1)
    correct(reader, other, 2)
    assert text(hand.reader()) == "8"


def test_a_store_that_fails_does_not_keep_from_reading(reader: inkdigit.Reader, own: Store) -> None:
    hand = Adaptation(reader, own)
    correct(reader, own, 0)
    correct(reader, own, 1)
    assert text(hand.reader()) == "8"
    own.close()
    assert own.place.path is not None
    own.place.path.write_bytes(b"this is no database, and it is long enough to be looked at" * 40)
    for beside in own.place.path.parent.glob("*-wal"):
        beside.unlink()
    assert text(hand.reader()) == "8"
    with pytest.raises(StoreError):
        hand.learn()


def test_a_sign_that_was_a_digit_teaches_that_digit(reader: inkdigit.Reader, own: Store) -> None:
    hand = Adaptation(reader, own)
    assert hand.reader().ink(signed("24/12")).written == "24/12"
    kept = own.keep(intake.from_strokes(reader, signed("24/12")))
    own.change(kept.id, correct="24112")
    assert hand.learn()["marks"] == 5
    assert hand.reader().ink(signed("24/12")).written == "24112"
    assert hand.reader().ink(signed("57/38")).written == "57138"
    assert hand.reader().ink(signed("57+38")).written == "57+38"
    own.change(kept.id, correct=[None] * 4)
    assert hand.reader().ink(signed("24/12")).written == "24/12"


def test_what_corrects_nothing_teaches_nothing_anew(
    reader: inkdigit.Reader, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand, learned = Adaptation(reader, own), list[int]()
    learn = profile.learn
    monkeypatch.setattr(
        profile, "learn", lambda model, *marks: (learned.append(len(marks[1])), learn(model, *marks))[1]
    )
    first = correct(reader, own, 0)
    hand.learn()
    own.keep(intake.from_strokes(reader, wobbled(ODD_HAND[8], 1)))
    own.change(first, title="an eight")
    assert hand.learn()["marks"] == 1
    assert learned == [1]
    correct(reader, own, 2)
    assert hand.learn()["marks"] == 2
    assert learned == [1, 2]


def test_many_who_ask_while_the_store_keeps_changing_learn_once_more(
    reader: inkdigit.Reader, own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Adaptation(reader, own)
    begun, may_go, looks, tickets = threading.Event(), threading.Event(), list[int](), list[int]()

    def look() -> None:
        looks.append(1)
        begun.set()
        assert may_go.wait(60)

    monkeypatch.setattr(hand, "_look", look)
    counted = map(lambda number: (tickets.append(number), number)[1], itertools.count())  # noqa: C417 - any thread
    monkeypatch.setattr(hand, "_tickets", counted)
    threads = [threading.Thread(target=hand.learn) for _ in range(9)]
    threads[0].start()
    assert begun.wait(60)
    for one in threads[1:]:
        one.start()
    until(lambda: len(tickets) == 10)  # one each, and one of the first when it looked
    may_go.set()
    for one in threads:
        one.join(60)
    assert len(looks) == 2


def thai_254_and_an_odd_8(seed: int) -> list[list[list[float]]]:
    random = np.random.default_rng(3)
    drawn = script_numbers.as_strokes([script_strokes.written("thai", digit, random) for digit in (2, 5, 4)], random)
    assert drawn.box is not None
    (_, top, right, bottom) = drawn.box
    size = (bottom - top) / 100
    odd = [[[right + (25 + x) * size, top + y * size] for x, y in path] for path in wobbled(ODD_HAND[8], seed)]
    return [*(path.tolist() for path in drawn.paths), *odd]


@pytest.mark.parametrize("finds", ["auto", "mixed"])
def test_who_finds_the_script_reads_the_hand_that_was_taught_in_it(
    reader: inkdigit.Reader, own: Store, finds: str
) -> None:
    for seed in range(2):
        correct(reader.of_script("thai"), own, seed)
    hands = {script: Adaptation(reader.of_script(script), own) for script in ("western", "thai", finds)}
    assert [hand.learn()["marks"] for hand in hands.values()] == [0, 2, 2]
    drawn = thai_254_and_an_odd_8(4)
    mine = hands[finds].reader()
    assert (mine.ink(drawn).script, mine.ink(drawn).text) == ("thai", "2548")
    assert set(mine.profiles) == {"thai"}
    for stranger in (reader.of_script(finds), reader.of_script("thai"), mine.of_script("thai").of_script(finds)):
        assert stranger.ink(drawn).text != "2548"
        assert stranger.profiles == {}


def test_the_lessons_of_all_scripts_are_listed_with_how_much_they_count(reader: inkdigit.Reader, own: Store) -> None:
    strokes = [[[0, 0], [60, 0], [25, 100]]]
    ids = [own.keep(intake.from_strokes(reader, strokes, single=True, correct=[2])).id]
    ids.append(correct(reader.of_script("thai"), own, 0))
    lessons = Adaptation(reader.of_script("auto"), own).lessons()
    assert [(one["id"], one["alone"]) for one in lessons] == [(ids[1], False), (ids[0], True)]
