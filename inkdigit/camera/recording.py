"""Frames with what was read on them, kept as a film file or as a folder of pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.errors import CameraError
from inkdigit.recognition.reading import Number, Page

FILMS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}
Draw = Callable[[NDArray[Any], Page], Any]
LIVE_RATE = 10.0  # frames a second of a film of a live source


class Recording(ABC):
    """Takes frames, and writes each with its numbers.

    Args:
        draw: puts a reading on a frame.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def add(self, pixels: NDArray[Any], numbers: Sequence[Number], time: float) -> None:
        """One frame, uint8 (h, w, 3) RGB, at a time in seconds."""
        high, wide = pixels.shape[:2]
        self._write(np.asarray(self._draw(pixels, Page(tuple(numbers), (wide, high)))), time)

    @abstractmethod
    def close(self) -> None:
        """All has come."""

    @abstractmethod
    def _write(self, pixels: NDArray[Any], time: float) -> None: ...


class Folder(Recording):
    """frame-000001.jpg and so on."""

    def __init__(self, path: Path, draw: Draw) -> None:
        super().__init__(draw)
        self._path, self._count = path, 0
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_room(path, str(error)) from None

    def close(self) -> None:
        """Nothing is left to do: each picture is whole when it is written."""

    def _write(self, pixels: NDArray[Any], time: float) -> None:
        self._count += 1
        path = self._path / f"frame-{self._count:06}.jpg"
        try:
            path.write_bytes(cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
        except OSError as error:
            raise _no_room(path, str(error)) from None


class Film(Recording):
    """A film file; of a live source, pictures are repeated or left out so that it runs as fast as what was seen."""

    def __init__(self, path: Path, rate: float | None, draw: Draw) -> None:
        super().__init__(draw)
        self._path, self._is_live, self._rate = path, rate is None, rate or LIVE_RATE
        self._writer: Any = None
        self._size = (0, 0)
        self._count = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()  # OpenCV does not say why it cannot
        except OSError as error:
            raise _no_room(path, str(error)) from None

    def _write(self, pixels: NDArray[Any], time: float) -> None:
        if self._writer is None:
            self._size = (pixels.shape[1], pixels.shape[0])
            code = cv2.VideoWriter.fourcc(*FILMS[self._path.suffix.lower()])
            self._writer = cv2.VideoWriter(str(self._path), code, self._rate, self._size)
            if not self._writer.isOpened():
                raise _no_room(self._path, "a film that OpenCV cannot write here")
        if (pixels.shape[1], pixels.shape[0]) != self._size:  # the phone that sends was turned
            pixels = np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA))
        due = round(time * self._rate) + 1 if self._is_live else self._count + 1
        for _ in range(self._count, due):
            self._writer.write(np.ascontiguousarray(pixels[:, :, ::-1]))
        self._count = max(self._count, due)

    def close(self) -> None:
        """Ends the file, and looks whether it can be played: OpenCV says nothing of a disk that is full."""
        if self._writer is None:
            if not self._path.stat().st_size:  # made above to see whether it can be
                self._path.unlink()
            return
        self._writer.release()
        again = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        there = int(again.get(cv2.CAP_PROP_FRAME_COUNT)) if again.isOpened() else 0
        again.release()
        if there < self._count:
            raise _no_room(self._path, f"{there:,} of {self._count:,} frames written")


@contextmanager
def recording(path: Path | None, rate: float | None, draw: Draw) -> Iterator[Recording | None]:
    """What takes the frames: a film for a name that ends like one, else a folder; None for no name.

    Args:
        rate: frames a second; None: as they come.
        draw: puts a reading on a frame: uint8 (h, w, 3) RGB and the Page of its numbers -> a picture of that size.

    Raises:
        CameraError: it cannot be written.
    """
    if path is None:
        yield None
        return
    kept = Film(path, rate, draw) if path.suffix.lower() in FILMS else Folder(path, draw)
    try:
        yield kept
    finally:
        kept.close()


def _no_room(path: Path, why: str) -> CameraError:
    return CameraError(f"room to write {path}", why, "Name another place with --annotate, or make room")
