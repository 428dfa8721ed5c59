"""Pen strokes: the type, its checks, and drawing them as an ink picture.

Source of the idea: what a pen leaves is a path, not pixels. Drawn from the points, a digit looks the same to the
network whatever the size of the canvas, the zoom of the screen or the brush that the person liked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import InkError
from inkdigit.settings import Settings

Box = tuple[float, float, float, float]  # left, top, right, bottom

_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws
THINNEST, THICKEST = 1e-6, 1e9  # width of a pen, in the unit of the strokes
_LARGEST = 1e9  # beyond this float32 cannot tell neighbouring points apart


@dataclass(frozen=True, eq=False)
class Strokes:
    """A drawing: one float32 array (k, 2) a stroke, x right, y down, any unit, every number finite, k >= 1.

    Make one with `Strokes.of`, which checks what it is given.
    """

    paths: tuple[NDArray[np.float32], ...]

    @classmethod
    def of(cls, raw: Strokes | Iterable[Any], settings: Settings | None = None) -> Strokes:
        """Checked strokes from anything that looks like a list of (k, 2) points; empty strokes are dropped.

        Raises:
            InkError: not a list of lists of points, NaN or infinite, beyond 1e9, or too many points or strokes.
        """
        if isinstance(raw, Strokes):
            return raw
        limits = settings or Settings()
        if isinstance(raw, (str, bytes, dict)) or not isinstance(raw, Iterable):
            raise InkError("a list of strokes", type(raw).__name__, "Send [[[x, y], ...], ...]")
        paths: list[NDArray[np.float32]] = []
        points = 0
        for number, stroke in enumerate(raw):
            if number >= limits.max_strokes:
                raise InkError(f"at most {limits.max_strokes:,} strokes", "more", "Clear or undo some of the drawing")
            path = _checked(stroke, number)
            points += len(path)
            if points > limits.max_points:
                raise InkError(
                    f"at most {limits.max_points:,} points",
                    f"{points:,} or more",
                    "Clear or undo some of the drawing",
                )
            if len(path):
                paths.append(path)
        return cls(tuple(paths))

    @property
    def is_blank(self) -> bool:
        """True when there is no point at all."""
        return not self.paths

    def some(self, places: Sequence[int]) -> Strokes:
        """Those strokes alone, in that order."""
        part = Strokes(tuple(self.paths[at] for at in places))
        vars(part)["boxes"] = self.boxes[places]  # known, so that nobody measures them again
        return part

    @cached_property
    def box(self) -> Box | None:
        """(left, top, right, bottom) of the points, in their own unit; None when blank."""
        if self.is_blank:
            return None
        left, top = self.boxes[:, :2].min(axis=0)
        right, bottom = self.boxes[:, 2:].max(axis=0)
        return (float(left), float(top), float(right), float(bottom))

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """float64 (n, 4): left, top, right, bottom of each stroke."""
        if self.is_blank:
            return np.zeros((0, 4))
        points = np.concatenate(self.paths).astype(np.float64)
        begins = np.cumsum([0, *(len(path) for path in self.paths[:-1])])
        return np.concatenate([np.minimum.reduceat(points, begins), np.maximum.reduceat(points, begins)], axis=1)


def along(path: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """float32 (k, 2): places on a path (n, 2), at most `step` apart; its one point where it has no length."""
    walked = walk(path)
    if walked[-1] == 0:
        return path[:1]
    places = np.linspace(0, walked[-1], 2 + int(walked[-1] / step))
    made = np.empty((len(places), 2), np.float32)
    for axis in (0, 1):
        made[:, axis] = np.interp(places, walked, path[:, axis])
    return made


def walk(path: NDArray[Any]) -> NDArray[np.float64]:
    """float64 (n,): how far it is along a path (n, 2) to each of its points, 0 first."""
    walked = np.zeros(len(path))
    walked[1:] = np.hypot(*(path[1:] - path[:-1]).T).cumsum()
    return walked


def draw(strokes: Strokes, side: int, pen: int) -> NDArray[np.uint8]:
    """The strokes as an ink picture, cropped to the ink.

    Args:
        strokes: not blank.
        side: the longer side of the picture in pixels; the ink with its pen width just fits.
        pen: width of the pen in pixels, 1 to side.

    Returns:
        uint8 (height, width), ink = 255, paper = 0; a drawing without extent becomes one dot of the pen's width.
    """
    box = strokes.box
    if box is None:
        raise InkError("a drawing with at least one point", "a blank one", "Ask is_blank first")
    extent = max(box[2] - box[0], box[3] - box[1])
    scale = (side - pen) / extent if extent > 0 else 1.0
    width = round((box[2] - box[0]) * scale) + pen
    height = round((box[3] - box[1]) * scale) + pen
    picture = np.zeros((height, width), np.uint8)
    places = (np.concatenate(strokes.paths) - np.array(box[:2], np.float64)) * scale + (pen - 1) / 2
    fixed = np.rint(places * (1 << _SHIFT)).astype(np.int32)
    ends = accumulate((len(path) for path in strokes.paths), initial=0)
    lines = [fixed[begin:end] for begin, end in pairwise(ends)]
    lines = [np.repeat(line, 2, axis=0) if len(line) == 1 else line for line in lines]  # a dot with round ends
    cv2.polylines(picture, lines, False, 255, pen, cv2.LINE_AA, _SHIFT)
    return picture


def _checked(stroke: Any, number: int) -> NDArray[np.float32]:
    if isinstance(stroke, (str, bytes, dict)):
        raise InkError(f"stroke {number} as a list of points", type(stroke).__name__, "Send [[x, y], ...]")
    if isinstance(stroke, Sequence) and not len(stroke):
        return np.zeros((0, 2), np.float32)
    try:
        path = np.asarray(stroke, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InkError(f"stroke {number} as (k, 2) numbers", "something else", "Send [[x, y], ...]") from None
    if path.size == 0:
        return np.zeros((0, 2), np.float32)
    if path.ndim != 2 or path.shape[1] != 2:
        raise InkError(f"stroke {number} as (k, 2) numbers", f"shape {path.shape}", "Send [[x, y], ...]")
    if not np.isfinite(path).all():
        raise InkError(f"finite numbers in stroke {number}", "NaN or infinity", "Leave out points without a place")
    if np.abs(path).max() > _LARGEST:
        raise InkError(
            f"coordinates within {_LARGEST:g} in stroke {number}", f"{np.abs(path).max():g}", "Scale the drawing down"
        )
    return path.astype(np.float32)
