"""A .keras or .h5 file -> ONNX: looked into first, since a layer can hold code, then converted by Keras itself.

This is done in a process of its own: see sandbox.py.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkdigit.data.file_faults import DAMAGED
from inkdigit.errors import ModelError

SUFFIXES = (".keras", ".h5", ".hdf5")
_STARTS = {".keras": b"PK\x03\x04", ".h5": b"\x89HDF\r\n\x1a\n", ".hdf5": b"\x89HDF\r\n\x1a\n"}
_CODE = ("Lambda", "TFOpLambda", "TFSMLayer")  # layers that hold code
_OURS = (
    "keras.",
    "tensorflow.keras.",
    "tensorflow.python.keras.",
    "builtins.",
)  # packages whose classes a layer may name
_MOST_CONFIG = 20_000_000  # bytes; a model of a thousand layers has one


def to_onnx(path: Path) -> bytes:
    """The bytes of the same model as ONNX.

    Raises:
        ModelError: a layer holds code, the file is damaged or holds weights only, or the extra [keras] is missing.
    """
    config = _keras_config(path)
    unsafe = sorted({layer for layer in _named(config, "class_name") if layer in _CODE})
    if unsafe:
        got = f"{path.name} with {', '.join(unsafe)}"
        raise ModelError("layers that hold only data", got, "Replace that layer by one of Keras, e.g. Rescaling")
    foreign = sorted({name for name in _named(config, "module") if not f"{name}.".startswith(_OURS)})
    if foreign:
        got = f"{path.name} with some of {', '.join(foreign)[:100]}"
        raise ModelError("layers of Keras alone", got, "Replace that layer by one of Keras")
    with tempfile.TemporaryDirectory() as scratch:
        return _converted(path, Path(scratch) / "model.onnx")


def _converted(path: Path, target: Path) -> bytes:
    os.environ["KERAS_BACKEND"] = "torch"
    try:
        import keras  # type: ignore[import-untyped]
        import numpy as np

        model = keras.models.load_model(path, compile=False, safe_mode=True)
        model(np.zeros([1, *model.input_shape[1:]], "float32"))
        model.export(target, format="onnx", verbose=False)
    except ImportError as error:
        remedy = "Run python3 start.py models add, or pip install '.[keras]'"
        raise ModelError("the extra [keras]", str(error)[:300], remedy) from None
    except MemoryError:
        raise
    except Exception as error:  # Keras and torch raise of all kinds, on what a file says
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]
        raise ModelError(
            "a whole Keras model", f"{path.name}, which does not convert ({reason})", "Save it again"
        ) from None
    return target.read_bytes()


def _keras_config(path: Path) -> Any:
    """What the file says of its layers, read without building them."""
    with open(path, "rb") as file:
        start = file.read(8)
    if not start.startswith(_STARTS[path.suffix.lower()]):  # a zip may also stand behind other content
        got = f"{path.name}, damaged or of another kind"
        raise ModelError("a Keras model", got, "Save it again")
    try:
        config = _in_zip(path) if start.startswith(b"PK") else _in_hdf(path)
        return json.loads(config)
    except ImportError:
        raise ModelError(
            "the extra [keras]", "no h5py", "Run python3 start.py models add, or pip install '.[keras]'"
        ) from None
    except DAMAGED as error:
        got = f"{path.name}, damaged or of another kind ({str(error)[:200]})"
        raise ModelError("a Keras model", got, "Save it again") from None


def _in_zip(path: Path) -> bytes | str:
    with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
        text = file.read(_MOST_CONFIG + 1)
    return _short(text, path)


def _in_hdf(path: Path) -> bytes | str:
    import h5py  # type: ignore[import-untyped]

    with h5py.File(path, "r") as file:
        if "model_config" not in file.attrs:
            remedy = "Save the whole model, with model.save"
            raise ModelError("a whole model", f"{path.name}, which holds weights only", remedy)
        text: Any = file.attrs["model_config"]
    if not isinstance(text, str | bytes):
        raise ValueError("its layers are no text")
    return _short(text, path)


def _short(text: bytes | str, path: Path) -> bytes | str:
    if len(text) > _MOST_CONFIG:
        limit = f"layers described in at most {_MOST_CONFIG:,} bytes"
        raise ModelError(limit, f"more in {path.name}", "Bring a smaller model")
    return text


def _named(config: Any, key: str) -> Iterator[str]:
    """What stands under a key anywhere in it, however deep."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get(key), str):
                yield part[key]
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
