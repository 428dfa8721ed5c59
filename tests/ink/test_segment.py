from __future__ import annotations

import numpy as np
import pytest
from drawn import BLANK_PICTURES, DIGITS, picture
from numpy.typing import NDArray

from inkdigit.ink import segment
from inkdigit.ink.picture import InkPicture, load
from inkdigit.ink.segment import one_mark, without_taps
from inkdigit.ink.strokes import Strokes


@pytest.mark.parametrize("pixels", BLANK_PICTURES.values(), ids=BLANK_PICTURES)
def test_no_mark_on_a_blank_picture(pixels: NDArray[np.uint8]) -> None:
    assert one_mark(load(pixels)) is None


def test_the_box_is_where_the_ink_is() -> None:
    page = np.zeros((100, 200), np.uint8)
    page[30:70, 120:130] = 255
    mark = one_mark(load(page))
    assert mark is not None
    assert mark.box == (120, 30, 130, 70)
    assert mark.ink.shape == (40, 10)


def test_the_box_of_a_large_picture_is_in_its_own_pixels() -> None:
    page = np.full((3000, 4000), 255, np.uint8)
    page[1000:2000, 2000:2200] = 0
    mark = one_mark(load(page))
    assert mark is not None
    assert mark.box == pytest.approx((2000, 1000, 2200, 2000), abs=6)


def test_specks_are_dropped_and_pieces_are_kept() -> None:
    page = picture(5)
    clean = one_mark(load(page))
    page[5:8, 5:8] = page[270:273, 200:203] = 255
    specked = one_mark(load(page))
    assert clean is not None
    assert specked is not None
    assert specked.box == clean.box
    page[20:60, 240:250] = 255  # as large as the bar of a five that the pen left for
    with_piece = one_mark(load(page))
    assert with_piece is not None
    assert with_piece.box[2] == 250


def test_a_pale_smudge_beside_the_digit_is_dropped() -> None:
    page = picture(5)
    clean = one_mark(load(page))
    page[20:60, 220:270] = 70
    smudged = one_mark(load(page))
    assert clean is not None
    assert smudged is not None
    assert smudged.box == clean.box


def test_a_pale_stroke_as_thin_as_the_dark_ones_is_of_the_digit() -> None:
    """As of a Chinese 3 in a small scan."""
    ink = np.zeros((64, 64), np.uint8)
    ink[20, 24:40], ink[30, 26:38], ink[40, 22:44] = 120, 200, 255
    mark = one_mark(InkPicture(ink, 1.0, (64, 64)))
    assert mark is not None
    assert mark.box == (22, 20, 44, 41)
    ink[20, 24:40] = 80  # what shines through is paler
    paler = one_mark(InkPicture(ink, 1.0, (64, 64)))
    assert paler is not None
    assert paler.box == (22, 30, 44, 41)


@pytest.mark.parametrize("tone", [40, 90, 127])
def test_a_pale_smudge_far_larger_than_the_digit_does_not_erase_it(tone: int) -> None:
    """As what shines through from the other page: of the digit there are 320 pixels, of the smudge 40,000."""
    ink = np.zeros((300, 300), np.uint8)
    ink[20:60, 20:28] = 255
    ink[80:280, 80:280] = tone
    mark = one_mark(InkPicture(ink, 1.0, (300, 300)))
    assert mark is not None
    assert mark.box == (20, 20, 28, 60)
    ink[20:60, 20:28] = tone
    assert one_mark(InkPicture(ink, 1.0, (300, 300))) is None


@pytest.mark.parametrize(("side", "kept"), [(14, False), (15, True)])
def test_a_dark_piece_of_a_fiftieth_of_the_largest_is_kept(side: int, kept: bool) -> None:
    ink = np.zeros((200, 300), np.uint8)
    ink[50:150, 20:120] = 255
    ink[50 : 50 + side, 200 : 200 + side] = 128
    mark = one_mark(InkPicture(ink, 0.5, (600, 400)))
    assert mark is not None
    assert mark.box == (40, 100, 2 * (200 + side) if kept else 240, 300)


def crop(digit: int = 5) -> NDArray[np.uint8]:
    """A digit on dark paper, (280, 280), which touches no edge: its ink begins at row 56."""
    return picture(digit)


@pytest.mark.parametrize(
    "neighbour",
    [
        np.s_[60:220, :30], np.s_[100:180, 252:], np.s_[:20, 40:240], np.s_[262:, 100:150], np.s_[0:280, 0:6],
    ],
    ids=["left", "right", "above", "below", "rule"],
)  # fmt: skip
def test_what_a_crop_caught_of_a_neighbour_is_dropped(neighbour: tuple[slice, slice]) -> None:
    page = crop()
    alone = one_mark(load(page))
    page[neighbour] = 255
    mark = one_mark(load(page))
    assert alone is not None
    assert mark is not None
    assert mark.box == alone.box
    assert (mark.ink == alone.ink).all()


@pytest.mark.parametrize(
    ("neighbour", "box"),
    [
        (np.s_[60:220, 1:30], (1, 44)),  # touches no edge
        (np.s_[60:220, :38], (0, 44)),  # reaches farther in than a neighbour may
        (np.s_[:36, 40:240], (40, 0)),  # ends so near to the digit as the bar of a 5 does
    ],
    ids=["off the edge", "far in", "bar"],
)
def test_what_may_belong_to_the_digit_is_kept(neighbour: tuple[slice, slice], box: tuple[int, int]) -> None:
    page = crop()
    page = np.roll(page, -12, axis=0)  # its ink begins at row 44
    page[neighbour] = 255
    mark = one_mark(load(page))
    assert mark is not None
    assert mark.box[:2] == box


def test_where_the_digit_itself_is_cut_off_its_pieces_at_the_edge_are_kept() -> None:
    page = np.zeros((100, 60), np.uint8)
    page[20:100, 10:50] = 255  # touches the lower edge
    page[0:8, 10:56] = 255
    mark = one_mark(load(page))
    assert mark is not None
    assert mark.box == (10, 0, 56, 100)


def test_a_mark_too_small_to_read_is_none() -> None:
    page = np.zeros((100, 100), np.uint8)
    page[50:53, 50:53] = 255
    assert one_mark(load(page)) is None


def test_a_touch_beside_the_digit_is_dropped() -> None:
    drawn = Strokes.of([*DIGITS[4], [[400, 20]], [[-300, 5], [-299, 6]]])
    assert without_taps(drawn).box == Strokes.of(DIGITS[4]).box


def test_strokes_that_matter_and_drawings_of_touches_alone_are_kept() -> None:
    whole = Strokes.of(DIGITS[5])
    assert len(without_taps(whole).paths) == 2
    dots = Strokes.of([[[0, 0]], [[50, 0]]])
    assert len(without_taps(dots).paths) == 2
    assert without_taps(Strokes.of([])).is_blank
    assert len(without_taps(Strokes.of([[[3, 3]]])).paths) == 1


def test_rows_of_strokes_are_parted_by_gaps_and_a_bar_is_no_row() -> None:
    upper = [DIGITS[4], DIGITS[7]]
    strokes = [[[x + 120 * place, y] for x, y in stroke] for place, digit in enumerate(upper) for stroke in digit]
    lower = [[[x, y + 180] for x, y in stroke] for stroke in DIGITS[2]]
    assert segment.rows(Strokes.of([*lower, *strokes])) == [[1, 2, 3], [0]]
    five = Strokes.of([[[0, 20], [0, 100]], [[0, 0], [60, 0]]])
    assert segment.rows(five) == [[0, 1]]


def test_a_touch_of_the_screen_is_left_out_only_where_it_lies_on_a_stroke() -> None:
    one, dot, touch, other = [[0, 0], [0, 100]], [[40, 98], [42, 100]], [[121, 60], [122, 61]], [[120, 0], [120, 100]]
    drawn = Strokes.of([one, dot, touch, other])
    assert segment.pieces(drawn, [0, 1, 2, 3]) == ([[0], [1], [3]], 100)
    nothing_else = Strokes.of([[[0, 0], [0, 0.1]]])
    assert segment.pieces(nothing_else, [0])[0] == [[0]]


def crossing(count: int, seed: int, points: int = 2) -> Strokes:
    random = np.random.default_rng(seed)
    paths = [random.uniform(0, 300, (points, 2)) for _ in range(count)]
    for path in paths:
        path[:2, 0] = random.uniform(0, 100), random.uniform(200, 300)
    return Strokes.of(paths)


@pytest.mark.parametrize("seed", range(3))
def test_a_heap_of_strokes_is_one_piece_and_strokes_that_stand_apart_are_one_each(seed: int) -> None:
    heap = crossing(40, seed)
    row = list(range(40))
    assert segment.pieces(heap, row)[0] == [row]
    few = crossing(12, seed)
    assert segment.pieces(few, list(range(12)))[0] == [[at] for at in range(12)]
    beside = Strokes((*heap.paths, *Strokes.of([[[400 + 40 * n, 0], [405 + 40 * n, 99]] for n in range(5)]).paths))
    assert segment.pieces(beside, list(range(45)))[0] == [row, [40], [41], [42], [43], [44]]


def test_two_strokes_that_fill_the_paper_are_one_piece() -> None:
    assert segment.pieces(crossing(2, 0, 1000), [0, 1])[0] == [[0, 1]]
    assert segment.pieces(crossing(2, 0, 30), [0, 1])[0] == [[0], [1]]


@pytest.mark.parametrize(
    "sign",
    [
        [[[60, 50], [100, 52]], [[98, 54], [62, 51]]],
        [[[60, 50], [75, 51]], [[77, 51], [100, 50]]],
        [[[80, 95], [83, 99]], [[83, 95], [80, 98]]],
    ],
)
def test_a_low_sign_that_is_drawn_over_again_is_one_piece(sign: list[list[list[float]]]) -> None:
    drawn = Strokes.of([[[0, 0], [30, 100]], *sign, [[130, 0], [150, 100]]])
    assert segment.pieces(drawn, [0, 1, 2, 3])[0] == [[0], [1, 2], [3]]


def test_two_signs_beside_each_other_are_two() -> None:
    drawn = Strokes.of([[[0, 0], [30, 100]], [[50, 94], [54, 98]], [[72, 94], [75, 98]], [[130, 0], [150, 100]]])
    assert segment.pieces(drawn, [0, 1, 2, 3])[0] == [[0], [1], [2], [3]]
