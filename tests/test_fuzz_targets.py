"""What the fuzzer searches with: each target takes the inputs that it begins with, and tells a broken promise."""

from __future__ import annotations

import pytest

from benchmarks import fuzz_targets
from inkdigit.errors import InkdigitError


@pytest.mark.parametrize("name", fuzz_targets.TARGETS)
def test_inputs_that_are_right_are_taken(name: str) -> None:
    seeds = fuzz_targets.seeds(name)
    assert seeds
    for one in seeds:
        fuzz_targets.promised(name)(one)


@pytest.mark.parametrize("name", fuzz_targets.TARGETS)
def test_nonsense_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(InkdigitError):
        fuzz_targets.TARGETS[name](b"7,nonsense\n" * 2)
    fuzz_targets.promised(name)(b"7,nonsense\n" * 2)


def test_a_long_error_and_any_other_one_break_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    class LongError(InkdigitError):
        def __str__(self) -> str:
            return "b" * 5_000

    def fails(data: bytes) -> None:
        raise LongError("a", "b", "C") if data else ValueError("d")

    monkeypatch.setitem(fuzz_targets.TARGETS, "strokes", fails)
    with pytest.raises(AssertionError, match="characters"):
        fuzz_targets.promised("strokes")(b"1")
    with pytest.raises(ValueError, match="d"):
        fuzz_targets.promised("strokes")(b"")
