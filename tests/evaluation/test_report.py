from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from inkdigit.evaluation import report
from inkdigit.evaluation.report import write


def test_a_result_file_says_where_its_figures_come_from(tmp_path: Path) -> None:
    written = write(tmp_path / "deep" / "result.json", "python -m thing", {"answer": 42})
    read = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert read == written
    assert read["figures"] == {"answer": 42}
    assert read["command"] == "python -m thing"
    assert read["versions"]["numpy"] == np.__version__
    assert set(read["machine"]) == {"system", "processor", "cores"}


def test_the_commit_is_named_by_twelve_digits_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def git(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        return subprocess.CompletedProcess(command, 0, "0123456789ab\n", "")

    def none(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        raise subprocess.CalledProcessError(128, command)

    monkeypatch.setattr(report.subprocess, "run", git)
    assert report.context()["commit"] == "0123456789ab"
    assert asked == ["git", "rev-parse", "--short=12", "HEAD"]
    monkeypatch.setattr(report.subprocess, "run", none)
    assert report.context()["commit"] == "unknown"
