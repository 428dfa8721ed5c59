"""The page of threats names tests that exist, and what is said to stand against a threat has one."""

from __future__ import annotations

import re

import pytest
from here import ROOT

TEXT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| threat"))]


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_against_each_threat_stands_a_test_that_exists(row: str) -> None:
    [named] = re.findall(r"`([\w/]+\.py)::(test_\w+)`", row)
    file, name = named
    assert re.search(rf"^(?:async )?def {name}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_what_is_not_defended_is_said_and_how_to_tell_us_of_a_fault() -> None:
    assert "## What is not defended" in TEXT
    assert len(ROWS) > 30
    assert "docs/threats.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
