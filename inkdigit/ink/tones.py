"""The grey levels of pictures: which are ink, which is paper, and whether the light is even.

Terms: a histogram of grey levels, parted by Otsu's threshold. All of it is done for a stack of pictures of one shape at
once, and what several ask for is found once: on small pictures, what a call costs is more than what it does.
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
    bright: NDArray[np.float64]  # (n,) the bright part of the counted pixels, 0 to 1
    edges: NDArray[np.uint8]  # (n, 2 * W + 2 * H) the first and the last row, the first and the last column
    bright_edges: NDArray[np.bool_]  # the same shape: which of them are bright

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
        each = np.arange(len(counts))
        edges = np.concatenate([greys[:, 0], greys[:, -1], greys[:, :, 0], greys[:, :, -1]], axis=1)
        return cls(
            counts,
            threshold,
            contrast[each, threshold],
            bright[each, threshold] / dark[:, -1],
            edges,
            edges > threshold[:, None],
        )

    def at(self, places: Any) -> Tones:
        """Of some of the pictures: places, or bool (n,)."""
        return Tones(*(value[places] for value in self._values))

    def set(self, places: NDArray[np.bool_], others: Tones) -> None:
        """Some of the pictures look otherwise now."""
        for own, value in zip(self._values, others._values, strict=True):
            own[places] = value

    @property
    def _values(self) -> tuple[NDArray[Any], ...]:
        return self.counts, self.threshold, self.contrast, self.bright, self.edges, self.bright_edges


def paper_is_bright(tones: Tones) -> NDArray[np.bool_]:
    """(n,): paper is what most of the border shows and most of the picture; the border counts twice."""
    bright_border = tones.bright_edges.sum(axis=1) / tones.edges.shape[1]
    return np.asarray(2 * bright_border + tones.bright > 1.5)


def is_uneven(tones: Tones) -> NDArray[np.bool_]:
    """(n,): whether the border varies by more than ink does that touches it."""
    edges = np.sort(tones.edges, axis=1)
    count = edges.shape[1]
    dark = count - tones.bright_edges.sum(axis=1)
    most_bright = 2 * dark < count  # ink there is no uneven light: the more frequent part is looked at
    first, size = dark * most_bright, np.where(most_bright, count - dark, dark)
    each = np.arange(len(edges))
    low, high = edges[each, first + size // 10], edges[each, first + size - 1 - size // 10]
    return np.asarray(high - low > _UNEVEN * tones.contrast)


def by_distance(counts: NDArray[Any], distance: NDArray[np.intp], apart: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 2, 256): how many things of each row lie so far away, those that are told apart beside the others.

    Args:
        counts, distance, apart: (n, 256); distances are 0 to 255.
    """
    rows = 512 * np.arange(len(counts))[:, None]
    places = (rows + 256 * apart + distance).ravel()
    return np.asarray(np.bincount(places, counts.ravel(), 2 * counts.size).reshape(len(counts), 2, 256))


def quantile(counts: NDArray[Any], part: float | NDArray[np.float64]) -> NDArray[np.intp]:
    """(..., 1): the first place of each row, (..., k), up to which at least `part` of the counted things lie."""
    summed = counts.cumsum(axis=-1)
    return np.asarray((summed < part * summed[..., -1:]).sum(axis=-1, keepdims=True))
