"""Films of numbers of other scripts in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigit.cli.commands import app
from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.ink.strokes import draw


def film(script: str, text: str, path: Path) -> str:
    """An AVI of paper that shakes a little in the hand, with a number drawn by the templates of a script."""
    random = np.random.default_rng(3)
    drawn = script_numbers.as_strokes([script_strokes.written(script, int(one), random) for one in text], random)
    ink = draw(drawn, 400, 7)
    paper = np.full((480, 640, 3), 230, np.uint8)
    paper[150 : 150 + ink.shape[0], 110 : 110 + ink.shape[1]] -= (ink * 0.7).astype(np.uint8)[:, :, None]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (640, 480))
    for step in range(14):
        turn = cv2.getRotationMatrix2D((320, 240), 0.5 * float(np.sin(step)), 1)
        writer.write(cv2.warpAffine(paper, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE))
    writer.release()
    return str(path)


@pytest.mark.parametrize(("script", "asked", "native"), [("thai", "thai", "๒๕๔๘"), ("kannada", "auto", "೨೫೪೮")])
def test_a_film_of_another_script_is_read_in_its_own_digits(
    tmp_path: Path, script: str, asked: str, native: str
) -> None:
    seen = film(script, "2548", tmp_path / "film.avi")
    done = CliRunner().invoke(app, ["camera", "--json", "--device", seen, "--script", asked])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, done.stderr) == (0, "")
    assert [(row["text"], row["native"], row["script"]) for row in rows] == [("2548", native, script)]
    assert rows[0]["confidence"] > 0.5


def test_people_see_the_digits_that_were_written(tmp_path: Path) -> None:
    seen = film("devanagari", "3796", tmp_path / "film.avi")
    done = CliRunner().invoke(app, ["camera", "--device", seen, "--script", "devanagari"])
    (line,) = done.stdout.splitlines()
    assert line.split("\t")[1:2] + line.split("\t")[3:] == ["3796", "३७९६", "devanagari"]
