from __future__ import annotations

import itertools
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from drawn import DIGITS, ODD_STROKES
from onnx import TensorProto, helper, numpy_helper

import inkdigit
from inkdigit.errors import ModelError
from inkdigit.explain.inside import Looker, made_of
from inkdigit.ink.strokes import Strokes
from inkdigit.models.catalogue import shipped
from inkdigit.recognition import glyph, profile
from inkdigit.recognition.glyph import Glyph
from inkdigit.recognition.model import METADATA, Model


@pytest.fixture(scope="module")
def looker(reader: inkdigit.Reader) -> Looker:
    return Looker(reader.model)


def drawn(digit: int) -> Strokes:
    return Strokes.of(DIGITS[digit])


def moved(digit: int, right: float) -> list[list[list[float]]]:
    return [[[x * 0.5 + right, y * 0.5] for x, y in stroke] for stroke in DIGITS[digit]]


def rewritten(path: Path, change: Any) -> Path:
    """The shipped model with something changed in its graph."""
    proto = onnx.load(shipped("western"))
    change(proto)
    onnx.save(proto, path)
    return path


def without_convolutions(path: Path) -> Path:
    """A model of ours that is one matrix, with the shipped one's card."""
    card = asdict(Model(shipped()).card) | {"labels": [str(digit) for digit in range(10)], "mistakes": {}}
    constants = {
        "row": np.array([-1, 784]),
        "matrix": np.random.default_rng(0).normal(0, 0.1, (784, 10)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Reshape", ["glyphs", "row"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["scores"]),
    ]
    made = helper.make_graph(
        nodes,
        "matrix",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(proto, {METADATA: json.dumps(card)})
    onnx.save(proto, path)
    return path


# --- layers ---------------------------------------------------------------------------------------------------------


def test_each_layer_shows_its_maps(looker: Looker) -> None:
    layers = looker.layers(glyph.from_strokes(drawn(3)))
    assert [layer.maps.shape for layer in layers] == 3 * [(32, 14, 14)] + 3 * [(64, 7, 7)] + [(96, 5, 5)]
    for layer in layers:
        assert layer.maps.dtype == np.uint8
        assert layer.maps.max() == 255
        assert 0 < (layer.maps > 0).mean() < 0.9


def test_the_maps_follow_the_ink(looker: Looker) -> None:
    here, there = np.zeros((2, 28, 28), np.float32)
    here[6:20, 6:9] = there[6:20, 18:21] = 1
    left, right = (looker.layers(Glyph(pixels))[0].maps.astype(int) for pixels in (here, there))
    assert (left != right).any()
    # The same line six cells further right on the map: the same numbers, six columns on.
    assert np.abs(left[:, 2:12, 2:6] - right[:, 2:12, 8:12]).max() <= 2


def test_nothing_is_loaded_before_the_first_look(reader: inkdigit.Reader) -> None:
    fresh = Looker(reader.model)
    assert "_opened" not in fresh.__dict__
    fresh.layers(glyph.from_strokes(drawn(1)))
    assert "_opened" in fresh.__dict__


def test_a_model_with_more_outputs_is_looked_into_as_well(tmp_path: Path) -> None:
    def embedding(proto: onnx.ModelProto) -> None:
        """The row before the scores comes out too."""
        name = proto.graph.node[-1].input[0]
        proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2400]))

    model = Model(rewritten(tmp_path / "two.onnx", embedding))
    assert len(Looker(model).layers(glyph.from_strokes(drawn(5)))) == 7


def test_a_model_without_layers_of_maps_shows_none_but_the_rest(tmp_path: Path) -> None:
    path = without_convolutions(tmp_path / "matrix.onnx")
    own = inkdigit.Reader(model=path, settings=inkdigit.Settings())
    digit = own.ink(drawn(4), single=True).digits[0]
    seen = Looker(own.model).look(digit)
    assert seen.layers == ()
    assert seen.looked[0].digit == digit.value
    assert seen.looked[0].heat.any()


def test_a_model_whose_file_is_gone_says_so(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "gone.onnx", lambda proto: None)
    looker = Looker(Model(path))
    path.unlink()
    with pytest.raises(ModelError, match="Expected the file of the loaded model"):
        looker.layers(glyph.from_strokes(drawn(4)))


# --- where it looked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", range(10))
def test_covering_what_it_looked_at_lowers_the_chance_most(looker: Looker, digit: int) -> None:
    seen = glyph.from_strokes(drawn(digit))
    (looked,) = looker.looked(seen, [digit])
    inked = np.where(seen.pixels > 0.5, looked.heat, 0)
    hot = np.unravel_index(inked.argmax(), inked.shape)
    cold = np.unravel_index(np.where(seen.pixels > 0.5, looked.heat, np.inf).argmin(), inked.shape)

    def chance(place: Any) -> float:
        """Of the digit, when the ink around a place is covered."""
        pixels = np.array(seen.pixels)
        pixels[max(0, place[0] - 2) : place[0] + 3, max(0, place[1] - 2) : place[1] + 3] = 0
        return float(looker.model.probabilities(pixels[None, None])[0, digit])

    whole = float(looker.model.probabilities(seen.pixels[None, None])[0, digit])
    assert looked.heat.max() > 1
    assert chance(hot) < whole
    assert chance(hot) < chance(cold)


def test_where_there_is_no_ink_there_is_no_heat(looker: Looker) -> None:
    seen = glyph.from_strokes(drawn(1))  # a narrow one
    (looked,) = looker.looked(seen, [1])
    columns = np.flatnonzero((seen.pixels > 0).any(axis=0))
    assert (looked.heat[:, : columns.min() - 4] == 0).all()
    assert (looked.heat[:, columns.max() + 5 :] == 0).all()
    assert looked.heat[:, columns].any()


def test_a_blank_glyph_has_no_heat(looker: Looker) -> None:
    (looked,) = looker.looked(glyph.blank(), [0])
    assert not looked.heat.any()


def test_what_speaks_for_one_digit_speaks_against_its_like(looker: Looker, reader: inkdigit.Reader) -> None:
    for digit, other in ((7, 1), (9, 4), (3, 8)):
        one, two = looker.looked(glyph.from_strokes(drawn(digit)), [digit, other])
        assert np.corrcoef(one.heat.ravel(), two.heat.ravel())[0, 1] < 0.5


# --- the whole look -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", range(10))
def test_a_look_shows_the_answer_first_and_then_what_else_it_could_be(
    looker: Looker, reader: inkdigit.Reader, digit: int
) -> None:
    strokes = drawn(digit)
    read = reader.ink(strokes).digits[0]
    seen = looker.look(read, made_of(strokes, read))
    assert seen.looked[0].digit == read.value
    assert [one.digit for one in seen.looked[1:]] == [one.digit for one in seen.changes]
    assert read.value not in [one.digit for one in seen.changes]
    assert 1 <= len(seen.changes) <= 2


def test_what_is_no_digit_is_looked_into_too(looker: Looker, reader: inkdigit.Reader) -> None:
    zigzag = [[[x * 4, 10 + 80 * (x % 2)] for x in range(25)], [[x * 4, 30 + 40 * (x % 3)] for x in range(25)]]
    read = reader.ink(zigzag, single=True).digits[0]
    assert read.value is None
    seen = looker.look(read)
    assert seen.looked[0].digit is None
    assert seen.looked[0].heat.any()


def test_a_look_costs_a_bounded_number_of_passes(reader: inkdigit.Reader, looker: Looker, asked: list[int]) -> None:
    reads = [reader.ink(strokes, single=True).digits[0] for strokes in [*DIGITS.values(), *ODD_STROKES.values()]]
    for read in reads:
        asked.clear()
        looker.look(read)
        assert 0 < sum(asked) <= 1200, "at 60 microseconds a pass this is 72 ms"


# --- from ink to glyph ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", range(10))
def test_the_steps_end_in_the_glyph_that_is_read(reader: inkdigit.Reader, digit: int) -> None:
    strokes = drawn(digit)
    made = made_of(strokes, reader.ink(strokes).digits[0])
    assert made is not None
    assert np.array_equal(made.glyph.pixels, glyph.from_strokes(strokes).pixels)
    assert max(made.drawn.shape) == 160
    assert max(made.fitted.shape) == 20
    left, top = made.corner
    height, width = made.fitted.shape
    inner = np.rint(made.glyph.pixels[top : top + height, left : left + width] * 255)
    assert np.array_equal(inner, made.fitted)
    assert made.glyph.pixels.sum() * 255 == pytest.approx(made.fitted.sum(), rel=1e-5)


@pytest.mark.parametrize("scale", [0.01, 1, 300])
def test_the_frame_tells_where_the_glyph_lies_on_the_sheet(scale: float) -> None:
    strokes = Strokes.of([[[x * scale + 40, y * scale - 7] for x, y in stroke] for stroke in DIGITS[5]])
    made = glyph.making(strokes)
    assert strokes.box is not None
    left, top, right, bottom = made.frame
    assert right - left == pytest.approx(bottom - top)
    pixel = (right - left) / 28
    rows, columns = np.nonzero(made.glyph.pixels > 0.3)
    ink = (left + columns.min() * pixel, top + rows.min() * pixel)
    end = (left + (columns.max() + 1) * pixel, top + (rows.max() + 1) * pixel)
    half = 2.25 / 2 * pixel  # of the pen
    assert ink == pytest.approx((strokes.box[0] - half, strokes.box[1] - half), abs=0.7 * pixel)
    assert end == pytest.approx((strokes.box[2] + half, strokes.box[3] + half), abs=0.7 * pixel)


def test_each_digit_of_a_number_has_steps_of_its_own(reader: inkdigit.Reader) -> None:
    strokes = Strokes.of(moved(4, 0) + moved(7, 60))
    digits = reader.ink(strokes).digits
    assert [digit.value for digit in digits] == [4, 7]
    for digit in digits:
        made = made_of(strokes, digit)
        assert made is not None
        assert np.array_equal(made.glyph.pixels, digit.glyph)


def test_steps_that_cannot_be_told_are_left_out(reader: inkdigit.Reader) -> None:
    digit = reader.ink(drawn(4)).digits[0]
    assert made_of(drawn(7), digit) is None
    assert made_of(Strokes(()), digit) is None


@pytest.mark.parametrize("strokes", ODD_STROKES.values(), ids=ODD_STROKES.keys())
def test_odd_drawings_have_steps_too(looker: Looker, reader: inkdigit.Reader, strokes: Any) -> None:
    ink = Strokes.of(strokes)
    digit = reader.ink(ink, single=True).digits[0]
    made = made_of(ink, digit)
    assert made is not None
    assert np.isfinite(made.frame).all()
    assert looker.look(digit, made).making is made


# --- the grid -------------------------------------------------------------------------------------------------------


def cells(digit: int, side: int, left: int, top: int) -> np.ndarray:
    """A digit in lines one cell wide, as somebody sets it with the arrow keys."""
    grid = np.zeros((28, 28), np.uint8)
    for stroke in DIGITS[digit]:
        points = np.rint(np.array(stroke) / 100 * side).astype(int) + np.array([left, top])
        for (x, y), (end, foot) in itertools.pairwise(points):
            for part in np.linspace(0, 1, 1 + max(abs(end - x), abs(foot - y), 1)):
                grid[round(y + (foot - y) * part), round(x + (end - x) * part)] = 255
    return grid


@pytest.mark.parametrize(("side", "left", "top"), [(20, 4, 4), (14, 0, 0), (14, 13, 13), (26, 1, 1)])
def test_thin_lines_anywhere_on_the_grid_are_read(reader: inkdigit.Reader, side: int, left: int, top: int) -> None:
    read = [reader.seen(glyph.from_cells(cells(digit, side, left, top))).value for digit in range(10)]
    assert sum(value == digit for digit, value in enumerate(read)) >= 9, read


@pytest.mark.parametrize("digit", range(10))
def test_a_glyph_put_on_the_grid_is_read_as_before(reader: inkdigit.Reader, digit: int) -> None:
    grid = (glyph.from_strokes(drawn(digit)).pixels > 0.5).astype(np.uint8) * 255
    assert reader.seen(glyph.from_cells(grid)).value == digit


def test_an_empty_grid_is_blank_and_a_full_one_does_no_harm(reader: inkdigit.Reader) -> None:
    assert reader.seen(glyph.from_cells(np.zeros((28, 28), np.uint8))).is_blank
    assert reader.seen(glyph.from_cells(np.full((28, 28), 255, np.uint8))).value is None


def test_a_glyph_as_it_stands_is_read_with_the_box_of_its_ink(reader: inkdigit.Reader) -> None:
    pixels = np.zeros((28, 28), np.float32)
    pixels[4:24, 13:15] = 1
    digit = reader.seen(Glyph(pixels))
    assert digit.value == 1
    assert digit.box == (13, 4, 15, 24)
    assert reader.seen(glyph.blank()).is_blank


def test_the_hand_of_a_profile_is_looked_into(reader: inkdigit.Reader) -> None:
    strokes = drawn(4)
    plain = reader.ink(strokes, single=True).digits[0]
    pixels = np.repeat(np.rint(plain.glyph[None] * 255).astype(np.uint8), 8, axis=0)
    own = reader.personal(profile.learn(reader.model, pixels, np.full(8, 9, np.int64)))  # this hand's 9 looks so
    read = own.ink(strokes, single=True).digits[0]
    assert read.value == 9
    seen = Looker(own.model).look(read, made_of(strokes, read), own.scores)
    assert seen.looked[0].digit == 9
    for change in seen.changes:
        if change.found:
            ink = np.rint(read.glyph * 255) + change.added - change.removed
            assert own.seen(Glyph((ink / 255).astype(np.float32))).value == change.digit
