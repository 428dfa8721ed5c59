"""What the service is measured beside: the shortest FastAPI application around the same network, without anything else.

python -m benchmarks.bare PORT: 784 bytes to POST / -> {"digit": 7, "confidence": 0.99}.
"""

from __future__ import annotations

import socket
import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request

from inkdigit.models import catalogue
from inkdigit.settings import Settings


def app() -> FastAPI:
    found = FastAPI()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = catalogue.find(None, Settings())
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    @found.post("/")
    async def read(request: Request) -> dict[str, float]:
        glyph = np.frombuffer(await request.body(), np.uint8).reshape(1, 1, 28, 28).astype(np.float32) / np.float32(255)
        scores = session.run(None, {name: glyph})[0][0]
        chances = np.exp(scores - scores.max())
        best = int(chances[:10].argmax())
        return {"digit": best, "confidence": float(chances[best] / chances.sum())}

    return found


def main() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    uvicorn.Server(uvicorn.Config(app(), log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
