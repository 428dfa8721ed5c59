"""Formatting, lint, types, and the rules of the house that a tool can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from here import ROOT


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=lambda c: " ".join(c[:2])
)
def test_tools_are_content(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def modules() -> list[Path]:
    return sorted((ROOT / "inkdigit").rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_torch_stays_in_its_room(path: Path) -> None:
    imports_torch = any(
        (
            isinstance(node, ast.Import)
            and any(alias.name.split(".")[0] in ("torch", "lightning") for alias in node.names)
        )
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("torch", "lightning"))
        for node in ast.walk(ast.parse(path.read_text()))
    )
    assert not imports_torch or "training" in path.parts


def test_files_stay_short_enough_to_read() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules()}
    assert max(lengths.values()) <= 350, max(lengths, key=lambda path: lengths[path])


def test_values_that_are_passed_on_cannot_be_changed() -> None:
    """Every dataclass is frozen, but for the three that count while something runs."""
    thawed = [
        node.name
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for one in node.decorator_list
        if "dataclass" in ast.unparse(one) and "frozen=True" not in ast.unparse(one)
    ]
    assert sorted(thawed) == ["Imported", "NumberScore", "PageScore"]
