"""Pages that are full: of specks, which nobody can read, and of numbers; and pages that lie on their side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from drawn_pages import material
from numpy.typing import NDArray
from paper_pen import Pen

import inkdigit
from inkdigit.evaluation.paper import counting, shot
from inkdigit.recognition import by_marks
from inkdigit.recognition.layout import Layout
from inkdigit.recognition.model import RowModel
from inkdigit.recognition.networks import Networks
from inkdigit.scripts import SCRIPTS


def test_specks_all_over_a_page_are_no_numbers_and_few_are_looked_at(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    scores = RowModel.scores

    def counted(self: RowModel, rows: Sequence[Any]) -> list[Any]:
        asked.append(len(rows))
        return scores(self, rows)

    monkeypatch.setattr(RowModel, "scores", counted)
    found = reader.page(specks(5_000, 1))
    assert found.numbers == ()
    assert found.is_dense
    assert sum(asked) < 100


@pytest.mark.parametrize("count", [1_000, 2_500, 9_000])
@pytest.mark.parametrize("seed", [2, 3])
def test_specks_are_no_numbers_however_many_there_are(reader: inkdigit.Reader, count: int, seed: int) -> None:
    found = reader.page(specks(count, seed))
    assert found.numbers == ()
    assert found.is_dense


def specks(count: int, seed: int) -> NDArray[np.uint8]:
    """A sheet of A4 at 300 dots an inch, full of dots of ink."""
    random = np.random.default_rng(seed)
    page = np.full((3508, 2480), 250, np.uint8)
    for x, y in random.integers(10, 2470, (count, 2)):
        cv2.circle(page, (int(x), int(y)), int(random.integers(2, 9)), 20, -1)
    return page


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_sheet_full_of_numbers_on_its_side_is_no_texture(reader: inkdigit.Reader, turns: int) -> None:
    """Read as it seems to lie, hardly one of its 200 numbers is one."""
    random = np.random.default_rng(4)
    pen, page = Pen(random, 1, 60), np.full((1000, 900), 235, np.uint8)
    wanted = [str(text) for text in random.integers(10, 100, 200)]
    for at, text in enumerate(wanted):
        pen.write(page, text, 30 + 85 * (at % 10), 20 + 48 * (at // 10), 12)
    grainy = np.clip(page + random.normal(0, 4, page.shape), 0, 255).astype(np.uint8)
    found = reader.page(np.ascontiguousarray(np.rot90(grainy, turns)))
    assert not found.is_dense
    read = [one.text for one in found.numbers]
    assert sum(min(read.count(text), wanted.count(text)) for text in set(wanted)) > 100


def test_a_few_numbers_beside_a_field_of_specks_are_read(reader: inkdigit.Reader) -> None:
    """As on an envelope, whose print and stamp are hundreds of places."""
    page = specks(1_500, 5)[:2000, :1500]
    page[:500] = 250
    pen, wanted = Pen(np.random.default_rng(6), 5), ["407", "12", "98", "365", "20", "71", "53", "846"]
    for at, text in enumerate(wanted):
        pen.write(page, text, 60 + 350 * (at % 4), 60 + 220 * (at // 4), 90)
    found = reader.page(page)
    assert not found.is_dense
    assert sum(any(one.text == text for one in found.numbers) for text in wanted) >= 6


@pytest.mark.parametrize(("kind", "part"), [("squared", 0.33), ("boxes", 0.65)])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_on_its_side_or_head_is_read(reader: inkdigit.Reader, kind: str, part: float, turns: int) -> None:
    """Whether it lies on its side, the network of pages tells; on which, only its numbers do, once they are read."""
    score = counting.PageScore(kind)
    for seed in range(4):
        random = np.random.default_rng([seed, 8])
        page = shot.draw(material(), random, (500, 640), (kind,), float(random.uniform(16, 26)), turns)
        score.add(page, counting.by(reader)(page.picture))
    assert score.right >= part * score.written


@pytest.mark.parametrize("script", ["western", "arabic-indic", "kannada"])
@pytest.mark.parametrize("seed", range(3))
def test_dashes_are_no_ones_of_a_page_on_its_side(reader: inkdigit.Reader, script: str, seed: int) -> None:
    """A table whose cells were struck out. They were 704 ones, in Arabic-Indic 690 of them sure."""
    random = np.random.default_rng([seed, 9])
    long, pitch = random.uniform(12, 34), random.uniform(2, 3)
    page, count = np.full((1000, 800), 245, np.uint8), 0
    for y in np.arange(60, 940, pitch * long):
        for x in np.arange(60, 740, pitch * long):
            ends = np.array([[x - long / 2, y], [x + long / 2, y]]) + random.normal(0, 1.2, (2, 2))
            cv2.line(page, *np.rint(ends).astype(int).tolist(), 30, 2, cv2.LINE_AA)
            count += 1
    read = reader.of_script(script).page(page).numbers
    assert len(read) < 0.02 * count, (len(read), count)
    assert not [one for one in read if one.confidence >= 0.9]


@pytest.mark.parametrize("script", ["arabic-indic", "persian", "auto", "mixed"])
@pytest.mark.parametrize("count", [1_200, 5_000])
def test_specks_are_no_zeros_where_zeros_are_dots(reader: inkdigit.Reader, script: str, count: int) -> None:
    """They were 1,289 zeros, half of them sure, and read for 20 to 100 seconds."""
    found = reader.of_script(script).page(specks(count, 4))
    assert found.numbers == ()
    assert found.is_dense


@pytest.mark.parametrize("script", ["western", "arabic-indic"])
@pytest.mark.parametrize("step", [24, 30, 40])
def test_halftone_is_no_page_of_zeros(reader: inkdigit.Reader, script: str, step: int) -> None:
    """A disc is a zero in some hands: of 1,960 discs 180 were sure ones."""
    page = np.full((1400, 1250), 250, np.uint8)
    for y in range(step, 1400 - step, step):
        for x in range(step, 1250 - step, step):
            cv2.circle(page, (x, y), int(step * (0.15 + 0.3 * x / 1250)), 30, -1)
    found = reader.of_script(script).page(page)
    assert found.numbers == ()
    assert found.is_dense


@pytest.mark.parametrize("script", ["kannada", "thai"])
def test_noise_is_hardly_looked_at_in_any_script(reader: inkdigit.Reader, script: str, asked: list[int]) -> None:
    """All ways to part two dozen grains into digits were tried, place after place: for 18 seconds, of an A4 page."""
    noise = np.random.default_rng(1).integers(0, 256, (1750, 1240)).astype(np.uint8)
    found = reader.of_script(script).page(noise)
    assert found.numbers == ()
    assert sum(asked) < 5_000


def test_a_small_picture_of_noise_is_not_read_as_a_page_by_every_script(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asked whether it is a texture, whichever way it lies: for 26 seconds, of 300 x 300 pixels."""
    asked: list[int | None] = []
    read = by_marks.read

    def counted(
        networks: Networks, grey: NDArray[np.uint8], found: Layout, most: int | None = None, *more: bool
    ) -> Any:
        asked.append(most)
        return read(networks, grey, found, most, *more)

    monkeypatch.setattr(by_marks, "read", counted)
    noise = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)
    assert reader.of_script("auto").page(noise).is_dense
    assert len(asked) <= len(SCRIPTS) + 8
