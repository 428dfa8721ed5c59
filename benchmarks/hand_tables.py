"""The tables of hands never seen, crops, ways to write a digit, the pen's path and letters, from their result files."""

from __future__ import annotations

from benchmarks.cells import KINDS, figures, markdown
from inkdigit.data.datasets import FIGURES, PEN_DIGITS, PEN_OTHERS
from inkdigit.evaluation.score import worst_tenth

HANDS = {
    "scanned-digits": "digits on paper, scanned",
    "digits": "pen digits (UNIPEN), of writers left out",
    "digits-tablet": "pen digits (UCI tablet), of writers left out",
}

CROPPED = {
    "margin-0": "cut tight",
    "margin-10": "a tenth of paper around",
    "margin-20": "a fifth",
    "margin-40": "two fifths",
    "neighbour": "a neighbour's ink at the edge",
    "frame": "a printed frame at the edge",
    "wide": "stretched to one and a half in width",
    "high": "and in height",
}
NOT_DIGITS = KINDS | {"figures": "letters of four other alphabets, drawn with a mouse"}


def hands() -> str:
    """Digits of hands never seen, a refusal counted as a mistake."""
    rows = []
    for name, one in figures("hands")["digits"].items():
        writers = [row["right"] / sum(row.values()) for row in one["by writer"]]
        ones = one["by digit"]["1"]
        rows.append(
            [
                HANDS[name],
                f"{len(writers)}",
                f"{one['right']:,} of {one['all']:,}",
                f"{one['right'] / one['all']:.1%}",
                f"{one['misread']}",
                f"{one['refused']}",
                f"{ones['refused']} of {sum(ones.values())}",
                f"{writers[0]:.1%}",
                f"{worst_tenth(writers):.1%}",
            ]
        )
    head = ["set", "writers", "right", "", "misread", "refused", "1s refused", "worst writer", "worst tenth of writers"]
    return markdown(head, rows)


def crops() -> str:
    """The scanned digits as they are read from other crops of the same scans."""
    rows = [
        [
            CROPPED[how],
            f"{one['right']:,} of {one['all']:,}",
            f"{one['right'] / one['all']:.1%}",
            f"{one['misread']}",
            f"{one['refused']}",
        ]
        for how, one in figures("hands")["crops"].items()
    ]
    return markdown(["crop", "right", "", "misread", "refused"], rows)


def ways() -> str:
    """Each way to write a digit, drawn by the program: how many are read."""
    found = figures("allographs")["ways"]
    rows = [
        [str(digit), "; ".join(f"{one['name']} {one['right']}" for one in found if one["digit"] == digit)]
        for digit in range(10)
    ]
    return markdown(["digit", f"read of {found[0]['all']}, by way"], rows)


def strokes() -> str:
    """What the network of strokes brings, on writers that neither network saw."""
    kinds = {"picture": "picture alone", "strokes": "strokes alone", "both": "both"}
    rows = []
    for kind, one in figures("strokes")["read by"].items():
        wrong = [f"{one[name]['misread']} + {one[name]['refused']} of {one[name]['all']:,}" for name in PEN_DIGITS]
        refused = [f"{one[name]['refused'] / one[name]['all']:.1%}" for name in (*PEN_OTHERS, FIGURES, "doodles")]
        rows.append([kinds[kind], *wrong, *refused])
    head = ["read by", "pen digits misread + refused", "tablet digits", "capitals refused", "small letters"]
    return markdown([*head, "symbols", "other alphabets", "doodles"], rows)


def halfalikes() -> str:
    """Letters that some hands write like a digit, of writers never seen."""
    found = figures("strokes")["half-alikes"]
    rows = [
        [letter.replace("&", "&amp;"), f"{one['all']}", f"{one['refused']}", f"{one['unsure']}"]
        for letter, one in found.items()
    ]
    return markdown(["letter", "shown", "refused", "read at less than 0.75"], rows)


def letters() -> str:
    """Marks that are no digit, of hands never seen: refused as one mark, and where they may be a number."""
    kinds = ("refused as one mark", "refused as a number")
    rows = [
        [NOT_DIGITS[name], f"{one['all']:,}", *(f"{one[kind] / one['all']:.1%}" for kind in kinds)]
        for name, one in figures("hands")["others"].items()
    ]
    return markdown(["set", "marks", "refused as one mark", "refused where they may be a number"], rows)


def dense() -> str:
    """What dense drawings cost to read."""
    rows = [
        [
            name,
            f"{one['strokes']:,}",
            f"{one['points']:,}",
            f"{one['milliseconds']['median']:.0f} ms",
            f"{one['milliseconds']['most']:.0f} ms",
            f"{one['megabytes']:.1f} MB",
            one["words"] if one["marks"] == 1 else f"{one['marks']} marks",
        ]
        for name, one in figures("dense").items()
    ]
    head = ["drawing, read on one core", "strokes", "points", "median", "most of five", "memory on top", "answer"]
    return markdown(head, rows)


def bounds() -> str:
    """What pictures cost to read."""
    rows = [
        [
            name,
            f"{one['milliseconds']['median']:,.0f} ms"
            if one["milliseconds"]["median"] >= 20
            else f"{one['milliseconds']['median']:.1f} ms",
            f"{one['milliseconds']['most']:,.0f} ms",
            f"{one['megabytes']:,} MB",
            "too dense to read" if one["dense"] else f"{one['numbers']:,} numbers, {one['sure']:,} sure",
        ]
        for name, one in figures("bounds").items()
    ]
    return markdown(["picture, read on one core", "median", "most of five", "memory of the process", "answer"], rows)


def signs() -> str:
    """Numbers with signs, as they were written."""
    rows = [
        [kind, f"{one['as written'] / one['all']:.1%}", f"{one['digits'] / one['all']:.1%}", f"{one['all']}"]
        for kind, one in figures("signs").items()
        if kind != "signs"
    ]
    return markdown(["pen strokes of left-out writers", "wholly as written", "all digits right", "drawn"], rows)


def by_sign() -> str:
    """Each sign in its place and alone."""
    found, columns = figures("signs")["signs"], ("as written", "refused", "digits")
    rows = [
        [f"`{kind}`", f"{right} of {count}", *(str(found["alone"][kind][how]) for how in columns)]
        for kind, (right, count) in found["right"].items()
    ]
    head = ["sign", "in numbers and sums, read right", "of 100 alone: shown as it is", "no digit", "taken for digits"]
    return markdown(head, rows)
