"""Pictures of a score: confusion, calibration, refusals, the worst mistakes, and how a network learned."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inkdigit.errors import DataError
from inkdigit.evaluation.score import REFUSED, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SOFT, _ACCENT, _LINE = "#1a1a1c", "#5c5c63", "#2b50c8", "#d9d9d4"
_WORST = 40


def write(scores: Sequence[Score], folder: Path, log: Path | None = None) -> list[Path]:
    """Draws what the scores show into PNG files of a folder, and returns their paths.

    For each set of digits: confusion-SET, reliability-SET and mistakes-SET; refusals, where sets of digits and of other
    marks were scored; learning, where a log of the training is given.

    Raises:
        DataError: matplotlib is missing, or the folder cannot be written.
    """
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.figure
    except ImportError:
        raise DataError("matplotlib", "none", "Run pip install matplotlib") from None
    figures: dict[str, Figure] = {}
    for score in scores:
        if score.is_digit.any():
            figures[f"confusion-{_slug(score)}"] = confusion(score)
            figures[f"reliability-{_slug(score)}"] = reliability(score)
            figures[f"mistakes-{_slug(score)}"] = mistakes(score)
    if any(score.is_digit.any() for score in scores) and any((~score.is_digit).any() for score in scores):
        figures["refusals"] = refusals(scores)
    if log is not None:
        figures["learning"] = learning(log)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.png", dpi=110)
    except OSError as error:
        raise DataError(f"a folder to write in at {folder}", str(error.strerror), "Name another") from None
    return [folder / f"{name}.png" for name in figures]


def confusion(score: Score) -> Figure:
    """What was written against what was answered; the right answers are left white so that mistakes show."""
    counts = score.confusion[:10]
    mistakes = counts.copy()
    mistakes[range(10), range(10)] = 0
    figure, axes = _figure(6.4, 6)
    axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=max(1, mistakes.max()))
    for row, column in zip(*np.nonzero(counts), strict=True):
        strong = mistakes[row, column] > 0.6 * mistakes.max()
        colour = "white" if strong else _SOFT if row == column else _INK
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(11), [*map(str, range(10)), "none"])
    axes.set_yticks(range(10))
    axes.set(xlabel="answered", ylabel="written")
    axes.set_title(f"{score.name}: {score.wrong} wrong and {score.refused} refused of {score.total:,}", loc="left")
    return figure


def reliability(score: Score) -> Figure:
    """Confidence against the part that was right; on the line, the reading is as sure as it should be."""
    share, mean, right = np.array(score.reliability()).T
    figure, axes = _figure(5.6, 5.2)
    axes.plot([0, 1], [0, 1], color=_LINE)
    axes.scatter(mean, right, 12 + 240 * share, color=_ACCENT, zorder=2)
    for x, y, part in zip(mean, right, share, strict=True):
        axes.annotate(f"{round(part * int(score.is_digit.sum())):,}", (x, y), (6, -12), textcoords="offset points",
                      fontsize=7, color=_SOFT)  # fmt: skip
    axes.set(xlabel="confidence", ylabel="right", xlim=(0, 1.03), ylim=(0, 1.03))
    axes.set_title(f"{score.name}: calibration error {score.calibration_error:.2%}", loc="left")
    return figure


def refusals(scores: Sequence[Score]) -> Figure:
    """Digits kept against other marks refused, as the threshold moves."""
    digits = np.concatenate([score.other[score.is_digit] for score in scores])
    others = {score.name: score.other[~score.is_digit] for score in scores if (~score.is_digit).any()}
    thresholds = np.unique(np.quantile(digits, np.linspace(0.9, 1, 400)))
    kept = [(digits <= threshold).mean() for threshold in thresholds]
    figure, axes = _figure(6.4, 5.2)
    for name, found in others.items():
        axes.plot(kept, [(found > threshold).mean() for threshold in thresholds], label=name)
    axes.axvline(0.99, color=_LINE)
    axes.set(xlabel="digits kept", ylabel="other marks refused", xlim=(0.9, 1.0))
    axes.legend(frameon=False)
    axes.set_title(f"{len(digits):,} digits against {sum(map(len, others.values())):,} other marks", loc="left")
    return figure


def mistakes(score: Score) -> Figure:
    """The digits read wrong with most confidence: what the network saw, what was written, what was answered."""
    rows = np.nonzero(score.forced_wrong)[0]
    rows = rows[np.argsort(-score.chances[rows].max(axis=1), kind="stable")][:_WORST]
    figure, _ = _figure(8, 0.6 + 1.1 * max(1, -(-len(rows) // 10)), empty=True)
    for place, row in enumerate(rows):
        axes = figure.add_subplot(-(-len(rows) // 10), 10, place + 1)
        axes.imshow(score.glyphs[row], cmap="gray", vmin=0, vmax=255)
        best = score.chances[row].argmax()
        refused = " refused" if score.answers[row] == REFUSED else ""
        axes.set_title(f"{score.labels[row]} read {best}\n{score.chances[row, best]:.2f}{refused}", fontsize=6)
        axes.axis("off")
    title = f"{score.name}: the worst of {int(score.forced_wrong.sum())} mistakes on {score.total:,}"
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    return figure


def learning(log: Path) -> Figure:
    """The log.csv of a training run: loss, and mistakes on each validation pool."""
    try:
        with log.open(newline="", encoding="utf-8") as file:
            head, *lines = list(csv.reader(file))
            table = np.array(lines, float)
    except (OSError, ValueError) as error:
        raise DataError("the log.csv of a training run", f"{log}: {error}", "Name the folder of a run") from None
    figure, _ = _figure(8, 4, empty=True)
    left, right = figure.subplots(1, 2)
    left.plot(table[:, 0], table[:, 1], color=_ACCENT)
    left.set(xlabel="epoch", ylabel="training loss")
    for column, name in enumerate(head[2:], 2):
        pool, total = name.split(" wrong of ")
        right.plot(table[:, 0], np.maximum(table[:, column] / int(total), 1e-4), label=pool)
    right.set(xlabel="epoch", ylabel="wrong", yscale="log")
    right.legend(frameon=False, fontsize=7)
    return figure


def _figure(width: float, height: float, empty: bool = False) -> tuple[Figure, Axes | Any]:
    from matplotlib.figure import Figure

    figure = Figure((width, height), layout="constrained")
    if empty:
        return figure, None
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _slug(score: Score) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in Path(score.name).name).strip("-") or "set"
