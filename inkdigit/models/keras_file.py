"""A .keras or .h5 file -> ONNX: looked into first, since a layer can hold code, then converted by Keras itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkdigit.errors import ModelError

SUFFIXES = (".keras", ".h5", ".hdf5")
_CODE = ("Lambda", "TFOpLambda", "TFSMLayer")  # layers that hold code
_CONVERT = """
import sys, keras, numpy
model = keras.models.load_model(sys.argv[1], compile=False, safe_mode=True)
shape = model.input_shape
model(numpy.zeros([1, *shape[1:]], "float32"))
model.export(sys.argv[2], format="onnx", verbose=False)
"""


def to_onnx(path: Path) -> bytes:
    """The bytes of the same model as ONNX, converted in a process of its own.

    Raises:
        ModelError: a layer holds code, the file is damaged or holds weights only, or the extra [keras] is missing.
    """
    unsafe = sorted({layer for layer in _layers(_keras_config(path)) if layer in _CODE})
    if unsafe:
        got = f"{path.name} with {', '.join(unsafe)}"
        raise ModelError("layers that hold only data", got, "Replace that layer by one of Keras, e.g. Rescaling")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "model.onnx"
        done = subprocess.run(
            [sys.executable, "-c", _CONVERT, str(path), str(out)],
            env={**os.environ, "KERAS_BACKEND": "torch"},
            capture_output=True,
            text=True,
        )
        if done.returncode == 0 and out.is_file():
            return out.read_bytes()
    reason = (done.stderr.strip().splitlines() or ["no message"])[-1][:300]
    if "ModuleNotFoundError" in reason or "ImportError" in reason:
        raise ModelError("the extra [keras]", reason, "Run python3 start.py models add, or pip install '.[keras]'")
    raise ModelError("a whole Keras model", f"{path.name}, which does not convert ({reason})", "Save it again")


def _keras_config(path: Path) -> Any:
    """What the file says of its layers, read without building them."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return json.loads(archive.read("config.json"))
        import h5py  # type: ignore[import-untyped]

        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                remedy = "Save the whole model, with model.save"
                raise ModelError("a whole model", f"{path.name}, which holds weights only", remedy)
            return json.loads(file.attrs["model_config"])
    except ImportError:
        raise ModelError(
            "the extra [keras]", "no h5py", "Run python3 start.py models add, or pip install '.[keras]'"
        ) from None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(
            "a Keras model", f"{path.name}, damaged or of another kind ({error})", "Save it again"
        ) from None


def _layers(config: Any) -> Iterator[str]:
    """The class of every layer in it, however deep."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config["class_name"]
        for part in config.values():
            yield from _layers(part)
    elif isinstance(config, list):
        for part in config:
            yield from _layers(part)
