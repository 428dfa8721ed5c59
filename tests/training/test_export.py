from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small import RECIPE, samples

from inkdigit.errors import TrainingError
from inkdigit.reader import Reader
from inkdigit.recognition import glyph
from inkdigit.recognition.model import Model
from inkdigit.training import export as room
from inkdigit.training.loop import scores, train
from inkdigit.training.network import Network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return train(RECIPE, samples(), tmp_path_factory.mktemp("run"), accelerator="cpu")


@pytest.fixture(scope="module")
def path(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    room.export(network, samples(), RECIPE, 3, 0, path, commit="abc")
    return path


def test_the_file_scores_as_torch_does(network: Network, path: Path) -> None:
    pixels = samples().validation[0].glyphs[:, 0]
    found = Model(path).scores(pixels[:, None].astype(np.float32) / np.float32(255))
    ours = scores(network, pixels).numpy()
    assert np.abs(found - ours).mean() < 0.05 * ours.std(), "8-bit integers are this near, and no nearer"
    assert (found.argmax(1) == ours.argmax(1)).mean() > 0.97
    assert len(np.unique(found)) > 0.9 * found.size, "scores are not in steps"


def test_it_is_one_file_that_a_reader_reads_with(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == ["small.onnx"]
    assert Reader(model=path).digit(np.zeros((28, 28), np.uint8)).value is None


def test_the_card_says_how_it_was_made(path: Path) -> None:
    card = Model(path).card
    assert card.normaliser == glyph.VERSION
    assert card.provenance["seed"] == 3
    assert card.provenance["commit"] == "abc"
    assert card.provenance["recipe"]["name"] == "small"
    assert card.provenance["trained_on"] == {"digits8x8": 1200, "scribbles": 200}
    assert card.mistakes["digits8x8-validation"][1] == 500


def test_the_threshold_keeps_99_of_100_digits(network: Network, path: Path) -> None:
    card = Model(path).card
    found = scores(network, samples().validation[0].glyphs[:, 0]) / card.temperature
    kept = (found.softmax(1)[:, 10].numpy() <= card.refuse_above).mean()
    assert 0.985 <= kept <= 1


def test_the_temperature_makes_confidence_honest(network: Network, path: Path) -> None:
    """Dividing by it must not be worse than not dividing."""
    pool = samples().validation[0]
    found, labels = scores(network, pool.glyphs[:, 0]), torch.from_numpy(pool.labels)
    loss = torch.nn.functional.cross_entropy
    assert loss(found / Model(path).card.temperature, labels) <= loss(found, labels) + 1e-6


def test_mistakes_can_be_added(path: Path) -> None:
    room.add_mistakes(path, {"mnist-test": [12, 345]})
    assert Model(path).card.mistakes["mnist-test"] == [12, 345]


def test_an_export_that_scores_otherwise_is_not_kept(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_SAME", -1.0)
    with pytest.raises(TrainingError, match="of torch's"):
        room.export(network, samples(), RECIPE, 0, 0, tmp_path / "bad.onnx")
    assert list(tmp_path.iterdir()) == []
