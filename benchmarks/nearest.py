"""What is no digit and lies nearest to each digit in the embedding: sheets to look at, and what it is.

    python -m benchmarks.nearest       needs INKDIGIT_DATA; five minutes on one core

Draws docs/pictures/nearest-negatives.png: for each digit a block, in it a row for each kind of mark that training calls
no digit, the nearest first, each under what it is. How near a mark is, is told by the angle between its embedding and
those of the five marks of the digit that are nearest to it. Of all writers: what is taught is looked at, not how well.

Writes benchmarks/results/nearest.json: of each digit the nearest hundred of each kind by what they are; for digits of
left-out writers that are likelier no digit, what the ten nearest marks are that training calls so; of all marks
those that are read as a digit at 0.9 or more, though training calls them none; and of the families that people would
call digits, seen on the sheets, how many there are: symbols and letters that lose a stroke as a touch of the screen and
are one stroke then, halves by how much of the ink they have, and scribbles of one stroke by how often they turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks import RESULTS
from benchmarks.marks import DIGITS, OTHERS, SCANNED, SPOILT, Marks, collect, half_alikes
from inkdigit.data import datasets
from inkdigit.data.datasets import FIGURES, LOOK_ALIKES, OTHER, PEN_DIGITS, PEN_OTHERS
from inkdigit.evaluation import negatives
from inkdigit.evaluation.report import write
from inkdigit.ink import segment
from inkdigit.ink.strokes import Strokes, draw
from inkdigit.reader import Reader
from inkdigit.recognition import glyph
from inkdigit.recognition.model import softmax
from inkdigit.training import pools

PICTURE = Path(__file__).parent.parent / "docs" / "pictures" / "nearest-negatives.png"
SHOWN = 14  # marks of each kind
_NEAREST = 100  # of each kind, that are counted by what they are
_NEIGHBOURS = 5
_SURE = 0.9
_HALVED, _SCRIBBLED = 12_000, 8_000  # marks that are looked at for doubtful ones
_OF_DIGIT = 1_500  # marks of each digit that others are compared with
_CELL, _LEFT, _HEAD = (glyph.SIDE + 2, glyph.SIDE + 11), 66, 18  # pixels


def main() -> None:
    reader = Reader()
    marks = [*collect(reader), half_alikes(reader)]
    others = [one for one in marks if one.name in (*OTHERS, "half-alikes")]
    seen = {one.name: looked_at(reader, one.glyphs) for one in others}
    chances = [told for told, _ in seen.values()]
    found: dict[str, Any] = {"nearest": {}, "read as digits": read_as_digits(others, chances)}
    found["doubtful"] = doubtful(reader)
    found["taught by"] = taught_by(reader, marks, others, [embeddings for _, embeddings in seen.values()])
    blocks = []
    for digit in range(10):
        _, known = looked_at(reader, of_digit(marks, digit))
        nearest = [nearness(embeddings, known) for _, embeddings in seen.values()]
        found["nearest"][str(digit)] = {
            one.name: {
                "cosine of the nearest": round(float(near.max()), 3),
                "are": dict(Counter(map(what, one.labels[np.argsort(-near)[:_NEAREST]])).most_common(8)),
            }
            for one, near in zip(others, nearest, strict=True)
        }
        blocks.append(block(digit, others, nearest))
    sheet(blocks).save(PICTURE, optimize=True)
    write(RESULTS / "nearest.json", "python -m benchmarks.nearest", found)


def looked_at(reader: Reader, glyphs: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """uint8 (n, 28, 28) -> calibrated chances (n, 11), and embeddings of length 1 (n, k)."""
    parts = [
        reader.model.features(some[:, None].astype(np.float32) / np.float32(255))
        for some in np.array_split(glyphs, len(glyphs) // 500 + 1)
    ]
    scores, embeddings = (np.concatenate(some) for some in zip(*parts, strict=True))
    return softmax(scores), embeddings / np.maximum(1e-9, np.linalg.norm(embeddings, axis=1, keepdims=True))


def of_digit(marks: Sequence[Marks], digit: int) -> NDArray[np.uint8]:
    """Marks of one digit, as many of each source, uint8 (n, 28, 28)."""
    sources = [one for one in marks if one.name in DIGITS and one.name != SPOILT]
    random, count = np.random.default_rng(0), _OF_DIGIT // len(sources)
    found = [random.permutation(one.glyphs[one.labels == str(digit)])[:count] for one in sources]
    return np.concatenate(found)


def nearness(embeddings: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean cosine with the known marks that are nearest, (n,)."""
    parts = [some @ known.T for some in np.array_split(embeddings, len(embeddings) // 2000 + 1)]
    return np.concatenate([np.partition(one, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS:].mean(axis=1) for one in parts])


def taught_by(
    reader: Reader, marks: Sequence[Marks], others: Sequence[Marks], embeddings: Sequence[NDArray[np.float32]]
) -> dict[str, dict[str, Any]]:
    """Digit -> how many of left-out writers are likelier none, of how many hands, and what lies nearest to these."""
    trained = [one.held == 0 for one in others]
    known = np.concatenate([some[rows] for some, rows in zip(embeddings, trained, strict=True)])
    named = [
        f"{what(label)} ({one.name})" for one, rows in zip(others, trained, strict=True) for label in one.labels[rows]
    ]
    found: dict[str, dict[str, Any]] = {}
    for digit in range(10):
        nearest: Counter[str] = Counter()
        hands: Counter[str] = Counter()
        for one in marks:
            rows = one.held & (one.labels == str(digit))
            if one.name not in (*PEN_DIGITS, SCANNED) or not rows.any():
                continue
            chances, own = looked_at(reader, one.glyphs[rows])
            doubted = chances[:, OTHER] >= 0.5
            hands.update(one.writers[rows][doubted].tolist())
            nearest.update(named[at] for row in own[doubted] @ known.T for at in np.argsort(-row)[:10])
        found[str(digit)] = {
            "likelier none": hands.total(),
            "of one hand": max(hands.values(), default=0),
            "hands": len(hands),
            "nearest": dict(nearest.most_common(8)),
        }
    return found


def what(label: str) -> str:
    """What a mark is, short: of an alphabet its first letter and the number of the character."""
    alphabet, _, character = label.partition("/")
    return f"{alphabet[0]}{character[-2:]}" if character else alphabet


def read_as_digits(others: Sequence[Marks], chances: Sequence[NDArray[np.float32]]) -> dict[str, dict[str, Any]]:
    """Kind -> what is often read as a digit at 0.9 or more: "T as 7" -> [marks, all marks of that], most first."""
    found: dict[str, dict[str, Any]] = {}
    for one, told in zip(others, chances, strict=True):
        digits = told[:, :OTHER]
        sure = digits.max(axis=1) >= _SURE
        named = np.array([what(label) for label in one.labels])
        counts = Counter(
            (label, digit) for label, digit in zip(named[sure], digits[sure].argmax(axis=1).tolist(), strict=True)
        )
        all_of = Counter(named.tolist())
        found[one.name] = {
            "all": len(named),
            "sure": int(sure.sum()),
            **{f"{label} as {digit}": [count, all_of[label]] for (label, digit), count in counts.most_common(20)},
        }
    return found


def doubtful(reader: Reader) -> dict[str, dict[str, list[int]]]:
    """Families of which people would call some a digit: [read as a digit at 0.5 or more, all of these]."""
    random = np.random.default_rng(5)
    marks = datasets.pen("digits", reader.settings)
    halves: list[tuple[str, NDArray[np.uint8]]] = []
    for mark in (marks[at] for at in random.integers(len(marks), size=_HALVED)):
        seed = int(random.integers(2**32))
        half = negatives.half(mark, np.random.default_rng(seed))
        if half is not None:  # the width of its pen is the first thing that is drawn by lot
            whole = draw(Strokes.of(mark.strokes), 160, int(np.random.default_rng(seed).integers(12, 27)))
            halves.append((f"{min(9, int(10 * half.sum() / whole.sum())) / 10:.1f} of the ink", half))
    drawn = [one for one in (negatives.scribble(random) for _ in range(_SCRIBBLED)) if len(one.paths) == 1]
    turns = [(f"{min(9, len(one.paths[0]) - 2)} turns", one) for one in drawn]
    return {
        "one stroke is left": read_at_half(reader, _one_left(reader), random),
        "halves": read_at_half(reader, halves, random),
        "scribbles of one stroke": read_at_half(reader, turns, random),
    }


def _one_left(reader: Reader) -> list[tuple[str, Strokes]]:
    """Letters and symbols of which all strokes but one are taken for touches of the screen."""
    drawn = [
        (mark.label, Strokes.of(mark.strokes))
        for name in PEN_OTHERS
        for mark in datasets.pen(name, reader.settings)
        if mark.label not in LOOK_ALIKES
    ]
    kept = [(label, segment.without_taps(one)) for label, one in drawn if len(one.paths) > 1]
    return [(label, one) for label, one in kept if len(one.paths) == 1]


def read_at_half(
    reader: Reader, some: Iterable[tuple[str, Strokes | NDArray[np.uint8]]], random: np.random.Generator
) -> dict[str, list[int]]:
    """Named marks -> name: [read as a digit at 0.5 or more, all of that name]."""
    names, marks = zip(*some, strict=True)
    chances, _ = looked_at(reader, pools.nothing("doubtful", marks, random).glyphs[:, 0])
    read = chances[:, :OTHER].max(axis=1) >= 0.5
    of_name = {name: np.array([one == name for one in names]) for name in sorted(set(names))}
    return {name: [int(read[rows].sum()), int(rows.sum())] for name, rows in of_name.items()}


def block(digit: int, others: Sequence[Marks], nearest: Sequence[NDArray[np.float32]]) -> Image.Image:
    """A row of each kind, the nearest first."""
    made = Image.new("L", (_LEFT + SHOWN * _CELL[0], _HEAD + len(others) * _CELL[1]), 255)
    pen = ImageDraw.Draw(made)
    pen.text((2, 1), f"nearest to {digit}", fill=0, font_size=14)
    for row, (one, near) in enumerate(zip(others, nearest, strict=True)):
        top = _HEAD + row * _CELL[1]
        pen.text((2, top + 10), one.name, fill=0, font_size=11)
        for column, at in enumerate(np.argsort(-near)[:SHOWN].tolist()):
            left = _LEFT + column * _CELL[0]
            made.paste(Image.fromarray(255 - one.glyphs[at]), (left, top))
            if one.name in (*OTHERS[:3], FIGURES, "half-alikes"):
                pen.text((left + 9, top + glyph.SIDE - 1), what(one.labels[at]), fill=90, font_size=9)
    return made


def sheet(blocks: Sequence[Image.Image]) -> Image.Image:
    """Two blocks beside each other."""
    width, height = blocks[0].size
    made = Image.new("L", (2 * width + 12, height * (len(blocks) // 2)), 255)
    for at, one in enumerate(blocks):
        made.paste(one, (at % 2 * (width + 12), at // 2 * height))
    return made.quantize(16)


if __name__ == "__main__":
    main()
