from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from here import ROOT

from inkdigit.evaluation.report import write


def test_a_result_file_says_where_its_figures_come_from(tmp_path: Path) -> None:
    written = write(tmp_path / "deep" / "result.json", "python -m thing", {"answer": 42})
    read = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert read == written
    assert read["figures"] == {"answer": 42}
    assert read["command"] == "python -m thing"
    assert read["versions"]["numpy"] == np.__version__
    assert set(read["machine"]) == {"system", "processor", "cores"}
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert read["commit"] == head[:12]


def test_outside_a_checkout_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert write(tmp_path / "result.json", "python -m thing", {})["commit"] == "unknown"
