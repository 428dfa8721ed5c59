"""The table of numbers on pages, program by program; tables.py writes it to the pages."""

from __future__ import annotations

from typing import Any

from benchmarks.cells import figures, markdown

REAL = {"amounts": "real: amounts cut tight from cheques", "score card": "real: a score card on a dark table"}


def paper() -> str:
    """What each program reads on the same pages, by kind."""
    found = figures("paper")
    programs: dict[str, dict[str, Any]] = found["programs"]
    rows = [_row(kind, one) for kind, one in found["drawn"].items()]
    rows.append(_row("all drawn pages", _together(found["drawn"].values(), programs)))
    rows += [_row(REAL[name], one) for name, one in found["real"].items()]
    times = [_mean(found["drawn"].values(), name) for name in programs]
    rows.append(["time of a drawn page, one core", "", *_spread([f"{time:.2f} s" for time in times])])
    sizes = [f"{one['bytes'] / 1e6:.1f} MB" for one in programs.values()]
    rows.append(["size of its networks", "", *_spread(sizes)])
    head = ["pages", "numbers"]
    for name, one in programs.items():
        head += [f"{name} {one['version']}: right", "false, of these at 0.9 or more"]
    return markdown(head, rows)


def others() -> str:
    """The same in one row a program."""
    found = figures("paper")
    together = _together(found["drawn"].values(), found["programs"])
    written = next(iter(together.values()))["written"]
    rows = []
    for name, about in found["programs"].items():
        one = together[name]
        real = [f"{found['real'][kind][name]['right']} of {found['real'][kind][name]['written']}" for kind in REAL]
        rows.append(
            [
                f"{name} {about['version']}",
                f"{one['right'] / written:.1%}",
                f"{one['false']:,}, {one['sure_false']:,}",
                *real,
                f"{_mean(found['drawn'].values(), name):.2f} s",
                f"{about['bytes'] / 1e6:.1f} MB",
            ]
        )
    head = ["program", f"{written:,} numbers on drawn pages: right", "false, of these at 0.9 or more"]
    return markdown([*head, *REAL.values(), "time of a page, one core", "size of its networks"], rows)


def _row(name: str, one: dict[str, dict[str, int]]) -> list[str]:
    written = next(iter(one.values()))["written"]
    cells = []
    for found in one.values():
        cells += [f"{found['right'] / written:.1%}" if written else "", f"{found['false']:,}, {found['sure_false']:,}"]
    return [name, f"{written:,}", *cells]


def _together(kinds: Any, programs: Any) -> dict[str, dict[str, int]]:
    names = ("written", "right", "false", "sure_false")
    return {program: {name: sum(one[program][name] for one in kinds) for name in names} for program in programs}


def _mean(kinds: Any, program: str) -> float:
    """Seconds a page."""
    return float(sum(one[program]["milliseconds"] for one in kinds) / 1e3 / sum(one[program]["pages"] for one in kinds))


def _spread(cells: list[str]) -> list[str]:
    """Each in the first of a program's two columns."""
    return [text for cell in cells for text in (cell, "")]


def signs_on_pages() -> str:
    """What is told of numbers on pages beside their digits."""
    found = figures("paper_signs")
    rows = [
        [name, f"{one['all']:,}", f"{one['digits'] / one['all']:.1%}", f"{one['told']:,} of {one['digits']:,}"]
        for name, one in found["told"].items()
    ]
    first = markdown(["numbers on drawn pages", "", "digits right", "of these told as what they are"], rows)
    order = sorted(found["signs"].items(), key=lambda pair: -pair[1]["all"])
    rows = []
    for sign, one in order:
        name = "without signs" if sign == "none" else f"`{sign}`"
        rows.append([name, f"{one['all']:,}", f"{one['digits']:,}", f"{one['written']:,}"])
    return first + "\n\n" + markdown(["by hand, with", "", "digits right", "of these with just its signs"], rows)


def strange_kinds() -> str:
    """Kinds of page by networks that never saw their group, and by others that were trained as long on all."""
    rows = []
    for group, ways in figures("strange_kinds").items():
        pairs = list(zip(ways["strange"], ways["known"], strict=True))
        rows += [_both(strange["kind"], strange, known) for strange, known in pairs]
        names = ("written", "right", "sure", "false", "sure_false")
        strange, known = ({name: sum(one[name] for one in ways[way]) for name in names} for way in ("strange", "known"))
        rows.append(_both(f"all {group}", strange, known))
    head = ["pages", "numbers"]
    for way in ("never seen", "seen"):
        head += [f"{way}: right", "false", "given at 0.9 or more, of these false"]
    return markdown(head, rows)


def _both(name: str, strange: dict[str, Any], known: dict[str, Any]) -> list[str]:
    cells = []
    for one in (strange, known):
        sure = one["sure"] + one["sure_false"]
        cells += [f"{one['right'] / one['written']:.1%}", f"{one['false']:,}", f"{sure:,}, {one['sure_false']:,}"]
    return [name, f"{strange['written']:,}", *cells]
