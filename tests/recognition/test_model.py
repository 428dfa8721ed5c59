from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import inkdigit
from inkdigit.errors import ModelError
from inkdigit.models import catalogue
from inkdigit.models.catalogue import shipped
from inkdigit.recognition import glyph, strip
from inkdigit.recognition.model import METADATA, LineModel, Model

GLYPHS = np.random.default_rng(0).random((5, 1, 28, 28), dtype=np.float32)


def changed(tmp_path: Path, model: Path | None = None, **card: Any) -> Path:
    """A copy of a model, the shipped one when None, that says something else of itself."""
    proto = onnx.load(model or shipped("western"))
    for entry in proto.metadata_props:
        if entry.key == METADATA:
            entry.value = json.dumps(json.loads(entry.value) | card)
    path = tmp_path / "changed.onnx"
    onnx.save(proto, path)
    return path


def foreign(path: Path) -> Path:
    """Somebody else's model: a product of matrices."""
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    tensor = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 28]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([node], "foreign", tensor[:1], tensor[1:])
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(proto, path)
    return path


def test_probabilities_sum_to_one_and_scores_have_a_column_a_label() -> None:
    model = Model(shipped())
    assert model.scores(GLYPHS).shape == (5, len(model.card.labels))
    assert model.probabilities(GLYPHS).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert model.probabilities(GLYPHS).dtype == np.float32


def test_one_at_a_time_and_all_at_once_score_the_same() -> None:
    model = Model(shipped())
    apart = np.concatenate([model.scores(row[None]) for row in GLYPHS])
    assert np.abs(apart - model.scores(GLYPHS)).max() < 1e-3


def test_the_shipped_card_says_what_the_network_was_made_of() -> None:
    path = shipped("western")
    card = Model(shipped()).card
    assert path.stat().st_size < 1_000_000
    assert card.labels == (*"0123456789", "other")
    assert card.normaliser == glyph.VERSION
    assert 0 < card.temperature < 5
    assert 0 < card.refuse_above < 1
    made = card.provenance
    digits = {"mnist", "digits", "digits-tablet", "scanned-digits"}
    others = {"uppercase", "lowercase", "symbols", "figures", "half-alikes"}
    others |= {"scribbles", "doodles", "numbers", "halves", "noise", "things", "scenes", "allographs"}
    assert set(made["trained_on"]) == digits | {f"{name}-spoilt" for name in digits} | others
    assert len(made["commit"]) == 40
    assert isinstance(made["seed"], int)
    assert made["weights_licence"] == "MIT"


def test_the_shipped_network_keeps_its_promises() -> None:
    counted = Model(shipped()).card.mistakes
    for name, least in (("mnist-test", 0.996), ("digits-validation", 0.98), ("digits-tablet-validation", 0.98)):
        wrong, total = counted[name]
        assert 1 - wrong / total >= least, name


def test_the_shipped_file_names_no_path_of_the_machine_that_made_it() -> None:
    content = shipped("western").read_bytes()
    assert b".py" not in content
    assert b"site-packages" not in content


@pytest.mark.parametrize("newer", [-1, 1], ids=["older", "newer"])
def test_another_normaliser_is_an_error_at_load(tmp_path: Path, newer: int) -> None:
    version = glyph.VERSION + newer
    with pytest.raises(ModelError, match=f"normaliser version {glyph.VERSION}, got version {version} in"):
        Model(changed(tmp_path, normaliser=version))
    version = strip.VERSION + newer
    lines = changed(tmp_path, catalogue.WEIGHTS / f"western{catalogue.LINE}.onnx", normaliser=version)
    with pytest.raises(ModelError, match=f"normaliser version {strip.VERSION}, got version {version} in"):
        LineModel(lines)


@pytest.mark.parametrize(
    "card",
    [{"temperature": 0}, {"temperature": "warm"}, {"refuse_above": 2}, {"labels": ["0", "1"]}, {"provenance": 3}],
    ids=str,
)
def test_a_card_out_of_range_is_an_error_at_load(tmp_path: Path, card: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="broken metadata"):
        Model(changed(tmp_path, **card))


def test_more_labels_than_scores_is_an_error_at_load(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="10 scores, one a label"):
        Model(changed(tmp_path, labels=[*"0123456789"]))


def test_a_foreign_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="foreign"):
        inkdigit.Reader(model=foreign(tmp_path / "foreign.onnx"))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x07" * 100], ids=["empty", "text", "noise"])
def test_a_corrupt_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "corrupt.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"does not load|foreign"):
        Model(path)


def test_half_a_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    content = shipped("western").read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="does not load"):
        Model(path)


def test_a_missing_model_and_a_missing_script_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file at"):
        Model(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="western"):
        shipped("klingon")
