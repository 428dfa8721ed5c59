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
from inkdigit.recognition.model import ScriptModel
from inkdigit.recognition.networks import Networks
from inkdigit.recognition.paper import Found
from inkdigit.recognition.reading import Number
from inkdigit.scripts import WESTERN

_USED = 0.5  # numbers: a script in which less is written, of those that are read first, is not on the page
_READ = 2_000  # rows, times the scripts in which they are read: of a page with more, the likelier scripts are read,
_LEAST = 2  # so many at least
_ROUNDS = 20  # in which the shares of the scripts settle
_UNSEEN = 0.5  # numbers: so many of every script are taken for seen, so that two or three do not decide for all


def numbers(
    looked: Look,
    first: Mapping[str, Sequence[Found]],
    networks: Mapping[str, Networks],
    western: Callable[[Look], list[Found]],
    tried: int,
    shapes: ScriptModel | None = None,
) -> list[Number]:
    """The numbers of a page in reading order, boxes in pixels of what was looked at, each with its script and chances.

    Args:
        looked: the page, with the places of its words.
        first: by script, what its network reads in some rows; where there are more, the scripts of these count.
        networks: by script, WESTERN among them.
        western: reads the rows of a page of western numbers, which it does better than mark by mark.
        tried: rows that were read first.
        shapes: the network that tells scripts by shape, where there is one.
    """
    askew = layout.lie(looked.seen)
    found = first
    if (rows := len(joined.rows(looked.seen.cores, askew))) > tried:
        shares = dict(zip(first, _likely(first, shapes)[1].sum(axis=0).tolist(), strict=True))
        likelier = sorted(shares, key=lambda name: -shares[name])[: max(_LEAST, _READ // rows)]
        used = [name for name in first if name in likelier and shares[name] >= _USED] or [WESTERN]
        found = {name: by_marks.read(networks[name], looked.grey, looked.seen) for name in used}
    cores, likely = _likely(found, shapes)
    scripts = {id(core): script_finding.named(list(found), of) for core, of in zip(cores, likely, strict=True)}
    there = {name: _at(some, cores) for name, some in found.items()}
    others: dict[int, Found] = {}
    for at, core in enumerate(cores):
        best = scripts[id(core)][0][0]
        one = there[best][at]
        if best != WESTERN and one is not None and id(one.core) not in others:
            number = replace(one.number, script=best, scripts=scripts[id(core)])
            others[id(one.core)] = replace(one, number=number)
    chosen = list(others.values())
    written = tuple(core for core in looked.seen.cores if core.kind != layout.WORD)
    own = western(replace(looked, seen=replace(looked.seen, cores=written)))
    for one, other in zip(own, _at(chosen, [one.core for one in own]), strict=True):
        if other is None:
            chosen.append(replace(one, number=replace(one.number, scripts=scripts.get(id(one.core), ()))))
    ordered = paper.in_order(chosen, askew)
    return certainty.weighed(ordered, looked.grey, [one.number.script != WESTERN for one in ordered])


def _likely(found: Mapping[str, Sequence[Found]], shapes: ScriptModel | None) -> tuple[list[Core], NDArray[np.float64]]:
    """Where something is read, and float (places, scripts): how likely each script is there.

    The shares of the scripts on the page are those that make what was read likeliest, by expectation maximisation.
    """
    cores = list({id(one.core): one.core for some in found.values() for one in some}.values())
    likely = np.zeros((len(cores), len(found)))
    there = {name: _at(some, cores) for name, some in found.items()}
    for at in range(len(cores)):
        read = {name: [one.number] if (one := some[at]) else [] for name, some in there.items()}
        likely[at] = script_finding.likely(read, shapes)
    shares = np.full(len(found), 1 / len(found))
    weighted = likely
    for _ in range(_ROUNDS if len(cores) else 0):
        weighted = likely * shares
        weighted = weighted / weighted.sum(axis=1, keepdims=True)
        shares = weighted.sum(axis=0) + _UNSEEN
    return cores, weighted


def _at(some: Sequence[Found], cores: Sequence[Core]) -> list[Found | None]:
    """Of each core, the number that was found in it, or that took it along: its middle lies in the number's box."""
    own = {id(one.core): one for one in some}
    left, top, right, bottom = np.array([one.number.box or (0, 0, 0, 0) for one in some]).reshape(-1, 4).T
    found: list[Found | None] = []
    for core in cores:
        x, y = core.middle
        around = np.flatnonzero((left <= x) & (x <= right) & (top <= y) & (y <= bottom))
        found.append(own.get(id(core), some[int(around[0])] if len(around) else None))
    return found
