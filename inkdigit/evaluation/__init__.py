"""The evaluation room: counts, times, and the files that the published figures come from."""
