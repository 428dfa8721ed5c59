"""How a page is looked at, by a network that takes all that is dark for numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inkdigit
from inkdigit.recognition import finding, layout
from inkdigit.recognition.finding import Look


class Looks:
    """Stands in for a network of pages: dark is a number, as high as the longest column of dark pixels says.

    Args:
        largest: pixels: it does not see higher digits.
    """

    def __init__(self, largest: float = 100.0) -> None:
        self.largest = largest
        self.sizes: list[tuple[int, int]] = []

    def cores(self, seen: NDArray[np.float32]) -> NDArray[Any]:
        """As PageModel.cores."""
        dark = seen[0, 0] < 0
        high, wide = dark.shape
        self.sizes.append((high, wide))
        height = float(dark.sum(axis=0).max())
        cores = np.full((9, high // 4, wide // 4), -8.0, np.float32)
        cores[0] = 8
        if 8 <= height <= self.largest:
            inner = dark[1::4, 1::4]
            cores[layout.HAND][inner], cores[0][inner] = 8, -8
        cores[4] = np.log2(max(1.0, height) / 24)
        cores[5] = 8
        return cores


def fixed_height(cores: Callable[[NDArray[np.float32]], NDArray[Any]]) -> Callable[[NDArray[np.float32]], NDArray[Any]]:
    """The same, of digits 30 pixels high on a page of 900, which are as dark one below the other."""

    def all_alike(seen: NDArray[np.float32]) -> NDArray[Any]:
        found = cores(seen)
        dark = seen[0, 0, 1::4, 1::4] < 0
        found[layout.HAND][dark], found[0][dark] = 8, -8
        found[4] = np.log2(30 / 24)
        return found

    return all_alike


def page(wide: int, high: int, *blocks: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Light paper with dark blocks (left, top, right, bottom)."""
    pixels = np.full((high, wide), 230, np.uint8)
    for left, top, right, bottom in blocks:
        pixels[top:bottom, left:right] = 20
    return pixels


def found(model: Looks, grey: NDArray[np.uint8]) -> Look:
    return finding.found(model, grey)  # type: ignore[arg-type]


@pytest.mark.parametrize("high", [30, 60, 240])
def test_digits_are_looked_at_in_one_size_whatever_their_size_on_the_page(high: int) -> None:
    looked = found(Looks(), page(600, 460, (300, 160, 300 + high // 2, 160 + high)))
    [core] = looked.seen.cores
    assert core.height == pytest.approx(36, rel=0.35)
    left, top, right, bottom = (side / looked.scale for side in core.box)
    assert (left + right) / 2 == pytest.approx(300 + high / 4, abs=0.3 * high)
    assert (top + bottom) / 2 == pytest.approx(160 + high / 2, abs=0.3 * high)


def test_a_digit_as_high_as_the_page_is_seen_on_the_smaller_picture() -> None:
    looked = found(Looks(largest=130), page(600, 600, (250, 60, 380, 540)))
    assert len(looked.seen.cores) == 1
    assert looked.scale < 0.1


def test_small_digits_of_a_large_page_are_read_in_more_pixels_than_were_looked_at() -> None:
    model = Looks()
    looked = found(model, page(3000, 2400, (1500, 1200, 1512, 1222)))
    assert max(high * wide for high, wide in model.sizes) < 1_700_000  # with margins
    assert looked.grey.size > 2 * 1_700_000
    [core] = looked.seen.cores
    assert core.height == pytest.approx(22, rel=0.2)
    assert [side / looked.scale for side in core.middle] == pytest.approx([1506, 1211], abs=6)


def test_an_empty_page_costs_three_looks_and_no_more_pixels_than_are_allowed() -> None:
    model = Looks()
    assert found(model, page(3000, 2400)).seen.cores == ()
    assert len(model.sizes) == 3
    assert max(high * wide for high, wide in model.sizes) < 1_700_000  # with margins


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 3), (40, 40)])
def test_pages_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    model = Looks()
    found(model, np.full(shape, 200, np.uint8))
    assert all(high % 32 == wide % 32 == 0 for high, wide in model.sizes)
    assert max(high * wide for high, wide in model.sizes) < 1_700_000


def test_print_rules_and_stains_are_never_sure_numbers(reader: inkdigit.Reader) -> None:
    """An empty table, drawn with thick short rules, which thresholds alone read as 1s."""
    empty = np.full((500, 700), 235, np.uint8)
    for y in range(60, 460, 60):
        for x in range(60, 660, 75):
            empty[y : y + 40, x : x + 3] = 60
    assert all(one.confidence < 0.9 for one in reader.page(empty).numbers)


@pytest.mark.parametrize("seems", [0, 1, 3])
def test_what_is_seen_on_a_page_that_was_turned_back_lies_where_it_stands_on_the_page(seems: int) -> None:
    model = Looks()
    looked = found(model, page(640, 420, (400, 100, 424, 130), (80, 300, 104, 330)))
    looked = replace(looked, seen=replace(looked.seen, turns=seems))
    wanted = sorted(core.middle for core in looked.seen.cores)
    assert len(wanted) == 2
    ways = list(finding.ways(model, looked))  # type: ignore[arg-type]
    assert [one.seen.turns for one in ways] == [(seems + more) % 4 for more in range(4)]
    for one in ways:
        assert one.grey is looked.grey
        assert one.scale == looked.scale
        middles = sorted(core.middle for core in one.seen.cores)
        assert np.array(middles) == pytest.approx(np.array(wanted), abs=5)
        for core in one.seen.cores:
            left, top, right, bottom = core.box
            assert (left + right) / 2 == pytest.approx(core.middle[0], abs=3)
            assert (top + bottom) / 2 == pytest.approx(core.middle[1], abs=3)


def test_a_page_is_looked_at_anew_only_for_the_ways_that_are_asked_for() -> None:
    model = Looks()
    ways = finding.ways(model, found(model, page(640, 420, (400, 100, 424, 130))))  # type: ignore[arg-type]
    before = len(model.sizes)
    next(ways)
    assert len(model.sizes) == before
    next(ways)
    high, wide = model.sizes[-1]
    assert len(model.sizes) == before + 1
    assert high > wide, "it lies on its side now"


@pytest.mark.parametrize("degrees", [-33, -12, 12, 33])
def test_a_page_askew_is_looked_at_once_it_lies_level(degrees: int) -> None:
    """Rows of squares: they lie level on the last picture that is looked at, and all places are of the page."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    places = np.array([(60 * x - 240, 70 * y - 140) for y in range(5) for x in range(9)]) @ turn + (450, 400)
    page_of = page(900, 800, *[(int(x) - 10, int(y) - 15, int(x) + 10, int(y) + 15) for x, y in places])
    plain = Looks()
    plain.cores = fixed_height(plain.cores)  # type: ignore[method-assign]
    looked = found(plain, page_of)
    middles = np.array([np.array(core.middle) / looked.scale for core in looked.seen.cores])
    off = np.hypot(*(middles[:, None] - places[None]).transpose(2, 0, 1)).min(axis=0)
    assert len(middles) == len(places)
    assert off.max() < 6
    wide, high = plain.sizes[-1]
    assert wide * high > 1.1 * plain.sizes[-2][0] * plain.sizes[-2][1], "the page with its corners around it"
    assert layout.lie(looked.seen) == pytest.approx(angle, abs=0.03)


def test_a_page_that_lies_nearly_level_is_not_looked_at_again() -> None:
    model, turned = Looks(), Looks()
    model.cores = fixed_height(model.cores)  # type: ignore[method-assign]
    turned.cores = fixed_height(turned.cores)  # type: ignore[method-assign]
    found(model, page(900, 800, *[(60 * x + 90, 200, 60 * x + 110, 230) for x in range(9)]))
    found(turned, page(900, 800, *[(60 * x + 90, 200 + 3 * x, 60 * x + 110, 230 + 3 * x) for x in range(9)]))
    assert len(model.sizes) == len(turned.sizes)
