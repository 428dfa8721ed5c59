from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from inkdigit import Reader, Settings
from inkdigit.errors import ModelError
from inkdigit.ink import picture, segment
from inkdigit.models import foreign, specimens
from inkdigit.models.catalogue import added, shipped
from inkdigit.recognition import glyph
from inkdigit.recognition.model import Model

NHWC, NCHW, ROW, PLAIN = (28, 28, 1), (1, 28, 28), (784,), (28, 28)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(foreign.datasets, "mnist", missing)
    return Settings(models=str(tmp_path / "models"))


def missing(*_: Any, **__: Any) -> Any:
    raise foreign.DataError("MNIST", "none", "Fetch it")


@pytest.fixture(scope="module")
def weights() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A linear reader of glyphs, learned from scikit-learn's digits and the drawn ones."""
    digits = load_digits()
    glyphs = []
    for image in (digits.images * 255 / 16).astype(np.uint8):
        mark = segment.one_mark(picture.load(image))
        glyphs.append(glyph.blank() if mark is None else glyph.from_mark(mark))
    labels, written = specimens.digits()
    glyphs += [glyph.from_strokes(one, pen) for one in written for pen in (2.0, 2.6, 3.2)]
    target = np.concatenate([digits.target, np.repeat(labels, 3)])
    learned = LogisticRegression(max_iter=300).fit(glyph.stack(glyphs).reshape(len(glyphs), -1), target)
    return learned.coef_.T.astype(np.float32), learned.intercept_.astype(np.float32)


def linear(
    weights: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
    path: Path,
    shape: tuple[int, ...] = NHWC,
    softmax: bool = True,
    factor: float = 1.0,
    offset: float = 0.0,
    batch: int | str = "n",
    outputs: int = 10,
) -> Path:
    """Writes the linear reader as a foreign .onnx that wants factor * ink + offset as its pixels."""
    matrix, bias = weights[0] / factor, weights[1] - (weights[0] / factor * offset).sum(axis=0)
    constants = {"row": np.array([-1, 784]), "matrix": matrix[:, :outputs], "bias": bias[:outputs]}
    nodes = [
        helper.make_node("Reshape", ["image", "row"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["chances"], axis=1))
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info("chances" if softmax else "logits", TensorProto.FLOAT, [batch, outputs])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("softmax", [True, False], ids=["softmax", "logits"])
@pytest.mark.parametrize("shape", [NHWC, NCHW, ROW, PLAIN], ids=str)
def test_every_order_of_axes_is_taken(
    settings: Settings, tmp_path: Path, weights: Any, shape: tuple[int, ...], softmax: bool
) -> None:
    done = foreign.add(linear(weights, tmp_path / "my model.onnx", shape, softmax), settings)
    assert done.path.name == "my-model.onnx"
    assert done.right == done.tried == 50
    reader = Reader(model="my-model", settings=settings)
    labels, written = specimens.digits()
    read = [reader.ink(one).digits[0] for one in written]
    assert np.mean([digit.value == label for digit, label in zip(read, labels, strict=True)]) > 0.9
    assert reader.digit(np.zeros((28, 28), np.uint8)).value is None, "blank stays blank"


@pytest.mark.parametrize("pixels", foreign._PIXELS)
def test_polarity_and_scale_are_found(settings: Settings, tmp_path: Path, weights: Any, pixels: str) -> None:
    factor, offset = foreign._PIXELS[pixels]
    done = foreign.add(linear(weights, tmp_path / "m.onnx", factor=factor, offset=offset), settings)
    # The scale cannot be told for so simple a model: it reads as well with another. Its polarity can.
    assert done.right == 50
    assert (foreign._PIXELS[done.pixels][0] > 0) == (factor > 0)
    assert Model(done.path).card.provenance["pixels"] == done.pixels


def test_the_card_says_where_it_comes_from(settings: Settings, tmp_path: Path, weights: Any) -> None:
    card = Model(foreign.add(linear(weights, tmp_path / "m.onnx"), settings, "mine").path).card
    assert added(settings) == ["mine"]
    assert card.provenance["added_from"] == "m.onnx"
    assert card.mistakes == {"drawn digits": [0, 50]}
    assert card.refuse_above == 1
    assert card.digits == 10


def test_a_model_of_ours_is_taken_as_it_is(settings: Settings) -> None:
    ours = Model(shipped())
    done = foreign.add(ours.path, settings, "mine")
    assert done.path.read_bytes() == ours.path.read_bytes()
    assert done.right == 50
    assert Reader(model="mine", settings=settings).model.card == ours.card


def test_a_full_disk_leaves_nothing_behind(
    settings: Settings, tmp_path: Path, weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(foreign.os, "replace", full)
    with pytest.raises(ModelError, match=r"room to write .*No space left"):
        foreign.add(linear(weights, tmp_path / "m.onnx"), settings)
    assert not list((tmp_path / "models").iterdir())


def test_names_are_checked_and_a_model_can_be_removed(settings: Settings, tmp_path: Path, weights: Any) -> None:
    path = linear(weights, tmp_path / "m.onnx")
    foreign.add(path, settings)
    with pytest.raises(ModelError, match="a name that is free"):
        foreign.add(path, settings)
    with pytest.raises(ModelError, match="letters, digits"):
        foreign.add(path, settings, "../m")
    foreign.remove("m", settings)
    assert added(settings) == []
    with pytest.raises(ModelError, match="none so far"):
        foreign.remove("m", settings)
    with pytest.raises(ModelError, match="none added so far"):
        Reader(model="m", settings=settings)


def test_a_batch_of_one_only_is_refused(settings: Settings, tmp_path: Path, weights: Any) -> None:
    path = linear(weights, tmp_path / "m.onnx", batch=1)
    proto = onnx.load(path)
    next(entry for entry in proto.graph.initializer if entry.name == "row").CopyFrom(
        numpy_helper.from_array(np.array([1, 784]), "row")
    )
    onnx.save(proto, path)
    with pytest.raises(ModelError, match="any number of pictures"):
        foreign.add(path, settings)


def test_other_shapes_and_other_things_are_refused_with_the_reason(
    settings: Settings, tmp_path: Path, weights: Any
) -> None:
    for shape, got in (((32, 32, 1), "32 x 32 x 1"), ((28, 28, 3), "28 x 28 x 3"), ((1, 784, 1), None)):
        path = linear(weights, tmp_path / f"{len(shape)}-{shape[0]}-{shape[-1]}.onnx", shape)
        if got:
            with pytest.raises(ModelError, match=got):
                foreign.add(path, settings)
        else:
            assert foreign.add(path, settings).right == 50
    with pytest.raises(ModelError, match="ten scores"):
        foreign.add(linear(weights, tmp_path / "nine.onnx", outputs=9), settings)
    shuffled = (np.roll(weights[0], 3, axis=1), np.roll(weights[1], 3))
    with pytest.raises(ModelError, match="a model that reads digits"):
        foreign.add(linear(shuffled, tmp_path / "shuffled.onnx"), settings)
    assert added(settings) == ["1-784-1"] or added(settings) == ["3-1-1"]


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("m.pkl", pickle.dumps([1]), "can run code"),
        ("m.pt", b"PK", "can run code"),
        ("m.onnx", b"", "ONNX model|float32|one input"),
        ("m.onnx", b"no model", "does not load"),
        ("m.txt", b"words", "a .keras, .h5 or .onnx"),
        ("m.h5", b"no hdf5", "damaged or of another kind"),
        ("m.keras", b"no zip", "damaged or of another kind"),
    ],
)
def test_files_of_other_kinds_are_refused(
    settings: Settings, tmp_path: Path, name: str, content: bytes, match: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=match):
        foreign.add(tmp_path / name, settings)
    with pytest.raises(ModelError, match="no file at"):
        foreign.add(tmp_path / "none.keras", settings)
    with pytest.raises(ModelError, match="the folder"):
        foreign.add(tmp_path, settings)
    assert not added(settings)


def test_a_layer_that_holds_code_is_refused_before_anything_runs(settings: Settings, tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {"function": "x"}}]}}
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    with pytest.raises(ModelError, match=r"m\.keras with Lambda"):
        foreign.add(tmp_path / "m.keras", settings)


def test_weights_that_lie_in_other_files_are_refused(settings: Settings, tmp_path: Path, weights: Any) -> None:
    path = linear(weights, tmp_path / "m.onnx")
    onnx.save(onnx.load(path), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    with pytest.raises(ModelError, match=r"one file|does not load"):
        foreign.add(path, settings)


MAKE = """
import sys, numpy, keras
from keras import layers
coefficients, bias = numpy.load(sys.argv[1]).values()
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Dropout(0.5), layers.Flatten(),
                          layers.Dense(10, activation="softmax")])
model.layers[-1].set_weights([coefficients, bias])
model.compile("adam", "sparse_categorical_crossentropy")
model.save(sys.argv[2])
if len(sys.argv) > 3:
    model.save_weights(sys.argv[3])
"""


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_keras_file_is_converted(settings: Settings, tmp_path: Path, weights: Any, suffix: str) -> None:
    np.savez(tmp_path / "w.npz", *weights)
    files = [str(tmp_path / name) for name in ("w.npz", f"best{suffix}", "only.weights.h5")]
    environment = {"KERAS_BACKEND": "torch", "PATH": "", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", MAKE, *files], check=True, capture_output=True, env=environment)
    done = foreign.add(tmp_path / f"best{suffix}", settings)
    assert done.right == done.tried == 50
    assert Reader(model="best", settings=settings).ink(specimens.digits()[1][12]).text == "2"
    with pytest.raises(ModelError, match=r"weights only|damaged"):
        foreign.add(tmp_path / "only.weights.h5", settings)
