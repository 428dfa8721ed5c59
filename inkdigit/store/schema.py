"""The tables of the store. What is searched stands apart from what is large, so that a search reads few pages.

A change here needs a step in migrations/versions/ and a new HEAD; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

HEAD = "0003"  # the newest step of migrations/versions/
VERSION_TABLE = "inkdigit_version"  # a name of our own: a PostgreSQL database may hold other programs' tables too
METADATA = MetaData()
LABELLED = 1 << 11  # in `holds`: a person labelled a digit of it

_ID = BigInteger().with_variant(Integer, "sqlite")  # only a column of this very type counts up by itself there


def _of_drawing(primary_key: bool = False) -> Column[int]:
    owner = ForeignKey("drawings.id", ondelete="CASCADE")
    return Column("drawing_id", _ID, owner, primary_key=primary_key, nullable=False)


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


drawings = Table(
    "drawings",
    METADATA,
    Column("id", _ID, primary_key=True),  # grows, and is never used again: the order of the gallery
    Column("key", String(32), nullable=False, unique=True),
    Column("made_at", BigInteger, nullable=False),  # milliseconds since 1970 UTC
    Column("title", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("written", Text, nullable=False, server_default=""),  # the text with its signs
    Column("confidence", Double, nullable=False),
    Column("model", Text, nullable=False),
    Column("model_commit", Text, nullable=False),
    Column("correct", Text),
    Column("wrong", Boolean, nullable=False),
    Column("holds", Integer, nullable=False),  # one bit a known digit 0 to 10, and LABELLED
    Column("words", Text, nullable=False),  # what a search for text looks at, in small letters
    Column("deleted_at", BigInteger),
    # One small index, walked in the order of the gallery, answers every question but that for a text: with an index a
    # question, the databases fetched and sorted half of all rows (300 ms where this takes 20). SQLite leaves the rows
    # alone only where every column asked for is in the index, deleted_at too.
    _partial("drawings_searched", "deleted_at IS NULL", "id", "made_at", "confidence", "wrong", "holds", "deleted_at"),
    # PostgreSQL reads the table as fast, and takes no long texts into an index.
    _partial("drawings_words", "deleted_at IS NULL", "id", "words", "deleted_at").ddl_if(dialect="sqlite"),
    sqlite_autoincrement=True,
)

contents = Table(
    "contents",
    METADATA,
    _of_drawing(primary_key=True),
    Column("strokes", Text),  # JSON, or NULL for a picture
    Column("picture", LargeBinary),  # PNG, or NULL for ink
    Column("thumbnail", LargeBinary, nullable=False),
)

digits = Table(
    "digits",
    METADATA,
    Column("id", _ID, primary_key=True),
    _of_drawing(),
    Column("place", Integer, nullable=False),
    Column("sign", Text, nullable=False, server_default=""),  # of a mark that was read as one; it is no digit
    Column("value", SmallInteger),
    Column("confidence", Double, nullable=False),
    Column("correct", SmallInteger),
    Column("box", Text),  # JSON
    Column("glyph", LargeBinary, nullable=False),
    Index("digits_place", "drawing_id", "place", unique=True),
    _partial("digits_labelled", "correct IS NOT NULL", "drawing_id"),
    sqlite_autoincrement=True,
)

tags = Table(
    "tags",
    METADATA,
    _of_drawing(primary_key=True),
    Column("name", Text, primary_key=True),
    Index("tags_name", "name", "drawing_id"),
)

revisions = Table("revisions", METADATA, Column("number", BigInteger, nullable=False))  # one row; each write adds 1
