"""Scores of the steps along a strip -> the marks on it (connectionist temporal classification, Graves et al. 2006)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OTHER = 10  # a mark that is no digit
# The last label is the blank: nothing new at this step.


def best_path(scores: NDArray[np.float32]) -> list[tuple[int, float]]:
    """float32 (steps, labels), logits -> (label, step in the middle of it) of each mark, from left to right."""
    labels, blank = scores.argmax(axis=1), scores.shape[1] - 1
    starts = np.nonzero(np.diff(labels, prepend=-1))[0]
    ends = np.append(starts[1:], len(labels))
    return [
        (int(labels[start]), (start + end - 1) / 2)
        for start, end in zip(starts, ends, strict=True)
        if labels[start] != blank
    ]


def log_probability(scores: NDArray[np.float32], labels: list[int]) -> float:
    """The log of the probability that these marks and no others stand on the strip: the sum over all alignments."""
    logs = log_softmax(scores)
    path = np.full(2 * len(labels) + 1, scores.shape[1] - 1)
    path[1::2] = labels
    skips = np.zeros(len(path), bool)
    skips[3::2] = path[3::2] != path[1:-2:2]
    total = np.full(len(path), -np.inf)
    total[:2] = logs[0, path[:2]]
    for row in logs[1:]:
        before = np.concatenate([[-np.inf], total[:-1]])
        twice = np.where(skips, np.concatenate([[-np.inf, -np.inf], total[:-2]]), -np.inf)
        total = np.logaddexp(np.logaddexp(total, before), twice) + row[path]
    return float(np.logaddexp.reduce(total[-2:]))


def probabilities(scores: NDArray[np.float32], steps: list[float]) -> NDArray[np.float32]:
    """float32 (n, 11): the chance of each digit and of "other" for the mark at each of these steps."""
    whole = np.exp(log_softmax(scores))[:, : OTHER + 1]
    rows = []
    for step in steps:
        some = whole[max(0, int(np.floor(step))) : int(np.ceil(step)) + 1].sum(axis=0)
        rows.append(some / some.sum())
    return np.array(rows, np.float32)


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 (steps, labels), the log of the probabilities of each step."""
    wide = scores.astype(np.float64)
    wide = wide - wide.max(axis=1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=1, keepdims=True)))
