"""Sets everything up in .venv beside this file, then runs the app, the tests, or any other command of inkdigit.

python3 start.py               the app
python3 start.py test [ARGS]   the tests, with everything that developing needs
python3 start.py COMMAND ...   any other command: read, batch, train, evaluate, data, serve
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PARALLEL = ["-n", "logical", "--maxprocesses", "4"]  # a worker a core; each has servers and browsers of its own
# Commands that need more than reading does.
EXTRAS = {"train": "[train]", "learn": "[train]", "models add": "[keras]", "batch": "[batch]"}


def main() -> int:
    """Sets up what the command needs and runs it; returns its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file also runs on a Python that is too old
        print(f"Expected Python 3.11 or newer, got {sys.version.split()[0]}. Start this with a newer one.")
        return 2
    arguments = sys.argv[1:]
    testing = arguments[:1] == ["test"]
    set_up("[dev]" if testing else EXTRAS.get(" ".join(arguments[:2]), EXTRAS.get(" ".join(arguments[:1]), "")))
    command = ["-m", "pytest", *PARALLEL, *arguments[1:]] if testing else ["-m", "inkdigit", *arguments]
    # What is compiled once need not be compiled again by each process of the tests.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if not testing:
        environment["PYTHONSAFEPATH"] = "1"  # nothing of the folder that it is called in is run
    try:
        return subprocess.run([str(PYTHON), *command], cwd=ROOT if testing else None, env=environment).returncode
    except KeyboardInterrupt:
        return 130


def set_up(extra: str) -> None:
    """Makes the environment and installs the project into it; does nothing when that is done already."""
    stamp = VENV / f"installed{extra}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    enough = {stamp, VENV / "installed[dev]"} | (
        {VENV / f"installed{some}" for some in EXTRAS.values()} if not extra else set()
    )
    if any(done.exists() and done.read_text() == wanted for done in enough):
        return
    if not PYTHON.exists():
        make_environment()
    print("Setting up (once, a minute or so) ...", file=sys.stderr, flush=True)
    if not (by_uv(extra) or by_pip("-e", f"{ROOT}{extra}")):
        sys.exit("Expected the packages to install, got pip's message above. Check the connection and start again.")
    stamp.write_text(wanted)


def by_pip(*what: str, quietly: bool = False) -> bool:
    """Installs with pip; whether it could."""
    command = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *what]
    return not subprocess.run([str(PYTHON), *command], stderr=subprocess.DEVNULL if quietly else None).returncode


def by_uv(extra: str) -> bool:
    """Installs with uv, in a fifth of pip's time and from where pip would; False where that cannot be done."""
    if not by_pip("uv", quietly=True):
        return False
    listed = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    places: list[str] = []
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in ("index-url", "extra-index-url", "find-links", "constraint"):
            places += [part for one in value.strip("'\"").split() for part in (f"--{option}", one)]
    command = [
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        str(PYTHON),
        "--index-strategy",
        "unsafe-best-match",
    ]
    return not subprocess.run(
        [str(PYTHON), *command, *places, "-e", f"{ROOT}{extra}"], stderr=subprocess.DEVNULL
    ).returncode


def make_environment() -> None:
    """Makes .venv; on a bare Debian, whose Python comes without venv, it installs that first when it may."""
    if importlib.util.find_spec("ensurepip") is None and shutil.which("apt-get"):
        package = f"python3.{sys.version_info.minor}-venv"
        if os.geteuid() != 0:
            sys.exit(f"Expected Python with venv, got one without. Run: sudo apt-get install {package}")
        print(f"Installing {package} ...", file=sys.stderr, flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=sys.stderr)
        subprocess.run(["apt-get", "install", "-y", "-qq", package], check=True, stdout=sys.stderr)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Expected Python with venv, got one without. Install the venv module of your Python and start again.")


if __name__ == "__main__":
    sys.exit(main())
