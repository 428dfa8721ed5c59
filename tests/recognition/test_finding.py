"""How a page is looked at, by a network that takes all that is dark for numbers, and what that says of a reading."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inkdigit
from inkdigit.ink.strokes import Box
from inkdigit.recognition import finding, layout
from inkdigit.recognition.finding import Look, borne_out, log_odds
from inkdigit.recognition.layout import Core, Layout
from inkdigit.recognition.reading import Digit, Number

GLYPH = np.zeros((28, 28), np.float32)


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


def looked(*cores: tuple[Box, float], turns: int = 0) -> Look:
    """A page with cores, each as likely as that, digits 40 pixels high."""
    numbers = np.zeros((100, 200), np.float32)
    for (left, top, right, bottom), chance in cores:
        numbers[int(top) // 4 : int(bottom) // 4, int(left) // 4 : int(right) // 4] = chance
    made = tuple(Core(layout.HAND, 40.0, chance, box) for box, chance in cores)
    return Look(Layout(numbers, made, turns), 1.0)


def number(box: Box, chance: float = 0.99) -> Number:
    chances = np.zeros(10, np.float32)
    chances[4] = 1
    return Number((Digit(4, 1.0, chances, GLYPH, box),), certainty=chance)


HERE: Box = (40.0, 40.0, 140.0, 80.0)
CORE: Box = (48.0, 48.0, 132.0, 72.0)
OTHER: tuple[Box, float] = ((300.0, 300.0, 400.0, 320.0), 0.9)


def test_a_number_where_one_stands_is_surer_than_one_where_nothing_does() -> None:
    [there] = borne_out([number(HERE)], looked((CORE, 0.95), OTHER))
    assert there.confidence > 0.85
    assert borne_out([number(HERE, 0.9)], looked(OTHER)) == []
    [doubted] = borne_out([number(HERE)], looked((CORE, 0.3), OTHER))
    assert doubted.confidence < there.confidence


@pytest.mark.parametrize("box", [(40.0, 40.0, 70.0, 80.0), (40.0, 40.0, 300.0, 80.0)], ids=["a part", "two numbers"])
def test_what_does_not_fit_the_number_that_stands_there_is_doubted(box: Box) -> None:
    seen = looked((CORE, 0.95), ((180.0, 48.0, 292.0, 72.0), 0.95), OTHER)
    [whole], [other] = borne_out([number(HERE)], seen), borne_out([number(box)], seen)
    assert whole.confidence > 0.85
    assert other.confidence < 0.7


def test_a_number_alone_on_its_page_is_as_sure_as_it_was_read() -> None:
    assert borne_out([number(HERE, 0.98)], looked((CORE, 0.4)))[0].confidence == pytest.approx(0.98)
    assert borne_out([number(HERE, 0.98)], looked((CORE, 0.4), turns=1))[0].confidence < 0.8


def test_on_a_page_that_lies_on_its_head_nothing_is_sure() -> None:
    [upright], [turned] = (borne_out([number(HERE)], looked((CORE, 0.95), OTHER, turns=turns)) for turns in (0, 2))
    assert turned.confidence < upright.confidence - 0.1


def test_log_odds_are_finite() -> None:
    assert log_odds(0) == pytest.approx(-6.9, abs=0.01)
    assert log_odds(1) == pytest.approx(6.9, abs=0.01)
    assert log_odds(0.5) == 0


def test_a_narrow_number_is_as_likely_as_its_middle() -> None:
    seen = looked(((96.0, 48.0, 104.0, 72.0), 0.9), OTHER)
    assert seen.support((92.0, 40.0, 102.0, 80.0)) == pytest.approx(0.9)
    assert seen.support((500.0, 40.0, 510.0, 80.0)) == 0
    assert seen.support((-50.0, -40.0, -20.0, -10.0)) == 0


def test_print_rules_and_stains_are_never_sure_numbers(reader: inkdigit.Reader) -> None:
    """An empty table, drawn with thick short rules, which thresholds alone read as 1s."""
    empty = np.full((500, 700), 235, np.uint8)
    for y in range(60, 460, 60):
        for x in range(60, 660, 75):
            empty[y : y + 40, x : x + 3] = 60
    assert all(one.confidence < 0.9 for one in reader.page(empty).numbers)
