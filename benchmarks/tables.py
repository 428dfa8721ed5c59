"""Writes the tables of README.md and docs/ from the result files and the settings, between their marks.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. python -m benchmarks.tables
Pictures that no page shows are removed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks import RESULTS
from benchmarks.app_tables import camera, choosing, grid, inside, kept, lesson, live, spared, taught, window
from benchmarks.batch_tables import batch, scale, work
from benchmarks.cells import KINDS, figures, markdown, milliseconds
from benchmarks.hand_tables import bounds, by_sign, crops, dense, halfalikes, hands, letters, signs, strokes, ways
from benchmarks.paper_tables import others, paper, signs_on_pages, strange_kinds
from benchmarks.script_tables import script_pages, script_templates, script_trunk, scripts, scripts_found, which_script
from benchmarks.second_tables import second_digits, second_score
from benchmarks.service_tables import asked, crowded, fuzzed, killed, service, soaked, survived, together
from inkdigit import settings
from inkdigit.models.catalogue import LINE, ROW, WEIGHTS
from inkdigit.recognition.model import LineModel, RowModel

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NAMES = {
    "mnist-test": "MNIST test",
    "mnist-validation": "MNIST validation",
    "digits": "pen digits of unseen writers (UNIPEN)",
    "digits-tablet": "pen digits of unseen writers (UCI tablet)",
    "digits8x8": "digits of 8x8 pixels (scikit-learn), a source never seen",
}

NUMBERS = {
    "strokes-spaced": ("pen strokes, digits with gaps", "96 %"),
    "strokes-overlapping": ("pen strokes, digits overlapping", "90 %"),
    "clean-spaced": ("clean pictures, digits with gaps", "95 %"),
    "clean-touching": ("clean pictures, digits touching", "85 %"),
    "photo": ("photos of one number", "88 %"),
    "pages": ("pages with 5 to 40 numbers", "97 % found, 2 % false"),
}


def main() -> None:
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in PICTURES.iterdir():  # the tests take more than the pages show
        if f"pictures/{picture.name}" not in shown:
            picture.unlink()


def filled(text: str) -> str:
    """A page with every table made anew."""

    def table(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", table, text, flags=re.DOTALL)


def accuracy() -> str:
    """Counted mistakes by set."""
    rows = [
        [
            NAMES[row["set"]],
            f"{row['total']:,}",
            str(row["misread"]),
            f"{row['accuracy']:.2%}",
            str(row["refused"]),
            f"{row['calibration_error']:.2%}",
        ]
        for row in figures("accuracy")["sets"]
    ]
    return markdown(["set", "digits", "misread", "read right", "refused as no digit", "calibration error"], rows)


def refusals() -> str:
    """Marks that are no digit, of all writers, each judged by a network that never saw that hand."""
    rows = [
        [KINDS[row["set"]], f"{row['total']:,}", f"{row['refused']:,}", f"{row['refused'] / row['total']:.1%}"]
        for row in figures("crossval")["others"]
    ]
    return markdown(["marks that are no digit", "shown", "refused", "share"], rows)


def writers() -> str:
    """Every writer judged once, by a network that never saw that hand."""
    rows = [
        [
            NAMES[row["set"]],
            str(row["writers"]),
            f"{row['total']:,}",
            str(row["misread"]),
            f"{row['accuracy']:.2%}",
            f"{row['worst_tenth_of_writers']:.2%}",
            f"{row['calibration_error']:.2%}",
        ]
        for row in figures("crossval")["writers"]
    ]
    head = ["set", "writers", "digits", "misread", "read right", "worst tenth of writers", "calibration error"]
    return markdown(head, rows)


def seeds() -> str:
    """The five networks of the cross-validation on MNIST, each of another seed, and together."""
    rows = []
    for name in ("mnist-validation", "mnist-test"):
        found = figures("crossval")[name]
        both = found["together"]
        counts = ", ".join(map(str, found["misread"]))
        mean = f"{found['mean_accuracy']:.3%}"
        rows.append([NAMES[name], counts, mean, str(both["misread"]), str(both["misread_with_moves"])])
    head = ["set", "misread by each", "mean", "by all five together", "and with glyphs moved by a pixel"]
    return markdown(head, rows)


def curve() -> str:
    """What is refused as the threshold moves."""
    rows = [
        [f"{row['kept']:.2%}", f"{row['threshold']:.4f}", *(f"{row[kind]:.1%}" for kind in KINDS)]
        for row in figures("crossval")["curve"]
    ]
    return markdown(["digits kept", "threshold", *KINDS.values()], rows)


def robustness() -> str:
    """The fifteen corruptions of MNIST-C."""
    found = figures("robustness")
    direct = figures("keras_cnn")["keras"]
    rows = []
    for name, row in found["corrupted"].items():
        theirs = sum(run["wrong"][name] for run in direct) / len(direct) / row["total"]
        rows.append(
            [
                name.replace("_", " "),
                str(row["misread"]),
                f"{1 - row['misread'] / row['total']:.2%}",
                f"{1 - theirs:.2%}",
            ]
        )
    theirs = figures("keras_cnn")["mean accuracy of the Keras CNN over the fifteen corruptions, fed directly"]
    rows.append(["mean", "", f"{found['mean_accuracy']:.2%}", f"{theirs:.2%}"])
    return markdown(["corruption", "misread of 10,000", "read right", "the Keras CNN of the tutorials"], rows)


def sweeps() -> str:
    """What people vary."""
    rows = [
        [name, ", ".join(f"{row['value']} {1 - row['misread'] / row['total']:.2%}" for row in points)]
        for name, points in figures("robustness")["swept"].items()
    ]
    return markdown(["what varies", f"read right, of {figures('robustness')['swept']['size'][0]['total']:,}"], rows)


def fast() -> str:
    """The recipe fast against the Keras CNN."""
    found = figures("keras_cnn")
    rows = [
        [name, ", ".join(f"{run['seconds']:.1f} s" for run in found[key]), ", ".join(map(str, wrong))]
        for name, key, wrong in (
            ("`inkdigit train --recipe fast`", "fast", [run["wrong"] for run in found["fast"]]),
            ("Keras CNN, 5 epochs", "keras", [run["wrong"]["test"] for run in found["keras"]]),
        )
    ]
    return markdown(["program", "time of each round", "misread of the 10,000 of the MNIST test"], rows)


def architectures() -> str:
    """Networks that were tried."""
    tried: dict[str, Any] = json.loads((RESULTS / "architectures.json").read_text(encoding="utf-8"))
    sets = ("mnist", "digits", "digits-tablet", "uppercase", "lowercase", "symbols")
    rows = [
        [
            row["what"],
            f"{row['parameters']:,}",
            f"{row['one_digit_us']} us",
            f"{row['digits_per_s']:,}",
            *("/".join(map(str, row["mistakes"][f"{name}-validation"])) for name in sets),
        ]
        for row in tried.values()
    ]
    head = ["network", "parameters", "one digit", "digits a second", "MNIST validation", "pen", "tablet"]
    return markdown([*head, "capitals", "small letters", "symbols"], rows)


def speed() -> str:
    """Start, answers and the browser."""
    start, reading, browser = figures("start"), figures("reading"), figures("browser")
    limits = start["limits"]
    shown = browser["pointer-up to the frame that shows it"]
    moved = browser.get("pen moved to the frame that shows its ink")  # the next run measures it first
    painted, code = browser["first contentful paint, nothing in the cache"], browser["code of the first screen"]
    read, grey = start["inkdigit read one.png --single"], reading["Reader.digit, 280x280 grey array"]
    rows = [
        ["`inkdigit read one.png --single`, whole process", f"{read['median']:.2f} s", f"{read['p95']:.2f} s", "0.9 s"],
        ["`import inkdigit`", f"{start['import inkdigit, median s']:.3f} s", "", f"{limits['import_s']} s"],
        ["the same and `Reader()`", f"{start['import inkdigit and Reader(), median s']:.3f} s", "", ""],
        ["memory of that command", f"{start['memory of that command, MB']:.0f} MB", "", f"{limits['memory_mb']} MB"],
        ["runtime install", f"{start['runtime install, MB']:.0f} MB", "", f"{limits['install_mb']} MB"],
        ["`Reader.digit`, 280x280 picture, one core", *milliseconds(grey), "0.6 ms"],
        *(
            [f"`Reader.digit`, {name.partition(', ')[2]}, one core", *milliseconds(one), "0.9 ms"]
            for name, one in reading.items()
            if " PNG" in name
        ),
        ["`Reader.ink`, 60 points, one core", *milliseconds(reading["Reader.ink, 60 points"]), ""],
        ["the network alone, one digit on one core", *milliseconds(reading["the network alone, one glyph"]), "0.1 ms"],
        [
            "the network alone, digits a second on two cores",
            f"{reading['digits a second']['2']:,}",
            "",
            "25,000",
        ],
        *_many(),
        ["browser: pen up to digit on screen, 200 drawings", *milliseconds(shown), "50 ms (95 %)"],
        *([["browser: pen moved to its ink on screen", *milliseconds(moved), "17 ms (median)"]] if moved else []),
        ["browser: first paint with nothing cached, 20 loads", *milliseconds(painted), "500 ms"],
        ["the page's own code, all files of the first screen", f"{code['bytes'] / 1e3:.1f} KB", "", "150 KB"],
    ]
    return markdown(["what", "median", "95 %", "limit"], rows)


def _many() -> list[list[str]]:
    """Many pictures at once, beside Keras in the same run, where that was measured."""
    if not (RESULTS / "many.json").exists():
        return []
    found = figures("many")["pictures a second"]
    limits = {"Reader.digits, 28x28 arrays": "16,000", "Reader.digits, 280x280 arrays": "5,000"}
    return [[f"{name}, a second on two cores", f"{rate:,}", "", limits.get(name, "")] for name, rate in found.items()]


def runs() -> str:
    """Every training run: what changed, and mistakes on validation and, counted once at its end, on the MNIST test."""
    found: dict[str, Any] = json.loads((RESULTS / "runs.json").read_text(encoding="utf-8"))
    sets = ("mnist-validation", "digits-validation", "digits-tablet-validation", "scribbles-validation", "mnist-test")
    rows = [
        [name, run["change"], *("/".join(map(str, run["mistakes"].get(s, ["-"]))) for s in sets), run["commit"][:7]]
        for name, run in found.items()
    ]
    head = [
        "run",
        "what changed",
        "MNIST validation",
        "pen digits",
        "tablet digits",
        "scribbles",
        "MNIST test",
        "commit",
    ]
    return markdown(head, rows)


def numbers() -> str:
    """Whole numbers read right, by set."""
    rows = [
        [
            NUMBERS[row["set"]][0],
            f"{row['total']:,}",
            f"{row['right'] / row['total']:.1%}",
            f"{row['edits']:,} of {row['digits']:,}",
            f"{row['found'] / row['total']:.1%}",
            str(row["false"]),
            NUMBERS[row["set"]][1],
        ]
        for row in figures("numbers")["sets"]
    ]
    return markdown(["set", "numbers", "wholly right", "digits misread", "found", "false", "target"], rows)


def line() -> str:
    """What the line network misread when its file was made."""
    card = LineModel(WEIGHTS / f"western{LINE}.onnx").card
    rows = [
        [name.removesuffix("-validation"), f"{wrong} of {total:,}"] for name, (wrong, total) in card.mistakes.items()
    ]
    return markdown(["strips of numbers, validation writers", "numbers not wholly right"], rows)


def row() -> str:
    """What the network of rows misread when its file was made."""
    card = RowModel(WEIGHTS / f"western{ROW}.onnx").card
    rows = [
        [name.removesuffix("-validation"), f"{wrong} of {total:,}"] for name, (wrong, total) in card.mistakes.items()
    ]
    return markdown(["on drawn pages, validation writers", "not wholly right"], rows)


def pages() -> str:
    """What pages cost."""
    found = figures("numbers")
    rows = [
        [what, *(f"{times[part] * 1e3:.0f} ms" for part in ("median", "p95"))] for what, times in found["times"].items()
    ]
    rows.append(["memory for that scan", f"{found['megabytes for an A4 scan at 300 dots']} MB", ""])
    return markdown(["one core, decoding and all", "median", "95 %"], rows)


def nothing() -> str:
    """Numbers found where none stands."""
    found = figures("numbers")["where none stands"]
    rows = [[what, str(one["pictures"]), str(one["numbers"])] for what, one in found.items()]
    return markdown(["pictures without a number", "shown", "numbers found"], rows)


def variables() -> str:
    """Every setting."""
    return markdown(
        ["variable", "default", "what it is"], [[f"`{name}`", default, what] for name, default, what in settings.rows()]
    )


TABLES = {
    made.__name__: made
    for made in (
        *(scripts, scripts_found, script_pages, script_templates, script_trunk, which_script),
        *(accuracy, refusals, writers, seeds, curve, robustness, sweeps),
        *(service, asked, survived, crowded, soaked, fuzzed, killed, together),
        *(numbers, line, row, pages, inside, grid, nothing, kept, fast, architectures, speed, runs, window),
        *(variables, camera, choosing, live, taught, lesson, spared, hands, crops, strokes, halfalikes, letters, ways),
        *(second_score, second_digits, dense, bounds),
        *(signs, by_sign, paper, signs_on_pages, strange_kinds, others, batch, scale, work),
    )
}


if __name__ == "__main__":
    main()
