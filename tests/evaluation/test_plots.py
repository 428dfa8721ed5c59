from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from readings import score_of

from inkdigit.errors import DataError
from inkdigit.evaluation import plots

DIGITS = score_of([1, 1, 2, 2, 7, 7], [1, 7, 2, 10, 7, 1], [0.9, 0.8, 0.99, 0.4, 0.7, 0.6])
OTHERS = score_of([10, 10, 10], [10, 10, 3], [0.3, 0.3, 0.9])
LOG = "epoch,loss,digits wrong of 500,scribbles wrong of 50\n1,1.5,200,50\n2,0.9,40,10\n3,0.7,12,0\n"


def test_every_plot_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    paths = plots.write([DIGITS, OTHERS], tmp_path / "plots", tmp_path / "log.csv")
    assert [path.name for path in paths] == [
        "confusion-made.png", "reliability-made.png", "mistakes-made.png", "refusals.png", "learning.png",
    ]  # fmt: skip
    for path in paths:
        with Image.open(path) as image:
            assert np.asarray(image.convert("L")).std() > 5, f"{path.name} is empty"


def test_without_other_marks_there_is_no_curve_of_refusals(tmp_path: Path) -> None:
    names = {path.name for path in plots.write([DIGITS], tmp_path)}
    assert names == {"confusion-made.png", "reliability-made.png", "mistakes-made.png"}


def test_a_perfect_score_can_be_drawn(tmp_path: Path) -> None:
    perfect = score_of([1, 2], [1, 2], [1.0, 1.0])
    assert len(plots.write([perfect], tmp_path)) == 3


def test_the_matrix_shows_every_count() -> None:
    texts = [text.get_text() for text in plots.confusion(DIGITS).axes[0].texts]
    assert sorted(texts) == ["1"] * 6


def test_a_folder_that_cannot_be_made_and_a_broken_log_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("epoch,loss\nx,y\n")
    with pytest.raises(DataError, match="a folder to write in"):
        plots.write([DIGITS], tmp_path / "file" / "plots")
    with pytest.raises(DataError, match=r"log\.csv"):
        plots.learning(tmp_path / "file")
