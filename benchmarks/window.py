"""From the start of `inkdigit window` to the page on the screen, on a virtual screen, for both kinds of window.

The clock starts before the process and stops with the time stamp that the browser gives the first paint of content.
The first run of each kind makes its profile and is told apart. python -m benchmarks.window
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import RESULTS
from inkdigit.desktop import chromium
from inkdigit.desktop.window import WAYS
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import Times
from tests.screen import Line, Screen, free_port

RUNS = 7
LIMIT = 2.0  # s
PAINTED = "performance.getEntriesByName('first-contentful-paint')"


def main() -> None:
    screen = Screen()
    figures: dict[str, Any] = {}
    try:
        for way in WAYS:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                first, *others = [shown_after(way, Path(folder), screen) for _ in range(RUNS + 1)]
            figures[way] = {**Times.of(others).to_json(), "first": round(first, 3)}
    finally:
        screen.close()
    figures["limit, s"] = LIMIT
    write(RESULTS / "window.json", "python -m benchmarks.window", figures)
    for name, figure in figures.items():
        print(f"{name:10} {figure}")


def shown_after(way: str, folder: Path, screen: Screen) -> float:
    """Seconds from the start of the command to the first paint."""
    debug = free_port()
    environment = {
        **os.environ,
        "DISPLAY": screen.display,
        "PATH": f"{with_a_line(folder, debug)}{os.pathsep}{os.environ['PATH']}",
        "QTWEBENGINE_REMOTE_DEBUGGING": str(debug),
        "INKDIGIT_WINDOWS": str(folder / way),
        "INKDIGIT_PORT": str(free_port()) if not (folder / way).exists() else port_of(folder / way),
    }
    begun = time.time()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "-m", "inkdigit", "window", "--with", way], env=environment, **quiet)
    try:
        line = Line(debug)
        line.until(f"{PAINTED}.length")
        shown: float = line.ask(f"performance.timeOrigin + {PAINTED}[0].startTime")
        line.close()
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
    return shown / 1e3 - begun


def with_a_line(folder: Path, debug: int) -> Path:
    """A folder with a `chromium` that lets us ask its page."""
    words: Sequence[str] = (str(chromium.find()), f"--remote-debugging-port={debug}", '"$@"')
    browser = folder / "bin" / "chromium"
    browser.parent.mkdir(exist_ok=True)
    browser.write_text(f"#!/bin/sh\nexec {' '.join(words)}\n")
    browser.chmod(0o755)
    return browser.parent


def port_of(windows: Path) -> str:
    return next(windows.iterdir()).name


if __name__ == "__main__":
    main()
