"""Which script a number or a page is written in: how well each script's network reads it, and what its marks look like.

Signs are shared between scripts, so that one digit seldom tells; four mostly do (docs/scripts.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition.model import ScriptModel
from inkdigit.recognition.reading import Number

_LEAST = 1e-3  # of a mark: one that nobody reads decides nothing alone
_LOOKS = 1e-4  # likewise, of how much a mark looks like a script,
_WEIGHTS = (0.5, 0.35)  # of how well marks are read and of what they look like, together: marks of a hand are alike;
# fitted on numbers of four digits of validation writers, drawn and on pictures
_MANY = 12  # numbers: of a page with more, what a network leaves unread tells
_FEW = 0.01  # a script less likely than that is not named


def log_chance(numbers: Iterable[Number]) -> float:
    """How well a script's network reads some numbers: the sum over their marks of the log chance of each answer."""
    total = 0.0
    for number in numbers:
        for digit in number.digits:
            chance = 1 - digit.confidence if digit.value is None else digit.confidence
            total += float(np.log(max(_LEAST, chance)))
    return total


@lru_cache(maxsize=2)
def shapes_of(path: Path | None) -> ScriptModel | None:
    """The network that tells scripts by the shape of their digits, loaded once; None where there is none.

    Raises:
        ModelError: the file is damaged, or of something else.
    """
    return None if path is None else ScriptModel(path)


def log_alike(script: str, numbers: Iterable[Number], shapes: ScriptModel) -> float:
    """How much marks look like digits of a script: the sum of the log of its chance by the shape of each."""
    glyphs = [digit.glyph for number in numbers for digit in number.digits]
    chances = shapes.probabilities(np.stack(glyphs)[:, None].astype(np.float32))[:, shapes.scripts.index(script)]
    return float(np.log(np.maximum(_LOOKS, chances)).sum())


def likely(readings: Mapping[str, Sequence[Number]], shapes: ScriptModel | None = None) -> NDArray[np.float64]:
    """Script -> what its network read of the same ink -> float (scripts,): how likely each is; they add up to 1.

    Args:
        shapes: the network that tells scripts by shape; what it does not know is told by the readings alone.
    """
    marks = [sum(len(one.digits) for one in some) for some in readings.values()]
    nothing = float(np.log(_LEAST)) * max(marks)  # where others read marks, it reads nothing
    read = [log_chance(some) if count else nothing for some, count in zip(readings.values(), marks, strict=True)]
    odds = np.array(read)  # marks are taken for independent
    if shapes is not None and set(readings) <= set(shapes.scripts):
        nothing = float(np.log(_LOOKS)) * max(marks)
        alike = [
            log_alike(name, some, shapes) if count else nothing
            for (name, some), count in zip(readings.items(), marks, strict=True)
        ]
        odds = _WEIGHTS[0] * odds + _WEIGHTS[1] * np.array(alike)
    found = np.exp(odds - odds.max())
    return np.asarray(found / found.sum(), np.float64)


def named(names: Sequence[str], chances: NDArray[np.float64]) -> tuple[tuple[str, float], ...]:
    """(script, how likely it is), the likeliest first, without those under 0.01."""
    ordered = sorted(zip(names, chances.tolist(), strict=True), key=lambda one: -one[1])
    return tuple((name, chance) for at, (name, chance) in enumerate(ordered) if chance >= _FEW or at == 0)


def chances(
    readings: Mapping[str, Sequence[Number]], shapes: ScriptModel | None = None
) -> tuple[tuple[str, float], ...]:
    """Script -> what its network read of the same ink -> (script, how likely it is), the likeliest first.

    Of a page of many numbers, those that a network reads nothing of count against it as a mark that nobody reads does.
    Scripts whose chance is under 0.01 are left out; all chances together are at most 1.
    """
    counts = np.array([len(some) for some in readings.values()])
    odds = np.log(np.maximum(likely(readings, shapes), 1e-300))
    if counts.max() > _MANY:
        odds = odds - np.log(_LEAST) * counts
    found = np.exp(odds - odds.max())
    return named(list(readings), found / found.sum())
