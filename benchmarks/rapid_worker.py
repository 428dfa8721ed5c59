"""Reads pictures with RapidOCR, in an interpreter of its own, since its OpenCV would take the place of ours.

PYTHON -I benchmarks/rapid_worker.py. The first line that goes out says its version, and how large its networks are.
Then {"path": ..., "line": whether it is one line that was cut out} comes in, an object a line, and an answer goes out.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from pathlib import Path

import rapidocr

ONE_CORE = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # it has words of its own to say there
    reader = rapidocr.RapidOCR(params=ONE_CORE)
    folder = Path(rapidocr.__file__).parent / "models"
    size = sum(path.stat().st_size for path in folder.glob("*.onnx"))
    told = {"version": importlib.metadata.version("rapidocr"), "bytes": size}
    print(json.dumps(told), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        whole = not asked["line"]  # it keeps what the call before was told: so it is told each time
        begun = time.perf_counter()
        found = reader(asked["path"], use_det=whole, use_cls=whole, use_rec=True)
        seconds = time.perf_counter() - begun
        boxes = [None] * len(found.txts or ()) if asked["line"] else found.boxes
        lines = [] if found.txts is None else zip(found.txts, found.scores, boxes, strict=True)
        read = [[text, float(chance), None if quad is None else quad.tolist()] for text, chance, quad in lines]
        print(json.dumps({"seconds": seconds, "lines": read}), file=answers, flush=True)


if __name__ == "__main__":
    main()
