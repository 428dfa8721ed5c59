"""A path, s3:// or gs:// -> where files are read and written, by the filesystems of pyarrow."""

from __future__ import annotations

import io
import os
import posixpath
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from inkdigit.errors import BatchError

_BUFFER = 1 << 20  # bytes: of an object store, a request for each header of a tar would cost 20 ms each


@dataclass(frozen=True)
class Place:
    """A file or a folder.

    Attributes:
        text: as a person wrote it.
        files: the filesystem of pyarrow that it lies in.
        path: where in it.
    """

    text: str
    files: fs.FileSystem
    path: str

    @classmethod
    def of(cls, text: str) -> Place:
        """From a path or an address.

        Raises:
            BatchError: an address of another kind, or a store that does not answer.
        """
        if "://" not in text:
            return cls(text, fs.LocalFileSystem(), str(Path(text).expanduser().absolute()))
        try:
            files, path = fs.FileSystem.from_uri(text)
        except (pa.ArrowInvalid, OSError, ValueError) as error:
            got = f"{text} ({_first_line(error)})"
            raise BatchError("a path, s3://BUCKET/PATH or gs://BUCKET/PATH that answers", got, "Check it") from None
        return cls(text, files, path.rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Whether it is a path of this machine."""
        return isinstance(self.files, fs.LocalFileSystem)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    def inside(self, name: str) -> Place:
        """What lies in this folder under that name; the place itself where the name is empty."""
        return replace(self, text=f"{self.text}/{name}", path=f"{self.path}/{name}") if name else self

    def info(self) -> fs.FileInfo:
        """Kind, size and time of change. Raises OSError where the store does not answer."""
        return self.files.get_file_info([self.path])[0]

    def exists(self) -> bool:
        """Whether something is there now."""
        try:
            return bool(self.info().type != fs.FileType.NotFound)
        except OSError:
            return False

    def must_be_there(self) -> None:
        """Tells a file that cannot be read from a disk or a store that is gone.

        Raises:
            BatchError: it is gone.
        """
        if not self.exists():
            remedy = "Make it reachable from every machine, and start the same command again: it goes on"
            raise BatchError(f"to reach {self.text}", "nothing there now", remedy)

    def below(self) -> list[fs.FileInfo]:
        """All files in the folder and in folders in it; none where there is no such folder.

        Raises:
            BatchError: it cannot be listed.
        """
        try:
            found = self.files.get_file_info(fs.FileSelector(self.path, recursive=True, allow_not_found=True))
        except OSError as error:
            got = f"{self.text}: {_first_line(error)}"
            raise BatchError("a folder that can be listed", got, "Check its permissions") from None
        return [one for one in found if one.type == fs.FileType.File]

    def read(self, most: int) -> bytes:
        """The first bytes of the file, no more than that. Raises OSError."""
        with self.files.open_input_stream(self.path) as stream:
            return bytes(stream.read(most))

    def opened(self) -> io.BufferedReader:
        """The file, to read here and there in it. Raises OSError."""
        return io.BufferedReader(self.files.open_input_file(self.path), _BUFFER)

    def write(self, content: bytes) -> None:
        """Writes the file whole or not at all, over one that is there; its folder is made. Raises OSError."""
        if not self.is_local:  # an object is there when its upload is complete, and not before
            with self.files.open_output_stream(self.path) as stream:
                stream.write(content)
            return
        folder = os.path.dirname(self.path)
        os.makedirs(folder, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".", suffix=".draft", dir=folder)  # no reader of tables looks at it
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, 0o666 & ~_umask())
            os.replace(draft, self.path)
        except BaseException:
            os.unlink(draft)
            raise

    def remove(self) -> None:
        """Removes the file, or the folder with all that is in it, where there is one."""
        kind = self.info().type
        if kind == fs.FileType.File:
            self.files.delete_file(self.path)
        elif kind == fs.FileType.Directory:
            self.files.delete_dir(self.path)


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:300] or type(error).__name__
