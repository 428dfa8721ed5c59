"""The messages of the Open Inference Protocol, version 2, JSON or with binary tensors -> arrays, and back.

https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import RequestError, TooLargeError

LENGTH = "inference-header-content-length"  # header: how many bytes of a body are its JSON
TYPES: dict[str, Any] = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64,
    "FP16": np.float16, "FP32": np.float32, "FP64": np.float64, "BYTES": np.object_,
}  # fmt: skip
_MOST_SIZES = 8  # of a shape
_MOST_TENSORS = 16
_TOGETHER = 100  # values of an output that are written as JSON in one go
_Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Asked:
    """What an inference request asks.

    Attributes:
        id: that the answer repeats; "" where there is none.
        inputs: by name; of BYTES, an array of bytes objects.
        outputs: name of each that is wanted, and whether as binary; None: all.
        binary: whether outputs are binary where the request says nothing of one.
    """

    id: str
    inputs: Mapping[str, _Array]
    outputs: Mapping[str, bool] | None
    binary: bool


@dataclass(frozen=True)
class Takes:
    """What a model takes, and how much of it.

    Attributes:
        name, kind, shape: of its input; the first side is how many.
        most: of them in a request.
        most_parts: values of a request's JSON.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    most: int
    most_parts: int


@dataclass(frozen=True, eq=False)
class _Row:
    """What a request says of an input: the bytes of its binary data, or None, and the data of its JSON."""

    name: str
    kind: str
    shape: tuple[int, ...]
    size: Any
    data: Any


def asked(body: bytes, length: str | None, takes: Takes | None = None) -> Asked:
    """A request body. What it says of its inputs is checked before their values are looked at.

    Args:
        length: the header LENGTH; None: the body is JSON alone.
        takes: what may come; None: anything.

    Raises:
        RequestError: it breaks the protocol, or is not what is taken.
    """
    size = json_size(body, length)
    if takes is not None:
        _check_parts(body, size, takes.most_parts)
    try:
        said = json.loads(body[:size])
    except (ValueError, RecursionError):
        raise _broken("a JSON object" + ("" if length is None else f" of {size} bytes"), "something else") from None
    if not isinstance(said, dict) or not isinstance(said.get("inputs"), list):
        raise _broken('an object with "inputs"', "something else")
    if len(said["inputs"]) > _MOST_TENSORS:
        raise _broken(f"at most {_MOST_TENSORS} inputs", str(len(said["inputs"])))
    rows = [_row(one) for one in said["inputs"]]
    if takes is not None:
        _check_taken(rows, takes)
    inputs: dict[str, _Array] = {}
    rest = memoryview(body)[size:]
    for row in rows:
        inputs[row.name], rest = _array(row, rest)
    if len(rest):
        raise _broken("binary data of the inputs alone", f"{len(rest)} bytes more")
    parameters = _parameters(said)
    binary = parameters.get("binary_data_output") is True
    return Asked(str(said.get("id", "")), inputs, _outputs(said, binary), binary)


def unpacked(body: bytes, how: str, most: int) -> bytes:
    """A body as it was before it was packed: "identity" (it was not), "gzip" or "deflate".

    Raises:
        RequestError: it was packed otherwise, or is broken.
        TooLargeError: it has more bytes than that.
    """
    if how == "identity":
        return body
    if how not in ("gzip", "deflate"):
        raise RequestError("a body as it is, or packed with gzip or deflate", how[:30], "Pack it otherwise")
    unpacking = zlib.decompressobj(wbits=47 if how == "gzip" else 15)
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise RequestError(f"a body packed with {how}", f"another ({error})", "Pack it again") from None
    if len(found) > most or not unpacking.eof:
        raise TooLargeError(f"a whole body of at most {most:,} bytes, unpacked", "another", "Send less at once")
    return found


def answer(
    name: str, version: str, request: Asked, outputs: Mapping[str, tuple[str, _Array]]
) -> tuple[bytes, dict[str, str]]:
    """A response body, and its headers.

    Args:
        outputs: datatype and array of each that the model gives, by name.

    Raises:
        RequestError: an output is wanted that there is not.
    """
    wanted = request.outputs if request.outputs is not None else dict.fromkeys(outputs, request.binary)
    rows: list[str] = []
    parts = []
    for key, binary in wanted.items():
        if key not in outputs:
            raise _broken("outputs " + ", ".join(outputs), key[:60])
        kind, array = outputs[key]
        row: dict[str, Any] = {"name": key, "datatype": kind, "shape": list(array.shape)}
        data = ""
        if binary:
            part = _packed(array)
            row["parameters"] = {"binary_data_size": len(part)}
            parts.append(part)
        else:
            data = f', "data": [{_values(kind, array)}]'
        rows.append(json.dumps(row)[:-1] + data + "}")
    said = json.dumps(({"id": request.id} if request.id else {}) | {"model_name": name, "model_version": version})
    head = f'{said[:-1]}, "outputs": [{", ".join(rows)}]}}'.encode()
    if not parts:
        return head, {"content-type": "application/json"}
    return head + b"".join(parts), {"content-type": "application/octet-stream", LENGTH: str(len(head))}


def _values(kind: str, array: _Array) -> str:
    """The values of an output, some at a time: while all are written in one go, no other thread has its turn."""
    values = array.ravel().tolist()
    some = (values[at : at + _TOGETHER] for at in range(0, len(values), _TOGETHER))
    if kind == "BYTES":
        some = ([_text(one) for one in part] for part in some)
    return ", ".join(json.dumps(part)[1:-1] for part in some)


def json_size(body: bytes, length: str | None) -> int:
    """How many bytes of a body are its JSON, by the header LENGTH. Raises RequestError."""
    most = len(body)
    if length is None:
        return most
    if not (length.isascii() and length.isdecimal() and len(length) < 20 and int(length) <= most):
        raise _broken(f"0 to {most} as {LENGTH}", repr(length[:30]))
    return int(length)


def _check_parts(body: bytes, size: int, most: int) -> None:
    """Raises RequestError where a JSON has too many values: each may become an object."""
    parts = sum(body.count(mark, 0, size) for mark in (b",", b"[", b"{"))
    if parts > most:
        remedy = "Send tensors as binary data, or raise INKDIGIT_MAX_JSON_PARTS"
        raise RequestError(f"JSON of at most {most:,} parts", f"{parts:,}", remedy)


def _row(one: Any) -> _Row:
    """What is said of an input."""
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        raise _broken('inputs with a "name"', "others")
    name, kind, shape = one["name"], one.get("datatype"), one.get("shape")
    if not isinstance(kind, str) or kind not in TYPES:
        raise _broken(f"a datatype of {name[:60]}: " + ", ".join(TYPES), repr(kind)[:30])
    if not isinstance(shape, list) or not _is_shape(shape):
        raise _broken(f"a shape of {name[:60]}, such as [1, 28, 28]", repr(shape)[:60])
    return _Row(name, kind, tuple(shape), _parameters(one).get("binary_data_size"), one.get("data"))


def _check_taken(rows: Sequence[_Row], takes: Takes) -> None:
    """Raises RequestError where other inputs come, or too many."""
    if [row.name for row in rows] != [takes.name]:
        got = ", ".join(row.name for row in rows)[:100] or "none"
        raise RequestError(f"the input {takes.name}", got, "See the model's metadata")
    [row] = rows
    fits = len(row.shape) == len(takes.shape) and row.shape[1:] == takes.shape[1:] and row.kind == takes.kind
    if not fits or row.shape[0] > takes.most:
        wanted = f"{takes.name} as {takes.kind} {list(takes.shape)}, at most {takes.most:,} of them"
        raise RequestError(wanted, f"{row.kind} {list(row.shape)}", "See the model's metadata")


def _array(row: _Row, rest: memoryview) -> tuple[_Array, memoryview]:
    """The array of an input, and the binary data behind it."""
    name, size, count = row.name, row.size, math.prod(row.shape)
    if size is None:
        return _of_json(row.data, row.kind, count, name).reshape(row.shape), rest
    if type(size) is not int or not 0 <= size <= len(rest):
        raise _broken(f"at most {len(rest)} as binary_data_size of {name[:60]}", repr(size)[:30])
    return _unpacked(rest[:size], row.kind, count, name).reshape(row.shape), rest[size:]


def _is_shape(shape: list[Any]) -> bool:
    fits = 0 < len(shape) <= _MOST_SIZES
    return fits and all(type(side) is int and 0 <= side < 2**31 for side in shape) and math.prod(shape) < 2**31


def _of_json(data: Any, kind: str, count: int, name: str) -> _Array:
    flat = _flat(data, count)
    if flat is None or len(flat) != count:
        got = "nothing" if flat is None else f"{len(flat)}"
        raise _broken(f"{count} values of {name[:60]}", got)
    if kind == "BYTES":
        if not all(isinstance(one, str) for one in flat):
            raise _broken(f"texts as values of {name[:60]}", "others")
        found = np.empty(count, np.object_)
        found[:] = [one.encode("utf-8", "surrogatepass") for one in flat]
        return found
    if not all(isinstance(one, (int, float, bool)) for one in flat):
        raise _broken(f"numbers as values of {name[:60]}", "others")
    try:
        numbers = np.array(flat, np.float64 if kind.startswith("FP") else np.object_)
        found = numbers.astype(TYPES[kind])
        if not kind.startswith("FP") and not (found.astype(np.object_) == numbers).all():
            raise OverflowError
    except (OverflowError, ValueError, TypeError):
        raise _broken(f"values of {name[:60]} that fit {kind}", "others") from None
    return found


def _flat(data: Any, most: int) -> list[Any] | None:
    """Nested lists as one; None where it is no list. Stops when there are more than wanted."""
    if not isinstance(data, list):
        return None
    found: list[Any] = []
    open_lists = [iter(data)]
    while open_lists and len(found) <= most:
        for one in open_lists[-1]:
            if isinstance(one, list):
                if len(open_lists) >= _MOST_SIZES:
                    return None
                open_lists.append(iter(one))
                break
            found.append(one)
            if len(found) > most:
                break
        else:
            open_lists.pop()
    return found


def _unpacked(data: memoryview, kind: str, count: int, name: str) -> _Array:
    if kind == "BYTES":
        return _texts(data, count, name)
    dtype = np.dtype(TYPES[kind]).newbyteorder("<")
    if len(data) != count * dtype.itemsize:
        raise _broken(f"{count * dtype.itemsize} bytes of {name[:60]}", str(len(data)))
    return np.frombuffer(data, dtype)


def _texts(data: memoryview, count: int, name: str) -> _Array:
    """Elements behind their lengths, four bytes each."""
    if 4 * count > len(data):
        raise _broken(f"{count} elements of {name[:60]}, each behind its length", f"{len(data)} bytes")
    found = np.empty(count, np.object_)
    at = 0
    for place in range(count):
        size = struct.unpack_from("<I", data, at)[0] if at + 4 <= len(data) else len(data)
        if at + 4 + size > len(data):
            raise _broken(f"{count} elements of {name[:60]}, each behind its length", f"{place}")
        found[place] = bytes(data[at + 4 : at + 4 + size])
        at += 4 + size
    if at != len(data):
        raise _broken(f"{count} elements of {name[:60]}", f"{len(data) - at} bytes more")
    return found


def _packed(array: _Array) -> bytes:
    if array.dtype == np.object_:
        return b"".join(struct.pack("<I", len(one)) + one for one in array.ravel().tolist())
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def _text(one: bytes) -> str:
    return one.decode("utf-8", "replace")


def _outputs(said: Mapping[str, Any], binary: bool) -> dict[str, bool] | None:
    wanted = said.get("outputs")
    if wanted is None or wanted == []:
        return None
    if not isinstance(wanted, list) or len(wanted) > _MOST_TENSORS:
        raise _broken(f'a list of at most {_MOST_TENSORS} as "outputs"', "something else")
    found = {}
    for one in wanted:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise _broken('outputs with a "name"', "others")
        said_so = _parameters(one).get("binary_data")
        found[one["name"]] = binary if said_so is None else said_so is True
    return found


def _parameters(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("parameters", {})
    if not isinstance(found, dict):
        raise _broken('an object as "parameters"', "something else")
    return found


def _broken(expected: str, got: str) -> RequestError:
    return RequestError(expected, got, "See the Open Inference Protocol, version 2")


def shapes(tensors: Sequence[tuple[str, str, Sequence[int]]]) -> list[dict[str, Any]]:
    """(name, datatype, shape) of each -> as the metadata of a model say it."""
    return [{"name": name, "datatype": kind, "shape": list(shape)} for name, kind, shape in tensors]
