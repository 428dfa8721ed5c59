"""Counts what is read on real paper that other people wrote on: amounts cut from cheques, and a score card."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.file_faults import DAMAGED
from inkdigit.errors import DataError
from inkdigit.evaluation.paper.counting import PageScore, Read, Reading, digits
from inkdigit.ink import picture
from inkdigit.settings import Settings

AMOUNTS = "fields/amounts.npz"  # to choose by, never to train on
CARD = "pages/score-card.jpg"
ON_CARD = (3, 4, 6, 9, 9, 12, 12, 15, 15, 18, 24, 10, 12, 20, 20, 12, 15, 16, 20, 26, 28, 21, 19, 50)  # row by row
_ARRAYS = ("pixels", "shapes", "text")


def amounts(settings: Settings) -> list[tuple[NDArray[np.uint8], str]]:
    """Amounts cut tight from cheques: uint8 (h, w) each, and the digits on it.

    Raises:
        DataError: the file is not in the data folder, or it is damaged.
    """
    path = _file(settings, AMOUNTS)
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            pixels, shapes, texts = (file[name] for name in _ARRAYS)
        ends = shapes.astype(np.int64).prod(axis=1).cumsum()
        pictures = [one.reshape(shape) for one, shape in zip(np.split(pixels, ends[:-1]), shapes, strict=True)]
        return [(one.astype(np.uint8), str(text)) for one, text in zip(pictures, texts, strict=True)]
    except DAMAGED as error:
        raise DataError(
            "arrays " + ", ".join(_ARRAYS), f"{path}: {type(error).__name__}", "Fetch the file again"
        ) from None


def score_amounts(read: Read, settings: Settings, count: int | None = None) -> PageScore:
    """Each picture is one number: the longest reading is taken for it, and the others do not count.

    Args:
        count: how many amounts, from the first; None: all.

    Raises:
        DataError: the file is not in the data folder, or it is damaged.
    """
    found = PageScore("amounts")
    for shown, text in amounts(settings)[:count]:
        begun = time.perf_counter()
        readings = read(shown)
        found.seconds += time.perf_counter() - begun
        add_amount(found, text, readings)
    return found


def add_amount(found: PageScore, text: str, readings: Sequence[Reading]) -> None:
    """Counts what was read on the picture of one amount."""
    found.pages += 1
    found.written += 1
    longest = max(readings, key=lambda one: (len(digits(one[0])), one[1]), default=None)
    if longest is None or not digits(longest[0]):
        return
    found.found += 1
    (found.is_right if digits(longest[0]) == text else found.is_false)(longest[1])


def card(settings: Settings) -> NDArray[np.uint8]:
    """The photo of a score card: uint8 (h, w, 3), RGB.

    Raises:
        DataError: the file is not in the data folder.
    """
    return picture.decode(_file(settings, CARD), settings)


def score_card(read: Read, settings: Settings) -> PageScore:
    """The numbers on the card, as many times as each stands there; where they were read is not known.

    Raises:
        DataError: the file is not in the data folder.
    """
    shown, found = card(settings), PageScore("score card")
    begun = time.perf_counter()
    readings = read(shown)
    found.seconds = time.perf_counter() - begun
    add_card(found, readings)
    return found


def add_card(found: PageScore, readings: Sequence[Reading]) -> None:
    """Counts what was read on the card, the surest readings first."""
    found.pages += 1
    found.written += len(ON_CARD)
    left = Counter(map(str, ON_CARD))
    for text, confidence, _ in sorted(readings, key=lambda one: -one[1]):
        if not digits(text):
            continue
        is_right = left[digits(text)] > 0
        left[digits(text)] -= is_right
        found.found += is_right
        (found.is_right if is_right else found.is_false)(confidence)


def _file(settings: Settings, name: str) -> Path:
    path = Path(settings.data or ".") / name
    if not settings.data or not path.is_file():
        where = f"no file at {path}" if settings.data else "no data folder"
        folder = name.partition("/")[0]
        raise DataError(f"the file {name}", where, f"Set INKDIGIT_DATA to the folder that holds {folder}/")
    return path
