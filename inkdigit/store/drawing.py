"""A kept drawing: what was drawn, what it was read as, and what it should have been read as.

Strokes stay as the page knows them: `[{"width": 22, "points": [[x, y], ...]}, ...]`, any unit, x right, y down; a point
may have the pressure of the pen as a third number.
"""

from __future__ import annotations

import base64
import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inkdigit.data.datasets import OTHER
from inkdigit.errors import KeptError
from inkdigit.ink.strokes import Box
from inkdigit.scripts import SCRIPTS, WESTERN

_MOST_SOUGHT = 1_000  # characters; SQLite takes no pattern above 50,000 bytes, and each may be escaped
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Mark:
    """One digit of a kept drawing, or a sign beside its digits.

    Attributes:
        value: 0 to 9 as it was read, or None: not a digit.
        confidence: 0 to 1.
        box: (left, top, right, bottom) in the unit of the strokes or pixels of the picture.
        glyph: what the network saw, 784 bytes, row by row, 255 = ink; empty where it was not asked for.
        correct: what it should be: 0 to 9, 10 = not a digit, or None: nobody said, or of a sign that it is none.
        sign: which one it was read as, of a sign; else "".
        place: of a sign: how many digits stand before it.
    """

    value: int | None
    confidence: float
    box: Box | None
    glyph: bytes = b""
    correct: int | None = None
    sign: str = ""
    place: int = 0

    @property
    def known(self) -> int:
        """0 to 9, or 10 = not a digit: the correction where there is one, else what was read."""
        if self.correct is not None:
            return self.correct
        return OTHER if self.value is None else self.value


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing to keep, or a kept one.

    Attributes:
        kind: "ink" or "picture".
        text: what was read; "?" stands where a mark is not a digit, a space between the numbers of a page.
        confidence: 0 to 1; 0 for a picture on which nothing was found.
        digits: in reading order; without glyphs where the drawing comes from a list.
        at: when it was made, milliseconds since 1970 UTC.
        key: 32 hexadecimal digits that tell the same drawing in two stores.
        correct: what should have been read, or None: nobody said.
        strokes: of kind "ink", else None.
        picture: PNG, of kind "picture", else None.
        id: its number in the store, 0 before it is kept; later ones are larger.
        written: the text with points, commas, minus signs, gaps and line breaks; "" where they are not known.
        signs: those of an ink drawing, in reading order.
    """

    kind: str
    text: str
    confidence: float
    digits: tuple[Mark, ...]
    model: str
    commit: str
    at: int
    key: str
    title: str = ""
    tags: tuple[str, ...] = ()
    correct: str | None = None
    strokes: list[dict[str, Any]] | None = None
    picture: bytes | None = None
    thumbnail: bytes = b""
    id: int = 0
    written: str = ""
    signs: tuple[Mark, ...] = ()

    @property
    def marks(self) -> list[Mark]:
        """Its digits and signs, in reading order."""
        last = len(self.digits)
        return [
            mark
            for at, digit in enumerate((*self.digits, None))
            for mark in (*(sign for sign in self.signs if min(sign.place, last) == at), digit)
            if mark is not None
        ]

    @property
    def wrong(self) -> bool:
        """Whether it was corrected to something else."""
        return self.correct is not None and self.correct != self.text

    @property
    def script(self) -> str:
        """The writing system that it was read in: a shipped network is named after its script; others are western."""
        return self.model if self.model in SCRIPTS else WESTERN

    @property
    def shown(self) -> str:
        """What it reads, corrections counted, as it was written; a correction of other length has no signs."""
        raw = self.written or self.text
        if self.correct is None:
            return raw
        known = [mark for mark in self.correct if mark != " "]
        if len(known) != sum(is_mark(sign) for sign in raw):
            return self.correct
        marks = iter(known)
        return "".join(next(marks) if is_mark(sign) else sign for sign in raw)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the gallery's list."""
        return {
            "id": self.id,
            "at": moment_text(self.at),
            "title": self.title,
            "tags": list(self.tags),
            "kind": self.kind,
            "text": self.text,
            "written": self.written or self.text,
            "shown": self.shown,
            "native": SCRIPTS[self.script].native(self.shown),
            "script": self.script,
            "confidence": round(self.confidence, 4),
            "correct": self.correct,
            "wrong": self.wrong,
            "digits": [
                {"value": mark.value, "confidence": round(mark.confidence, 4), "correct": mark.correct}
                for mark in self.digits
            ],
            "model": self.model,
        }

    def whole_json(self) -> dict[str, Any]:
        """With the strokes, the signs, and the box and glyph of each digit and sign (base64 of 784 bytes)."""
        shape = self.to_json() | {"commit": self.commit, "key": self.key, "strokes": self.strokes}
        shape["signs"] = [
            {"sign": one.sign, "place": one.place, "confidence": round(one.confidence, 4), "correct": one.correct}
            for one in self.signs
        ]
        for row, mark in zip((*shape["digits"], *shape["signs"]), (*self.digits, *self.signs), strict=True):
            row["box"] = None if mark.box is None else list(mark.box)
            row["glyph"] = base64.b64encode(mark.glyph).decode()
        return shape


def is_mark(sign: str) -> bool:
    """Whether a character of a text stands for a digit, or for a mark that is none."""
    return sign in "0123456789?"


@dataclass(frozen=True)
class Wanted:
    """Which drawings are looked for; None asks nothing.

    Attributes:
        digit: contains it, corrections counted; 0 to 9, or 10: a mark that is not a digit.
        text: part of what it reads, corrections counted, of its title or of a tag; capitals do not matter.
        least, most: of the confidence.
        since, until: of the time that it was made, milliseconds since 1970, both included.
        wrong: True: corrected to something else; False: all others.
        labelled: True: with at least one digit that a person labelled.
        tag: has this tag.
        ids: only these.
        before: only ids below this.
        limit: most drawings.
    """

    digit: int | None = None
    text: str | None = None
    least: float | None = None
    most: float | None = None
    since: int | None = None
    until: int | None = None
    wrong: bool | None = None
    labelled: bool | None = None
    tag: str | None = None
    ids: tuple[int, ...] | None = None
    before: int | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        if self.digit is not None and not 0 <= self.digit <= OTHER:
            raise KeptError("a digit from 0 to 9, or 10 (not a digit)", str(self.digit), "Name one of these")
        for share in (self.least, self.most):
            if share is not None and not (math.isfinite(share) and 0 <= share <= 1):
                raise KeptError("a confidence from 0 to 1", str(share), "Give a share, 0.9 for 90 %")
        for words in (self.text, self.tag):
            if words is not None and len(words) > _MOST_SOUGHT:
                raise KeptError(f"a search of at most {_MOST_SOUGHT:,} characters", f"{len(words):,}", "Look for less")


def new_key() -> str:
    """A key that no other drawing has."""
    return uuid.uuid4().hex


def now() -> int:
    """Milliseconds since 1970 UTC."""
    return (datetime.now(UTC) - _EPOCH) // timedelta(milliseconds=1)


def moment(text: Any) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; without a zone it is UTC. Raises KeptError."""
    try:
        when = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return (when.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)  # which the year 9999 may overflow
    except (ValueError, TypeError, AttributeError, OverflowError):
        got = repr(text)[:60]
        raise KeptError("a time such as 2026-11-21T09:30:00Z", got, "Write it in this way") from None


def moment_text(at: int) -> str:
    """Milliseconds since 1970 -> "2026-11-21T09:30:00.000Z"."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
