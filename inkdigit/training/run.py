"""One training run from data to a finished model file: what `inkdigit train` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn

from inkdigit.errors import TrainingError
from inkdigit.evaluation.score import score
from inkdigit.evaluation.script_score import script_score
from inkdigit.models import catalogue
from inkdigit.reader import Reader
from inkdigit.recognition.card import Card
from inkdigit.recognition.model import Model
from inkdigit.scripts import WESTERN
from inkdigit.settings import Settings
from inkdigit.training import initial_weights, recipes
from inkdigit.training.checkpoint import Epoch
from inkdigit.training.export import add_mistakes, export, training_commit
from inkdigit.training.loop import train
from inkdigit.training.samples import collect

MODEL = "western.onnx"
_DRAWN = 0  # seed of the marks that are trained on, whatever the seed of the run: a teacher and its pupil see the same
LINE = "line"  # the recipe whose network reads whole numbers
STROKES = "strokes"  # the recipe whose network reads the pen's path
SIGNS = "signs"  # the recipe whose network tells signs
SCRIPTS = "scripts"  # the recipe whose network tells which script a digit is of
PRINTS = "prints"  # the recipe whose network tells print from writing by hand
PAGES = ("page", "page-wide")  # those whose network finds numbers on paper
ROWS = ("row", "row-wide")  # those whose network reads what was found there
_OnStep = Callable[[int, int, int, float], None]
_OnEpoch = Callable[[Epoch], None]


def run(
    recipe_name: str,
    out: Path,
    seed: int,
    fold: int,
    settings: Settings,
    start: Path | None = None,
    teachers: Sequence[Path] = (),
    own: Sequence[Path] = (),
    only_own: bool = False,
    accelerator: str = "auto",
    devices: int = 1,
    script: str = WESTERN,
    epochs: int | None = None,
) -> Path:
    """Collects the data, trains, exports, counts the mistakes on the MNIST test set once, and returns the model's path.

    The arguments are those of `inkdigit train`.

    Raises:
        TrainingError: unknown recipe, a checkpoint of another run in `out`, or no room to write.
        DataError: the data is missing or damaged.
    """
    recipe = recipes.named(recipe_name)
    recipe = replace(recipe, epochs=epochs) if epochs else recipe
    if script != WESTERN:
        return _run_script(script, recipe, out, seed, fold, settings, start)
    others = {LINE: _run_line, STROKES: _run_strokes, SIGNS: _run_signs, SCRIPTS: _run_scripts, PRINTS: _run_prints}
    on_paper = {**dict.fromkeys(PAGES, _run_page), **dict.fromkeys(ROWS, _run_row)}
    if recipe.name in on_paper:
        return on_paper[recipe.name](recipe, out, seed, fold, settings, start, accelerator)
    if recipe.name in others:
        return others[recipe.name](recipe, out, seed, fold, settings)
    models = [_of_fold(path, fold, "teacher") for path in teachers]
    commit = training_commit()  # of the code that is loaded now, whatever the files say when the run ends
    console = Console(stderr=True, highlight=False)
    with console.status("Drawing the training glyphs"):
        wanted = recipe.with_pen, recipe.corruptions if recipe.spoilt else 0, own, only_own, recipe.most
        samples = collect(settings, recipe.variants, _DRAWN, fold, *wanted, workers=os.cpu_count() or 1)
    with _shown(recipe, console) as shown:
        taught = [initial_weights.network(path) for path in teachers]
        network = train(recipe, samples, out, seed, start, taught, *shown, accelerator, devices)
    path = out / MODEL
    if network is None:  # a helper of the process that goes on
        return path
    taught_by = [model.card.provenance for model in models]
    card = export(network, samples, recipe, seed, fold, path, commit, taught_by)
    console.print(f"{path}: {path.stat().st_size:,} bytes, temperature {card.temperature}")
    console.print(f"refuses above {card.refuse_above:.3f}")
    if not only_own:
        test = score(Reader(model=path, settings=settings), "mnist-test")
        wrong = int(test.forced_wrong.sum())
        add_mistakes(path, {"mnist-test": [wrong, test.total]})
        console.print(f"MNIST test: {wrong} of {test.total:,} wrong")
    console.print(f"Read with it: inkdigit app --model {path}")
    return path


def _run_script(
    script: str, recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings, start: Path | None
) -> Path:
    """The same for the network of another script; it goes on from the shipped one of western digits."""
    from inkdigit.training import script_samples

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status(f"Drawing the digits of {script}"):
        samples = script_samples.collect(script, settings, seed, fold)
    with _shown(recipe, console) as shown:
        network = train(recipe, samples, out, seed, start or catalogue.shipped(), (), *shown, "cpu")
    path = out / f"{script}.onnx"
    card = export(cast(nn.Module, network), samples, recipe, seed, fold, path, commit, script=script)
    tested = script_score(Model(path), settings)
    add_mistakes(path, {f"{script}-test": [tested.wrong, tested.total]})
    _tell(console, path, card, "wrong")
    console.print(f"refuses above {card.refuse_above:.3f}")
    console.print(f"{script}-test: {tested.wrong} of {tested.total:,} wrong, {tested.refused} refused")
    return path


def _run_line(recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings) -> Path:
    """The same for the network that reads whole numbers."""
    from inkdigit.training import line_export, lines, strips

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Putting numbers together"):
        training, validation = strips.collect(settings, recipe.most, seed, fold)
    with _shown(recipe, console) as shown:
        network = lines.train(recipe, training, validation, out, seed, *shown)
    path = out / "western-line.onnx"
    card = line_export.export(network, training, validation, recipe, seed, fold, path, commit)
    _tell(console, path, card, "numbers wrong")
    return path


def _run_row(
    recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings, start: Path | None, accelerator: str
) -> Path:
    """The same for the network that reads what is written on paper."""
    from inkdigit.training import places, row_export, rows

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Drawing pages"):
        held = [places.validation(settings, seed, fold)]
        ranged = places.validation(settings, seed, fold, held=False)
    with _shown(recipe, console) as shown:
        network = rows.train(
            recipe, settings, held, out, seed, fold, *shown, start, workers=_spare_cores(), accelerator=accelerator
        )
    path = out / "western-row.onnx"
    card = row_export.export(network, ranged, held, recipe, seed, fold, path, commit, start is not None)
    _tell(console, path, card, "places wrong")
    return path


def _run_strokes(recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings) -> Path:
    """The same for the network that reads the pen's path, beside the model in use."""
    from inkdigit.training import stroke_export, trajectories

    beside = _of_fold(catalogue.find(None, settings), fold, "model")
    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Walking along the strokes"):
        training, validation = trajectories.collect(settings, seed, fold)
    with _shown(recipe, console) as shown:
        network = trajectories.train(recipe, training, validation, out, seed, *shown)
    path = out / "western-strokes.onnx"
    card = stroke_export.export(network, training, validation, beside, recipe, seed, fold, path, commit)
    _tell(console, path, card, "wrong, read by both networks")
    console.print(f"refuses above {card.refuse_above:.3f}")
    return path


def _run_signs(recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings) -> Path:
    """The same for the network that tells signs."""
    from inkdigit.training import sign_export, signs

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Putting numbers, dates and sums together"):
        training, validation = signs.collect(settings, recipe.most, seed, fold, os.cpu_count() or 1)
    with _shown(recipe, console) as shown:
        network = signs.train(recipe, training, validation, out, seed, *shown)
    path = out / "western-signs.onnx"
    card = sign_export.export(network, training, validation, recipe, seed, fold, path, commit)
    _tell(console, path, card, "wrong")
    return path


def _run_scripts(recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings) -> Path:
    """The same for the network that tells scripts."""
    from inkdigit.training import which_script, which_script_export

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Drawing the digits of all scripts"):
        training, held = which_script.collect(settings, seed, fold, os.cpu_count() or 1)
    with _shown(recipe, console) as shown:
        network = which_script.train(recipe, training, held, out, seed, *shown)
    path = out / catalogue.SCRIPT
    card = which_script_export.export(network, training, held, recipe, seed, fold, path, commit)
    _tell(console, path, card, "taken for another script")
    return path


def _run_prints(recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings) -> Path:
    """The same for the network that tells print from writing by hand."""
    from inkdigit.training import print_export, prints

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Drawing pages and reading them"):
        training, validation = prints.collect(settings, recipe.most, fold)
    with _shown(recipe, console) as shown:
        network = prints.train(recipe, training, validation, out, seed, *shown)
    path = out / "western-print.onnx"
    card = print_export.export(network, training, validation, recipe, seed, fold, path, commit)
    _tell(console, path, card, "numbers told wrongly")
    return path


def _run_page(
    recipe: recipes.Recipe, out: Path, seed: int, fold: int, settings: Settings, start: Path | None, accelerator: str
) -> Path:
    """The same for the network that finds numbers on paper."""
    from inkdigit.training import page_export, pages

    commit = training_commit()
    console = Console(stderr=True, highlight=False)
    with console.status("Drawing pages"):
        held = pages.batch(pages.validation(settings, seed, fold))
    with _shown(recipe, console) as shown:
        network = pages.train(
            recipe, settings, held, out, seed, fold, *shown, start, workers=_spare_cores(), accelerator=accelerator
        )
    path = out / "western-page.onnx"
    card = page_export.export(network, held, recipe, seed, fold, path, commit, start is not None)
    _tell(console, path, card, "pixels wrong")
    return path


def _spare_cores() -> int:
    """Cores that may draw while one trains, at least one."""
    return max(1, (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) - 1)


def _tell(console: Console, path: Path, card: Card, what: str) -> None:
    """Prints what was made, and its mistakes on each set that validated."""
    console.print(f"{path}: {path.stat().st_size:,} bytes, temperature {card.temperature}")
    for name, (wrong, total) in card.mistakes.items():
        console.print(f"{name}: {wrong} of {total:,} {what}")


@contextmanager
def _shown(recipe: recipes.Recipe, console: Console) -> Iterator[tuple[_OnStep, _OnEpoch]]:
    """A progress bar with loss and time left, and a line an epoch."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Training", total=None, loss=0.0)

        def on_step(epoch: int, step: int, steps: int, loss: float) -> None:
            """Moves the bar."""
            done = (epoch - 1) * steps + step
            title = f"Epoch {epoch} of {recipe.epochs}"
            bar.update(task, completed=done, total=recipe.epochs * steps, loss=loss, description=title)

        def on_epoch(epoch: Epoch) -> None:
            """Prints the epoch's line."""
            counts = ", ".join(f"{name} {wrong} of {total:,} wrong" for name, (wrong, total) in epoch.mistakes.items())
            console.print(f"epoch {epoch.number:2}  loss {epoch.loss:.4f}  {counts}")

        yield on_step, on_epoch


def _of_fold(path: Path, fold: int, what: str) -> Model:
    """A model that never saw the writers who validate: else it would tell the new one of them."""
    model = Model(path)
    held = model.card.provenance.get("writers_of_fold_held_back")
    if held != fold:
        raise TrainingError(f"a {what} that held back fold {fold}", f"fold {held} in {path}", "Train it with --fold")
    return model
