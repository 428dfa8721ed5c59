"""The grey levels of a picture: which are ink, which is paper, and whether the light is even.

Terms: a histogram of grey levels, parted by Otsu's threshold.
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
    """The grey levels of a picture, parted in two by Otsu's threshold (N. Otsu, 1979)."""

    counts: NDArray[np.float64]  # (256,) pixels of each level, in evenly spread rows of a large picture
    threshold: int  # levels above it are the bright part
    contrast: float  # between the means of the two parts, in levels

    @classmethod
    def of(cls, grey: NDArray[Any]) -> Tones:
        """Counts uint8 (H, W)."""
        rows = grey[:: 1 + grey.size // COUNTED_PIXELS]
        counts = cv2.calcHist([rows], [0], None, [256], [0, 256]).ravel().astype(np.float64)
        dark = np.cumsum(counts)[:-1]
        bright = counts.sum() - dark
        summed = np.cumsum(counts * LEVELS)
        both = (dark > 0) & (bright > 0)
        if not both.any():
            return cls(counts, 255, 0.0)
        contrast = np.zeros(255)
        contrast[both] = (summed[-1] - summed[:-1][both]) / bright[both] - summed[:-1][both] / dark[both]
        threshold = int(np.argmax(dark * bright * contrast**2))
        return cls(counts, threshold, float(contrast[threshold]))


def paper_is_bright(grey: NDArray[Any], tones: Tones) -> bool:
    """Paper is what most of the border shows and most of the picture; the border counts twice."""
    edge = _border(grey)
    bright_border = np.count_nonzero(edge > tones.threshold) / edge.size
    bright = tones.counts[tones.threshold + 1 :].sum() / tones.counts.sum()
    return bool(2 * bright_border + bright > 1.5)


def is_uneven(grey: NDArray[Any], tones: Tones) -> bool:
    """Whether the border varies by more than ink does that touches it."""
    edge = _border(grey)
    bright = edge > tones.threshold  # ink there is no uneven light: the more frequent part is looked at
    edge = np.sort(edge[bright if 2 * np.count_nonzero(bright) > edge.size else ~bright])
    low, high = edge[edge.size // 10], edge[edge.size - 1 - edge.size // 10]
    return bool(int(high) - int(low) > _UNEVEN * tones.contrast)


def _border(grey: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def quantile(counts: NDArray[Any], values: NDArray[Any], part: float) -> float:
    """The value at or under which `part` of the counted things lie; values rise."""
    summed = counts.cumsum()
    return float(values[summed.searchsorted(part * summed[-1])])
