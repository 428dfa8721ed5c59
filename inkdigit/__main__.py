"""`python -m inkdigit` and the command `inkdigit`."""

from __future__ import annotations

import errno
import os
import sys


def main() -> None:
    """Runs the command line. Where its output cannot be written, it says so, or ends when nobody reads it."""
    from inkdigit.cli.commands import app

    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        sys.exit(1)
    except OSError as error:
        _silence()
        if error.errno not in _FULL:
            raise
        print(f"Expected output that can be written, got {error.strerror}. Make room for it.", file=sys.stderr)
        sys.exit(1)


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def _silence() -> None:
    """What still waits to be written would fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    # `python -m` puts the current folder before all that is installed: a keras.py in it is not to be run.
    if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != os.path.dirname(
        os.path.dirname(os.path.realpath(__file__))
    ):
        del sys.path[0]
    main()
