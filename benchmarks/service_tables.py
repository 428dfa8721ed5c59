"""The tables about the service: requests a second, a soak, faults survived; tables.py writes them to the pages."""

from __future__ import annotations

from benchmarks.cells import figures, markdown

WAYS = {
    "glyph": ("a glyph of 784 bytes to `/api/digits`", 0.8),
    "digit": ("a drawing, 280 x 280 PNG, to `/api/digits`", 0.35),
    "page": ("the same to `/api/read`", 0.2),
}


def service() -> str:
    """Requests a second beside the shortest application of the same network."""
    found = figures("serving")
    bare = found["bare"]
    counts = [name for name in bare if name.isdecimal()]
    rows = [_row("the shortest application", "1", bare, bare, counts, "")]
    rows += [
        _row(what, workers, found[f"{way}, {workers}"], bare, counts, f"{target:g}" if workers == "1" else "")
        for way, (what, target) in WAYS.items()
        for workers in ("1", "2")
    ]
    head = ["what", "workers", *(f"requests a second, {count}" for count in counts), "of the shortest", "asked",
            "median / 99 % at 32", "memory"]  # fmt: skip
    return markdown(head, rows)


def _row(what: str, workers: str, own: dict, bare: dict, counts: list[str], target: str) -> list[str]:  # type: ignore[type-arg]
    rates = [own[count]["requests a second"] for count in counts]
    shares = [rate / bare[count]["requests a second"] for rate, count in zip(rates, counts, strict=True)]
    last = own[counts[-1]]
    return [
        what,
        workers,
        *(f"{rate:,.0f}" for rate in rates),
        " / ".join(f"{share:.2f}" for share in shares),
        target,
        f"{last['median']:.0f} / {last['99 %']:.0f} ms",
        f"{own['megabytes']['all']} MB",
    ]


def survived() -> str:
    """What was killed under load, and what came of it."""
    found = figures("faults")["killed under load"]
    return markdown(["in a time of killing", "count"], [[what, f"{count:,}"] for what, count in found.items()])


def crowded() -> str:
    """Answers beside connections that say nothing."""
    rows = [
        [
            limit,
            f"{one['connections opened']:,}",
            f"{one['file handles of the server']:,}",
            ", ".join(f"{count} x {status}" for status, count in one["answers"].items()),
            f"{one['median ms']:.0f} ms",
            f"{one['slowest ms']:.0f} ms",
            f"{one['megabytes more']} MB",
        ]
        for limit, one in figures("faults")["idle connections"].items()
    ]
    head = ["limit", "opened", "file handles", "answers beside them", "median", "slowest", "memory more"]
    return markdown(head, rows)


def soaked() -> str:
    """Memory over a steady load."""
    found = figures("soak")
    rows = [[what, str(value)] for what, value in found.items() if not isinstance(value, (dict, list))]
    rows.append(["answers", ", ".join(f"{count:,} x {status}" for status, count in found["by status"].items())])
    return markdown(["soak", "measured"], rows)
