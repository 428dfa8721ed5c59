"""A page in several scripts -> its numbers, each read in the script that it is likeliest written in.

Each script's network reads every place. How well it does, and how common the script is among the other numbers of the
page, tell the script of a number: signs are shared, and a ring among Thai numbers is most likely a Thai zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigit.recognition import by_marks, certainty, joined, layout, paper, script_finding
from inkdigit.recognition.finding import Look
from inkdigit.recognition.layout import Core
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.paper import Found
from inkdigit.recognition.reading import Number
from inkdigit.scripts import WESTERN

_USED = 0.5  # numbers: a script in which less is written, of those that are read first, is not on the page
_ROUNDS = 20  # in which the shares of the scripts settle
_UNSEEN = 0.5  # numbers: so many of every script are taken for seen, so that two or three do not decide for all


def numbers(
    looked: Look,
    first: Mapping[str, Sequence[Found]],
    networks: Mapping[str, Networks],
    western: Callable[[Look], list[Found]],
    tried: int,
) -> list[Number]:
    """The numbers of a page in reading order, boxes in pixels of what was looked at, each with its script and chances.

    Args:
        looked: the page, with the places of its words.
        first: by script, what its network reads in the surest rows; where there are more, the scripts of these count.
        networks: by script, WESTERN among them.
        western: reads the rows of a page of western numbers, which it does better than mark by mark.
        tried: rows that were read first.
    """
    askew = layout.lie(looked.seen)
    found = first
    if len(joined.rows(looked.seen.cores, askew)) > tried:
        shares = _likely(first)[1].sum(axis=0).tolist()
        used = [name for name, share in zip(first, shares, strict=True) if share >= _USED] or [WESTERN]
        found = {name: by_marks.read(networks[name], looked.grey, looked.seen) for name in used}
    cores, likely = _likely(found)
    scripts = {id(core): script_finding.named(list(found), of) for core, of in zip(cores, likely, strict=True)}
    chosen: list[Found] = []
    for core in cores:
        best = scripts[id(core)][0][0]
        one = _at(found[best], core)
        if best != WESTERN and one is not None and not any(one.core is other.core for other in chosen):
            chosen.append(replace(one, number=replace(one.number, script=best, scripts=scripts[id(core)])))
    written = tuple(core for core in looked.seen.cores if core.kind != layout.WORD)
    for one in western(replace(looked, seen=replace(looked.seen, cores=written))):
        if not any(_holds(other.number, one.core) for other in chosen):
            chosen.append(replace(one, number=replace(one.number, scripts=scripts.get(id(one.core), ()))))
    ordered = paper.in_order(chosen, askew)
    return certainty.weighed(ordered, looked.grey, [one.number.script != WESTERN for one in ordered])


def _likely(found: Mapping[str, Sequence[Found]]) -> tuple[list[Core], NDArray[np.float64]]:
    """Where something is read, and float (places, scripts): how likely each script is there.

    The shares of the scripts on the page are those that make what was read likeliest, by expectation maximisation.
    """
    cores = list({id(one.core): one.core for some in found.values() for one in some}.values())
    likely = np.zeros((len(cores), len(found)))
    for at, core in enumerate(cores):
        there = {name: _at(some, core) for name, some in found.items()}
        likely[at] = script_finding.likely({name: [one.number] if one else [] for name, one in there.items()})
    shares = np.full(len(found), 1 / len(found))
    weighted = likely
    for _ in range(_ROUNDS if len(cores) else 0):
        weighted = likely * shares
        weighted = weighted / weighted.sum(axis=1, keepdims=True)
        shares = weighted.sum(axis=0) + _UNSEEN
    return cores, weighted


def _at(some: Sequence[Found], core: Core) -> Found | None:
    """The number that was found in a core, or that took it along."""
    own = [one for one in some if one.core is core]
    return next(iter(own or [one for one in some if _holds(one.number, core)]), None)


def _holds(number: Number, core: Core) -> bool:
    """Whether the middle of a core lies in the box of a number."""
    if number.box is None:
        return False
    left, top, right, bottom = number.box
    return left <= core.middle[0] <= right and top <= core.middle[1] <= bottom
