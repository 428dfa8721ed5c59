"""Too little memory is said as such: nothing is wrong with a picture for which there was none."""

from __future__ import annotations

import io
from typing import Any

import pytest
from drawn import encoded, picture
from PIL import Image, ImageOps, TiffImagePlugin

from inkdigit.errors import BusyError
from inkdigit.ink import documents
from inkdigit.ink import picture as pictures

SHORT = pytest.mark.parametrize("error", [MemoryError(), OSError("out of memory error when reading image file")])


def failing(error: Exception) -> Any:
    def fails(*given: Any, **named: Any) -> None:
        raise error

    return fails


@SHORT
def test_a_picture_for_which_there_is_no_memory_is_not_called_damaged(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", failing(error))
    with pytest.raises(BusyError, match="memory to do this in"):
        pictures.decode(encoded(picture(7)))


def test_a_picture_that_cannot_be_turned_is_not_read_as_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageOps, "exif_transpose", failing(MemoryError()))
    with pytest.raises(BusyError, match="memory to do this in"):
        pictures.decode(encoded(picture(7)))


def test_nor_is_a_page_of_a_tiff(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    Image.fromarray(picture(7)).save(content, "TIFF", save_all=True, append_images=[Image.fromarray(picture(4))])
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "load", failing(MemoryError()))
    for shown in (lambda: list(documents.pages(content.getvalue())), lambda: documents.page(content.getvalue(), 2)):
        with pytest.raises(BusyError, match="memory to do this in"):
            shown()
