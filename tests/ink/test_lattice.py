from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from inkdigit.ink import lattice
from inkdigit.ink.lattice import Group
from inkdigit.ink.stopping import Stopped
from inkdigit.ink.strokes import along


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], np.float32)
    return along(corners, 3)


def members(points: list[np.ndarray[tuple[int, int], np.dtype[np.float32]]]) -> list[tuple[int, ...]]:
    return [group.members for group in lattice.groups(points, 100.0)]


def test_neighbours_may_be_one_digit_and_strangers_may_not() -> None:
    near, far = box(60, 0, 100, 100), box(400, 0, 450, 100)
    assert members([box(0, 0, 50, 100), near, far]) == [(0,), (1,), (2,), (0, 1)]


def test_a_group_is_no_wider_than_a_digit() -> None:
    row = [box(70 * place, 0, 70 * place + 60, 100) for place in range(4)]
    assert max(len(group) for group in members(row)) == 2


def test_what_people_do_not_do_costs() -> None:
    whole = [box(0, 0, 60, 100), box(10, 45, 70, 50)]  # a bar over its digit
    (first, bar, both) = lattice.groups(whole, 100.0)
    assert both.cost < 1
    assert first.cost > 1  # the bar is covered and left out
    assert bar.cost > first.cost  # and alone it is small
    (*_, apart) = lattice.groups([box(0, 0, 30, 100), box(80, 0, 110, 100)], 100.0)
    assert apart.cost == pytest.approx(0.5 * 4.5, abs=1e-3)


def test_the_best_parting_is_found() -> None:
    found = [Group((0,), 0), Group((1,), 0), Group((2,), 0), Group((0, 1), 0), Group((1, 2), 0)]
    chosen, certainty = lattice.best(found, [-3.0, -3.0, -0.1, -0.2, -4.0], [0, 1, 2])
    assert [found[at].members for at in chosen] == [(0, 1), (2,)]
    ways = np.exp([-6.1, -0.3, -7.0])
    assert certainty == pytest.approx((ways[1] / ways.sum()) ** 0.1)


def test_a_scribble_of_many_strokes_takes_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are counted: no more than states times groups, where all partings would be without end."""
    random = np.random.default_rng(0)
    tangle = [random.uniform(0, 120, (20, 2)).astype(np.float32) for _ in range(40)]
    found = lattice.groups(tangle, 100.0)
    assert 40 <= len(found) <= lattice._MOST_GROUPS
    pairs = [Group((place, place + step), 0.0) for step in range(1, 15) for place in range(40 - step)]
    keep = lattice._keep
    for groups in (found, [*found, *pairs]):
        steps, most = itertools.count(1), lattice._MOST_STATES * (len(groups) + len(tangle))

        def counted(*arguments: Any, steps: Iterator[int] = steps, most: int = most) -> None:
            assert next(steps) <= most
            keep(*arguments)

        monkeypatch.setattr(lattice, "_keep", counted)
        chosen, _ = lattice.best(groups, [-group.cost - 1 for group in groups], range(40))
        assert sorted(place for at in chosen for place in groups[at].members) == list(range(40))


def test_a_mark_reads_best_as_a_digit_unless_it_surely_is_none() -> None:
    row = np.full(11, 0.01, np.float32)
    row[3], row[10] = 0.6, 0.3
    assert lattice.score(row, Group((0,), 0.5)) == pytest.approx(np.log(0.6) - 0.5, abs=1e-3)
    row[3], row[10] = 0.0001, 0.99
    assert lattice.score(row, Group((0,), 0)) == pytest.approx(np.log(0.99) - 5, abs=0.5)


def test_narrow_strokes_together_are_sooner_a_letter_than_wide_ones() -> None:
    assert lattice.letter([box(0, 0, 10, 100), box(10, 0, 40, 100)]) == pytest.approx(1, abs=0.05)
    assert lattice.letter([box(0, 0, 80, 100), box(40, 20, 80, 40)]) == pytest.approx(2, abs=0.05)
    assert lattice.letter([box(0, 0, 80, 10), box(200, 0, 280, 10)]) == 5, "as much as against any mark among digits"
    narrow, wide = [box(0, 0, 10, 100), box(10, 0, 40, 100)], [box(0, 0, 80, 10), box(200, 0, 280, 10)]
    assert lattice.letter(narrow, 0.0) == pytest.approx(0.8, abs=0.05)
    assert lattice.letter(narrow, -3.0) < lattice.letter(narrow, 0.0) < lattice.letter(narrow, 3.0)
    assert lattice.letter(wide, 0.0) > 50, "no letter is so wide, whatever the network says"
    row = np.zeros(11, np.float32)
    row[10] = 1
    assert lattice.score(row, Group((0, 1), 0.25), 1.5) == pytest.approx(-1.75, abs=1e-3)


def test_all_pieces_are_asked_about_once() -> None:
    pieces = [box(0, 0, 10, 100), box(300, 0, 310, 100)]
    apart = lattice.groups(pieces, 100.0)
    assert (0, 1) not in [group.members for group in apart]
    whole = lattice.with_whole(apart, 2)
    assert [group.members for group in whole] == [(0,), (1,), (0, 1)]
    assert lattice.with_whole(whole, 2) == whole


def test_of_very_many_places_on_a_piece_one_in_each_cell_is_looked_at() -> None:
    random = np.random.default_rng(0)
    many = random.uniform(-100, 100, (50_000, 2)).astype(np.float32)
    kept = lattice.thinned(many, 100.0)
    assert len(kept) <= 41 * 41
    away = np.sqrt(((many[:2000, None] - kept[None]) ** 2).sum(axis=2)).min(axis=1)
    assert away.max() <= 5 * 2**0.5, "the side of a cell is a twentieth of the height"
    assert (lattice.thinned(many[:300], 100.0) == many[:300]).all()


def test_what_speaks_against_a_group_is_what_is_found_one_by_one() -> None:
    random = np.random.default_rng(4)
    pieces = [(random.uniform(0, 260, 2) + random.uniform(0, 60, (9, 2))).astype(np.float32) for _ in range(9)]
    boxes = lattice.boxes_of(pieces)
    assert boxes.tolist() == [[*piece.min(axis=0).tolist(), *piece.max(axis=0).tolist()] for piece in pieces]
    for group in lattice.groups(pieces, 100.0):
        own = list(group.members)
        left, top, right, bottom = *boxes[own, :2].min(axis=0), *boxes[own, 2:].max(axis=0)
        gaps = [  # each cut of the group in two is crossed by one step of the way that joins it
            min(np.hypot(*(pieces[a][:, None] - pieces[b]).T).min() for a in part for b in own if b not in part)
            for size in range(1, len(own))
            for part in itertools.combinations(own, size)
        ]
        cost = lattice._APART * max(gaps, default=0.0) / 100 + lattice._SMALL * (
            max(bottom - top, (right - left) / 2) < 70
        )
        shares = [
            (min(right, boxes[at, 2]) - max(left, boxes[at, 0]))
            / max(min(boxes[at, 2] - boxes[at, 0], right - left), 15.0)
            for at in range(9)
            if at not in own
        ]
        cost += lattice._COVERED * max(0.0, max(shares) - lattice._COVERS)
        assert group.cost == pytest.approx(cost, abs=1e-4)


def heap(left: float, right: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Places on a piece of very much ink, as thinned ones lie, and not in their order."""
    across, down = np.meshgrid(np.arange(left, right, 5), np.arange(0, 2_000, 5))
    places = np.stack([across.ravel(), down.ravel()], axis=1) + np.random.default_rng(1).uniform(0, 1, (across.size, 2))
    return np.random.default_rng(2).permutation(places).astype(np.float32)


def test_large_pieces_take_little_memory_to_compare() -> None:
    """A drawing of a thousand strokes, a quarter of a megabyte, took sixteen gigabytes and a minute."""
    pieces = [heap(0, 100), heap(130, 230), heap(600, 700)]
    tracemalloc.start()
    try:
        found = lattice.groups(pieces, 200.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [group.members for group in found] == [(0,), (1,), (2,), (0, 1)]
    assert peak < 100_000_000


def test_the_distance_of_large_pieces_is_that_of_all_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    one, near, far = heap(0, 40), heap(55, 90), heap(2_000, 2_040)
    parts = [lattice._nearest(one, other, 70.0) for other in (near, far)]
    monkeypatch.setattr(lattice, "_PAIRS", np.inf)
    assert parts == [lattice._nearest(one, near, 70.0), np.inf]


def test_many_pieces_are_compared_only_as_long_as_they_are_wanted() -> None:
    points = [box(20 * place, 0, 20 * place + 15, 100) for place in range(9)]
    for work in (lattice.groups, lattice.touching):
        left = iter([False, False, True])
        with pytest.raises(Stopped):
            work(points, 100.0, lambda left=left: next(left))
