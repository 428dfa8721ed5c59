"""Prints the test files that belong to what changed since the last commit: tests/ mirrors inkdigit/, file for file."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABS = {"draw": "page", "picture": "picture_tab", "camera": "camera_tab", "kept": "gallery", "inside": "inside_panel"}
ALWAYS = ("tests/test_architecture.py", "tests/test_habits.py", "tests/test_init.py")


def since_the_last_commit() -> list[str]:
    """Paths that differ from HEAD, new ones too."""
    commands = (["diff", "--name-only", "HEAD"], ["ls-files", "--others", "--exclude-standard"])
    found = [subprocess.run(["git", *one], cwd=ROOT, capture_output=True, text=True, check=True) for one in commands]
    return [line for one in found for line in one.stdout.splitlines()]


def mirrored_by(path: str) -> list[str]:
    """ "inkdigit/ink/grey.py" -> tests/ink/test_grey*.py; a script of the page -> the tests of its name or tab."""
    room, _, file = path.rpartition("/")
    stem = file.partition(".")[0].removeprefix("test_")
    if room.startswith("inkdigit/web/static"):
        own = f"test_{stem}*.py"
        if not list((ROOT / "tests/web").glob(own)):
            own = f"test_{TABS.get(room.rpartition('/')[2], 'page')}.py"
        folder, names = "tests/web", [own, "test_words.py"]
    elif room == "docs" or "/" not in path:
        folder, names = "tests", ["test_docs.py", f"test_{stem}*.py"]
    else:
        folder, names = room.replace("inkdigit", "tests", 1), [f"test_{stem}*.py"]
    return [str(one.relative_to(ROOT)) for name in names for one in sorted((ROOT / folder).glob(name))]


if __name__ == "__main__":
    print(*dict.fromkeys([*ALWAYS, *(test for path in since_the_last_commit() for test in mirrored_by(path))]))
