"""The tables are those that the steps of the migrations make, column for column."""

from __future__ import annotations

from sqlalchemy import create_engine
from storing import plain

import inkdigit
from inkdigit.store import store
from inkdigit.store.schema import HEAD, METADATA, VERSION_TABLE


def test_the_steps_lead_to_the_tables(store_settings: inkdigit.Settings) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    kept_ones = store.open(store_settings)
    kept_ones.keep(plain())
    engine = create_engine(kept_ones.place.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        found = compare_metadata(context, METADATA)
        assert context.get_current_revision() == HEAD
    engine.dispose()
    of_sqlite_alone = [one for one in found if one[0] == "add_index" and one[1].name == "drawings_words"]
    assert [one for one in found if one not in of_sqlite_alone] == []
    kept_ones.close()
