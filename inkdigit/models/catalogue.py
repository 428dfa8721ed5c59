"""Which model files there are: those that ship, those that a person added, and the one in use."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from inkdigit.errors import ModelError, ScriptError
from inkdigit.scripts import SCRIPTS, WESTERN, named
from inkdigit.settings import Settings

WEIGHTS = Path(__file__).parents[1] / "weights"
NON_COMMERCIAL = "non-commercial"  # the folder in it of networks whose data may not be used commercially
CHOSEN = "in-use"  # the file that names the added model which is read with
LINE = "-line"  # behind the script's name in the file of a line model
STROKES = "-strokes"  # likewise, of a model of strokes
SIGNS = "-signs"  # and of a model of signs
PAGE = "-page"  # and of a model of pages
ROW = "-row"  # and of a model of rows
PRINT = "-print"  # and of a model that tells printed digits from written ones
SCRIPT = "which-script.onnx"  # which tells scripts; some of its data may not be used commercially


def folder(settings: Settings) -> Path:
    """Where the models are kept that a person added."""
    if settings.models:
        return Path(settings.models)
    import platformdirs

    return Path(platformdirs.user_data_dir("inkdigit", appauthor=False)) / "models"


def added(settings: Settings) -> list[str]:
    """Names of the models that a person added."""
    return sorted(path.stem for path in folder(settings).glob("*.onnx"))


def find(model: str | os.PathLike[str] | None, settings: Settings, script: str = WESTERN) -> Path:
    """The path of a model by its name or path, else of the one in use, else of the one that ships for the script.

    The one in use reads western digits; for other scripts it is not asked for.

    Raises:
        ModelError: neither a file nor the name of a model that was added.
        ScriptError: none ships for the script.
    """
    wanted = os.fspath(model or settings.model) or (chosen(settings) if script == WESTERN else "")
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


def shipped(script: str = WESTERN) -> Path:
    """Path of the network that ships for a script.

    Raises:
        ScriptError: no such script, or none ships for it in this build.
    """
    name = named(script).name
    for path in (WEIGHTS / f"{name}.onnx", WEIGHTS / NON_COMMERCIAL / f"{name}.onnx"):
        if path.is_file():
            return path
    here = ", ".join(ship())
    raise ScriptError(f"a script whose network is here: {here}", repr(name), "Name one, or a model file of that script")


def beside(kind: str) -> Path:
    """Path of the shipped network that reads something else than pictures of one western digit: LINE, STROKES ..."""
    return WEIGHTS / f"{WESTERN}{kind}.onnx"


def telling_scripts() -> Path | None:
    """Path of the network that tells which script a digit is of; None in a build without it."""
    path = WEIGHTS / NON_COMMERCIAL / SCRIPT
    return path if path.is_file() else None


def ship() -> list[str]:
    """The scripts whose networks ship in this build."""
    return [
        name
        for name in SCRIPTS
        if (WEIGHTS / f"{name}.onnx").is_file() or (WEIGHTS / NON_COMMERCIAL / f"{name}.onnx").is_file()
    ]


def listed(settings: Settings) -> list[dict[str, Any]]:
    """The models for a table, those that ship first; one that does not load says so under "error"."""
    telling = telling_scripts()
    ours = [*(shipped(script) for script in ship()), *([telling] if telling else [])]
    own = [_row(path, settings, is_ours=True) for path in ours]
    return own + [_row(folder(settings) / f"{name}.onnx", settings) for name in added(settings)]


def _row(path: Path, settings: Settings, is_ours: bool = False) -> dict[str, Any]:
    from inkdigit.recognition.model import Model, ScriptModel  # load onnxruntime, which finding a file does not need

    in_use = chosen(settings)
    row: dict[str, Any] = {
        "name": path.stem,
        "shipped": is_ours,
        "in_use": path.stem == (in_use or WESTERN) and is_ours is not bool(in_use),
        "path": str(path),
        "made": "",
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "mistakes": {},
        "non_commercial": False,
        "error": "",
    }
    try:
        card = (ScriptModel if path == telling_scripts() else Model)(path).card
    except ModelError as error:
        return row | {"error": str(error)}
    counts = {key: count for key, count in card.mistakes.items() if not (is_ours and key.endswith("-validation"))}
    if is_ours and not counts and card.mistakes:  # what tells scripts was counted on validation alone
        wrong, total = (sum(both) for both in zip(*card.mistakes.values(), strict=True))
        counts = {"validation": [wrong, total]}
    made, bound = str(card.provenance.get("date", "")), card.provenance.get("non_commercial") is True
    return row | {"made": made, "mistakes": counts, "non_commercial": bound}
