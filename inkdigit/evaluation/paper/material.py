"""What pages are made of: digits, letters and signs of the writers of a fold, or of all others, and fonts for print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigit.data import datasets, scans
from inkdigit.data.datasets import MNIST_VALIDATION, PenSample
from inkdigit.errors import DataError
from inkdigit.evaluation import composed, signed
from inkdigit.evaluation.composed import one_of
from inkdigit.evaluation.paper import templates
from inkdigit.ink import grey
from inkdigit.settings import Settings

_Ink = NDArray[Any]  # float32 (h, w), ink = 1, cropped
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")
_FAMILIES = ("DejaVu", "Liberation", "NotoSans-", "NotoSerif-", "NotoSansMono-", "Roboto", "Lato", "OpenSans",
             "Nimbus", "C059", "P052", "URW")  # fmt: skip
_UNLIKE = ("Dingbats", "Symbol", "D050000L", "StandardSymbols", "Z003", "Oblique", "ExtraLight")
_INK = 0.2  # of full ink: what is fainter is paper
_A_DIGIT = 40  # pixels: scanned digits are kept in this height


@dataclass(frozen=True, eq=False)
class Material:
    """What some writers left.

    Attributes:
        hands: pen digits of each writer.
        signs: pen signs of each kind.
        letters: pen letters of each writer.
        scanned: inks of scanned digits by writer and digit; pictures of MNIST are one writer in fifty.
        fonts: files of fonts; OpenCV's own lines stand in where there are none.
    """

    hands: Sequence[Sequence[PenSample]]
    signs: Mapping[str, Sequence[PenSample]]
    letters: Sequence[Sequence[PenSample]]
    scanned: Sequence[Sequence[Sequence[_Ink]]]
    fonts: Sequence[Path]


def collect(settings: Settings, fold: int, held: bool) -> Material:
    """The material of the writers of a fold, or of all others and of those who write by templates.

    Raises:
        DataError: the pen files are missing or damaged.
    """
    by_writer: dict[str, list[PenSample]] = {}
    for name in ("lowercase", "uppercase"):
        for mark in datasets.pen(name, settings):
            if (datasets.fold_of(mark.writer) == fold) == held:
                by_writer.setdefault(mark.writer, []).append(mark)
    letters = [marks for marks in by_writer.values() if len(marks) >= 10]
    hands: Sequence[Sequence[PenSample]] = composed.hands(settings, fold, held)
    signs = signed.signs(settings, fold, held)
    if not held:
        hands, signs = templates.with_hands(hands), templates.with_signs(signs)
    return Material(hands, signs, letters, _scanned(settings, fold, held), fonts())


def fonts() -> tuple[Path, ...]:
    """Fonts for print, of Debian's fonts-dejavu-core, -liberation, -noto-core, -roboto, -lato and -urw-base35."""
    found = [path for folder in _FONTS for kind in ("ttf", "otf") for path in Path(folder).rglob(f"*.{kind}")]
    kept = [
        path
        for path in found
        if path.name.startswith(_FAMILIES) and not any(name in path.name for name in _UNLIKE)
    ]  # fmt: skip
    return tuple(sorted(kept))


def _scanned(settings: Settings, fold: int, held: bool) -> list[list[list[_Ink]]]:
    """Scanned digits by writer, and those of MNIST several times over, as they are of many hands."""
    writers: list[list[list[_Ink]]] = []
    try:
        found = scans.scanned(settings)
    except DataError:
        return writers
    for writer in sorted(set(found.writers)):
        if (datasets.fold_of(writer) == fold) != held:
            continue
        by_digit: list[list[_Ink]] = [[] for _ in range(10)]
        for at in [at for at, one in enumerate(found.writers) if one == writer][::3]:
            made = _cropped(grey.inks(found.pictures[at][None])[0])
            if made is not None:
                by_digit[int(found.labels[at])].append(made)
        if all(by_digit):
            writers.append(by_digit)
    images = datasets.mnist("train", settings)
    cut = len(images.labels) - MNIST_VALIDATION
    rows = range(cut, cut + 2000) if held else range(0, 8000)
    mixed: list[list[_Ink]] = [[] for _ in range(10)]
    for at in rows:
        made = _cropped(images.images[at])
        if made is not None:
            mixed[int(images.labels[at])].append(made)
    return [*writers, *[mixed] * max(2, len(writers) // 3)]


def _cropped(ink: NDArray[np.uint8]) -> _Ink | None:
    """The ink without paper around, its longer side _A_DIGIT pixels."""
    x, y, wide, high = cv2.boundingRect((ink > 76).astype(np.uint8))
    if max(wide, high) < 4:
        return None
    scale = _A_DIGIT / max(high, 0.7 * wide)
    size = (max(2, round(wide * scale)), max(2, round(high * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small: Any = cv2.resize(ink[y : y + high, x : x + wide], size, interpolation=how)
    return np.asarray(small.astype(np.float32) / 255)


def pasted(
    by_digit: Sequence[Sequence[_Ink]],
    form: str,
    height: int,
    random: np.random.Generator,
    times: float = 1.0,
) -> tuple[str, _Ink, tuple[float, ...]]:
    """Scanned digits of one hand side by side: what they are, their ink, a digit about `height` pixels high, and
    where the middle of each is: 0 = the left side of the ink, 1 = its right side. The form is "d" for any digit, or
    a digit; the zeros that it asks for are `times` as high.
    """
    any_digits = random.integers(0, 10, len(form))
    text = "".join(str(digit) if mark == "d" else mark for mark, digit in zip(form, any_digits, strict=True))
    sheet = np.zeros((height * 2, height * (len(form) + 2)), np.float32)
    right, gap = height // 3, random.uniform(0.03, 0.3)
    middles = []
    for at, digit in enumerate(text):
        ink = one_of(by_digit[int(digit)], random)
        scale = height / _A_DIGIT * float(np.exp(random.normal(0, 0.06))) * (times if form[at] == "0" else 1)
        size = (max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale)))
        small: Any = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        top = int(np.clip(1.6 * height - size[1] + random.normal(0, 0.03) * height, 0, 2 * height - size[1]))
        window = sheet[top : top + size[1], right : right + size[0]]
        small = small[: window.shape[0], : window.shape[1]]
        window[:] = np.maximum(window, small)
        middles.append(right + size[0] / 2)
        right += size[0] + max(round(gap * height), 2 - size[0] // 2)
    sheet = np.clip(1.25 * sheet, 0, 1)
    left, _, wide, _ = cv2.boundingRect((sheet > _INK).astype(np.uint8))
    return text, tight(sheet), tuple((middle - left) / max(1, wide) for middle in middles)


def tight(ink: _Ink) -> _Ink:
    """Without empty rows and columns around."""
    x, y, wide, high = cv2.boundingRect((ink > _INK).astype(np.uint8))
    return ink[y : y + max(1, high), x : x + max(1, wide)]


@lru_cache(maxsize=400)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def printed(text: str, height: float, font: Path | None) -> _Ink:
    """Print, a digit of it about `height` pixels high: float32 (h, w), cropped."""
    if font is None:
        scale = height / 21.5
        (wide, high), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        sheet: Any = np.zeros((high + 2 * base + 4, wide + 8), np.uint8)
        thick = max(1, round(height / 10))
        cv2.putText(sheet, text, (4, high + 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
        return tight(sheet.astype(np.float32) / 255)
    kind = _font(font, max(5, round(height / 0.72)))
    left, top, right, bottom = kind.getbbox(text)
    image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, 255, kind)
    return tight(np.asarray(image, np.float32) / 255)


def print_across(text: str, height: float, font: Path | None) -> tuple[float, ...]:
    """Where the middle of each character of print is: 0 = the left side of the text, 1 = its right side."""
    if font is None:
        return tuple((at + 0.5) / len(text) for at in range(len(text)))
    kind = _font(font, max(5, round(height / 0.72)))
    ends = [kind.getlength(text[:at]) for at in range(len(text) + 1)]
    return tuple((a + b) / 2 / max(1.0, ends[-1]) for a, b in pairwise(ends))
