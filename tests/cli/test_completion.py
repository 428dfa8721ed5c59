"""What Tab does: the names that are offered, by Typer's protocol for each shell, and in the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from here import ROOT, missing
from typer.testing import CliRunner

from inkdigit.cli import choices
from inkdigit.cli.commands import app
from inkdigit.evaluation import numbers, sets
from inkdigit.exchange import exporting
from inkdigit.training import recipes

COMMAND = f"#!{sys.executable}\nfrom inkdigit.__main__ import main\nmain()\n"
HEAVY = {"numpy", "onnxruntime", "cv2", "PIL", "fastapi", "sqlalchemy", "torch"}
# How a shell is started without anybody's settings, and what makes it complete.
SHELLS = {
    "bash": (["--norc", "--noprofile"], 'eval "$(inkdigit completion bash)"'),
    "zsh": (["-f"], 'bindkey -e; autoload -Uz compinit; compinit -u; eval "$(inkdigit completion zsh)"'),
    "fish": (["--no-config"], "inkdigit completion fish | source"),
}
TYPED = {
    "inkdigit eval": "inkdigit evaluate",
    "inkdigit read --sing": "inkdigit read --single",
    "inkdigit read --script th": "inkdigit read --script thai",
    "inkdigit read sev": "inkdigit read seven.png",
    "inkdigit train --recipe fa": "inkdigit train --recipe fast",
    "inkdigit train --out run": "inkdigit train --out runs",
    "inkdigit evaluate mnist-t": "inkdigit evaluate mnist-test",
    "inkdigit models use mi": "inkdigit models use mine",
}


def offered(line: str) -> list[str]:
    """What bash is told for the last word of the line."""
    words = line.split(" ")
    asked = {"_INKDIGIT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = CliRunner().invoke(app, [], prog_name="inkdigit", env=asked)
    assert done.exit_code == 0
    return str(done.stdout).split()


def test_the_names_are_those_of_their_owners() -> None:
    assert tuple(recipes.RECIPES) == choices.RECIPES
    assert tuple(sets.NAMES) == choices.SETS
    assert tuple(numbers.NAMES) == choices.NUMBERS
    assert set(choices.FORMS) < set(exporting.FORMS)
    assert tuple(SHELLS) == choices.SHELLS


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("inkdigit c", ["completion", "camera"]),
        ("inkdigit read --script ", [*choices.scripts("")]),
        ("inkdigit batch pages --script b", ["bengali", "burmese"]),
        ("inkdigit train --script a", ["arabic-indic"]),
        ("inkdigit train --recipe mn", ["mnist-wide"]),
        ("inkdigit train --accelerator ", ["auto", "cpu", "gpu"]),
        ("inkdigit evaluate digits photo", ["photos", "photo"]),
        ("inkdigit evaluate num", ["numbers"]),
        ("inkdigit window --with ", ["pywebview", "browser"]),
        ("inkdigit store ", ["show", "wipe", "export", "import"]),
        ("inkdigit store export x --as c", ["csv"]),
        ("inkdigit models ", ["list", "add", "use", "remove"]),
        ("inkdigit data ", ["list", "fetch", "check"]),
        ("inkdigit export ", ["triton"]),
        ("inkdigit completion ", ["bash", "zsh", "fish"]),
        ("inkdigit read ", []),  # then the shell offers files
        ("inkdigit read --annotate fo", []),
        ("inkdigit nonsense x", []),
    ],
)
def test_a_word_is_completed(line: str, names: list[str]) -> None:
    assert offered(line) == names


def test_added_models_are_offered_wherever_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_MODELS", str(tmp_path))
    (tmp_path / "mine.onnx").touch()
    assert offered("inkdigit read --model ") == ["mine"]
    assert offered("inkdigit models use ") == ["mine"]
    assert offered("inkdigit models remove m") == ["mine"]
    assert offered("inkdigit models add ") == []
    monkeypatch.setenv("INKDIGIT_PORT", "many")
    assert offered("inkdigit read --model ") == []


@pytest.mark.parametrize(
    ("shell", "line", "said"),
    [
        ("zsh", "inkdigit read --script th", "_arguments '*: :((\"thai\"))'"),
        ("zsh", "inkdigit read sev", "_files"),
        ("fish", "inkdigit read --script th", "thai"),
        ("fish", "inkdigit read sev", ""),
    ],
)
def test_zsh_and_fish_are_answered_in_their_way(shell: str, line: str, said: str) -> None:
    asked = {"_INKDIGIT_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    done = CliRunner().invoke(app, [], prog_name="inkdigit", env=asked | {"_TYPER_COMPLETE_FISH_ACTION": "get-args"})
    assert (done.exit_code, done.stdout.strip()) == (0, said)


def test_another_shell_is_refused() -> None:
    done = CliRunner().invoke(app, ["completion", "csh"])
    assert done.exit_code == 2
    assert "expected bash, zsh or fish" in done.stderr


def test_an_answer_loads_nothing_heavy() -> None:
    asked = {"_INKDIGIT_COMPLETE": "complete_bash", "COMP_WORDS": "inkdigit read --model ", "COMP_CWORD": "3"}
    code = "import sys; sys.argv = ['inkdigit']; from inkdigit.__main__ import main; main()"
    command = [sys.executable, "-X", "importtime", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | asked, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes(shell: str, tmp_path: Path) -> None:
    """The keys are pressed in the shell itself; what then stands in its line is printed into a file."""
    program = shutil.which(shell)
    if program is None:
        missing(shell, f"Install the package {shell}.")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "inkdigit").write_text(COMMAND)
    (tmp_path / "bin" / "inkdigit").chmod(0o755)
    for folder in ("home", "models", "desk/runs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "models" / "mine.onnx").touch()
    (tmp_path / "desk" / "seven.png").touch()
    environment = {
        **{"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path / "home"), "TERM": "xterm"},
        **{"PYTHONPATH": str(ROOT), "INKDIGIT_MODELS": str(tmp_path / "models"), "LC_ALL": "C.UTF-8"},
    }
    options, load = SHELLS[shell]
    child = pexpect.spawn(program, options, cwd=tmp_path / "desk", env=environment, timeout=60, dimensions=(40, 300))
    child.sendline(f'{load}; echo rea""dy')
    child.expect("ready")
    before, behind = (
        '\x01printf "%s " ',
        '\x05 >../line; echo do""ne\r',
    )  # Ctrl+A and Ctrl+E go to both ends of the line
    found = {}
    for typed in TYPED:
        child.send(f"{typed}\t{before}{behind}")
        child.expect("done")
        found[typed] = (tmp_path / "line").read_text().strip().rstrip("/")  # zsh takes the / of a folder away again
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    assert found == TYPED
