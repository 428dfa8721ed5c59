"""A personal profile: what a person's corrected marks teach, at once and without training.

Every corrected mark counts as the embedding that the network makes of it. Kernel ridge regression (Saunders, Gammerman,
Vovk, "Ridge regression learning algorithm in dual variables", ICML 1998) finds the change of the scores that would have
read these marks right and that fades with the distance of the embeddings. Marks of other people, ordinary ones and
those read only just right, take part with a change of zero: what one hand teaches does not spoil another's reading.
The constants were chosen on the writers of folds 1 to 4 (docs/corrections.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.recognition.model import Model, softmax

MOST = 500  # marks; the newest count
_REACH = 0.15  # of the kernel, in cosine distance
_ALIKE = 0.5  # of the kernel: from here on, a mark looks like one that was corrected
_RIDGE = 0.1  # of the person's marks
_RIDGE_OTHERS = 0.2  # of other people's marks
_MARGIN = 6.0  # by which the calibrated score of the right label shall lead
_STRENGTHS = (1.0, 0.5, 0.25, 0.0)
_SURE = 0.95  # from here on the network was sure of the digit that a mark is said not to be
_ALONE = 1.5  # by which such a mark may change the scores, until another like it has the same label


@dataclass(frozen=True, eq=False)
class Profile:
    """What was learned from a person's marks.

    Attributes:
        examples: float32 (m, k), unit length: embeddings of the person's marks and, behind them, of other people's.
        weights: float32 (m, labels): how each example changes the calibrated scores (those before softmax).
        strength: 0 to 1: how much of the change is made; the leave-one-out check chose it.
        marks: how many of the examples are the person's.
        right_before: how many of these marks the network reads right by itself.
        right_left_out: how many it reads right with a profile that was made of the others.
        alone: bool (marks,): which of these marks count little, until another like it has the same label.
    """

    examples: NDArray[np.float32]
    weights: NDArray[np.float32]
    strength: float
    marks: int
    right_before: int
    right_left_out: int
    alone: NDArray[np.bool_]

    def changed(self, scores: NDArray[np.float32], embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated scores (n, labels) and embeddings (n, k) -> the scores for this hand, float32 (n, labels)."""
        if not self.strength:
            return scores
        near = _kernel(_unit(embeddings), self.examples)
        return np.asarray(scores + self.strength * (near @ self.weights), np.float32)

    def speaks(self, embeddings: NDArray[np.float32]) -> NDArray[np.bool_]:
        """bool (n,): which marks look like one that was corrected, embeddings (n, k)."""
        if not self.strength:
            return np.zeros(len(embeddings), bool)
        own = self.examples[: self.marks]
        return np.asarray(_kernel(_unit(embeddings), own).max(axis=1) >= _ALIKE)


def learn(model: Model, glyphs: NDArray[np.uint8], labels: NDArray[np.int64]) -> Profile:
    """The profile of the hand that wrote these marks.

    Args:
        model: one with an embedding, as ours have.
        glyphs: uint8 (n, 28, 28), 255 = ink, oldest first; of more than MOST the newest are taken.
        labels: int64 (n,), 0 to 9, or 10 for what is no digit.

    Raises:
        ModelError: the model has no embedding, or no label for what is no digit.
    """
    strangers, held = _unit(_others(model)), _held(model)
    glyphs, labels = glyphs[-MOST:], labels[-MOST:]
    scores, found = model.features(glyphs[:, None].astype(np.float32) / np.float32(255))
    own = _unit(found)
    near = _kernel(own, own)
    alone = _alone(scores, labels, near)
    wanted = _wanted(scores, labels)
    wanted[alone] *= np.minimum(1.0, _ALONE / (2 * np.abs(wanted[alone]).max(axis=1, keepdims=True)))
    # Block elimination: what belongs to other people is the same for every profile.
    across = _kernel(own, strangers).astype(np.float64)
    schur = near + _RIDGE * np.eye(len(labels)) - across @ held @ across.T
    inverse = np.linalg.inv(schur)
    weights = inverse @ wanted
    # What each mark would get from a profile without it (Rifkin and Lippert, MIT-CSAIL-TR-2007-025, section 4).
    left_out = wanted - weights / np.diag(inverse)[:, None]
    right = {strength: _right(model, scores + strength * left_out, labels) for strength in _STRENGTHS}
    strength = max(_STRENGTHS, key=lambda one: (right[one], one))
    examples = np.concatenate([own, strangers])
    changes = np.concatenate([weights, -held @ (across.T @ weights)]).astype(np.float32)
    return Profile(examples, changes, strength, len(labels), right[0.0], right[strength], alone)


def _others(model: Model) -> NDArray[np.float32]:
    """Other people's marks, (m, k). Raises ModelError when the model has none."""
    if model.others is None:
        raise ModelError("a model that can learn a hand", f"{model.path}, which has no embedding", "Export it again")
    return model.others


@lru_cache(maxsize=4)
def _held(model: Model) -> NDArray[np.float64]:
    """(m, m): the inverse of the kernel of other people's marks with its ridge."""
    strangers = _unit(_others(model))
    kernel = _kernel(strangers, strangers).astype(np.float64)
    return np.asarray(np.linalg.inv(kernel + _RIDGE_OTHERS * np.eye(len(strangers))), np.float64)


def _wanted(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, labels): the least change by which each right label leads by _MARGIN, half up and half down."""
    rows = np.arange(len(labels))
    rivals = scores.astype(np.float64)
    own = rivals[rows, labels].copy()
    rivals[rows, labels] = -np.inf
    best = rivals.argmax(axis=1)
    half = np.maximum(0.0, rivals[rows, best] + _MARGIN - own) / 2
    change = np.zeros(scores.shape)
    change[rows, labels] += half
    change[rows, best] -= half
    return change


def _alone(scores: NDArray[np.float32], labels: NDArray[np.int64], near: NDArray[np.float32]) -> NDArray[np.bool_]:
    """bool (n,): marks of which the network was sure that they are another digit, and which no mark like it confirms.

    One slip of the hand must not make a clean digit doubtful. Marks that were refused or doubted teach at once.
    """
    chances = softmax(scores)
    read = chances.argmax(axis=1)
    contrary = (read != labels) & (read < 10) & (chances.max(axis=1) >= _SURE)
    alike = (near >= _ALIKE) & (labels[:, None] == labels[None])
    return np.asarray(contrary & (alike.sum(axis=1) < 2))  # each is like itself


def _right(model: Model, scores: NDArray[np.float64], labels: NDArray[np.int64]) -> int:
    """How many of the marks are read right with these calibrated scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    answers = chances[:, :10].argmax(axis=1)
    answers[chances[:, 10] > model.card.refuse_above] = 10
    return int((answers == labels).sum())


def _unit(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-9), np.float32)


def _kernel(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (n, k) and (m, k), unit length -> (n, m): 1 for the same direction, falling with the cosine distance."""
    return np.asarray(np.exp((np.clip(one @ other.T, -1, 1) - 1) / np.float32(_REACH)), np.float32)
