"""How sure a number on a page is: fits the log odds of recognition/finding.py on drawn pages of left-out writers.

python -m benchmarks.support [--each 6]   (needs INKDIGIT_DATA)

Every number that is read stands beside what the page says: how sure the reading is, how sure the network of pages is
that a number stands there, and how well it fits what stands there. Pages of even places fit the weights of a logistic
regression, those of odd places say how they hold. It prints both; the weights are written down by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inkdigit.evaluation import composed, numbers, photos
from inkdigit.evaluation.paper import counting, material
from inkdigit.ink import picture
from inkdigit.ink.strokes import Box
from inkdigit.reader import Reader
from inkdigit.recognition import finding
from inkdigit.recognition.reading import Number

_FITS = 0.88  # of the width: one that fits better is no surer
FOLD = 0  # the writers that the shipped networks never saw
SEED = 11  # other pages than those that are counted
Rows = list[tuple[list[float], bool]]
Shown = tuple[NDArray[np.uint8], list[tuple[str, Box]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.support")
    parser.add_argument("--each", type=int, default=6, help="pages of each kind")
    each = parser.parse_args().each
    reader = Reader()
    parts: list[Rows] = [[], []]
    for place, (shown, written) in enumerate(pages(reader, each)):
        parts[place % 2] += rows(reader, shown, written)
    x, right = (np.array(column) for column in zip(*parts[0], strict=True))
    fitted = LogisticRegression(C=10).fit(x, right)
    reading, there, extent = fitted.coef_[0].round(2)
    print(f"{len(right)} numbers: base {fitted.intercept_[0]:.2f}, reading {reading}, there {there}, extent {extent}")
    x, right = (np.array(column) for column in zip(*parts[1], strict=True))
    before = 1 / (1 + np.exp(-x[:, 0]))
    for name, chances in (("before", before), ("now", fitted.predict_proba(x)[:, 1])):
        for low, high in ((0.9, 1.01), (0.8, 0.9), (0.6, 0.8), (0.3, 0.6), (0.0, 0.3)):
            some = (chances >= low) & (chances < high)
            counts = f"{int(right[some].sum())} of {int(some.sum())} right"
            print(f"{name}, {low:.1f} to {high:.1f}: {counts}, {chances[some].sum():.0f} expected")


def pages(reader: Reader, each: int) -> Iterator[Shown]:
    """Drawn pages of every kind, and as many composed photos and clean pictures of one number."""
    made = material.collect(reader.settings, FOLD, held=True)
    for kind in counting.NAMES:
        for page in counting.drawn(made, kind, each, SEED):
            yield page.picture, [(item.text, counting.upright(item)) for item in page.items if item.text]
    hands = composed.hands(reader.settings, FOLD, held=True)
    random = np.random.default_rng(SEED)
    for _ in range(20 * each):
        one = composed.compose(composed.one_of(hands, random), ("spaced", "touching")[random.integers(2)], random)
        shot = (photos.clean if random.random() < 0.5 else photos.photo)(one, random)
        yield shot.picture, list(zip(shot.texts, shot.boxes, strict=True))


def rows(reader: Reader, shown: NDArray[np.uint8], written: Sequence[tuple[str, Box]]) -> Rows:
    """What is known of each number that is read, and whether it is right; what touches the edge is left out."""
    with mock.patch.object(finding, "borne_out", lambda found, looked: list(found)):  # as sure as the reading alone
        found = reader.page(shown).numbers
    looked = finding.found(reader.pages, picture.to_grey(shown))
    high, wide = shown.shape[:2]
    return [
        ([finding.log_odds(chance) for chance in chances(one, looked)], is_right(one, written))
        for one in found
        if one.box and "?" not in one.text and min(one.box) > 3 and one.box[2] < wide - 3 and one.box[3] < high - 3
    ]


def chances(one: Number, looked: finding.Look) -> tuple[float, float, float]:
    """How sure the reading is, how sure that a number stands there, and how well it fits."""
    if one.box is None:
        return (0.0, 0.0, 0.0)
    return (one.confidence, looked.support(one.box), min(_FITS, looked.extent(one.box)))


def is_right(one: Number, written: Sequence[tuple[str, Box]]) -> bool:
    """Whether somebody wrote, or printed, this number there."""
    return any(text == one.text and numbers.overlap(one.box, box) >= counting.SAME for text, box in written)


if __name__ == "__main__":
    main()
