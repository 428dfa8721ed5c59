from __future__ import annotations

import pytest
import torch

from inkdigit.training.network import Network


@pytest.mark.parametrize(("labels", "channels", "count"), [(11, 1, 1), (10, 1, 5), (11, 3, 2)])
def test_glyphs_in_scores_out(labels: int, channels: int, count: int) -> None:
    network = Network(labels=labels, channels=channels, width=4).eval()
    assert network(torch.rand(count, channels, 28, 28)).shape == (count, labels)


def test_the_shipped_size_stays_under_a_megabyte() -> None:
    assert sum(p.numel() for p in Network().parameters()) * 4 < 1_000_000
