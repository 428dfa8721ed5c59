"""The rooms of inkdigit/ and the arrows between them, read from its imports.

python docs/architecture.py   draws the diagram of docs/architecture.md anew

tests/test_architecture.py compares the two, and holds the imports against ORDER.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "inkdigit"
PAGE = ROOT / "docs" / "architecture.md"
FRONT = "inkdigit"  # the package itself, which loads its names when they are asked for

# A room imports from rooms of the lines above its own, and from none beside or below it.
ORDER = (
    ("errors",),
    ("settings", "scripts"),
    ("data", "ink"),
    ("recognition",),
    ("models", "explain"),
    ("reader",),
    ("store", "camera", "evaluation", "batch"),
    ("exchange", "training"),
    ("web",),
    ("desktop",),
    ("cli",),
)
_FIGURE = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def modules() -> dict[str, Path]:
    """Dotted name of every module of the package -> its file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports() -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports, at its top, within functions, or for types alone."""
    known = modules()
    return {name: set(_imported(ast.parse(path.read_text(encoding="utf-8")), known)) for name, path in known.items()}


def _imported(tree: ast.Module, known: Mapping[str, Path]) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in known]
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in known else str(node.module) for name in names]
    return found


def room_of(module: str) -> str:
    """ "inkdigit.ink.grey" -> "ink", "inkdigit.reader" -> "reader"; the front door for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else FRONT


def arrows() -> dict[str, set[str]]:
    """Room -> the rooms that it imports from; the front door and the start of the program left out."""
    found: dict[str, set[str]] = {room: set() for level in ORDER for room in level}
    for module, others in imports().items():
        if (room := room_of(module)) in found:
            found[room] |= {room_of(other) for other in others} - {room, FRONT}
    return found


def circles() -> list[list[str]]:
    """Groups of modules of which each imports, in the end, itself."""
    graph = imports()
    reached = {module: _reached(module, graph) for module in graph}
    groups = {frozenset(one for one in reached[module] if module in reached[one]) for module in graph}
    return sorted(sorted(group) for group in groups if group)


def _reached(module: str, graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [*graph[module]]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += graph[one]
    return seen


def purpose(room: str) -> str:
    """The first line of the docstring of a room."""
    path = PACKAGE / room / "__init__.py"
    path = path if path.is_file() else PACKAGE / f"{room}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def diagram() -> str:
    """Mermaid: an arrow from a room to each that it imports from, without those that follow from others."""
    graph = arrows()
    lines = ["```mermaid", "flowchart TD"]
    for level in reversed(ORDER):
        lines += [f'  {room}["{room}/"]' if (PACKAGE / room).is_dir() else f"  {room}([{room}.py])" for room in level]
    for level in reversed(ORDER):
        for room in level:
            behind = {far for near in graph[room] for far in _reached(near, graph)}
            lines += [f"  {room} --> {other}" for other in sorted(graph[room] - behind)]
    return "\n".join([*lines, "```"])


def drawn(text: str) -> str:
    """The page with its diagram drawn anew."""
    return _FIGURE.sub(lambda _: diagram(), text)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
