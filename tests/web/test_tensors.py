"""Messages of the Open Inference Protocol: taken as JSON and as binary tensors, and refused where they break it."""

from __future__ import annotations

import json
import struct
from contextlib import nullcontext, suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.errors import RequestError
from inkdigit.web import tensors


def said(*inputs: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"inputs": list(inputs)} | more).encode()


def one(**other: Any) -> dict[str, Any]:
    return {"name": "x", "datatype": "UINT8", "shape": [2, 2], "data": [[1, 2], [3, 4]]} | other


def test_nested_and_flat_values_are_the_same() -> None:
    for data in ([1, 2, 3, 4], [[1, 2], [3, 4]], [[[1], [2]], [[3], [4]]]):
        found = tensors.asked(said(one(data=data), id="a"), None)
        assert found.id == "a"
        assert found.outputs is None
        assert found.inputs["x"].dtype == np.uint8
        assert found.inputs["x"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("kind", [name for name in tensors.TYPES if name != "BYTES"])
def test_binary_data_lies_behind_the_json_little_endian(kind: str) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(tensors.TYPES[kind])
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    rows = [
        {"name": name, "datatype": kind, "shape": [2, 3], "parameters": {"binary_data_size": len(data)}}
        for name in ("a", "b")
    ]
    head = said(*rows)
    found = tensors.asked(head + data + data, str(len(head)))
    assert (found.inputs["a"] == array).all()
    assert (found.inputs["b"] == array).all()
    assert found.inputs["a"].dtype == array.dtype


def test_texts_stand_behind_their_lengths() -> None:
    parts = [b"", b"\x00\xff", "ç".encode()]
    data = b"".join(struct.pack("<I", len(part)) + part for part in parts)
    row = {"name": "x", "datatype": "BYTES", "shape": [3], "parameters": {"binary_data_size": len(data)}}
    head = said(row)
    assert tensors.asked(head + data, str(len(head))).inputs["x"].tolist() == parts
    assert tensors.asked(said(row | {"parameters": {}, "data": ["", "ç", "a"]}), None).inputs["x"].tolist() == [
        b"",
        "ç".encode(),
        b"a",
    ]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "a JSON object"),
        (b"[]", 'an object with "inputs"'),
        (b"{}", 'an object with "inputs"'),
        (b"[" * 100_000, "a JSON object"),
        (said(*[one()] * 17), "at most 16 inputs"),
        (said({"datatype": "UINT8"}), 'inputs with a "name"'),
        (said(one(datatype="FLOAT")), "a datatype of x"),
        (said(one(datatype=["UINT8"])), "a datatype of x"),
        (said(one(shape=[])), "a shape of x"),
        (said(one(shape=[2, -1])), "a shape of x"),
        (said(one(shape=[2, 2.0])), "a shape of x"),
        (said(one(shape=[2**31])), "a shape of x"),
        (said(one(shape=[1] * 9)), "a shape of x"),
        (said(one(shape=[2**20, 2**20])), "a shape of x"),
        (said(one(data=[1, 2, 3])), "4 values of x, got 3"),
        (said(one(data=[1, 2, 3, 4, 5])), "4 values of x, got 5"),
        (said(one(data=None)), "4 values of x, got nothing"),
        (said(one(data=[1, 2, 3, 256])), "that fit UINT8"),
        (said(one(data=[1, 2, 3, -1])), "that fit UINT8"),
        (said(one(data=[1, 2, 3, 1.5])), "that fit UINT8"),
        (said(one(data=[1, 2, 3, "4"])), "numbers as values of x"),
        (said(one(datatype="BYTES")), "texts as values of x"),
        (said(one(parameters=[])), 'an object as "parameters"'),
        (said(one(parameters={"binary_data_size": 4})), "at most 0 as binary_data_size"),
        (said(one(parameters={"binary_data_size": True})), "at most 0 as binary_data_size"),
        (said(one(), outputs={}), 'a list of at most 16 as "outputs"'),
        (said(one(), outputs=[{}]), 'outputs with a "name"'),
        (said(one(), parameters=3), 'an object as "parameters"'),
    ],
)
def test_a_message_that_breaks_the_protocol_is_refused(body: bytes, wrong: str) -> None:
    with pytest.raises(RequestError) as caught:
        tensors.asked(body, None)
    assert wrong in str(caught.value)


TAKES = tensors.Takes("x", "UINT8", (-1, 2), most=3, most_parts=100)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"name": "y"}, "the input x, got y"),
        ({"datatype": "INT8"}, "x as UINT8 [-1, 2], at most 3 of them, got INT8 [2, 2]"),
        ({"shape": [4]}, "x as UINT8 [-1, 2], at most 3 of them, got UINT8 [4]"),
        ({"shape": [2, 1]}, "got UINT8 [2, 1]"),
        ({"shape": [4, 2]}, "got UINT8 [4, 2]"),
    ],
)
def test_what_is_not_taken_is_refused_before_its_values_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, row: dict[str, Any], wrong: str
) -> None:
    def looked(*given: Any) -> None:
        raise AssertionError("looked at its values")

    for step in ("_flat", "_unpacked", "_texts"):
        monkeypatch.setattr(tensors, step, looked)
    for more in ({}, {"parameters": {"binary_data_size": 0}}):
        with pytest.raises(RequestError) as caught:
            tensors.asked(said(one() | row | more), None, TAKES)
        assert wrong in str(caught.value)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (3, True), (4, False)])
def test_so_many_are_taken(count: int, fits: bool) -> None:
    body = said(one(shape=[count, 2], data=[0] * 2 * count))
    with nullcontext() if fits else pytest.raises(RequestError, match="at most 3 of them"):
        assert tensors.asked(body, None, TAKES).inputs["x"].shape == (count, 2)


@pytest.mark.parametrize(("parts", "fits"), [(99, True), (100, True), (101, False)])
def test_the_json_has_so_many_parts_and_what_lies_behind_it_does_not_count(parts: int, fits: bool) -> None:
    head = said(one(data=None, parameters={"binary_data_size": 4}), more=["a"])
    head = head.replace(b'"a"', b",".join([b"1"] * (1 + parts - sum(map(head.count, (b",", b"[", b"{"))))))
    with nullcontext() if fits else pytest.raises(RequestError, match=r"at most 100 parts, got 101\..*MAX_JSON_PARTS"):
        assert tensors.asked(head + b",[{,", str(len(head)), TAKES).inputs["x"].tolist() == [[44, 91], [123, 44]]


def test_texts_that_cannot_be_there_take_no_memory() -> None:
    row = {"name": "x", "datatype": "BYTES", "shape": [2**31 - 1], "parameters": {"binary_data_size": 4}}
    head = said(row)
    with pytest.raises(RequestError, match="elements of x, each behind its length, got 4 bytes"):
        tensors.asked(head + bytes(4), str(len(head)))


@pytest.mark.parametrize("length", ["", "-1", "x", "²", "999999", "9" * 40])
def test_a_length_that_does_not_fit_is_refused(length: str) -> None:
    with pytest.raises(RequestError, match="as inference-header-content-length"):
        tensors.asked(said(one()), length)


@pytest.mark.parametrize("size", [0, 3, 5, 8])
def test_binary_data_of_another_size_is_refused(size: int) -> None:
    head = said(one(parameters={"binary_data_size": size}, data=None))
    with pytest.raises(RequestError, match="bytes"):
        tensors.asked(head + bytes(8), str(len(head)))


@pytest.mark.parametrize("data", [b"", b"\1", b"\5\0\0\0abc", b"\xff\xff\xff\xff", b"\0\0\0\0\0"])
def test_broken_texts_are_refused(data: bytes) -> None:
    row = {"name": "x", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(data)}}
    head = said(row)
    with pytest.raises(RequestError, match="1 elements of x"):
        tensors.asked(head + data, str(len(head)))


OUTPUTS: dict[str, tuple[str, Any]] = {
    "digit": ("INT64", np.array([3, -1])),
    "name": ("BYTES", np.array([b"a", b"bc"], np.object_)),
}


def test_an_answer_is_json_where_nothing_else_is_asked() -> None:
    body, headers = tensors.answer("m", "1", tensors.Asked("7", {}, None, False), OUTPUTS)
    assert headers == {"content-type": "application/json"}
    assert json.loads(body) == {
        "id": "7",
        "model_name": "m",
        "model_version": "1",
        "outputs": [
            {"name": "digit", "datatype": "INT64", "shape": [2], "data": [3, -1]},
            {"name": "name", "datatype": "BYTES", "shape": [2], "data": ["a", "bc"]},
        ],
    }


def test_an_answer_holds_only_what_is_wanted_as_it_is_wanted() -> None:
    request = tensors.Asked("", {}, {"name": True, "digit": False}, False)
    body, headers = tensors.answer("m", "1", request, OUTPUTS)
    length = int(headers["inference-header-content-length"])
    told = json.loads(body[:length])
    assert "id" not in told
    assert told["outputs"][0]["parameters"] == {"binary_data_size": 11}
    assert body[length:] == b"\1\0\0\0a\2\0\0\0bc"
    assert told["outputs"][1]["data"] == [3, -1]
    with pytest.raises(RequestError, match="outputs digit, name"):
        tensors.answer("m", "1", tensors.Asked("", {}, {"other": True}, False), OUTPUTS)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.one_of(st.none(), st.text("0123456789", max_size=3)))
def test_any_bytes_are_taken_or_refused(body: bytes, length: str | None) -> None:
    with suppress(RequestError):
        tensors.asked(body, length)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(one())), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*one(), "parameters"]), _json, max_size=5), _json)
def test_any_json_is_taken_or_refused(other: dict[str, Any], outputs: Any) -> None:
    with suppress(RequestError):
        tensors.asked(json.dumps({"inputs": [one() | other], "outputs": outputs}).encode(), None)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_values_are_written_some_at_a_time_and_are_the_same(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """JSON that is written in one go keeps all other threads waiting."""
    outputs = {
        "a": ("FP32", np.arange(count, dtype=np.float32).reshape(count, 1) / 7),
        "b": ("BYTES", np.array([b"x", "ç".encode()] * count, np.object_)[:count]),
    }
    dumps, most = json.dumps, 0

    def counted(value: Any) -> str:
        nonlocal most
        most = max(most, len(value))
        return dumps(value)

    monkeypatch.setattr(json, "dumps", counted)
    body, headers = tensors.answer("m", "1", tensors.Asked("7", {}, None, False), outputs)
    assert most <= 100
    rows = [
        {"name": "a", "datatype": "FP32", "shape": [count, 1], "data": outputs["a"][1].ravel().tolist()},
        {"name": "b", "datatype": "BYTES", "shape": [count], "data": ["x", "ç"] * (count // 2) + ["x"] * (count % 2)},
    ]
    assert body.decode() == dumps({"id": "7", "model_name": "m", "model_version": "1", "outputs": rows})
    assert headers == {"content-type": "application/json"}
