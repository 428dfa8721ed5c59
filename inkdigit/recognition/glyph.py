"""One mark -> Glyph, 28x28: the one normaliser. Training and every entrance use it, so what is learned is what is read.

The recipe is that of MNIST (LeCun, Cortes, Burges): the mark keeps its proportions, its longer side becomes 20 pixels,
and its centre of mass is put in the middle of 28x28. An MNIST picture comes out as it went in.
Two things are added for real ink: a pen path is drawn with one width whatever the brush was, and a line that would
vanish when a large picture shrinks is thickened first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.picture import InkPicture
from inkdigit.ink.segment import Mark, one_mark
from inkdigit.ink.strokes import Box, Strokes, draw

VERSION = 1  # a model says which version it was trained with; change it when the glyph of any mark changes
SIDE = 28
BOX = 20
_MIDDLE = 14  # where MNIST puts the centre of mass, in pixels
_FINE = 8  # pen paths are drawn this many times larger, then shrunk: smooth edges
PEN = 2.25  # pixels of the glyph: gives pen digits as much ink as MNIST's have (108 against 104 full pixels)
_THIN = 1.7  # pixels of the glyph: a thinner line loses its tone when it is shrunk
_THICKENED = 2.1
_LONGEST = 2_000  # pixels of a thin mark that is thickened: what is longer is no digit, and would take seconds
_CELL = 8  # pixels of a cell of the grid, so that lines one cell wide are thickened as those of a large picture are


@dataclass(frozen=True, eq=False)
class Glyph:
    """What the network sees: float32 (28, 28), ink = 1, paper = 0."""

    pixels: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.pixels.shape != (SIDE, SIDE) or self.pixels.dtype != np.float32:
            raise ValueError(f"a glyph is float32 (28, 28), not {self.pixels.dtype} {self.pixels.shape}")
        self.pixels.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Making:
    """How a glyph came about, step by step.

    Attributes:
        drawn: uint8 (height, width), longer side BOX * 8: the ink cropped, drawn anew with a pen of one width.
        fitted: uint8 (height, width), longer side BOX.
        corner: (left, top) of `fitted` in the glyph, in pixels.
        glyph: what the network sees: `fitted` with its centre of mass in the middle.
        frame: (left, top, right, bottom) of the whole glyph in the strokes' own unit.
    """

    drawn: NDArray[np.uint8]
    fitted: NDArray[np.uint8]
    corner: tuple[int, int]
    glyph: Glyph
    frame: Box


def blank() -> Glyph:
    """A glyph without ink."""
    return Glyph(np.zeros((SIDE, SIDE), np.float32))


def from_strokes(strokes: Strokes, pen: float = PEN) -> Glyph:
    """Pen strokes -> Glyph; blank when there is none.

    Args:
        strokes: in any unit; size and place do not matter.
        pen: width of the line in pixels of the glyph, 1 to 10. Training varies it, reading does not.
    """
    return blank() if strokes.is_blank else _centred(_fitted(draw(strokes, BOX * _FINE, round(pen * _FINE))))


def making(strokes: Strokes, pen: float = PEN) -> Making:
    """Pen strokes, not blank -> their Glyph with the steps to it.

    Raises:
        InkError: there is no stroke.
    """
    wide = round(pen * _FINE)
    drawn = draw(strokes, BOX * _FINE, wide)
    fitted = _fitted(drawn)
    corner = _corner(fitted)
    return Making(drawn, fitted, corner, _centred(fitted), _frame(strokes, wide, corner))


def from_cells(cells: NDArray[np.uint8]) -> Glyph:
    """A grid of cells that somebody filled, uint8 (28, 28), ink = 255 -> Glyph; blank when there is no ink.

    Lines on it may have any width, stand anywhere, and have hard edges; enlarged smoothly it is read as a picture is.
    benchmarks/inside.py counts what that is worth: of lines one cell wide, the network misreads eight times as many as
    they stand, and three of four that stand in a corner.
    """
    large = cv2.resize(cells, None, fx=_CELL, fy=_CELL, interpolation=cv2.INTER_CUBIC)
    mark = one_mark(InkPicture(np.asarray(large, np.uint8), 1.0, (large.shape[1], large.shape[0])))
    return blank() if mark is None else from_mark(mark)


def from_mark(mark: Mark) -> Glyph:
    """A mark cut from a picture -> Glyph."""
    return _centred(_fitted(_thick_enough(mark.ink)))


def stack(glyphs: Sequence[Glyph]) -> NDArray[np.float32]:
    """Glyphs -> float32 (n, 1, 28, 28), what the model takes."""
    return np.stack([glyph.pixels for glyph in glyphs])[:, None]


def _thick_enough(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thickens lines that would be thinner than _THIN pixels in the glyph."""
    scale = BOX / max(ink.shape)
    if scale >= 1:
        return ink
    width = _line_width(ink)
    if width * scale >= _THIN:
        return ink
    if max(ink.shape) > _LONGEST:
        ink = _fitted(ink, _LONGEST)
        scale, width = BOX / _LONGEST, _line_width(ink)
    grow = round(_THICKENED / scale - width)
    around = (grow + 1) // 2
    padded = cv2.copyMakeBorder(ink, around, around, around, around, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.dilate(padded, np.ones((grow + 1, grow + 1), np.uint8)), np.uint8)


def _line_width(ink: NDArray[np.uint8]) -> float:
    """Mean width of the lines in pixels: twice the area over the length of the edge."""
    mask = cv2.threshold(ink, 96, 255, cv2.THRESH_BINARY)[1]
    inside = cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    area = cv2.countNonZero(mask)
    edge = area - cv2.countNonZero(inside)
    return 2 * area / edge if edge else 1.0


def _fitted(ink: NDArray[np.uint8], longer: int = BOX) -> NDArray[np.uint8]:
    """Proportions kept, longer side so many pixels."""
    height, width = ink.shape
    scale = longer / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return ink
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)


def _centred(ink: NDArray[np.uint8]) -> Glyph:
    """The ink on 28x28 with its centre of mass in the middle, moved by whole pixels."""
    height, width = ink.shape
    left, top = _corner(ink)
    pixels = np.zeros((SIDE, SIDE), np.float32)
    pixels[top : top + height, left : left + width] = ink
    pixels /= 255
    return Glyph(pixels)


def _corner(ink: NDArray[np.uint8]) -> tuple[int, int]:
    """(left, top) of the ink on 28x28 when its centre of mass is in the middle."""
    height, width = ink.shape
    moments = cv2.moments(ink)
    weight = moments["m00"] or 1.0
    left = min(max(round(_MIDDLE - moments["m10"] / weight), 0), SIDE - width)
    return left, min(max(round(_MIDDLE - moments["m01"] / weight), 0), SIDE - height)


def _frame(strokes: Strokes, wide: int, place: tuple[int, int]) -> Box:
    """(left, top, right, bottom) of the whole glyph in the strokes' own unit."""
    left, top, right, bottom = strokes.box or (0.0, 0.0, 0.0, 0.0)
    extent = max(right - left, bottom - top)
    pixel = extent / (BOX * _FINE - wide) * _FINE if extent else 1.0  # of the glyph
    edge = wide / 2 / _FINE
    corner = (left - (place[0] + edge) * pixel, top - (place[1] + edge) * pixel)
    return (*corner, corner[0] + SIDE * pixel, corner[1] + SIDE * pixel)
