"""The commands, one short function each. Heavy imports stand inside the command that needs them."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.console import Readings, models_table, number_row, progress, score_table
from inkdigit.errors import DataError, InkdigitError, PictureError, SettingError
from inkdigit.settings import Settings

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="Reads handwritten digits. Without a command: opens the drawing page in the browser.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Model = Annotated[
    str | None, typer.Option(help="A .onnx of ours, or an added model's name.", show_default="the shipped one")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
_Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8377")]


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    # Pillow warns of large pictures; ours are checked against our own limit, with an error in our own words.
    warnings.filterwarnings("ignore", message="Image size .* exceeds limit")
    if version:
        from inkdigit import __version__

        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        start_app()


@app.command("app")
def start_app(host: _Host = None, port: _Port = None, browser: bool = True, model: _Model = None) -> None:
    """Start the app on this machine and open the browser."""
    from inkdigit.web import server

    with _plain_errors():
        settings = _settings(host=host, port=port, model=model)
        server.run(settings, open_browser=browser, any_port=port is None)


@app.command()
def serve(host: _Host = None, port: _Port = None, model: _Model = None) -> None:
    """Start the HTTP service, without a browser."""
    from inkdigit.web import server

    with _plain_errors():
        settings = _settings(host=host, port=port, model=model)
        server.run(settings, open_browser=False, any_port=False)


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(help="Pictures, PDF or TIFF files, folders, or - for standard input.")],
    single: Annotated[bool, typer.Option("--single", help="Take all ink of a picture for one digit.")] = False,
    script: Annotated[str, typer.Option(help="The writing system.")] = "western",
    as_json: _Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a line a number, with its box.")] = False,
    annotate: Annotated[Path | None, typer.Option(help="Folder for the pictures with what was read on them.")] = None,
    model: _Model = None,
) -> None:
    """Read pictures. Exit code 0: all read; 1: some could not be read, named on stderr; 2: wrong usage."""
    from inkdigit import annotate as notes
    from inkdigit import documents
    from inkdigit.reader import Reader

    if csv and as_json:
        raise typer.BadParameter("expected one of --csv and --json")
    with _plain_errors():
        settings = _settings()
        reader = Reader(script, model=model, settings=settings)
        show = Readings("json" if as_json else "csv" if csv else "")
        for name in (name for path in paths for name in _pictures(path, show)):
            try:
                source = _standard_input(settings) if name == "-" else name
                for behind, image in documents.pages(source, settings):
                    found = reader.page(image, single)
                    show.page(name + behind, found)
                    if annotate is not None:
                        stem = "standard-input" if name == "-" else Path(name).name
                        notes.save(image, found, annotate / f"{stem}{behind.replace(' ', '-')}.png", settings)
            except PictureError as error:
                show.failure(name, error)
        show.close()
    raise typer.Exit(1 if show.failures else 0)


@app.command()
def train(
    recipe: Annotated[str, typer.Option(help="fast, default, best or distilled.")] = "default",
    out: Annotated[Path, typer.Option(help="Folder for checkpoint, log and model.")] = Path("runs/default"),
    seed: Annotated[int, typer.Option(help="Same seed, same machine, same weights.")] = 0,
    fold: Annotated[int, typer.Option(help="Fold of writers that validates, 0 to 4.", min=0, max=4)] = 0,
    start: Annotated[
        Path | None, typer.Option(help="Folder of a finished run, or a .onnx of ours, to go on from.")
    ] = None,
    teacher: Annotated[list[Path] | None, typer.Option(help="A .onnx of ours to learn from; may be repeated.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Your own: a folder with folders 0 to 9, CSV, npz or IDX; may be repeated."),
    ] = None,
    only_data: Annotated[bool, typer.Option("--only-data", help="Learn from --data alone.")] = False,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    devices: Annotated[int, typer.Option(help="Processes that share the work, each on its own device.", min=1)] = 1,
) -> None:
    """Train a network, or go on with a run that was stopped. Needs torch, which start.py installs."""
    with _plain_errors():
        try:
            from inkdigit.training.run import run
        except ImportError as error:
            remedy = "Run python3 start.py train, or pip install '.[train]'"
            raise InkdigitError("the extra [train]", f"no {error.name}", remedy) from None
        if only_data and not data:
            raise typer.BadParameter("--only-data needs --data")
        run(recipe, out, seed, fold, _settings(), start, teacher or [], data or [], only_data, accelerator, devices)


@app.command()
def evaluate(
    sets: Annotated[
        list[str],
        typer.Argument(help="Named sets, numbers, folders with folders 0 to 9, or CSV, npz or IDX files."),
    ],
    model: _Model = None,
    all_writers: Annotated[
        bool, typer.Option("--all-writers", help="Count the pen files whole, writers of the training included.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Folder for plots: confusion, calibration, refusals ...")] = None,
    as_json: _Json = False,
) -> None:
    """Count the mistakes on labelled sets: mnist-test, digits, digits-tablet, uppercase ..., a folder, a file."""
    from inkdigit.evaluation import numbers
    from inkdigit.evaluation.score import score
    from inkdigit.reader import Reader

    with _plain_errors():
        reader = Reader(model=model, settings=_settings())
        scores = []
        wanted = [name for one in sets for name in (numbers.NAMES if one == "numbers" else [one])]
        for name in [name for name in wanted if name in numbers.NAMES]:
            with progress(f"Reading {name}") as step:
                found = numbers.score(reader, name, step=step).to_json()
            print(json.dumps(found)) if as_json else number_row(found)
        for name in [name for name in wanted if name not in numbers.NAMES]:
            with progress(f"Reading {name}") as step:
                scores.append(score(reader, name, all_writers, step))
            if as_json:
                print(json.dumps(scores[-1].to_json()))
            else:
                score_table(scores[-1].to_json())
        if plot is not None and scores:
            from inkdigit.evaluation import plots

            log = reader.model.path.with_name("log.csv")
            for path in plots.write(scores, plot, log if log.is_file() else None):
                print(f"wrote {path}", file=sys.stderr)


@app.command()
def models(
    action: Annotated[str, typer.Argument(help="list; add FILE; remove NAME.")] = "list",
    what: Annotated[str, typer.Argument(help="A .keras, .h5 or .onnx file to add, or the name of one to remove.")] = "",
    name: Annotated[str | None, typer.Option(help="The name to add it under.", show_default="the file's")] = None,
) -> None:
    """List the models, or bring your own: --model NAME then reads with it."""
    from inkdigit import foreign
    from inkdigit.model import added

    if action not in ("list", "add", "remove") or (action != "list") != bool(what):
        raise typer.BadParameter("expected list, add FILE or remove NAME")
    with _plain_errors():
        settings = _settings()
        if action == "add":
            done = foreign.add(Path(what), settings, name)
            print(
                f"{done.right} of {done.tried} {done.shown} read right ({done.right / done.tried:.1%}); {done.pixels}"
            )
            print(f"Added as {done.path.stem}. Read with it: inkdigit app --model {done.path.stem}")
        elif action == "remove":
            print(f"Removed {foreign.remove(what, settings)}")
        else:
            models_table(["", *added(settings)], settings)


@app.command()
def data(
    action: Annotated[str, typer.Argument(help="list: what is here; fetch: download MNIST; check: read every file.")],
) -> None:
    """Fetch or check data sets."""
    from inkdigit import datasets

    actions = {"list": False, "fetch": True, "check": False}
    if action not in actions:
        raise typer.BadParameter(f"expected list, fetch or check, got {action}")
    with _plain_errors():
        settings = _settings()
        missing = 0
        for name, load in _loaders(datasets, settings, download=actions[action]).items():
            try:
                print(f"{name:14} {load():7,}")
            except DataError as error:
                missing += 1
                print(f"{name:14}       - {error}")
        print(f"Data folder: {settings.data or 'none (INKDIGIT_DATA is not set)'}; cache: {datasets.cache_folder()}")
    needed = missing and action != "list"
    raise typer.Exit(1 if needed else 0)


def _pictures(path: str, show: Readings) -> Iterator[str]:
    """The picture files that a path means; a folder without any counts as a failure."""
    from inkdigit.documents import SUFFIXES

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


def _settings(**given: Any) -> Settings:
    try:
        return Settings.from_environment(**given)
    except SettingError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None


@contextmanager
def _plain_errors() -> Iterator[None]:
    """An error of ours ends the command with its message, never with a traceback."""
    try:
        yield
    except InkdigitError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _loaders(datasets: Any, settings: Settings, download: bool) -> dict[str, Any]:
    def _pictures_of(part: str) -> Any:
        return lambda: len(datasets.mnist(part, settings, download).labels)

    def _marks_of(name: str) -> Any:
        return lambda: len(datasets.pen(name, settings))

    found = {f"mnist-{part}": _pictures_of(part) for part in ("train", "test")}
    return found | {name: _marks_of(name) for name in (*datasets.PEN_DIGITS, *datasets.PEN_OTHERS)}
