"""Templates of every script's digits, and drawings of them."""

from __future__ import annotations

import numpy as np
import pytest

from inkdigit.errors import ScriptError
from inkdigit.evaluation import script_strokes
from inkdigit.recognition import glyph
from inkdigit.scripts import SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_digit_of_a_script_has_its_own_strokes(script: str) -> None:
    made = script_strokes.templates(script)
    assert len(made) == 10
    drawn = np.stack([glyph.from_strokes(script_strokes.Strokes(digit)).pixels.ravel() for digit in made])
    alike = drawn @ drawn.T / np.outer(np.linalg.norm(drawn, axis=1), np.linalg.norm(drawn, axis=1))
    assert (alike - np.eye(10)).max() < 0.93


@pytest.mark.parametrize("script", SCRIPTS)
def test_templates_are_a_hundred_units_high_or_wide(script: str) -> None:
    for digit in script_strokes.templates(script):
        points = np.concatenate(digit)
        assert points.min() >= -1
        assert points.max() <= 101


def test_a_digit_is_drawn_otherwise_each_time_and_alike_from_one_seed() -> None:
    first, again, other = (script_strokes.written("thai", 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.paths[0], again.paths[0])
    assert not np.array_equal(first.paths[0], other.paths[0])


def test_zero_is_a_dot_where_it_is_written_as_one() -> None:
    assert [len(np.concatenate(script_strokes.templates(name)[0])) for name in ("persian", "arabic-indic")] == [1, 1]


def test_an_unknown_script_has_none() -> None:
    with pytest.raises(ScriptError):
        script_strokes.templates("runes")
