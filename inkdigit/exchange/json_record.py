"""A kept drawing <-> one JSON object, whole: what is exported and imported again is the same.

An object with no more than strokes or a picture is taken too; then it is read here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import Any

from inkdigit.data.datasets import OTHER
from inkdigit.errors import ExchangeError, InkError
from inkdigit.reader import Reader
from inkdigit.recognition.signs import KINDS
from inkdigit.recognition.written import CHARACTERS
from inkdigit.store import intake
from inkdigit.store.drawing import Drawing, Mark, is_mark

_GLYPH = 784  # bytes
_MOST_TEXT = 400  # characters
_MOST_NAME = 200


def to_json(drawing: Drawing) -> dict[str, Any]:
    """The object of a drawing; its number in the store is left out, for it means nothing elsewhere."""
    shape = {name: value for name, value in drawing.whole_json().items() if name not in ("id", "wrong", "shown")}
    for row, mark in zip((*shape["digits"], *shape["signs"]), (*drawing.digits, *drawing.signs), strict=True):
        row["confidence"] = mark.confidence
    picture = {} if drawing.picture is None else {"picture": base64.b64encode(drawing.picture).decode()}
    return shape | {"confidence": drawing.confidence} | picture


def text(drawing: Drawing) -> str:
    """The object in one line, without the picture."""
    return json.dumps(
        {name: value for name, value in to_json(drawing).items() if name != "picture"}, separators=(",", ":")
    )


def from_json(shape: Any, reader: Reader, key: str, picture: bytes | None = None) -> Drawing:
    """The drawing of an object.

    Args:
        key: for a drawing that brings none.
        picture: of a drawing whose object does not hold it.

    Raises:
        InkdigitError: it is no drawing, or a part of it is not what it should be.
    """
    if not isinstance(shape, dict):
        raise ExchangeError("a drawing as a JSON object", type(shape).__name__, "See docs/store.md")
    about = {name: shape.get(name) for name in ("title", "tags", "at")} | {"key": shape.get("key") or key}
    if shape.get("strokes") is not None:
        made = _of_strokes(shape, reader)
    else:
        made = _of_picture(shape, reader, _bytes(shape.get("picture"), "picture") if picture is None else picture)
    made = intake.described(made, reader.settings, **about)
    labels = [row.get("correct") for row in shape["digits"]] if "digits" in shape else []
    if any(label is not None for label in labels):
        made = intake.corrected(made, labels)
    said = shape.get("correct")
    made = made if said is None or said == made.correct else intake.corrected(made, said)
    of_signs = [row.get("correct") for row in shape["signs"]] if made.signs and "digits" in shape else []
    return intake.labelled(made, labels, of_signs) if any(label is not None for label in of_signs) else made


def _of_strokes(shape: dict[str, Any], reader: Reader) -> Drawing:
    if "digits" not in shape:
        return intake.from_strokes(reader, shape["strokes"])
    strokes = intake.checked_strokes(shape["strokes"], reader.settings)
    if not strokes:
        raise InkError("a drawing with ink", "a blank one", "Leave it out")
    return replace(_as_read(shape), kind="ink", strokes=strokes, thumbnail=intake.thumbnail_of(strokes))


def _of_picture(shape: dict[str, Any], reader: Reader, content: bytes) -> Drawing:
    if "digits" not in shape:
        return intake.from_picture(reader, content)
    pixels = intake.kept_pixels(content, reader.settings)
    image, thumbnail = intake.pictures_of(pixels)
    return replace(_as_read(shape), kind="picture", picture=image, thumbnail=thumbnail)


def _as_read(shape: dict[str, Any]) -> Drawing:
    """What an object says was read, checked; the rest of the drawing is still to come."""
    rows = shape["digits"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ExchangeError("a list of objects as digits", repr(rows)[:60], "See docs/store.md")
    marks = tuple(_mark(row) for row in rows)
    signs = shape.get("signs", [])
    if not isinstance(signs, list) or not all(isinstance(row, dict) for row in signs):
        raise ExchangeError("a list of objects as signs", repr(signs)[:60], "Leave them out")
    said = shape.get("text")
    values = "".join("?" if mark.value is None else str(mark.value) for mark in marks)
    if not isinstance(said, str) or len(said) > _MOST_TEXT + len(marks) or said.replace(" ", "") != values:
        raise ExchangeError(f"a text that fits the digits, {values[:40]!r}", repr(said)[:60], "Correct one of them")
    model, commit = (_name(shape.get(name, ""), name) for name in ("model", "commit"))
    return Drawing("", said, _share(shape.get("confidence")), marks, model, commit, 0, "",
                   written=_written(shape, values), signs=tuple(_sign(row, len(marks)) for row in signs))  # fmt: skip


def _written(shape: dict[str, Any], values: str) -> str:
    """The text with its signs; of files that are older than these, the text alone."""
    said, correct = shape.get("written", shape["text"]), shape.get("correct")
    fits = isinstance(said, str) and len(said) <= 2 * (_MOST_TEXT + len(values)) and CHARACTERS.issuperset(said)
    marks = "".join(filter(is_mark, said)) if fits else None
    signs_alone = marks == "" and set(values) <= {"?"}
    corrected = isinstance(correct, str) and marks == correct.replace(" ", "")
    if not fits or not (marks == values or signs_alone or corrected):
        raise ExchangeError(f"what was written to fit the digits, {values[:40]!r}", repr(said)[:60], "Leave it out")
    return str(said)


def _mark(row: dict[str, Any]) -> Mark:
    value, box, glyph = row.get("value"), row.get("box"), _bytes(row.get("glyph"), "glyph")
    if value is not None and (type(value) is not int or not 0 <= value <= 9):
        raise ExchangeError("a value from 0 to 9, or null", repr(value)[:40], "Correct it")
    if len(glyph) != _GLYPH:
        raise ExchangeError(
            f"a glyph of {_GLYPH} bytes", f"{len(glyph):,}", "Leave out the digits, and it is read anew"
        )
    if box is not None:
        fits = isinstance(box, list) and len(box) == 4 and all(_is_number(side) for side in box)
        if not fits:
            raise ExchangeError("a box of four numbers, or null", repr(box)[:60], "Correct it")
        box = tuple(float(side) for side in box)
    return Mark(value, _share(row.get("confidence")), box, glyph)


def _sign(row: dict[str, Any], digits: int) -> Mark:
    sign, place, label = row.get("sign"), row.get("place"), row.get("correct")
    if sign not in KINDS or type(place) is not int or not 0 <= place <= digits:
        raise ExchangeError("a sign, and how many digits stand before it", repr((sign, place))[:60], "Correct it")
    if label is not None and (type(label) is not int or not 0 <= label <= OTHER):
        raise ExchangeError("0 to 9, 10 (not a digit) or null for a sign", repr(label)[:40], "Correct it")
    return replace(_mark(row | {"value": None}), sign=sign, place=place)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e12  # not NaN either


def _share(value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise ExchangeError("a confidence from 0 to 1", repr(value)[:40], "Correct it")
    return float(value)


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(rf"[ -~]{{0,{_MOST_NAME}}}", value):
        raise ExchangeError(f"a short name as {what}", repr(value)[:60], "Correct it")
    return value


def _bytes(value: Any, what: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise ExchangeError(f"{what} in base64", repr(value)[:60], "Export it again") from None
