"""Pictures of how the digits of every script are read: confusion, and the surest mistakes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.evaluation.script_score import ScriptScore

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_SHOWN = 14  # worst mistakes of a script


def draw(scores: dict[str, ScriptScore]) -> None:
    """Writes docs/pictures/scripts-confusion.png and scripts-mistakes.png."""
    cv2.imwrite(str(PICTURES / "scripts-confusion.png"), confusions(scores))
    cv2.imwrite(str(PICTURES / "scripts-mistakes.png"), mistakes(scores))


def confusions(scores: dict[str, ScriptScore]) -> NDArray[np.uint8]:
    """A matrix of each script: rows what it was, columns what was read; the darker a cell, the more (log)."""
    tiles = []
    for name, score in scores.items():
        share = np.array(score.confusion) / np.maximum(1, np.array(score.confusion).sum(axis=1, keepdims=True))
        dark = np.clip(1 + np.log10(np.maximum(share, 1e-4)) / 4, 0, 1)
        tile = cv2.resize((255 * (1 - dark)).astype(np.uint8), (160, 160), interpolation=cv2.INTER_NEAREST)
        tiles.append(_titled(tile, f"{name} {score.total - score.wrong}/{score.total}"))
    return _grid(tiles, 5)


def mistakes(scores: dict[str, ScriptScore]) -> NDArray[np.uint8]:
    """The mistakes of each script that were made most surely, with what they are and what was read."""
    tiles = []
    for name, score in scores.items():
        sure = np.where(score.answers != score.labels, score.chances[:, :10].max(axis=1), -1)
        worst = np.argsort(-sure)[:_SHOWN]
        shown = [_titled(_glyph(score, at), f"{score.labels[at]}>{score.answers[at]}") for at in worst if sure[at] > 0]
        blank = np.full((76, 56), 255, np.uint8)
        tiles.append(_titled(np.hstack([*shown, *[blank] * (_SHOWN - len(shown))]), name))
    return np.vstack(tiles)


def _glyph(score: ScriptScore, at: int) -> NDArray[np.uint8]:
    tones = 255 - np.rint(score.glyphs[at] * 255).astype(np.uint8)
    return np.asarray(cv2.resize(tones, (56, 56), interpolation=cv2.INTER_NEAREST), np.uint8)


def _titled(tile: NDArray[np.uint8], title: str) -> NDArray[np.uint8]:
    head = np.full((20, tile.shape[1]), 255, np.uint8)
    cv2.putText(head, title, (2, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1, cv2.LINE_AA)
    return np.vstack([head, tile])


def _grid(tiles: list[NDArray[np.uint8]], across: int) -> NDArray[np.uint8]:
    padded = [cv2.copyMakeBorder(tile, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=255) for tile in tiles]
    padded += [np.full_like(padded[0], 255)] * (-len(padded) % across)
    return np.vstack([np.hstack(padded[at : at + across]) for at in range(0, len(padded), across)])
