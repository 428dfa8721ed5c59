"""Where a mark stands in its line: what the network of signs looks at beside the shape.

A 1 and a slash, a 0 and a bracket, a minus sign and half of an equals sign have the same shape; they differ in how high
they are, how they lean beside the others, and what stands next to them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigit.ink.lattice import boxes_of

VERSION = 1  # a model of signs says which version it was trained with; change it when a place or a trajectory changes
NONE = "none"  # the first label of a model of signs: a digit, a letter, a part of a mark
SEVERAL = "several"  # the last: a whole line of several marks
KINDS = (".", ",", "-", "/", ":", "+", "=", "(", ")", "%", "#", "$", "x", "*", "·", "÷")
PLACES = 14
_TALL = 0.6  # of the height of the line: such pieces tell where its top and its foot are, and how the hand leans
_FAR = 1.5  # heights of the line: a neighbour farther away is as if there were none
_UNDER = 0.5  # of the narrower one's width: a piece that shares so much stands above or below, or across


def slant(points: NDArray[np.float32]) -> float:
    """How far a piece of ink, (k, 2), leans to the right, for each unit that it is high; 0 where it has no height."""
    across, down = (points - points.mean(axis=0)).T.astype(np.float64)
    spread = float((down**2).mean())
    return -float((across * down).mean()) / spread if spread > 0 else 0.0


def _medians(of_pieces: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The median over the pieces that each row of choices, (n, pieces), has at least one of, (n,)."""
    order = of_pieces.argsort()
    counted = chosen[:, order].cumsum(axis=1)
    count = counted[:, -1:]
    lower, upper = ((counted >= half).argmax(axis=1) for half in ((count + 1) // 2, count // 2 + 1))
    return np.asarray((of_pieces[order[lower]] + of_pieces[order[upper]]) / 2)


def places(marks: Sequence[Sequence[int]], points: Sequence[NDArray[np.float32]], height: float) -> NDArray[np.float32]:
    """Marks of some pieces of a line each -> where they stand in it, float32 (n, 14), each about -2 to 2.

    Args:
        marks: the places of each mark's pieces.
        points: places on the ink of each piece, (k, 2).
        height: of the line.
    """
    boxes = boxes_of(points)
    own = np.zeros((len(marks), len(boxes)), bool)
    for row, members in enumerate(marks):
        own[row, list(members)] = True
    low = np.where(own[..., None], boxes[None, :, :2], np.inf).min(axis=1)
    high = np.where(own[..., None], boxes[None, :, 2:], -np.inf).max(axis=1)
    (left, top), (right, bottom) = low.T[:, :, None], high.T[:, :, None]  # (n, 1) each
    is_tall = boxes[:, 3] - boxes[:, 1] >= _TALL * height
    if not is_tall.any():
        is_tall[:] = True
    models = ~own & is_tall  # the tall pieces that are not the mark's own
    models[~models.any(axis=1)] = is_tall
    leans = np.array([slant(piece) if tall else 0.0 for piece, tall in zip(points, is_tall, strict=True)])

    shared = np.minimum(right, boxes[:, 2]) - np.maximum(left, boxes[:, 0])
    narrower = np.maximum(np.minimum(boxes[:, 2] - boxes[:, 0], right - left), 0.05 * height)
    covered = np.where(own, 0, shared / narrower)
    is_before = ~own & (boxes[:, [0, 2]].mean(axis=1) < (left + right) / 2)
    is_behind = ~own & ~is_before
    is_above = boxes[:, [1, 3]].mean(axis=1) < (top + bottom) / 2
    is_stacked = covered > _UNDER
    far = _FAR * height
    made = [
        (top[:, 0] - _medians(boxes[:, 1], models)) / height,
        (bottom[:, 0] - _medians(boxes[:, 3], models)) / height,
        (right - left)[:, 0] / height,
        (bottom - top)[:, 0] / height,
        np.clip(covered.max(axis=1), 0, 2),
        np.clip(np.where(is_before, left - boxes[:, 2], far).min(axis=1) / height, -0.5, _FAR),
        np.clip(np.where(is_behind, boxes[:, 0] - right, far).min(axis=1) / height, -0.5, _FAR),
        ~is_before.any(axis=1),
        ~is_behind.any(axis=1),
        _medians(leans, models),
        own.sum(axis=1) / 4,
        own.all(axis=1),
        (is_stacked & is_above).any(axis=1),
        (is_stacked & ~is_above).any(axis=1),
    ]
    return np.asarray(np.clip(np.stack(made, axis=1), -3, 3), np.float32)
