"""What counts as read on real paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import inkdigit
from inkdigit.errors import DataError
from inkdigit.evaluation.paper import counting, fields
from inkdigit.evaluation.paper.counting import PageScore, Reading

PLACE = (100, 100, 200, 140)


def amounts_file(folder: Path, **changed: Any) -> inkdigit.Settings:
    """A data folder with two amounts of 20x30 and 10x40 pixels."""
    arrays = {"pixels": np.arange(1000) % 256, "shapes": np.array([[20, 30], [10, 40]]), "text": np.array(["12", "7"])}
    (folder / "fields").mkdir()
    arrays["pixels"] = arrays["pixels"].astype(np.uint8)
    np.savez(folder / "fields" / "amounts.npz", **(arrays | changed))
    return inkdigit.Settings(data=str(folder))


def test_an_amount_is_its_longest_reading(tmp_path: Path) -> None:
    settings = amounts_file(tmp_path)
    answers: list[list[Reading]] = [[("1", 0.99, PLACE), ("1-2", 0.5, PLACE)], [("33", 0.95, PLACE)]]
    shapes = []

    def read(picture: NDArray[np.uint8]) -> list[Reading]:
        shapes.append(picture.shape)
        return answers[len(shapes) - 1]

    found = fields.score_amounts(read, settings)
    assert shapes == [(20, 30), (10, 40)]
    assert (found.written, found.found, found.right, found.sure, found.false, found.sure_false) == (2, 2, 1, 0, 1, 1)
    nothing = fields.score_amounts(lambda _: [("?", 0.9, PLACE)], settings, 1)
    assert (nothing.written, nothing.found, nothing.right, nothing.false) == (1, 0, 0, 0)


@pytest.mark.parametrize("changed", [{"shapes": np.array([[20, 30]])}, {"text": np.array(["12"])}, {"text": None}])
def test_a_damaged_file_of_amounts_is_an_error(tmp_path: Path, changed: dict[str, Any]) -> None:
    settings = amounts_file(tmp_path, **changed)
    with pytest.raises(DataError, match="Fetch the file again"):
        fields.amounts(settings)
    for lacking in (inkdigit.Settings(data=str(tmp_path / "none")), inkdigit.Settings()):
        with pytest.raises(DataError, match="folder that holds fields/"):
            fields.amounts(lacking)


def test_the_numbers_of_the_card_count_as_often_as_they_stand_there(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    cv2.imwrite(str(tmp_path / "pages" / "score-card.jpg"), np.zeros((40, 30, 3), np.uint8))
    settings = inkdigit.Settings(data=str(tmp_path))

    def score(*texts: str) -> tuple[int, int, int]:
        found = fields.score_card(lambda _: [(text, 0.95, PLACE) for text in texts], settings)
        return found.right, found.false, found.written

    assert score(*map(str, fields.ON_CARD)) == (24, 0, 24)
    assert score("50", "50", "?", "77") == (1, 2, 24)
    assert score() == (0, 0, 24)


def test_a_real_score_card_on_a_dark_table_is_read(reader: inkdigit.Reader, data_settings: inkdigit.Settings) -> None:
    """Of its 24 numbers; the grain of the table looks like 1s."""
    found = fields.score_card(counting.by(reader), data_settings)
    assert found.right >= 22
    assert found.false <= 12
    assert found.sure_false == 0


def test_most_amounts_cut_from_real_cheques_are_read(reader: inkdigit.Reader, data_settings: inkdigit.Settings) -> None:
    found, read = PageScore("amounts"), counting.by(reader)
    for picture, text in fields.amounts(data_settings)[60:120]:
        fields.add_amount(found, text, read(picture))
    assert found.right >= 34
    assert found.sure_false <= 2
