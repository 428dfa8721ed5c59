"""Many pictures at once: `Reader.digits`, from arrays to answers, beside Keras' `predict` on ready tensors, in turns.

python -m benchmarks.many [--python PYTHON] [--rounds 9]   (needs MNIST; 2 minutes)
Keras runs on TensorFlow where PYTHON has it, else on torch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import RESULTS
from benchmarks.keras_cnn import NETWORK
from inkdigit.data import datasets
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import Times, time_calls
from inkdigit.reader import Reader

SMALL, LARGE = "Reader.digits, 28x28 arrays", "Reader.digits, 280x280 arrays"
KERAS = "Keras predict, ready tensors of 28x28"
BACKEND = """
import importlib.util, os
os.environ["KERAS_BACKEND"] = "tensorflow" if importlib.util.find_spec("tensorflow") else "torch"
"""
# Answers each line with how long one predict took.
PREDICTED = """
ready = (data["test"][..., None] / 255.0).astype("float32")
model.predict(ready, batch_size=500, verbose=0)
for line in sys.stdin:
    started = time.perf_counter()
    model.predict(ready, batch_size=500, verbose=0)
    found = {"seconds": time.perf_counter() - started, "keras": f"{keras.__version__} on {keras.backend.backend()}"}
    print(json.dumps(found), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    images = datasets.mnist("test").images
    reader = Reader()
    small, large = list(images), [enlarged(image) for image in images[:2000]]
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "mnist.npz"
        np.savez(data, test=images)
        keras = subprocess.Popen(
            [chosen.python, "-c", BACKEND + NETWORK + PREDICTED, str(data), "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        version = predict(keras)["keras"]
        calls: dict[str, tuple[int, Callable[[], float]]] = {
            SMALL: (len(small), lambda: time_calls(lambda: reader.digits(small), 1, 0).median),
            LARGE: (len(large), lambda: time_calls(lambda: reader.digits(large), 1, 0).median),
            KERAS: (len(images), lambda: float(predict(keras)["seconds"])),
        }
        seconds: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(chosen.rounds):
            for name, (_, call) in calls.items():
                seconds[name].append(call())
        keras.communicate()
    figures: dict[str, Any] = {"keras": version, "rounds": chosen.rounds, "pictures a second": {}, "seconds": {}}
    for name, (count, _) in calls.items():
        times = Times.of(seconds[name])
        figures["pictures a second"][name] = round(count / times.median)
        figures["seconds"][name] = times.to_json() | {"pictures": count}
        print(f"{name:40} {count / times.median:8,.0f} a second")
    ratio = [b / a for a, b in zip(seconds[SMALL], seconds[KERAS], strict=True)]
    figures["median ratio, Reader.digits of 28x28 to Keras"] = round(float(np.median(ratio)), 2)
    write(RESULTS / "many.json", "python -m benchmarks.many", figures)


def predict(keras: subprocess.Popen[str]) -> dict[str, Any]:
    """One round of Keras; its compiling is in the first."""
    assert keras.stdin is not None
    assert keras.stdout is not None
    keras.stdin.write("\n")
    keras.stdin.flush()
    found: dict[str, Any] = json.loads(keras.stdout.readline())
    return found


def enlarged(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A digit of MNIST as a canvas of 280x280 shows it."""
    return np.pad(cv2.resize(image, (200, 200), interpolation=cv2.INTER_CUBIC), 40)


if __name__ == "__main__":
    main()
