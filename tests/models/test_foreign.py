from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from inkdigit import Reader, Settings
from inkdigit.errors import ModelError
from inkdigit.ink import picture, segment
from inkdigit.models import conversion, foreign, keras_file, sandbox, specimens
from inkdigit.models.catalogue import added, shipped
from inkdigit.recognition import glyph
from inkdigit.recognition.model import Model

APART = sandbox.call
NHWC, NCHW, ROW, PLAIN = (28, 28, 1), (1, 28, 28), (784,), (28, 28)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(foreign.datasets, "mnist", missing)
    monkeypatch.setattr(sandbox, "call", here)  # a process of its own each time would take seconds
    return Settings(models=str(tmp_path / "models"))


def missing(*_: Any, **__: Any) -> Any:
    raise foreign.DataError("MNIST", "none", "Fetch it")


def here(task: Any, *arguments: Any, **_: Any) -> Any:
    return task(*arguments)


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


@pytest.mark.parametrize("pixels", conversion._PIXELS)
def test_polarity_and_scale_are_found(settings: Settings, tmp_path: Path, weights: Any, pixels: str) -> None:
    factor, offset = conversion._PIXELS[pixels]
    done = foreign.add(linear(weights, tmp_path / "m.onnx", factor=factor, offset=offset), settings)
    # The scale cannot be told for so simple a model: it reads as well with another. Its polarity can.
    assert done.right == 50
    assert (conversion._PIXELS[done.pixels][0] > 0) == (factor > 0)
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
    assert added(settings) == ["3-1-1"]


def ordered(weights: Any, order: list[int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A model whose outputs stand in another order."""
    return weights[0][:, order], weights[1][order]


@pytest.mark.parametrize(
    ("order", "right"),
    [([7, 8, 9, 0, 1, 2, 3, 4, 5, 6], 0), ([1, 2, 3, 4, 5, 6, 7, 8, 0, 9], 5), ([1, 2, 3, 4, 5, 0, 6, 7, 8, 9], 20)],
    ids=["none", "a tenth", "two fifths"],
)
def test_a_model_that_reads_less_than_half_is_refused(
    settings: Settings, tmp_path: Path, weights: Any, order: list[int], right: int
) -> None:
    path = linear(ordered(weights, order), tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=rf"a model that reads digits.* got {right} of 50 right \(drawn digits\)"):
        foreign.add(path, settings)
    assert added(settings) == []


def test_a_model_that_reads_half_is_taken(settings: Settings, tmp_path: Path, weights: Any) -> None:
    done = foreign.add(linear(ordered(weights, [1, 2, 3, 4, 0, 5, 6, 7, 8, 9]), tmp_path / "m.onnx"), settings)
    assert (done.right, done.tried) == (25, 50)


def test_a_model_that_always_says_the_same_is_refused(settings: Settings, tmp_path: Path, weights: Any) -> None:
    always = (np.zeros_like(weights[0]), np.eye(10, dtype=np.float32)[3])
    with pytest.raises(ModelError, match="got 5 of 50 right"):
        foreign.add(linear(always, tmp_path / "m.onnx"), settings)


@pytest.mark.parametrize(("more", "taken"), [(1.0, False), (0.02, False), (1e-6, True)])
def test_a_model_that_reads_a_picture_otherwise_among_others_is_refused(
    settings: Settings, tmp_path: Path, weights: Any, more: float, taken: bool
) -> None:
    """As one does whose batch normalisation was left in training: the mean of all that it reads is mixed in."""
    path = linear(weights, tmp_path / "m.onnx", softmax=False)
    proto = onnx.load(path)
    sums = helper.make_node("ReduceMean", ["logits"], ["mean"], axes=[0], keepdims=1)
    share = [
        helper.make_node("Sub", ["logits", "mean"], ["apart"]),
        helper.make_node("Mul", ["apart", "more"], ["part"]),
    ]
    proto.graph.node.extend([sums, *share, helper.make_node("Add", ["logits", "part"], ["mixed"])])
    proto.graph.initializer.append(numpy_helper.from_array(np.float32(more), "more"))
    proto.graph.output[0].name = "mixed"
    onnx.save(proto, path)
    if taken:
        assert foreign.add(path, settings).right == 50
    else:
        with pytest.raises(ModelError, match="the same answer alone and among others"):
            foreign.add(path, settings)
    assert added(settings) == (["m"] if taken else [])


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("m.pkl", pickle.dumps([1]), "can run code"),
        ("m.pt", b"PK", "can run code"),
        ("m.onnx", b"", "an ONNX model, got m.onnx, which does not load"),
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


def model_file(path: Path, config: Any) -> Path:
    """A file that says of its layers what we want, and holds nothing else."""
    if path.suffix == ".keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
    else:
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config)
    return path


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".hdf5"])
@pytest.mark.parametrize("layer", ["Lambda", "TFOpLambda", "TFSMLayer"])
def test_a_layer_that_holds_code_is_refused_before_anything_runs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, suffix: str
) -> None:
    monkeypatch.setattr(keras_file, "_converted", None)  # who calls it fails
    code = {"class_name": layer, "config": {"function": "x"}}
    inner = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Flatten"}, code]}}
    for place, layers in enumerate(([code], [{"class_name": "Dense"}, inner])):
        path = model_file(tmp_path / f"{place}{suffix}", {"class_name": "Functional", "config": {"layers": layers}})
        with pytest.raises(ModelError, match=rf"{place}\{suffix} with {layer}\."):
            foreign.add(path, settings)


def test_every_layer_that_holds_code_is_named(settings: Settings, tmp_path: Path) -> None:
    layers = [{"class_name": name} for name in ("TFSMLayer", "Dense", "Lambda", "TFSMLayer")]
    with pytest.raises(ModelError, match=r"m\.keras with Lambda, TFSMLayer\."):
        foreign.add(model_file(tmp_path / "m.keras", {"config": {"layers": layers}}), settings)


def test_weights_that_lie_in_other_files_are_refused(settings: Settings, tmp_path: Path, weights: Any) -> None:
    path = linear(weights, tmp_path / "m.onnx")
    onnx.save(onnx.load(path), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    with pytest.raises(ModelError, match=r"one file, got m\.onnx, whose weights lie in other.*external_data=False"):
        foreign.add(path, settings)


MAKE = """
import sys, numpy, keras
from keras import layers
coefficients, bias = numpy.load(sys.argv[1]).values()
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Dropout(0.5), layers.Flatten(),
                          layers.Dense(10, activation="softmax")])
model.layers[-1].set_weights([coefficients, bias])
model.compile("adam", "sparse_categorical_crossentropy")
for path in sys.argv[2:4]:
    model.save(path)
model.save_weights(sys.argv[4])
from pathlib import Path
from inkdigit.models import keras_file
keras_file._converted(Path(sys.argv[3]), Path(sys.argv[5]))
"""


@pytest.fixture(scope="module")
def of_keras(weights: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that Keras saved, and the ONNX that our conversion makes of the second of them."""
    folder = tmp_path_factory.mktemp("keras")
    np.savez(folder / "w.npz", *weights)
    files = [str(folder / name) for name in ("w.npz", "best.keras", "best.h5", "only.weights.h5", "h5.onnx")]
    environment = {"KERAS_BACKEND": "torch", "PATH": "", "HOME": str(folder)}
    subprocess.run([sys.executable, "-c", MAKE, *files], check=True, capture_output=True, env=environment)
    return folder


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_keras_file_is_converted(
    settings: Settings, of_keras: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    if suffix == ".keras":  # in a process of its own, as for a person
        monkeypatch.setattr(sandbox, "call", APART)
    else:  # both in one process: importing Keras takes seconds
        monkeypatch.setattr(keras_file, "_converted", lambda *_: (of_keras / "h5.onnx").read_bytes())
    done = foreign.add(of_keras / f"best{suffix}", settings)
    assert done.right == done.tried == 50
    assert Reader(model="best", settings=settings).ink(specimens.digits()[1][12]).text == "2"
    with pytest.raises(ModelError, match=r"a whole model, got .* holds weights only"):
        foreign.add(of_keras / "only.weights.h5", settings)
