"""The commands that make, judge and choose models, and the data they are made of; the others stand in commands.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from inkdigit import scripts
from inkdigit.cli import choices
from inkdigit.cli.console import learned_table, models_table, number_row, progress, score_table
from inkdigit.cli.program import AsJson, ModelName, app, plain_errors, settings_of
from inkdigit.errors import DataError, InkdigitError
from inkdigit.scripts import WESTERN
from inkdigit.settings import Settings


@app.command()
def train(
    recipe: Annotated[
        str,
        typer.Option(
            help="fast, default, line, strokes, signs, page or row.",
            autocompletion=choices.among(*choices.RECIPES),
        ),
    ] = "default",
    out: Annotated[Path, typer.Option(help="Folder for checkpoint, log and model.")] = Path("runs/default"),
    seed: Annotated[int, typer.Option(help="Same seed, same machine, same weights.")] = 0,
    epochs: Annotated[int | None, typer.Option(help="So many, not those of the recipe.", min=1)] = None,
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
    accelerator: Annotated[
        str, typer.Option(help="auto, cpu or gpu.", autocompletion=choices.among("auto", "cpu", "gpu"))
    ] = "auto",
    devices: Annotated[int, typer.Option(help="Processes that share the work, each on its own device.", min=1)] = 1,
    script: Annotated[
        str,
        typer.Option(
            help="The writing system; any but western takes the recipe script.",
            autocompletion=choices.among(*scripts.SCRIPTS),
        ),
    ] = WESTERN,
) -> None:
    """Train a network, or go on with a run that was stopped. Needs torch, which start.py installs."""
    with plain_errors():
        try:
            from inkdigit.training.run import run
        except ImportError as error:
            remedy = "Run python3 start.py train, or pip install '.[train]'"
            raise InkdigitError("the extra [train]", f"no {error.name}", remedy) from None
        if only_data and not data:
            raise typer.BadParameter("--only-data needs --data")
        named = scripts.named(script).name
        recipe = recipe if named == WESTERN else "script"
        how = start, teacher or [], data or [], only_data, accelerator, devices
        run(recipe, out, seed, fold, settings_of(), *how, named, epochs)


@app.command()
def evaluate(
    sets: Annotated[
        list[str],
        typer.Argument(
            help="Named sets, numbers, folders with folders 0 to 9, or CSV, npz or IDX files.",
            autocompletion=choices.sets,
        ),
    ],
    model: ModelName = None,
    all_writers: Annotated[
        bool, typer.Option("--all-writers", help="Count the pen files whole, writers of the training included.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Folder for plots: confusion, calibration, refusals ...")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the mistakes on labelled sets: mnist-test, digits, digits-tablet, uppercase ..., a folder, a file."""
    from inkdigit.evaluation import numbers
    from inkdigit.evaluation.score import score
    from inkdigit.reader import Reader

    with plain_errors():
        reader = Reader(model=model, settings=settings_of())
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
def learn(
    seed: Annotated[int, typer.Option(help="Same seed, same machine, same weights.")] = 0,
    back: Annotated[bool, typer.Option("--back", help="Take the newest version back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Go on from the network in use with your corrected drawings; the new one is kept only if it is better."""
    from inkdigit.models import versions
    from inkdigit.store import store

    with plain_errors():
        settings = settings_of()
        if back:
            print(f"Reading with {versions.back(settings)} again.")
            return
        try:
            from inkdigit.training import learn as learning
        except ImportError as error:
            remedy = "Run python3 start.py learn, or pip install '.[train]'"
            raise InkdigitError("the extra [train]", f"no {error.name}", remedy) from None
        show = lambda stage: print(f"{stage} ...", file=sys.stderr, flush=True)  # noqa: E731
        done = learning.learn(settings, store.open(settings), seed, show)
        print(json.dumps(done.to_json())) if as_json else learned_table(done.to_json())
    raise typer.Exit(0 if done.path else 1)


@app.command()
def models(
    action: Annotated[
        str,
        typer.Argument(
            help="list; add FILE; use NAME; remove NAME.",
            autocompletion=choices.among("list", "add", "use", "remove"),
        ),
    ] = "list",
    what: Annotated[
        str,
        typer.Argument(
            help="A .keras, .h5 or .onnx file to add, or the name of one to use or to remove.",
            autocompletion=choices.model_of_action,
        ),
    ] = "",
    name: Annotated[str | None, typer.Option(help="The name to add it under.", show_default="the file's")] = None,
    as_json: AsJson = False,
) -> None:
    """List the models, bring your own, or choose the one that is read with where --model names none."""
    from inkdigit.models import catalogue, foreign, versions

    if action not in ("list", "add", "use", "remove") or (action != "list") != bool(what):
        raise typer.BadParameter("expected list, add FILE, use NAME or remove NAME")
    with plain_errors():
        settings = settings_of()
        if action == "add":
            done = foreign.add(Path(what), settings, name)
            print(
                f"{done.right} of {done.tried} {done.shown} read right ({done.right / done.tried:.1%}); {done.pixels}"
            )
            print(f"SHA-256 of the file added: {done.sha256}")
            print(f"Added as {done.path.stem}. Read with it: inkdigit app --model {done.path.stem}")
        elif action == "remove":
            print(f"Removed {foreign.remove(what, settings)}")
        elif action == "use":
            versions.use(what, settings)
            print(f"Reading with {what} from now on; an app that runs goes on with its own until it is started again.")
        elif as_json:
            for row in catalogue.listed(settings):
                print(json.dumps(row))
        else:
            models_table(catalogue.listed(settings))


@app.command()
def export(
    form: Annotated[
        str,
        typer.Argument(
            help="triton: a model repository for the Triton inference server.", autocompletion=choices.among("triton")
        ),
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
    model: ModelName = None,
) -> None:
    """Write the network that reads single digits for another server. Needs the extra [triton]."""
    if form != "triton":
        raise typer.BadParameter(f"expected triton, got {form}")
    from inkdigit.models import triton
    from inkdigit.reader import Reader

    with plain_errors():
        for path in triton.write(folder, Reader(model=model, settings=settings_of()).model):
            print(f"wrote {path}")


@app.command()
def data(
    action: Annotated[
        str,
        typer.Argument(
            help="list: what is here; fetch: download MNIST; check: read every file.",
            autocompletion=choices.among("list", "fetch", "check"),
        ),
    ],
) -> None:
    """Fetch or check data sets."""
    from inkdigit.data import datasets

    actions = {"list": False, "fetch": True, "check": False}
    if action not in actions:
        raise typer.BadParameter(f"expected list, fetch or check, got {action}")
    with plain_errors():
        settings = settings_of()
        missing = 0
        for name, load in _loaders(datasets, settings, download=actions[action]).items():
            try:
                print(f"{name:14} {load():7,}")
            except DataError as error:
                missing += 1
                print(f"{name:14} not here" if action == "list" else f"{name:14}       - {error}")
        if missing and action == "list":
            print("Reading needs none. To train, inkdigit data fetch brings MNIST; of the others see docs/data.md.")
        print(f"Data folder: {settings.data or 'none (INKDIGIT_DATA is not set)'}; cache: {datasets.cache_folder()}")
    needed = missing and action != "list"
    raise typer.Exit(1 if needed else 0)


def _loaders(datasets: Any, settings: Settings, download: bool) -> dict[str, Any]:
    from inkdigit.data import scans

    def _pictures_of(part: str) -> Any:
        return lambda: len(datasets.mnist(part, settings, download).labels)

    def _marks_of(name: str) -> Any:
        return lambda: len(datasets.pen(name, settings))

    found = {f"mnist-{part}": _pictures_of(part) for part in ("train", "test")}
    found["scanned-digits"] = lambda: len(scans.scanned(settings).labels)
    return found | {name: _marks_of(name) for name in (*datasets.PEN_DIGITS, *datasets.PEN_OTHERS, datasets.FIGURES)}
