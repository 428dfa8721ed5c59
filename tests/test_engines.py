"""Other programs, made to answer as ours does, and the table of what each reads."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import written

from benchmarks import engines, paper_tables
from inkdigit.evaluation.paper.counting import PageScore

EMPTY = np.full((40, 60), 255, np.uint8)
HEAD = "level\tleft\ttop\twidth\theight\tconf\ttext"


def test_numbers_of_a_line_have_their_share_of_its_place() -> None:
    level = [[0, 0], [140, 0], [140, 10], [0, 10]]
    assert engines.in_line("Total 45, 7|12", 0.5, level) == [
        ("45,", 0.5, (60.0, 0.0, 90.0, 10.0)),
        ("7", 0.5, (100.0, 0.0, 110.0, 10.0)),
        ("12", 0.5, (120.0, 0.0, 140.0, 10.0)),
    ]
    upside_down = [[40, 10], [0, 10], [0, 0], [40, 0]]
    assert engines.in_line("M-07", 0.5, upside_down) == [("-07", 0.5, (0.0, 0.0, 30.0, 10.0))]
    assert engines.in_line("22/12/2019", 1.0, level)[0][0] == "22/12/2019"
    assert engines.in_line("Name - .", 1.0, level) == engines.in_line("", 1.0, level) == []


def test_words_of_tesseracts_table_are_readings() -> None:
    table = f"{HEAD}\n4\t0\t0\t60\t40\t-1\t\n5\t10\t5\t20\t8\t91.5\t42\n5\t40\t5\t20\t8\t50\t,\n"
    assert engines.in_table(table) == [("42", 0.915, (10.0, 5.0, 30.0, 13.0))]
    assert engines.in_table(HEAD) == []


def test_what_is_not_installed_is_left_out_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv(engines.PYTHON, raising=False)
    monkeypatch.setattr(engines, "_WORKER", tmp_path / "none.py")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engines.rapid(None) is engines.rapid(sys.executable) is engines.tesseract() is None
    said = capfd.readouterr().out.splitlines()
    assert [line.partition(" is left out")[0] for line in said] == ["RapidOCR", "RapidOCR", "Tesseract"]
    assert all("install" in line for line in said)


def test_a_worker_is_asked_in_another_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import json, sys\n"
        "print(json.dumps({'version': '1', 'bytes': 5}), flush=True)\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    assert open(asked['path'], 'rb').read(4) == b'\\x89PNG'\n"
        "    quad = None if asked['line'] else [[1, 2], [9, 2], [9, 4], [1, 4]]\n"
        "    print(json.dumps({'seconds': 0.5, 'lines': [['12', 0.75, quad]]}), flush=True)\n"
    )
    monkeypatch.setattr(engines, "_WORKER", worker)
    monkeypatch.setenv(engines.PYTHON, sys.executable)
    found = engines.rapid(None)
    assert found is not None
    assert (found.name, found.version, found.size) == ("RapidOCR", "1", 5)
    assert found.read(EMPTY, False) == ([("12", 0.75, (1.0, 2.0, 9.0, 4.0))], 0.5)
    assert found.read(EMPTY, True) == ([("12", 0.75, (0.0, 0.0, 60.0, 40.0))], 0.5)
    found.close()


def test_ours_is_timed_and_weighed() -> None:
    found = engines.ours()
    readings, seconds = found.read(written("4071"), False)
    assert [text for text, _, _ in readings] == ["4071"]
    assert seconds > 0
    assert found.size > 100_000
    found.close()


TESSERACT = """#!/bin/sh
case "$1" in
  --version) echo "tesseract 5.9.1";;
  --list-langs) printf 'List of available languages in "%s" (1):\\neng\\n' "$(dirname "$0")";;
  *) cat > "$(dirname "$0")/seen.png"
     echo "$@" > "$(dirname "$0")/asked"
     printf 'level\\tleft\\ttop\\twidth\\theight\\tconf\\ttext\\n'
     printf '4\\t0\\t0\\t90\\t40\\t-1\\t\\n5\\t12\\t8\\t60\\t20\\t91.5\\t4071\\n5\\t80\\t8\\t9\\t20\\t50\\t-\\n';;
esac
"""


@pytest.mark.parametrize(("line", "mode"), [(True, "--psm 7"), (False, "--psm 11")])
def test_tesseract_is_shown_the_picture_and_its_table_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: bool, mode: str
) -> None:
    """A program that stands in for it, and answers in its form: one number, and a mark that is none."""
    program = tmp_path / "tesseract"
    program.write_text(TESSERACT)
    program.chmod(0o755)
    (tmp_path / "eng.traineddata").write_bytes(b"1234")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = engines.tesseract()
    assert found is not None
    assert (found.version, found.size) == ("5.9.1", 4)
    readings, seconds = found.read(EMPTY, line)
    assert readings == [("4071", pytest.approx(0.915), (12.0, 8.0, 72.0, 28.0))]
    assert seconds > 0
    assert mode in (tmp_path / "asked").read_text()
    shown = cv2.imread(str(tmp_path / "seen.png"), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(shown, EMPTY)


def test_the_table_has_a_row_a_kind_and_all_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def row(written: int, right: int) -> dict[str, object]:
        one = PageScore("plain", pages=2, written=written, right=right, false=3, sure_false=1, seconds=3.0)
        return {"inkdigit": one.to_json()}

    figures = {
        "programs": {"inkdigit": {"version": "0.1.0", "bytes": 1_800_000}},
        "drawn": {"plain": row(40, 30), "words": row(0, 0)},
        "real": {"amounts": row(10, 9)},
    }
    monkeypatch.setattr("benchmarks.cells.RESULTS", tmp_path)
    (tmp_path / "paper.json").write_text(json.dumps({"figures": figures}))
    assert paper_tables.paper().splitlines() == [
        "| pages | numbers | inkdigit 0.1.0: right | false, of these at 0.9 or more |",
        "| --- | --- | --- | --- |",
        "| plain | 40 | 75.0% | 3, 1 |",
        "| words | 0 |  | 3, 1 |",
        "| all drawn pages | 40 | 75.0% | 6, 2 |",
        "| real: amounts cut tight from cheques | 10 | 90.0% | 3, 1 |",
        "| time of a drawn page, one core |  | 1.50 s |  |",
        "| size of its networks |  | 1.8 MB |  |",
    ]
