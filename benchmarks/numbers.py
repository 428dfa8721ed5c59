"""Whole numbers: how many are read right, by length, gap and blur; what pages cost; what is found where none stands.

python -m benchmarks.numbers   (needs INKDIGIT_DATA; 4 minutes on one core)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import PenSample
from inkdigit.evaluation import composed, numbers, photos
from inkdigit.evaluation.report import write
from inkdigit.evaluation.speed import time_calls
from inkdigit.reader import Reader

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
GAPS = (-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.4)  # of the height of a digit
BLURS = (0.0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.2)  # deviation, of the height of a digit
EACH = 200  # numbers at each gap and blur
SHOWN = 24  # failures in the gallery


def main() -> None:
    if sys.argv[1:2] == ["memory"]:
        Reader().page(sys.argv[2])
        status = Path("/proc/self/status").read_text(
            encoding="ascii"
        )  # getrusage tells the parent's peak if that is higher
        print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    reader = Reader()
    scores = [numbers.score(reader, name) for name in numbers.NAMES]
    figures: dict[str, Any] = {"sets": [one.to_json() for one in scores]}
    hands = composed.hands(reader.settings, 0, held=True)
    figures["gaps"] = {str(gap): right(hands, gap, lambda ink: ink, reader) for gap in GAPS}
    figures["blurs"] = {str(blur): right(hands, 0.15, lambda ink, b=blur: blurred(ink, b), reader) for blur in BLURS}
    figures["calibration"] = calibration(scores)
    figures["where none stands"] = {name: found(reader, some) for name, some in without_numbers(reader).items()}
    figures["times"] = times(reader, hands)
    figures["megabytes for an A4 scan at 300 dots"] = memory(hands)
    write(RESULTS / "numbers.json", "python -m benchmarks.numbers", figures)
    plot(figures)
    gallery(reader, hands)
    for name, figure in figures.items():
        print(name, figure)


def right(
    hands: Sequence[Sequence[PenSample]], gap: float, change: Callable[[NDArray[Any]], NDArray[Any]], reader: Reader
) -> list[int]:
    """[right, all] of clean pictures with digits 60 pixels high and that gap."""
    random = np.random.default_rng([7, round(100 * gap) + 100])
    wholly = 0
    for _ in range(EACH):
        one = composed.compose(composed.one_of(hands, random), gap, random)
        ink, _ = composed.drawn(one, 60, 60 * random.uniform(0.05, 0.12))
        picture = np.rint(255 * (1 - change(np.pad(ink, 40)))).astype(np.uint8)
        wholly += " ".join(number.text for number in reader.page(picture).numbers) == one.text
    return [wholly, EACH]


def blurred(ink: NDArray[Any], blur: float) -> NDArray[Any]:
    return cv2.GaussianBlur(ink, (0, 0), 60 * blur) if blur else ink


def calibration(scores: Sequence[numbers.NumberScore]) -> list[list[float]]:
    """[mean confidence, part that is right, readings] of tenths of confidence, all sets together."""
    confidence = np.array([one for score in scores for one in score.confidences])
    is_right = np.array([written == read for score in scores for written, read in score.texts])
    place = np.minimum((confidence * 10).astype(int), 9)
    return [
        [round(float(confidence[place == at].mean()), 4), round(float(is_right[place == at].mean()), 4),
         int((place == at).sum())]
        for at in range(10) if (place == at).any()
    ]  # fmt: skip


def without_numbers(reader: Reader) -> dict[str, list[NDArray[Any]]]:
    """Pictures on which no number stands: pages of letters, ruled paper, photos, specks, scribbles, a gradient."""
    from sklearn.datasets import load_sample_images

    random = np.random.default_rng(5)
    letters: dict[str, list[PenSample]] = {}
    for mark in datasets.pen("lowercase", reader.settings):
        if datasets.fold_of(mark.writer) == 0:
            letters.setdefault(mark.writer, []).append(mark)
    hands = [marks for marks in letters.values() if len(marks) >= 20]
    ruled = np.full((1754, 1240), 240, np.uint8)
    ruled[100::60] = 150
    specks = np.where(random.random((1000, 1000)) < 0.01, 0, 255).astype(np.uint8)
    gradient = np.tile(np.linspace(0, 255, 1200).astype(np.uint8), (900, 1))
    return {
        "pages of letters": [text_page(hands, random) for _ in range(20)],
        "ruled paper": [ruled],
        "photos": list(load_sample_images().images),
        "specks": [specks],
        "gradient": [gradient],
        "black": [np.zeros((1000, 800), np.uint8)],
    }


def text_page(hands: Sequence[Sequence[PenSample]], random: np.random.Generator) -> NDArray[Any]:
    """Lines of words in one hand, 30 to 50 pixels high: uint8 (1754, 1240)."""
    page = np.full((1754, 1240), 255, np.uint8)
    hand, height = composed.one_of(hands, random), int(random.integers(30, 51))
    for top in range(120, 1600, int(2.4 * height)):
        left = 80
        while True:
            ink, _ = composed.drawn(composed.compose(hand, "spaced", random), height, 0.08 * height)
            if left + ink.shape[1] > 1160:
                break
            window = page[top : top + ink.shape[0], left : left + ink.shape[1]]
            window[:] = np.minimum(window, np.rint(255 * (1 - ink)).astype(np.uint8)[: window.shape[0]])
            left += ink.shape[1] + height
    return page


def found(reader: Reader, pictures: Sequence[NDArray[Any]]) -> dict[str, Any]:
    """How many numbers were read on so many pictures, and some of them."""
    texts = [number.text for one in pictures for number in reader.page(one).numbers]
    return {"pictures": len(pictures), "numbers": len(texts), "some": texts[:12]}


def scan(hands: Sequence[Sequence[PenSample]]) -> NDArray[Any]:
    """A full A4 page at 300 dots an inch with 200 digits: uint8 (3508, 2480)."""
    random = np.random.default_rng(9)
    page = np.full((3508, 2480), 250, np.uint8)
    for number in range(40):
        one = composed.compose(composed.one_of(hands, random), "spaced", random, 5)
        ink, _ = composed.drawn(one, 70, 7)
        top, left = 260 + 310 * (number // 4), 120 + 590 * (number % 4)
        page[top : top + ink.shape[0], left : left + ink.shape[1]] = np.rint(250 * (1 - ink)).astype(np.uint8)
    return page


def photo_of_12_megapixels(hands: Sequence[Sequence[PenSample]]) -> bytes:
    """One number, as JPEG."""
    random = np.random.default_rng(3)
    shot = photos.photo(composed.compose(hands[0], "spaced", random, 5), random)
    large = cv2.resize(shot.picture, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def times(reader: Reader, hands: Sequence[Sequence[PenSample]]) -> dict[str, Any]:
    """Of one core, files decoded and all."""
    page = cv2.imencode(".png", scan(hands))[1].tobytes()
    photo = photo_of_12_megapixels(hands)
    strokes = composed.compose(hands[0], "spaced", np.random.default_rng(1), 8).strokes
    return {
        "A4 scan at 300 dots, 200 digits": time_calls(lambda: reader.page(page), 15, 2).to_json(),
        "photo of 12 megapixels, one number": time_calls(lambda: reader.page(photo), 15, 2).to_json(),
        "eight digits of a pen": time_calls(lambda: reader.ink(strokes), 200, 50).to_json(),
    }


def memory(hands: Sequence[Sequence[PenSample]]) -> int:
    """Largest memory of a process that reads such a scan, in megabytes."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "scan.png"
        cv2.imwrite(str(path), scan(hands))
        command = [sys.executable, "-m", "benchmarks.numbers", "memory", str(path)]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)


def plot(figures: dict[str, Any]) -> None:
    """Accuracy by length, gap and blur."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawing, (lengths, gaps, blurs) = pyplot.subplots(1, 3, figsize=(12, 3.6), sharey=True, layout="constrained")
    for one in figures["sets"]:
        parts = {int(length): 100 * wholly / total for length, (wholly, total) in one["by_length"].items()}
        lengths.plot(list(parts), list(parts.values()), marker="o", markersize=3, label=one["set"])
    lengths.set(xlabel="digits", ylabel="% of numbers wholly right")
    lengths.legend(fontsize=7, frameon=False)
    for axis, name, label in ((gaps, "gaps", "gap, heights of a digit"), (blurs, "blurs", "blur, heights of a digit")):
        rows = figures[name]
        axis.plot([float(at) for at in rows], [100 * r / n for r, n in rows.values()], marker="o", markersize=3)
        axis.set(xlabel=label)
    for axis in (lengths, gaps, blurs):
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    drawing.savefig(PICTURES / "numbers.png", dpi=100)


def gallery(reader: Reader, hands: Sequence[Sequence[PenSample]]) -> None:
    """Numbers that were misread, with what was written and what was read."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    random = np.random.default_rng(17)
    drawing, axes = pyplot.subplots(6, 4, figsize=(12, 9), layout="constrained")
    shown = 0
    for attempt in range(2_000):
        gap, kind = (("spaced", photos.clean), ("touching", photos.clean), ("spaced", photos.photo))[attempt % 3]
        one = composed.compose(composed.one_of(hands, random), gap, random)
        shot = kind(one, random)
        read = " ".join(number.text for number in reader.page(shot.picture).numbers)
        if read == one.text:
            continue
        left, top, right_, bottom = (round(side) for side in shot.boxes[0])
        crop = shot.picture[max(0, top - 15) : bottom + 15, max(0, left - 15) : right_ + 15]
        axes.flat[shown].imshow(crop, cmap="gray")
        axes.flat[shown].set_title(f"{one.text}, read {read or 'nothing'}", fontsize=9)
        shown += 1
        if shown == SHOWN:
            break
    for axis in axes.flat:
        axis.axis("off")
    drawing.savefig(PICTURES / "number-failures.png", dpi=80)


if __name__ == "__main__":
    main()
