"""Where numbers end: fits the log odds of recognition/gaps.py on drawn pages of left-out writers.

python -m benchmarks.gaps [--each 3]   (needs INKDIGIT_DATA)

Every two digits that are read beside each other stand beside what is known of them, and whether one number was written
there. For each kind of page it prints how many pairs are joined or parted wrongly, as the network of rows reads them
and by weights that were fitted without that kind; then the weights of all, which are written down by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inkdigit.evaluation.paper import canvas, counting, material
from inkdigit.evaluation.paper.shot import Shot
from inkdigit.ink import picture
from inkdigit.reader import Reader
from inkdigit.recognition import finding, gaps, joined, layout, row, voted
from inkdigit.recognition.voted import STEP, Read

FOLD = 0  # the writers that the shipped networks never saw
SEEDS = (61, 71)  # other pages than those that are counted
_NEAR = 0.45  # heights: a digit that is read so near to one that was written is that one
Known = tuple[tuple[float, ...], bool, bool]  # of a pair; whether it is read with a gap, and is two numbers


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gaps")
    parser.add_argument("--each", type=int, default=3, help="pages of each kind and seed")
    each = parser.parse_args().each
    reader = Reader()
    made = material.collect(reader.settings, FOLD, held=True)
    of_kind: dict[str, list[Known]] = {}
    for kind in counting.KINDS:
        shown = (page for seed in SEEDS for page in counting.drawn(made, kind, each, seed))
        of_kind[kind] = [one for page in shown for one in known(reader, page)]
    print("kind: pairs; joined wrongly, parted wrongly as read; by weights fitted without this kind")
    total = np.zeros(4, int)
    for kind, some in of_kind.items():
        if not some:
            continue
        others = [one for other, known_there in of_kind.items() if other != kind for one in known_there]
        x, read, two = _columns(some)
        counts = np.array([*_wrong(read, two), *_wrong(_fitted(others).predict(x), two)])
        total += counts
        print(f"{kind}: {len(some)}; {counts[:2].tolist()}; {counts[2:].tolist()}", flush=True)
    whole = _fitted([one for some in of_kind.values() for one in some])
    print(f"all: {sum(map(len, of_kind.values()))}; {total[:2].tolist()}; {total[2:].tolist()}")
    print(f"base {whole.intercept_[0]:.2f}, weights {whole.coef_[0].round(2).tolist()}")


def known(reader: Reader, page: Shot) -> Iterator[Known]:
    """What is known of each two digits that are read beside each other on a page, where both were written."""
    looked = finding.found(reader.pages, picture.to_grey(page.picture))
    askew = layout.lie(looked.seen)
    groups = [[looked.seen.cores[at] for at in some] for some in joined.rows(looked.seen.cores, askew)]
    rows = voted.rows(reader.rows, looked.grey, groups, askew, again=True)
    some = list(gaps.pairs(rows))
    if not some:  # a page that nothing is read on
        return
    written = _written(page, looked.scale)
    for one, evidence in zip(some, gaps.evidence(rows, some, askew).tolist(), strict=True):
        first, last = (_of(rows[one.row], place, *written) for place in (one.first, one.last))
        is_spaced = first is not None and last is not None and first[0] == last[0] and last[1] != first[1] + 1
        if first is not None and last is not None and not is_spaced:
            yield tuple(evidence), one.is_parted, first[0] != last[0]


def _written(page: Shot, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[int, int]]]:
    """Of each digit of a page: its middle and height, in pixels of what was looked at, and its number and place."""
    middles, heights, owners = [], [], []
    for at, item in enumerate(page.items):
        if item.kind == canvas.WORD:
            continue
        for place, (middle, mark) in enumerate(zip(item.middles, item.written, strict=True)):
            if mark.isdigit():
                middles.append(middle * scale)
                heights.append(item.height * scale)
                owners.append((at, place))
    return np.array(middles, np.float64).reshape(-1, 2), np.array(heights), owners


def _of(
    read: Read, mark: int, middles: NDArray[np.float64], heights: NDArray[np.float64], owners: list[tuple[int, int]]
) -> tuple[int, int] | None:
    """The number and the place of the digit that was written where a mark of a row is; None where none was."""
    if not owners:
        return None
    point = read.place.warp() @ np.array([STEP * read.path[mark][1] + 0.5, (row.HIGH - 1) / 2, 1])
    off = np.hypot(*(middles - point).T) / heights
    nearest = int(off.argmin())
    return owners[nearest] if off[nearest] <= _NEAR else None


def _columns(some: list[Known]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    x, read, two = zip(*some, strict=True)
    return np.array(x), np.array(read), np.array(two)


def _fitted(some: list[Known]) -> LogisticRegression:
    x, _, two = _columns(some)
    return LogisticRegression(max_iter=1000).fit(x, two)


def _wrong(parted: NDArray[np.bool_], two: NDArray[np.bool_]) -> tuple[int, int]:
    """How many pairs are joined, and parted, wrongly."""
    return int((two & ~parted).sum()), int((~two & parted).sum())


if __name__ == "__main__":
    main()
