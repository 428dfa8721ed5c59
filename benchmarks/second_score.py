"""Whether and which, apart: a score of its own for "is it a digit at all", beside today's, which is one of the labels.

    python -m benchmarks.second_score       needs INKDIGIT_DATA; a quarter of an hour on one core

A regression and a small network of one hidden layer learn from the embedding and the scores of the shipped networks to
tell digits from what is none; every source of digits and every kind of other marks counts the same. They are fitted to
marks of the writers that the networks were trained on, or, since the networks know those too well, to one half of the
writers that training left out, and judged by the other half, both ways. Each kind of other marks is left out of the fit
in turn, and judged by it. Judged are marks of left-out writers and alphabets alone; and of the alphabets that were
trained on, each by a score that was fitted without it.

Every score gets the threshold that keeps 99.5 % of the digits of each source: as many digits are refused by each.
Intervals of 95 % are of writers drawn again, thresholds too.

Writes benchmarks/results/second_score.json.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from benchmarks import RESULTS
from benchmarks.marks import DIGITS, SPOILT, Marks, collect
from inkdigit.data.datasets import FIGURES, OTHER, PEN_DIGITS
from inkdigit.evaluation.report import write
from inkdigit.reader import Reader
from inkdigit.recognition import trajectory
from inkdigit.recognition.model import blended

KEPT = 0.995  # of the digits of each source
GROUPS = (
    ("uppercase", "lowercase"),
    ("symbols",),
    ("figures/Latin",),
    ("figures/Tagalog",),
    ("figures/Early_Aramaic",),
    ("figures/Japanese_(katakana)",),
    ("scribbles", "doodles"),
    ("numbers", "halves"),
    ("noise", "scenes"),
)  # kinds that are left out together
_MOST = 5_000  # marks of a source that are fitted to
_AGAIN = 400  # times that writers are drawn
Table = dict[str, NDArray[np.float64]]  # by the name of a source
Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Source:
    """What is known of the marks of one source.

    Attributes:
        known: (n, k): embedding and calibrated scores.
        today: (n,): log odds of "no digit", by which marks are refused today.
        writers: the hand behind each.
        held: bool (n,): whether training left it out.
    """

    known: NDArray[np.float64]
    today: NDArray[np.float64]
    writers: NDArray[np.str_]
    held: NDArray[np.bool_]


def main() -> None:
    reader = Reader()
    marks = [part for one in collect(reader) for part in parted(one)]
    found: dict[str, Any] = {"marks": {one.name: [int(one.held.sum()), len(one.held)] for one in marks}}
    for read_by in ("picture", "both"):
        sources = {
            one.name: looked_at(reader, one, read_by == "both")
            for one in marks
            if read_by == "picture" or one.points is not None
        }
        found[read_by] = {"today": counted(sources, {name: one.today for name, one in judged(sources).items()})}
        for kind, fitted in (("regression", regression), ("network", network)):
            for across in (False, True):
                name = f"{kind}, {'left-out writers' if across else 'training writers'}"
                found[read_by][name] = tried(sources, fitted, across)
                print(read_by, name, found[read_by][name]["others"], file=sys.stderr, flush=True)
    write(RESULTS / "second_score.json", "python -m benchmarks.second_score", found)


def parted(marks: Marks) -> list[Marks]:
    """Each alphabet is a source of its own."""
    if marks.name != FIGURES:
        return [marks]
    alphabets = np.array([label.partition("/")[0] for label in marks.labels])
    return [_some(marks, f"{FIGURES}/{one}", alphabets == one) for one in dict.fromkeys(alphabets)]


def _some(marks: Marks, name: str, rows: NDArray[np.bool_]) -> Marks:
    points = None if marks.points is None else marks.points[rows]
    return Marks(name, marks.glyphs[rows], marks.labels[rows], marks.writers[rows], marks.held[rows], points)


def looked_at(reader: Reader, marks: Marks, by_both: bool) -> Source:
    """What the network of pictures says of marks, or both networks."""
    scores, known = [], []
    for rows in np.array_split(np.arange(len(marks.held)), len(marks.held) // 500 + 1):
        found, embeddings = reader.model.features(marks.glyphs[rows, None].astype(np.float32) / np.float32(255))
        told = [embeddings, found]
        if by_both and marks.points is not None and reader.strokes is not None:
            path = reader.strokes.calibrated(trajectory.with_directions(marks.points[rows]))
            told, found = [*told, path], blended(found, path)
        scores.append(found.astype(np.float64))
        known.append(np.concatenate([*told, found], axis=1).astype(np.float64))
    whole = np.concatenate(scores)
    odds = whole[:, OTHER] - np.logaddexp.reduce(whole[:, :OTHER], axis=1)
    return Source(np.concatenate(known), odds, marks.writers, marks.held)


def judged(sources: Mapping[str, Source]) -> dict[str, Source]:
    """The marks that training left out; an alphabet that it knew, whole."""
    return {
        name: _rows(one, one.held | (name.startswith(FIGURES) and not one.held.any())) for name, one in sources.items()
    }


def _rows(source: Source, rows: NDArray[np.bool_]) -> Source:
    return Source(source.known[rows], source.today[rows], source.writers[rows], source.held[rows])


def tried(sources: Mapping[str, Source], fitted: Callable[..., Score], across: bool) -> dict[str, Any]:
    """What is refused by a score of its own, alone and beside today's, fitted with all kinds and without each."""
    everyone = judged(sources)
    today = {name: one.today for name, one in everyone.items()}
    row: dict[str, Any] = {"digits": {}, "others": {}, "by the digits of": {}}
    for without in ((), *GROUPS):
        if without and not set(without) & set(sources):
            continue
        new = scored(sources, everyone, fitted, across, without)
        both = {name: new[name] + today[name] for name in new}
        names = [name for name in new if name not in DIGITS and (name in without or not without)]
        for rule, made in (("new", new), ("sum", both)):
            counts = counted(sources, made)
            if not without:
                row["digits"][rule] = counts["digits"]
            for name in names:
                if not without and not everyone[name].held.any():
                    continue  # it was fitted to these very marks
                key = rule + (", left out" if without else "")
                gains = gained(everyone, today, made, name)
                row["others"].setdefault(name, {})[key] = [counts["others"][name], *gains]
                for source, alone in counts["by the digits of"].items():
                    row["by the digits of"].setdefault(source, {}).setdefault(name, {})[key] = alone[name]
    return row


def scored(
    sources: Mapping[str, Source],
    everyone: Mapping[str, Source],
    fitted: Callable[..., Score],
    across: bool,
    without: Sequence[str],
) -> Table:
    """Log odds of "no digit" by a score of its own, of the marks that are judged."""
    if not across:
        score = _fit(fitted, {name: _rows(one, ~one.held) for name, one in sources.items()}, without)
        return {name: score(one.known) for name, one in everyone.items()}
    found = {name: np.zeros(len(one.today)) for name, one in everyone.items()}
    sides = {name: np.array([_side(writer) for writer in one.writers]) for name, one in everyone.items()}
    for side in (0, 1):
        left = {name: _rows(one, one.held & (sides[name] != side)) for name, one in everyone.items()}
        score = _fit(fitted, left, without)
        for name, one in everyone.items():
            found[name][sides[name] == side] = score(one.known)[sides[name] == side]
    return found


def _side(writer: str) -> int:
    """0 or 1: the half of the writers."""
    return hashlib.sha256(f"half {writer}".encode()).digest()[0] % 2


def _fit(fitted: Callable[..., Score], sources: Mapping[str, Source], without: Sequence[str]) -> Score:
    """A score fitted to sources; half of the weight is of digits, and each source of them, or kind of others, equal."""
    random = np.random.default_rng(0)
    names = [name for name, one in sources.items() if name not in without and len(one.today)]
    kinds = [name.partition("/")[0] for name in names]
    x, y, weights = [], [], []
    for name, kind in zip(names, kinds, strict=True):
        count = min(_MOST, len(sources[name].today))
        x.append(sources[name].known[random.permutation(len(sources[name].today))[:count]])
        y.append(np.full(count, kind not in DIGITS))
        alike = len({other for other in kinds if (other in DIGITS) == (kind in DIGITS)}) * kinds.count(kind)
        weights.append(np.full(count, 0.5 / alike / count))
    whole, share = np.concatenate(x), np.concatenate(weights)
    mean = np.average(whole, axis=0, weights=share)
    spread = np.sqrt(np.average((whole - mean) ** 2, axis=0, weights=share)) + 1e-6
    made = fitted((whole - mean) / spread, np.concatenate(y), share / share.mean())
    return lambda known: made((known - mean) / spread)


def regression(x: NDArray[np.float64], y: NDArray[np.bool_], weights: NDArray[np.float64]) -> Score:
    """Logistic regression."""
    made = LogisticRegression(C=0.1, max_iter=300).fit(x, y, sample_weight=weights)
    return lambda known: np.asarray(made.decision_function(known))


def network(x: NDArray[np.float64], y: NDArray[np.bool_], weights: NDArray[np.float64]) -> Score:
    """The mean of two small networks of one hidden layer of 64."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # a few epochs, as many as a small set bears
    epochs = int(np.clip(480_000 / len(y), 10, 40))
    made = [
        MLPClassifier((64,), alpha=1e-3, batch_size=256, max_iter=epochs, random_state=seed).fit(
            x, y, sample_weight=weights
        )
        for seed in range(2)
    ]

    def score(known: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds, (n,)."""
        chance = np.mean([one.predict_proba(known)[:, 1] for one in made], axis=0).clip(1e-9, 1 - 1e-9)
        return np.asarray(np.log(chance / (1 - chance)))

    return score


def counted(sources: Mapping[str, Source], scores: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, Any]]:
    """How many of each source are refused; of others also where the threshold is that of one source of digits alone."""
    above = threshold(scores)
    found: dict[str, dict[str, Any]] = {"digits": {}, "others": {}, "by the digits of": {}}
    for name, one in scores.items():
        kind = "digits" if name in DIGITS else "others"
        found[kind][name] = int((one > above).sum())
    for source in _deciding(scores):
        alone = float(np.quantile(scores[source], KEPT))
        found["by the digits of"][source] = {
            name: int((one > alone).sum()) for name, one in scores.items() if name not in DIGITS
        }
    return found


def _deciding(scores: Mapping[str, Any]) -> list[str]:
    """The sources whose digits are kept: where there are pictures all but those that were spoilt, else pens."""
    return [name for name in scores if name in DIGITS and name != SPOILT and (name in PEN_DIGITS or SPOILT in scores)]


def threshold(scores: Mapping[str, NDArray[np.float64]]) -> float:
    """Above which a mark is refused."""
    return max(float(np.quantile(scores[name], KEPT)) for name in _deciding(scores))


def gained(
    sources: Mapping[str, Source], before: Mapping[str, NDArray[np.float64]], after: Table, name: str
) -> tuple[float, float]:
    """The interval of what more of a source is refused than before, in parts of its marks, by writers drawn again."""
    random, gains = np.random.default_rng(0), []
    names = [*_deciding(before), name]
    hands = {one: np.unique(sources[one].writers, return_inverse=True)[1] for one in names}
    for _ in range(_AGAIN):
        rows = {one: _drawn_again(hands[one], random) for one in names}
        shares = []
        for table in (before, after):
            some = {one: table[one][rows[one]] for one in names}
            above = max(float(np.quantile(some[one], KEPT)) for one in names[:-1])
            shares.append(float((some[name] > above).mean()))
        gains.append(shares[1] - shares[0])
    low, high = np.quantile(gains, (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)


def _drawn_again(hands: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of as many writers as there are, drawn with replacement; hands are numbers from 0, (n,)."""
    count = int(hands.max()) + 1
    times = np.bincount(random.integers(count, size=count), minlength=count)
    return np.repeat(np.arange(len(hands)), times[hands])


if __name__ == "__main__":
    main()
