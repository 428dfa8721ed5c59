"""Pages drawn from pen strokes: every kind, and where everything lies on the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_pages import material

from inkdigit.evaluation.paper import canvas, kinds, shot
from inkdigit.evaluation.paper import material as materials
from inkdigit.settings import Settings

WITHOUT_NUMBERS = ("words", "print", "empty")


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_what_it_is_named_after_where_it_says(kind: str) -> None:
    found = [shot.draw(material(), np.random.default_rng(seed), (420, 360), [kind], 24.0, 0) for seed in range(4)]
    numbers = [(one, item) for one in found for item in one.items if item.kind == canvas.NUMBER]
    assert bool(numbers) == (kind not in WITHOUT_NUMBERS)
    for one, item in numbers:
        assert one.picture.shape == (360, 420)
        assert item.text.isdigit()
        (left, top), (right, bottom) = np.clip(
            [item.quad.min(axis=0) - 2, item.quad.max(axis=0) + 3], 0, (420, 360)
        ).astype(int)
        assert np.ptp(one.picture[top:bottom, left:right]) > 20, "its ink lies in its corners"


def test_a_seed_draws_the_same_page() -> None:
    first, again = (shot.draw(material(), np.random.default_rng(3), (300, 300)) for _ in range(2))
    assert np.array_equal(first.picture, again.picture)
    assert first.kind == again.kind
    assert [one.written for one in first.items] == [one.written for one in again.items]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_has_its_first_corner_elsewhere(turns: int) -> None:
    """The corners begin at the top left of the number as it is read."""
    made = shot.draw(material(), np.random.default_rng(5), (420, 300), ["plain"], 30.0, turns)
    assert made.picture.shape == ((420, 300) if turns % 2 else (300, 420))
    assert made.turns == turns
    item = max(made.items, key=lambda one: len(one.text))
    across = item.quad[1] - item.quad[0]
    wanted = {1: (0, -1), 2: (-1, 0), 3: (0, 1)}[turns]
    assert across @ np.array(wanted) > 0.8 * np.hypot(*across)


def test_print_needs_no_font() -> None:
    ink = materials.printed("408", 30, None)
    assert 24 <= len(ink) <= 36
    assert ink.max() == 1


def test_fonts_are_used_where_there_are_some() -> None:
    for path in materials.fonts()[:3]:
        assert isinstance(path, Path)
        assert 15 < len(materials.printed("71", 24, path)) < 40


def test_writers_who_are_held_back_draw_no_page_to_learn_from(data_settings: Settings) -> None:
    ours, held = (materials.collect(data_settings, 0, held=held) for held in (False, True))
    assert len(ours.hands) > 3 * len(held.hands) > 0
    strokes = [{str(mark.strokes) for hand in one.hands for mark in hand} for one in (ours, held)]
    assert not strokes[0] & strokes[1]
    assert len(ours.scanned) > len(held.scanned) > 0


def test_numbers_often_end_in_zeros_and_each_is_told_as_it_stands() -> None:
    page = canvas.Canvas(material(), 3000, 200, np.random.default_rng(5))
    made = [page.made(form, 40) for form in ("dddd", "d.ddd", "ddddd") for _ in range(60)]
    texts = ["".join(mark for mark in text if mark.isdigit()) for text, _, _ in made]
    assert {len(text) for text in texts} == {4, 5}
    assert 10 < sum(text.endswith("00") for text in texts) < 70, "by chance two"
    assert all(len(across) == len(text) for text, _, across in made)
    assert all((np.diff(across) > -0.05).all() for _, _, across in made), "from left to right"


def test_only_the_last_digits_of_a_plain_number_are_rounded() -> None:
    random = np.random.default_rng(0)
    found = {canvas.rounded("#d,ddd.-", random) for _ in range(60)}
    assert found == {"#d,dd0.-", "#d,d00.-", "#d,000.-"}
    for form in ("dd", "dd/dd/dddd", "ddd+dd=", "ddd%"):
        assert canvas.rounded(form, random) == form


def test_a_number_that_goes_on_beyond_the_paper_is_not_written() -> None:
    page = canvas.Canvas(material(), 200, 100, np.random.default_rng(2))
    page.number("dddddddd", 150, 60, 40)
    assert page.items == []
    assert (page.tones == 1).all()
    page.number("d", 100, 60, 40)
    assert len(page.items) == 1


def test_columns_are_often_lists_that_are_counted_some_with_a_straight_stem() -> None:
    stems, firsts = 0, []
    for seed in range(40):
        page = canvas.Canvas(material(), 400, 500, np.random.default_rng(seed))
        kinds.KINDS["column"][0](page, 24.0)
        firsts += [item.text[0] for item in page.items]
        stems += any(mark.label == "1" and [len(path) for path in mark.strokes] == [2] for mark in page.hand)
        leaning = [page.slant for mark in page.hand if mark.strokes[0][1:] == [[0.0, 100.0]]]
        assert all(abs(slant) < 0.4 for slant in leaning), "a stem that leans far is a slash"
    assert 5 < stems < 30
    assert 0.2 < firsts.count("1") / len(firsts) < 0.7, "by chance a tenth"


def test_a_hard_pencil_is_thin_and_pale_and_fills_in_the_same_page() -> None:
    pages = []
    for pencil in (False, True):
        page = canvas.Canvas(material(), 300, 300, np.random.default_rng(3))
        page.pen, page.dark = 0.17, 0.0
        if pencil:
            page.take_pencil()
        pages.append(page)
    assert pages[1].pen < 0.5 * pages[0].pen
    assert pages[1].dark > 0.4
    made = shot.draw(material(), np.random.default_rng(3), (300, 300), ["plain"], 24.0, 0, pencil=True)
    assert made.items
