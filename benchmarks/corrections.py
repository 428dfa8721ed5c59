"""What corrections do: mistakes on a hand by the number of its corrected marks, and whether others are read as before.

python -m benchmarks.corrections MODEL MODEL MODEL MODEL MODEL   (needs INKDIGIT_DATA; 5 minutes)
python -m benchmarks.corrections plot   (docs/pictures/corrections.png, from the results)

Each writer is read by the network of the fold that holds that writer back. Half of a writer's marks, by lot, come one
after the other; those that are read wrong or refused are corrected, and the profile is made of them; mistakes on the
other half are counted after each correction. The constants of profile.py were chosen on folds 1 to 4; fold 0 was looked
at once, at the end, and stands apart.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import RESULTS
from inkdigit.data import datasets
from inkdigit.data.datasets import OTHER
from inkdigit.evaluation import sets
from inkdigit.evaluation.report import write
from inkdigit.ink.strokes import Strokes
from inkdigit.reader import Reader
from inkdigit.recognition import glyph, profile
from inkdigit.recognition.model import Model, softmax
from inkdigit.recognition.profile import Profile
from inkdigit.settings import Settings

LOTS = 5  # ways in which a writer's marks are parted into halves
BADLY = 4  # mistakes of a writer whose hand is read badly, at least
STEPS = (0, 1, 2, 3, 5, 8, 12)  # corrections
EACH = (1, 2, 3)  # marks of each digit that "learn my hand" asks for
PICTURE = RESULTS.parent.parent / "docs" / "pictures" / "corrections.png"
SPOILT_FROM = 0.001  # the most by which a profile may worsen the reading of others


@dataclass(frozen=True)
class Marks:
    """Marks of one set, in the order of the file."""

    glyphs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    writers: NDArray[np.str_]
    folds: NDArray[np.int64]

    def of(self, chosen: NDArray[Any]) -> Marks:
        """Some of them."""
        return Marks(self.glyphs[chosen], self.labels[chosen], self.writers[chosen], self.folds[chosen])


def main() -> None:
    if sys.argv[1:] == ["plot"]:
        plot()
        return
    settings = Settings.from_environment()
    models = {held(model): model for model in map(Model, sys.argv[1:])}
    if sorted(models) != list(range(datasets.FOLDS)):
        sys.exit(f"Expected five models, one of each fold, got folds {sorted(models)}. See the head of this file.")
    pen = {name: load(name, settings) for name in datasets.PEN_DIGITS}
    mnist = pictures(Reader(settings=settings))
    chosen_on = measured(models, (1, 2, 3, 4), pen, mnist)
    apart = measured(models, (0,), pen, mnist)
    figures = {"lots": LOTS, "badly": BADLY, "folds_1_to_4": chosen_on, "fold_0": apart}
    write(RESULTS / "corrections.json", "python -m benchmarks.corrections runs/cv/*/western.onnx", figures)


def held(model: Model) -> int:
    """The fold of writers that a model never saw."""
    return int(model.card.provenance.get("writers_of_fold_held_back", -1))


def load(name: str, settings: Settings) -> Marks:
    """The marks of a pen file."""
    found = datasets.pen(name, settings)
    pixels = [glyph.from_strokes(Strokes.of(mark.strokes, settings)).pixels for mark in found]
    return Marks(
        np.rint(np.stack(pixels) * 255).astype(np.uint8),
        np.array([int(mark.label) for mark in found]),
        np.array([mark.writer for mark in found]),
        np.array([datasets.fold_of(mark.writer) for mark in found]),
    )


def pictures(reader: Reader) -> Marks:
    """The validation pictures of MNIST."""
    shown = sets.load("mnist-validation", reader)
    pixels = [digit.glyph for digit in sets.read(shown, reader)]
    labels = np.array([one.label for one in shown])
    nobody = np.full(len(labels), "")
    return Marks(np.rint(np.stack(pixels) * 255).astype(np.uint8), labels, nobody, np.zeros(len(labels), np.int64))


def wrong(model: Model, marks: Marks, taught: Profile | None) -> NDArray[np.bool_]:
    """Which marks are read wrong or refused."""
    parts = []
    for part in np.array_split(marks.glyphs, len(marks.labels) // 500 + 1):
        scores, embeddings = model.features(part[:, None].astype(np.float32) / np.float32(255))
        chances = softmax(scores if taught is None else taught.changed(scores, embeddings))
        answers = chances[:, :10].argmax(axis=1)
        parts.append(np.where(chances[:, OTHER] > model.card.refuse_above, OTHER, answers))
    return np.concatenate(parts) != marks.labels


def measured(models: dict[int, Model], folds: tuple[int, ...], pen: dict[str, Marks], mnist: Marks) -> dict[str, Any]:
    """The curves of the writers of some folds that are read badly, and what their profiles do to others."""
    curve: dict[int, list[tuple[int, int]]] = defaultdict(list)
    hands: dict[int, list[tuple[int, int]]] = defaultdict(list)
    flips: list[tuple[int, int]] = []
    others: list[tuple[int, int, int, int]] = []
    writers = []
    for fold in folds:
        model = models[fold]
        mnist_before = int(wrong(model, mnist, None).sum())
        everyone = pen["digits"].of(pen["digits"].folds == fold)
        for name, marks in pen.items():
            held_back = marks.of(marks.folds == fold)
            mistaken = wrong(model, held_back, None)
            for writer in np.unique(held_back.writers):
                own = held_back.writers == writer
                if mistaken[own].sum() < BADLY:
                    continue
                writers.append([name, int(mistaken[own].sum()), int(own.sum())])  # and not who it is
                strangers = everyone.of(everyone.writers != writer)
                strangers_before = int(wrong(model, strangers, None).sum())
                for lot in range(LOTS):
                    first, second = halves(held_back.of(own), lot)
                    made = one_curve(model, first, second, curve)
                    one_lesson(model, first, second, hands)
                    if made is None:
                        continue
                    after = int(wrong(model, mnist, made).sum()), int(wrong(model, strangers, made).sum())
                    others.append((after[0] - mnist_before, len(mnist.labels),
                                   after[1] - strangers_before, len(strangers.labels)))  # fmt: skip
                    flips.append(flipped(model, first, mnist))
    print(f"folds {folds}: {len(writers)} writers with {BADLY} mistakes or more")
    found = {
        "writers": sorted(writers),
        "by_corrections": counted(curve),
        "by_marks_of_each_digit": counted(hands),
        "others": harm(others),
        "all_labels_false": {"mnist_worst": max(one for one, _ in flips), "of": flips[0][1], "profiles": len(flips)},
    }
    for row in found["by_corrections"] + found["by_marks_of_each_digit"]:
        print(row)
    print(found["others"], found["all_labels_false"])
    return found


def halves(marks: Marks, lot: int) -> tuple[Marks, Marks]:
    """The marks of a writer in another order, in two halves."""
    order = np.random.default_rng(lot).permutation(len(marks.labels))
    return marks.of(order[: len(order) // 2]), marks.of(order[len(order) // 2 :])


def one_curve(model: Model, first: Marks, second: Marks, curve: dict[int, list[tuple[int, int]]]) -> Profile | None:
    """Corrects what is read wrong of the first half, one after the other; returns the profile of all corrections."""
    taught: Profile | None = None
    corrected: list[int] = []
    count = int(wrong(model, second, None).sum())
    curve[0].append((count, len(second.labels)))
    for place in range(len(first.labels)):
        one = first.of(np.array([place]))
        if not wrong(model, one, taught)[0]:
            continue
        corrected.append(place)
        some = first.of(np.array(corrected))
        taught = profile.learn(model, some.glyphs, some.labels)
        if len(corrected) in STEPS:
            count = int(wrong(model, second, taught).sum())
            curve[len(corrected)].append((count, len(second.labels)))
    if taught is not None:
        count = int(wrong(model, second, taught).sum())
    for step in STEPS:
        if step > len(corrected):  # nothing more to correct: it stays as it is
            curve[step].append((count, len(second.labels)))
    return taught


def one_lesson(model: Model, first: Marks, second: Marks, hands: dict[int, list[tuple[int, int]]]) -> None:
    """What "learn my hand" brings: the first marks of each digit of the first half, right or wrong."""
    for each in EACH:
        asked = np.concatenate([np.nonzero(first.labels == digit)[0][:each] for digit in range(10)])
        some = first.of(np.sort(asked))
        taught = profile.learn(model, some.glyphs, some.labels)
        hands[each].append((int(wrong(model, second, taught).sum()), len(second.labels)))


def flipped(model: Model, first: Marks, mnist: Marks) -> tuple[int, int]:
    """What somebody does to MNIST who corrects ten right answers to false ones: (more wrong, all)."""
    some = first.of(np.arange(min(10, len(first.labels))))
    taught = profile.learn(model, some.glyphs, (some.labels + 1) % 10)
    return int(wrong(model, mnist, taught).sum() - wrong(model, mnist, None).sum()), len(mnist.labels)


def counted(curve: dict[int, list[tuple[int, int]]]) -> list[dict[str, Any]]:
    """Sums over all writers and lots."""
    rows = []
    for count, found in sorted(curve.items()):
        mistakes, total = (sum(one[place] for one in found) for place in range(2))
        rows.append({"count": count, "wrong": mistakes, "total": total, "accuracy": round(1 - mistakes / total, 5)})
    return rows


def harm(others: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    """What the profiles changed for others: mistakes more (or, below 0, fewer), the worst and the mean."""
    mnist = np.array([more / total for more, total, _, _ in others])
    strangers = np.array([more / total for _, _, more, total in others])
    return {
        "profiles": len(others),
        "mnist_worst": round(float(mnist.max()), 5),
        "mnist_mean": round(float(mnist.mean()), 5),
        "pen_worst": round(float(strangers.max()), 5),
        "pen_mean": round(float(strangers.mean()), 5),
        "mnist_over_limit": int((mnist > SPOILT_FROM).sum()),
        "pen_over_limit": int((strangers > SPOILT_FROM).sum()),
        "mnist": {"more": int(max(one[0] for one in others)), "of": others[0][1]},
    }


def plot() -> None:
    """Draws the learning curves."""
    from matplotlib.figure import Figure

    found = json.loads((RESULTS / "corrections.json").read_text())["figures"]
    figure = Figure((6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    for part, colour in (("folds_1_to_4", "#5c5c63"), ("fold_0", "#2b50c8")):
        rows = found[part]["by_corrections"]
        steps = [row["count"] for row in rows]
        errors = [100 * row["wrong"] / row["total"] for row in rows]
        axes.plot(steps, errors, "o-", color=colour)
        name = f"fold 0, {len(found[part]['writers'])} writers" if part == "fold_0" else "folds 1 to 4, "
        name += "" if part == "fold_0" else f"{len(found[part]['writers'])} writers"
        axes.annotate(name, (steps[-1], errors[-1]), (0, 8), textcoords="offset points", color=colour, ha="right")
    axes.set_xlabel("corrections")
    axes.set_ylabel("wrong or refused, %")
    axes.set_ylim(0)
    axes.set_title("Hands that the network reads worst", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#d9d9d4")
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
