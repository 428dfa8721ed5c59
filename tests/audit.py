"""Looks for known faults in what is installed here, as `make check` does; where nobody can be asked, it says so.

python3 tests/audit.py   Exit code 1: faults are known, and printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PYTHON = Path(__file__).parent.parent / ".venv" / "bin" / "python"
PATIENCE = 300  # s


def told() -> str:
    """What pip-audit says as JSON; empty where it is missing, or nobody could be asked."""
    command = [str(PYTHON), "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off", "-f", "json"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def verdict(said: str) -> tuple[str, int]:
    """What to print of it, and the exit code."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return "Packages: not looked for known faults, for nobody could be asked.", 0
    asked = [one for one in packages if "skip_reason" not in one]
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none yet'}"
        for one in asked
        for fault in one["vulns"]
    ]
    lines = [f"Packages: {len(asked)} of {len(packages)} could be looked up, {len(faults)} known faults.", *faults]
    return "\n".join(lines), 1 if faults else 0


if __name__ == "__main__":
    text, code = verdict(told())
    print(text)
    sys.exit(code)
