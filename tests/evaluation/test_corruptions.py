from __future__ import annotations

import numpy as np
import pytest
from drawn import DIGITS

from inkdigit.errors import DataError
from inkdigit.evaluation.corruptions import CORRUPTIONS, corrupt
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph

PICTURES = np.stack(
    [np.rint(glyph.from_strokes(Strokes.of(DIGITS[d])).pixels * 255).astype(np.uint8) for d in range(10)]
)


def test_there_are_the_fifteen_of_the_paper() -> None:
    noises = {"shot_noise", "impulse_noise", "glass_blur", "motion_blur", "fog", "spatter", "canny_edges"}
    lines = {"stripe", "dotted_line", "zigzag"}
    assert set(CORRUPTIONS) == noises | lines | {"shear", "scale", "rotate", "brightness", "translate"}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_shape_and_range_stay_and_the_seed_decides(name: str) -> None:
    one, same = corrupt(PICTURES, name, 1), corrupt(PICTURES, name, 1)
    assert one.dtype == np.uint8
    assert one.shape == PICTURES.shape
    assert (one == same).all()
    assert (one != PICTURES).any(axis=(1, 2)).all()


def test_strengths_are_those_of_the_paper() -> None:
    changed = corrupt(PICTURES, "impulse_noise") != PICTURES
    assert 0.06 < changed.mean() < 0.17, "half of the 17 % are black already"
    assert (corrupt(PICTURES, "brightness")[:, 0, 0] == 128).all()
    assert (corrupt(PICTURES, "stripe")[:, :, :7] == 255 - PICTURES[:, :, :7]).all()
    assert (corrupt(PICTURES, "stripe")[:, :, 7:21] == PICTURES[:, :, 7:21]).all()
    moved = corrupt(PICTURES, "translate")
    assert all(
        any((np.roll(PICTURES[n], (a, b), (0, 1)) == moved[n])[3:-3, 3:-3].all() for a in (-3, 3) for b in (-3, 3))
        for n in range(10)
    )
    assert set(np.unique(corrupt(PICTURES, "canny_edges"))) == {0, 255}
    high = np.nonzero(corrupt(PICTURES, "scale")[0].max(axis=1) > 64)[0]
    assert np.ptp(high) + 1 == pytest.approx(0.7 * 20, abs=2)


def test_an_unknown_name_and_other_sizes_are_refused() -> None:
    with pytest.raises(DataError, match="a corruption: shot_noise"):
        corrupt(PICTURES, "snow")
    with pytest.raises(DataError, match="28x28"):
        corrupt(PICTURES[:, :20], "fog")
