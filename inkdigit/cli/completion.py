"""`inkdigit completion`: the script by which a shell completes the command. What it offers stands in choices.py.

The script starts the command with _INKDIGIT_COMPLETE set, which Typer answers. Typer's own --install-completion would
change files of the shell; here nothing is written that a person did not write.
"""

from __future__ import annotations

from typing import Annotated

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

from inkdigit.cli import choices
from inkdigit.cli.program import app

completion_init()  # Typer knows the shells only after this, which its own options would call


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(help="bash, zsh or fish.", autocompletion=choices.among(*choices.SHELLS))],
) -> None:
    """Print what makes a shell complete this command; eval "$(inkdigit completion bash)" in bash takes it."""
    if shell not in choices.SHELLS:
        raise typer.BadParameter(f"expected bash, zsh or fish, got {shell}")
    print(get_completion_script(prog_name="inkdigit", complete_var="_INKDIGIT_COMPLETE", shell=shell))
