"""A browser of the Chromium family as a window: one page, no address bar, a profile of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkdigit.desktop import geometry, screen
from inkdigit.errors import WindowError

_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "brave",
    "vivaldi",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Brave Browser.app/Contents/MacOS/Brave Browser",
)
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"BraveSoftware\Brave-Browser\Application\brave.exe",
)
_ENDED = {0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGKILL}  # closed by its user, or from outside
_PATIENCE = 5  # seconds for a browser to close by itself


def find() -> Path | None:
    """An installed browser of the Chromium family, or None."""
    for name in _COMMANDS:
        if found := shutil.which(name):
            return Path(found)
    return next((path for path in _usual_places() if path.is_file()), None)


def _usual_places() -> list[Path]:
    """Where macOS and Windows keep programs; they are on no PATH there."""
    if sys.platform == "darwin":
        roots = [Path("/Applications"), Path.home() / "Applications"]
        return [root / path for path in _MAC for root in roots]
    names = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA") if sys.platform == "win32" else ()
    roots = [Path(os.environ[name]) for name in names if name in os.environ]
    return [root / path for path in _WINDOWS for root in roots]


class Chromium:
    """One window of a browser, in a process of its own.

    Args:
        folder: of this window alone; the profile in it keeps size, place and the page's storage between runs.
    """

    def __init__(self, browser: Path, address: str, folder: Path) -> None:
        self._command = [str(browser), *_flags(address, _profile(browser, folder))]
        self._log = folder / "browser.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def show(self) -> None:
        """Opens the window and waits until it is closed.

        Raises:
            WindowError: the browser cannot be started, or fails.
        """
        if self._is_over:
            return
        try:
            with self._log.open("wb") as log:
                # In a group of its own: Ctrl+C reaches us, and we close it.
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
        except OSError as error:
            raise self._failure(error.strerror or str(error)) from None
        if self._is_over:  # said while it started
            self.close()
        code = self._process.wait()
        if code not in _ENDED:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise self._failure(f"exit code {code}" + (f" and {lines[-1][-200:]!r}" if lines else ""))

    def close(self) -> None:
        """Closes the window, with everything the browser started, without waiting for it; may come from a signal."""
        self._is_over = True
        if self._process is not None:
            threading.Thread(target=_end, args=(self._process,), daemon=True).start()

    def _failure(self, got: str) -> WindowError:
        remedy = "Open the page in your browser instead, with `inkdigit app`"
        return WindowError(f"a window of {self._command[0]}", got, remedy)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _profile(browser: Path, folder: Path) -> Path:
    """Where the browser keeps this window. One from a snap may write in no hidden folder, only in its own."""
    is_snap = browser.name.startswith("chromium") and Path("/snap/bin/chromium").exists()
    return Path.home() / "snap" / "chromium" / "common" / "inkdigit" / folder.name if is_snap else folder / "browser"


def _flags(address: str, profile: Path) -> list[str]:
    found = _left(profile)
    flags = [
        f"--app={address}",
        f"--user-data-dir={profile}",
        f"--window-size={found.width},{found.height}",
        "--class=inkdigit",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-mode",
        "--disable-sync",
        "--hide-crash-restore-bubble",
    ]
    if found.left is not None:
        flags.append(f"--window-position={found.left},{found.top}")
    if found.maximized:
        flags.append("--start-maximized")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags += ["--no-sandbox", "--test-type"]  # root may not use the sandbox; the second hides the bar that says so
    return flags


def _left(profile: Path) -> geometry.Geometry:
    """The geometry that the browser has written into its profile.

    It does not find it again itself: it writes under the name of the site, cut at every dot, and looks for it uncut.
    """
    try:
        text = (profile / "Default" / "Preferences").read_text(encoding="utf-8")
        places = json.loads(text)["browser"]["app_window_placement"]
        place = next(_places(places))
        left, top = place["left"], place["top"]
        size = (place["right"] - left, place["bottom"] - top)
        found = geometry.Geometry(*size, left, top, place.get("maximized", False))
    except (OSError, ValueError, LookupError, TypeError, StopIteration, RecursionError):
        return geometry.Geometry()
    return found.on(screen.areas()) if found.is_sound else geometry.Geometry()


def _places(tree: Any) -> Iterator[dict[str, Any]]:
    """Every innermost part of the tree that is a place."""
    if isinstance(tree, dict):
        if "bottom" in tree:
            yield tree
        for below in tree.values():
            yield from _places(below)
