"""The screen that a window opens on: whether there is one, and how large it is."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

Area = tuple[int, int, int, int]  # left, top, width, height in pixels


def fault() -> str | None:
    """What is wrong with the screen; None when there is one. Qt and Chromium would end with less to read."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return None
    wayland, display = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("DISPLAY")
    if not wayland and not display:
        return "none (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if wayland and Path(os.environ.get("XDG_RUNTIME_DIR", "/"), wayland).exists():
        return None
    if display and _asked() != []:
        return None
    return f"no answer from {display or wayland}"


def areas() -> list[Area]:
    """The screens of the X server as one area; empty where it cannot be told."""
    return (_asked() or []) if os.environ.get("DISPLAY") else []


def _asked() -> list[Area] | None:
    """What the X server of DISPLAY says; empty when it does not take us, None when there is nothing to ask it with."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not display:
        return []
    size = (x11.XDisplayWidth(display, 0), x11.XDisplayHeight(display, 0))
    x11.XCloseDisplay(display)
    return [(0, 0, *size)]
