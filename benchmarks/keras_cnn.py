"""The Keras CNN of the tutorials against `inkdigit train --recipe fast`: time and mistakes, in one run, in turns.

python -m benchmarks.keras_cnn [--python PYTHON] [--rounds 3]   (needs MNIST, and the extra [compare]; 4 minutes)
PYTHON is one that has TensorFlow, where this one has not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.evaluation.corruptions import CORRUPTIONS, corrupt
from inkdigit.evaluation.report import write
from inkdigit.recognition.model import Model

# Two convolutions with pooling, dense 128, dropout 0.5, batch 128, Adam, 5 epochs: as nearly everybody begins.
NETWORK = """
import sys, json, time
started = time.perf_counter()
import numpy, keras
from keras import layers
data = numpy.load(sys.argv[1])
keras.utils.set_random_seed(int(sys.argv[2]))
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(), layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
    layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""
TRAINED = """
model.fit(data["x"][..., None] / 255.0, data["y"], batch_size=128, epochs=5, verbose=0)
wrong = {}
for name in data:
    if name not in ("x", "y", "labels"):
        found = model.predict(data[name][..., None] / 255.0, batch_size=500, verbose=0).argmax(1)
        wrong[name] = int((found != data["labels"]).sum())
        if name == "test":
            seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "wrong": wrong, "keras": keras.__version__}))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    train, test = datasets.mnist("train"), datasets.mnist("test")
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "mnist.npz"
        shown = {"test": test.images} | {name: corrupt(test.images, name) for name in CORRUPTIONS}
        np.savez(data, x=train.images, y=train.labels, labels=test.labels, **shown)  # type: ignore[arg-type]
        for seed in range(chosen.rounds):
            ours.append(fast(Path(scratch) / f"fast{seed}", seed))
            theirs.append(cnn(chosen.python, data, seed))
            print(f"fast {ours[-1]}, Keras {theirs[-1]['seconds']:.1f} s, {theirs[-1]['wrong']['test']} wrong")
    ratio = [a["seconds"] / b["seconds"] for a, b in zip(ours, theirs, strict=True)]
    kept = [np.mean([1 - row["wrong"][name] / len(test.labels) for name in CORRUPTIONS]) for row in theirs]
    figures = {
        "fast": ours,
        "keras": theirs,
        "median ratio of the times": round(float(np.median(ratio)), 3),
        "mean accuracy of the Keras CNN over the fifteen corruptions, fed directly": round(float(np.mean(kept)), 4),
    }
    write(RESULTS / "keras_cnn.json", "python -m benchmarks.keras_cnn", figures)
    print(f"ratio of the times {figures['median ratio of the times']}, fast against Keras; medians of {chosen.rounds}")
    print(f"Keras CNN over the fifteen corruptions: {np.mean(kept):.2%}")


def fast(out: Path, seed: int) -> dict[str, Any]:
    """The whole command, from start to the file, the counting of the test set included."""
    command = [sys.executable, "-m", "inkdigit", "train", "--recipe", "fast", "--seed", str(seed), "--out", str(out)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    wrong, total = Model(out / "western.onnx").card.mistakes["mnist-test"]
    return {"seconds": round(seconds, 2), "wrong": wrong, "total": total}


def cnn(python: str, data: Path, seed: int) -> dict[str, Any]:
    """The same for Keras: import, training, test set."""
    done = subprocess.run(
        [python, "-c", NETWORK + TRAINED, str(data), str(seed)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"seconds": round(found["seconds"], 2)}


if __name__ == "__main__":
    main()
