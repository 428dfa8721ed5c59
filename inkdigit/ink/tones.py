"""The grey levels of pictures: which are ink, which is paper, and whether the light is even.

Terms: a histogram of grey levels, parted by Otsu's threshold. All of it is done for a stack of pictures of one shape at
once: on small ones, what a call costs is more than what it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LEVELS = np.arange(256)
COUNTED_PIXELS = 40_000  # about so many are enough to know the tones of a picture
_UNEVEN = 0.15  # light counts as uneven when the border varies by more than this part of the contrast


@dataclass(frozen=True, eq=False)
class Tones:
    """The grey levels of n pictures, each parted in two by Otsu's threshold (N. Otsu, 1979)."""

    counts: NDArray[np.float64]  # (n, 256) pixels of each level, in evenly spread rows of a large picture
    threshold: NDArray[np.intp]  # (n,) levels above it are the bright part
    contrast: NDArray[np.float64]  # (n,) between the means of the two parts, in levels

    @classmethod
    def of(cls, greys: NDArray[Any]) -> Tones:
        """Counts uint8 (n, H, W)."""
        rows = greys[:, :: 1 + greys[0].size // COUNTED_PIXELS]
        counts = np.empty((len(greys), 256))
        for one, counted in zip(rows, counts, strict=True):
            counted[:] = cv2.calcHist([one], [0], None, [256], [0, 256]).ravel()
        dark = counts.cumsum(axis=1)
        bright = dark[:, -1:] - dark
        below = (counts * LEVELS).cumsum(axis=1)
        above = below[:, -1:] - below
        both = (dark > 0) & (bright > 0)
        none = np.zeros_like(dark)
        contrast = np.divide(above, bright, out=none, where=both) - np.divide(below, dark, out=none.copy(), where=both)
        threshold = (dark * bright * contrast**2).argmax(axis=1)
        threshold[~both.any(axis=1)] = 255
        return cls(counts, threshold, contrast[np.arange(len(counts)), threshold])

    def at(self, places: Any) -> Tones:
        """Of some of the pictures: places, or bool (n,)."""
        return Tones(self.counts[places], self.threshold[places], self.contrast[places])

    def set(self, places: NDArray[np.bool_], others: Tones) -> None:
        """Some of the pictures look otherwise now."""
        self.counts[places], self.threshold[places] = others.counts, others.threshold
        self.contrast[places] = others.contrast


def paper_is_bright(greys: NDArray[Any], tones: Tones) -> NDArray[np.bool_]:
    """(n,): paper is what most of the border shows and most of the picture; the border counts twice."""
    edges = _borders(greys)
    bright_border = np.count_nonzero(edges > tones.threshold[:, None], axis=1) / edges.shape[1]
    bright = (tones.counts * (tones.threshold[:, None] < LEVELS)).sum(axis=1) / tones.counts.sum(axis=1)
    return np.asarray(2 * bright_border + bright > 1.5)


def is_uneven(greys: NDArray[Any], tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether the border varies by more than ink does that touches it."""
    edges = np.sort(_borders(greys), axis=1)
    count = edges.shape[1]
    dark = np.count_nonzero(edges <= tones.threshold[:, None], axis=1)
    most_bright = 2 * dark < count  # ink there is no uneven light: the more frequent part is looked at
    first, size = dark * most_bright, np.where(most_bright, count - dark, dark)
    each = np.arange(len(edges))
    low, high = edges[each, first + size // 10], edges[each, first + size - 1 - size // 10]
    return np.asarray(high - low > _UNEVEN * tones.contrast)


def _borders(greys: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([greys[:, 0], greys[:, -1], greys[:, :, 0], greys[:, :, -1]], axis=1)


def by_distance(counts: NDArray[Any], distance: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n, 256): how many things of each row lie so far away; counts and distances, 0 to 255, are (n, 256)."""
    rows = 256 * np.arange(len(counts))[:, None]
    return np.asarray(np.bincount((rows + distance).ravel(), counts.ravel(), counts.size).reshape(counts.shape))


def quantile(counts: NDArray[Any], part: float) -> NDArray[np.intp]:
    """(n, 1): the first place of each row, (n, k), up to which at least `part` of the counted things lie."""
    summed = counts.cumsum(axis=1)
    return np.asarray((summed < part * summed[:, -1:]).sum(axis=1, keepdims=True))
