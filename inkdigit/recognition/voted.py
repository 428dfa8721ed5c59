"""Rows of cores -> what the network of rows reads along each; what is unsure, it reads cut out in other ways too.

How high the digits are and where their middle is, the network of pages tells only roughly, most of all where they fill
the picture: of 150 amounts cut from cheques 80 were read rightly as they were found, 94 cut out in four ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import ctc, joined, row, slant
from inkdigit.recognition.layout import Core
from inkdigit.recognition.model import RowModel
from inkdigit.recognition.row import Place

STEP = 2  # columns
Mark = tuple[int, float]  # its label, and the step in the middle of it
NEEDS_NOBODY = 0.97  # chance: what is read so surely is not read again
_PARTED = 4.0  # log odds that there is a gap between two cores, beside what the network of rows says
_WHOLE = 2.0  # and against one within a core: it saw a number there
_BESIDE = 0.1  # heights, at both ends, that are read beside a row: a straight stem there looks like a wall, from afar
_UPRIGHT = 0.7  # of how far the writing leans: rows are sheared back so far
_OTHERWISE = ((1.15, -0.12), (1.15, 0.12), (1.3, 0.0))  # times as high, and heights lower: other ways to cut out a row
_NO_DIGIT = 0.3  # weight of a reading in which something is no digit: a digit that is cut badly looks like that


@dataclass(frozen=True, eq=False)
class Read:
    """A row as it was read.

    Attributes:
        cores: that are one row.
        place: where it was cut out.
        pixels: float32 (32, w), as `row.prepared`.
        logits: float32 (steps, labels).
        path: its marks.
        chance: 0 to 1: of these.
        share: 0 to 1: of the ways to cut it out, each as sure as it was, those that read the same.
        decided: steps of two digits beside each other, and how sure it is, 0.5 to 1, that they are one number, or two.
    """

    cores: tuple[Core, ...]
    place: Place
    pixels: NDArray[np.float32]
    logits: NDArray[np.float32]
    path: tuple[Mark, ...]
    chance: float
    share: float = 1.0
    decided: tuple[tuple[float, float, float], ...] = ()

    @property
    def labels(self) -> tuple[int, ...]:
        """Of its marks."""
        return tuple(label for label, _ in self.path)

    @property
    def sure(self) -> float:
        """0 to 1: how sure its marks are."""
        return self.chance * self.share

    @cached_property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """The first and last column of each core."""
        return tuple(joined.columns(core, self.place) for core in self.cores)

    def core_at(self, step: float) -> int:
        """The place of the core in which a step lies, or which is nearest to it."""
        return min(
            range(len(self.spans)), key=lambda at: max(self.spans[at][0] - STEP * step, STEP * step - self.spans[at][1])
        )

    def sure_between(self, first: float, last: float) -> float:
        """0 to 1: how sure it is where the number ends whose digits stand from one step to another."""
        return float(np.prod([chance for left, right, chance in self.decided if left <= last and right >= first]))

    @property
    def weight(self) -> float:
        """How much it counts beside others."""
        return self.chance * (_NO_DIGIT if row.OTHER in self.labels else 1.0)


def rows(
    model: RowModel, grey: NDArray[np.uint8], groups: Sequence[Sequence[Core]], askew: float, again: bool
) -> list[Read]:
    """What is read along each row of a picture, uint8 (h, w), that is askew by that angle in radians.

    Args:
        groups: the cores of each row.
        again: whether what is read unsurely is read once more.
    """
    places = [joined.place(some, askew) for some in groups]
    leans = _UPRIGHT * slant.of_rows(grey, places)
    found = _read(
        model,
        grey,
        [(tuple(some), replace(_wider(place), slant=leans)) for some, place in zip(groups, places, strict=True)],
    )
    unsure = [at for at, one in enumerate(found) if again and one.path and one.chance < NEEDS_NOBODY]
    tried = _read(
        model, grey, [(found[at].cores, _other(found[at].place, *how)) for at in unsure for how in _OTHERWISE]
    )
    for place, at in enumerate(unsure):
        others = tried[place * len(_OTHERWISE) : (place + 1) * len(_OTHERWISE)]
        found[at] = _elected([found[at], *others])
    return found


def _read(model: RowModel, grey: NDArray[np.uint8], places: Sequence[tuple[tuple[Core, ...], Place]]) -> list[Read]:
    """What is read along rows that are cut out so."""
    if not places:
        return []
    prepared = [row.prepared(row.cut(grey, place)) for _, place in places]
    found = []
    for (cores, place), pixels, logits in zip(places, prepared, model.scores(prepared), strict=True):
        path = ctc.best_path(_parted(logits, [joined.columns(core, place) for core in cores]))
        chance = float(np.exp(ctc.log_probability(logits, [label for label, _ in path])))
        found.append(Read(cores, place, pixels, logits, tuple(path), chance))
    return found


def _elected(ways: Sequence[Read]) -> Read:
    """The marks that were read most surely in all, as they were read most surely."""
    votes: dict[tuple[int, ...], float] = {}
    for way in ways:
        votes[way.labels] = votes.get(way.labels, 0.0) + way.weight
    most = max(votes, key=lambda labels: votes[labels])
    best = max((way for way in ways if way.labels == most), key=lambda way: way.chance)
    return replace(best, share=votes[most] / max(1e-9, sum(votes.values())))


def _wider(place: Place) -> Place:
    """A place with a little of what stands beside it; marks that are found elsewhere, too, are read there."""
    return replace(place, length=place.length + 2 * _BESIDE * place.height)


def _other(place: Place, larger: float, lower: float) -> Place:
    """A place whose digits are so many times as high, and lie so many heights lower."""
    off = lower * place.height
    x, y = place.middle[0] - off * np.sin(place.angle), place.middle[1] + off * np.cos(place.angle)
    return replace(place, middle=(float(x), float(y)), height=larger * place.height)


def _parted(logits: NDArray[np.float32], spans: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
    """The scores of a row: a gap is likelier between two of its cores, where there is paper, than within one."""
    logits = logits.copy()
    for first, last in spans:
        logits[max(0, int(first / STEP)) : int(last / STEP) + 1, row.GAP] -= _WHOLE
    for (_, last), (first, _) in pairwise(spans):
        low, high = sorted((last / STEP, first / STEP))
        steps = slice(max(0, int(low)), int(np.ceil(high)) + 1)
        logits[steps, row.GAP] += _PARTED
    return logits
