"""Reads handwritten digits and numbers, says how sure it is, and says so when a mark is not a digit.

>>> import inkdigit
>>> reader = inkdigit.Reader()
>>> reader.digit("seven.png").value
7
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from inkdigit.errors import InkdigitError

if TYPE_CHECKING:
    from inkdigit.ink.strokes import Strokes
    from inkdigit.reader import Reader, read
    from inkdigit.recognition.reading import Digit, Number, Page
    from inkdigit.settings import Settings

# From 1.29 on, onnxruntime tells its maker what it runs, and numbers the machine in a file, unless it is
# told not to before it is loaded. Nothing is to leave this machine; whoever has set the variable has decided.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = ["Digit", "InkdigitError", "Number", "Page", "Reader", "Settings", "Strokes", "read"]

_HOMES = {
    "Digit": "inkdigit.recognition.reading",
    "Number": "inkdigit.recognition.reading",
    "Page": "inkdigit.recognition.reading",
    "Reader": "inkdigit.reader",
    "Settings": "inkdigit.settings",
    "Strokes": "inkdigit.ink.strokes",
    "read": "inkdigit.reader",
}


def __getattr__(name: str) -> Any:
    """Loads a name of the front door when it is first asked for: `import inkdigit` alone stays under 0.15 s."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inkdigit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
