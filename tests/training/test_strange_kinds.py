"""Networks that are asked how strange kinds of page are read never saw one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import strange_kinds
from inkdigit.evaluation.paper.kinds import KINDS
from inkdigit.settings import Settings

NO_NUMBERS = {"words", "print", "empty"}


def test_every_kind_with_numbers_is_left_out_once() -> None:
    left_out = [kind for group in strange_kinds.GROUPS.values() for kind in group]
    assert len(left_out) == len(set(left_out))
    assert set(left_out) == set(KINDS) - NO_NUMBERS


@pytest.mark.parametrize("group", ["all", *strange_kinds.GROUPS])
def test_no_page_of_a_group_trains_or_validates_its_networks(
    group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, set[str]] = {}

    def note(name: str) -> Any:
        """A part of training that only tells which kinds of page it was given."""

        def called(*given: Any, **named: Any) -> None:
            kinds = named.get("shown") or next(one for one in given if isinstance(one, tuple) and "words" in one)
            seen[name] = set(kinds)

        return called

    monkeypatch.setattr(strange_kinds, "RUNS", tmp_path)
    for module, name in ((strange_kinds.pages, "pages"), (strange_kinds.rows, "rows")):
        monkeypatch.setattr(module, "train", note(name))
    for module, name in ((strange_kinds.pages, "crops held"), (strange_kinds.places, "places held")):
        monkeypatch.setattr(module, "validation", note(name))
    monkeypatch.setattr(strange_kinds.pages, "batch", lambda crops: crops)
    for module in (strange_kinds.page_export, strange_kinds.row_export):
        monkeypatch.setattr(module, "export", lambda *given: None)
    strange_kinds.trained(group, Settings())
    assert set(seen) == {"pages", "rows", "crops held", "places held"}
    wanted = set(KINDS) - set(strange_kinds.GROUPS.get(group, ()))
    assert all(kinds == wanted for kinds in seen.values())


def test_a_group_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["strange_kinds", "tabels"])
    with pytest.raises(SystemExit, match="Expected groups of kinds: tables, forms, notes, got tabels"):
        strange_kinds.main()
