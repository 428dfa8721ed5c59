"""Models that people bring: a .keras, .h5 or .onnx of the usual tutorials -> a file of ours, checked on digits.

What is asked of them: 28x28 in (any order of the axes, or 784 in a row), ten scores or probabilities out, 0 to 9.
Whether ink is 1 or 0 and how the pixels were scaled, nobody wrote down: the way that reads best is found by trying.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.errors import DataError, ModelError
from inkdigit.models import keras_file, specimens
from inkdigit.models.catalogue import added, folder
from inkdigit.recognition import glyph
from inkdigit.recognition.card import Card
from inkdigit.recognition.model import METADATA, Model
from inkdigit.settings import Settings

if TYPE_CHECKING:
    import onnx

Floats = NDArray[np.float32]

_MOST_BYTES = 200_000_000
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".npy")
_LEAST_RIGHT = 0.5  # of the digits tried: a model below reads something else, or wants other pixels than we can guess
_NEAR = 1.3  # times the least loss: nearer ways of feeding pixels cannot be told apart
_TRIED = 500  # MNIST pictures, where they are here
_PIXELS = {  # what people feed: (factor, offset) from ink = 1, paper = 0
    "ink 1": (1.0, 0.0), "ink 255": (255.0, 0.0), "ink 0": (-1.0, 1.0), "ink 0 of 255": (-255.0, 255.0),
    "ink 1, paper -1": (2.0, -1.0), "ink -1, paper 1": (-2.0, 1.0), "mean and deviation of MNIST": (3.2456, -0.4242),
}  # fmt: skip


@dataclass(frozen=True)
class Added:
    """A model that was taken in.

    Attributes:
        path: the file of ours that was made.
        pixels: how it wants its pixels, found by trying.
        right: digits that it read right.
        tried: digits that it was shown.
        shown: where those came from.
    """

    path: Path
    pixels: str
    right: int
    tried: int
    shown: str


def add(path: Path, settings: Settings, name: str | None = None) -> Added:
    """Takes a model in, one of `inkdigit train` too, under a name by which every command, and `Reader`, then finds it.

    Raises:
        ModelError: not a model, an unsafe kind of file, other inputs or outputs than 28x28 and ten, it does not read
            digits, the name is taken or is no name, or a package that converts is missing.
    """
    name = _checked_name(name or re.sub(r"[^\w-]+", "-", path.stem).strip("-") or "model", settings)
    content = _as_onnx(path)
    graph, scores, row = _checked_graph(content, path)
    glyphs, labels, shown = _digits(settings)
    if any(entry.key == METADATA for entry in graph.metadata_props):
        right = int((Model(path).scores(glyphs)[:, :10].argmax(axis=1) == labels).sum())
        return Added(_written(content, folder(settings) / f"{name}.onnx"), "ink 1", right, len(labels), shown)
    found: dict[str, tuple[float, bytes]] = {}
    for pixels, (factor, offset) in _PIXELS.items():
        wrapped = _wrapped(graph, scores, row, factor, offset, path)
        answers = _run(wrapped, glyphs, path)
        found[pixels] = (_loss(answers, labels, _temperature(answers, labels)), wrapped)
    least = min(loss for loss, _ in found.values())
    best = next(pixels for pixels, (loss, _) in found.items() if loss <= _NEAR * least + 0.01)  # the usual ones first
    answers = _run(found[best][1], glyphs, path)
    right = int((answers.argmax(axis=1) == labels).sum())
    if right < _LEAST_RIGHT * len(labels):
        got = f"{right} of {len(labels)} right ({shown})"
        raise ModelError(
            "a model that reads digits, its outputs in the order 0 to 9", got, "Check what it was made for"
        )
    card = Card(
        script="western",
        labels=tuple("0123456789"),
        normaliser=glyph.VERSION,
        channels=1,
        temperature=_temperature(answers, labels),
        refuse_above=1.0,  # it never learned what is no digit
        provenance={
            "added_from": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "pixels": best,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
        mistakes={shown: [len(labels) - right, len(labels)]},
    )
    kept = _written(_with_card(found[best][1], card), folder(settings) / f"{name}.onnx")
    return Added(kept, best, right, len(labels), shown)


def remove(name: str, settings: Settings) -> Path:
    """Deletes a model that was added.

    Raises:
        ModelError: none of that name.
    """
    if name not in added(settings):
        raise ModelError("a model that was added: " + (", ".join(added(settings)) or "none so far"), name, "Name one")
    path = folder(settings) / f"{name}.onnx"
    path.unlink()
    return path


def _checked_name(name: str, settings: Settings) -> str:
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise ModelError("a name of letters, digits, - and _", repr(name), "Give another with --name")
    if name in added(settings):
        raise ModelError(
            "a name that is free", f"{name}, which there is", "Remove it first, or give another with --name"
        )
    return name


def _as_onnx(path: Path) -> bytes:
    """The bytes of an ONNX model, converted where needed."""
    kind = path.suffix.lower()
    if path.is_dir():
        raise ModelError("a model file", f"the folder {path}", "Save the model as .keras or .onnx")
    if not path.is_file():
        raise ModelError("a model file", f"no file at {path}", "Check the path")
    if kind in _PICKLES:
        remedy = "Save the model as .keras or .onnx"
        raise ModelError("a file that holds only data", f"{path.name}, whose kind can run code when loaded", remedy)
    if path.stat().st_size > _MOST_BYTES:
        raise ModelError(f"at most {_MOST_BYTES:,} bytes", f"{path.stat().st_size:,}", "Bring a smaller model")
    if kind in keras_file.SUFFIXES:
        return keras_file.to_onnx(path)
    if kind != ".onnx":
        raise ModelError("a .keras, .h5 or .onnx file", path.name, "Save the model as one of these")
    return path.read_bytes()


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
        outside = any(tensor.external_data for tensor in model.graph.initializer)  # of which the checker says less
        if not outside:
            onnx.checker.check_model(model)
    except Exception as error:  # protobuf and the checker raise their own kinds
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ModelError("an ONNX model", f"{path.name}, which does not load ({first})", "Export it again") from None
    if outside:
        remedy = "Export it with external_data=False"
        raise ModelError("one file", f"{path.name}, whose weights lie in other files", remedy)
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
    if np.shape(found) != (1, 10) or not np.isfinite(found).all():
        raise ModelError(
            "ten scores for one picture", f"{np.shape(found)} from {path.name}", "Bring a model for 0 to 9"
        )
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


def _digits(settings: Settings) -> tuple[Floats, NDArray[np.int64], str]:
    """Digits to try a model on: of the MNIST training pictures where they are here, else some that are drawn."""
    try:
        pictures = datasets.mnist("train", settings, download=False)
    except DataError:
        labels, written = specimens.digits()
        return glyph.stack([glyph.from_strokes(one, 2.6) for one in written]), labels, "drawn digits"
    glyphs = pictures.images[-_TRIED:, None].astype(np.float32) / np.float32(255)
    return glyphs, pictures.labels[-_TRIED:], "MNIST training pictures"


def _with_card(content: bytes, card: Card) -> bytes:
    import onnx

    proto = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(proto, {METADATA: json.dumps(asdict(card))})
    return bytes(proto.SerializeToString())


def _written(content: bytes, path: Path) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ModelError(f"room to write {path}", str(error.strerror), "Make room, or set INKDIGIT_MODELS") from None
    return path
