"""A process of its own: what it may, and what it may not."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkdigit.errors import DataError, ModelError
from inkdigit.models import sandbox
from inkdigit.settings import Settings

SETTINGS = Settings(model_seconds=60)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these limits")


def path_and_folder() -> list[object]:
    return [sys.path, os.getcwd(), sorted(os.listdir()), "PYTHONPATH" in os.environ]


def reaches(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError as error:
        return str(error)
    return "connected"


def another_reaches(port: int) -> int:
    """Whether a process of the process does: Python's own refusal does not go on to it."""
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=5)"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode


def may_leave_the_network() -> bool:
    return subprocess.run(["unshare", "-rn", "true"], stderr=subprocess.DEVNULL).returncode == 0


def runs(number: str) -> bool:
    """Whether a process does, and has not ended already with nobody to ask how."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def fails() -> None:
    raise DataError("this", "that", "Do so")


def breaks() -> None:
    raise KeyError("what nobody foresaw")


def dies() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leaves_one_behind(place: str) -> None:
    """Its own child writes its number, then both wait."""
    code = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    subprocess.run([sys.executable, "-c", code, place])


def fills_memory() -> None:
    held = []
    while True:
        held.append(bytearray(50_000_000))


def maps_a_library(size: int) -> int:
    """As the loader does: to read, of a file."""
    with open("library.so", "wb") as file:
        file.truncate(size)
    with open("library.so", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return len(mapped) + mapped[-1]


def fills_the_disk() -> None:
    with open("full", "wb") as file:
        file.truncate(3_000_000_000)


def says_much() -> str:
    print("word " * 1_000_000)
    return "done"


def test_it_has_an_empty_folder_and_nothing_of_the_current_one_on_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}")
    path, folder, files, has_variable = sandbox.call(path_and_folder, settings=SETTINGS, about="m")
    assert "" not in path
    assert str(tmp_path) not in path
    assert (Path(folder).name, files, has_variable) == ("empty", [], False)


def test_it_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert reaches(port) == "connected"
        assert sandbox.call(reaches, port, settings=SETTINGS, about="m") == "no network here"


@LINUX
def test_nor_have_the_processes_that_it_starts() -> None:
    if not may_leave_the_network():
        pytest.skip("the kernel lets no process leave the network here")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert another_reaches(port) == 0
        assert sandbox.call(another_reaches, port, settings=SETTINGS, about="m") == 1


def test_its_error_of_ours_is_raised_here() -> None:
    with pytest.raises(DataError, match=r"Expected this, got that\. Do so\."):
        sandbox.call(fails, settings=SETTINGS, about="m")


@pytest.mark.parametrize(
    ("task", "said"),
    [(breaks, r"exit code 1: KeyError: 'what nobody foresaw'"), (dies, f"signal {int(signal.SIGSEGV)}: ")],
)
def test_what_breaks_it_is_one_sentence_here(task: object, said: str) -> None:
    with pytest.raises(ModelError, match=f"a model that can be tried, got m.onnx, on which the trial broke .{said}"):
        sandbox.call(task, settings=SETTINGS, about="m.onnx")  # type: ignore[arg-type]


@LINUX
def test_it_is_ended_when_its_time_is_over_and_all_that_it_started(tmp_path: Path) -> None:
    number = tmp_path / "number"
    limited = Settings(model_seconds=3)
    with pytest.raises(ModelError, match=r"in 3 seconds, got m\.onnx, which takes longer"):
        sandbox.call(leaves_one_behind, str(number), settings=limited, about="m.onnx")
    until = time.monotonic() + 10
    while runs(number.read_text()):
        assert time.monotonic() < until


@LINUX
def test_libraries_do_not_count_as_memory() -> None:
    """Those of torch with CUDA alone have more bytes than a model may take."""
    settings = Settings(max_model_memory=600_000_000)
    assert sandbox.call(maps_a_library, 1_500_000_000, settings=settings, about="m.keras") == 1_500_000_000


@LINUX
def test_it_may_take_so_much_memory_and_no_more() -> None:
    with pytest.raises(ModelError, match=r"in 600,000,000 bytes of memory, got m\.onnx, which needs more"):
        sandbox.call(fills_memory, settings=Settings(max_model_memory=600_000_000), about="m.onnx")


@LINUX
def test_it_may_write_so_much_and_no_more() -> None:
    with pytest.raises(ModelError, match=r"on which the trial broke .*File too large"):
        sandbox.call(fills_the_disk, settings=SETTINGS, about="m.onnx")


def test_what_it_prints_is_nobodys_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert sandbox.call(says_much, settings=SETTINGS, about="m") == "done"
    assert capfd.readouterr() == ("", "")
