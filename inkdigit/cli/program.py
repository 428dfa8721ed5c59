"""What every command shares: the program, its options, and how it ends when something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from inkdigit.cli import choices
from inkdigit.errors import InkdigitError, SettingError
from inkdigit.settings import Settings

app = typer.Typer(
    help="Reads handwritten digits. Without a command: opens the drawing page in the browser.",
    add_completion=False,  # inkdigit completion prints the script
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


ModelName = Annotated[
    str | None,
    typer.Option(
        help="A .onnx of ours, or an added model's name.", show_default="the shipped one", autocompletion=choices.models
    ),
]
ScriptName = Annotated[
    str | None,
    typer.Option(
        "--script",
        help="The writing system; auto finds it, mixed that of each number.",
        show_default="western",
        autocompletion=choices.scripts,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8377")]


def settings_of(**given: Any) -> Settings:
    """The settings of the environment and of the flags; a bad one ends the command with exit code 2."""
    try:
        return Settings.from_environment(**given)
    except SettingError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None


@contextmanager
def plain_errors() -> Iterator[None]:
    """An error of ours ends the command with its message, never with a traceback."""
    try:
        yield
    except InkdigitError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
