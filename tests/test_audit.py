"""Known faults of packages are told; where nobody can be asked, that is no failure."""

from __future__ import annotations

import json

import audit
import pytest
from here import ROOT

FINE = {"name": "numpy", "version": "2.4.6", "vulns": []}
FAULTY = {"name": "pillow", "version": "9.0.0", "vulns": [{"id": "PYSEC-2023-175", "fix_versions": ["10.0.1"]}]}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}


@pytest.mark.parametrize("said", ["", "no network", "{}", "[]", "null"])
def test_where_nobody_can_be_asked_it_says_so(said: str) -> None:
    assert audit.verdict(said) == ("Packages: not looked for known faults, for nobody could be asked.", 0)


def test_what_has_no_known_faults_is_counted() -> None:
    said = json.dumps({"dependencies": [FINE, UNKNOWN]})
    assert audit.verdict(said) == ("Packages: 1 of 2 could be looked up, 0 known faults.", 0)


def test_a_known_fault_is_named_with_the_version_that_mends_it() -> None:
    text, code = audit.verdict(json.dumps({"dependencies": [FINE, FAULTY]}))
    assert code == 1
    assert text.splitlines()[1] == "pillow 9.0.0: PYSEC-2023-175, mended in 10.0.1"


def test_a_missing_tool_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PYTHON", ROOT / "no" / "python")
    assert audit.told() == ""


def test_make_check_asks() -> None:
    assert "tests/audit.py" in (ROOT / "Makefile").read_text(encoding="utf-8").split("check:")[1].split("\n\n")[0]
