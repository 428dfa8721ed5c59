"""The same digit, cropped as other programs do."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import picture

import inkdigit
from inkdigit.errors import DataError
from inkdigit.evaluation.crops import CROPS, crop
from inkdigit.ink import segment
from inkdigit.ink.picture import load

SCAN, OTHER = 255 - picture(7, size=90, pen=5), 255 - picture(2, size=80, pen=5)


@pytest.mark.parametrize("how", CROPS)
def test_every_crop_keeps_the_digit_and_is_read(reader: inkdigit.Reader, how: str) -> None:
    made = crop(SCAN, how, OTHER)
    assert made.dtype == np.uint8
    assert made.ndim == 2
    assert reader.digit(made).value == 7
    assert (255 - picture(7, size=90, pen=5) == SCAN).all(), "the scan stays as it was"


def test_margins_are_parts_of_the_longer_side() -> None:
    mark = segment.one_mark(load(SCAN))
    assert mark is not None
    high, wide = mark.ink.shape
    for percent in (0, 10, 20, 40):
        margin = round(percent / 100 * max(high, wide))
        assert crop(SCAN, f"margin-{percent}", OTHER).shape == (high + 2 * margin, wide + 2 * margin)


def test_stretching_changes_one_side_and_a_frame_or_neighbour_only_the_edge() -> None:
    plain = crop(SCAN, "margin-20", OTHER)
    high, wide = plain.shape
    assert crop(SCAN, "wide", OTHER).shape == (high, round(1.5 * wide))
    assert crop(SCAN, "high", OTHER).shape == (round(1.5 * high), wide)
    framed = crop(SCAN, "frame", OTHER) != plain
    assert framed[0].all()
    assert framed[:, -1].all()
    assert not framed[3:-3, 3:-3].any()
    beside = crop(SCAN, "neighbour", OTHER) != plain
    assert beside[:, -1].any()
    assert not beside[:, : wide - wide // 12].any()


def test_another_crop_is_an_error_and_a_blank_scan_stays() -> None:
    with pytest.raises(DataError, match=r"margin-0.*'tight'"):
        crop(SCAN, "tight", OTHER)
    blank = np.full((30, 20), 250, np.uint8)
    assert (crop(blank, "margin-10", OTHER) == blank).all()
