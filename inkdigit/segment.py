"""An ink picture or strokes -> the marks on it. Here all ink together is one mark, and specks are dropped."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.picture import InkPicture
from inkdigit.strokes import Box, Strokes

_INK = 32  # of 255: fainter pixels are the soft edge of a stroke, not a stroke
_PALE = 128  # a piece that is nowhere as dark as this is a smudge, or what shines through from the other page
_SPECK = 0.02  # a piece with less than this part of the largest piece's area is dust
_TAP = 0.05  # a stroke smaller than this part of the drawing is a touch of the screen, a pixel of the glyph at most
_LEAST_SIDE = 4  # pixels: nobody can read a smaller mark


@dataclass(frozen=True, eq=False)
class Mark:
    """One thing somebody wrote.

    Attributes:
        ink: uint8 (height, width), ink = 255, paper = 0, cropped to the mark.
        box: (left, top, right, bottom) in pixels of the input picture.
    """

    ink: NDArray[np.uint8]
    box: Box


def one_mark(picture: InkPicture) -> Mark | None:
    """All ink of the picture as one mark without its specks, or None when there is no ink."""
    mask = cv2.threshold(picture.ink, _INK, 255, cv2.THRESH_BINARY)[1]
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    ink, mask = picture.ink[y : y + height, x : x + width], mask[y : y + height, x : x + width]
    if cv2.connectedComponents(mask, connectivity=8)[0] > 2:  # statistics take four times as long
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        pieces = stats[1:]
        dark = np.bincount(labels[ink >= _PALE], minlength=len(stats))[1:] > 0
        kept = dark & (pieces[:, cv2.CC_STAT_AREA] >= _SPECK * pieces[dark, cv2.CC_STAT_AREA].max(initial=0))
        if not dark.any():
            return None
        ink = np.where(np.concatenate([[True], kept])[labels], ink, 0).astype(np.uint8)
        left, top = pieces[kept, cv2.CC_STAT_LEFT].min(), pieces[kept, cv2.CC_STAT_TOP].min()
        right = (pieces[kept, cv2.CC_STAT_LEFT] + pieces[kept, cv2.CC_STAT_WIDTH]).max()
        bottom = (pieces[kept, cv2.CC_STAT_TOP] + pieces[kept, cv2.CC_STAT_HEIGHT]).max()
        ink = ink[top:bottom, left:right]
        x, y = x + int(left), y + int(top)
    if max(ink.shape) < _LEAST_SIDE:
        return None
    box = (x, y, x + ink.shape[1], y + ink.shape[0])
    return Mark(np.ascontiguousarray(ink), tuple(side / picture.scale for side in box))  # type: ignore[arg-type]


def without_taps(strokes: Strokes) -> Strokes:
    """The drawing without accidental touches, which would make the digit small; itself when nothing else is there."""
    if len(strokes.paths) < 2 or strokes.box is None:
        return strokes
    least = _TAP * max(strokes.box[2] - strokes.box[0], strokes.box[3] - strokes.box[1])
    kept = tuple(path for path in strokes.paths if np.ptp(path, axis=0).max() >= least)
    return Strokes(kept) if kept else strokes
