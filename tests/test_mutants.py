"""The small faults that `make mutants` puts in: which there are, and how those that were noticed are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutants import Mutant, counted, drawn, mirrors, possible

CODE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    LEFT = 1 < 2

def wide(side: int | None, more: bool = True) -> int | None:
    return side + 1
"""


def mutant(before: str, after: str) -> Mutant:
    return Mutant("the path", "inkdigit/ink/strokes.py", 1, "operator", before, after, "")


def test_nothing_is_changed_that_is_not_evaluated() -> None:
    found = {(line, name.rpartition("/")[2]) for line, (name, _) in possible(CODE)}
    assert found == {(6, "ReplaceTrueWithFalse"), (7, "ReplaceBinaryOperator_Add_Sub"), (7, "NumberReplacer")}


def test_the_same_seed_draws_the_same_faults_and_each_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mutants.AREAS, "the path", ("inkdigit/ink/strokes.py",))
    first, again, others = (drawn("the path", 5, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != others
    for one in first:
        assert one.content != (mutants.ROOT / one.path).read_text(encoding="utf-8")
        assert one.before != one.after


def test_the_tests_of_a_file_mirror_it() -> None:
    assert mirrors("inkdigit/ink/strokes.py") == ["tests/ink/test_strokes.py"]
    assert mirrors("inkdigit/reader.py") == [
        f"tests/test_reader{part}.py" for part in ("", "_scripts", "_signs", "_strokes")
    ]


def test_what_survives_counts_unless_it_is_named_as_equivalent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same = {"path": "inkdigit/ink/strokes.py", "before": "a", "after": "b", "reason": "it is the same"}
    (tmp_path / "same.json").write_text(json.dumps([same]))
    monkeypatch.setattr(mutants, "EQUIVALENT", tmp_path / "same.json")
    found = counted([mutant("a", "b"), mutant("c", "d"), mutant("e", "f")], [False, False, True])
    row = {"mutants": 3, "noticed": 1, "equivalent": 1}
    assert [one for one in found["areas"] if one["area"] in ("the path", "all")] == [
        {"area": "the path", **row},
        {"area": "all", **row},
    ]
    assert [one["before"] for one in found["survivors"]] == ["c"]
    assert [one["reason"] for one in found["equivalent"]] == ["it is the same"]
