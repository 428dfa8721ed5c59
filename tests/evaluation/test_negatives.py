from __future__ import annotations

import numpy as np
import pytest
from drawn import DIGITS

import inkdigit
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation import negatives
from inkdigit.recognition import glyph

MARKS = [PenSample(str(digit), "a", [list(stroke) for stroke in strokes]) for digit, strokes in DIGITS.items()]


def random() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_same_seed_scribbles_the_same() -> None:
    one, same = (glyph.from_strokes(negatives.scribble(random())).pixels for _ in range(2))
    assert (one == same).all()
    assert one.max() > 0.5


def test_doodles_are_drawn_in_any_way_and_refused(reader: inkdigit.Reader) -> None:
    seeded = random()
    drawn = [negatives.doodle(seeded) for _ in range(60)]
    assert len({len(one.paths) for one in drawn}) > 3
    assert all(len(path) >= 2 and np.isfinite(path).all() for one in drawn for path in one.paths)
    same = negatives.doodle(random())
    assert all((a == b).all() for a, b in zip(drawn[0].paths, same.paths, strict=True))
    digits = [reader.ink(one.paths, single=True).digits[0] for one in drawn]
    assert all(digit.value is None or digit.confidence < 0.75 for digit in digits)


def test_a_number_is_wider_than_a_digit() -> None:
    seeded = random()
    glyphs = [glyph.from_strokes(negatives.number(MARKS, seeded)).pixels for _ in range(30)]
    assert np.median([np.ptp(np.nonzero(one.any(axis=0))[0]) for one in glyphs]) >= 18


def test_hands_are_of_writers_with_two_marks() -> None:
    alone = PenSample("3", "b", MARKS[3].strokes)
    assert negatives.hands([*MARKS, alone]) == [MARKS]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.label)
def test_a_half_is_smaller_and_none_looks_like_a_digit(mark: PenSample) -> None:
    half = negatives.half(mark, random())
    halved = any(mark.label in digits for digits in negatives.HALVES.values())
    assert (half is not None) == halved
    if half is not None:
        assert min(half.shape) - 60 <= 0.53 * 190


def test_noise_and_things_are_pictures_with_ink() -> None:
    seeded = random()
    for made in [kind(seeded) for kind in (negatives.noise, negatives.thing, negatives.scene) for _ in range(20)]:
        assert made.dtype == np.uint8
        assert 28 <= made.shape[0] == made.shape[1] <= 160
        assert np.ptp(made) > 60
