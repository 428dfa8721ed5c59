"""A page in several scripts: in how many of them it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigit.recognition import by_marks, joined, mixed
from inkdigit.recognition.finding import Look
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.paper import Found
from inkdigit.scripts import SCRIPTS


@pytest.mark.parametrize(("count", "most"), [(100, 14), (400, 5), (1_500, 2)])
def test_the_more_rows_a_page_has_the_fewer_scripts_read_all_of_it(
    monkeypatch: pytest.MonkeyPatch, count: int, most: int
) -> None:
    """A page of words was read in nine scripts from end to end: for half a minute."""
    read: list[str] = []

    def likely(found: Any, shapes: Any) -> tuple[list[Core], NDArray[np.float64]]:
        return [], np.ones((0 if read else 1, len(found)))

    def reading(networks: Any, *_: Any) -> list[Found]:
        read.append(networks)
        return []

    def rows(cores: Sequence[Core], askew: float) -> list[list[int]]:
        return [[at] for at in range(count)]

    monkeypatch.setattr(mixed, "_likely", likely)
    monkeypatch.setattr(by_marks, "read", reading)
    monkeypatch.setattr(joined, "rows", rows)
    page = Look(Layout((), 0), 1.0, np.full((90, 90), 240, np.uint8))
    names: Any = {name: name for name in SCRIPTS}
    networks: dict[str, Networks] = names
    assert mixed.numbers(page, {name: [] for name in SCRIPTS}, networks, lambda _: [], 30) == []
    assert len(read) == most
