"""The tables about the app: window, store, camera, corrections, the look inside; tables.py writes them to the pages."""

from __future__ import annotations

from benchmarks.cells import figures, markdown, milliseconds

WAIT = "from a frame's leaving to its answer"


def inside() -> str:
    """What a look inside takes, on one core."""
    seen = figures("inside")["look"]
    names = ("a look", "its layers", "where it looked", "changes", "the steps from ink to glyph")
    rows = [[name, *milliseconds(seen["times"][name]), "100 ms" if name == "a look" else ""] for name in names]
    return markdown(["what", "median", "95 %", "limit"], rows)


def grid() -> str:
    """Grids misread and refused, by the way of reading them."""
    found = figures("inside")["grid"]
    ways = list(dict.fromkeys(row["way"] for row in found))
    rows = []
    for name in dict.fromkeys(row["set"] for row in found):
        own = {row["way"]: row for row in found if row["set"] == name}
        cells = [f"{own[way]['misread']:,} / {own[way]['refused']:,}" for way in ways]
        rows.append([name, f"{own[ways[0]]['grids']:,}", *cells])
    return markdown(["misread / refused", "grids", *ways], rows)


def window() -> str:
    """How long a window takes to open."""
    found = figures("window")
    names = {"pywebview": "pywebview with Qt", "browser": "Chromium with --app"}
    rows = [
        [what, *(f"{found[way][part]:.2f} s" for part in ("median", "p95", "first")), f"{found['limit, s']:.0f} s"]
        for way, what in names.items()
    ]
    return markdown(["from the command to the page on the screen", "median", "95 %", "first time", "limit"], rows)


def kept() -> str:
    """The store with 100,000 drawings."""
    found = figures("store")
    places = [name for name in ("SQLite", "PostgreSQL") if name in found]
    rows = [
        [what, *(f"{found[place][what]['median'] * 1e3:.1f} ms" for place in places)]
        for what, times in found[places[0]].items()
        if isinstance(times, dict)
    ]
    return markdown([f"with {found['drawings']:,} drawings", *places], rows)


def camera() -> str:
    """What stands over the picture of a camera, with and without waiting until it settles."""
    rows = [
        [
            what,
            f"{found['frames with a wrong number']:,} of {found['frames']:,}",
            f"{found['wrong']:,} of {found['shown']:,}",
            f"{found['changes']:,}",
            f"{found['median seconds until a number is shown']:.2f} s",
        ]
        for what, found in figures("camera")["counted"].items()
    ]
    head = ["shown", "frames with a wrong number", "wrong numbers", "times that a text changed", "until it is shown"]
    return markdown(head, rows)


def choosing() -> str:
    """What other counts of frames would show, on the films to choose by."""
    rows = [
        [
            f"{row['agree']} of {row['window']}, gone after {row['patience']}",
            f"{row['frames with a wrong number'] / row['frames']:.1%}",
            f"{row['changes']:,}",
            f"{row['right'] / row['in view']:.1%}",
            f"{row['median seconds until a number is shown']:.2f} s",
        ]
        for row in figures("camera")["choosing"]
    ]
    head = ["frames that agree", "frames with a wrong number", "texts changed", "in view and right", "shown after"]
    return markdown(head, rows)


def live() -> str:
    """How fast a camera is followed."""
    reader = figures("camera")["Reader.page, JPEG decoded and all"]
    rows = [
        [
            size,
            f"{reader[size]['processor'] * 1e3:.0f} ms",
            f"{found['answers a second']}",
            " / ".join(f"{found[WAIT][part] * 1e3:.0f}" for part in ("median", "p95")) + " ms",
            str(figures("camera")["others that wanted the processors"]),
        ]
        for size, found in figures("camera")["in Chromium"].items()
    ]
    head = [
        "camera",
        "processor time of reading a frame",
        "answers a second in Chromium",
        "from frame to answer, median / 95 %",
        "programs that wanted the same two cores",
    ]
    return markdown(head, rows)


def taught() -> str:
    """Mistakes on hands that are read badly, by the number of corrections."""
    found = figures("corrections")
    rows = [
        [
            str(other["count"]),
            *(f"{row['wrong']} of {row['total']:,} ({row['accuracy']:.2%} right)" for row in (one, other)),
        ]
        for one, other in zip(*(found[part]["by_corrections"] for part in ("folds_1_to_4", "fold_0")), strict=True)
    ]
    counts = [len(found[part]["writers"]) for part in ("folds_1_to_4", "fold_0")]
    head = ["corrections", f"{counts[0]} writers of folds 1 to 4", f"{counts[1]} writers of fold 0, looked at once"]
    return markdown(head, rows)


def lesson() -> str:
    """The same after the marks that "Learn my hand" asks for."""
    found = figures("corrections")
    rows = [
        [
            f"{one['count']} of each digit",
            *(f"{row['wrong']} of {row['total']:,} ({row['accuracy']:.2%} right)" for row in (one, other)),
        ]
        for one, other in zip(
            *(found[part]["by_marks_of_each_digit"] for part in ("folds_1_to_4", "fold_0")), strict=True
        )
    ]
    return markdown(["marks asked for", "writers of folds 1 to 4", "writers of fold 0"], rows)


def spared() -> str:
    """What these profiles do to the reading of others."""
    rows = []
    for part, name in (("folds_1_to_4", "folds 1 to 4"), ("fold_0", "fold 0")):
        found = figures("corrections")[part]
        others, false = found["others"], found["all_labels_false"]
        rows.append([
            name, str(others["profiles"]), f"{others['mnist_mean']:+.3%} / {others['mnist_worst']:+.3%}",
            f"{others['pen_mean']:+.3%} / {others['pen_worst']:+.3%}",
            str(others["mnist_over_limit"] + others["pen_over_limit"]), f"{false['mnist_worst']} of {false['of']:,}",
        ])  # fmt: skip
    head = ["writers", "profiles", "MNIST validation, mean / worst", "other writers, mean / worst", "above 0.1 %",
            "more wrong after ten false labels, worst"]  # fmt: skip
    return markdown(head, rows)
