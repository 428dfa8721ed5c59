"""The two commands of README.md, with a stand-in for Python that notes what it is asked to do: no network is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from here import ROOT

TESTS = "-m pytest -n logical --maxprocesses 4"
PIP = "-m pip install --quiet --disable-pip-version-check --no-compile"
UV = "-m uv pip install --quiet --python {clone}/.venv/bin/python --index-strategy unsafe-best-match"
# Notes what Python is asked to do; "broken" fails, and what the file `missing` names cannot be run.
PYTHON = """#!/bin/sh
[ "$*" = "-m pip config list" ] && { cat {clone}/settings 2>/dev/null; exit; }
echo "$@" >> {clone}/asked
grep -qxF -- "$2 $3 ${7##*/}" {clone}/missing 2>/dev/null && exit 1
[ "$3" != "broken" ]
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh checkout whose environment has a Python that writes its arguments to `asked`."""
    for name in ("start.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON.replace("{clone}", str(tmp_path)))
    python.chmod(0o755)
    return tmp_path


def start(clone: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code, and what was asked of Python since the last call."""
    asked = clone / "asked"
    asked.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, str(clone / "start.py"), *arguments], capture_output=True, text=True)
    return done.returncode, asked.read_text().splitlines() if asked.exists() else []


def installs(clone: Path, extra: str = "", places: str = "") -> list[str]:
    """What is asked of Python to install everything."""
    return [f"{PIP} uv", f"{UV.format(clone=clone)}{places} -e {clone}{extra}"]


def test_the_first_command_installs_and_runs_the_app(clone: Path) -> None:
    assert start(clone) == (0, [*installs(clone), "-m inkdigit"])


def test_the_second_command_installs_what_tests_need_and_runs_them(clone: Path) -> None:
    assert start(clone, "test", "-x") == (0, [*installs(clone, "[dev]"), f"{TESTS} -x"])


def test_packages_come_from_where_pip_is_told_to_look(clone: Path) -> None:
    (clone / "settings").write_text(
        ":env:.cert='a.crt'\n:env:.find-links='/wheels'\nglobal.extra-index-url='https://a.example https://b.example'\n"
        "global.index-url='https://c.example'\nglobal.timeout='9'\nuser.constraint='/c.txt'\n"
    )
    places = " --find-links /wheels --extra-index-url https://a.example --extra-index-url https://b.example"
    places += " --index-url https://c.example --constraint /c.txt"
    assert start(clone) == (0, [*installs(clone, "", places), "-m inkdigit"])


@pytest.mark.parametrize("missing", ["pip install uv", "uv pip python"])
def test_where_uv_cannot_do_it_pip_does(clone: Path, missing: str) -> None:
    """uv cannot be installed here, or it fails."""
    (clone / "missing").write_text(missing)
    tried = installs(clone)[: 1 if missing == "pip install uv" else 2]
    assert start(clone) == (0, [*tried, f"{PIP} -e {clone}", "-m inkdigit"])


def test_what_could_not_be_installed_is_not_run(clone: Path) -> None:
    (clone / "missing").write_text("uv pip python\npip install -e\n")
    assert start(clone) == (1, [*installs(clone), f"{PIP} -e {clone}"])


def test_what_is_installed_is_not_installed_again_until_it_changes(clone: Path) -> None:
    start(clone, "test")
    assert start(clone, "test") == (0, [TESTS])
    assert start(clone, "read", "a.png") == (0, ["-m inkdigit read a.png"])
    (clone / "pyproject.toml").write_text((clone / "pyproject.toml").read_text() + "\n")
    assert start(clone, "test") == (0, [*installs(clone, "[dev]"), TESTS])


def test_training_installs_what_it_needs_and_no_more(clone: Path) -> None:
    assert start(clone, "train") == (0, [*installs(clone, "[train]"), "-m inkdigit train"])
    assert start(clone) == (0, ["-m inkdigit"])
    assert start(clone, "test") == (0, [*installs(clone, "[dev]"), TESTS])


def test_bringing_a_model_installs_what_converts_it(clone: Path) -> None:
    asked = [*installs(clone, "[keras]"), "-m inkdigit models add m.keras"]
    assert start(clone, "models", "add", "m.keras") == (0, asked)
    assert start(clone, "models") == (0, ["-m inkdigit models"])


def test_a_batch_job_installs_what_it_runs_on(clone: Path) -> None:
    asked = [*installs(clone, "[batch]"), "-m inkdigit batch scans --out read"]
    assert start(clone, "batch", "scans", "--out", "read") == (0, asked)


def test_exit_codes_are_passed_on(clone: Path) -> None:
    assert start(clone, "broken")[0] == 1


def test_an_old_python_is_told_so(clone: Path) -> None:
    code = "import sys; sys.version_info = (3, 10); sys.argv = ['start.py']; import runpy\n"
    code += f"runpy.run_path({str(clone / 'start.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Expected Python 3.11 or newer" in done.stdout


def test_a_python_without_venv_is_told_what_to_install(clone: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        apt = tmp_path / "bin" / "apt-get"  # root may install: the stand-in notes what
        apt.parent.mkdir()
        apt.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/installed\n')
        apt.chmod(0o755)
    shutil.rmtree(clone / ".venv")
    code = "import importlib.util as u, sys; find = u.find_spec\n"
    code += "u.find_spec = lambda n, *a: None if n == 'ensurepip' else find(n, *a)\n"
    code += "import subprocess; real = subprocess.run\n"
    code += "subprocess.run = lambda c, **k: real(c if c[0] == 'apt-get' else ['false'], **k)\n"
    code += f"import runpy; sys.argv = ['start.py']; runpy.run_path({str(clone / 'start.py')!r}, run_name='__main__')"
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    wanted = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() == 0:
        assert f"install -y -qq {wanted}" in (tmp_path / "installed").read_text()
    elif shutil.which("apt-get"):
        assert f"sudo apt-get install {wanted}" in done.stderr
    assert "Install the venv module" in done.stderr or "sudo" in done.stderr
