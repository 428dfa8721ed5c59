"""Learning a hand for good: what is held back, when the new network is kept, and that it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn import ODD_HAND, wobbled
from small import WRITERS, few, pictures, write_pen

import inkdigit
from inkdigit.data.datasets import fold_of
from inkdigit.errors import TrainingError
from inkdigit.models import versions
from inkdigit.models.catalogue import added
from inkdigit.store import intake, store
from inkdigit.store.store import Store
from inkdigit.training import learn as learning
from inkdigit.training.learn import OWN, Learned, corrections, learn, rehearsal
from inkdigit.training.network import Network
from inkdigit.training.samples import Samples


@pytest.fixture
def settings(tmp_path: Path) -> inkdigit.Settings:
    return inkdigit.Settings(models=str(tmp_path / "models"), store=str(tmp_path / "store.sqlite"))


def taught(reader: inkdigit.Reader, settings: inkdigit.Settings, times: int) -> Store:
    own = store.open(settings)
    drawings = [(wobbled(strokes, seed), digit) for seed in range(times) for digit, strokes in ODD_HAND.items()]
    own.keep_many(intake.from_strokes(reader, drawn, single=True, correct=[digit]) for drawn, digit in drawings)
    return own


def test_too_few_corrections_are_refused(reader: inkdigit.Reader, settings: inkdigit.Settings) -> None:
    with pytest.raises(TrainingError, match="20 corrected marks or more, got 18"):
        corrections(taught(reader, settings, 9))


def test_every_third_correction_of_a_digit_is_held_back(reader: inkdigit.Reader, settings: inkdigit.Settings) -> None:
    own, held = corrections(taught(reader, settings, 10))
    assert (len(own.labels), len(held.labels)) == (14, 6)
    assert sorted(held.labels) == [4, 4, 4, 8, 8, 8]
    assert not any((glyph == other).all() for glyph in own.glyphs for other in held.glyphs)


def test_a_better_network_is_kept_read_with_and_taken_back(
    reader: inkdigit.Reader, settings: inkdigit.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = Samples(few().training, few().validation[:1])  # so few scribbles would be forgotten
    monkeypatch.setattr(learning, "rehearsal", lambda *_: replay)
    monkeypatch.setattr(learning, "_RECIPE", replace(learning._RECIPE, rate=0.01, epochs=8, batch=32))  # of few steps
    stages: list[str] = []
    done = learn(settings, taught(reader, settings, 12), on_stage=stages.append)
    assert done.why == ""
    assert done.path is not None
    assert done.before[OWN] == (8, 8)
    assert done.after[OWN][0] < 4
    assert done.after["digits8x8"][0] <= done.before["digits8x8"][0]
    assert done.with_profile <= 1
    assert stages[:3] == ["Drawing the replay", "Learning", "Checking 100% of the way"]
    new = inkdigit.Reader(settings=settings)
    assert new.model.path == done.path
    assert new.model.card.provenance["went_on_from"]["file"] == "western.onnx"
    assert new.model.card.mistakes["corrections-validation"] == list(done.after[OWN])
    assert new.model.others is not None  # it can learn a hand in its turn
    assert versions.back(settings) == "western"
    assert inkdigit.Reader(settings=settings).model.path != done.path


def test_a_network_that_forgets_is_not_kept(
    reader: inkdigit.Reader, settings: inkdigit.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Network()  # answers 8 to everything: right on half of the corrections, and wrong elsewhere
    torch.nn.init.zeros_(stubborn.scores.weight)
    stubborn.scores.bias.data = torch.tensor([0.0] * 8 + [20.0] + [0.0] * 2)
    monkeypatch.setattr(learning, "_SHARES", (1.0,))
    monkeypatch.setattr(learning, "rehearsal", lambda *_: few())
    monkeypatch.setattr(learning, "train", lambda *_, **__: stubborn.eval())
    done = learn(settings, taught(reader, settings, 12))
    assert done.path is None
    assert "reads digits8x8 worse" in done.why
    assert added(settings) == []


@pytest.mark.parametrize(
    ("own", "other", "why"),
    [
        ((10, 5), (3, 4), ""),
        ((10, 10), (3, 3), "reads no more of the corrections held back: 10 of 30 wrong"),
        ((10, 11), (3, 0), "reads no more"),
        ((10, 0), (3, 5), "reads mnist worse: 5 of 1,000 wrong, before 3"),
        ((10, 0), (0, 1), ""),
    ],
)
def test_better_on_corrections_and_at_most_a_thousandth_worse_elsewhere_is_kept(
    own: tuple[int, int], other: tuple[int, int], why: str
) -> None:
    before, after = ({OWN: (own[at], 30), "mnist": (other[at], 1000)} for at in range(2))
    assert why in learning._why_not(before, after)
    assert bool(why) == bool(learning._why_not(before, after))


def test_what_came_of_it_is_json(tmp_path: Path) -> None:
    done = Learned({OWN: (3, 10)}, {OWN: (1, 10)}, 2, tmp_path / "learned-1.onnx", "")
    assert done.to_json()["path"] == str(tmp_path / "learned-1.onnx")
    assert Learned({}, {}, 0, None, "worse").to_json()["path"] is None


def test_the_replay_holds_back_the_writers_of_the_fold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pen(tmp_path)
    monkeypatch.setattr(learning, "_REPLAY", 60)
    monkeypatch.setattr(learning, "MNIST_VALIDATION", 20)
    monkeypatch.setattr(learning.datasets, "mnist", lambda part, settings: pictures(0, 300))
    found = rehearsal(inkdigit.Settings(data=str(tmp_path)), 0, 0)
    counts = {pool.name: len(pool.labels) for pool in found.training}
    assert (counts["mnist"], counts["digits"], counts["digits-tablet"]) == (180, 60, 60)
    held = sum(fold_of(writer) == 0 for writer in WRITERS)
    assert 0 < held < len(WRITERS)
    assert counts["uppercase"] == len(WRITERS) - held, "fewer than asked for, without the look-alikes"
    validated = {pool.name: pool for pool in found.validation}
    assert (len(validated["mnist"].labels), len(validated["digits"].labels)) == (20, 4 * held)
    assert {fold_of(writer) for writer in validated["digits"].writers} == {0}
    assert all(pool.writers == () for pool in found.training)


def test_half_as_many_are_replayed_of_what_is_no_digit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pen(tmp_path)
    monkeypatch.setattr(learning, "_REPLAY", 12)
    monkeypatch.setattr(learning.datasets, "mnist", lambda part, settings: pictures(0, 300))
    monkeypatch.setattr(learning, "MNIST_VALIDATION", 280)
    counts = {p.name: len(p.labels) for p in rehearsal(inkdigit.Settings(data=str(tmp_path)), 0, 0).training}
    assert (counts["digits"], counts["uppercase"], counts["symbols"]) == (12, 6, 6)
