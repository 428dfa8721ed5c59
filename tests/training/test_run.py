from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small import RECIPE, few, pictures

from inkdigit.data import datasets
from inkdigit.errors import TrainingError
from inkdigit.models.catalogue import shipped
from inkdigit.recognition.model import Model
from inkdigit.settings import Settings
from inkdigit.training import recipes, run


def test_a_run_goes_from_data_to_a_model_with_its_mistakes_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.RECIPES, "small", replace(RECIPE, epochs=2))
    monkeypatch.setattr(run, "collect", lambda *arguments, **options: few())
    monkeypatch.setattr(datasets, "mnist", lambda part, settings: pictures(1700, 1797))
    path = run.run("small", tmp_path, 0, 0, Settings())
    card = Model(path).card
    assert card.mistakes["mnist-test"][1] == 97
    assert card.provenance["recipe"]["epochs"] == 2


def test_recipes_are_known_by_name() -> None:
    assert recipes.named("default").name == "default"
    assert recipes.named("fast").with_pen is False
    with pytest.raises(TrainingError, match="fast, default, wide, distilled"):
        recipes.named("sorcery")


def test_a_teacher_that_saw_the_writers_who_validate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="a teacher that held back fold 3"):
        run.run("distilled", tmp_path, 0, 3, Settings(), teachers=[shipped("western")])
