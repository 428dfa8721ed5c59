"""The tables about batch jobs: what was measured, and what follows for a million and a billion; for docs/scale.md."""

from __future__ import annotations

from benchmarks.cells import figures, markdown

PRICE = 0.04  # dollars for an hour of one core: an assumption, near what clouds ask for machines of many cores
NIGHT = 8  # hours
_COUNTS = {"a million": 10**6, "a billion": 10**9}


def batch() -> str:
    """Rates of a plain loop, of one node and of two, and the ratios."""
    found = figures("batch")
    rows = [[name, f"{rate:,.0f} a second", ""] for name, rate in found["pictures a second"].items()]
    rows += [
        ["overhead of one node over the loop", f"{found['overhead of one node over the loop']:.1%}", "under 15 %"],
        ["the same in processor time", f"{found['the same in processor time']:.1%}", ""],
        ["the same of the whole commands, with their start", f"{found['the same of the whole commands']:.1%}", ""],
        ["two nodes as fast as one", f"{found['two nodes as one']:.2f} times", "at least 1.6 times"],
        [
            "a job of one picture: a cluster started and ended",
            f"{found['seconds of a job of one picture, its own cluster started and ended']:.0f} s",
            "",
        ],
        ["programs that wanted the same two cores", f"{found['others that wanted the processors']:.0f}", ""],
    ]
    return markdown([f"{found['pictures']:,} pictures of one digit, a core a node", "measured", "target"], rows)


def scale() -> str:
    """Cores, hours and money, from processor time."""
    found = figures("batch")
    rows = []
    for name, count in _COUNTS.items():
        for what, seconds in (
            ("pictures of one digit", found["processor seconds a picture"]),
            ("pages", found["processor seconds a page"]),
        ):
            hours = count * seconds / 3600
            cores = max(1, round(hours / NIGHT))
            rows.append(
                [f"{name} {what}", f"{hours:,.1f}", f"{cores:,}", f"{hours / 1000:,.2f}", f"${hours * PRICE:,.2f}"]
            )
    head = ["what", "core-hours", f"cores for a night of {NIGHT} hours", "hours on 1,000 cores", "money"]
    return markdown(head, rows)


def work() -> str:
    """Processor time of one."""
    found = figures("batch")
    rows = [
        ["a picture of one digit, 280x280 PNG", f"{found['processor seconds a picture'] * 1e3:.2f} ms"],
        ["a page, A4 with 12 numbers, PNG", f"{found['processor seconds a page'] * 1e3:,.0f} ms"],
        ["an hour of one core (an assumption)", f"${PRICE}"],
    ]
    return markdown(["processor time, decoding and writing and all", ""], rows)
