"""Cameras, streams and films in the shell: frame by frame, and the numbers that settle on them.

OpenCV opens what it is named: the number of a camera, an address (rtsp://, http://), or a film file. A film is read
picture by picture by its own clock; of anything live only the newest picture is read.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigit.camera.recording import Draw, recording
from inkdigit.camera.tracking import Settled, Tracker
from inkdigit.errors import CameraError
from inkdigit.reader import Reader
from inkdigit.recognition.assemble import scaled
from inkdigit.recognition.reading import Page

SIDE = 1280  # pixels of the longer side that is read; larger pictures are made smaller
STALLED = 10.0  # seconds without a picture after which a camera or a stream is given up
_MOST_CAMERAS = 9_999  # the largest number of a camera; OpenCV takes larger ones for another thing
_RATE = 25.0  # frames a second of a film that does not say


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        pixels: uint8 (h, w, 3) RGB.
        time: seconds since the first one.
        place: from 1; of a live source, those that were skipped count too.
    """

    pixels: NDArray[Any]
    time: float
    place: int


class Source:
    """Where pictures come from. A context manager; iterating gives the frames.

    Args:
        name: number of a camera, address of a stream, or path of a film file.
        stalled: seconds without a picture after which a live source is given up.

    Raises:
        CameraError: there is no such camera, nothing answers, or the file is no film; while iterating, the camera or
            the stream gave no more pictures.
    """

    def __init__(self, name: str, stalled: float = STALLED) -> None:
        self.name, self._stalled = name, stalled
        self.is_file = not name.isdecimal() and "://" not in name
        self._capture = _opened(name, self.is_file, stalled)
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or _RATE
        self._closed = threading.Event()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        if self.is_file:
            self._capture.release()  # of a live source, the thread that reads lets it go

    def __iter__(self) -> Iterator[Frame]:
        return self._film() if self.is_file else self._live()

    def _film(self) -> Iterator[Frame]:
        place = 0
        while True:
            there, pixels = self._capture.read()
            if not there:
                break
            yield Frame(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), place / self.rate, place + 1)
            place += 1
        if not place:
            raise CameraError("a film", f"no picture in {self.name}", "Play it in a video player, and save it again")

    def _live(self) -> Iterator[Frame]:
        newest = _Latest()
        reads = threading.Thread(target=self._grab, args=(newest,), daemon=True)
        reads.start()
        begun = time.monotonic()
        seen = 0
        while True:
            place, pixels, ended = newest.after(seen, self._stalled)
            if place == seen:
                raise self._lost(ended, seen)
            seen = place
            yield Frame(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), time.monotonic() - begun, place)

    def _grab(self, newest: _Latest) -> None:
        """Reads all that comes, so that nothing waits in the camera's own queue; ends with the source."""
        while not self._closed.is_set():
            there, pixels = self._capture.read()
            if not there:
                break
            newest.put(pixels)
        newest.end()
        self._capture.release()

    def _lost(self, ended: bool, seen: int) -> CameraError:
        got = "its end" if ended else f"none for {self._stalled:g} seconds"
        after = f"{got} after {seen:,}" if seen else got
        if self.name.isdecimal():
            return CameraError(f"pictures from camera {self.name}", after, "Plug it in again, and start again")
        return CameraError(f"pictures from {self.name}", after, "Look whether the stream still runs, and start again")


class _Latest:
    """The newest picture of a live source, handed from the thread that grabs to the one that reads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._place = 0
        self._pixels: Any = None
        self._ended = False

    def put(self, pixels: NDArray[Any]) -> None:
        """A newer picture."""
        with self._changed:
            self._place += 1
            self._pixels = pixels
            self._changed.notify()

    def end(self) -> None:
        """No more will come."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def after(self, seen: int, most: float) -> tuple[int, Any, bool]:
        """Waits for a picture newer than `seen`, `most` seconds: (place, pixels, whether no more will come)."""
        with self._changed:
            self._changed.wait_for(lambda: self._place > seen or self._ended, most)
            return self._place, self._pixels, self._ended


def follow(frames: Source, reader: Reader, most: int | None = None) -> Iterator[tuple[Frame, tuple[Settled, ...]]]:
    """Each frame with what is settled then, boxes in its pixels; `most` frames, or all."""
    steady = Tracker()
    for count, frame in enumerate(frames, 1):
        high, wide = frame.pixels.shape[:2]
        scale = min(1.0, SIDE / max(high, wide))
        pixels = frame.pixels
        if scale < 1:
            size = (max(1, round(wide * scale)), max(1, round(high * scale)))
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
        read = reader.page(pixels)
        page = Page(tuple(scaled(one, 1 / scale) for one in read.numbers), (wide, high))
        yield frame, steady.add(page, frame.time)
        if count == most:
            return


class Changes:
    """What is new from frame to frame: numbers that settle, change and go."""

    def __init__(self) -> None:
        self._shown: dict[int, Settled] = {}

    def of(self, settled: Sequence[Settled], time: float) -> list[dict[str, Any]]:
        """One row a change: {"time", "change": "shown", "changed" or "gone", "id", "text", "written", ...}."""
        now = {one.id: one for one in settled}
        rows = [_row("gone", time, one) for id_, one in self._shown.items() if id_ not in now]
        for id_, one in now.items():
            before = self._shown.get(id_)
            if before is None or before.number.text != one.number.text:
                rows.append(_row("shown" if before is None else "changed", time, one))
        self._shown = now
        return rows


def _row(change: str, time: float, one: Settled) -> dict[str, Any]:
    shape = one.number.to_json()
    known = {name: shape[name] for name in ("text", "written", "native", "script", "confidence", "box")}
    return {"time": round(time, 3), "change": change, "id": one.id, **known}


def run(
    name: str,
    reader: Reader,
    most: int | None,
    tell: Callable[[dict[str, Any]], None],
    to: Path | None,
    draw: Draw,
) -> None:
    """Reads a source to its end, or `most` frames, and tells every change.

    Args:
        to: a film file or folder for the frames; None: they are not written.
        draw: puts a reading on a frame that is written.

    Raises:
        CameraError: as `Source`, or the frames cannot be written.
    """
    changes = Changes()
    with Source(name) as source, recording(to, source.rate if source.is_file else None, draw) as keep:
        for frame, settled in follow(source, reader, most):
            for row in changes.of(settled, frame.time):
                tell(row)
            if keep is not None:
                keep.add(frame.pixels, tuple(one.number for one in settled), frame.time)


def _opened(name: str, is_file: bool, stalled: float) -> Any:
    if is_file and not Path(name).is_file():
        kind = f"the folder {name}" if Path(name).is_dir() else f"no file at {name}"
        raise CameraError("the number of a camera, an address or a film file", kind, "Check the name")
    _quiet()
    if name.isdecimal() and int(name[:12]) > _MOST_CAMERAS:
        raise CameraError(f"the number of a camera, up to {_MOST_CAMERAS:,}", name[:30], "List them with your system")
    if name.isdecimal():
        capture = cv2.VideoCapture(int(name))
    else:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(1e3 * stalled),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(1e3 * stalled),
        ]
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, limits)
    if capture.isOpened():
        return capture
    if name.isdecimal():
        remedy = "Plug one in, close the program that uses it, or name another with --device"
        raise CameraError(f"camera {name}", "none there, or one in use", remedy)
    if is_file:
        raise CameraError("a film", f"{name}, which is none that can be played", "Save it as MP4, AVI or MKV")
    raise CameraError(
        f"a stream at {name}", "no answer, or no film", "Look whether the address is right and the stream runs"
    )


def _quiet() -> None:
    """What OpenCV and FFmpeg print of a source that fails; our own error says it."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
