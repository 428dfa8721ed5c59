"""The text in a PNG, up to the length that readers of pictures allow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from drawn import encoded
from PIL import Image

from inkdigit.exchange import png_metadata

PIXELS = np.arange(60, dtype=np.uint8).reshape(6, 10)


@pytest.mark.parametrize(("spare", "kept"), [(1, True), (0, False), (-1, False)])
def test_a_text_is_kept_unless_it_is_too_long(spare: int, kept: bool) -> None:
    before = len(f"{png_metadata._digest(PIXELS)} ")
    text = "x" * (png_metadata._MOST - before - spare)
    png = encoded(PIXELS)
    stamped = png_metadata.stamped(png, PIXELS, text)
    assert (stamped != png) == kept
    assert png_metadata.text_in(stamped, PIXELS) == (text if kept else "")
    with Image.open(io.BytesIO(stamped)) as image:
        assert np.array_equal(np.asarray(image), PIXELS)
