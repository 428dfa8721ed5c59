"""What the commands show: tables for people, one JSON object or one tab-separated line a result for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from inkdigit.errors import InkdigitError
from inkdigit.scripts import WESTERN

if TYPE_CHECKING:
    from inkdigit.recognition.reading import Number, Page

_ROOMY = 110  # columns of a terminal, from which on date and size of a model have room


class Readings:
    """Shows readings: a table when a person looks, else tab-separated lines; as asked, JSON or CSV, a line a result.

    Args:
        form: "json", "csv" or "".
        script: the one that was asked for; any but western adds the script's own digits and its name, and what else it
            could be.
    """

    def __init__(self, form: str, script: str = WESTERN) -> None:
        self.failures = 0
        self._is_western = script == WESTERN
        self._json = form == "json"
        self._csv = csv.writer(sys.stdout, lineterminator="\n") if form == "csv" else None
        self._table: Any = None
        if self._csv is not None:
            more = [] if self._is_western else ["native", "script", "scripts"]
            head = ["path", "number", "text", "confidence", "left", "top", "right", "bottom", "written"]
            self._csv.writerow([*head, *more])
        if not form and sys.stdout.isatty():
            from rich.table import Table

            more = [] if self._is_western else ["in its digits", "script"]
            self._table = Table("picture", "reads", "sure", "in words", *more, box=None, header_style="bold")

    def page(self, name: str, page: Page) -> None:
        """Shows one reading."""
        if self._json:
            print(json.dumps({"path": name, **page.to_json()}), flush=True)
            return
        if self._csv is not None:
            for at, (number, shape) in enumerate(zip(page.numbers, page.to_json()["numbers"], strict=True), 1):
                row = [name, at, shape["text"], shape["confidence"], *shape["box"], shape["written"]]
                more = [] if self._is_western else [number.native, number.script, _likely(number)]
                self._csv.writerow([*row, *more])
            return
        for number in page.numbers:
            row = [name, " ".join(number.written.split()), _how_sure(number.confidence), number.words]
            if not self._is_western:
                row += [" ".join(number.native.split()), _likely(number) or number.script]
            self._row(*row)
        if not page.numbers:
            self._row(name, "-", "", "too dense to read" if page.is_dense else "no number found")

    def failure(self, name: str, error: InkdigitError) -> None:
        """Names on stderr what could not be read."""
        self.failures += 1
        print(f"{name}: {error}", file=sys.stderr)
        if self._json:
            print(json.dumps({"path": name, **error.to_json()}), flush=True)

    def close(self) -> None:
        """Prints the table, if there is one."""
        if self._table is not None and self._table.row_count:
            from rich.console import Console

            Console().print(self._table)

    def _row(self, *cells: str) -> None:
        if self._table is not None:
            from rich.markup import escape

            self._table.add_row(*(escape(cell) for cell in cells))
        else:
            print("\t".join(cells))


def change(row: dict[str, Any], as_json: bool) -> None:
    """One number that settled, changed or went, as camera.Changes gives it."""
    if as_json:
        print(json.dumps(row), flush=True)
        return
    sure = "gone" if row["change"] == "gone" else _how_sure(row["confidence"])
    more = "" if row.get("script", WESTERN) == WESTERN else f"\t{row['native']}\t{row['script']}"
    print(f"{row['time']:8.2f} s\t{row['text']}\t{sure}{more}", flush=True)


def _likely(number: Number) -> str:
    """The scripts that a number may be in, the likeliest first: "thai 61.0%, burmese 38.0%"; "" where one was named."""
    return ", ".join(f"{name} {_how_sure(chance)}" for name, chance in number.scripts)


def _how_sure(confidence: float) -> str:
    """A part of 1 in percent; as on the page, no reading is 100 % sure."""
    return f"{min(confidence, 0.999):.1%}"


@contextmanager
def progress(title: str) -> Iterator[Any]:
    """A progress bar on stderr when a person looks; yields step(done, all)."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def models_table(rows: list[dict[str, Any]]) -> None:
    """One row a model, as `models.catalogue.listed` gives them."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    roomy = console.width >= _ROOMY
    table = Table(box=None, header_style="bold")
    for title in ("", "model", *(("made", "bytes") if roomy else ()), "SHA-256"):
        table.add_column(title, no_wrap=True)
    table.add_column("counted mistakes")
    for row in rows:
        counts = row["error"] or ", ".join(f"{key} {wrong} of {n:,}" for key, (wrong, n) in row["mistakes"].items())
        name = row["name"] + " (shipped)" * row["shipped"] + " *" * row["non_commercial"]
        made = (row["made"], f"{row['bytes']:,}") if roomy else ()
        table.add_row("in use" * row["in_use"], name, *made, row["sha256"][:12], counts)
    console.print(table)
    if any(row["non_commercial"] for row in rows):
        console.print("* trained on data that may not be used commercially, see docs/scripts.md")


def learned_table(found: dict[str, Any]) -> None:
    """Before and after of each set, as `Learned.to_json` gives them, and whether the new model was kept."""
    from rich.console import Console
    from rich.table import Table

    table = Table("wrong or refused", "marks", "before", "after", box=None, header_style="bold")
    for name, (before, total) in found["before"].items():
        table.add_row(name, f"{total:,}", str(before), str(found["after"][name][0]))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Corrections held back, read as it was with a profile of the others: {found['with_profile']} wrong")
    if found["path"]:
        console.print(f"Kept as {found['path']}, and read with from now on. Take it back with: inkdigit learn --back")
    else:
        console.print(f"Not kept: {found['why']}.", soft_wrap=True)


def score_table(score: dict[str, Any]) -> None:
    """The counts of one set, as `Score.to_json` gives them."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if score["accuracy"] is None:
        title = f"{score['set']}: {score['refused']:,} of {score['total']:,} marks that are no digit refused"
        console.print(title, style="bold", soft_wrap=True, markup=False)
        return
    misread = f"{score['misread']} of {score['total']:,} misread when forced to answer ({score['accuracy']:.2%} right)"
    console.print(f"{score['set']}: {misread}", style="bold", soft_wrap=True, markup=False)
    console.print(f"calibration error {score['calibration_error']:.2%}")
    if score["writers"]:
        console.print(f"worst tenth of {score['writers']} writers: {score['worst_tenth_of_writers']:.2%} right")
    table = Table("digit", "shown", "wrong", "refused", box=None, header_style="bold")
    for row in score["digits"]:
        table.add_row(*(str(row[key]) for key in ("digit", "total", "wrong", "refused")))
    table.add_row("all", str(score["total"]), str(score["wrong"]), str(score["refused"]), style="bold")
    console.print(table)


def number_row(score: dict[str, Any]) -> None:
    """The counts of a set of whole numbers, as `NumberScore.to_json` gives them."""
    from rich.console import Console

    share = f"{score['right']} of {score['total']:,} numbers right ({score['right'] / score['total']:.1%})"
    digits = f"{score['edits']} edits to {score['digits']:,} digits"
    found = f"{score['found']} found, {score['false']} false"
    Console(highlight=False).print(f"{score['set']:20} {share}; {digits}; {found}", soft_wrap=True, markup=False)
