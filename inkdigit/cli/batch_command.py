"""`inkdigit batch`: many pictures on many machines, and how far that is; the other commands stand in commands.py."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigit.cli import choices
from inkdigit.cli.program import ModelName, app, plain_errors, settings_of
from inkdigit.errors import InkdigitError

if TYPE_CHECKING:
    from inkdigit.batch.run import Finished, Progress

_EVERY = 10.0  # s between lines where no person looks


@app.command()
def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SRC", help="Folder of pictures, .tar shards and .parquet files, or one of them; or s3://, gs://."
        ),
    ],
    out: Annotated[str, typer.Option(help="Folder for the results; a job that was begun there goes on.")],
    single: Annotated[bool, typer.Option("--single", help="Take all ink of a picture for one digit.")] = False,
    script: Annotated[str, typer.Option(help="The writing system.", autocompletion=choices.scripts)] = "western",
    model: ModelName = None,
    column: Annotated[str, typer.Option(help="Parquet column of the pictures.", show_default="that of bytes")] = "",
    id_column: Annotated[str, typer.Option("--id", help="Parquet column of ids.", show_default="id, key or none")] = "",
    workers: Annotated[
        int | None, typer.Option(help="Processes.", show_default="one a core", min=1, max=100_000)
    ] = None,
    address: Annotated[str, typer.Option(help="Ray cluster to join, HOST:PORT or auto.", show_default="none")] = "",
) -> None:
    """Read any number of pictures into Parquet, here or on a cluster. Exit code 0: done, whatever was rejected."""
    with plain_errors():
        settings = settings_of(model=model)
        try:
            from inkdigit.batch import run
            from inkdigit.batch.columns import Columns
            from inkdigit.batch.job import Asked
        except ImportError as error:
            remedy = "Run python3 start.py batch, or pip install '.[batch]'"
            raise InkdigitError("the extra [batch]", f"no {error.name}", remedy) from None
        asked = Asked(source, single, script, model, Columns(column, id_column))
        with _Shown() as shown:
            done = run.run(asked, out, settings, address, workers, shown.progress)
        _say(done, out)


class _Shown:
    """How far a job is, on stderr: a line that changes when a person looks, else a line now and then."""

    def __init__(self) -> None:
        self._is_person = sys.stderr.isatty()
        self._said = time.monotonic()
        self._wide = 0

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, *_: object) -> None:
        if self._wide:
            print(file=sys.stderr, flush=True)

    def progress(self, now: Progress) -> None:
        """Shows it, unless it was shown just now."""
        if self._is_person:
            text = line(now)
            print(f"\r{text:{self._wide}}", end="", file=sys.stderr, flush=True)
            self._wide = len(text)
        elif time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            print(line(now), file=sys.stderr, flush=True)


def line(now: Progress) -> str:
    """ "12,000 read, 3 rejected, 60 %, 812 a second, 10 s left" """
    left = "" if now.left is None else f", {_span(now.left)} left"
    return f"{now.items:,} read, {now.rejects:,} rejected, {now.share:.0%}, {now.rate:,.1f} a second{left}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _say(done: Finished, out: str) -> None:
    """The last lines: what was done, and what was not."""
    if done.others:
        print(f"Left out, as nothing that is read: {done.others}", file=sys.stderr)
    if done.more:
        print(f"{done.more:,} files came since this job began. Read them into another --out.", file=sys.stderr)
    head = "Nothing left to do: " if done.was_done else ""
    print(f"{head}{done.items:,} items, {done.rows:,} pages in {out}/results, {done.rejects:,} in {out}/rejects")
