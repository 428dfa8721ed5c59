"""Formatting, lint, types, and the rules of the house that a tool can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from here import ROOT

# Each may import those before it, and nothing after it.
ORDER = (
    "errors", "settings", "datasets", "strokes", "specimens", "tones", "picture", "sheet", "lattice", "segment",
    "cluster", "glyph", "strip", "ctc", "wire", "model", "versions", "changes", "profile", "verdict", "reading",
    "inside", "reader", "steady", "documents", "annotate", "recording", "camera", "kerasfile", "foreign",
    "rendering", "kept", "imprint", "svg", "glyphset", "intake", "record", "schema", "migrations", "database",
    "search", "rows", "store", "exporting", "importing", "hand",
    "evaluation", "training",
    "web",
    "console", "keeper", "frame", "screen", "chromium", "qtwindow", "desktop", "shell", "cli_models", "cli", "__main__",
)  # fmt: skip


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=lambda c: " ".join(c[:2])
)
def test_tools_are_content(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def modules() -> list[Path]:
    return sorted((ROOT / "inkdigit").rglob("*.py"))


def test_every_module_has_a_place_in_the_order() -> None:
    rooms = {path.relative_to(ROOT / "inkdigit").parts[0].removesuffix(".py") for path in modules()}
    assert rooms - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    room = path.relative_to(ROOT / "inkdigit").parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "inkdigit":
            parts = node.module.split(".")
            names = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("inkdigit.")]
        for name in names:
            if name in ORDER:
                assert ORDER.index(name) <= ORDER.index(room), f"{path}: {room} imports {name}"


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
