"""What a written model file carries so that a hand can be learned with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from small import Finished, samples

from inkdigit.errors import TrainingError
from inkdigit.recognition import profile
from inkdigit.recognition.model import METADATA, OTHERS, Model
from inkdigit.training import embedding, metadata


@pytest.fixture
def path(finished: Finished) -> Path:
    return finished.path


def test_the_embedding_is_the_mean_of_each_last_map(path: Path) -> None:
    glyphs = samples().validation[0].glyphs[:5].astype(np.float32) / np.float32(255)
    model = Model(path)
    scores, found = model.features(glyphs)
    assert found.shape == (5, 24)
    assert np.array_equal(scores, model.scores(glyphs) / np.float32(model.card.temperature))
    proto = onnx.load(path)
    flat = next(node for node in proto.graph.node if node.op_type in ("Reshape", "Flatten"))
    proto.graph.output.append(onnx.ValueInfoProto(name=flat.input[0]))
    session = embedding.onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    maps = session.run([flat.input[0]], {"glyphs": glyphs})[0]
    assert maps.shape == (5, 24, 5, 5)
    assert found == pytest.approx(maps.mean(axis=(2, 3)), abs=1e-5)


def test_the_marks_of_others_are_as_many_doubtful_as_ordinary_ones_of_those_read_right(path: Path) -> None:
    others = Model(path).others
    assert others is not None
    assert len(others) % 2 == 0
    assert 0 < len(others) <= 2 * embedding.KEPT
    assert others.shape[1] == 24


def test_a_hand_can_be_learned_with_it(path: Path) -> None:
    pool = samples().validation[0]
    found = profile.learn(Model(path), pool.glyphs[:30, 0], pool.labels[:30])
    assert found.marks == 30
    assert found.right_left_out >= found.right_before


def test_metadata_is_put_beside_what_is_there(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(path.read_bytes())
    metadata.put(copy, "note", "mine")
    assert metadata.get(copy, "note") == "mine"
    assert metadata.get(copy, OTHERS) == metadata.get(path, OTHERS) != ""
    assert metadata.get(copy, METADATA) == metadata.get(path, METADATA)
    assert metadata.get(copy, "nothing") == ""
    assert [file.name for file in tmp_path.iterdir()] == ["copy.onnx"]


def test_a_network_that_flattens_nothing_is_refused(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Identity", ["glyphs"], ["scores"])
    shape = onnx.helper.make_tensor_value_info("glyphs", onnx.TensorProto.FLOAT, ["n", 11])
    out = onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["n", 11])
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", [shape], [out])), tmp_path / "flat.onnx")
    with pytest.raises(TrainingError, match="flattens its last maps"):
        embedding.add_embedding(tmp_path / "flat.onnx")
