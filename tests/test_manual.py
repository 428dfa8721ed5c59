"""The manual page: made from the commands as they are, and without a fault for those who print it."""

from __future__ import annotations

import os
import shutil
import subprocess

import manual
import typer
from here import missing

from inkdigit import settings
from inkdigit.cli.commands import app

TEXT = manual.PAGE.read_text(encoding="utf-8")


def test_the_page_is_made_from_the_commands() -> None:
    assert manual.page() == TEXT, "run python docs/manual.py"


def test_every_command_option_and_setting_is_on_it() -> None:
    plain = TEXT.replace("\\-", "-")
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert f".SS inkdigit {name} " in plain
        for one in command.params:
            for option in one.opts if one.param_type_name == "option" else ():
                assert f"\\fB{option}\\fR" in plain, f"{name} {option}"
    for variable, _, _ in settings.rows():
        assert f"\\fB{variable}\\fR" in plain


def test_signs_of_roff_stand_for_themselves() -> None:
    assert manual.text(".onnx's \\ `-`") == "\\&.onnx\\(aqs \\e \\(ga\\-\\(ga"


def test_man_prints_the_page_and_has_nothing_to_say_against_it() -> None:
    if shutil.which("man") is None:
        missing("man", "Install the package man-db.")
    command = ["man", "--warnings=all", "-E", "ascii", "-l", str(manual.PAGE)]
    environment = os.environ | {"MANWIDTH": "80", "PAGER": "cat", "MAN_KEEP_FORMATTING": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("NAME", "SYNOPSIS", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS"):
        assert f"\n{part}\n" in done.stdout
    assert "inkdigit - read handwritten digits" in done.stdout
    assert "\n       --recipe RECIPE\n" in done.stdout
