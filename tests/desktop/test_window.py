"""The window, on a virtual screen, with a real mouse and keyboard."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from drawn import DIGITS, encoded, picture
from here import ROOT, missing
from screen import Line, Screen, children, free_port, on_sheet, runs, wait_for

from inkdigit.desktop import window
from inkdigit.errors import WindowError

TITLE = "^inkdigit$"
PLACE = (101, 57, 1000, 700)
SHOWN = "document.querySelector('#digit').textContent"
SETTLED = "!!document.querySelector('#bars li') && !document.querySelector('#page').dataset.busy"
CAMERA = "navigator.mediaDevices.getUserMedia({%s: true}).then(s => s.getTracks()[0].label, e => e.name)"


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    for name in ("Xvfb", "xdotool"):
        if shutil.which(name) is None:
            missing(name, "Install it, on Debian: apt-get install xvfb xdotool.")
    found = Screen()
    yield found
    found.close()


class Window:
    """`inkdigit window` in a process of its own, and a line into its page."""

    def __init__(self, process: subprocess.Popen[str], screen: Screen, debug: int) -> None:
        self.process = process
        self._screen = screen
        self.line = Line(debug)
        self.line.until("document.querySelector('#page') && document.readyState === 'complete' && " + SETTLED)
        self.address: str = self.line.ask("location.origin")
        self.id = screen.window_of(TITLE, (process.pid, *children(process.pid)))

    def draw(self, digit: int) -> str:
        """Draws with the mouse, and gives what the page shows."""
        for stroke in on_sheet(self.line, self._screen.geometry(self.id), DIGITS[digit]):
            self._screen.drag(stroke)
        lifted = "document.querySelector('#undo').getAttribute('aria-disabled') === 'false'"
        self.line.until(f"{lifted} && {SHOWN} === '{digit}' && {SETTLED}")
        return str(self.line.ask(SHOWN))

    def ended(self) -> str:
        """Waits until the command and all its processes are gone; gives what it said."""
        self.line.close()
        out, _ = self.process.communicate(timeout=60)
        return out

    def close(self) -> str:
        below = children(self.process.pid)
        self._screen.ask_to_close(self.id)
        said = self.ended()
        wait_for(lambda: not any(map(runs, below)), "the end of its processes")
        return said


@pytest.fixture
def opening(screen: Screen, tmp_path: Path, chromium: str) -> Iterator[Callable[..., Window]]:
    """Opens windows that share a folder and a wanted port; ends what is left of them."""
    if importlib.util.find_spec("webview") is None:
        missing("pywebview", "Install the extra: pip install 'inkdigit[desktop]'.")
    (tmp_path / "bin").mkdir()
    port = str(free_port())

    def command(way: str, debug: int) -> dict[str, str]:
        browser = tmp_path / "bin" / "chromium"
        browser.write_text(f'#!/bin/sh\nexec {chromium} --remote-debugging-port={debug} "$@"\n')
        browser.chmod(0o755)
        return {
            **os.environ,
            "DISPLAY": screen.display,
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "QTWEBENGINE_REMOTE_DEBUGGING": str(debug),
            "QTWEBENGINE_CHROMIUM_FLAGS": "--use-fake-device-for-media-stream",
            "INKDIGIT_WINDOWS": str(tmp_path / "windows"),
            "INKDIGIT_PORT": port,
        }

    with ExitStack() as stack:

        def open_window(way: str, **environment: str) -> Window:
            debug = free_port()
            process = stack.enter_context(started(way, {**command(way, debug), **environment}))
            return Window(process, screen, debug)

        yield open_window


@contextmanager
def started(way: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "inkdigit", "window", "--with", way]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(words, env=environment, cwd=ROOT, **pipes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        for pid in [process.pid, *children(process.pid)] if process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        process.communicate()


both = pytest.mark.parametrize("way", ["pywebview", "browser"])


@both
def test_a_window_reads_comes_back_as_it_was_stands_beside_another_and_closes(
    opening: Callable[..., Window], screen: Screen, pictures: Path, way: str
) -> None:
    """Three windows for all of it, since each takes seconds to open."""
    window = opening(way)
    assert window.draw(7) == "7"
    if way == "pywebview":
        window.line.until("!document.getAnimations().length")
        window.line.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        grab = screen.picture(window.id)
        grab.save(pictures / "window.png", optimize=True)
        assert len(grab.getcolors(1 << 20) or []) > 20  # a page, not an empty window
    place_anew(window, screen)
    window.line.ask("localStorage.setItem('kept', 'yes')")
    said = window.close()
    assert window.process.returncode == 0
    assert "Traceback" not in said
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", int(window.address.rsplit(":", 1)[1]))) != 0
    first = opening(way)
    assert screen.geometry(first.id) == PLACE
    assert first.address == window.address
    assert first.line.ask("localStorage.getItem('kept')") == "yes"
    second = opening(way)
    screen.do("windowmove", second.id, 60, 40)
    assert int(second.address.rsplit(":", 1)[1]) - int(first.address.rsplit(":", 1)[1]) in range(1, 10)
    screen.do("windowraise", second.id)
    assert second.draw(3) == "3"
    second.close()
    assert second.process.returncode == 0
    assert first.draw(7) == "7"
    closes_at(signal.SIGINT, first, screen)


def place_anew(window: Window, screen: Screen) -> None:
    left, top, width, height = PLACE
    screen.do("windowsize", window.id, width, height)
    screen.do("windowmove", window.id, left, top)
    wait_for(lambda: screen.geometry(window.id) == PLACE, "the new place")
    window.line.until(f"innerWidth === {width}")


def closes_at(number: signal.Signals, window: Window, screen: Screen) -> None:
    below = children(window.process.pid)
    window.process.send_signal(number)
    assert "Traceback" not in window.ended(), number
    assert window.process.returncode == 0, number
    wait_for(lambda: not any(map(runs, below)), f"the end of its processes after {number.name}")
    wait_for(lambda: not screen.windows(TITLE), f"the end of the window after {number.name}")


def test_kill_closes_the_window_of_a_browser(opening: Callable[..., Window], screen: Screen) -> None:
    closes_at(signal.SIGTERM, opening("browser"), screen)


def test_the_command_ends_with_its_browser(opening: Callable[..., Window]) -> None:
    window = opening("browser")
    below = children(window.process.pid)
    os.kill(below[0], signal.SIGKILL)
    assert window.ended() == ""
    assert window.process.returncode == 0
    wait_for(lambda: not any(map(runs, below)), "the end of its processes")


@both
def test_a_model_that_cannot_be_loaded_closes_the_window_and_says_why(
    screen: Screen, tmp_path: Path, chromium: str, way: str
) -> None:
    extra = {"INKDIGIT_MODEL": str(tmp_path / "none.onnx"), "INKDIGIT_WINDOWS": str(tmp_path / "windows")}
    with started(way, {**os.environ, **extra, "DISPLAY": screen.display, "INKDIGIT_PORT": str(free_port())}) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "none.onnx" in said
    assert "Traceback" not in said


def test_pywebview_asks_where_to_save_and_what_to_open_gives_only_the_camera_and_ends_when_killed(
    opening: Callable[..., Window], screen: Screen, tmp_path: Path
) -> None:
    window = opening("pywebview")
    a_download_asks_where_to_save(window, screen, tmp_path / "saved.svg")
    a_picture_is_chosen_in_a_dialog_of_the_system(window, screen, tmp_path / "seven.png")
    our_page_may_use_the_camera_and_nothing_else(window)
    closes_at(signal.SIGTERM, window, screen)


def a_download_asks_where_to_save(window: Window, screen: Screen, path: Path) -> None:
    link = "const a = document.createElement('a'); a.href = '/static/icon.svg'; a.download = 'seven.svg'; a.click();"
    window.line.ask(f"setTimeout(() => {{ {link} }}, 1)")
    screen.answer_dialog("Save As", str(path))
    icon = (ROOT / "inkdigit" / "web" / "static" / "icon.svg").read_text()
    wait_for(lambda: path.exists() and path.read_text() == icon, "the file")


def a_picture_is_chosen_in_a_dialog_of_the_system(window: Window, screen: Screen, path: Path) -> None:
    path.write_bytes(encoded(picture(7)))
    window.line.ask("document.querySelector('#tab-picture').click()")
    window.line.until("!!document.querySelector('#choose')")  # the room comes when it is opened
    middle = "(() => { const r = document.querySelector('#choose').getBoundingClientRect();"
    x, y = window.line.ask(middle + "return [r.left + r.width / 2, r.top + r.height / 2]; })()")
    left, top, _, _ = screen.geometry(window.id)
    screen.do("mousemove", round(left + x), round(top + y), "click", 1)
    screen.answer_dialog("Open", str(path))
    window.line.until(f"{SHOWN} === '7'")


def our_page_may_use_the_camera_and_nothing_else(window: Window) -> None:
    assert window.line.ask(CAMERA % "video") == "fake_device_0"
    assert window.line.ask(CAMERA % "audio") in ("NotAllowedError", "AbortError")
    assert window.line.ask("Notification.requestPermission()") == "denied"


def test_without_a_screen_it_says_what_else_there_is(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with started("browser", {**bare, "INKDIGIT_WINDOWS": str(tmp_path)}) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == (
        "Expected a screen to open a window on, got none (neither DISPLAY nor WAYLAND_DISPLAY is set). "
        "Run it on a desktop, or open the page in your browser with `inkdigit app`.\n"
    )


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What is installed, to be set by a test: nothing at first, but a screen."""
    found: dict[str, object] = {"screen": None, "webview": WindowError("pywebview", "none here", "x"), "browser": None}
    monkeypatch.setattr(window.screen, "fault", lambda: found["screen"])
    monkeypatch.setattr(window, "_webview_fault", lambda: found["webview"])
    monkeypatch.setattr(window, "find", lambda: found["browser"])
    return found


def test_pywebview_goes_before_a_browser(parts: dict[str, object]) -> None:
    parts |= {"webview": None, "browser": Path("chromium")}
    assert window.choose(None) is None
    assert window.choose("pywebview") is None
    assert window.choose("browser") == Path("chromium")


def test_without_pywebview_a_browser_does(parts: dict[str, object]) -> None:
    parts["browser"] = Path("chromium")
    assert window.choose(None) == Path("chromium")
    with pytest.raises(WindowError, match="Expected pywebview"):
        window.choose("pywebview")


def test_with_neither_it_says_what_to_install(parts: dict[str, object]) -> None:
    with pytest.raises(WindowError, match="Expected pywebview"):
        window.choose(None)
    with pytest.raises(WindowError, match=r"Chromium family.*Install Chromium.*`inkdigit app`"):
        window.choose("browser")


def test_without_a_screen_nothing_is_tried(parts: dict[str, object]) -> None:
    parts |= {"screen": "none", "webview": None, "browser": Path("chromium")}
    with pytest.raises(WindowError, match="a screen"):
        window.choose(None)


def test_a_way_that_is_none_is_named(parts: dict[str, object]) -> None:
    with pytest.raises(WindowError, match="one of pywebview and browser, got 'gtk'"):
        window.choose("gtk")


@pytest.mark.skipif(sys.platform != "linux", reason="Qt is asked for on Linux only")
def test_a_library_that_qt_misses_is_named_with_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("webview") is None:
        missing("pywebview", "Install the extra: pip install 'inkdigit[desktop]'.")

    def load() -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(window, "_load_platform", load)
    fault = window._webview_fault()
    assert fault is not None
    assert "libxcb-cursor.so.0" in str(fault)
    assert "libxcb-cursor0" in str(fault)
    assert "inkdigit app" in str(fault)


def test_pywebview_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert f"{sys.executable} -m pip install 'pywebview" in str(window._webview_fault())


@pytest.mark.skipif(sys.platform != "linux", reason="X is asked for on Linux only")
def test_a_screen_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    assert window.screen.fault() == "no answer from :987"
    monkeypatch.delenv("DISPLAY")
    assert str(window.screen.fault()).startswith("none")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert window.screen.fault() == "no answer from wayland-0"
    (tmp_path / "wayland-0").touch()
    assert window.screen.fault() is None
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("WAYLAND_DISPLAY")
    assert window.screen.fault() is None


def test_the_screen_tells_its_size(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", screen.display)
    assert window.screen.fault() is None
    assert window.screen.areas() == [(0, 0, 1280, 900)]


def test_ci_installs_what_we_tell_people_to_install() -> None:
    packages = (ROOT / ".ci" / "run").read_text().split()
    assert [name for name in window.QT_PACKAGES.split() if name not in " ".join(packages)] == []
