"""The tables of docs/scripts.md."""

from __future__ import annotations

from typing import Any

from benchmarks.cells import figures, markdown
from inkdigit.models import catalogue
from inkdigit.recognition.model import Model, ScriptModel
from inkdigit.scripts import SCRIPTS


def scripts() -> str:
    """How each script is read."""
    found = figures("scripts")
    head = ["script", "test: right", "95 % interval", "misread", "refused", "calibration error", "letters refused",
            "other scripts refused", "numbers drawn: right", "numbers on pictures: right"]  # fmt: skip
    return markdown(head, [_row(name, row) for name, row in found["scripts"].items()])


def script_templates() -> str:
    """How many drawings of each digit's template are not read."""
    rows = [[SCRIPTS[name].title, *map(str, counts)] for name, counts in figures("scripts")["templates"].items()]
    return markdown(["not read, of 100 of each", *map(str, range(10))], rows)


def _row(name: str, row: dict[str, Any]) -> list[str]:
    wrong, total, refused = row["test"]
    low, high = row["interval"]
    shares = [row[key] for key in ("letters", "others", "ink", "pictures")]
    return [
        SCRIPTS[name].title,
        f"{1 - wrong / total:.2%}",
        f"{low:.1%} to {high:.1%}",
        f"{wrong:,} of {total:,}",
        f"{refused:,}",
        f"{row['calibration_error']:.2%}",
        *(f"{some / of:.1%}" for some, of in shares),
    ]


def script_pages() -> str:
    """How pages of Kannada and Burmese digits are read."""
    head = ["page", "marks on it", "found", "read right in their row", "and alone in their column"]
    rows = []
    for name, row in figures("scripts")["pages"].items():
        shares = [f"{row[key]:,} ({row[key] / row['marks']:.1%})" for key in ("right", "in_place")]
        rows.append([name, f"{row['marks']:,}", f"{row['found']:,}", *shares])
    return markdown(head, rows)


def scripts_found() -> str:
    """How often the script of a number of four digits is found."""
    head = ["script", "found", "taken for", "of these with signs of the other script alone",
            "on pictures: found", "and read", "on pages of two: found", "and read"]  # fmt: skip
    rows, mixed = [], figures("scripts")["mixed"]
    for name, row in figures("scripts")["found"].items():
        others = sorted(((n, other) for other, n in row["taken_for"].items() if other != name), reverse=True)
        said = ", ".join(f"{SCRIPTS[other].title} {n}" for n, other in others)
        read, seen, shown = row.get("on_pictures") or ("", "", "")
        on_pictures = [f"{seen} of {shown}", f"{read} of {shown}"] if shown else ["", ""]
        read, seen, shown = mixed[name]
        on_pictures += [f"{seen} of {shown}", f"{read} of {shown}"]
        shared = str(row["wrong_of_shared_signs"])
        rows.append([SCRIPTS[name].title, f"{row['right']} of {row['all']}", said, shared, *on_pictures])
    return markdown(head, rows)


def which_script() -> str:
    """Of how many single marks the network of shapes took the script for another one, when its file was made."""
    path = catalogue.telling_scripts()
    counts = {} if path is None else ScriptModel(path).card.mistakes
    rows = [
        [SCRIPTS[name.removesuffix("-validation")].title, f"{wrong:,} of {total:,}"]
        for name, (wrong, total) in counts.items()
    ]
    return markdown(["digits, scanned and drawn, validation", "taken for another script"], rows)


def script_trunk() -> str:
    """What one trunk for all scripts misread of the digits that validated, and a network for each script."""
    found = figures("script_trunk")["mistakes"]
    rows = []
    for name, (wrong, total) in found.items():
        own, of = Model(catalogue.shipped(name)).card.mistakes.get(f"{name}-validation", (0, 0))
        shares = [f"{wrong} of {total:,} ({wrong / total:.1%})", f"{own} of {of:,} ({own / of:.1%})" if of else ""]
        rows.append([SCRIPTS[name].title, *shares])
    return markdown(["scans, validation", "one trunk: misread", "a network of its own: misread"], rows)
