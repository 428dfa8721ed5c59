"""Files of others -> kept drawings: PNG and other pictures, SVG, our JSON, IDX, CSV, npz, and a zip of those.

A file may come from anyone. It is known by its content, never by its name; nothing of it is unpacked onto the disk, run
or fetched; and it is kept whole or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from inkdigit.data import glyph_files
from inkdigit.data.file_faults import DAMAGED
from inkdigit.errors import ExchangeError, InkdigitError
from inkdigit.exchange import json_record, png_metadata, svg
from inkdigit.exchange.exporting import HEAD
from inkdigit.ink import picture
from inkdigit.reader import Reader
from inkdigit.store import intake
from inkdigit.store.drawing import Drawing

if TYPE_CHECKING:
    from inkdigit.store.store import Store

_MOST_PARTS = 2_000_000  # commas and brackets of a JSON text: each may become an object of Python
_AT_ONCE = 256  # glyphs that are read together
_BEFORE = b"\xef\xbb\xbf \t\r\n"  # what may stand before a text
_SAME = 1e-6  # of a drawing's size: strokes of a file and of the JSON in it differ by less


@dataclass
class Imported:
    """What came of one file.

    Attributes:
        name: the file's.
        ids: of the drawings that were kept.
        known: drawings that were in the store before.
        left_out: what the file holds that is not taken: "script", "text".
    """

    name: str
    ids: tuple[int, ...] = ()
    known: int = 0
    left_out: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """The report of the HTTP service."""
        return {"name": self.name, "kept": list(self.ids), "known": self.known, "left_out": sorted(self.left_out)}


def take(content: bytes, name: str, reader: Reader, store: Store) -> Imported:
    """Keeps all drawings of a file, or none.

    Args:
        name: the file's, which becomes the title of pictures that have none.

    Raises:
        InkdigitError: the file is damaged, too large, of no kind that is taken, or the store's fault.
    """
    with tempfile.TemporaryFile() as space:
        left_out = spool(content, name, reader, space)
        space.seek(0)
        return keep(space, name, left_out, store)


def spool(content: bytes, name: str, reader: Reader, space: IO[bytes]) -> set[str]:
    """Reads all drawings of a file, and writes them to another; what is left out. This is where hostile files bite.

    Raises:
        InkdigitError: as of `take`, but for the store.
    """
    if len(content) > reader.settings.max_unpacked_bytes:
        raise glyph_files.too_large(reader.settings)
    left_out = set[str]()
    _File(reader, left_out).spool(content, name, space)
    return left_out


def keep(space: IO[bytes], name: str, left_out: set[str], store: Store) -> Imported:
    """Keeps what was read before, so that nobody waits for the store meanwhile. Raises StoreError."""
    taken = store.keep_many(_spooled(space))
    return Imported(name, taken.ids, taken.known, left_out)


def _spooled(space: IO[bytes]) -> Iterator[Drawing]:
    while True:
        try:
            yield pickle.load(space)  # noqa: S301 - written by ourselves, a moment ago
        except EOFError:
            return


def _opened(content: bytes) -> zipfile.ZipFile:
    """A zip, of which the list of files was read."""
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except DAMAGED as error:
        raise _not_whole(error) from None


def _inside(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content of a file in a zip."""
    try:
        return file.read(entry)
    except DAMAGED as error:
        raise _not_whole(error) from None


def _not_whole(error: Exception) -> ExchangeError:
    return ExchangeError("a whole zip without a password", f"another one ({error})", "Pack it again")


class _File:
    """Reads one file, and counts what comes out of it."""

    def __init__(self, reader: Reader, left_out: set[str]) -> None:
        self._reader = reader
        self._settings = reader.settings
        self._left_out = left_out
        self._unpacked = 0  # bytes, of all that was packed by gzip

    def spool(self, content: bytes, name: str, space: IO[bytes]) -> None:
        """Writes the drawings of a file to a temporary one."""
        most, count = self._settings.max_drawings, 0
        for count, drawing in enumerate(self.drawings(content, name), 1):
            if count > most:
                remedy = "Split the file, or raise INKDIGIT_MAX_DRAWINGS"
                raise ExchangeError(f"at most {most:,} drawings", "more", remedy)
            pickle.dump(drawing, space, pickle.HIGHEST_PROTOCOL)
        if not count:
            raise ExchangeError("a file with drawings", f"none in {name}", "Export it again")

    def drawings(self, content: bytes, name: str, packed: bool = False) -> Iterator[Drawing]:
        """The drawings of a file, known by its first bytes."""
        start = content[:1024].lstrip(_BEFORE)
        if content.startswith(b"PK") and not packed:
            yield from self._zip(content)
        elif content.startswith(b"\x1f\x8b") and not packed:
            yield from self._gzip(content, name.removesuffix(".gz"))
        elif content.startswith(b"\0\0\x08"):
            yield from self._glyphs(glyph_files.read_pair(content, None), _digest(content))
        elif start.startswith(b"<"):
            yield self._svg(content, name)
        elif start[:1] in (b"{", b"["):
            yield from self._json(content)
        elif _is_table(start):
            yield from self._glyphs(glyph_files.read_csv(content, self._settings), _digest(content))
        else:
            yield self._picture(content, name)

    def _zip(self, content: bytes) -> Iterator[Drawing]:
        with _opened(content) as file:
            entries = [one for one in file.infolist() if not one.filename.endswith("/")]
            if len(entries) > 2 * self._settings.max_drawings:
                raise ExchangeError("fewer files in a zip", f"{len(entries):,}", "Split it")
            if sum(one.file_size for one in entries) > self._settings.max_unpacked_bytes:
                raise glyph_files.too_large(self._settings)
            if entries and all(one.filename.endswith(".npy") for one in entries):
                yield from self._glyphs(glyph_files.read_npz(content, self._settings), _digest(content))
            else:
                yield from self._entries(file, entries)

    def _entries(self, file: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> Iterator[Drawing]:
        names = {one.filename for one in entries}
        for entry in entries:
            path = PurePath(entry.filename)
            if path.name.startswith(".") or "__MACOSX" in path.parts or _images_of(entry.filename) in names:
                continue
            try:
                inside = _inside(file, entry)
                labels = entry.filename.replace("images", "labels").replace("idx3", "idx1")
                if labels != entry.filename and labels in names:
                    both = (self._plain(one) for one in (inside, _inside(file, file.getinfo(labels))))
                    yield from self._glyphs(glyph_files.read_pair(*both), _digest(inside))
                elif inside.startswith(b"PK"):
                    raise ExchangeError("no zip within a zip", "one", "Unpack it first")
                else:
                    yield from self.drawings(inside, path.name)
            except InkdigitError as error:
                got = f"{error.got}, in {entry.filename[:100]}"
                raise type(error)(error.expected, got, error.remedy) from None

    def _gzip(self, content: bytes, name: str) -> Iterator[Drawing]:
        """A file packed by gzip: a table a part at a time, others whole."""
        start = glyph_files.beginning(content, 1024).lstrip(_BEFORE)
        if start.startswith((b"[", b"{")) or not _is_table(start):  # JSON has commas too
            yield from self.drawings(self._plain(content), name, packed=True)
            return
        size, digest = glyph_files.measured(content, self._settings)
        self._count(size)
        with gzip.open(io.BytesIO(content)) as file:
            yield from self._glyphs(glyph_files.read_csv(cast(IO[bytes], file), self._settings), digest)

    def _glyphs(self, sets: Iterator[glyph_files.Glyphs], base: str) -> Iterator[Drawing]:
        """Labelled pictures, a batch at a time; light paper is taken for paper.

        Args:
            base: SHA-256 of the file.
        """
        place = 0
        for one in sets:
            light = 2 * _light(one.images) >= one.images.size > 0
            for start in range(0, len(one.images), _AT_ONCE):
                batch = one.images[start : start + _AT_ONCE]
                batch = 255 - batch if light else batch
                keys = [_key(f"{base} {place + at}") for at in range(len(batch))]
                place += len(batch)
                yield from intake.from_glyphs(self._reader, batch, one.labels[start : start + _AT_ONCE], keys)

    def _plain(self, content: bytes) -> bytes:
        """The content of a file that may be packed by gzip; all those of a zip together have one limit."""
        if not content.startswith(b"\x1f\x8b"):
            return content
        inside = glyph_files.unpacked(content, self._settings)
        self._count(len(inside))
        return inside

    def _count(self, unpacked: int) -> None:
        self._unpacked += unpacked
        if self._unpacked > self._settings.max_unpacked_bytes:
            raise glyph_files.too_large(self._settings)

    def _picture(self, content: bytes, name: str) -> Drawing:
        pixels = picture.decode(content, self._settings)
        text = png_metadata.text_in(content, pixels) if content.startswith(png_metadata.SIGNATURE) else ""
        if text:
            return json_record.from_json(_parsed(text), self._reader, _key(text), content)
        title = PurePath(name).stem[: self._settings.max_title]
        key = _key(hashlib.sha256(content).hexdigest())
        return intake.from_picture(self._reader, content, title=title, key=key)

    def _svg(self, content: bytes, name: str) -> Drawing:
        strokes, text, left_out = svg.read(content, self._settings)
        self._left_out.update(left_out)
        shape = _parsed(text) if text else {}
        if isinstance(shape, dict) and _same(shape.get("strokes"), strokes):
            return json_record.from_json(shape, self._reader, _key(text))
        if not strokes:
            raise ExchangeError("an SVG with lines or paths", "none in it", "Save pictures as PNG")
        title = PurePath(name).stem[: self._settings.max_title]
        key = _key(hashlib.sha256(content).hexdigest())
        return intake.from_strokes(self._reader, strokes, title=title, key=key)

    def _json(self, content: bytes) -> Iterator[Drawing]:
        """Our own files line by line, which needs little memory; others whole, within a limit."""
        lines = io.BytesIO(content)
        ours = lines.readline().strip() == HEAD.encode()
        shapes = _lines(lines) if ours else _listed(_parsed(content))
        for place, shape in enumerate(shapes):
            key = _key(json.dumps(shape, sort_keys=True))
            try:
                yield json_record.from_json(shape, self._reader, key)
            except InkdigitError as error:
                got = f"{error.got}, in drawing {place + 1}"
                raise type(error)(error.expected, got, error.remedy) from None


def _light(images: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """How many pixels are lighter than half, counted without a copy of them all."""
    return sum(int(np.count_nonzero(images[at : at + _AT_ONCE] > 127)) for at in range(0, len(images), _AT_ONCE))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _images_of(name: str) -> str:
    """The name of the images that a file of labels belongs to; "" for any other file."""
    images = name.replace("labels", "images").replace("idx1", "idx3")
    return images if images != name else ""


def _is_table(start: bytes) -> bool:
    """Whether a file begins like a CSV of labels and pixels."""
    first = start.split(b"\n", 1)[0]
    return b"," in first and first.replace(b"\r", b"").isascii() and all(byte >= 32 for byte in first.rstrip(b"\r"))


def _lines(lines: IO[bytes]) -> Iterator[Any]:
    ended = False
    for line in lines:
        plain = line.strip()
        if plain == b"]}":
            ended = True
        elif plain:
            yield _parsed(plain.removesuffix(b","))
    if not ended:
        raise ExchangeError("a whole file", "one that is cut off", "Export it again")


def _parsed(content: bytes | str) -> Any:
    """A JSON text of bounded size. Raises ExchangeError."""
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    parts = sum(content.count(mark) for mark in (b",", b"[", b"{"))
    if parts > _MOST_PARTS:
        raise ExchangeError(f"JSON of at most {_MOST_PARTS:,} parts", f"{parts:,}", "Split it, a drawing a line")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ExchangeError("JSON", f"something else ({str(error)[:80]})", "Export it again") from None


def _listed(shape: Any) -> list[Any]:
    """{"drawings": [...]}, a list of drawings, or one drawing -> a list of drawings."""
    found = shape.get("drawings", [shape]) if isinstance(shape, dict) else shape
    if not isinstance(found, list):
        raise ExchangeError('a list of "drawings"', type(found).__name__, "See docs/store.md")
    return found


def _same(kept: Any, shown: Sequence[dict[str, Any]]) -> bool:
    """Whether the strokes of a drawing are still those that its SVG shows."""
    try:
        paths = [_moves(stroke["points"]) for stroke in kept]
        others = [_moves(stroke["points"]) for stroke in shown]
        size = max(1e-9, *(float(np.abs(path).max()) for path in paths))
        return len(paths) == len(others) and all(
            one.shape == other.shape and bool(np.abs(one - other).max() <= _SAME * size)
            for one, other in zip(paths, others, strict=True)
        )
    except (TypeError, ValueError, KeyError, IndexError):
        return False


def _moves(points: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """float64 (k, 2): the places of a stroke; one place that stands twice counts once."""
    path = np.array([point[:2] for point in points], np.float64)
    return path[:1] if len(path) == 2 and (path[0] == path[1]).all() else path


def _key(text: str) -> str:
    """A key from content: the same file is not kept twice."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
