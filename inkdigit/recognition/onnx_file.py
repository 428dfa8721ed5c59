"""The bytes of an .onnx file, without the onnx package: its fields, and whether it holds only data.

An .onnx file is a protobuf message: a row of fields, each a number, a kind and a content
(protobuf.dev/programming-guides/encoding). Numbers of fields are those of onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inkdigit.errors import ModelError

_GRAPH, _FUNCTIONS = 7, 25  # of a model
_NODES, _TENSORS, _SPARSE = 1, 5, 15  # of a graph
_KIND, _ATTRIBUTES, _DOMAIN = 4, 5, 7  # of a node
_OF_ATTRIBUTE = {"tensors": (5, 10), "graphs": (6, 11), "sparse": (22, 23)}
_ELSEWHERE, _PLACE, _EXTERNAL = 13, 14, 1  # of a tensor: where its numbers lie, and the kind of that place
_VALUES, _INDICES = 1, 2  # of a sparse tensor
_STANDARD = ("", "ai.onnx")  # the operators that every engine has
_MOST_NODES = 20_000  # of the networks in use, the deepest that read 28x28 have some hundred
_MOST_FIELDS = 2_000_000  # a file of more is no network, and would take long to look through


def checked(content: bytes, path: Path) -> bytes:
    """The same bytes, of which the graph has only standard operators, no loops, and all of its numbers inside.

    Raises:
        ModelError: they are no ONNX model, or one that asks for more than arithmetic on data of its own.
    """
    try:
        refused = _Look().model(memoryview(content))
    except ValueError as error:
        raise ModelError("an ONNX model", f"{path}, which does not load ({error})", "Copy or export it again") from None
    if refused:
        raise ModelError(refused.expected, f"{path}, {refused.got}", refused.remedy)
    return content


@dataclass(frozen=True)
class _Refused:
    expected: str
    got: str
    remedy: str


class _Look:
    """Looks through a file once, and counts what it has seen."""

    def __init__(self) -> None:
        self._nodes = 0
        self._seen = 0

    def model(self, view: memoryview) -> _Refused | None:
        """What is wrong with a whole file, the bytes of a ModelProto; None: nothing."""
        has_graph = False
        for number, part in self._fields(view):
            if number == _FUNCTIONS:
                got = "which defines operators of its own"
                return _Refused("standard operators alone", got, "Export it with them inlined")
            if number == _GRAPH:
                has_graph = True
                if refused := self._graph(_message(part)):
                    return refused
        if not has_graph:
            raise ValueError("it has no graph")
        return None

    def _graph(self, view: memoryview) -> _Refused | None:
        for number, part in self._fields(view):
            refused = None
            if number == _NODES:
                refused = self._node(_message(part))
            elif number in (_TENSORS, _SPARSE):
                refused = self._tensor(_message(part), number == _SPARSE)
            if refused:
                return refused
        return None

    def _node(self, view: memoryview) -> _Refused | None:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            return _Refused(f"at most {_MOST_NODES:,} operations", "which has more", "Bring a smaller model")
        kind, domain = "", ""
        for number, part in self._fields(view):
            if number == _KIND:
                kind = _text(part)
            elif number == _DOMAIN:
                domain = _text(part)
            elif number == _ATTRIBUTES and (refused := self._attribute(_message(part))):
                return refused
        if domain not in _STANDARD:
            got = f"which has the operator {domain[:60]}.{kind[:60]}"
            return _Refused("standard operators alone", got, "Export it without operators of others")
        return None

    def _attribute(self, view: memoryview) -> _Refused | None:
        for number, part in self._fields(view):
            if number in _OF_ATTRIBUTE["graphs"]:
                got = "which has a loop or a branch"
                return _Refused("a network without Loop, Scan and If", got, "Export it with loops unrolled")
            if number in (*_OF_ATTRIBUTE["tensors"], *_OF_ATTRIBUTE["sparse"]):
                refused = self._tensor(_message(part), number in _OF_ATTRIBUTE["sparse"])
                if refused:
                    return refused
        return None

    def _tensor(self, view: memoryview, sparse: bool) -> _Refused | None:
        for number, part in self._fields(view):
            if sparse and number in (_VALUES, _INDICES) and (refused := self._tensor(_message(part), False)):
                return refused
            if not sparse and (number == _ELSEWHERE or (number == _PLACE and part == _EXTERNAL)):
                return _Refused("one file", "whose weights lie in other files", "Export it with external_data=False")
        return None

    def _fields(self, view: memoryview) -> Iterator[tuple[int, memoryview | int]]:
        for found in fields(view):
            self._seen += 1
            if self._seen > _MOST_FIELDS:
                raise ValueError(f"it has more than {_MOST_FIELDS:,} parts")
            yield found


def fields(message: bytes | memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Number and content of each field of a message: a number, or the bytes of a text, a message or a tensor.

    Raises:
        ValueError: the bytes are no protobuf message.
    """
    view, at = memoryview(message), 0
    while at < len(view):
        tag, at = _number(view, at)
        kind = tag & 7
        if kind == 0:
            value, at = _number(view, at)
            yield tag >> 3, value
            continue
        size, at = _number(view, at) if kind == 2 else ({1: 8, 5: 4}.get(kind, len(view) + 1), at)
        if at + size > len(view):
            raise ValueError("no protobuf message")
        if kind == 2:
            yield tag >> 3, view[at : at + size]
        at += size


def _number(view: memoryview, at: int) -> tuple[int, int]:
    """The number of seven bits a byte that begins at a place, and the place behind it."""
    value = shift = 0
    while at < len(view) and shift < 70:  # ten bytes, of a number of 64 bits
        value |= (view[at] & 127) << shift
        shift += 7
        at += 1
        if view[at - 1] < 128:
            return value & (1 << 64) - 1, at
    raise ValueError("no protobuf message")


def _message(part: memoryview | int) -> memoryview:
    if isinstance(part, int):
        raise ValueError("no protobuf message")
    return part


def _text(part: memoryview | int) -> str:
    return str(_message(part), "utf-8")
