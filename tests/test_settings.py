from __future__ import annotations

from dataclasses import fields

import pytest

from inkdigit.errors import SettingError
from inkdigit.settings import Settings, rows, variable


def test_a_variable_sets_a_setting() -> None:
    settings = Settings.from_environment(
        {"INKDIGIT_PORT": "9000", "INKDIGIT_MAX_POINTS": "1_000", "INKDIGIT_DATA": "d"}
    )
    assert (settings.port, settings.max_points, settings.data) == (9000, 1000, "d")


def test_what_is_given_goes_before_the_variable_and_none_does_not() -> None:
    environment = {"INKDIGIT_PORT": "9000"}
    assert Settings.from_environment(environment, port=9001).port == 9001
    assert Settings.from_environment(environment, port=None).port == 9000
    assert Settings.from_environment({}).port == Settings().port


@pytest.mark.parametrize("text", ["x", "1.5", "-1", "70000"])
def test_a_variable_that_is_no_good_number_is_named(text: str) -> None:
    with pytest.raises(SettingError, match="INKDIGIT_PORT"):
        Settings.from_environment({"INKDIGIT_PORT": text})


@pytest.mark.parametrize("item", [item for item in fields(Settings) if item.metadata["low"] is not None])
def test_a_range_holds_below_at_and_above(item: object) -> None:
    name, low, high = item.name, item.metadata["low"], item.metadata["high"]  # type: ignore[attr-defined]
    for inside in (low, high):
        assert getattr(Settings(**{name: inside}), name) == inside
    for outside in (low - 1, high + 1):
        with pytest.raises(SettingError, match=name):
            Settings(**{name: outside})


def test_the_rows_for_the_docs_name_every_setting() -> None:
    assert [row[0] for row in rows()] == [variable(item.name) for item in fields(Settings)]
    assert all(row[2].endswith(".") for row in rows())
