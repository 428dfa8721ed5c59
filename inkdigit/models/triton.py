"""A model of digits as a model repository of Triton: the outputs are those that our own service gives under /v2.

https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_repository.md

What a page needs (decoding, finding, cutting rows out) is no graph of ONNX, so "pages" is not exported.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inkdigit.errors import ModelError
from inkdigit.recognition.glyph import SIDE
from inkdigit.recognition.model import Model
from inkdigit.recognition.reading import MOST_SURE, blank_digit

if TYPE_CHECKING:
    import onnx

NAME, VERSION, LABELS = "digits", "1", "labels.txt"
_INPUTS = (("glyphs", "UINT8", (-1, SIDE, SIDE)),)
_OUTPUTS = (("digit", "INT64", (-1,)), ("confidence", "FP32", (-1,)), ("probabilities", "FP32", (-1, 10)))
_NO_DIGIT = -1  # as a label: a mark that is no digit, or none at all
_KINDS = {"UINT8": "UINT8", "INT64": "INT64", "FP32": "FLOAT"}  # of Triton -> of ONNX


def write(folder: Path, model: Model) -> list[Path]:
    """Writes a model repository with the model "digits"; returns its files.

    Args:
        folder: one that is not there yet, or empty.

    Raises:
        ModelError: the folder holds something or cannot be written to, or the package onnx is missing.
    """
    content = graph(model)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            got = f"{folder}, which holds something"
            raise ModelError("a new folder, or an empty one", got, "Name another one, or empty it")
        (folder / NAME / VERSION).mkdir(parents=True)
        files = {
            folder / NAME / "config.pbtxt": config().encode(),
            folder / NAME / LABELS: "".join(f"{digit}\n" for digit in range(10)).encode(),
            folder / NAME / VERSION / "model.onnx": content,
        }
        for path, part in files.items():
            path.write_bytes(part)
    except OSError as error:
        got = f"{folder}: {error.strerror or error}"
        raise ModelError("a folder that can be written to", got, "Name another one, or make room") from None
    return list(files)


def config() -> str:
    """The text of config.pbtxt. Any number of glyphs makes one request, so Triton is to put none together itself."""
    lines = [f'name: "{NAME}"', 'platform: "onnxruntime_onnx"', "max_batch_size: 0"]
    for kind, tensors in (("input", _INPUTS), ("output", _OUTPUTS)):
        for name, datatype, shape in tensors:
            labels = f' label_filename: "{LABELS}"' if name == "probabilities" else ""
            dims = ", ".join(map(str, shape))
            lines.append(f'{kind} {{ name: "{name}" data_type: TYPE_{datatype} dims: [ {dims} ]{labels} }}')
    return "\n".join(lines) + "\n"


def graph(model: Model) -> bytes:
    """An ONNX file: uint8 (n, 28, 28), 255 = ink -> what `Reader.glyphs` says of each, int64 (n,), -1 where no digit.

    Raises:
        ModelError: the package onnx is missing.
    """
    try:
        import onnx
    except ImportError:
        raise ModelError("the extra [triton]", "no onnx", "Run pip install '.[triton]'") from None
    made = _renamed(onnx.load_model_from_string(model.path.read_bytes()))
    before, after, constants = _before(made), _after(made, model), _constants(model)
    inner = list(made.graph.node)
    del made.graph.node[:], made.graph.input[:], made.graph.output[:], made.graph.value_info[:]
    del made.metadata_props[:]
    made.graph.node.extend([*before, *inner, *after])
    made.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())
    for entries, tensors in ((made.graph.input, _INPUTS), (made.graph.output, _OUTPUTS)):
        for name, datatype, shape in tensors:
            kind = getattr(onnx.TensorProto, _KINDS[datatype])
            sides = ["n" if side == -1 else side for side in shape]
            entries.append(onnx.helper.make_tensor_value_info(name, kind, sides))
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def _renamed(made: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, with other names for tensors that are called as those of ours."""
    outer = {name for name, *_ in (*_INPUTS, *_OUTPUTS)}

    def inner(name: str) -> str:
        """The name within."""
        return f"triton_inside_{name}" if name in outer else name

    for node in made.graph.node:
        node.input[:] = [inner(name) for name in node.input]
        node.output[:] = [inner(name) for name in node.output]
    for entry in (*made.graph.initializer, *made.graph.input, *made.graph.output):
        entry.name = inner(entry.name)
    return made


def _constants(model: Model) -> dict[str, np.ndarray[Any, Any]]:
    blank = blank_digit()
    values = {
        "full": np.float32(255),
        "as_model": np.array([-1, 1, SIDE, SIDE]),
        "temperature": np.float32(model.card.temperature),
        "zero_byte": np.float32(0),
        "first": np.array([0]),
        "tenth": np.array([10]),
        "last": np.array([11]),
        "axis": np.array([1]),
        "sides": np.array([1, 2]),
        "nothing": np.float64(0),
        "one": np.float64(1),
        "even": np.float64(0.1),
        "most_sure": np.float64(MOST_SURE),
        "refuse_above": np.float64(model.card.refuse_above),
        "no_digit": np.int64(_NO_DIGIT),
        "of_blank": np.float32(blank.confidence),
        "chances_of_blank": blank.probabilities[None],
    }
    return {f"triton_{name}": np.asarray(value) for name, value in values.items()}


def _before(made: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Glyphs as bytes -> what the network takes."""
    from onnx import TensorProto

    return [
        _node("Cast", ["=glyphs"], "pixels", to=TensorProto.FLOAT),
        _node("Div", ["pixels", "full"], "inks"),
        _node("Reshape", ["inks", "as_model"], f"={made.graph.input[0].name}"),
        _node("ReduceMax", ["pixels"], "darkest", axes=[1, 2], keepdims=0)
        if made.opset_import[0].version < 18
        else _node("ReduceMax", ["pixels", "sides"], "darkest", keepdims=0),
        _node("Equal", ["darkest", "zero_byte"], "is_blank"),
    ]


def _after(made: onnx.ModelProto, model: Model) -> list[onnx.NodeProto]:
    """Scores of the network -> digit, confidence and probabilities, as `reading.judged` makes them."""
    from onnx import TensorProto

    knows_others = len(model.card.labels) > 10
    other = [
        _node("Slice", ["exact", "tenth", "last", "axis"], "other_column"),
        _node("Squeeze", ["other_column", "axis"], "other"),
    ]
    none = [_node("Mul", ["likely", "nothing"], "other")]
    return [
        _node("Div", [f"={made.graph.output[0].name}", "temperature"], "calibrated"),
        _node("Softmax", ["calibrated"], "chances", axis=1),
        _node("Cast", ["chances"], "exact", to=TensorProto.DOUBLE),
        _node("Slice", ["exact", "first", "tenth", "axis"], "digits"),
        _node("ReduceSum", ["digits", "axis"], "total", keepdims=1),
        _node("Greater", ["total", "nothing"], "some"),
        _node("Where", ["some", "total", "one"], "divisor"),
        _node("Div", ["digits", "divisor"], "shares"),
        _node("Where", ["some", "shares", "even"], "each"),
        _node("Cast", ["each"], "each_short", to=TensorProto.FLOAT),
        _node("ArgMax", ["each"], "likeliest", axis=1, keepdims=0),
        _node("ReduceMax", ["digits"], "likely", axes=[1], keepdims=0)
        if made.opset_import[0].version < 18
        else _node("ReduceMax", ["digits", "axis"], "likely", keepdims=0),
        *(other if knows_others else none),
        _node("Min", ["likely", "most_sure"], "sure"),
        _node("Greater", ["other", "refuse_above"], "refused"),
        _node("Where", ["refused", "other", "sure"], "how_sure"),
        _node("Cast", ["how_sure"], "how_sure_short", to=TensorProto.FLOAT),
        _node("Where", ["is_blank", "of_blank", "how_sure_short"], "=confidence"),
        _node("Or", ["is_blank", "refused"], "no_digit_here"),
        _node("Where", ["no_digit_here", "no_digit", "likeliest"], "=digit"),
        _node("Unsqueeze", ["is_blank", "axis"], "blank_rows"),
        _node("Where", ["blank_rows", "chances_of_blank", "each_short"], "=probabilities"),
    ]


def _node(kind: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
    """An operation. Tensors have names that no network has, but for those behind a "=", which are meant as they are."""
    from onnx import helper

    own = [name[1:] if name.startswith("=") else f"triton_{name}" for name in (*inputs, output)]
    made: onnx.NodeProto = helper.make_node(kind, own[:-1], own[-1:], **attributes)
    return made
