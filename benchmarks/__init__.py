"""Scripts that measure what we publish. Each writes results/NAME.json; `make bench` runs them all."""

from pathlib import Path

RESULTS = Path(__file__).parent / "results"
