"""The first version of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _partial(name: str, table: str, where: str, *columns: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "drawings",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_commit", sa.Text, nullable=False),
        sa.Column("correct", sa.Text),
        sa.Column("wrong", sa.Boolean, nullable=False),
        sa.Column("holds", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    searched = ("id", "made_at", "confidence", "wrong", "holds", "deleted_at")
    _partial("drawings_searched", "drawings", "deleted_at IS NULL", *searched)
    if op.get_bind().dialect.name == "sqlite":
        _partial("drawings_words", "drawings", "deleted_at IS NULL", "id", "words", "deleted_at")
    op.create_table(
        "contents",
        sa.Column("drawing_id", _ID, sa.ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("strokes", sa.Text),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "digits",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("drawing_id", _ID, sa.ForeignKey("drawings.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("value", sa.SmallInteger),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("correct", sa.SmallInteger),
        sa.Column("box", sa.Text),
        sa.Column("glyph", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("digits_place", "digits", ["drawing_id", "place"], unique=True)
    _partial("digits_labelled", "digits", "correct IS NOT NULL", "drawing_id")
    op.create_table(
        "tags",
        sa.Column("drawing_id", _ID, sa.ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
    )
    op.create_index("tags_name", "tags", ["name", "drawing_id"])
    revisions = op.create_table("revisions", sa.Column("number", sa.BigInteger, nullable=False))
    op.bulk_insert(revisions, [{"number": 0}])
