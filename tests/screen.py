"""A virtual screen, windows on it, and a line into the page that a window shows."""

from __future__ import annotations

import ctypes
import itertools
import json
import math
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

from PIL import Image, ImageGrab
from websockets.sync.client import connect

Found = TypeVar("Found")
_STEP = 12  # pixels between two points of a stroke
_ANSWERS = 6  # to one dialog, at most
PATIENCE = 60.0  # s; a busy machine starts two browsers slowly


def wait_for(look: Callable[[], Found | None], what: str, patience: float = PATIENCE) -> Found:
    """Looks until there is something. For what happens in other programs, which tell nobody."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {patience:.0f} s for {what}")


class Screen:
    """An X server without a picture tube, a mouse and a keyboard on it."""

    def __init__(self, size: str = "1280x900x24") -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()

    def do(self, *words: object) -> str:
        """xdotool on this screen; "" when it fails, as it does when no window is found."""
        command = ["xdotool", *map(str, words)]
        done = subprocess.run(command, env={**os.environ, "DISPLAY": self.display}, capture_output=True, text=True)
        return done.stdout.strip()

    def windows(self, title: str) -> list[str]:
        """The ids of the visible windows whose title matches."""
        return self.do("search", "--onlyvisible", "--name", title).split()

    def window(self, title: str) -> str:
        """Waits for a window."""
        return wait_for(lambda: self.windows(title), f"a window {title}")[0]

    def window_of(self, title: str, processes: Iterable[int]) -> str:
        """Waits for a window that one of the processes has opened."""
        pids = set(map(str, processes))

        def mine() -> list[str]:
            return [one for one in self.windows(title) if self.do("getwindowpid", one) in pids]

        return wait_for(mine, f"a window {title} of {pids}")[0]

    def geometry(self, window: str) -> tuple[int, int, int, int]:
        """(left, top, width, height)."""
        lines = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines())
        return tuple(int(lines[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))  # type: ignore[return-value]

    def picture(self, window: str) -> Image.Image:
        """What the window shows."""
        left, top, width, height = self.geometry(window)
        return ImageGrab.grab((left, top, left + width, top + height), xdisplay=self.display)

    def drag(self, points: Sequence[tuple[float, float]]) -> None:
        """Draws one stroke with the mouse, in pixels of the screen, no faster than a hand: a point every 10 ms."""
        words: list[object] = ["mousemove", *map(round, points[0]), "mousedown", 1]
        for start, end in itertools.pairwise(points):
            steps = max(1, round(math.dist(start, end) / _STEP))
            for step in range(1, steps + 1):
                part = step / steps
                x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
                words += ["mousemove", round(x), round(y), "sleep", 0.01]
        self.do(*words, "mouseup", 1)

    def answer_dialog(self, title: str, text: str) -> None:
        """Types into a dialog, as a person does, and again where it stays, until it is gone.

        On a busy machine keys are lost, or the list of what they may mean takes the last one.
        """
        dialogs = partial(self.windows, f"^{title}$")
        wait_for(dialogs, f"a dialog {title}")
        for _ in range(_ANSWERS):
            for dialog in dialogs()[:1]:
                self.do("windowfocus", "--sync", dialog)
                self.do("key", "ctrl+a")
                self.do("type", text)
                self.do("key", "Return")
            with suppress(AssertionError):
                wait_for(lambda: not dialogs(), "the end of the dialog", PATIENCE / _ANSWERS)
                return
        raise AssertionError(f"answered {_ANSWERS} times, and the dialog {title} stays")

    def ask_to_close(self, window: str) -> None:
        """What the cross in the corner of a window sends."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        message = _Message(33, 0, 1, None, int(window), protocols, 32, (ctypes.c_long * 5)(delete, 0, 0, 0, 0))
        room = (ctypes.c_char * 192)()  # Xlib copies a whole XEvent
        ctypes.memmove(room, ctypes.byref(message), ctypes.sizeof(message))
        x11.XSendEvent(display, ctypes.c_ulong(int(window)), 0, ctypes.c_long(0), room)
        x11.XFlush(display)
        x11.XCloseDisplay(display)


class _Message(ctypes.Structure):
    """XClientMessageEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class Between(Exception):
    """A page that is not there yet, or no longer."""


class Line:
    """Asks the page of a window, over the port that its browser opened for tests."""

    def __init__(self, port: int) -> None:
        def pages() -> list[dict[str, Any]] | None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                    return [one for one in json.load(answer) if one["type"] == "page" and "127.0.0.1" in one["url"]]
            except OSError:
                return None

        found = wait_for(pages, f"a page on port {port}")[0]
        self._room = ExitStack()
        way_in = connect(found["webSocketDebuggerUrl"], max_size=None, open_timeout=PATIENCE)
        self._socket = self._room.enter_context(way_in)
        self._count = 0

    def ask(self, script: str) -> Any:
        """The value of a script, waited for when it is a promise."""
        self._count += 1
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        self._socket.send(json.dumps({"id": self._count, "method": "Runtime.evaluate", "params": wanted}))
        while (answer := json.loads(self._socket.recv(PATIENCE))).get("id") != self._count:
            pass
        if "result" not in answer:  # the page is just being replaced by another
            raise Between(answer)
        assert "exceptionDetails" not in answer["result"], answer["result"]
        return answer["result"]["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits until a script is true."""

        def holds() -> bool:
            try:
                return bool(self.ask(f"Boolean({condition})"))
            except Between:
                return False

        wait_for(holds, condition)

    def close(self) -> None:
        self._room.close()


def runs(pid: int) -> bool:
    """Whether a process is still at work; one that only waits for init to count it is not."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(of: int) -> list[int]:
    """The ids of all processes below one."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(of).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def on_sheet(line: Line, window: tuple[int, int, int, int], strokes: Iterable[Iterable[Sequence[float]]]) -> Any:
    """Strokes in a square of 100 -> pixels of the screen, in the middle of the page's sheet."""
    box = line.ask(
        "(() => { const r = document.querySelector('#sheet').getBoundingClientRect();"
        "return [r.left, r.top, r.width, innerWidth, innerHeight]; })()"
    )
    left = window[0] + (window[2] - box[3]) / 2 + box[0]  # a title bar that the browser draws itself stands above
    top = window[1] + (window[3] - box[4]) + box[1]
    side = box[2]
    return [[(left + side * (0.2 + x * 0.006), top + side * (0.2 + y * 0.006)) for x, y in one] for one in strokes]
