"""`python -m inkdigit` and the command `inkdigit`."""

from __future__ import annotations


def main() -> None:
    """Runs the command line."""
    from inkdigit.cli.commands import app

    app()


if __name__ == "__main__":
    main()
