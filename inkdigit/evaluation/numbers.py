"""Counts how many whole numbers are read right: on composed strokes, pictures, photos and pages of unseen writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inkdigit.data.datasets import PenSample
from inkdigit.evaluation import composed, photos
from inkdigit.evaluation.photos import Shot
from inkdigit.ink.strokes import Box
from inkdigit.reader import Reader
from inkdigit.recognition.reading import Number

NAMES = {
    "strokes-spaced": "numbers of 2 to 8 digits as pen strokes, with gaps",
    "strokes-overlapping": "the same, the digits overlapping",
    "clean-spaced": "numbers as clean pictures, with gaps",
    "clean-touching": "the same, the digits touching",
    "photo": "one number on paper, as a phone sees it",
    "pages": "A4 pages with 5 to 40 numbers, loose, ruled or in a table",
}
COUNTS = dict.fromkeys(NAMES, 1000) | {"photo": 500, "pages": 60}
_SEED = 20_260_202  # of the composed sets; training has other seeds, and other writers
_SAME = 0.5  # two boxes mean the same number from this intersection over union


@dataclass(eq=False)
class NumberScore:
    """What a reader made of one composed set.

    Attributes:
        name: of the set.
        texts: (written, read) of each number; "" where none was found.
        confidences: of each reading, 0 where none was found.
        false: numbers read where none was written.
    """

    name: str
    texts: list[tuple[str, str]] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def right(self) -> int:
        """Numbers read wholly right."""
        return sum(written == read for written, read in self.texts)

    def to_json(self) -> dict[str, Any]:
        """The counts as they stand in result files."""
        lengths = sorted({len(written) for written, _ in self.texts})
        return {
            "set": self.name,
            "total": len(self.texts),
            "right": self.right,
            "found": sum(bool(read) for _, read in self.texts),
            "false": len(self.false),
            "digits": sum(len(written) for written, _ in self.texts),
            "edits": sum(edits(written, read) for written, read in self.texts),
            "mean_confidence": round(float(np.mean(self.confidences)), 4),
            "by_length": {
                str(length): [sum(w == r for w, r in self.texts if len(w) == length),
                              sum(len(w) == length for w, _ in self.texts)]
                for length in lengths
            },
        }  # fmt: skip


def score(
    reader: Reader, name: str, count: int | None = None, step: Callable[[int, int], None] | None = None
) -> NumberScore:
    """Shows the reader a composed set, made from the hands of the fold that its network never saw.

    Args:
        name: one of NAMES.
        count: numbers, or pages; None: COUNTS.
        step: called with (done, all) after each.

    Raises:
        DataError: the pen files are missing or damaged.
    """
    fold = int(reader.model.card.provenance.get("writers_of_fold_held_back", 0))
    hands = composed.hands(reader.settings, fold, held=True)
    whole = count or COUNTS[name]
    found = NumberScore(name)
    for done, (shot, numbers) in enumerate(_readings(reader, name, hands, whole), 1):
        _add(found, shot, numbers)
        if step:
            step(done, whole)
    return found


def _readings(
    reader: Reader, name: str, hands: Sequence[Sequence[PenSample]], count: int
) -> Iterator[tuple[Shot, tuple[Number, ...]]]:
    kind, _, gap = name.partition("-")
    random = np.random.default_rng([_SEED, list(NAMES).index(name)])
    for _ in range(count):
        if kind == "pages":
            shot = photos.page(hands, random)
            yield shot, reader.page(shot.picture).numbers
            continue
        one = composed.compose(composed.one_of(hands, random), gap or "spaced", random)
        if kind == "strokes":
            number = reader.ink(one.strokes)
            box = photos.around(one.boxes, 0, 0)
            yield Shot(np.zeros((1, 1), np.uint8), (one.text,), (box,)), (number,)
        else:
            shot = (photos.clean if kind == "clean" else photos.photo)(one, random)
            yield shot, reader.page(shot.picture).numbers


def _add(found: NumberScore, shot: Shot, numbers: tuple[Number, ...]) -> None:
    left = list(numbers)
    for text, box in zip(shot.texts, shot.boxes, strict=True):
        same = max(left, key=lambda one: overlap(one.box, box), default=None)
        if same is None or overlap(same.box, box) < _SAME:
            found.texts.append((text, ""))
            found.confidences.append(0.0)
            continue
        left.remove(same)
        found.texts.append((text, same.text))
        found.confidences.append(same.confidence)
    found.false += [one.text for one in left]


def overlap(one: Box | None, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    if one is None:
        return 0.0
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    whole = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - wide * high
    return wide * high / whole if whole > 0 else 0.0


def edits(written: str, read: str) -> int:
    """How many digits must be put in, taken out or changed (V. Levenshtein, 1966)."""
    row = list(range(len(read) + 1))
    for place, one in enumerate(written, 1):
        before, row = row, [place]
        for at, other in enumerate(read, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (one != other)))
    return row[-1]
