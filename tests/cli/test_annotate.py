from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import picture
from PIL import Image

import inkdigit
from inkdigit.cli import annotate
from inkdigit.errors import InkdigitError


def test_boxes_and_texts_stand_on_the_picture(reader: inkdigit.Reader) -> None:
    pixels = 255 - picture(3)
    page = reader.page(pixels)
    drawn = np.asarray(annotate.annotated(pixels, page)).astype(int)
    assert drawn.shape == (280, 280, 3)
    blue = (drawn[:, :, 2] - drawn[:, :, 0]) > 60
    rows, columns = np.nonzero(blue)
    assert page.numbers[0].box is not None
    left, top, right, bottom = page.numbers[0].box
    assert columns.min() == pytest.approx(left, abs=2)
    assert columns.max() == pytest.approx(right, abs=2)
    assert rows.max() == pytest.approx(bottom, abs=2)
    assert rows.min() < top - 8  # the text


def test_a_blank_page_stays_as_it_is() -> None:
    blank = np.full((50, 60), 240, np.uint8)
    drawn = annotate.annotated(blank, inkdigit.Page((), (60, 50)))
    assert (np.asarray(drawn) == 240).all()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InkdigitError, match="room to write"):
        annotate.save(picture(3), inkdigit.Page((), (280, 280)), tmp_path / "file" / "x.png")


def test_the_picture_is_written(tmp_path: Path) -> None:
    annotate.save(picture(3), inkdigit.Page((), (280, 280)), tmp_path / "new" / "x.png")
    with Image.open(tmp_path / "new" / "x.png") as image:
        assert image.size == (280, 280)
