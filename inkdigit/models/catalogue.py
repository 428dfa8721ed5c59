"""Which model files there are: those that ship, those that a person added, and the one in use."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from inkdigit.errors import ModelError
from inkdigit.recognition.model import Model
from inkdigit.settings import Settings

WEIGHTS = Path(__file__).parents[1] / "weights"
CHOSEN = "in-use"  # the file that names the added model which is read with
LINE = "-line"  # behind the script's name in the file of a line model
STROKES = "-strokes"  # likewise, of a model of strokes
SIGNS = "-signs"  # and of a model of signs
PAGE = "-page"  # and of a model of pages
ROW = "-row"  # and of a model of rows


def folder(settings: Settings) -> Path:
    """Where the models are kept that a person added."""
    if settings.models:
        return Path(settings.models)
    import platformdirs

    return Path(platformdirs.user_data_dir("inkdigit", appauthor=False)) / "models"


def added(settings: Settings) -> list[str]:
    """Names of the models that a person added."""
    return sorted(path.stem for path in folder(settings).glob("*.onnx"))


def find(model: str | os.PathLike[str] | None, settings: Settings, script: str = "western") -> Path:
    """The path of a model by its name or path, else of the one in use, else of the one that ships for the script.

    Raises:
        ModelError: neither a file nor the name of a model that was added, or none ships for the script.
    """
    wanted = os.fspath(model or settings.model) or chosen(settings)
    if not wanted:
        return shipped(script)
    if Path(wanted).exists():
        return Path(wanted)
    if wanted in added(settings):
        return folder(settings) / f"{wanted}.onnx"
    names = ", ".join(added(settings)) or "none added so far"
    raise ModelError(f"a model file, or the name of an added model ({names})", f"no file at {wanted}", "Check it")


def chosen(settings: Settings) -> str:
    """The name of the added model that is in use where none is named; "" for the one that ships."""
    try:
        name = (folder(settings) / CHOSEN).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if name in added(settings) else ""


def shipped(script: str = "western") -> Path:
    """Path of the network that ships for a script.

    Raises:
        ModelError: none ships for it.
    """
    scripts = sorted(
        path.stem for path in WEIGHTS.glob("*.onnx") if not path.stem.endswith((LINE, STROKES, SIGNS, PAGE, ROW))
    )
    if script not in scripts:
        raise ModelError("a script: " + ", ".join(scripts), repr(script), "Name one of these, or give a model file")
    return WEIGHTS / f"{script}.onnx"


def listed(settings: Settings) -> list[dict[str, Any]]:
    """The models for a table, the one that ships first; one that does not load says so under "error"."""
    return [_row(name, settings) for name in ("", *added(settings))]


def _row(name: str, settings: Settings) -> dict[str, Any]:
    path = folder(settings) / f"{name}.onnx" if name else shipped()
    row: dict[str, Any] = {
        "name": name or path.stem,
        "shipped": not name,
        "in_use": name == chosen(settings),
        "path": str(path),
        "made": "",
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "mistakes": {},
        "error": "",
    }
    try:
        card = Model(path).card
    except ModelError as error:
        return row | {"error": str(error)}
    counts = {key: count for key, count in card.mistakes.items() if name or not key.endswith("-validation")}
    return row | {"made": str(card.provenance.get("date", "")), "mistakes": counts}
