"""The commands, one short function each; those about models stand in model_commands.py, batch in batch_command.py.

Heavy imports stand inside the command that needs them.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from inkdigit.cli import batch_command, choices, completion, model_commands  # noqa: F401 - their commands belong to the program too
from inkdigit.cli.console import Readings
from inkdigit.cli.program import AsJson, Host, ModelName, Port, ScriptName, app, plain_errors, settings_of
from inkdigit.errors import InkdigitError, PictureError
from inkdigit.settings import Settings, variable

__all__ = ["app"]


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    # Pillow warns of large pictures; ours are checked against our own limit, with an error in our own words.
    warnings.filterwarnings("ignore", message="Image size .* exceeds limit")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # not every terminal knows the digits of every script
    if version:
        from inkdigit import __version__

        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        start_app()


@app.command("app")
def start_app(
    host: Host = None,
    port: Port = None,
    browser: bool = True,
    model: ModelName = None,
    script: ScriptName = None,
) -> None:
    """Start the app on this machine and open the browser."""
    from inkdigit.web import server

    with plain_errors():
        settings = settings_of(host=host, port=port, model=model, script=script)
        server.run(settings, open_browser=browser, any_port=port is None)


@app.command()
def window(
    way: Annotated[
        str | None,
        typer.Option(
            "--with",
            help="pywebview or browser.",
            show_default="what is here",
            autocompletion=choices.among("pywebview", "browser"),
        ),
    ] = None,
    model: ModelName = None,
    script: ScriptName = None,
) -> None:
    """Start the app in a window of its own. Closing the window ends it."""
    from inkdigit.desktop import window

    with plain_errors():
        window.run(settings_of(model=model, script=script), way)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    model: ModelName = None,
    script: ScriptName = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve together.", show_default="1")] = None,
    readers: Annotated[
        int | None, typer.Option(help="Processes that read pictures.", show_default="one a processor")
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Let other machines call without a token.")] = False,
) -> None:
    """Start the HTTP service, without a browser."""
    from inkdigit.web import server

    with plain_errors():
        given = {"host": host, "port": port, "model": model, "script": script, "workers": workers, "readers": readers}
        settings = settings_of(**given)
        if readers is None and not os.environ.get(variable("readers")):  # strangers send pictures here
            settings = replace(settings, readers=max(1, (os.cpu_count() or 1) // settings.workers))
        server.run(settings, open_browser=False, any_port=False, no_auth=no_auth)


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(help="Pictures, PDF or TIFF files, folders, or - for standard input.")],
    single: Annotated[bool, typer.Option("--single", help="Take all ink of a picture for one digit.")] = False,
    script: ScriptName = None,
    as_json: AsJson = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print a line a number, with its box, and its script if not western.")
    ] = False,
    annotate: Annotated[Path | None, typer.Option(help="Folder for the pictures with what was read on them.")] = None,
    personal: Annotated[bool, typer.Option("--personal", help="Read the hand that your corrections teach.")] = False,
    model: ModelName = None,
) -> None:
    """Read pictures. Exit code 0: all read; 1: some could not be read, named on stderr; 2: wrong usage."""
    from inkdigit.cli import annotate as notes
    from inkdigit.ink import documents
    from inkdigit.reader import Reader

    if csv and as_json:
        raise typer.BadParameter("expected one of --csv and --json")
    with plain_errors():
        settings = settings_of()
        reader = Reader(script, model=model, settings=settings)
        if personal:
            from inkdigit.store import adaptation, store

            mine = adaptation.Adaptation(reader, store.open(settings))
            mine.learn()
            reader = mine.reader()
        show = Readings("json" if as_json else "csv" if csv else "", reader.asked)
        for name in (name for path in paths for name in _pictures(path, show)):
            try:
                source = _standard_input(settings) if name == "-" else name
                for behind, image in documents.pages(source, settings):
                    try:
                        if isinstance(image, PictureError):
                            raise image
                        found = reader.page(image, single)
                    except PictureError as error:
                        show.failure(name + behind, error)
                        continue
                    show.page(name + behind, found)
                    if annotate is not None:
                        stem = "standard-input" if name == "-" else Path(name).name
                        notes.save(image, found, annotate / f"{stem}{behind.replace(' ', '-')}.png", settings)
            except InkdigitError as error:  # of the file; those behind it are read
                show.failure(name, error)
        show.close()
    raise typer.Exit(1 if show.failures else 0)


@app.command()
def camera(
    device: Annotated[str, typer.Option(help="Number of a camera, address of a stream, or a film file.")] = "0",
    as_json: AsJson = False,
    annotate: Annotated[
        Path | None, typer.Option(help="Film file (.mp4, .avi, .mkv), or folder, for the frames with their numbers.")
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Stop after so many.", show_default="all", min=1)] = None,
    model: ModelName = None,
    script: ScriptName = None,
) -> None:
    """Read numbers from a camera, a stream or a film: a line a number that settles, changes or goes. Stop: Ctrl+C."""
    from inkdigit.camera import camera as cameras
    from inkdigit.cli import annotate as notes
    from inkdigit.cli.console import change
    from inkdigit.reader import Reader

    with plain_errors():
        reader = Reader(script, model=model, settings=settings_of())
        cameras.run(device, reader, frames, lambda row: change(row, as_json), annotate, notes.annotated)


@app.command()
def store(
    action: Annotated[
        str,
        typer.Argument(
            help="show; wipe; export FILE; import FILE...",
            autocompletion=choices.among("show", "wipe", "export", "import"),
        ),
    ] = "show",
    files: Annotated[list[Path] | None, typer.Argument(help="Files to export to or to import.")] = None,
    form: Annotated[
        str,
        typer.Option(
            "--as",
            help="png, svg, json, idx, csv or npz.",
            show_default="by name",
            autocompletion=choices.among(*choices.FORMS),
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Wipe without asking.")] = False,
) -> None:
    """Show the store of drawings that you kept, wipe it, export it, or import files into it."""
    given = len(files or [])
    fits = {"show": given == 0, "wipe": given == 0, "export": given == 1, "import": given > 0}
    if not fits.get(action, False):
        raise typer.BadParameter("expected show, wipe, export FILE or import FILE...")
    from inkdigit.cli import store_commands

    with plain_errors():
        settings = settings_of()
        if action == "show":
            store_commands.show(settings)
        elif action == "wipe":
            if not yes:
                typer.confirm("Remove every drawing that was ever kept?", abort=True)
            store_commands.wipe(settings)
        elif action == "export":
            store_commands.export(settings, (files or [])[0], form)
        elif store_commands.take(settings, files or []):
            raise typer.Exit(1)


def _pictures(path: str, show: Readings) -> Iterator[str]:
    """The picture files that a path means; a folder without any counts as a failure."""
    from inkdigit.ink.documents import SUFFIXES

    if path == "-" or not Path(path).is_dir():
        yield path
        return
    found = False
    for file in sorted(Path(path).rglob("*")):
        if file.suffix.lower() in SUFFIXES and file.is_file():
            found = True
            yield str(file)
    if not found:
        show.failure(path, PictureError("a folder with pictures", "none in it", "Name another folder, or a file"))


def _standard_input(settings: Settings) -> bytes:
    """One byte above the limit is enough to be refused."""
    return sys.stdin.buffer.read(settings.max_file_bytes + 1)
