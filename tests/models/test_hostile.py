"""Model files made to harm: each ends in one sentence, in bounded time and memory, by path and when it is added."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
from here import ROOT
from onnx import NodeProto, TensorProto, helper, numpy_helper

from inkdigit import Reader, Settings
from inkdigit.errors import ModelError
from inkdigit.models import foreign, keras_file
from inkdigit.models.catalogue import added, shipped
from inkdigit.recognition.model import METADATA, Model

CARD = replace(Model(shipped()).card, labels=tuple("0123456789"), refuse_above=1.0)
FLAT = [helper.make_node("Flatten", ["glyphs"], ["flat"]), helper.make_node("MatMul", ["flat", "matrix"], ["logits"])]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(models=str(tmp_path / "models"), data=str(tmp_path), model_seconds=60)


def network(
    path: Path,
    more: Sequence[NodeProto] = (),
    kind: int = TensorProto.FLOAT,
    card: str | None = "ours",
    **constants: Any,
) -> Path:
    """Writes a linear network with chance weights, and more operations that make "scores" of its "logits"."""
    matrix = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32)
    graph = helper.make_graph(
        [*FLAT, *(more or [helper.make_node("Identity", ["logits"], ["scores"])])],
        "chance",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("scores", kind, ["n", 10])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in {"matrix": matrix, **constants}.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if card is not None:
        helper.set_model_props(model, {METADATA: json.dumps(asdict(CARD)) if card == "ours" else card})
    path.write_bytes(model.SerializeToString())
    return path


def endless() -> list[NodeProto]:
    """A loop that goes on as long as it is told to, which is for ever."""
    yes = numpy_helper.from_array(np.array(True), "value")
    body = helper.make_graph(
        [helper.make_node("Constant", [], ["again"], value=yes)],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("again", TensorProto.BOOL, [])],
    )
    return [
        helper.make_node("Constant", [], ["go"], value=yes),
        helper.make_node("Loop", ["", "go"], [], body=body),
        helper.make_node("Identity", ["logits"], ["scores"]),
    ]


def made_large(bytes_: int) -> tuple[list[NodeProto], dict[str, Any]]:
    """Operations that need so many bytes."""
    nodes = [
        helper.make_node("Shape", ["logits"], ["size"], start=0, end=1),
        helper.make_node("Mul", ["size", "many"], ["whole"]),
        helper.make_node("Expand", ["one", "whole"], ["large"]),
        helper.make_node("ReduceMax", ["large"], ["top"], keepdims=0),
        helper.make_node("Add", ["logits", "top"], ["scores"]),
    ]
    return nodes, {"many": np.array([bytes_ // 4]), "one": np.float32(1)}


def slow() -> tuple[list[NodeProto], dict[str, Any]]:
    """Operations that take a minute or more, with no loop: products of matrices of 4,000 x 4,000."""
    nodes = [
        helper.make_node("ReduceMax", ["logits"], ["top"], keepdims=0),
        helper.make_node("Expand", ["top", "square"], ["m0"]),
        *(helper.make_node("MatMul", [f"m{at}", f"m{at}"], [f"m{at + 1}"]) for at in range(300)),
        helper.make_node("ReduceMax", ["m300"], ["end"], keepdims=0),
        helper.make_node("Add", ["logits", "end"], ["scores"]),
    ]
    return nodes, {"square": np.array([4_000, 4_000])}


def not_numbers() -> list[NodeProto]:
    return [
        helper.make_node("Sub", ["logits", "logits"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["scores"]),
    ]


def as_text() -> list[NodeProto]:
    return [helper.make_node("Cast", ["logits"], ["scores"], to=TensorProto.STRING)]


def of_others() -> list[NodeProto]:
    return [helper.make_node("Run", ["logits"], ["scores"], domain="com.evil")]


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an endless loop": (lambda path: network(path, endless()), "without Loop, Scan and If, got .*, which has a loop"),
    "operators of others": (lambda path: network(path, of_others()), r"standard operators alone, .* com\.evil\.Run"),
    "no numbers": (lambda path: network(path, not_numbers()), "finite numbers as scores, got others from"),
    "texts": (lambda path: network(path, as_text(), TensorProto.STRING), r"float32 in and out, got .*tensor\(string\)"),
    "100,000 brackets": (lambda path: network(path, card="[" * 100_000), "broken metadata"),
    "no end of a number": (
        lambda path: network(path, card=json.dumps(asdict(CARD) | {"normaliser": 1e999})),
        "broken metadata",
    ),
    "no labels": (lambda path: network(path, card=json.dumps(asdict(CARD) | {"labels": []})), "broken metadata"),
    "temperature without end": (
        lambda path: network(path, card=json.dumps(asdict(CARD) | {"temperature": 1e999})),
        "broken metadata",
    ),
}  # fmt: skip


def by_path(path: Path, settings: Settings) -> None:
    Reader(model=path, settings=settings)


@pytest.mark.parametrize("way", [by_path, foreign.add], ids=["by path", "added"])
@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_made_to_harm_ends_in_one_sentence(
    tmp_path: Path, settings: Settings, what: str, way: Callable[[Path, Settings], Any]
) -> None:
    make, said = HOSTILE[what]
    with pytest.raises(ModelError, match=said) as raised:
        way(make(tmp_path / "m.onnx"), settings)
    assert len(str(raised.value)) < 600
    assert "\n" not in str(raised.value)
    assert added(settings) == []


@pytest.mark.parametrize("make", [not_numbers, as_text])
def test_a_foreign_model_of_no_numbers_is_not_added(
    tmp_path: Path, settings: Settings, make: Callable[[], list[NodeProto]]
) -> None:
    kind = TensorProto.STRING if make is as_text else TensorProto.FLOAT
    with pytest.raises(ModelError, match=r"finite numbers as scores|float32, got .* of object"):
        foreign.add(network(tmp_path / "m.onnx", make(), kind, card=None), settings)
    assert added(settings) == []


@pytest.mark.parametrize("way", [by_path, foreign.add], ids=["by path", "added"])
def test_a_model_that_takes_too_long_is_stopped(
    tmp_path: Path, settings: Settings, way: Callable[[Path, Settings], Any]
) -> None:
    nodes, constants = slow()
    path = network(tmp_path / "m.onnx", nodes, **constants)
    with pytest.raises(ModelError, match=r"a model that can be tried in 3 seconds, got .*m\.onnx, which takes longer"):
        way(path, replace(settings, model_seconds=3))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of memory")
@pytest.mark.parametrize("way", [by_path, foreign.add], ids=["by path", "added"])
@pytest.mark.parametrize("size", [2_000_000_000, 4_000_000_000_000], ids=["2 GB", "4 TB"])
def test_a_model_that_takes_too_much_memory_is_stopped(
    tmp_path: Path, settings: Settings, way: Callable[[Path, Settings], Any], size: int
) -> None:
    nodes, constants = made_large(size)
    path = network(tmp_path / "m.onnx", nodes, **constants)
    with pytest.raises(ModelError, match=r"tried in 1,500,000,000 bytes of memory, got .*m.onnx, which needs more"):
        way(path, replace(settings, max_model_memory=1_500_000_000))


def test_a_model_of_chance_with_our_metadata_is_tried_on_digits_as_any_other(
    tmp_path: Path, settings: Settings
) -> None:
    path = network(tmp_path / "m.onnx")
    assert Reader(model=path, settings=settings).model.card == CARD, "by path it is read with: that is nobody's harm"
    with pytest.raises(ModelError, match=r"a model that reads digits, .* got \d+ of 50 right"):
        foreign.add(path, settings)
    assert added(settings) == []


def test_functions_in_the_file_are_refused(tmp_path: Path, settings: Settings) -> None:
    """Each may call the one before it twice: thirty of them are a thousand million operations."""
    path = network(tmp_path / "m.onnx")
    model = onnx.load(path)
    double = helper.make_node("Add", ["a", "a"], ["b"])
    function = helper.make_function("mine", "twice", ["a"], ["b"], [double], [helper.make_opsetid("", 17)])
    model.functions.append(function)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="defines operators of its own"):
        by_path(path, settings)


def test_weights_in_other_files_are_refused_by_path_too(tmp_path: Path, settings: Settings) -> None:
    path = network(tmp_path / "m.onnx")
    onnx.save(onnx.load(path), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    with pytest.raises(ModelError, match="whose weights lie in other files"):
        by_path(path, settings)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_size_of_a_model_file_is_limited(tmp_path: Path, settings: Settings, more: int) -> None:
    path = network(tmp_path / "m.onnx")
    limited = replace(settings, max_model_bytes=path.stat().st_size + more)
    with pytest.raises(ModelError, match=r"at most [\d,]+ bytes") if more < 0 else contextlib.nullcontext():
        by_path(path, limited)


def test_layers_that_unpack_without_end_are_not_read_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("config.json", "w") as file,
    ):
        for _ in range(400):
            file.write(b" " * 1_000_000)
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"layers described in at most 20,000,000 bytes, got more in m\.keras"):
        keras_file.to_onnx(path)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_a_zip_behind_an_h5_does_not_speak_for_it(tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"layers": [{"class_name": "Lambda"}]})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", json.dumps({"layers": [{"class_name": "Dense"}]}))
    assert zipfile.is_zipfile(path)
    with pytest.raises(ModelError, match=r"layers that hold only data, got m\.h5 with Lambda"):
        keras_file.to_onnx(path)


@pytest.mark.parametrize(("name", "start"), [("m.keras", b"\x89HDF\r\n\x1a\n"), ("m.h5", b"PK\x03\x04"), ("m.h5", b"")])
def test_a_file_of_another_kind_than_its_name_says_is_refused(tmp_path: Path, name: str, start: bytes) -> None:
    (tmp_path / name).write_bytes(start + bytes(100))
    with pytest.raises(ModelError, match=f"a Keras model, got {name}, damaged or of another kind"):
        keras_file.to_onnx(tmp_path / name)


@pytest.mark.parametrize("module", ["os", "keras_hub.layers", "__main__"])
def test_classes_of_other_packages_are_refused(tmp_path: Path, module: str) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        layer = {"module": module, "class_name": "Dense"}
        archive.writestr("config.json", json.dumps({"config": {"layers": [{"module": "keras.layers"}, layer]}}))
    with pytest.raises(ModelError, match=f"layers of Keras alone, got m.keras with some of {module}"):
        keras_file.to_onnx(tmp_path / "m.keras")


def test_layers_of_100_000_brackets_end_in_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", "[" * 100_000)
    with pytest.raises(ModelError, match=r"a Keras model, got m\.keras, damaged"):
        keras_file.to_onnx(tmp_path / "m.keras")


@pytest.mark.parametrize("command", [["-m", "inkdigit"], ["-c", "from inkdigit.__main__ import main; main()"]])
def test_nothing_of_the_current_folder_is_run(tmp_path: Path, command: list[str]) -> None:
    trap = "open('was-run', 'a').write(__name__)\nraise SystemExit('run')\n"
    for name in ("keras", "onnx", "h5py", "torch", "onnxruntime", "json"):
        if name in ("keras", "onnx", "h5py", "torch") or command[0] == "-m":
            (tmp_path / f"{name}.py").write_text(trap)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Nothing"})
    environment = os.environ | {"PYTHONPATH": f"{ROOT}", "INKDIGIT_MODELS": str(tmp_path / "models")}
    done = subprocess.run(
        [sys.executable, *command, "models", "add", "m.h5"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert not (tmp_path / "was-run").exists()
    assert done.returncode == 1
    assert "Expected a whole Keras model, got m.h5, which does not convert" in done.stderr
