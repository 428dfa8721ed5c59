from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from drawn import DIGITS, ODD_STROKES, picture
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.ink.picture import load
from inkdigit.ink.segment import Mark, one_mark
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph
from inkdigit.settings import Settings


def of_picture(pixels: np.ndarray) -> np.ndarray:
    mark = one_mark(load(pixels))
    assert mark is not None
    return glyph.from_mark(mark).pixels


def of_strokes(raw: object) -> np.ndarray:
    return glyph.from_strokes(Strokes.of(raw)).pixels  # type: ignore[arg-type]


@pytest.mark.parametrize("digit", range(10))
def test_a_glyph_follows_the_recipe_of_mnist(digit: int) -> None:
    for pixels in (of_strokes(DIGITS[digit]), of_picture(picture(digit))):
        assert pixels.shape == (28, 28)
        assert pixels.dtype == np.float32
        assert pixels.min() == 0
        assert 0.8 < pixels.max() <= 1
        rows, columns = np.nonzero(pixels > 0.02)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
        ys, xs = np.mgrid[:28, :28]
        assert (pixels * ys).sum() / pixels.sum() == pytest.approx(14, abs=0.51)
        assert (pixels * xs).sum() / pixels.sum() == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize("digit", range(10))
def test_strokes_and_their_picture_give_nearly_the_same_glyph(digit: int) -> None:
    drawn = np.array(of_strokes(DIGITS[digit]))
    seen = np.array(of_picture(picture(digit, pen=16)))
    best = min(
        float(np.abs(drawn - np.roll(seen, shift, (0, 1))).mean())
        for shift in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
    )
    assert best < 0.06


@given(
    scale=st.floats(0.05, 50), right=st.floats(-500, 500), down=st.floats(-500, 500), digit=st.sampled_from(range(10))
)
@trials(deadline=None)  # a busy machine is no fault
def test_canvas_size_and_place_do_not_change_the_glyph(scale: float, right: float, down: float, digit: int) -> None:
    moved = [np.array(stroke) * scale + (right, down) for stroke in DIGITS[digit]]
    assert float(np.abs(of_strokes(moved) - of_strokes(DIGITS[digit])).mean()) < 0.03


@pytest.mark.parametrize("pen", [1, 2, 4, 8, 14, 20, 26])
def test_a_line_of_any_width_is_well_seen(pen: int) -> None:
    pixels = of_picture(picture(3, pen=pen))
    assert pixels.max() > 0.8
    assert 45 < pixels.sum() < 190


@pytest.mark.parametrize(
    ("line", "seen"), [(6, 2.1), (10, 2.1), (16, 2.1), (18, 1.8), (21, 2.1), (30, 3.0)], ids=lambda side: f"{side}"
)
def test_lines_thinner_than_1_7_pixels_of_the_glyph_become_2_1_wide_and_others_stay(line: int, seen: float) -> None:
    """A square of lines, 200 pixels wide: ten of them are a pixel of the glyph."""
    square = np.zeros((240, 240), np.uint8)
    square[20:220, 20:220] = 255
    square[20 + line : 220 - line, 20 + line : 220 - line] = 0
    pixels = of_picture(square)
    assert float(pixels[14].sum()) / 2 == pytest.approx(seen, abs=0.16)
    assert float(pixels[:, 14].sum()) / 2 == pytest.approx(seen, abs=0.16)


@pytest.mark.parametrize("size", [60, 120, 280, 900, 2000])
def test_a_thin_line_on_a_large_canvas_does_not_fade(size: int) -> None:
    assert of_picture(picture(2, size=size, pen=2)).max() > 0.8


@pytest.mark.parametrize("shape", [(1, 100_000), (100_000, 1), (9, 60_000)], ids=str)
def test_a_line_of_any_length_is_thickened_in_few_pixels(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of 40,000 pixels was thickened in full size, by a square of 4,200: for 20 seconds."""
    shown: NDArray[np.uint8] = np.zeros(shape, np.uint8)
    shown[:] = 255
    grown, dilate = [], cv2.dilate

    def watched(ink: NDArray[np.uint8], by: NDArray[np.uint8]) -> Any:
        grown.append((ink.size, by.size))
        return dilate(ink, by)

    monkeypatch.setattr(cv2, "dilate", watched)
    pixels = glyph.from_mark(Mark(shown, (0.0, 0.0, float(shape[1]), float(shape[0])))).pixels
    assert grown
    assert all(pixels < 1_000_000 and by < 100_000 for pixels, by in grown)
    ink = pixels.sum(axis=int(shape[0] > shape[1]))
    assert ink.max() == pytest.approx(2.1, abs=0.3)


@pytest.mark.parametrize("raw", ODD_STROKES.values(), ids=ODD_STROKES)
def test_odd_strokes_give_a_glyph(raw: object) -> None:
    pixels = of_strokes(raw)
    assert np.isfinite(pixels).all()
    assert pixels.max() > 0.5


def test_blank_strokes_give_a_blank_glyph() -> None:
    assert not of_strokes([]).any()
    assert not glyph.blank().pixels.any()


def test_a_glyph_checks_itself_and_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="float32"):
        glyph.Glyph(np.zeros((28, 28)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="28, 28"):
        glyph.Glyph(np.zeros((20, 28), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        glyph.blank().pixels[0, 0] = 1


def test_stacked_glyphs_are_what_the_model_takes() -> None:
    stacked = glyph.stack([glyph.blank(), glyph.blank(), glyph.blank()])
    assert stacked.shape == (3, 1, 28, 28)
    assert stacked.dtype == np.float32


def test_an_mnist_picture_comes_out_as_it_went_in(data_settings: Settings) -> None:
    images = datasets.mnist("train", data_settings).images[:500]
    differences = [float(np.abs(of_picture(image) - image / 255).sum() / (image / 255).sum()) for image in images]
    assert np.median(differences) < 0.02
    assert sum(difference > 0.1 for difference in differences) <= 10


def test_a_glyph_of_a_glyph_is_itself() -> None:
    for digit in range(10):
        once = np.rint(of_strokes(DIGITS[digit]) * 255).astype(np.uint8)
        twice = np.rint(of_picture(once) * 255).astype(np.uint8)
        enlarged = of_picture(cv2.resize(once, (280, 280), interpolation=cv2.INTER_CUBIC))
        assert np.abs(once.astype(int) - twice).mean() < 4
        assert float(np.abs(enlarged - once / 255).mean()) < 0.08
