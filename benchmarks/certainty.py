"""How sure a number on a page is: fits the log odds of recognition/certainty.py on drawn pages of left-out writers.

python -m benchmarks.certainty [--each 6]   (needs INKDIGIT_DATA)

Every number that is read stands beside what is known of it: how sure its reading is, how sure the network of pages is
that a number stands there, and whether the network of lines reads the same. Pages of even places fit the
weights of a logistic regression, those of odd places say how they hold. It prints both; the weights are written down by
hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inkdigit.evaluation import composed, numbers, photos
from inkdigit.evaluation.paper import counting, material
from inkdigit.ink import picture
from inkdigit.ink.strokes import Box
from inkdigit.reader import Reader
from inkdigit.recognition import assemble, certainty, finding
from inkdigit.recognition.reading import Number

FOLD = 0  # the writers that the shipped networks never saw
SEED = 11  # other pages than those that are counted
Rows = list[tuple[tuple[float, ...], bool]]
Shown = tuple[NDArray[np.uint8], list[tuple[str, Box]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certainty")
    parser.add_argument("--each", type=int, default=6, help="pages of each kind")
    each = parser.parse_args().each
    reader = Reader()
    parts: list[Rows] = [[], []]
    for place, (shown, written) in enumerate(pages(reader, each)):
        parts[place % 2] += rows(reader, shown, written)
    x, right = (np.array(column) for column in zip(*parts[0], strict=True))
    fitted = LogisticRegression(C=10).fit(x, right)
    weights = dict(zip(("read", "there", "same", "apart"), fitted.coef_[0].round(2).tolist(), strict=True))
    print(f"{len(right)} numbers: base {fitted.intercept_[0]:.2f}, {weights}")
    x, right = (np.array(column) for column in zip(*parts[1], strict=True))
    before = 1 / (1 + np.exp(-x[:, 0]))
    for name, chances in (("the reading alone", before), ("all together", fitted.predict_proba(x)[:, 1])):
        for low, high in ((0.9, 1.01), (0.8, 0.9), (0.6, 0.8), (0.3, 0.6), (0.1, 0.3), (0.0, 0.1)):
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
    looked = finding.found(reader.pages, picture.to_grey(shown))
    made = []
    found = reader.on_paper(looked)
    for one, known in zip(found, certainty.evidence(found), strict=True):
        if "?" not in one.number.text and not certainty.is_cut(one.number, looked.grey):
            on_page = assemble.scaled(one.number, 1 / looked.scale)
            made.append((known, is_right(on_page, written)))
    return made


def is_right(one: Number, written: Sequence[tuple[str, Box]]) -> bool:
    """Whether somebody wrote, or printed, this number there."""
    return any(text == one.text and numbers.overlap(one.box, box) >= counting.SAME for text, box in written)


if __name__ == "__main__":
    main()
