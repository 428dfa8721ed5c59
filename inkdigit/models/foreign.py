"""Models that people bring: a .keras, .h5 or .onnx of the usual tutorials -> a file of ours, checked on digits.

What is asked of them: 28x28 in (any order of the axes, or 784 in a row), ten scores or probabilities out, 0 to 9.
Whether ink is 1 or 0 and how the pixels were scaled, nobody wrote down: the way that reads best is found by trying.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigit.data import datasets
from inkdigit.errors import DataError, ModelError
from inkdigit.models import conversion, keras_file, sandbox, specimens, trial
from inkdigit.models.catalogue import added, folder
from inkdigit.recognition import glyph, onnx_file
from inkdigit.scripts import SCRIPTS
from inkdigit.settings import Settings

Floats = NDArray[np.float32]

_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".npy")
_TRIED = 500  # MNIST pictures, where they are here


@dataclass(frozen=True)
class Added:
    """A model that was taken in.

    Attributes:
        path: the file of ours that was made.
        pixels: how it wants its pixels, found by trying.
        right: digits that it read right.
        tried: digits that it was shown.
        shown: where those came from.
        sha256: of the file that was brought, in hexadecimal digits.
    """

    path: Path
    pixels: str
    right: int
    tried: int
    shown: str
    sha256: str


def add(path: Path, settings: Settings, name: str | None = None) -> Added:
    """Takes a model in, one of `inkdigit train` too, under a name by which every command, and `Reader`, then finds it.

    Raises:
        ModelError: not a model, an unsafe kind of file, other inputs or outputs than 28x28 and ten, it does not read
            digits, it takes too long or too much memory, the name is taken or is no name, or a package that converts
            is missing.
    """
    name = _checked_name(name or re.sub(r"[^\w-]+", "-", path.stem).strip("-") or "model", settings)
    _checked_file(path, settings)
    glyphs, labels, shown = _digits(settings)
    provenance = {
        "added_from": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        digits, made = Path(scratch) / "digits.npz", Path(scratch) / "model.onnx"
        np.savez(digits, glyphs=glyphs, labels=labels)
        order = (str(path.resolve()), str(digits), str(made), shown, provenance)
        done = sandbox.call(conversion.convert, *order, settings=settings, about=path.name)
        kept = _written(onnx_file.checked(made.read_bytes(), path), folder(settings) / f"{name}.onnx")
    return Added(kept, done["pixels"], done["right"], len(labels), shown, provenance["sha256"])


def remove(name: str, settings: Settings) -> Path:
    """Deletes a model that was added.

    Raises:
        ModelError: none of that name.
    """
    if name not in added(settings):
        raise ModelError("a model that was added: " + (", ".join(added(settings)) or "none so far"), name, "Name one")
    path = folder(settings) / f"{name}.onnx"
    path.unlink()
    return path


def _checked_name(name: str, settings: Settings) -> str:
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise ModelError("a name of letters, digits, - and _", repr(name), "Give another with --name")
    if name in SCRIPTS:  # a kept drawing is known by it to be read in that script
        raise ModelError("a name that is free", f"{name}, which a shipped one has", "Give another with --name")
    if name in added(settings):
        raise ModelError(
            "a name that is free", f"{name}, which there is", "Remove it first, or give another with --name"
        )
    return name


def _checked_file(path: Path, settings: Settings) -> None:
    """What can be said of a file by its name and size."""
    kind = path.suffix.lower()
    if path.is_dir():
        raise ModelError("a model file", f"the folder {path}", "Save the model as .keras or .onnx")
    trial.sized(path, settings)
    if kind in _PICKLES:
        remedy = "Save the model as .keras or .onnx"
        raise ModelError("a file that holds only data", f"{path.name}, whose kind can run code when loaded", remedy)
    if kind not in (*keras_file.SUFFIXES, ".onnx"):
        raise ModelError("a .keras, .h5 or .onnx file", path.name, "Save the model as one of these")


def _digits(settings: Settings) -> tuple[Floats, NDArray[np.int64], str]:
    """Digits to try a model on: of the MNIST training pictures where they are here, else some that are drawn."""
    try:
        pictures = datasets.mnist("train", settings, download=False)
    except DataError:
        labels, written = specimens.digits()
        return glyph.stack([glyph.from_strokes(one, 2.6) for one in written]), labels, "drawn digits"
    glyphs = pictures.images[-_TRIED:, None].astype(np.float32) / np.float32(255)
    return glyphs, pictures.labels[-_TRIED:], "MNIST training pictures"


def _written(content: bytes, path: Path) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ModelError(f"room to write {path}", str(error.strerror), "Make room, or set INKDIGIT_MODELS") from None
    return path
