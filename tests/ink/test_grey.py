"""The ink of many grey pictures is that of each alone."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import spoilt

from inkdigit.ink import grey as grey_pictures
from inkdigit.ink import picture


@pytest.mark.parametrize("shape", [(5, 9), (19, 40), (20, 20), (28, 28), (64, 33), (150, 300), (230, 210)])
def test_the_ink_of_many_is_that_of_each_alone(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0])
    greys = np.stack([spoilt(random, shape) for _ in range(60)])
    together = grey_pictures.inks(greys)
    for at, grey in enumerate(greys):
        alone = picture.load(grey).ink
        assert np.array_equal(together[at], alone), at
    assert len({ink.tobytes() for ink in together}) > 40


def test_what_stands_beside_a_picture_changes_nothing_on_it() -> None:
    random = np.random.default_rng(1)
    first, *others = (spoilt(random, (40, 40)) for _ in range(9))
    alone = grey_pictures.inks(first[None])[0]
    for other in others:
        assert np.array_equal(grey_pictures.inks(np.stack([other, first, 255 - other]))[1], alone)
