"""What `inkdigit read` shows of other scripts: their own digits, the script, and which it could be."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawn import encoded, picture
from typer.testing import CliRunner

from inkdigit.cli.commands import app
from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.ink.strokes import draw


@pytest.fixture
def thai(tmp_path: Path) -> str:
    """A picture of 2548 in Thai digits."""
    random = np.random.default_rng(3)
    drawn = script_numbers.as_strokes([script_strokes.written("thai", int(one), random) for one in "2548"], random)
    path = tmp_path / "thai.png"
    path.write_bytes(encoded(np.asarray(240 - np.pad(draw(drawn, 400, 7), 80) * 0.8, np.uint8)))
    return str(path)


def read(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["read", *arguments])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_line_ends_with_its_own_digits_and_the_script(thai: str) -> None:
    name, text, sure, _, native, script = read(thai, "--script", "thai").strip().split("\t")
    assert (name, text, native, script) == (thai, "2548", "๒๕๔๘", "thai")
    assert sure.endswith("%")


def test_where_the_script_is_found_all_that_it_could_be_are_named(thai: str) -> None:
    found = json.loads(read(thai, "--script", "auto", "--json"))["numbers"][0]["scripts"]
    cells = read(thai, "--script", "auto").strip().split("\t")
    assert cells[4] == "๒๕๔๘"
    assert [one.split()[0] for one in cells[5].split(", ")] == [one["script"] for one in found]
    assert all(one.endswith("%") for one in cells[5].split(", "))


@pytest.mark.parametrize(("asked", "named"), [("thai", ""), ("auto", "thai ")])
def test_csv_has_columns_for_them(thai: str, asked: str, named: str) -> None:
    (row,) = csv.DictReader(read(thai, "--script", asked, "--csv").splitlines())
    assert (row["text"], row["native"], row["script"]) == ("2548", "๒๕๔๘", "thai")
    assert row["scripts"].startswith(named)
    assert bool(row["scripts"]) == bool(named)


def test_a_terminal_that_knows_no_thai_shows_ascii_digits(thai: str) -> None:
    command = [sys.executable, "-m", "inkdigit", "read", thai, "--script", "thai"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert (done.returncode, done.stderr) == (0, "")
    cells = done.stdout.strip().split("\t")
    assert (cells[1], *cells[4:]) == ("2548", "????", "thai")


def test_western_lines_are_as_ever(tmp_path: Path) -> None:
    (tmp_path / "3.png").write_bytes(encoded(picture(3)))
    assert len(read(str(tmp_path / "3.png")).strip().split("\t")) == 4
    head = read(str(tmp_path / "3.png"), "--csv").splitlines()[0]
    assert head == "path,number,text,confidence,left,top,right,bottom,written"
