"""Many pictures at once: read as each alone is, whatever stands beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from drawn import picture, spoilt
from numpy.typing import NDArray
from PIL import Image

import inkdigit
from inkdigit.errors import PictureError


def test_many_of_all_kinds_are_read_as_each_alone(reader: inkdigit.Reader) -> None:
    """Grey and colour, transparent, of 16 bits, files, small, large and blank, in three batches."""
    random = np.random.default_rng(2)
    given: list[Any] = []
    for at in range(520):
        grey = spoilt(random, [(28, 28), (40, 30), (9, 9), (100, 100)][at % 4])
        kind = int(random.integers(8))
        if kind == 0:
            given.append(np.repeat(grey[:, :, None], 3, axis=2))
        elif kind == 1:
            given.append(np.dstack([grey, grey, grey, np.full_like(grey, 255)]))
        elif kind == 2:
            given.append(grey.astype(np.uint16) * 16)
        elif kind == 3:
            buffer = io.BytesIO()
            Image.fromarray(grey).save(buffer, "PNG")
            given.append(buffer.getvalue())
        elif kind == 4 and at % 16 == 0:
            given.append(spoilt(random, (400, 420)))
        else:
            given.append(grey)
    answers = reader.digits(iter(given))
    assert len(answers) == len(given)
    for at, (image, answer) in enumerate(zip(given, answers, strict=True)):
        alone = reader.digit(image)
        assert (answer.value, answer.box) == (alone.value, alone.box), at
        assert np.array_equal(answer.glyph, alone.glyph), at
        # To the last bit: the network sums whole numbers of eight bits, which no order changes.
        assert np.array_equal(answer.probabilities, alone.probabilities), at
        assert answer.confidence == alone.confidence, at
    assert {answer.value for answer in answers} >= set(range(10)) | {None}


@pytest.mark.parametrize("place", [0, 255, 256, 600, 1099])
def test_the_place_of_a_bad_picture_is_named(reader: inkdigit.Reader, place: int) -> None:
    given: list[Any] = [picture(7, 28)] * 1100
    given[place] = np.zeros((0, 4), np.uint8)
    with pytest.raises(PictureError, match=f"at place {place} of those given"):
        reader.digits(given)


def test_the_first_of_several_bad_pictures_is_named(reader: inkdigit.Reader) -> None:
    given: list[Any] = [picture(7, 28)] * 1500
    for place in (300, 700, 1400):
        given[place] = b"no picture"
    with pytest.raises(PictureError, match="at place 300 of those given"):
        reader.digits(given)


def test_pictures_are_asked_for_as_they_are_read(reader: inkdigit.Reader) -> None:
    """Not all at once: a film or a folder may not fit into memory."""
    asked = []

    def endless() -> Iterator[NDArray[np.uint8]]:
        while True:
            asked.append(1)
            if len(asked) == 100_000:
                raise AssertionError("all were asked for before the first was read")
            yield np.zeros((0, 4), np.uint8) if len(asked) == 300 else picture(1, 28)

    with pytest.raises(PictureError, match="at place 299 of those given"):
        reader.digits(endless())
    assert len(asked) < 10_000


def test_what_the_source_of_the_pictures_raises_is_not_hidden(reader: inkdigit.Reader) -> None:
    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from [picture(1, 28)] * 700
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        reader.digits(broken())
