from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from inkdigit.evaluation.report import write


def test_a_result_file_says_where_its_figures_come_from(tmp_path: Path) -> None:
    written = write(tmp_path / "deep" / "result.json", "python -m thing", {"answer": 42})
    read = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert read == written
    assert read["figures"] == {"answer": 42}
    assert read["command"] == "python -m thing"
    assert read["versions"]["numpy"] == np.__version__
    assert set(read["machine"]) == {"system", "processor", "cores"}
    assert read["commit"] == "unknown" or len(read["commit"]) == 12
