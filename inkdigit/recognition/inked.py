"""The ink of a place on a picture, where it can be told from the paper -> what the network of lines reads in it.

It knows digits that touch better than the network of rows does, and nothing of rules, walls and print: so the two read
each place, and what they say decides which is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import ctc, row, strip
from inkdigit.recognition.model import LineModel
from inkdigit.recognition.row import Place

FINE = 3  # times as many pixels as the network of rows sees
_HEIGHT = FINE * row.DIGIT  # pixels of a digit
_AROUND = 65 * FINE  # pixels, over which paper is averaged
_LEAST_CONTRAST = 8.0  # of 255: what stands out less is no ink
_FULL = 97  # of a hundred pixels: the others are as dark as ink gets
_EDGE = 0.6  # of the best threshold: where the soft edge of ink begins
_SHARED = 0.3  # of a piece that lies among the digits
_FLAT, _TALL = 1.6, 1.4  # heights of a digit: a longer piece that is hardly thick is a rule
_THICK = 0.22  # heights
_SPECK = 0.08  # heights
_FEW_LETTERS = 1.5  # off the scores of "other": where numbers are looked for, fewer marks are letters than in training


@dataclass(frozen=True, eq=False)
class Line:
    """What the network of lines reads.

    Attributes:
        text: digits, "?" for what is none; "" where nothing was read.
        chance: 0 to 1: of the text.
        middles: of each mark, in columns of the Row.
        chances: float32 (n, 11), of each mark to be each digit, or none.
    """

    text: str
    chance: float
    middles: tuple[float, ...]
    chances: NDArray[np.float32]

    @property
    def is_number(self) -> bool:
        """Whether digits were read, and nothing else."""
        return self.text.isdigit()


NOTHING = Line("", 0.0, (), np.zeros((0, 11), np.float32))


def read(model: LineModel, grey: NDArray[np.uint8], where: Place, bright: bool) -> Line:
    """What stands in the ink of a place of a picture, uint8 (h, w).

    Args:
        bright: whether the ink is brighter than the paper.
    """
    made = strip.from_ink(ink(row.cut(grey, where, FINE), bright))
    if made is None:
        return NOTHING
    scores = model.scores(made.pixels)
    scores[:, ctc.OTHER] -= _FEW_LETTERS
    path = ctc.best_path(scores)
    if not path:
        return NOTHING
    chance = float(np.exp(ctc.log_probability(scores, [label for label, _ in path])))
    text = "".join("?" if label == ctc.OTHER else str(label) for label, _ in path)
    middles = tuple(made.place(2 * step + 0.5) / FINE for _, step in path)
    return Line(text, chance, middles, ctc.probabilities(scores, [step for _, step in path]))


def ink(pixels: NDArray[np.uint8], bright: bool, beside: int = 0) -> NDArray[np.uint8]:
    """The ink of a place, uint8 (h, w), three times finer than a Row -> uint8 (h, w), ink = 255; rules are left out.

    Args:
        beside: so many columns at each end do not tell how dark ink is; of a wide place a small digit is too little to.
    """
    tones = pixels.astype(np.float32)
    paper = cv2.boxFilter(tones, -1, (_AROUND, _AROUND), borderType=cv2.BORDER_REPLICATE)
    off = np.maximum(tones - paper if bright else paper - tones, 0)
    tells = slice(beside, off.shape[1] - beside)
    full = max(_LEAST_CONTRAST, float(np.percentile(off[:, tells], _FULL)))
    dark = np.clip(255 * off / full, 0, 255).astype(np.uint8)
    least = _EDGE * cv2.threshold(dark[:, tells].copy(), 0, 255, cv2.THRESH_OTSU)[0]
    found = np.clip(255 * _FLAT * (dark.astype(np.float32) - least) / (255 - least), 0, 255).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((found > strip.FULL).astype(np.uint8), connectivity=8)
    high, wide = found.shape
    first, last = (high - _HEIGHT) / 2, (high + _HEIGHT) / 2
    left, top, across, down = stats[1:, :4].T
    shared = np.minimum(top + down, last) - np.maximum(top, first)
    level = (across > _FLAT * _HEIGHT) & (down < _THICK * _HEIGHT)
    upright = (down > _TALL * _HEIGHT) & (across < _THICK * _HEIGHT)
    is_beside = (left + across <= 0.1 * _HEIGHT) | (left >= wide - 0.1 * _HEIGHT)
    is_large = (np.maximum(across, down) >= _SPECK * _HEIGHT) & (shared > _SHARED * np.minimum(down, _HEIGHT))
    kept = np.concatenate([[False], is_large & ~(level | upright | is_beside)])
    return np.where(kept[labels], found, 0).astype(np.uint8)
