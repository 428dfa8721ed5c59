"""A grey sheet -> where numbers are written on it, and their ink: layout analysis, by a fully convolutional network.

In the middle of what is written lie cores, as in DB (Liao et al., arXiv:1911.08947): they stay apart where numbers
stand side by side. The network tells whose ink each pixel is: a written number's, a printed one's, or anything else's,
such as rules, letters and stains.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

VERSION = 1  # a model of pages says which version it was trained with; change it when `prepared` changes
STEP = 4  # pixels of the picture per pixel of the map of cores
PAPER, REST, HAND, PRINT = range(4)  # kinds of pixel, and of core, where the rest is words
WORD = REST
LABELS = ("paper", "rest", "hand", "print")
KINDS = 4  # of pixel, and of core
TURNS = 4
USUAL = 24.0  # pixels of a digit
MULTIPLE = 32  # the network takes sides of multiples of this
_AROUND = 65  # pixels: the window in which light and contrast are looked at


def prepared(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (h, w) -> float32 (1, 2, h, w): the tones, and how far each is from those around it."""
    tones = grey.astype(np.float32)
    mean = cv2.boxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    square = cv2.sqrBoxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) + 5
    stacked: Any = np.stack([tones / 128 - 1, np.clip((tones - mean) / spread, -5, 5) / 2])
    return np.asarray(stacked[None], np.float32)
