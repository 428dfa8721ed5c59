"""What ended the command line in a traceback, or never: each ends in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from drawn import encoded, picture

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full and /dev/zero are files of Linux")
INKDIGIT = [sys.executable, "-m", "inkdigit"]


def ended(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code of a command, and what it says on stderr."""
    done = subprocess.run(
        [*INKDIGIT, *arguments], capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["camera", "--device", "1" * 20], "the number of a camera, up to 9,999"),
        (["serve", "--no-auth", "--host", "ü" * 80], "a free port"),
        (["serve", "--no-auth", "--host", "a..b"], "a free port"),
        (["read", "~nobodyhere/a.png"], "no file at"),
        pytest.param(["read", "/dev/zero"], "a file of at most 1,000,000 bytes", marks=LINUX),
    ],
)
def test_odd_arguments_end_in_a_sentence(arguments: list[str], wrong: str) -> None:
    code, said = ended(*arguments, INKDIGIT_MAX_FILE_BYTES="1000000")
    assert code == 1
    assert wrong in said
    assert "Traceback" not in said


def test_the_folder_of_nobody_is_no_place_for_a_store(tmp_path: Path) -> None:
    code, said = ended("store", INKDIGIT_STORE="~nobodyhere/store.sqlite")
    assert code == 1
    assert "INKDIGIT_STORE" in said
    assert "Traceback" not in said


@LINUX
@pytest.mark.parametrize("arguments", [["models"], ["--help"], ["read", "--json"], ["read", "--csv"]])
def test_output_that_cannot_be_written_is_said(arguments: list[str], tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(picture(7)))
    given = [*arguments, str(path)] if arguments[0] == "read" else arguments
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*INKDIGIT, *given], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1
    assert "output that can be written, got No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there, a pipe without a reader is another error")
def test_nobody_who_reads_the_output_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(picture(7)))
    reads, writes = os.pipe()
    os.close(reads)
    command = [*INKDIGIT, "read", "--json", str(path)]
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(writes)
    assert done.returncode == 1
    assert done.stderr == ""
