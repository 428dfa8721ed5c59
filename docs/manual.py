"""The manual page, docs/inkdigit.1, made from the commands and settings themselves.

python docs/manual.py   writes it anew

tests/test_manual.py compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from inkdigit import __version__, settings
from inkdigit.cli.commands import app

PAGE = Path(__file__).parent / "inkdigit.1"

FILES = (
    ("~/.local/share/inkdigit/store.sqlite", "Drawings that you kept, and what your corrections taught."),
    ("~/.local/share/inkdigit/models/", "Models that you added, and the name of the one in use."),
    ("~/.local/state/inkdigit/windows/", "Size, place and unsaved drawing of each window."),
    ("~/.cache/inkdigit/", "Data sets that were downloaded."),
)
EXITS = (
    ("0", "Done."),
    ("1", "Something could not be done; standard error says what, and what helps."),
    ("2", "Wrong usage, or a setting out of its range."),
    ("130", "Ended by Ctrl+C."),
)


def text(words: str) -> str:
    """Words as roff prints them: its own signs escaped, a leading point or quote no request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def page() -> str:
    """The manual page, in roff."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="inkdigit")
    lines = [
        f'.TH INKDIGIT 1 "" "inkdigit {__version__}" "User Commands"',
        ".SH NAME",
        "inkdigit \\- read handwritten digits",
        ".SH SYNOPSIS",
        ".B inkdigit",
        "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR] [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        text(group.help),
        ".SH OPTIONS",
        *_parameters(group, context),
        *_entry("\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Explain the program, or the command before it, and stop."),
        ".SH COMMANDS",
    ]
    for name in sorted(group.commands):
        lines += _command(name, group.commands[name], context)
    lines.append(".SH ENVIRONMENT")
    for variable, default, what in settings.rows():
        lines += _entry(_bold(variable), what + (f" Default: {default}." if default else ""))
    for title, rows in ((".SH FILES", FILES), (".SH EXIT STATUS", EXITS)):
        lines.append(title)
        for name, what in rows:
            lines += _entry(_bold(name), what)
    return "\n".join([*lines, ""])


def _command(name: str, command: Any, above: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=name, parent=above)
    words = [f"\\fI{_value(one)}\\fR" for one in command.params if one.param_type_name == "argument"]
    yield " ".join([".SS inkdigit", text(name), "[\\fIOPTIONS\\fR]", *words])
    yield text(command.help)
    yield from _parameters(command, context)


def _parameters(command: Any, context: Any) -> Iterator[str]:
    """The arguments and options, but for --help, which every command has."""
    for one in command.get_params(context):
        if one.name == "help":
            continue
        if one.param_type_name == "argument":
            head = f"\\fI{_value(one)}\\fR"
        else:
            value = "" if one.is_flag else f" \\fI{_value(one)}\\fR"
            head = ", ".join(_bold(name) for name in (*one.opts, *one.secondary_opts)) + value
        default = _default(one)
        said = one.help or ""
        yield from _entry(head, f"{said} Default: {default}.".strip() if default else said)


def _value(one: Any) -> str:
    """What stands for a value: FILE, or PATHS... where there may be several."""
    name = text((one.metavar or one.name).upper())
    return f"{name}..." if one.nargs == -1 or one.multiple else name


def _default(one: Any) -> str:
    """The default of a parameter in words; "" for a flag that is off, or where there is none to tell."""
    if isinstance(one.show_default, str):
        return one.show_default
    if getattr(one, "secondary_opts", []):
        return str((one.opts if one.default else one.secondary_opts)[0])
    return "" if one.required or one.default is None or one.default is False else str(one.default)


def _bold(name: str) -> str:
    return f"\\fB{text(name)}\\fR"


def _entry(head: str, what: str) -> Iterator[str]:
    yield from (".TP", head, text(what))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
