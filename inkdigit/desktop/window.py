"""The app in a window of its own: by pywebview where it is installed, else by a browser of the Chromium family."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inkdigit.desktop import geometry, screen
from inkdigit.desktop.chromium import Chromium, find
from inkdigit.errors import WindowError
from inkdigit.settings import Settings
from inkdigit.web import server

TITLE = "inkdigit"
WAYS = ("pywebview", "browser")
QT_PACKAGES = (  # what Qt needs on a bare Debian
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libnss3 libasound2 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0 libxkbfile1 libxcomposite1 libxdamage1 libxrandr2 libxtst6"
)
_ICON = Path(server.__file__).parent / "static" / "icon-192.png"
_INSTEAD = "or open the page in your browser with `inkdigit app`"
_NAME = "pywebview[qt]" if sys.platform == "linux" else "pywebview"
_INSTALL = f"Install it with `{sys.executable} -m pip install '{_NAME}'`, or install Chromium, {_INSTEAD}"


def run(settings: Settings, way: str | None = None) -> None:
    """Opens the window, serves it, and returns when it is closed.

    Args:
        way: "pywebview", "browser", or None for the first of them that works here.

    Raises:
        WindowError: there is no screen, or nothing to show a window with.
        ModelError: the model cannot be loaded.
    """
    browser = choose(way)
    listener, folder = geometry.claim(settings)
    address = server.address_of(listener)
    window: Chromium | WebView = Chromium(browser, address, folder) if browser else WebView(address, folder)
    background = server.Background(settings, listener, window.close)
    background.start()
    try:
        with _closed_by_signals(window.close):
            window.show()
    finally:
        background.stop()


def choose(way: str | None) -> Path | None:
    """The browser to open the window with; None for pywebview.

    Raises:
        WindowError: there is no screen, or what was asked for is not here.
    """
    if way not in (None, *WAYS):
        raise WindowError(f"one of {' and '.join(WAYS)}", repr(way), "Leave it out to take what is installed")
    if dark := screen.fault():
        raise WindowError("a screen to open a window on", dark, f"Run it on a desktop, {_INSTEAD}")
    fault = _webview_fault() if way != "browser" else None
    if way != "browser" and fault is None:
        return None
    browser = find() if way != "pywebview" else None
    if browser is not None:
        return browser
    raise fault or WindowError("a browser of the Chromium family", "none here", f"Install Chromium, {_INSTEAD}")


class WebView:
    """The window of pywebview.

    Args:
        folder: of this window alone, for its geometry and the page's storage.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._window: Any = None
        self._is_over = False

    def show(self) -> None:
        """Opens the window and waits until it is closed. To be called in the main thread."""
        import webview

        gui, storage = _gui(), self._folder / "webview"
        self._geometry = geometry.load(self._folder)
        if gui == "qt":
            from inkdigit.desktop import qt_window

            self._geometry = self._geometry.on(qt_window.screens(qt_window.prepare(_ICON, storage)))
        else:
            webview.settings["ALLOW_DOWNLOADS"] = True
            self._geometry = self._geometry.on([(one.x, one.y, one.width, one.height) for one in webview.screens])
        self._window = webview.create_window(
            TITLE,
            self._address,
            width=self._geometry.width,
            height=self._geometry.height,
            x=self._geometry.left,
            y=self._geometry.top,
            maximized=self._geometry.maximized,
            min_size=geometry.LEAST,
            text_select=True,  # else it writes a style into the page, which our policy forbids
        )
        self._window.events.before_show += self._opens
        self._window.events.closing += self._closes
        if self._is_over:
            return
        webview.start(gui=gui, private_mode=False, storage_path=str(storage), icon=str(_ICON))
        if gui == "qt":
            self._qt.end()

    def close(self) -> None:
        """Closes the window, from any thread; one that is not open yet stays closed."""
        self._is_over = True
        if self._window is not None:
            threading.Thread(target=self._window.destroy, daemon=True).start()  # it waits until the window is there

    def _opens(self) -> None:
        if _gui() == "qt":
            from inkdigit.desktop.qt_window import QtWindow

            self._qt = QtWindow(self._window.native, self._address)
            self._qt.place(self._geometry)

    def _closes(self) -> None:
        if _gui() == "qt":
            geometry.save(self._folder, self._qt.geometry())
        else:
            one = self._window
            geometry.save(self._folder, geometry.Geometry(one.width, one.height, one.x, one.y))


def _gui() -> str | None:
    """The toolkit to ask pywebview for: Qt on Linux, where its camera works, else GTK; the system's own elsewhere."""
    if sys.platform in ("win32", "darwin"):
        return None
    return "qt" if importlib.util.find_spec("qtpy") else "gtk"


def _webview_fault() -> WindowError | None:
    """Why pywebview cannot open a window here; None when it can."""
    wanted = "pywebview"
    if importlib.util.find_spec("webview") is None:
        return WindowError(wanted, "none here", _INSTALL)
    if _gui() is None:
        return None
    if _gui() == "gtk":
        fault = None if importlib.util.find_spec("gi") else "neither Qt nor GTK"
        return WindowError(wanted + " with Qt", fault, _INSTALL) if fault else None
    try:
        from webview.platforms import qt  # noqa: F401

        _load_platform()
    except (ImportError, OSError) as error:
        remedy = f"On Debian: apt-get install {QT_PACKAGES}; elsewhere the packages of the same libraries; {_INSTEAD}"
        return WindowError("Qt with its system libraries", str(error), remedy)
    return None


def _load_platform() -> None:
    """Loads the plugin through which Qt will reach the screen: with a library missing, Qt would end the process.

    Raises:
        OSError: it names the library.
    """
    from qtpy.QtCore import QLibraryInfo

    if not os.environ.get("DISPLAY") or os.environ.get("QT_QPA_PLATFORM"):
        return
    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    if (plugin := plugins / "libqxcb.so").is_file():
        ctypes.CDLL(str(plugin))


@contextlib.contextmanager
def _closed_by_signals(close: Callable[[], None]) -> Iterator[None]:
    """Ctrl+C, the end of the shell and `kill` close the window, as its own button does."""
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.getsignal(getattr(signal, name)) for name in names}
    for number in before:
        signal.signal(number, lambda *_: close())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
