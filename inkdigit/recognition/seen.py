"""One mark as the networks see it: its glyph and, where it was drawn with a pen, its strokes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import PictureError
from inkdigit.ink import grey, picture, segment
from inkdigit.ink.picture import ImageInput, InkPicture
from inkdigit.ink.segment import Mark
from inkdigit.ink.strokes import Box, Strokes
from inkdigit.recognition import glyph, trajectory
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.trajectory import Trajectory
from inkdigit.settings import Settings

_LOOKED_AT_ALONE = 100_000  # pixels: from here on, a picture costs more than the calls that are made for it
_TOGETHER = 2_000_000  # pixels
_T = TypeVar("_T")


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

    @cached_property
    def trajectory(self) -> Trajectory | None:
        """The pen's path; None of a mark that was not drawn."""
        return None if self.strokes is None else trajectory.from_strokes(self.strokes)


def of_mark(mark: Mark | None, box: Box | None = None) -> Seen:
    """A mark cut from a picture; blank when it is None.

    Args:
        box: where it stands, when that is not the mark's own box.
    """
    return Seen(glyph.blank(), None) if mark is None else Seen(glyph.from_mark(mark), box or mark.box)


def of_strokes(strokes: Strokes) -> Seen:
    """Pen strokes; blank when there is none."""
    return Seen(glyph.from_strokes(strokes), strokes.box, None if strokes.is_blank else strokes)


def of_picture(image: ImageInput, settings: Settings) -> Seen:
    """All ink on one picture.

    Raises:
        PictureError: what came cannot be read as a picture.
    """
    return of_mark(segment.one_mark(picture.load(image, settings)))


def of_each(images: Sequence[ImageInput], settings: Settings, first: int) -> list[Seen]:
    """All ink on each of many pictures; small ones of one shape are looked at together.

    Args:
        first: the place of the first among all that were given.

    Raises:
        PictureError: one of them cannot be read; the error says at which place.
    """
    found: dict[int, Seen] = {}
    alike: dict[tuple[int, ...], list[tuple[int, NDArray[np.uint8]]]] = defaultdict(list)
    for place, image in enumerate(images):
        pixels = _decoded(image, settings, first + place)
        if pixels.shape[0] * pixels.shape[1] > _LOOKED_AT_ALONE:
            found[place] = of_picture(pixels, settings)
        else:
            one = picture.to_grey(pixels)
            alike[one.shape].append((place, one))
    for shape, group in alike.items():
        for some in parts(group, max(1, _TOGETHER // (shape[0] * shape[1]))):
            inks = grey.inks(np.stack([one for _, one in some]))
            for (place, _), ink in zip(some, inks, strict=True):
                found[place] = of_mark(segment.one_mark(InkPicture(ink, 1.0, (shape[1], shape[0]))))
    return [found[place] for place in range(len(images))]


def parts(many: Iterable[_T], count: int) -> Iterator[list[_T]]:
    """`count` of them at a time, the rest at the end."""
    rest = iter(many)
    while part := list(islice(rest, count)):
        yield part


def _decoded(image: ImageInput, settings: Settings, place: int) -> NDArray[np.uint8]:
    try:
        return picture.decode(image, settings)
    except PictureError as error:
        got = f"{error.got}, at place {place} of those given"
        raise PictureError(error.expected, got, error.remedy) from None


def boxes(glyphs: NDArray[np.uint8]) -> list[Box | None]:
    """Around the ink of each glyph, uint8 (n, h, w), in its pixels; None where there is none."""
    ends: list[NDArray[np.intp]] = []
    for axis in (1, 2):  # columns, rows
        inked = np.asarray(glyphs.any(axis=axis))
        ends += [inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)]
    left, right, top, bottom = (side.astype(float).tolist() for side in ends)
    inky = np.asarray(glyphs.any(axis=(1, 2))).tolist()
    sides = zip(left, top, right, bottom, strict=True)
    return [box if some else None for box, some in zip(sides, inky, strict=True)]
