"""Readings and scores made by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.score import Score
from inkdigit.ink.strokes import Box
from inkdigit.recognition.reading import Digit, Number
from inkdigit.recognition.row import LABELS

HERE: Box = (100.0, 100.0, 200.0, 150.0)


def number(text: str, box: Box, confidence: float = 0.9) -> Number:
    """Digits side by side that fill the box."""
    left, top, right, bottom = box
    wide = (right - left) / len(text)
    digits = []
    for place, mark in enumerate(text):
        value = None if mark == "?" else int(mark)
        chances = np.full(10, 0.0, np.float32)
        chances[value or 0] = 1
        place_box = (left + place * wide, top, left + (place + 1) * wide, bottom)
        digits.append(Digit(value, confidence, chances, np.zeros((28, 28), np.float32), place_box))
    return Number(tuple(digits))


def row_logits(text: str, otherwise: str, by: float) -> NDArray[np.float32]:
    """Of a row with these marks, every other step blank; a 1 may be any of the other signs, at so much less."""
    scores = np.full((2 * len(text) + 1, len(LABELS)), -20, np.float32)
    scores[::2, -1] = 0
    for at, mark in enumerate(text):
        scores[2 * at + 1, LABELS.index(mark)] = 0
        if mark == "1":
            scores[2 * at + 1, [LABELS.index(sign) for sign in otherwise]] = by
    return scores


def score_of(labels: list[int], answers: list[int], chances: list[float], writers: list[str] | None = None) -> Score:
    """A score of marks whose likeliest digit is the answer (0 when refused), with the given chance."""
    count = len(labels)
    rows = np.zeros((count, 10), np.float32)
    for row, answer, chance in zip(rows, answers, chances, strict=True):
        best = 0 if answer == 10 else answer
        row[:] = (1 - chance) / 9
        row[best] = chance
    other = np.array([0.9 if answer == 10 else 0.0 for answer in answers], np.float32)
    glyphs = np.zeros((count, 28, 28), np.uint8)
    return Score("made", np.array(labels), np.array(answers), rows, other, glyphs, tuple(writers or [""] * count))
