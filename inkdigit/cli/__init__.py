"""A command line comes in; readings, tables and an exit code go out."""
