"""A picture with what was read on it: a box around each digit, the number above."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.errors import InkdigitError
from inkdigit.ink import picture
from inkdigit.ink.picture import ImageInput
from inkdigit.recognition.reading import Page
from inkdigit.settings import Settings

_BLUE = (43, 80, 200)  # the page's accent
_ORANGE = (190, 90, 0)  # for what is not sure
_SURE = 0.75


def annotated(image: ImageInput, page: Page, settings: Settings | None = None) -> Image.Image:
    """RGB picture of the input, upright, with boxes and texts; those of numbers that are not sure in orange."""
    seen = Image.fromarray(np.asarray(picture.decode(image, settings))).convert("RGB")
    pen = ImageDraw.Draw(seen)
    thick = max(1, round(max(seen.size) / 900))
    for number in page.numbers:
        colour = _BLUE if number.confidence >= _SURE else _ORANGE
        for digit in number.digits:
            if digit.box is not None:
                pen.rectangle([round(side) for side in digit.box], outline=colour, width=thick)
        if number.box is not None:
            left, top, _, bottom = number.box
            font = ImageFont.load_default(max(12, min(0.5 * (bottom - top), max(seen.size) / 30)))
            pen.text(
                (left, top - 2 * thick), number.written, colour, font, anchor="lb", stroke_width=2, stroke_fill="white"
            )
    return seen


def save(image: ImageInput, page: Page, path: Path, settings: Settings | None = None) -> None:
    """Writes `annotated` as PNG; a file that is there is replaced.

    Raises:
        InkdigitError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        annotated(image, page, settings).save(path, "PNG")
    except OSError as error:
        raise InkdigitError(f"room to write {path}", str(error), "Name another folder, or make room") from None
