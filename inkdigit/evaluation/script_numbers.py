"""Numbers in any script, put together from single digits: as strokes, and as pictures of ink on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.data.script_digits import ScriptDigits
from inkdigit.ink import picture, segment
from inkdigit.ink.strokes import Strokes

HEIGHT = 100.0  # of a digit, in the unit of the strokes
_DOT = 14.0  # of a zero that is a dot
_PIXELS = 64  # of a digit on a picture
_PAPER, _INK = 235, 60  # tones


@dataclass(frozen=True, eq=False)
class Composed:
    """A number.

    Attributes:
        text: its digits, 0 to 9.
        places: of these digits in the data that they were taken from.
    """

    text: str
    places: tuple[int, ...]


def chosen(found: ScriptDigits, length: int, random: np.random.Generator) -> Composed:
    """So many digits of one writer, or of anybody where writers are not known."""
    first = int(random.integers(len(found.labels)))
    own = np.nonzero(found.groups == found.groups[first])[0]
    places = own[random.integers(len(own), size=length)]
    return Composed("".join(str(found.labels[at]) for at in places), tuple(int(at) for at in places))


def as_strokes(digits: Sequence[Strokes | None], random: np.random.Generator) -> Strokes:
    """Digits side by side, alike in height; None is a blob, which is drawn as a dot half way up."""
    right = 0.0
    paths: list[NDArray[np.float32]] = []
    for one in digits:
        if one is None or one.box is None:
            moved = [np.array([[0, HEIGHT / 2]], np.float32)]
        else:
            left, top, far, low = one.box
            scale = HEIGHT * float(np.exp(random.normal(0, 0.06))) / max(1e-6, low - top, (far - left) / 1.3)
            down = (HEIGHT - (low - top) * scale) / 2  # a flat digit stands half way up
            moved = [((path - np.array([left, top])) * scale + [0, down]).astype(np.float32) for path in one.paths]
        if paths:
            right += HEIGHT * float(random.uniform(0.12, 0.45))
        paths += [path + np.array([right, 0], np.float32) for path in moved]
        right = max(float(path[:, 0].max()) for path in paths)
    return Strokes(tuple(paths))


def as_picture(
    images: Sequence[NDArray[np.uint8]], are_dots: Sequence[bool], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Scans of digits side by side, dark on light paper: uint8 (h, w).

    Args:
        are_dots: which of them are zeros that are written as a dot; scans that were cut tight show these too large.
    """
    inks = [_cut(image, _DOT / HEIGHT if dot else 1.0, random) for image, dot in zip(images, are_dots, strict=True)]
    gaps = [int(_PIXELS * random.uniform(0.12, 0.3)) for _ in inks]
    wide = sum(ink.shape[1] for ink in inks) + sum(gaps) + 2 * _PIXELS
    sheet = np.zeros((3 * _PIXELS, wide), np.uint8)
    left = _PIXELS
    for ink, gap in zip(inks, gaps, strict=True):
        top = (3 * _PIXELS - ink.shape[0]) // 2
        sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        left += ink.shape[1] + gap
    tones = _PAPER - (_PAPER - _INK) * (sheet.astype(np.float32) / 255) + random.normal(0, 2, sheet.shape)
    return np.asarray(np.clip(tones, 0, 255), np.uint8)


def _cut(image: NDArray[np.uint8], share: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """The ink of a scan, as high as a digit."""
    mark = segment.one_mark(picture.load(image))
    ink = image if mark is None else mark.ink
    high = _PIXELS * share * float(np.exp(random.normal(0, 0.05)))
    scale = high / max(ink.shape[0], ink.shape[1] / 1.3)
    size = (max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale)))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)
