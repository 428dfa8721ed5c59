"""What a model file says of itself: its metadata, written in one place."""

from __future__ import annotations

import os
from pathlib import Path

import onnx


def put(path: Path, key: str, value: str) -> None:
    """Writes one entry of a file's metadata in one step; the others stay."""
    proto = onnx.load(path)
    kept = {entry.key: entry.value for entry in proto.metadata_props} | {key: value}
    onnx.helper.set_model_props(proto, kept)
    part = path.with_name(path.name + ".meta")
    onnx.save(proto, part)
    os.replace(part, path)


def get(path: Path, key: str) -> str:
    """One entry of a file's metadata; "" when it has none of that key."""
    return next((entry.value for entry in onnx.load(path).metadata_props if entry.key == key), "")
