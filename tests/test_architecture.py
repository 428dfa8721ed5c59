"""The rooms of the house: who imports whom, and whether the plan on the wall is true."""

from __future__ import annotations

import re

import architecture
import pytest
from architecture import FRONT, ORDER, PACKAGE, PAGE
from here import ROOT

IMPORTS = architecture.imports()
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
VAGUE = {"utils", "util", "helpers", "helper", "core", "base", "common", "misc"}


def test_every_file_is_in_a_room_that_has_its_place_in_the_order() -> None:
    rooms = {architecture.room_of(module) for module in IMPORTS}
    assert rooms - {FRONT, "__main__"} == set(LEVEL)


@pytest.mark.parametrize("module", IMPORTS)
def test_imports_go_one_way(module: str) -> None:
    room = architecture.room_of(module)
    for other in IMPORTS[module]:
        there = architecture.room_of(other)
        if room in LEVEL and there not in (room, FRONT):
            assert LEVEL[there] < LEVEL[room], f"{module} imports {other}"


def test_no_files_import_each_other_in_a_circle() -> None:
    assert architecture.circles() == []


def test_a_circle_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str]()}
    monkeypatch.setattr(architecture, "imports", lambda: graph)
    assert architecture.circles() == [["a", "b", "c"]]


@pytest.mark.parametrize("room", [room for room in LEVEL if (PACKAGE / room).is_dir()])
def test_a_room_says_in_one_sentence_what_comes_in_and_what_goes_out(room: str) -> None:
    said = architecture.purpose(room)
    assert re.fullmatch(r"[A-Z].* comes? in.*\bgo(es)?\b.* out.*\.|[A-Z].*\bgo out\b.* come in.*\.", said), said
    assert said in PAGE.read_text(encoding="utf-8")


def test_no_room_and_no_file_has_a_name_that_says_nothing() -> None:
    names = {path.stem for folder in ("inkdigit", "tests", "benchmarks") for path in (ROOT / folder).rglob("*")}
    assert not names & VAGUE


def test_the_diagram_is_drawn_from_the_imports() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert architecture.drawn(text) == text, "run python docs/architecture.py"


def test_the_diagram_shows_what_is_imported_directly_or_through_others() -> None:
    shown: dict[str, set[str]] = {room: set() for room in LEVEL}
    for room, other in re.findall(r"^  (\w+) --> (\w+)$", architecture.diagram(), re.MULTILINE):
        shown[room].add(other)
    for room, others in architecture.arrows().items():
        assert others <= architecture._reached(room, shown), room


def test_every_file_that_the_page_names_is_there() -> None:
    for page in (PAGE, ROOT / "CONTRIBUTING.md"):
        for name in re.findall(r"`((?:inkdigit|tests|docs|benchmarks)/[\w./-]+)`", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"
