"""Every way to write a digit, drawn with variation, is read; so is a hand that mixes them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import inkdigit
from inkdigit.evaluation.allographs import ALLOGRAPHS, Allograph, written
from inkdigit.ink.strokes import Strokes

_IDS = [f"{way.digit} {way.name}" for way in ALLOGRAPHS]


def answers(reader: inkdigit.Reader, way: Allograph, count: int) -> Counter[int | None]:
    random = np.random.default_rng(way.digit)
    drawn = [written(way, random).paths for _ in range(count)]
    return Counter(reader.ink(paths, single=True).digits[0].value for paths in drawn)


@pytest.mark.parametrize("way", ALLOGRAPHS, ids=_IDS)
def test_each_way_is_read(reader: inkdigit.Reader, way: Allograph) -> None:
    found = answers(reader, way, 20)
    assert found[way.digit] >= 17, found
    assert reader.ink(written(way).paths, single=True).digits[0].value == way.digit, "as the template stands"


def test_every_digit_has_several_ways_with_names_of_their_own() -> None:
    assert len(set(_IDS)) == len(_IDS)
    assert set(Counter(way.digit for way in ALLOGRAPHS)) == set(range(10))
    assert min(Counter(way.digit for way in ALLOGRAPHS).values()) >= 3


@pytest.mark.parametrize("way", ALLOGRAPHS, ids=_IDS)
def test_a_drawing_is_shaken_and_its_strokes_hang_together(way: Allograph) -> None:
    random = np.random.default_rng(3)
    plain, one, other = written(way), written(way, random), written(way, random)
    for drawn in (plain, one, other):
        assert isinstance(drawn, Strokes)
        assert [len(path) for path in drawn.paths] == [len(path) for path in plain.paths]
        for path in drawn.paths:
            assert path.dtype == np.float32
            assert np.hypot(*np.diff(path, axis=0).T).max() < 20, "no jumps between the parts of a stroke"
    assert not np.allclose(one.paths[0], other.paths[0], atol=1)
    box = plain.box
    assert box is not None
    assert 60 <= box[3] - box[1] <= 125


def test_the_first_point_strays_where_the_way_says_so() -> None:
    random = np.random.default_rng(0)
    straying = next(way for way in ALLOGRAPHS if way.name == "upstroke as long as the stem")
    firm = next(way for way in ALLOGRAPHS if way.name == "stem alone")
    spread = [np.std([written(way, random).paths[0][0][1] for _ in range(300)]) for way in (straying, firm)]
    assert spread[0] > spread[1]
