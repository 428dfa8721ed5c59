from __future__ import annotations

import pyarrow as pa
import pytest

from inkdigit.batch.columns import Columns, chosen, content
from inkdigit.errors import BatchError

BYTES = pa.binary()
HUGGING_FACE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.mark.parametrize(
    "kind", [BYTES, pa.large_binary(), pa.binary(784), pa.dictionary(pa.int32(), BYTES), HUGGING_FACE]
)
def test_the_only_column_of_bytes_is_the_pictures(kind: pa.DataType) -> None:
    schema = pa.schema([("name", pa.string()), ("scan", kind)])
    assert chosen(schema, Columns(), "t") == ("scan", "")


@pytest.mark.parametrize("name", ["id", "key", "__key__"])
def test_ids_are_found_by_their_name_even_where_they_are_bytes(name: str) -> None:
    assert chosen(pa.schema([(name, BYTES), ("scan", BYTES)]), Columns(), "t") == ("scan", name)


def test_a_column_that_is_named_is_taken() -> None:
    schema = pa.schema([("a", BYTES), ("b", BYTES), ("slip", pa.int64()), ("id", pa.int64())])
    assert chosen(schema, Columns("b", "slip"), "t") == ("b", "slip")


@pytest.mark.parametrize(
    ("asked", "columns", "said"),
    [
        (Columns(), {"a": pa.string(), "n": pa.int64()}, r"one column of bytes, got t with .* n \(int64\)"),
        (Columns(), {"a": BYTES, "b": BYTES}, r"one column of bytes, .* Name it with --column"),
        (Columns("a"), {"a": pa.string()}, "a column of bytes named a, got t with the columns a"),
        (Columns("z"), {"a": BYTES}, "a column of bytes named z"),
        (Columns("", "z"), {"a": BYTES}, "a column named z"),
        (Columns(), {"a": pa.struct([("path", pa.string())])}, "one column of bytes"),
        (Columns(), {}, "with the columns none"),
    ],
)  # fmt: skip
def test_a_file_without_the_right_column_says_which_it_has(
    asked: Columns, columns: dict[str, pa.DataType], said: str
) -> None:
    with pytest.raises(BatchError, match=said):
        chosen(pa.schema(columns), asked, "t")


def test_the_bytes_of_a_cell() -> None:
    assert content(b"x") == content({"bytes": b"x", "path": "a.png"}) == b"x"
    assert content(None) is content({"bytes": None, "path": "a.png"}) is None
