"""The model repository for Triton, held against its own definition of a configuration and against our answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from here import missing
from typer.testing import CliRunner

import inkdigit
from inkdigit.cli.commands import app
from inkdigit.errors import ModelError
from inkdigit.models import triton
from inkdigit.models.catalogue import shipped
from inkdigit.recognition.model import Model
from inkdigit.web.inference import MODELS


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("triton") / "models"
    triton.write(folder, Model(shipped()))
    return folder


def session(folder: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(folder / "digits" / "1" / "model.onnx", providers=["CPUExecutionProvider"])


def marks() -> np.ndarray[Any, Any]:
    """Drawn digits, letters, noise, faint ink, a full sheet and empty ones, uint8 (n, 28, 28)."""
    from inkdigit.models import specimens
    from inkdigit.recognition import glyph

    chance = np.random.default_rng(3)
    drawn = [np.rint(glyph.from_strokes(one, 2.6).pixels * 255).astype(np.uint8) for one in specimens.digits()[1]]
    noise = chance.integers(0, 256, (40, 28, 28)).astype(np.uint8) * (chance.random((40, 28, 28)) < 0.3)
    special = [np.zeros((28, 28)), np.full((28, 28), 255), np.eye(28), np.eye(28) * 255, np.zeros((28, 28))]
    return np.concatenate([np.stack(drawn), noise, np.stack(special)]).astype(np.uint8)


def test_the_files_lie_where_triton_looks_for_them(repository: Path) -> None:
    files = sorted(str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file())
    assert files == ["digits/1/model.onnx", "digits/config.pbtxt", "digits/labels.txt"]
    assert (repository / "digits" / "labels.txt").read_text().split() == list("0123456789")


def test_the_configuration_is_one_of_triton_and_says_what_our_service_says(repository: Path) -> None:
    try:
        from google.protobuf import text_format
        from tritonclient.grpc import model_config_pb2
    except (ImportError, RuntimeError):
        missing("tritonclient with grpc", "Install the extra [dev].")
    text = (repository / "digits" / "config.pbtxt").read_text()
    said = text_format.Parse(text, model_config_pb2.ModelConfig())
    assert (said.name, said.platform, said.max_batch_size) == ("digits", "onnxruntime_onnx", 0)
    kind = model_config_pb2.DataType.Name
    found = [
        tuple((one.name, kind(one.data_type).removeprefix("TYPE_"), tuple(one.dims)) for one in entries)
        for entries in (said.input, said.output)
    ]
    assert tuple(found) == MODELS["digits"]
    assert [one.label_filename for one in said.output] == ["", "", "labels.txt"]


def test_the_graph_takes_and_gives_what_the_configuration_says(repository: Path) -> None:
    kinds = {"tensor(uint8)": "UINT8", "tensor(int64)": "INT64", "tensor(float)": "FP32"}
    loaded = session(repository)
    found = [
        tuple(
            (one.name, kinds[one.type], tuple(side if type(side) is int else -1 for side in one.shape)) for one in some
        )
        for some in (loaded.get_inputs(), loaded.get_outputs())
    ]
    assert tuple(found) == MODELS["digits"]


def test_it_reads_what_the_reader_reads(repository: Path, reader: inkdigit.Reader) -> None:
    glyphs = marks()
    digits, confidences, chances = session(repository).run(None, {"glyphs": glyphs})
    read = reader.glyphs(glyphs)
    assert digits.tolist() == [-1 if one.value is None else one.value for one in read]
    assert -1 in digits[:-1].tolist()
    assert set(digits[:50].tolist()) >= set(range(10))
    np.testing.assert_allclose(confidences, [one.confidence for one in read], atol=1e-5)
    np.testing.assert_allclose(chances, np.stack([one.probabilities for one in read]), atol=1e-5)


def test_one_glyph_and_none_are_read_too(repository: Path) -> None:
    loaded = session(repository)
    for count in (0, 1):
        found = loaded.run(None, {"glyphs": marks()[:count]})
        assert [one.shape for one in found] == [(count,), (count,), (count, 10)]


def test_a_model_that_was_added_is_exported_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of ten scores, which cannot say that a mark is no digit, and whose input has our name."""
    from tests.models.test_hostile import network  # type: ignore[import-not-found]

    model = Model(network(tmp_path / "m.onnx"))
    triton.write(tmp_path / "out", model)
    digits, confidences, _ = session(tmp_path / "out").run(None, {"glyphs": marks()})
    chances = model.probabilities((marks()[:, None] / np.float32(255)).astype(np.float32))
    inked = marks().any(axis=(1, 2))
    assert digits[inked].tolist() == chances.argmax(axis=1)[inked].tolist()
    assert set(digits[~inked].tolist()) == {-1}
    np.testing.assert_allclose(confidences[inked], np.minimum(chances.max(axis=1), 0.994)[inked], atol=1e-5)


def test_the_command_writes_it(tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["export", "triton", str(tmp_path / "models")])
    assert (done.exit_code, done.output.count("wrote ")) == (0, 3)
    assert session(tmp_path / "models").run(None, {"glyphs": marks()[:3]})[0].tolist() == [0, 0, 0]
    assert run(app, ["export", "triton", str(tmp_path / "models")]).exit_code == 1, "it holds something now"
    assert run(app, ["export", "tensorrt", str(tmp_path / "other")]).exit_code == 2


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(ModelError, match=r"a new folder, or an empty one, got .* which holds something"):
            triton.write(place, Model(shipped()))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"a folder that can be written to, got .*file"):
        triton.write(tmp_path / "file" / "models", Model(shipped()))


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"the extra \[triton\], got no onnx\. Run pip install"):
        triton.write(tmp_path / "models", Model(shipped()))
    assert not (tmp_path / "models").exists()
