from __future__ import annotations

from pathlib import Path

import pytest

from inkdigit.batch.attempts import NONE, Attempt
from inkdigit.batch.place import Place


@pytest.fixture
def note(tmp_path: Path) -> Place:
    return Place.of(str(tmp_path / "underway" / "part.json"))


def test_a_part_that_ends_leaves_no_note(note: Place) -> None:
    attempt = Attempt.begin(note)
    assert note.exists()
    attempt.end()
    assert not note.exists()


def test_nothing_is_written_for_each_item_where_no_attempt_failed(note: Place) -> None:
    attempt = Attempt.begin(note)
    before = note.read(1000)
    attempt.reading(3)
    assert note.read(1000) == before
    assert not attempt.is_careful


def test_an_item_at_which_two_attempts_ended_is_given_up_and_no_other(note: Place) -> None:
    Attempt.begin(note)  # it ends somewhere
    for _ in range(2):
        again = Attempt.begin(note)
        assert again.is_careful
        assert not again.is_given_up(5)
        for item in range(6):
            again.reading(item)
    last = Attempt.begin(note)
    assert [item for item in range(9) if last.is_given_up(item)] == [5]


def test_two_bad_items_of_a_part_are_both_found(note: Place) -> None:
    Attempt.begin(note)
    for bad in (2, 2, 7, 7):
        attempt = Attempt.begin(note)
        for item in range(bad + 1):
            attempt.reading(item)
    last = Attempt.begin(note)
    assert [item for item in range(9) if last.is_given_up(item)] == [2, 7]


def test_the_end_of_a_machine_between_items_blames_none(note: Place) -> None:
    for _ in range(5):
        attempt = Attempt.begin(note)
        attempt.reading(4)
        attempt.reading(NONE)
    assert not Attempt.begin(note).is_given_up(4)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"item": "x", "ends": {}}', b'{"ends": []}'])
def test_half_a_note_only_makes_careful(note: Place, content: bytes) -> None:
    note.write(content)
    attempt = Attempt.begin(note)
    assert attempt.is_careful
    assert not attempt.is_given_up(0)
