"""Every error that a user can meet. Each says what was expected, what came, and what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

_NO_MEMORY = ("memoryerror", "bad_alloc", "allocat", "bfc_arena", "out of memory", "cannot enlarge memory")
_LONGEST = 300  # characters of what came: what a library says may quote all of a damaged file


class InkdigitError(Exception):
    """Parent of all errors of this package. Each part becomes one line without control characters; `got` is cut short.

    Args:
        expected: what would have been right, as a phrase: "a picture file".
        got: what came instead: "an empty file".
        remedy: what to do about it, as a full sentence without the dot: "Save the picture again".
    """

    kind = "error"

    def __init__(self, expected: str, got: str, remedy: str) -> None:
        super().__init__(expected, got, remedy)
        self.expected, self.remedy, whole = (_line(part) for part in (expected, remedy, got))
        self.got = whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 3]}..."

    def __str__(self) -> str:
        return f"Expected {self.expected}, got {self.got}. {self.remedy}."

    def to_json(self) -> dict[str, dict[str, str]]:
        """The one JSON shape of an error, on the wire and in the shell."""
        return {
            "error": {
                "kind": self.kind,
                "message": str(self),
                "expected": self.expected,
                "got": self.got,
                "remedy": self.remedy,
            }
        }


def _line(text: str) -> str:
    """The text without line breaks and control characters; names in any script stay as they are."""
    return "".join(
        " " if mark.isspace() else "?" if unicodedata.category(mark) in ("Cc", "Cs") else mark for mark in text
    )


class PictureError(InkdigitError):
    """A picture that cannot be read: missing, broken, too large, of an unknown kind."""

    kind = "picture"


class InkError(InkdigitError):
    """Pen strokes that cannot be read: wrong shape, not finite, too many."""

    kind = "ink"


class CameraError(InkdigitError):
    """A camera, stream or film that gives no pictures, or a place that takes none."""

    kind = "camera"


class ModelError(InkdigitError):
    """A model file that is missing, damaged, foreign, or made for another normaliser."""

    kind = "model"


class ScriptError(ModelError):
    """A writing system that is not known, or whose network is not here."""

    kind = "script"


class DataError(InkdigitError):
    """A data set that is missing, damaged, or not what its name says."""

    kind = "data"


class SettingError(InkdigitError):
    """A setting outside its range or of the wrong type."""

    kind = "setting"


class RequestError(InkdigitError):
    """A request that the server does not take: wrong host, wrong origin, too large, not JSON."""

    kind = "request"


class TokenError(RequestError):
    """A request without the token that the server asks for."""


class TooLargeError(RequestError):
    """A body above the limit."""


class NotReadyError(RequestError):
    """A server that takes no requests any more: it stops."""


class BusyError(RequestError):
    """A server that has as much to do as it may; the request can be sent again."""

    kind = "busy"


def no_memory() -> BusyError:
    """What to raise in place of a MemoryError: nothing is wrong with what came, and later there may be enough."""
    return BusyError("memory to do this in", "too little", "Send it again later, or something smaller")


@contextmanager
def memory_said() -> Iterator[None]:
    """Within it, what fails for want of memory is a BusyError: OpenCV and ONNX Runtime have errors of their own."""
    try:
        yield
    except InkdigitError:
        raise
    except Exception as error:
        if wants_memory(f"{type(error).__name__} {error}"):
            raise no_memory() from None
        raise


def wants_memory(said: str) -> bool:
    """Whether the words of an error say that there was too little memory."""
    return any(word in said.lower() for word in _NO_MEMORY)


class TimeError(RequestError):
    """A reading that was stopped because it took too long."""

    kind = "time"


class RateError(RequestError):
    """A client that asks too often.

    Attributes:
        seconds: after which it may ask again.
    """

    kind = "rate"

    def __init__(self, expected: str, got: str, remedy: str, seconds: int = 1) -> None:
        super().__init__(expected, got, remedy)
        self.seconds = seconds


class SlowError(RequestError):
    """A request that does not come whole in the time that it has."""

    kind = "slow"


class TrainingError(InkdigitError):
    """A training run that cannot start or go on."""

    kind = "training"


class StoreError(InkdigitError):
    """The store cannot be used: read-only, full, damaged, locked, from a newer version, or its server is gone."""

    kind = "store"


class KeptError(InkdigitError):
    """What a kept drawing cannot have: a title that is too long, a correction that does not fit."""

    kind = "kept"


class NotKeptError(InkdigitError):
    """A drawing that the store does not hold."""

    kind = "not kept"


class ExchangeError(InkdigitError):
    """A file that cannot be imported, or drawings that cannot be exported in the form asked for."""

    kind = "exchange"


class BatchError(InkdigitError):
    """A batch job that cannot start or go on: its source, its place for results, or its cluster."""

    kind = "batch"


class WindowError(InkdigitError):
    """A window that cannot be opened: no screen, no pywebview, no browser, a system library missing."""

    kind = "window"
