"""The table of scripts: their digits are those of Unicode, their names are told, look-alikes are of other scripts."""

from __future__ import annotations

import unicodedata

import pytest

from inkdigit import scripts
from inkdigit.data.datasets import LOOK_ALIKES
from inkdigit.errors import ScriptError
from inkdigit.scripts import SCRIPTS


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "chinese"])
def test_the_digits_of_a_script_are_those_that_unicode_counts(name: str) -> None:
    assert [unicodedata.digit(sign) for sign in SCRIPTS[name].digits] == list(range(10))


def test_chinese_digits_are_the_positional_ones() -> None:
    values = [unicodedata.numeric(sign) for sign in SCRIPTS["chinese"].digits]
    assert values == list(range(10))


def test_no_two_scripts_share_a_sign() -> None:
    signs = "".join(one.digits for one in SCRIPTS.values())
    assert len(signs) == len(set(signs)) == 140


@pytest.mark.parametrize(
    ("script", "text", "native"),
    [
        ("kannada", "407", "೪೦೭"),
        ("arabic-indic", "12.5", "١٢.٥"),
        ("chinese", "2026", "二零二六"),
        ("thai", "4?1", "๔?๑"),
        ("western", "-42", "-42"),
    ],
)
def test_a_text_is_told_in_the_digits_of_a_script(script: str, text: str, native: str) -> None:
    assert SCRIPTS[script].native(text) == native


def test_the_digits_run_from_left_to_right_where_the_text_around_them_does_not() -> None:
    assert [name for name, one in SCRIPTS.items() if one.runs_left] == ["arabic-indic", "persian"]
    assert SCRIPTS["persian"].native("15")[0] == "۱"


def test_an_unknown_script_is_told_with_those_that_are_known() -> None:
    with pytest.raises(
        ScriptError, match=r"Expected a script: western, arabic-indic, .*chinese, got 'klingon'.*auto or mixed"
    ):
        scripts.named("klingon")


@pytest.mark.parametrize("name", SCRIPTS)
def test_look_alikes_are_marks_of_others(name: str) -> None:
    alike = scripts.look_alikes(name)
    assert alike
    assert not {one for one in alike if one.startswith(f"{name}/")}
    assert {one.partition("/")[0] for one in alike} <= {*SCRIPTS, "letter"}


def test_every_ring_is_alike() -> None:
    assert {"thai/0", "western/0", "letter/O", "arabic-indic/5"} <= scripts.look_alikes("kannada")


def test_letters_that_look_like_western_digits_are_known_as_such() -> None:
    letters = {one.partition("/")[2] for one in scripts.look_alikes("western") if one.startswith("letter/")}
    assert {"O", "l", "S", "Z", "q"} <= LOOK_ALIKES
    assert {"O", "l", "Z", "q", "I"} <= letters


def test_data_that_may_not_be_used_commercially_says_so() -> None:
    assert {name for name, one in SCRIPTS.items() if one.non_commercial} == {
        "persian", "devanagari", "bengali", "telugu", "tibetan",
    }  # fmt: skip
    assert all(one.source for name, one in SCRIPTS.items() if name != "western")
