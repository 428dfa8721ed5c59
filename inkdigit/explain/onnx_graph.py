"""The graph of an .onnx file, without the onnx package: which tensors hold feature maps, and the file showing them.

Two protobuf messages written one after the other merge into one, so a model becomes a model with more outputs when the
bytes of a graph with only those outputs are put behind its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inkdigit.recognition import onnx_file

# Numbers of the fields in onnx.proto
_GRAPH, _NODE, _INPUTS, _OUTPUTS, _KIND, _GRAPH_OUTPUT, _NAME = 7, 1, 1, 2, 4, 12, 1
_CONVOLUTIONS = {"Conv", "ConvInteger", "QLinearConv", "FusedConv", "ConvTranspose"}
_PLACE_BY_PLACE = {  # what leaves a map a map of the same places
    "Add", "BatchNormalization", "Clip", "DequantizeLinear", "Div", "Dropout", "Elu", "Erf", "Gelu", "HardSigmoid",
    "HardSwish", "Identity", "LeakyRelu", "Mish", "Mul", "PRelu", "QuantizeLinear", "Relu", "Selu", "Sigmoid",
    "Softplus", "Sub", "Tanh",
}  # fmt: skip
_NO_TEXT = "\ufffd"  # what stands for bytes that are no UTF-8


@dataclass(frozen=True)
class Node:
    """One operation of a graph: its kind, and the names of the tensors that go in and come out."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def nodes(model: bytes) -> list[Node]:
    """The operations of a model file in the order in which they are done.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    return [
        Node("".join(_texts(content, _KIND)), tuple(_texts(content, _INPUTS)), tuple(_texts(content, _OUTPUTS)))
        for graph in _contents(model, _GRAPH)
        for content in _contents(graph, _NODE)
    ]


def maps(model: bytes) -> list[str]:
    """Names of the tensors that hold what each convolution found, as the next layer takes it, in order.

    One whose name is no text cannot be asked for, and is left out.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    graph = nodes(model)
    spatial: list[str] = []
    for node in graph:
        goes_on = node.kind in _PLACE_BY_PLACE and any(name in spatial for name in node.inputs)
        if node.kind in _CONVOLUTIONS or goes_on:
            spatial += node.outputs[:1]
    taken = {name for node in graph if node.kind not in _PLACE_BY_PLACE for name in node.inputs}
    return [name for name in spatial if name in taken and _NO_TEXT not in name]


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """The same model with more outputs, behind its own, in the order given; those that it has already are left out.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    has = {
        name
        for graph in _contents(model, _GRAPH)
        for entry in _contents(graph, _GRAPH_OUTPUT)
        for name in _texts(entry, _NAME)
    }
    more = b"".join(_field(_GRAPH_OUTPUT, _field(_NAME, name.encode())) for name in names if name not in has)
    return model + _field(_GRAPH, more)


def _texts(message: memoryview, wanted: int) -> Iterator[str]:
    for content in _contents(message, wanted):
        yield str(content, "utf-8", "replace")


def _contents(message: bytes | memoryview, wanted: int) -> Iterator[memoryview]:
    """Contents of all fields with a number that hold bytes: texts and messages."""
    for number, content in onnx_file.fields(message):
        if number == wanted and isinstance(content, memoryview):
            yield content


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
