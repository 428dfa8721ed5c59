"""What a model file needs so that profile.py can learn a hand with it: an embedding, and marks of other people."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from inkdigit.errors import TrainingError
from inkdigit.recognition.model import EMBEDDING, OTHERS
from inkdigit.training import metadata
from inkdigit.training.pools import SPOILT, Pool

KEPT = 600  # of each kind of other people's marks: those read only just right, and ordinary ones


def add_embedding(path: Path) -> None:
    """Gives the file a second output: the mean of each map behind the last convolution, float32 (n, k).

    Raises:
        TrainingError: the scores do not come from such maps.
    """
    proto = onnx.load(path)
    makers = {output: node for node in proto.graph.node for output in node.output}
    node = makers[proto.graph.output[0].name]
    while node.op_type not in ("Reshape", "Flatten"):
        if node.input[0] not in makers:
            raise TrainingError("a network that flattens its last maps", f"{path}, another network", "Train it here")
        node = makers[node.input[0]]
    width = next(shape[1] for shape in _shapes(path, node.input[0]))
    axes = helper.make_tensor("embedding_axes", TensorProto.INT64, [2], [2, 3])
    proto.graph.initializer.append(axes)
    proto.graph.node.append(helper.make_node("ReduceMean", [node.input[0], axes.name], [EMBEDDING], keepdims=0))
    proto.graph.output.append(helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, ["n", width]))
    onnx.save(proto, path)


def _shapes(path: Path, name: str) -> list[tuple[int, ...]]:
    """The shape of one inner tensor of the file, for one glyph."""
    proto = onnx.load(path)
    proto.graph.output.append(onnx.ValueInfoProto(name=name))
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    blank = np.zeros((1, 1, 28, 28), np.float32)
    return [session.run([name], {session.get_inputs()[0].name: blank})[0].shape]


def add_others(path: Path, pools: Sequence[Pool], kept: int = KEPT) -> None:
    """Writes the embeddings of other people's marks into the file: some that it reads only just right, some ordinary.

    Without the ordinary ones, ten false corrections spoilt 898 of 5,000 answers on MNIST; with them, 6.

    Args:
        pools: what the network was trained on; of pools with spoilt digits or with what is no digit none are taken.
        kept: of each kind.
    """
    digits = [pool for pool in pools if pool.labels.max() < 10 and not pool.name.endswith(SPOILT)]
    rows = np.concatenate([_chosen(path, pool, kept // len(digits)) for pool in digits])
    whole = np.rint(rows / np.maximum(1e-9, rows.max(axis=1, keepdims=True)) * 255).astype(np.uint8)
    metadata.put(path, OTHERS, base64.b64encode(whole.tobytes()).decode())


def _chosen(path: Path, pool: Pool, count: int) -> NDArray[np.float32]:
    """Embeddings of marks of a pool: whose right label leads by the least, and evenly of the others; (2 * count, k)."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    parts = [
        session.run(None, {name: part[:, None].astype(np.float32) / np.float32(255)})
        for part in np.array_split(pool.glyphs[:, 0], len(pool.labels) // 500 + 1)
    ]
    scores, embeddings = (np.concatenate([part[place] for part in parts]) for place in range(2))
    rows = np.arange(len(pool.labels))
    own = scores[rows, pool.labels].copy()
    scores[rows, pool.labels] = -np.inf
    lead = own - scores.max(axis=1)
    order = np.argsort(lead, kind="stable")
    order = order[lead[order] > 0]  # a mark that is read wrong shall not be held to it
    count = min(count, len(order) // 2)
    some = np.linspace(count, len(order) - 1, count).astype(np.int64)
    found: NDArray[np.float32] = embeddings[np.concatenate([order[:count], order[some]])]
    return found
