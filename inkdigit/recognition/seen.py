"""One mark as the networks see it: its glyph and, where it was drawn with a pen, its strokes."""

from __future__ import annotations

from dataclasses import dataclass

from inkdigit.ink.segment import Mark
from inkdigit.ink.strokes import Box, Strokes
from inkdigit.recognition import glyph
from inkdigit.recognition.glyph import Glyph


@dataclass(frozen=True, eq=False)
class Seen:
    """What the networks see of one mark.

    Attributes:
        glyph: of its ink.
        box: (left, top, right, bottom) where it stands, in the unit of what it was found in; None when there is no ink.
        strokes: of a mark that was drawn, else None.
    """

    glyph: Glyph
    box: Box | None
    strokes: Strokes | None = None


def of_mark(mark: Mark | None, box: Box | None = None) -> Seen:
    """A mark cut from a picture; blank when it is None.

    Args:
        box: where it stands, when that is not the mark's own box.
    """
    return Seen(glyph.blank(), None) if mark is None else Seen(glyph.from_mark(mark), box or mark.box)


def of_strokes(strokes: Strokes) -> Seen:
    """Pen strokes; blank when there is none."""
    return Seen(glyph.from_strokes(strokes), strokes.box, None if strokes.is_blank else strokes)
