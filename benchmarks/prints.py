"""Printed or written by hand: fits the log odds of recognition/prints.py on drawn pages.

python -m benchmarks.prints [--each 15]   (needs INKDIGIT_DATA, and the extra [train]; a quarter of an hour)

What is known of a whole number is fitted on pages of fonts that the network did not see: for each family of fonts one
is trained without it, as `inkdigit train --recipe prints` trains the one that ships. It prints the weights, and how
they hold on pages of left-out writers, by the network that ships and by these; the weights are written down by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inkdigit.models import trial
from inkdigit.recognition import prints
from inkdigit.settings import Settings
from inkdigit.training import recipes
from inkdigit.training.prints import HAND, PRINT, Odds, Seen, collect, odds, train

FOLD = 0  # the writers that the shipped networks never saw


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prints")
    parser.add_argument("--each", type=int, default=recipes.named("prints").most, help="pages of each kind of table")
    each = parser.parse_args().each
    pages, held = collect(Settings.from_environment(), each, FOLD)
    print(len(pages), "pages of training writers,", len(held), "of others", flush=True)
    without = {family: left_out(family, pages) for family in sorted({page.family for page in pages})}
    given, printed, _ = known(pages, without)
    fitted = LogisticRegression().fit(given, printed)
    print(f"base {fitted.intercept_[0]:.2f}, weights {fitted.coef_[0].round(2).tolist()}")
    ships = dict.fromkeys(without, trial.telling_print().odds)
    for name, by_family in (("fonts that it saw", ships), ("fonts left out", without)):
        given, printed, kinds = known(held, by_family)
        report(name, fitted.decision_function(given), printed, kinds)


def left_out(family: str, pages: Sequence[Seen]) -> Odds:
    """What a network says that learned from the pages in other fonts."""
    others = [page for page in pages if page.family != family]
    with TemporaryDirectory() as folder:
        return odds(train(recipes.named("prints"), others, (), Path(folder)))


def known(
    pages: Sequence[Seen], by_family: dict[str, Odds]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.str_]]:
    """What is known of each number that is printed, or written by hand; which of both; and the kind of its page."""
    given, labels, kinds = [np.empty((0, len(prints.WEIGHTS)))], [], []
    for page in pages:
        if page.found:
            odds = by_family[page.family](page.glyphs)
            given.append(prints.evidence(page.numbers, page.cores, odds, page.askew))
            labels += page.labels
            kinds += [page.kind] * len(page.labels)
    kept = np.array(labels, int) >= 0
    return np.concatenate(given)[kept], np.array(labels, int)[kept], np.array(kinds)[kept]


def report(name: str, odds: NDArray[np.float64], right: NDArray[np.int64], kinds: NDArray[np.str_]) -> None:
    """Prints how many printed numbers are told, and how many written ones are called printed, at some thresholds."""
    is_print, by_hand = right == PRINT, right == HAND
    for least in (0.0, 1.0, 2.0, 3.0, 4.0):
        told = odds > least
        each = {str(one): round(float(told[(kinds == one) & is_print].mean()), 2) for one in set(kinds[is_print])}
        wrong = int(told[by_hand].sum())
        print(f"{name}, above {least}: {told[is_print].sum()} of {is_print.sum()} printed, ", end="")
        print(f"{wrong} of {by_hand.sum()} by hand ({wrong / max(1, by_hand.sum()):.2%}); {each}", flush=True)


if __name__ == "__main__":
    main()
