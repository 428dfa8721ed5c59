"""A network that is trained and exported once for all who only look at it."""

from __future__ import annotations

from typing import cast

import pytest
from small import RECIPE, Finished, samples

from inkdigit.training.checkpoint import Epoch
from inkdigit.training.export import export
from inkdigit.training.loop import train
from inkdigit.training.network import Network


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder, path = (tmp_path_factory.mktemp(name) for name in ("finished", "model"))
    epochs: list[Epoch] = []
    network = cast(Network, train(RECIPE, samples(), folder, on_epoch=epochs.append, accelerator="cpu"))
    export(network, samples(), RECIPE, 3, 0, path / "small.onnx", commit="abc")
    return Finished(epochs, folder, network, path / "small.onnx")
