from __future__ import annotations

import contextlib

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inkdigit.explain import onnx_graph
from inkdigit.models.catalogue import shipped

SHIPPED = shipped("western").read_bytes()


def model(nodes: list[onnx.NodeProto], outputs: list[str]) -> bytes:
    entries = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    content: bytes = helper.make_model(helper.make_graph(nodes, "g", [], entries)).SerializeToString()
    return content


def run(content: bytes, names: list[str]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    glyphs = np.random.default_rng(0).random((3, 1, 28, 28)).astype(np.float32)
    found: list[np.ndarray] = session.run(names, {session.get_inputs()[0].name: glyphs})
    return found


def test_the_nodes_are_those_that_the_onnx_package_reads() -> None:
    read = onnx.load_model_from_string(SHIPPED).graph.node
    assert onnx_graph.nodes(SHIPPED) == [onnx_graph.Node(n.op_type, tuple(n.input), tuple(n.output)) for n in read]


def test_the_shipped_network_has_a_map_for_each_convolution() -> None:
    kinds = [node.kind for node in onnx_graph.nodes(SHIPPED)]
    names = onnx_graph.maps(SHIPPED)
    shapes = [one.shape[1:] for one in run(onnx_graph.with_outputs(SHIPPED, names), names)]
    assert shapes == 3 * [(32, 14, 14)] + 3 * [(64, 7, 7)] + [(96, 5, 5)]
    assert len(shapes) == kinds.count("Conv")


def test_more_outputs_change_no_score() -> None:
    more = onnx_graph.with_outputs(SHIPPED, onnx_graph.maps(SHIPPED))
    assert np.array_equal(run(more, ["scores"])[0], run(SHIPPED, ["scores"])[0])
    assert onnxruntime.InferenceSession(more).get_outputs()[0].name == "scores", "its own come first"


def test_an_output_that_is_there_is_not_added_again() -> None:
    own = len(onnxruntime.InferenceSession(SHIPPED).get_outputs())
    once = onnx_graph.with_outputs(SHIPPED, onnx_graph.maps(SHIPPED))
    assert len(onnxruntime.InferenceSession(once).get_outputs()) == own + 7
    twice = onnx_graph.with_outputs(once, [*onnx_graph.maps(once), "scores"])
    assert len(onnxruntime.InferenceSession(twice).get_outputs()) == own + 7


def test_a_map_is_what_the_next_layer_takes() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["raw"]),
        helper.make_node("Relu", ["raw"], ["lit"]),
        helper.make_node("MaxPool", ["lit"], ["pooled"], kernel_shape=[2, 2]),
        helper.make_node("Conv", ["pooled", "v"], ["raw2"]),
        helper.make_node("Add", ["raw2", "pooled"], ["sum"]),
        helper.make_node("Flatten", ["sum"], ["row"]),
        helper.make_node("Gemm", ["row", "m"], ["scores"]),
    ]
    assert onnx_graph.maps(model(nodes, ["scores"])) == ["lit", "sum"]


def test_a_network_without_convolutions_has_no_maps() -> None:
    assert onnx_graph.maps(model([helper.make_node("Gemm", ["x", "m"], ["scores"])], ["scores"])) == []


def test_long_names_survive() -> None:
    name = "n" * 300
    more = onnx_graph.with_outputs(model([helper.make_node("Conv", ["x", "w"], [name])], ["scores"]), [name])
    assert [entry.name for entry in onnx.load_model_from_string(more).graph.output] == ["scores", name]


def test_a_map_whose_name_is_no_text_is_left_out() -> None:
    """Found by the fuzzer: the format does not say that a name is UTF-8."""
    kinds = {"one": "two", "two": "three"}
    nodes = [helper.make_node("Conv", [name, "w"], [made]) for name, made in kinds.items()]
    content = model([*nodes, helper.make_node("Gemm", ["three", "m"], ["scores"])], ["scores"])
    assert onnx_graph.maps(content) == ["two", "three"]
    assert onnx_graph.maps(content.replace(b"two", b"t\x96o")) == ["three"]


@pytest.mark.parametrize("content", [b"\xff", b"\x3a\x05ab", b"\x3b", b"\xff" * 20], ids=repr)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="protobuf"):
        onnx_graph.maps(content)


@settings(deadline=None)  # a busy machine is no fault
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        onnx_graph.maps(content)
