"""The names that a shell offers for a word of the command line. Nothing heavy is loaded: an answer is awaited at once.

Where no name begins like the word, the shell offers files. The names stand here a second time, because the modules that
own them load networks; tests/cli/test_completion.py holds both against each other.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from inkdigit.errors import SettingError
from inkdigit.models import catalogue
from inkdigit.scripts import FOUND, SCRIPTS
from inkdigit.settings import Settings

RECIPES = (
    "fast",
    "default",
    "wide",
    "distilled",
    "mnist-wide",
    "strokes",
    "signs",
    "page",
    "page-wide",
    "row",
    "row-wide",
    "prints",
    "script",
    "scripts",
    "line",
)
SETS = (
    "mnist-test",
    "mnist-validation",
    "digits",
    "digits-tablet",
    "uppercase",
    "lowercase",
    "symbols",
    "figures",
    "scanned-digits",
    "scribbles",
    "doodles",
    "several",
    "halves",
    "noise",
    "photos",
    "digits8x8",
    "emnist",
    "usps",
)
NUMBERS = ("strokes-spaced", "strokes-overlapping", "clean-spaced", "clean-touching", "photo", "pages")
FORMS = ("png", "svg", "json", "idx", "csv", "npz")
SHELLS = ("bash", "zsh", "fish")


def among(*names: str) -> Callable[[str], list[str]]:
    """What completes a word that is one of the names."""

    def beginning(incomplete: str) -> list[str]:
        """Those that begin like the word."""
        return [name for name in names if name.startswith(incomplete)]

    return beginning


scripts = among(*SCRIPTS, *FOUND)
sets = among(*SETS, *NUMBERS, "numbers")


def models(incomplete: str) -> list[str]:
    """The models that a person added."""
    try:
        return among(*catalogue.added(Settings.from_environment()))(incomplete)
    except SettingError:
        return []  # the command will say it; while somebody types is no time for it


def model_of_action(context: typer.Context, incomplete: str) -> list[str]:
    """What follows `inkdigit models use`: an added model; what follows `add` is a file."""
    return models(incomplete) if context.params.get("action") in ("use", "remove") else []
