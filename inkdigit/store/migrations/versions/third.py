"""The signs between the digits, as marks of their own: a sign that was a digit teaches that digit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the column; of a drawing that is kept already no sign is known as a mark."""
    op.add_column("digits", sa.Column("sign", sa.Text, nullable=False, server_default=""))
