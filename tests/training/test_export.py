from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from small import RECIPE, Finished, samples

from inkdigit.errors import TrainingError
from inkdigit.reader import Reader
from inkdigit.recognition import glyph
from inkdigit.recognition.model import Model
from inkdigit.training import export as room
from inkdigit.training.loop import scores
from inkdigit.training.network import Network
from inkdigit.training.pools import Pool


@pytest.fixture
def network(finished: Finished) -> Network:
    return finished.network


@pytest.fixture
def path(finished: Finished) -> Path:
    return finished.path


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


def test_mistakes_can_be_added(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(path, tmp_path))
    room.add_mistakes(copy, {"mnist-test": [12, 345]})
    assert Model(copy).card.mistakes["mnist-test"] == [12, 345]


def test_an_export_that_scores_otherwise_is_not_kept(
    network: Network, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "write", lambda _, part, *given: shutil.copy(path, part))  # which takes long
    monkeypatch.setattr(room.loop, "scores", lambda _, pixels: room.file_scores(path, pixels) + 2e-3)
    with pytest.raises(TrainingError, match=r"within 0\.001 of torch's, got 0\.002"):
        room.export(network, samples(), RECIPE, 0, 0, tmp_path / "bad.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("off", "same"), [(8e-4, True), (-8e-4, True), (1.2e-3, False), (-1.2e-3, False)])
def test_scores_may_differ_by_a_thousandth(
    network: Network, monkeypatch: pytest.MonkeyPatch, off: float, same: bool
) -> None:
    def of_file(_: Path, pixels: np.ndarray) -> torch.Tensor:
        found = scores(network, pixels)
        found[-1, 4] += off
        return found

    monkeypatch.setattr(room, "file_scores", of_file)
    with contextlib.nullcontext() if same else pytest.raises(TrainingError, match=r"within 0\.001 of torch's"):
        room.check_same(network, Path("file.onnx"), samples().validation[0].glyphs[:500, 0])


def pool(name: str, *labels: int) -> Pool:
    return Pool(name, np.zeros((len(labels), 1, 28, 28), np.uint8), np.array(labels))


def of_other(*chances: float) -> torch.Tensor:
    """Scores of a 3, and of no digit with these chances."""
    found = torch.full((len(chances), 11), -100.0)
    found[:, 3], found[:, 10] = torch.log(1 - torch.tensor(chances)), torch.log(torch.tensor(chances))
    return found


@pytest.mark.parametrize("names", [("easy", "hard", "none"), ("none", "hard", "easy"), ("hard", "none", "easy")])
def test_the_threshold_is_that_of_the_pool_of_digits_that_loses_most(names: tuple[str, ...]) -> None:
    chances = [place / 2000 for place in range(1, 202)]  # the 995th thousandth is 0.1
    found = {
        "easy": of_other(*chances),
        "hard": of_other(*[5 * chance for chance in chances]),
        "none": of_other(*[0.9] * 201),
    }
    pools = {name: pool(name, *([10] if name == "none" else [3]) * 201) for name in names}
    assert room._threshold(tuple(pools[name] for name in names), found, 1.0) == pytest.approx(0.5, abs=1e-4)
    digits = tuple(pools[name] for name in names if name != "none")
    assert room._threshold(digits, found, 1.0) == 1.0, "a network that never saw other marks refuses none"


def test_the_threshold_is_of_chances_after_the_temperature() -> None:
    found = {"digits": of_other(*[0.2] * 9), "none": of_other(0.9)}
    pools = (pool("digits", *[3] * 9), pool("none", 10))
    assert room._threshold(pools, found, 0.5) == pytest.approx(1 / 17, abs=1e-4)  # 0.2 : 0.8 squared is 1 : 16
    assert room._threshold(pools, found, 2.0) == pytest.approx(1 / 3, abs=1e-4)  # and its root is 1 : 2


def test_marks_that_are_no_digit_do_not_enter_the_temperature() -> None:
    """Of the digits three of four are right: they are honest where a 3 has a chance of 3/4, as one of 9 to 3 has."""
    found = torch.full((4, 11), -100.0)
    found[:, 3], found[:, 5] = 2 * float(np.log(3)), 0.0
    digits = pool("digits", 3, 3, 3, 5)
    assert room._temperature((digits,), {"digits": found}) == pytest.approx(2, abs=0.02)
    for other in (found, 5 * found):
        scored = {"digits": found, "none": torch.cat([other] * 25)}
        for pools in ((digits, pool("none", *[10] * 100)), (pool("none", *[10] * 100), digits)):
            assert room._temperature(pools, scored) == pytest.approx(2, abs=0.02)


def test_every_pool_of_digits_counts_the_same_in_the_temperature() -> None:
    found = torch.full((4, 11), -100.0)
    found[:, 3], found[:, 5] = 2 * float(np.log(3)), 0.0
    scored = {"right": torch.cat([found] * 9), "even": found}
    many, few = pool("right", *[3, 3, 3, 3] * 9), pool("even", 3, 3, 5, 5)  # together three of four
    assert room._temperature((many, few), scored) == pytest.approx(2, abs=0.02)


def test_the_card_names_the_script_and_whether_its_data_may_be_used_commercially(
    network: Network, tmp_path: Path
) -> None:
    for script, bound in (("thai", False), ("persian", True)):
        room.export(network, samples(), RECIPE, 3, 0, tmp_path / f"{script}.onnx", "abc", script=script)
        card = Model(tmp_path / f"{script}.onnx").card
        assert (card.script, card.provenance["non_commercial"]) == (script, bound)


def test_a_pool_without_a_mistake_does_not_make_it_boundlessly_sure() -> None:
    labels = np.arange(10, dtype=np.int64).repeat(2)
    scores = torch.full((20, 11), 0.0)
    scores[torch.arange(20), torch.from_numpy(labels)] = 6.0
    few = (Pool("few", np.zeros((20, 1, 28, 28), np.uint8), labels),)
    sure = float((scores[0] / room._temperature(few, {"few": scores}, few=True)).softmax(0).max())
    assert sure == pytest.approx(1 - 10 / 11 / 21, abs=0.01)
