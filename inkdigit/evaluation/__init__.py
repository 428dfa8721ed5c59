"""A reader and labelled sets come in; counts, times, and the files that published figures come from go out."""
