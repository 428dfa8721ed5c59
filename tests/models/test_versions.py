"""Which model is in use, and taking a version back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import inkdigit
from inkdigit.errors import ModelError
from inkdigit.models import versions
from inkdigit.models.catalogue import chosen, find, folder, shipped


@pytest.fixture
def settings(tmp_path: Path) -> inkdigit.Settings:
    return inkdigit.Settings(models=str(tmp_path / "models"))


def test_without_a_choice_the_shipped_one_is_read_with(settings: inkdigit.Settings) -> None:
    assert chosen(settings) == ""
    assert find(None, settings) == shipped()


def test_a_new_version_is_read_with_and_can_be_taken_back_step_by_step(settings: inkdigit.Settings) -> None:
    first = versions.take_in(shipped("western"), settings)
    second = versions.take_in(shipped("western"), settings)
    assert (first.name, second.name) == ("learned-1.onnx", "learned-2.onnx")
    assert find(None, settings) == second
    assert inkdigit.Reader(settings=settings).model.path == second
    assert versions.back(settings) == "learned-1"
    assert find(None, settings) == first
    assert versions.back(settings) == "western"
    assert find(None, settings) == shipped()
    assert second.exists()  # taken back is not thrown away
    versions.use("learned-2", settings)
    assert find(None, settings) == second


def test_what_is_named_goes_before_what_is_in_use(settings: inkdigit.Settings) -> None:
    versions.take_in(shipped("western"), settings)
    assert find(shipped("western"), settings) == shipped("western")


def test_the_number_of_a_removed_version_is_not_given_twice_while_a_later_one_is_there(
    settings: inkdigit.Settings,
) -> None:
    first, _ = versions.take_in(shipped("western"), settings), versions.take_in(shipped("western"), settings)
    first.unlink()
    assert versions.take_in(shipped("western"), settings).stem == "learned-3"
    versions.back(settings)
    assert versions.back(settings) == "western"  # over the gap


def test_there_is_nothing_to_take_back_from_the_shipped_one(settings: inkdigit.Settings) -> None:
    with pytest.raises(ModelError, match="nothing to take back"):
        versions.back(settings)


def test_an_unknown_name_is_refused_with_those_that_are_known(settings: inkdigit.Settings) -> None:
    versions.take_in(shipped("western"), settings)
    with pytest.raises(ModelError, match="western, learned-1"):
        versions.use("best", settings)


@pytest.mark.parametrize("text", [b"gone", b"", b"\xff\xfe", b"../western"], ids=repr)
def test_a_choice_that_makes_no_sense_is_the_shipped_one(settings: inkdigit.Settings, text: bytes) -> None:
    folder(settings).mkdir(parents=True)
    (folder(settings) / "in-use").write_bytes(text)
    assert find(None, settings) == shipped()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in its place")
    with pytest.raises(ModelError, match="to write"):
        versions.take_in(shipped("western"), inkdigit.Settings(models=str(tmp_path / "models")))


def test_a_model_that_was_removed_by_hand_is_not_missed(settings: inkdigit.Settings) -> None:
    versions.take_in(shipped("western"), settings)
    shutil.rmtree(folder(settings))
    assert find(None, settings) == shipped()
