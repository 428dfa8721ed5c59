"""A foreign model -> a file of ours: its graph is checked, and the way in which it wants its pixels is found by trying.

This is done in a process of its own: see sandbox.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.errors import ModelError
from inkdigit.models import keras_file
from inkdigit.recognition import glyph, onnx_file
from inkdigit.recognition.card import Card
from inkdigit.recognition.model import METADATA, Model

if TYPE_CHECKING:
    import onnx

Floats = NDArray[np.float32]

_LEAST_RIGHT = 0.5  # of the digits tried: a model below reads something else, or wants other pixels than we can guess
_NEAR = 1.3  # times the least loss: nearer ways of feeding pixels cannot be told apart
_PIXELS = {  # what people feed: (factor, offset) from ink = 1, paper = 0
    "ink 1": (1.0, 0.0), "ink 255": (255.0, 0.0), "ink 0": (-1.0, 1.0), "ink 0 of 255": (-255.0, 255.0),
    "ink 1, paper -1": (2.0, -1.0), "ink -1, paper 1": (-2.0, 1.0), "mean and deviation of MNIST": (3.2456, -0.4242),
}  # fmt: skip


def convert(source: str, digits: str, target: str, shown: str, provenance: dict[str, Any]) -> dict[str, Any]:
    """Writes the model of a file as one of ours.

    Args:
        digits: a .npz of `glyphs`, float32 (n, 1, 28, 28), and `labels`, int64 (n,), to try it on.
        target: the file that is written.
        shown: what those digits are.
        provenance: what the file is to say of where it comes from.

    Returns:
        "pixels", how it wants them, and "right", how many of the digits it read right.

    Raises:
        ModelError: not a model, other inputs or outputs than 28x28 and ten, or it does not read digits.
    """
    path = Path(source)
    with np.load(digits) as arrays:
        glyphs, labels = arrays["glyphs"], arrays["labels"]
    content = keras_file.to_onnx(path) if path.suffix.lower() in keras_file.SUFFIXES else path.read_bytes()
    graph, scores, row = _checked_graph(onnx_file.checked(content, Path(path.name)), path)
    if any(entry.key == METADATA for entry in graph.metadata_props):
        answers = _finite(Model(path).scores(glyphs)[:, :10], path)
        right = _enough(answers, labels, shown)
        Path(target).write_bytes(content)
        return {"pixels": "ink 1", "right": right}
    best, wrapped, answers = _best(graph, scores, row, (glyphs, labels), path)
    right = _enough(answers, labels, shown)
    card = Card(
        script="western",
        labels=tuple("0123456789"),
        normaliser=glyph.VERSION,
        channels=1,
        temperature=_temperature(answers, labels),
        refuse_above=1.0,  # it never learned what is no digit
        provenance=provenance | {"pixels": best},
        mistakes={shown: [len(labels) - right, len(labels)]},
    )
    Path(target).write_bytes(_with_card(wrapped, card))
    return {"pixels": best, "right": right}


def _best(
    graph: onnx.ModelProto, scores: str, row: tuple[int, ...], digits: tuple[Floats, NDArray[np.int64]], path: Path
) -> tuple[str, bytes, Floats]:
    """The way of feeding pixels that reads best, the model that feeds them so, and its scores of the digits."""
    glyphs, labels = digits
    found: dict[str, tuple[float, bytes, Floats]] = {}
    for pixels, (factor, offset) in _PIXELS.items():
        wrapped = _wrapped(graph, scores, row, factor, offset, path)
        answers = _finite(_run(wrapped, glyphs, path), path)
        found[pixels] = (_loss(answers, labels, _temperature(answers, labels)), wrapped, answers)
    least = min(loss for loss, _, _ in found.values())
    best = next(pixels for pixels, (loss, *_) in found.items() if loss <= _NEAR * least + 0.01)  # the usual ones first
    return best, *found[best][1:]


def _enough(answers: Floats, labels: NDArray[np.int64], shown: str) -> int:
    """How many digits were read right. Raises ModelError where they are too few."""
    right = int((answers.argmax(axis=1) == labels).sum())
    if right < _LEAST_RIGHT * len(labels):
        got = f"{right} of {len(labels)} right ({shown})"
        raise ModelError(
            "a model that reads digits, its outputs in the order 0 to 9", got, "Check what it was made for"
        )
    return right


def _finite(answers: Floats, path: Path) -> Floats:
    if not np.isfinite(answers).all():
        raise ModelError("finite numbers as scores", f"others from {path.name}", "Export it again")
    return answers


def _checked_graph(content: bytes, path: Path) -> tuple[onnx.ModelProto, str, tuple[int, ...]]:
    """The graph, the name of its ten scores, and the shape of one picture in it."""
    try:
        import onnx
    except ImportError:
        raise ModelError(
            "the extra [keras]", "no onnx", "Run python3 start.py models add, or pip install '.[keras]'"
        ) from None
    try:
        model = onnx.load_model_from_string(content)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and the checker raise their own kinds
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ModelError("an ONNX model", f"{path.name}, which does not load ({first})", "Export it again") from None
    known = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in known]
    if len(inputs) != 1:
        raise ModelError("one input", f"{len(inputs)} in {path.name}", "Export the part that reads one picture")
    shape = tuple(axis.dim_value for axis in inputs[0].type.tensor_type.shape.dim)[1:]
    if int(np.prod(shape)) != glyph.SIDE**2 or sorted(side for side in shape if side != 1) not in ([28, 28], [784]):
        got = f"{' x '.join(str(side or '?') for side in shape) or 'nothing'} in {path.name}"
        raise ModelError("pictures of 28 x 28 and one channel, or 784 in a row", got, "Bring a model for such")
    if inputs[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise ModelError("float32 in", f"another type in {path.name}", "Export it for float32")
    ours = any(entry.key == METADATA for entry in model.metadata_props)  # which have an embedding beside their scores
    if len(model.graph.output) != 1 and not ours:
        raise ModelError("one output", f"{len(model.graph.output)} in {path.name}", "Export the ten scores alone")
    return model, model.graph.output[0].name, shape


def _wrapped(
    model: onnx.ModelProto, scores: str, row: tuple[int, ...], factor: float, offset: float, path: Path
) -> bytes:
    """The same model with our input (n, 1, 28, 28), ink = 1, and our output, scores (n, 10)."""
    import onnx
    from onnx import helper, numpy_helper

    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    graph = whole.graph
    known = {tensor.name for tensor in graph.initializer}
    inside = next(entry.name for entry in graph.input if entry.name not in known)
    constants = {
        "inkdigit_factor": np.float32(factor),
        "inkdigit_offset": np.float32(offset),
        "inkdigit_row": np.array([-1, *row], np.int64),
        "inkdigit_least": np.float32(1e-12),
    }
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    before = [
        helper.make_node("Mul", ["glyphs", "inkdigit_factor"], ["inkdigit_scaled"]),
        helper.make_node("Add", ["inkdigit_scaled", "inkdigit_offset"], ["inkdigit_pixels"]),
        helper.make_node("Reshape", ["inkdigit_pixels", "inkdigit_row"], [inside]),
    ]
    nodes = [*before, *graph.node]
    if _gives_probabilities(model, row, path):
        nodes.append(helper.make_node("Max", [scores, "inkdigit_least"], ["inkdigit_positive"]))
        nodes.append(helper.make_node("Log", ["inkdigit_positive"], ["scores"]))
    else:
        nodes.append(helper.make_node("Identity", [scores], ["scores"]))
    del graph.node[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes)
    kept = [entry for entry in graph.input if entry.name in known]
    del graph.input[:]
    floats = onnx.TensorProto.FLOAT
    graph.input.extend([helper.make_tensor_value_info("glyphs", floats, ["n", 1, 28, 28]), *kept])
    graph.output.append(helper.make_tensor_value_info("scores", floats, ["n", 10]))
    whole.doc_string = ""
    return bytes(whole.SerializeToString())


def _gives_probabilities(model: onnx.ModelProto, row: tuple[int, ...], path: Path) -> bool:
    """Whether its ten outputs are shares of one, and not scores."""
    session = _session(model.SerializeToString(), path)
    entry = session.get_inputs()[0]
    try:
        (found,) = session.run(None, {entry.name: np.random.default_rng(0).random((1, *row)).astype(np.float32)})
    except Exception as error:  # ONNX Runtime raises its own kinds
        raise ModelError("a model that runs", f"{path.name} ({str(error)[:200]})", "Export it again") from None
    if np.shape(found) != (1, 10) or np.asarray(found).dtype != np.float32:
        got = f"{np.shape(found)} of {getattr(found, 'dtype', type(found).__name__)} from {path.name}"
        raise ModelError("ten scores for one picture, float32", got, "Bring a model for 0 to 9")
    _finite(found, path)
    return bool(found.min() >= 0 and abs(float(found.sum()) - 1) < 1e-3)


def _session(content: bytes, path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own kinds
        raise ModelError("a model that runs", f"{path.name} ({str(error)[:200]})", "Export it again") from None


def _run(content: bytes, glyphs: Floats, path: Path) -> Floats:
    """Scores (n, 10); one picture alone must give the same as among others."""
    session = _session(content, path)
    remedy = "Export it for any number of pictures at once, with its first axis free"
    try:
        found: Floats = session.run(None, {"glyphs": glyphs})[0]
        alone: Floats = session.run(None, {"glyphs": glyphs[:1]})[0]
    except Exception:  # ONNX Runtime raises its own kinds
        raise ModelError("a model for any number of pictures", f"{path.name}, which takes another", remedy) from None
    if found.shape != (len(glyphs), 10) or np.abs(found[:1] - alone).max() > 1e-2:
        raise ModelError("the same answer alone and among others", f"another from {path.name}", remedy)
    return found


def _loss(scores: Floats, labels: NDArray[np.int64], temperature: float = 1.0) -> float:
    """Mean cross-entropy."""
    scores = scores / temperature
    scores = scores - scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(labels)), labels]).mean())


def _temperature(scores: Floats, labels: NDArray[np.int64]) -> float:
    return round(float(min(np.geomspace(0.5, 20, 150), key=lambda t: _loss(scores, labels, float(t)))), 4)


def _with_card(content: bytes, card: Card) -> bytes:
    import onnx

    proto = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(proto, {METADATA: json.dumps(asdict(card))})
    return bytes(proto.SerializeToString())
