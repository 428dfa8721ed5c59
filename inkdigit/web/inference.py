"""The Open Inference Protocol, version 2, over HTTP: what clients of KServe and Triton speak. docs/http.md shows it.

Two models: "digits" reads glyphs, "pages" reads pictures of any kind.
"""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import Any

import numpy as np
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from numpy.typing import NDArray

from inkdigit import __version__
from inkdigit.errors import NotKeptError, NotReadyError, RequestError
from inkdigit.reader import Reader
from inkdigit.recognition.glyph import SIDE
from inkdigit.web import digits, jobs, metrics, tensors
from inkdigit.web.room import pixels_of, room_of
from inkdigit.web.tensors import Asked

router = APIRouter(prefix="/v2")
VERSION = "1"
_NO_DIGIT = -1  # as a label: a mark that is no digit, or none at all
_AT_ONCE = 50_000  # bytes of JSON: so few are parsed in less time than another process takes
_PACKED = 1_032  # bytes at most that gzip makes one of
_Said = tuple[bytes, dict[str, str]]  # a body and its headers
_Tensors = tuple[tuple[str, str, tuple[int, ...]], ...]
MODELS: dict[str, tuple[_Tensors, _Tensors]] = {
    "digits": (
        (("glyphs", "UINT8", (-1, SIDE, SIDE)),),
        (("digit", "INT64", (-1,)), ("confidence", "FP32", (-1,)), ("probabilities", "FP32", (-1, 10))),
    ),
    "pages": ((("pictures", "BYTES", (-1,)),), (("pages", "BYTES", (-1,)),)),
}
"""Inputs and outputs of each model. Glyphs: 255 = ink. Pictures: whole files; in JSON, as base64. Pages: their JSON."""


@router.get("")
@router.get("/", include_in_schema=False)
async def server() -> dict[str, Any]:
    """What this server is."""
    return {"name": "inkdigit", "version": __version__, "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
async def live() -> dict[str, Any]:
    """Says that the server runs."""
    return {"live": True}


@router.get("/health/ready")
async def ready(request: Request) -> dict[str, Any]:
    """Says that the server takes requests."""
    if not request.app.state.ready:
        raise NotReadyError("a server that takes requests", "one that stops", "Send it to another one")
    return {"ready": True}


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
async def model(name: str, version: str = VERSION) -> dict[str, Any]:
    """What a model takes and gives."""
    inputs, outputs = _model(name, version)
    return {
        "name": name,
        "versions": [VERSION],
        "platform": "onnxruntime_onnx",
        "inputs": tensors.shapes(inputs),
        "outputs": tensors.shapes(outputs),
    }


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def model_ready(request: Request, name: str, version: str = VERSION) -> dict[str, Any]:
    """Says that a model takes requests."""
    _model(name, version)
    return {"name": name, **await ready(request)}


@router.post("/models/{name}/infer")
@router.post("/models/{name}/versions/{version}/infer")
async def infer(request: Request, name: str, version: str = VERSION) -> Response:
    """Reads what a request brings."""
    [one], _ = _model(name, version)
    asked = await _asked(request, one)
    array = asked.inputs[one[0]]
    body, headers = await (_digits if name == "digits" else _pages)(request, array, asked)
    return Response(body, headers=headers)


async def _digits(request: Request, array: NDArray[Any], asked: Asked) -> _Said:
    said, labels = await digits.of_glyphs(request, partial(_read, request.app.state.reader, array, asked), array)
    metrics.answered(labels)
    return said


def _read(reader: Reader, array: NDArray[Any], asked: Asked) -> tuple[_Said, list[str]]:
    """The answer to glyphs, and what `jobs.labels` says of them."""
    read = reader.glyphs(np.ascontiguousarray(array))
    labels = [_NO_DIGIT if one.value is None else one.value for one in read]
    chances = np.stack([one.probabilities for one in read]) if read else np.zeros((0, 10), np.float32)
    outputs: dict[str, tuple[str, NDArray[Any]]] = {
        "digit": ("INT64", np.array(labels, np.int64)),
        "confidence": ("FP32", np.array([one.confidence for one in read], np.float32)),
        "probabilities": ("FP32", chances.astype(np.float32)),
    }
    return tensors.answer("digits", VERSION, asked, outputs), jobs.labels(read)


async def _pages(request: Request, array: NDArray[Any], asked: Asked) -> _Said:
    reader: Reader = request.app.state.reader
    found = np.empty(len(array), np.object_)
    is_json = request.headers.get(tensors.LENGTH) is None
    for at, content in enumerate(array.tolist()):
        picture = _of_base64(content, at) if is_json else content
        found[at], labels = await room_of(request).read(jobs.page, reader, picture, pixels=pixels_of(picture))
        metrics.answered(labels)
    return await run_sync(tensors.answer, "pages", VERSION, asked, {"pages": ("BYTES", found)})


def _of_base64(content: bytes, at: int) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise RequestError(f"picture {at} as base64", "something else", "Or send it as binary data") from None


def _model(name: str, version: str) -> tuple[_Tensors, _Tensors]:
    """The inputs and outputs of a model. Raises NotKeptError."""
    if name not in MODELS or version != VERSION:
        wanted = "one of the models " + ", ".join(MODELS) + f", version {VERSION}"
        raise NotKeptError(wanted, f"{name[:60]}, version {version[:20]}", "Ask for one of these")
    return MODELS[name]


async def _asked(request: Request, takes: tuple[str, str, tuple[int, ...]]) -> Asked:
    """What a request asks. Where unpacking and parsing it takes long, that is done where pictures are read."""
    body, length = await request.body(), request.headers.get(tensors.LENGTH)
    how = request.headers.get("content-encoding", "identity").strip().lower()
    reader: Reader = request.app.state.reader
    if how == "identity" and tensors.json_size(body, length) <= _AT_ONCE:
        return jobs.asked(reader, body, how, length, takes)
    most = len(body) if how == "identity" else min(_PACKED * len(body), reader.settings.max_file_bytes)
    return await room_of(request).read(jobs.asked, reader, body, how, length, takes, pixels=most)
