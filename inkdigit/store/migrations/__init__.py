"""Steps from one version of the store to the next, run by Alembic when a store is older than the program."""
