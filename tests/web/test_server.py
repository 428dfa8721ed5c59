from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from inkdigit.cli.commands import app
from inkdigit.errors import RequestError
from inkdigit.web.server import _open, address_of, listen


@contextmanager
def started(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command in a process of its own, once it says where it reads."""
    command = [sys.executable, "-m", "inkdigit", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ})
    assert process.stdout is not None
    try:
        yield process.stdout.readline(), process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(taken: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        app(["serve", "--port", str(taken)])
    assert stopped.value.code == 1
    line = capfd.readouterr().err
    assert line.startswith("Expected a free port")
    assert "--port" in line


@pytest.mark.parametrize("arguments", [["app"], []], ids=["app", "nothing"])
def test_it_takes_a_free_port_when_its_own_is_taken_opens_the_browser_and_stops_by_ctrl_c_without_a_traceback(
    tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    browser, pipe = tmp_path / "browser", tmp_path / "opened"
    os.mkfifo(pipe)
    browser.write_text(f'#!/bin/sh\necho "$1" > {pipe}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("INKDIGIT_PORT", str(taken))
    with started(*arguments) as (line, process):
        assert line.startswith("Reading at http://127.0.0.1:")
        address = line.split()[2]
        assert not address.endswith(f":{taken}/")
        assert pipe.read_text().strip() == address
        with urllib.request.urlopen(address + "healthz", timeout=60) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert "Traceback" not in out
        assert process.returncode in (0, 130)


@pytest.mark.parametrize(("more", "opens"), [([], True), (["--no-browser"], False)], ids=["plain", "no browser"])
def test_the_app_opens_the_browser_unless_told_not_to(
    more: list[str], opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[dict[str, bool]] = []
    monkeypatch.setattr("inkdigit.web.server.run", lambda settings, **about: called.append(about))
    app(["app", *more], standalone_mode=False)
    assert called == [{"open_browser": opens, "any_port": True}]


def test_without_a_browser_it_says_so_and_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.get", lambda: (_ for _ in ()).throw(webbrowser.Error))
    assert not _open("http://127.0.0.1:1/")


def test_a_browser_is_asked_for_the_page_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may_end = Queue[str](), threading.Event()

    class Slow:
        def open(self, address: str) -> None:
            asked.put(address)
            assert may_end.wait(60)

    monkeypatch.setattr("webbrowser.get", Slow)
    assert _open("http://127.0.0.1:1/")
    assert asked.get(timeout=60) == "http://127.0.0.1:1/"
    may_end.set()


def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(RequestError, match=r"203\.0\.113\.1"):
        listen("203.0.113.1", 0, any_port=True)


def test_answers_are_sent_without_delay() -> None:
    """uvicorn sets TCP_NODELAY only on a socket made with its protocol named."""
    with listen("127.0.0.1", 0, any_port=False) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_the_wildcard_is_shown_as_this_machine() -> None:
    with listen("0.0.0.0", 0, any_port=False) as listener:
        assert address_of(listener).startswith("http://127.0.0.1:")
