"""Which column of a Parquet file holds the pictures, and which their ids."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from inkdigit.errors import BatchError

_IDS = ("id", "key", "__key__")
_BYTES = "bytes"  # the field of a column of pictures, as Hugging Face writes them: {bytes, path}


@dataclass(frozen=True)
class Columns:
    """The columns that were asked for; "" chooses.

    Attributes:
        picture: of bytes, or of records with a field "bytes".
        id: of anything that can be written as text.
    """

    picture: str = ""
    id: str = ""


def chosen(schema: pa.Schema, asked: Columns, name: str) -> tuple[str, str]:
    """The columns of pictures and of ids; "" where there is none of ids.

    Args:
        name: the file's, for errors.

    Raises:
        BatchError: there is no such column, no column of bytes, or several to choose from.
    """
    usable = [field.name for field in schema if _holds_bytes(field.type)]
    for wanted, there in ((asked.picture, usable), (asked.id, schema.names)):
        if wanted and wanted not in there:
            what = "of bytes " if wanted == asked.picture else ""
            got = f"{name} with the columns {_shown(schema)}"
            raise BatchError(f"a column {what}named {wanted}", got, "Name another one")
    ids = [one for one in _IDS if one in schema.names]
    likely = [one for one in usable if one not in ids] or usable
    if not usable or (not asked.picture and len(likely) > 1):
        got = f"{name} with the columns {_shown(schema)}"
        raise BatchError(
            "one column of bytes", got, "Name it with --column" if usable else "Write the pictures into it"
        )
    return asked.picture or likely[0], asked.id or (ids[0] if ids else "")


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind):
        return any(field.name == _BYTES and _holds_bytes(field.type) for field in kind)
    views = pa.types.is_binary_view(kind)
    return bool(
        views or pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _shown(schema: pa.Schema) -> str:
    shown = [f"{field.name} ({str(field.type)[:40]})" for field in schema][:20]
    return ", ".join(shown) or "none"


def content(cell: object) -> bytes | None:
    """The bytes of a cell; None where it is empty."""
    found = cell.get(_BYTES) if isinstance(cell, dict) else cell
    return found if isinstance(found, bytes) else None
