"""The tables about the service: requests a second, a soak, faults survived, inputs tried; tables.py writes them."""

from __future__ import annotations

import re

from benchmarks.cells import figures, markdown

WAYS = {
    "glyph": ("a glyph of 784 bytes to `/api/digits`", 0.8),
    "digit": ("a drawing, 280 x 280 PNG, to `/api/digits`", 0.35),
    "page": ("the same to `/api/read`", 0.2),
}
_FLAT = 1.02  # times what it needed at most in the first fifth of the time, in the last
_KILLS, _TRIED = 1_000, 1_000_000
_OF_A_STORE = ("kills", "confirmed", "lost", "doubled", "kept and not confirmed", "integrity")


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


def together() -> str:
    """What a glyph costs the network where it is asked for several at once, beside a whole picture."""
    found = figures("reading")
    rows = [
        [f"the network, {match[1]} at once: each glyph", f"{1e3 * one['median'] / int(match[1]):.3f} ms"]
        for name, one in found.items()
        if (match := re.fullmatch(r"the network alone, (\d+) glyphs", name))
    ]
    rows.insert(0, ["the network, one glyph", f"{1e3 * found['the network alone, one glyph']['median']:.3f} ms"])
    whole = 1e3 * found["Reader.digit, 280x280 grey array"]["median"]
    rows.append(["all of a picture of 280x280 but its decoding, one at a time", f"{whole:.3f} ms"])
    return markdown(["one core", "median"], rows)


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


def asked() -> str:
    """Each figure beside what was asked of it, and whether that is reached: at the most connections, on both cores."""
    found, faults, soak = figures("serving"), figures("faults"), figures("soak")
    most = max((name for name in found["bare"] if name.isdecimal()), key=int)
    bare = found["bare"][most]["requests a second"]
    shares = {way: found[f"{way}, 2"][most]["requests a second"] / bare for way in WAYS}
    rows = [
        _verdict(f"{what}: part of what the shortest does", f"{shares[way]:.2f}", f"{least:g}", shares[way] >= least)
        for way, (what, least) in WAYS.items()
    ]
    late = max(one[most]["99 %"] / one[most]["median"] for one in found.values())
    rows.append(_verdict("the slowest of a hundred answers: times the median", f"{late:.1f}", "under 5", late < 5))
    fifth = len(soak["megabytes over time"]) // 5
    first, last = (max(soak["megabytes over time"][part]) for part in (slice(fifth), slice(-fifth, None)))
    what = f"most memory in the first and the last fifth of {soak['minutes']:g} minutes of a steady load"
    rows.append(_verdict(what, f"{first} and {last} MB", "flat", last <= _FLAT * first))
    opened = max(one["connections opened"] for one in faults["idle connections"].values())
    others = {status for one in faults["idle connections"].values() for status in one["answers"]} - {"200"}
    rows.append(_verdict("connections that say nothing, all others answered", f"{opened:,}", "10,000", not others))
    for store, one in figures("kills").items():
        got = f"{one['lost']} and {one['doubled']} of {one['confirmed']:,}"
        right = one["kills"] >= _KILLS and not one["lost"] + one["doubled"]
        rows.append(
            _verdict(f"lost and doubled, {store}, a writer killed {one['kills']:,} times", got, "0 and 0", right)
        )
    tried = sum(one["executions"] for one in figures("fuzz").values())
    rows.append(_verdict("inputs tried by the fuzzer", f"{tried:,}", f"{_TRIED:,}", tried >= _TRIED))
    return markdown(["what", "measured", "asked", "reached"], rows)


def _verdict(what: str, measured: str, wanted: str, reached: bool) -> list[str]:
    return [what, measured, wanted, "yes" if reached else "no"]


def fuzzed() -> str:
    """Inputs tried of each kind, and what they found."""
    rows = []
    for kind, one in figures("fuzz").items():
        mended = sum(found["mended"] for found in one["found"])
        found = f"{len(one['found'])}, of which {mended} mended" if one["found"] else "0"
        rate = f"{one['executions'] / one['seconds']:,.0f}"
        rows.append(
            [
                kind,
                f"{one['executions']:,}",
                f"{one['seconds']:,} s",
                rate,
                f"{one['corpus']}",
                f"{one['edges']:,}",
                found,
            ]
        )
    return markdown(["kind", "inputs", "in", "a second", "kept", "branches of our code", "promises broken"], rows)


def killed() -> str:
    """Writers of the store, killed in the midst of it."""
    rows = [
        [store, *(str(one[name]) if isinstance(one[name], str) else f"{one[name]:,}" for name in _OF_A_STORE)]
        for store, one in figures("kills").items()
    ]
    return markdown(["store", *_OF_A_STORE], rows)


def soaked() -> str:
    """Memory over a steady load."""
    found = figures("soak")
    rows = [[what, str(value)] for what, value in found.items() if not isinstance(value, (dict, list))]
    rows.append(["answers", ", ".join(f"{count:,} x {status}" for status, count in found["by status"].items())])
    return markdown(["soak", "measured"], rows)
