"""What the server writes to standard error: lines for people, or JSON objects, with the id of the request.

Never what a request brought: no body, no query string, no token.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from inkdigit.settings import Settings

LOG = logging.getLogger("inkdigit.web")
REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is answered; empty outside of one."""
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")  # an id that a caller or a proxy gave: anything else could forge lines


def configure(settings: Settings) -> None:
    """Lets the server and what is below it write as the settings say."""
    level = "WARNING" if settings.log == "quiet" else "INFO"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": _Objects if settings.log == "json" else _Lines}},
            "handlers": {"stderr": {"()": _ToStderr, "formatter": "line"}},
            "loggers": {
                "inkdigit.web": {"handlers": ["stderr"], "level": level},
                "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
                "asyncio": {"handlers": ["stderr"], "level": "ERROR"},  # it wonders at processes that were killed
            },
        }
    )


def id_of(given: str | None) -> str:
    """The id of a request: the one that it brings, where that is a plain word, or a new one."""
    return given if given and _SANE.fullmatch(given) else os.urandom(16).hex()


def request(method: str, path: str, status: int, seconds: float, came: int, went: int, client: str) -> None:
    """Writes that a request has ended.

    Args:
        path: of the address as the program knows it, not as it was typed.
        client: the address that it came from.
    """
    if LOG.isEnabledFor(logging.INFO):
        about = {"method": method, "route": path, "status": status, "ms": round(1e3 * seconds, 2)}
        about |= {"received": came, "sent": went, "client": client}
        LOG.info("%s %s %d", method, path, status, extra={"about": about})


class _ToStderr(logging.Handler):
    """Writes to what standard error is at that time: who runs the server in a thread may put another in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # a full disk behind it must not stop the server
            self.handleError(record)


class _Objects(logging.Formatter):
    """A JSON object a line: time, level, message, id of the request, and what is known of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Of a record -> its line."""
        shown: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower()}
        shown["message"] = record.getMessage()
        if name := REQUEST.get():
            shown["request"] = name
        shown |= getattr(record, "about", {})
        if record.exc_info:
            shown["fault"] = self.formatException(record.exc_info)
        return json.dumps(shown)


class _Lines(logging.Formatter):
    """Time, level, message, what is known of the request, and its id; below it the fault, where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Of a record -> its line."""
        about = dict(getattr(record, "about", {}))
        for said in ("method", "route", "status"):  # the message has them
            about.pop(said, None)
        if name := REQUEST.get():
            about["request"] = name
        words = [_time(record), record.levelname.lower(), record.getMessage()]
        line = " ".join([*words, *(f"{key}={value}" for key, value in about.items())])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
