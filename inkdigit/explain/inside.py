"""A look inside: the way of one digit's ink through the network, by ONNX Runtime alone.

What each layer found, where the network looked, and what would make another digit of it. docs/inside.md shows it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.explain import onnx_graph
from inkdigit.explain.counterfactuals import Counterfactual, Scores, counterfactuals
from inkdigit.ink.segment import without_taps
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition.glyph import SIDE, Glyph, Making, making
from inkdigit.recognition.model import Model, session
from inkdigit.recognition.reading import Digit

_PATCH = 5  # pixels: the side of the piece of paper that is laid over the ink (Zeiler and Fergus, arXiv:1311.2901)
_STRIDE = 2
_LIKELY = 0.01  # chance from which on a digit is what the mark could be
_NEAR = 0.02  # of the drawing: boxes so near are the same


@dataclass(frozen=True, eq=False)
class Layer:
    """The maps of one layer: uint8 (channels, height, width), 255 = as strong as its strongest hundredth, or more."""

    maps: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Looked:
    """Where the network looked for one digit.

    Attributes:
        digit: 0 to 9; None: that it is no digit.
        heat: float32 (28, 28): how far the log-odds of that answer fall when the ink there is covered; below 0 where
            the ink speaks against it, exactly 0 where there is no ink within a patch's reach.
    """

    digit: int | None
    heat: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Inside:
    """All that is seen of one digit.

    Attributes:
        digit: the reading.
        making: the steps from ink to glyph; None when only the glyph is known.
        layers: from the first to the last; none when the model has no maps.
        looked: for the answer first, then for the digits of the changes.
        changes: what would make another digit of it.
    """

    digit: Digit
    making: Making | None
    layers: tuple[Layer, ...]
    looked: tuple[Looked, ...]
    changes: tuple[Counterfactual, ...]


class Looker:
    """Looks into a loaded model. Safe to call from several threads.

    The session that shows the layers is made at the first look, so that those who never look do not wait for it.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._lock = threading.Lock()

    def look(self, digit: Digit, made: Making | None = None, scores: Scores | None = None) -> Inside:
        """All that is seen of a digit, not blank.

        Args:
            digit: a reading.
            made: how its glyph came about, where that is known.
            scores: what read it, where that is not the model alone: `Reader.scores`.

        Raises:
            ModelError: the model's file is gone.
        """
        glyph = Glyph(digit.glyph)
        likely = [one for one in map(int, np.argsort(-digit.probabilities, kind="stable")) if _is_likely(digit, one)]
        read = scores or self.model.calibrated
        found = counterfactuals(read, self.model.card.refuse_above, glyph, digit.value, likely)
        looked = self.looked(glyph, [digit.value, *(one.digit for one in found)], read)
        return Inside(digit, made, self.layers(glyph), looked, found)

    def layers(self, glyph: Glyph) -> tuple[Layer, ...]:
        """What each layer found in a glyph; () when the model has no maps.

        Raises:
            ModelError: the model's file is gone.
        """
        with self._lock:
            runs, names = self._opened
        if runs is None or not names:
            return ()
        found = runs.run(names, {runs.get_inputs()[0].name: glyph.pixels[None, None]})
        return tuple(Layer(_as_bytes(maps[0])) for maps in found if maps.ndim == 4 and maps.shape[2] > 1)

    def looked(self, glyph: Glyph, digits: Sequence[int | None], scores: Scores | None = None) -> tuple[Looked, ...]:
        """Where the network looked for each of some answers: a patch of paper is laid over every part of the ink."""
        corners = [
            (top, left)
            for top in range(0, SIDE - _PATCH + 1, _STRIDE)
            for left in range(0, SIDE - _PATCH + 1, _STRIDE)
            if glyph.pixels[top : top + _PATCH, left : left + _PATCH].any()
        ]
        covered = np.repeat(glyph.pixels[None], len(corners) + 1, axis=0)
        for one, (top, left) in zip(covered, corners, strict=False):
            one[top : top + _PATCH, left : left + _PATCH] = 0
        found = (scores or self.model.calibrated)(covered[:, None])  # the last: uncovered
        all_odds = [_log_odds(found, 10 if digit is None else digit) for digit in digits]
        heats = [_spread(corners, odds[-1] - odds[:-1]) for odds in all_odds]
        return tuple(Looked(digit, heat) for digit, heat in zip(digits, heats, strict=True))

    @cached_property
    def _opened(self) -> tuple[onnxruntime.InferenceSession | None, list[str]]:
        """A session that shows the maps too, and their names; none for a model without maps."""
        try:
            content = self.model.path.read_bytes()
        except OSError:
            raise ModelError(
                "the file of the loaded model", f"none at {self.model.path}", "Put it back, or start again"
            ) from None
        names = onnx_graph.maps(content)
        return (session(onnx_graph.with_outputs(content, names), self.model.path) if names else None), names


def made_of(strokes: Strokes, digit: Digit) -> Making | None:
    """How a digit's glyph came about from the strokes of a drawing; None when that cannot be told from its box."""
    if digit.box is None:
        return None
    left, top, right, bottom = digit.box
    slack = _NEAR * max(right - left, bottom - top)
    within = [
        path
        for path in strokes.paths
        if (path >= (left - slack, top - slack)).all() and (path <= (right + slack, bottom + slack)).all()
    ]
    for members in (within, without_taps(Strokes(tuple(within))).paths if within else ()):
        if members:
            made = making(Strokes(tuple(members)))
            if np.array_equal(made.glyph.pixels, digit.glyph):
                return made
    return None


def _is_likely(digit: Digit, other: int) -> bool:
    return other != digit.value and float(digit.probabilities[other]) >= _LIKELY


def _as_bytes(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(channels, h, w) -> uint8. Scaled by the very strongest place, nearly all others would be dark."""
    positive = np.maximum(maps.astype(np.float32), 0)
    strong = float(np.quantile(positive[positive > 0], 0.99)) if positive.any() else 1.0
    return np.asarray(np.rint(np.minimum(positive / strong, 1) * 255), np.uint8)


def _log_odds(scores: NDArray[np.float32], label: int) -> NDArray[np.float64]:
    """Scores (n, labels) -> float64 (n,): log of the chance of a label over the chance of all others."""
    others = np.delete(scores.astype(np.float64), label, axis=1)
    top = others.max(axis=1)
    return np.asarray(scores[:, label] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)), np.float64)


def _spread(corners: Sequence[tuple[int, int]], drops: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32 (28, 28): the mean drop over all patches that lay on a pixel."""
    total, count = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for (top, left), drop in zip(corners, drops, strict=True):
        total[top : top + _PATCH, left : left + _PATCH] += drop
        count[top : top + _PATCH, left : left + _PATCH] += 1
    return (total / np.maximum(count, 1)).astype(np.float32)
