"""Kept drawings -> files that others read: PNG, SVG, JSON, a table, and the glyphs as MNIST-style IDX, CSV or npz."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

from inkdigit.data import glyph_files
from inkdigit.errors import ExchangeError
from inkdigit.exchange import json_record, png_metadata, svg
from inkdigit.ink import picture, rendering
from inkdigit.settings import Settings
from inkdigit.store.drawing import Drawing, moment_text

FORMS = ("png", "svg", "json", "idx", "csv", "npz", "table")
COLUMNS = ("id", "written", "date", "title", "tags", "correct", "confidence", "model")
"""Of the table, one drawing a line: `written` as it was read, `correct` what it should be, "" where nobody said."""
HEAD = '{"inkdigit": 1, "drawings": ['  # then each drawing in a line of its own
_SIDE = 1_024  # pixels of the longer side of a drawing as PNG
_SETS = {"idx": glyph_files.write_idx, "csv": glyph_files.write_csv, "npz": glyph_files.write_npz}
_MEDIA = {"png": "image/png", "svg": "image/svg+xml", "json": "application/json", "csv": "text/csv",
          "npz": "application/octet-stream", "zip": "application/zip"}  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """What a file of exported drawings is called, and its media type."""

    name: str
    media: str


def write(drawings: Iterable[Drawing], form: str, sink: IO[bytes], settings: Settings) -> Exported:
    """Writes drawings to a file: one as PNG or SVG as it is, several as a zip of them; the other forms hold many.

    Raises:
        ExchangeError: no such form, no drawing, too many, or the only one has no strokes to make an SVG of.
    """
    if form not in FORMS:
        raise ExchangeError("one of " + ", ".join(FORMS), repr(form)[:40], "Name one of these")
    counted = _counted(drawings, settings.max_drawings)
    first = list(islice(counted, 2))
    if not first:
        raise ExchangeError("at least one drawing", "none", "Choose some, or ask for others")
    every = chain(first, counted)
    if form in _SETS:
        _SETS[form](_labelled(every), sink)
        return _named("zip" if form == "idx" else form, "inkdigit-idx" if form == "idx" else "inkdigit")
    if form == "json":
        _write_json(every, sink)
        return _named("json")
    if form == "table":
        _write_table(every, sink)
        return Exported("inkdigit-table.csv", _MEDIA["csv"])
    if len(first) > 1:
        _write_zip(every, form, sink)
        return _named("zip")
    if form == "svg" and first[0].strokes is None:
        raise ExchangeError("a drawing of strokes", "a picture", "Export it as PNG")
    sink.write(_file(first[0], form))
    return _named(form, _stem(first[0]))


def as_png(drawing: Drawing) -> bytes:
    """A drawing as a PNG that holds its strokes too, or a picture with what was read in it."""
    if drawing.strokes is not None:
        pixels = rendering.sketch(drawing.strokes, _SIDE)
        return png_metadata.stamped(rendering.png(pixels), pixels, json_record.text(drawing))
    content = drawing.picture or b""
    return png_metadata.stamped(content, picture.decode(content), json_record.text(drawing))


def _labelled(drawings: Iterable[Drawing]) -> Iterator[glyph_files.Labelled]:
    """Each digit with its label: as corrected, else as read; and each sign that is a digit."""
    for drawing in drawings:
        for mark in drawing.marks:
            if mark.sign and mark.correct is None:
                continue
            yield mark.glyph, mark.known, mark.correct is not None


def _counted(drawings: Iterable[Drawing], most: int) -> Iterator[Drawing]:
    for count, drawing in enumerate(drawings):
        if count >= most:
            got = "more"
            raise ExchangeError(f"at most {most:,} drawings", got, "Export fewer, or raise INKDIGIT_MAX_DRAWINGS")
        yield drawing


def _write_json(drawings: Iterable[Drawing], sink: IO[bytes]) -> None:
    between = f"{HEAD}\n"
    for drawing in drawings:
        sink.write((between + json.dumps(json_record.to_json(drawing), separators=(",", ":"))).encode())
        between = ",\n"
    sink.write(b"\n]}\n")


def _write_table(drawings: Iterable[Drawing], sink: IO[bytes]) -> None:
    """CSV in UTF-8, with the mark by which spreadsheets know it."""
    text = io.TextIOWrapper(sink, "utf-8-sig", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for one in drawings:
        words = [_plain(one.title), _plain(", ".join(one.tags))]
        date = moment_text(one.at)
        read = one.written or one.text
        rows.writerow([one.id, read, date, *words, one.correct or "", f"{one.confidence:.4f}", one.model])
    text.detach()


def _plain(text: str) -> str:
    """Words of a person that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write_zip(drawings: Iterable[Drawing], form: str, sink: IO[bytes]) -> None:
    """A zip with a file for each; what has no strokes stays a PNG."""
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for drawing in drawings:
            kind = form if drawing.strokes is not None else "png"
            file.writestr(zipfile.ZipInfo(f"{_stem(drawing)}.{kind}"), _file(drawing, kind), zipfile.ZIP_DEFLATED)


def _file(drawing: Drawing, form: str) -> bytes:
    if form == "svg" and drawing.strokes is not None:
        return svg.write(drawing.strokes, drawing.title, json_record.text(drawing)).encode()
    return as_png(drawing)


def _stem(drawing: Drawing) -> str:
    """A name that every file system takes."""
    title = re.sub(r"[^\w-]+", "-", drawing.title or drawing.correct or drawing.text, flags=re.ASCII).strip("-")
    return f"{drawing.id:06}-{title[:40]}".rstrip("-")


def _named(kind: str, stem: str = "inkdigit") -> Exported:
    return Exported(f"{stem}.{kind}", _MEDIA[kind])
