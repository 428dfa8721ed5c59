"""What is done with pictures: decoding, where hostile files bite, and reading. It runs in a process of its own.

Each job takes a reader first and gives what goes back through a pipe: JSON as bytes, so that the server only sends it.
"""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import PictureError
from inkdigit.ink import documents, picture
from inkdigit.ink.picture import ImageInput
from inkdigit.models import sandbox
from inkdigit.reader import Reader
from inkdigit.recognition.profile import Profile
from inkdigit.recognition.reading import Digit, Number, Page
from inkdigit.settings import Settings
from inkdigit.store import intake
from inkdigit.store.drawing import Drawing
from inkdigit.web import messages, tensors
from inkdigit.web.tensors import Asked, Takes

_T = TypeVar("_T")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
Said = tuple[bytes, list[str]]  # JSON, and what `labels` says of its marks


def page(reader: Reader, content: bytes, glyphs: bool = False) -> Said:
    """The JSON of a page, with what was seen where that is wanted. Raises PictureError."""
    found = reader.page(content)
    return _json(messages.page_json(found) if glyphs else found.to_json()), labels_of(found.numbers)


def digits(reader: Reader, contents: Sequence[ImageInput]) -> Said:
    """The JSON of a list with one digit of each picture, or its error, in their order."""
    found = [_digit(reader, content) for content in contents]
    return _json([one.to_json() for one in found]), labels(one for one in found if isinstance(one, Digit))


def glyphs(reader: Reader, pixels: NDArray[np.uint8]) -> Said:
    """The JSON of what glyphs are, uint8 (n, 28, 28), in their order.

    Each digit is written alone: while all are written in one go, no other thread has its turn.
    """
    found = reader.glyphs(pixels)
    return b'{"digits":[' + b",".join(_json(one.to_json()) for one in found) + b"]}", labels(found)


def frame(reader: Reader, content: bytes, most: int) -> Page:
    """What a picture of a live camera shows; it has at most so many pixels. Raises PictureError."""
    return reader.page(picture.decode(content, replace(reader.settings, max_pixels=most)))


def kept(reader: Reader, content: bytes, about: dict[str, Any]) -> Drawing:
    """A picture as a drawing to keep. Raises PictureError, KeptError."""
    return intake.from_picture(reader, content, **about)


def asked(reader: Reader, body: bytes, how: str, length: str | None, takes: tuple[str, str, tuple[int, ...]]) -> Asked:
    """What a request of the Open Inference Protocol asks: name, datatype and shape are those of its one input.

    Raises:
        RequestError: it breaks the protocol, asks for something else, or for too much.
    """
    limits = reader.settings
    body = tensors.unpacked(body, how, limits.max_file_bytes)
    return tensors.asked(body, length, Takes(*takes, limits.max_glyphs, limits.max_json_parts))


def spooled(reader: Reader, content: bytes, name: str, path: str) -> set[str]:
    """Writes the drawings of a file that is imported to another one; what is left out. Raises InkdigitError."""
    from inkdigit.exchange import importing

    with open(path, "wb") as space:
        return importing.spool(content, name, reader, space)


def sheet(reader: Reader, file: bytes, number: int) -> tuple[bytes, int]:
    """A page of a document as PNG, and how many there are. Raises PictureError."""
    image, count = documents.page(file, number, reader.settings)
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=1)
    return written.getvalue(), count


def nothing(reader: Reader) -> None:
    """For a process that only has to be there."""


def work(
    settings: Settings, script: str, profiles: Mapping[str, Profile], job: Callable[..., _T], given: tuple[Any, ...]
) -> _T:
    """Runs a job in the process that was started for it, with the reader of a script and of the hands of profiles.

    Memory is limited for the job alone: a process that cannot take what it is sent would lose its place in that, and
    take the rest of it for another job.

    Raises:
        BusyError: it needs more memory than the settings allow.
    """
    with sandbox.memory(settings.max_reader_memory):
        reader = _reader(settings).of_script(script)
        return job(reader.taught(profiles) if profiles else reader, *given)


@lru_cache(maxsize=1)
def _reader(settings: Settings) -> Reader:
    """The reader of a process. Ctrl+C in a terminal reaches the process too; it ends when the server does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)  # every processor has a process; threads beside it took a quarter of the answers a second
    return Reader(settings=settings)


def labels(found: Iterable[Digit]) -> list[str]:
    """What each mark is counted as: its digit, "none", or "blank"."""
    return ["blank" if one.is_blank else "none" if one.value is None else str(one.value) for one in found]


def labels_of(numbers: Iterable[Number]) -> list[str]:
    """The same of the marks of numbers."""
    return [label for one in numbers for label in labels(one.digits)]


def _digit(reader: Reader, content: ImageInput) -> Digit | PictureError:
    try:
        return reader.digit(content)
    except PictureError as error:
        return error


def _json(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()
