"""What comes in to be kept -> a drawing: strokes and pictures are read, titles, tags and corrections checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.data.datasets import OTHER
from inkdigit.errors import InkError, KeptError
from inkdigit.ink import picture, rendering
from inkdigit.ink.picture import ImageInput
from inkdigit.ink.stopping import Stopping, never
from inkdigit.ink.strokes import THICKEST, THINNEST, Box, Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import written
from inkdigit.recognition.glyph import SIDE
from inkdigit.recognition.reading import Digit, Separator, judge
from inkdigit.recognition.signs import KINDS
from inkdigit.settings import Settings
from inkdigit.store.drawing import Drawing, Mark, moment, new_key, now

THUMBNAIL = 160  # pixels of its longer side
_MOST_PIXELS = 4_000_000  # of a kept picture: as many as reading a page works with
_MOST_TEXT = 400  # characters of a correction
_WIDTH = 22  # of a stroke that does not say its own: the page's middle pen


def from_strokes(reader: Reader, raw: Any, single: bool = False, stopped: Stopping = never, **about: Any) -> Drawing:
    """Reads strokes, and makes a drawing of them.

    Args:
        raw: a list of strokes, or of lists of points.
        single: all of them are one digit.
        stopped: says that the drawing is no longer wanted; then Stopped is raised.
        about: what `described` takes.

    Raises:
        InkError: not strokes, blank, or too many points.
        KeptError: as `described`.
    """
    strokes = checked_strokes(raw, reader.settings)
    number = reader.ink([[point[:2] for point in stroke["points"]] for stroke in strokes], single, stopped=stopped)
    reader = reader.of_script(number.script)
    marks = tuple(_mark(digit) for digit in number.digits if not digit.is_blank)
    if not marks:
        raise InkError("a drawing with ink", "a blank one", "Draw something first")
    signs = tuple(_sign(one, one.glyph) for one in number.separators if one.glyph is not None)
    made = Drawing("ink", number.text, number.confidence, marks, *_model(reader), now(), new_key(),
                   strokes=strokes, thumbnail=thumbnail_of(strokes), written=number.written, signs=signs)  # fmt: skip
    return described(made, reader.settings, **about)


def from_picture(reader: Reader, image: ImageInput, **about: Any) -> Drawing:
    """Reads a picture, and makes a drawing of it. What the file says beside its pixels (place, camera) is left out.

    Raises:
        PictureError: it cannot be read as a picture.
        KeptError: as `described`.
    """
    pixels = kept_pixels(image, reader.settings)
    numbers = reader.page(pixels).numbers
    used = Counter(number.script for number in numbers for _ in number.digits).most_common()
    reader = reader.of_script(used[0][0] if used else reader.script)
    if len(used) > 1:
        numbers = reader.page(pixels).numbers  # a drawing is of one script, that of most of its digits
    marks = tuple(_mark(digit) for number in numbers for digit in number.digits if not digit.is_blank)
    text, said = (" ".join(some) for some in ([one.text for one in numbers], [one.written for one in numbers]))
    confidence = min((number.confidence for number in numbers), default=0.0)
    kept, thumbnail = pictures_of(pixels)
    made = Drawing("picture", text, confidence, marks, *_model(reader), now(), new_key(),
                   picture=kept, thumbnail=thumbnail, written=said)  # fmt: skip
    return described(made, reader.settings, **about)


def kept_pixels(image: ImageInput, settings: Settings) -> NDArray[np.uint8]:
    """A picture in the size that it is kept in. Raises PictureError."""
    pixels = picture.decode(image, settings)
    share = (_MOST_PIXELS / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    return rendering.smaller(pixels, int(max(pixels.shape[:2]) * share)) if share < 1 else pixels


def pictures_of(pixels: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    """The picture to keep, and its small one, both PNG."""
    return rendering.png(pixels), rendering.png(rendering.smaller(pixels, THUMBNAIL))


def thumbnail_of(strokes: list[dict[str, Any]]) -> bytes:
    """The small picture of strokes, PNG."""
    return rendering.png(rendering.sketch(strokes, THUMBNAIL))


def from_glyphs(
    reader: Reader, images: NDArray[np.uint8], labels: Sequence[int | None], keys: Sequence[str]
) -> list[Drawing]:
    """Pictures of one digit each, ink bright -> drawings, read and corrected.

    Args:
        images: uint8 (n, height, width); of 28x28 they are glyphs as they stand, others are made into glyphs.
        labels: 0 to 9, 10 = not a digit, or None: nobody said.
    """
    if images.shape[1:] == (SIDE, SIDE):
        rows = reader.model.probabilities((images[:, None] / np.float32(255)).astype(np.float32))
        limit = reader.model.card.refuse_above
        found = [
            judge(row, limit, image / np.float32(255), _inked(image)) for row, image in zip(rows, images, strict=True)
        ]
    else:
        found = reader.digits(images)
    made = []
    for digit, image, label, key in zip(found, images, labels, keys, strict=True):
        kept, small = pictures_of(255 - image)
        text = "?" if digit.value is None else str(digit.value)
        one = Drawing("picture", text, digit.confidence, (_mark(digit),), *_model(reader), now(), key,
                      picture=kept, thumbnail=small)  # fmt: skip
        made.append(one if label is None else corrected(one, [label]))
    return made


def _inked(image: NDArray[np.uint8]) -> Box:
    """The box of the ink of a glyph; the whole of a blank one."""
    rows, columns = np.nonzero(image)
    if not len(rows):
        return (0.0, 0.0, float(SIDE), float(SIDE))
    return (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


def described(
    drawing: Drawing,
    settings: Settings,
    title: Any = None,
    tags: Any = None,
    correct: Any = None,
    at: Any = None,
    key: Any = None,
) -> Drawing:
    """The drawing with what a person says of it; None leaves a thing as it is.

    Raises:
        KeptError: too long or too many, not of the right kind, or corrections that do not fit the digits.
    """
    if title is not None:
        drawing = replace(drawing, title=checked_title(title, settings))
    if tags is not None:
        drawing = replace(drawing, tags=checked_tags(tags, settings))
    if at is not None:
        drawing = replace(drawing, at=moment(at))
    if key is not None:
        drawing = replace(drawing, key=checked_key(key))
    return drawing if correct is None else corrected(drawing, correct)


def corrected(drawing: Drawing, correct: Any) -> Drawing:
    """The drawing with its corrections replaced.

    Args:
        correct: a list with 0 to 9, 10 (not a digit) or None for each digit; or the whole text, which labels the
            digits where it has as many, or signs too where these are digits, and says which signs there are where
            it has any.

    Raises:
        KeptError: another number of them, or others.
    """
    if isinstance(correct, str):
        return _corrected_text(drawing, correct)
    fits = isinstance(correct, (list, tuple)) and all(
        one is None or (type(one) is int and 0 <= one <= OTHER) for one in correct
    )
    if not fits:
        raise KeptError("a list of 0 to 9, 10 (not a digit) or null", repr(correct)[:80], "Give one a digit")
    if len(correct) != len(drawing.digits):
        raise KeptError(f"{len(drawing.digits)} corrections, one a digit", str(len(correct)), "Give one a digit")
    drawing = labelled(drawing, correct, [None] * len(drawing.signs))
    if all(one is None for one in correct):
        return replace(drawing, correct=None, written=_as_read(drawing))
    return replace(drawing, correct=_text_of(drawing.text, drawing.digits))


def _corrected_text(drawing: Drawing, text: str) -> Drawing:
    text = "\n".join(" ".join(row.split()) for row in text.strip().split("\n"))
    if len(text) > _MOST_TEXT or not written.CHARACTERS.issuperset(text):
        raise KeptError(f'a text of 0 to 9, "?", {" ".join(KINDS)} and spaces', repr(text)[:80], "Correct it")
    if any(one in KINDS for one in text):
        drawing = replace(drawing, written=text)  # without any, they stay as they were read
    drawing = labelled(drawing, *_labels_of(drawing, [one for one in text if one.strip()]))
    text = " ".join("".join(" " if one == "\n" else "" if one in KINDS else one for one in text).split())
    return replace(drawing, correct=text)


def _as_read(drawing: Drawing) -> str:
    """What was written with the marks as they were read, where a corrected text had put others in their places."""
    said = sum(not one.isspace() for one in drawing.written)
    if not drawing.signs or said != len(drawing.marks):
        return drawing.written
    read = (mark.sign or ("?" if mark.value is None else str(mark.value)) for mark in drawing.marks)
    return "".join(one if one.isspace() else next(read) for one in drawing.written)


_Labels = list[int | None]


def _labels_of(drawing: Drawing, said: Sequence[str]) -> tuple[_Labels, _Labels]:
    """What a corrected text, of these characters, says of each digit and of each sign: None where it says nothing.

    It has as many digits as were read; or as many marks, some of which were taken for signs and are digits.
    """
    figures: _Labels = [OTHER if one == "?" else int(one) for one in said if one not in KINDS]
    if len(figures) == len(drawing.digits):
        return figures, [None] * len(drawing.signs)
    pairs = list(zip(drawing.marks, said, strict=False)) if len(said) == len(drawing.marks) else []
    if not pairs or any(one in KINDS and not mark.sign for mark, one in pairs):
        return [None] * len(drawing.digits), [None] * len(drawing.signs)
    labels = [(mark.sign, None if one in KINDS else OTHER if one == "?" else int(one)) for mark, one in pairs]
    return [label for sign, label in labels if not sign], [label for sign, label in labels if sign]


def labelled(drawing: Drawing, digits: Sequence[int | None], signs: Sequence[int | None]) -> Drawing:
    """The drawing with these labels of its digits and signs."""
    marks, others = (
        tuple(replace(mark, correct=label) for mark, label in zip(some, labels, strict=True))
        for some, labels in ((drawing.digits, digits), (drawing.signs, signs))
    )
    return replace(drawing, digits=marks, signs=others)


def _text_of(text: str, marks: Sequence[Mark]) -> str:
    """The text that was read, with each digit as it is known."""
    known = iter(marks)
    return "".join(one if one == " " else "?" if (it := next(known).known) == OTHER else str(it) for one in text)


def checked_strokes(raw: Any, settings: Settings) -> list[dict[str, Any]]:
    """Strokes as they are kept: numbers of seven digits (float32 has no more), empty strokes dropped.

    Raises:
        InkError: not strokes, too many, not finite, or a width that is not above 0.
    """
    if not isinstance(raw, list):
        raise InkError("a list of strokes", type(raw).__name__, 'Send [{"width": 22, "points": [[x, y], ...]}, ...]')
    kept, plain, count = [], [], 0
    for number, stroke in enumerate(raw[: settings.max_strokes + 1]):
        points, width = (stroke.get("points"), stroke.get("width")) if isinstance(stroke, dict) else (stroke, None)
        count += len(points) if isinstance(points, list) else 0
        if count > settings.max_points:
            got = f"{count:,} or more"
            raise InkError(f"at most {settings.max_points:,} points", got, "Clear or undo some of the drawing")
        path = _path(points, number)
        plain.append(path[:, :2])
        if len(path):
            values = [[compact(float(one)) for one in point] for point in path]
            kept.append({"width": _checked_width(width, number), "points": values})
    Strokes.of(plain, settings)
    return kept


def _path(points: Any, number: int) -> NDArray[np.float64]:
    """float64 (k, 2), or (k, 3) with the pressure."""
    try:
        path = np.asarray(points if isinstance(points, list) else None, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InkError(f"stroke {number} as (k, 2) numbers", "something else", "Send [[x, y], ...]") from None
    if path.size == 0 and isinstance(points, list):
        return np.zeros((0, 2))
    if path.ndim != 2 or path.shape[1] not in (2, 3):
        got = f"shape {path.shape}" if isinstance(points, list) else "something else"
        raise InkError(f"stroke {number} as (k, 2) numbers, or (k, 3) with the pressure", got, "Send [[x, y], ...]")
    if path.shape[1] == 3 and not (np.isfinite(path[:, 2]).all() and np.abs(path[:, 2] - 0.5).max() <= 0.5):
        raise InkError(f"pressure from 0 to 1 in stroke {number}", "other numbers", "Leave it out where unknown")
    return path


def _checked_width(width: Any, number: int) -> float | int:
    if width is None:
        return _WIDTH
    if isinstance(width, bool) or not isinstance(width, (int, float)) or not THINNEST <= width <= THICKEST:
        wanted = f"a width above 0, from {THINNEST:g} to {THICKEST:g}, of stroke {number}"
        raise InkError(wanted, repr(width)[:40], "Give the pen's width")
    return compact(float(width))


def compact(value: float) -> float | int:
    """A number of seven digits: 83.0 -> 83, 12.3456789 -> 12.34568."""
    short = float(f"{value:.7g}")
    return int(short) if short.is_integer() else short


def checked_title(title: Any, settings: Settings) -> str:
    """A title or tag in one line, without control characters. Raises KeptError."""
    if not isinstance(title, str):
        raise KeptError("a text", type(title).__name__, "Send a string")
    plain = " ".join("".join(one if one.isprintable() else " " for one in title).split())
    if len(plain) > settings.max_title:
        raise KeptError(f"at most {settings.max_title:,} characters", f"{len(plain):,}", "Write a shorter one")
    return plain


def checked_tags(tags: Any, settings: Settings) -> tuple[str, ...]:
    """Tags, each once, in order. Raises KeptError."""
    if not isinstance(tags, (list, tuple)):
        raise KeptError("a list of tags", type(tags).__name__, 'Send ["one", "two"]')
    found = dict.fromkeys(checked_title(tag, settings) for tag in tags[: settings.max_tags + 1])
    found.pop("", None)
    if len(tags) > settings.max_tags:
        raise KeptError(f"at most {settings.max_tags:,} tags", f"{len(tags):,}", "Leave some out")
    return tuple(sorted(found))


def checked_key(key: Any) -> str:
    """32 hexadecimal digits; the dashes of a UUID are left out. Raises KeptError."""
    plain = key.replace("-", "").lower() if isinstance(key, str) else ""
    if not re.fullmatch("[0-9a-f]{32}", plain):
        raise KeptError("a key of 32 hexadecimal digits", repr(key)[:60], "Leave it out, and one is made")
    return plain


def _mark(digit: Digit) -> Mark:
    return Mark(digit.value, round(digit.confidence, 6), _rounded(digit.box), _bytes(digit.glyph))


def _sign(sign: Separator, glyph: NDArray[np.float32]) -> Mark:
    confidence = round(sign.confidence, 6)
    return Mark(None, confidence, _rounded(sign.box), _bytes(glyph), sign=sign.kind, place=sign.place)


def _bytes(glyph: NDArray[np.float32]) -> bytes:
    return np.rint(glyph * 255).astype(np.uint8).tobytes()


def _rounded(box: Box | None) -> Box | None:
    return None if box is None else (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))


def _model(reader: Reader) -> tuple[str, str]:
    """Name of the model, and the commit that it was trained at."""
    return reader.model.path.stem, str(reader.model.card.provenance.get("commit", ""))
