"""The geometry of a window: where it was, how large, and the port that makes it this window and no other.

A page's own storage (the drawing not yet saved, its settings) belongs to an address with its port. So a window keeps
its port as long as it can: the first takes 8377, a second one beside it 8378, and each finds its own drawing again. Who
holds the port may use the folder of that port; two windows never share one.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from inkdigit.errors import RequestError, WindowError
from inkdigit.settings import Settings

HOST = "127.0.0.1"
_NEIGHBOURS = 10  # windows at once that find their port again
_FILE = "frame.json"
LEAST = (360, 480)  # the page still works at this size
_MOST = 20_000
_GRIP = (80, 24)  # this much of a window must be on a screen, to take hold of it


@dataclass(frozen=True)
class Geometry:
    """Size and place of a window in pixels; left and top are those of its frame, None where the system chooses."""

    width: int = 1120
    height: int = 760
    left: int | None = None
    top: int | None = None
    maximized: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether all of it are numbers that a window can have: what a file says may be anything."""
        size, place = (self.width, self.height), (self.left, self.top)
        return (
            all(type(side) is int and least <= side <= _MOST for side, least in zip(size, LEAST, strict=True))
            and all(at is None or (type(at) is int and abs(at) <= _MOST) for at in place)
            and type(self.maximized) is bool
        )

    def on(self, screens: Iterable[tuple[int, int, int, int]]) -> Geometry:
        """This geometry; without its place when its upper edge is on none of the screens (left, top, width, height)."""
        if self.left is None or self.top is None:
            return self
        for left, top, width, height in screens:
            wide = min(self.left + self.width, left + width) - max(self.left, left)
            if wide >= _GRIP[0] and top <= self.top <= top + height - _GRIP[1]:
                return self
        return Geometry(self.width, self.height, maximized=self.maximized)


def load(folder: Path) -> Geometry:
    """What the last window of this folder left; the default when there is none, or it is broken."""
    try:
        found = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        geometry = Geometry(**found)
    except (OSError, ValueError, TypeError, RecursionError):
        return Geometry()
    return geometry if geometry.is_sound else Geometry()


def save(folder: Path, geometry: Geometry) -> None:
    """Keeps a geometry for the next time, in one step; a folder that cannot be written is no reason to stop closing."""
    part = folder / f"{_FILE}.part"
    try:
        part.write_text(json.dumps(asdict(geometry)), encoding="utf-8")
        os.replace(part, folder / _FILE)
    except OSError:
        part.unlink(missing_ok=True)


def claim(settings: Settings) -> tuple[socket.socket, Path]:
    """A listening socket of a window's own, and the folder that goes with its port.

    The port is the one of the settings, else one of the nine after it, else any.

    Raises:
        WindowError: the folder cannot be made.
        RequestError: no port can be had.
    """
    from inkdigit.web.server import listen

    for port in range(settings.port, min(settings.port + _NEIGHBOURS, 65536)):
        try:
            listener = listen(HOST, port, any_port=False)
            listener.listen()  # two may bind the same port, but only one can listen
            break
        except (RequestError, OSError):
            continue
    else:
        listener = listen(HOST, 0, any_port=False)
        listener.listen()
    return listener, _folder(settings, listener)


def _folder(settings: Settings, listener: socket.socket) -> Path:
    import platformdirs

    root = Path(settings.windows or Path(platformdirs.user_state_dir("inkdigit", appauthor=False)) / "windows")
    folder = root.absolute() / str(listener.getsockname()[1])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # drawings are nobody else's
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise WindowError(f"a folder {root} to write in", reason, "Set INKDIGIT_WINDOWS to another") from None
    return folder
