"""The tables of a second score, for whether a mark is a digit, from its result file."""

from __future__ import annotations

from benchmarks.cells import figures, markdown
from benchmarks.hand_tables import HANDS, NOT_DIGITS


def second_score() -> str:
    """What a score of its own for "is it a digit at all" refuses beside today's, at as many digits kept."""
    found = figures("second_score")
    rows = []
    for read_by, name in (("picture", "pictures"), ("both", "both networks")):
        today, known = found[read_by]["today"], found[read_by]["network, training writers"]
        halves = found[read_by]["network, left-out writers"]
        for kind, one in known["others"].items():
            held, whole = found["marks"][kind]
            count = held or whole
            alone, beside = (one.get(rule, [None])[0] for rule in ("new", "sum"))
            without, (left, low, high) = one["new, left out"][0], one["sum, left out"]
            shares = (today["others"][kind], alone, beside, without, left)
            rows.append(
                [
                    name,
                    _kind(kind) + ("" if held else ", trained on"),
                    f"{count:,}",
                    *("" if share is None else f"{share / count:.1%}" for share in shares),
                    f"{100 * low:+.1f} to {100 * high:+.1f}",
                    f"{halves['others'][kind]['sum, left out'][0] / count:.1%}",
                ]
            )
    head = ["read by", "kind", "marks", "today", "a score of its own", "beside today's", "its kind left out: alone"]
    return markdown([*head, "beside today's", "points more than today", "fitted to left-out writers"], rows)


def second_digits() -> str:
    """What digits are refused by each of these scores."""
    found = figures("second_score")
    names = {**HANDS, "mnist": "MNIST validation", "mnist-spoilt": "and spoilt in the ways of MNIST-C"}
    rows = []
    for read_by, name in (("picture", "pictures"), ("both", "both networks")):
        known = found[read_by]["network, training writers"]["digits"]
        for kind, count in found[read_by]["today"]["digits"].items():
            refused = (count, known["new"][kind], known["sum"][kind])
            rows.append([name, names[kind], f"{found['marks'][kind][0]:,}", *map(str, refused)])
    return markdown(["read by", "digits", "marks", "today", "a score of its own", "beside today's"], rows)


def _kind(name: str) -> str:
    """A kind of mark that is no digit, in words."""
    first, _, alphabet = name.partition("/")
    return alphabet.replace("_", " ") if alphabet else NOT_DIGITS.get(first, first)
