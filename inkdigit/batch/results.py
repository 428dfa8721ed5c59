"""Pages and errors -> the rows of the two tables of a job, as Parquet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inkdigit.batch.items import Item
from inkdigit.errors import InkdigitError
from inkdigit.ink.strokes import Box
from inkdigit.recognition.reading import Number, Page

_BOX = pa.struct([(side, pa.float32()) for side in ("left", "top", "right", "bottom")])
_DIGIT = pa.struct([("value", pa.int8()), ("confidence", pa.float32()), ("sign", pa.string()), ("box", _BOX)])
_NUMBER = pa.struct([
    ("text", pa.string()), ("written", pa.string()), ("confidence", pa.float32()), ("printed", pa.bool_()),
    ("box", _BOX), ("digits", pa.list_(_DIGIT)),
])  # fmt: skip
_WHERE = [("id", pa.string()), ("file", pa.string()), ("row", pa.int64()), ("page", pa.int32())]
RESULTS = pa.schema([
    *_WHERE, ("width", pa.int32()), ("height", pa.int32()), ("dense", pa.bool_()), ("numbers", pa.list_(_NUMBER)),
    ("model", pa.string()), ("model_version", pa.string()), ("inkdigit", pa.string()),
])  # fmt: skip
REJECTS = pa.schema([*_WHERE, ("kind", pa.string()), ("reason", pa.string()), ("inkdigit", pa.string())])


@dataclass(frozen=True)
class Made:
    """What a reading was made with.

    Attributes:
        model: name of the model of digits.
        model_version: the first twelve digits of the SHA-256 of its file.
        inkdigit: version of this package.
    """

    model: str
    model_version: str
    inkdigit: str


def result(item: Item, page: int, found: Page, made: Made) -> dict[str, Any]:
    """A row of the results: one page of an item, the first is 1."""
    return {
        **_where(item, page), "width": found.size[0], "height": found.size[1], "dense": found.is_dense,
        "numbers": [_number(number) for number in found.numbers],
        "model": made.model, "model_version": made.model_version, "inkdigit": made.inkdigit,
    }  # fmt: skip


def reject(item: Item, page: int | None, error: InkdigitError, made: Made) -> dict[str, Any]:
    """A row of the rejects: an item, or one page of it, with the reason."""
    return {**_where(item, page), "kind": error.kind, "reason": str(error), "inkdigit": made.inkdigit}


def table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> bytes:
    """Rows as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink, compression="zstd")
    return sink.getvalue()


def _where(item: Item, page: int | None) -> dict[str, Any]:
    return {"id": item.id, "file": item.file, "row": item.row, "page": page}


def _number(number: Number) -> dict[str, Any]:
    digits = [
        {"value": one.value, "confidence": one.confidence, "sign": one.sign, "box": _box(one.box)}
        for one in number.digits
        if not one.is_blank
    ]
    return {
        "text": number.text, "written": number.written, "confidence": number.confidence, "printed": number.printed,
        "box": _box(number.box), "digits": digits,
    }  # fmt: skip


def _box(box: Box | None) -> dict[str, float] | None:
    return None if box is None else dict(zip(("left", "top", "right", "bottom"), box, strict=True))
