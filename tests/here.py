"""Where the project lies, and what a missing part of the machine means. Not in conftest.py: there are two of them."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "inkdigit" / "web" / "static"


def missing(part: str, remedy: str) -> NoReturn:
    """Skips with a reason; on a machine that must have every part (CI=true) it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{part} is missing here, and CI must have it. {remedy}")
    pytest.skip(f"{part} is missing. {remedy}")


def pdf_needed() -> None:
    """For tests that have a PDF read or made."""
    if importlib.util.find_spec("pypdfium2") is None:
        missing("pypdfium2", "Install the extra [pdf].")
