"""What was read as it was written, with points, signs, gaps and rows: "-3.14"."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the column; of a drawing that is kept already it is the digits alone."""
    op.add_column("drawings", sa.Column("written", sa.Text, nullable=False, server_default=""))
    op.execute(sa.text("UPDATE drawings SET written = text"))
