"""A reading that nobody waits for any more ends at its next step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import number

import inkdigit
from inkdigit.ink import stopping
from inkdigit.ink.stopping import Stopped


class After:
    """Says that a reading is no longer wanted when it has been asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        self.left -= 1
        return self.left < 0


def scribble() -> list[Any]:
    random = np.random.default_rng(20)
    return [random.uniform(0, 300, (2, 2)) for _ in range(20)]


def test_steps_go_on_until_they_are_no_longer_wanted() -> None:
    stopped = After(3)
    done: list[int] = []
    with pytest.raises(Stopped):
        done.extend(stopping.while_wanted(range(9), stopped))
    assert (stopped.asked, list(stopping.while_wanted(range(9), stopping.never))) == (4, list(range(9)))


@pytest.mark.parametrize("drawing", [number("40712"), scribble(), [[[0, 0], [50, 50]]]], ids=["number", "heap", "one"])
def test_a_reading_ends_wherever_it_is_told_to(reader: inkdigit.Reader, drawing: list[Any]) -> None:
    wanted = After(1_000_000)
    found = reader.ink(drawing, stopped=wanted)
    assert found.text == reader.ink(drawing).text
    for times in sorted({0, 1, 2, 5, wanted.asked // 2, wanted.asked - 1} & set(range(wanted.asked))):
        stopped = After(times)
        with pytest.raises(Stopped):
            reader.ink(drawing, stopped=stopped)
        assert stopped.asked == times + 1, "it is not asked again: the reading has ended"


def test_a_heap_asks_at_every_step(reader: inkdigit.Reader) -> None:
    wanted = After(1_000_000)
    reader.ink(scribble(), stopped=wanted)
    assert wanted.asked > 400, "pieces, groups, the marks that they make, and the steps of parting"
