"""Puts small faults into the code, one at a time, and counts those that the tests notice.

python -m benchmarks.mutants [--each 60] [--seed 1] [--workers 2]   writes results/mutants.json; 20 minutes on 2 cores

The faults are those of Cosmic Ray's operators (https://cosmic-ray.readthedocs.io): a comparison shifted by one, an
operator or a number replaced, a condition turned over, a loop left out, a decorator gone. `--each` of them are drawn
from every area of AREAS with a seed. Of each, the tests that run its line are run (as coverage.py recorded them), the
fast ones first; a fault that none of them notices survives. Those that change nothing that anybody could see are named,
with the reason, in equivalent_mutants.json, by the line and what became of it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from coverage import CoverageData

from benchmarks import RESULTS
from inkdigit.evaluation.report import write

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")
AREAS = {
    "the path": ("inkdigit/ink", "inkdigit/recognition", "inkdigit/reader.py"),
    "the web's guards": ("inkdigit/web",),
    "the store": ("inkdigit/store",),
    "the exchange": ("inkdigit/exchange",),
}
NOT_SHOWN = (
    "tests/web/test_axe.py",
    "tests/desktop",
    "tests/training",
    "tests/test_notebooks.py",
    "tests/test_docs.py",
)
FROZEN = "tests/test_habits.py::test_values_that_are_passed_on_cannot_be_changed"  # what runs on import, too
_LEFT_OUT = re.compile("migrations/|__init__")
_FAMILIES = re.compile(
    r"core/(ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|BitOr_BitAnd|BitAnd_BitOr"
    r"|LShift_RShift|Pow_Mul)|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE"
    r"|GtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)|ReplaceUnaryOperator_(USub_UAdd|Delete_Not)|AddNot|ReplaceTrueWithFalse"
    r"|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd|ReplaceBreakWithContinue|ReplaceContinueWithBreak"
    r"|NumberReplacer|RemoveDecorator|ZeroIterationForLoop)"
)
_LONGEST = 45.0  # s of tests that are run for one fault
_TIMEOUT = 120  # s, after which the fault counts as noticed: the tests do not end


@dataclass(frozen=True)
class Mutant:
    """One fault: in `path` at `line`, the text before and after it."""

    area: str
    path: str
    line: int
    operator: str
    before: str
    after: str
    content: str

    def to_json(self) -> dict[str, Any]:
        """Without the content of the file."""
        names = ("area", "path", "line", "operator", "before", "after")
        return {name: getattr(self, name) for name in names}


def main() -> None:
    """Draws, runs and counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--recorded", type=Path, help="folder in which a recording is kept for the next time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        recorded = given.recorded or Path(scratch)
        tests = Tests.read(recorded) if (recorded / "durations.txt").is_file() else record(recorded)
        chosen = [one for area in AREAS for one in drawn(area, given.each, given.seed)]
        trees: Queue[Path] = Queue()
        for number in range(given.workers):
            trees.put(copied(Path(scratch) / f"tree{number}"))
        with ThreadPoolExecutor(given.workers) as pool:
            noticed = list(pool.map(lambda one: shown(one, tests, trees), chosen))
    write(RESULTS / "mutants.json", " ".join(["python -m benchmarks.mutants", *sys.argv[1:]]), counted(chosen, noticed))


def counted(chosen: Sequence[Mutant], noticed: Sequence[bool]) -> dict[str, Any]:
    """The score of each area and of all; those that survived, and those that are named as equivalent."""
    named = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    same = {(one["path"], one["before"], one["after"]): one["reason"] for one in named}
    rows: list[dict[str, Any]] = []
    for area in [*AREAS, "all"]:
        of = [(one, seen) for one, seen in zip(chosen, noticed, strict=True) if area in (one.area, "all")]
        equal = sum((one.path, one.before, one.after) in same and not seen for one, seen in of)
        killed = sum(seen for _, seen in of)
        rows.append({"area": area, "mutants": len(of), "noticed": killed, "equivalent": equal})
    left = [one for one, seen in zip(chosen, noticed, strict=True) if not seen]
    return {
        "areas": rows,
        "survivors": [one.to_json() for one in left if (one.path, one.before, one.after) not in same],
        "equivalent": [
            one.to_json() | {"reason": same[one.path, one.before, one.after]}
            for one in left
            if (one.path, one.before, one.after) in same
        ],
    }


@dataclass(frozen=True)
class Tests:
    """Which tests run a line, and how long each takes."""

    lines: dict[str, dict[int, set[str]]]
    seconds: dict[str, float]

    @classmethod
    def read(cls, folder: Path) -> Tests:
        """From the data of coverage.py and the durations that pytest printed."""
        data = CoverageData(str(folder / "coverage"))
        data.read()
        lines: dict[str, dict[int, set[str]]] = {}
        for path in data.measured_files():
            name = path[path.rindex("/inkdigit/") + 1 :]
            for line, contexts in data.contexts_by_lineno(path).items():
                found = {context.partition("|")[0].partition("[")[0] for context in contexts if context}
                lines.setdefault(name, {}).setdefault(line, set()).update(found)
        seconds: dict[str, float] = {}
        for taken, name in re.findall(
            r"^([\d.]+)s \w+ +(tests/\S+?)(?:\[.*)?$", (folder / "durations.txt").read_text(), re.M
        ):
            seconds[name] = seconds.get(name, 0.0) + float(taken)
        return cls(lines, seconds)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run its line, or of lines that run on import, its file: fast ones first, within _LONGEST."""
        at = self.lines.get(mutant.path, {})
        found = at.get(mutant.line, set()) or {test for tests in at.values() for test in tests}
        mirrored = [str(path) for path in mirrors(mutant.path)]
        own = sorted(found, key=lambda test: (not test.startswith(tuple(mirrored)), self.seconds.get(test, 0.0)))
        chosen, total = [], 0.0
        for test in own:
            total += self.seconds.get(test, 0.0)
            if total < _LONGEST:
                chosen.append(test)
        return (chosen or mirrored) + ([] if at.get(mutant.line) else [FROZEN])


def mirrors(path: str) -> list[str]:
    """The test files of a file of the package: tests/ mirrors it."""
    stem = path.removeprefix("inkdigit/").removesuffix(".py")
    room, _, name = stem.rpartition("/")
    return [str(one.relative_to(ROOT)) for one in sorted((ROOT / "tests" / room).glob(f"test_{name}*.py"))]


def record(folder: Path) -> Tests:
    """Runs the tests once in this process's tree, and notes which of them runs which line."""
    folder.mkdir(parents=True, exist_ok=True)
    print("recording which test runs which line ...", file=sys.stderr, flush=True)
    unwanted = [f"--ignore={name}" for name in NOT_SHOWN]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-m",
        "not browser",
        "--cov=inkdigit",
        "--cov-context=test",
    ]
    options = ["--cov-report=", "--durations=0", "-vv", "-p", "no:cacheprovider", *unwanted, "tests"]
    environment = {**os.environ, "COVERAGE_FILE": str(folder / "coverage")}
    done = subprocess.run([*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Expected tests that pass before a fault is put in, got:\n{done.stdout[-3000:]}")
    (folder / "durations.txt").write_text(done.stdout)
    return Tests.read(folder)


def copied(tree: Path) -> Path:
    """A copy of what git tracks, with nothing of the surroundings."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    return tree


def drawn(area: str, count: int, seed: int) -> list[Mutant]:
    """Faults of an area: lines at random, then one of the faults that the line can have."""
    places: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for path in files(area):
        for line, fault in possible(path.read_text(encoding="utf-8")):
            places.setdefault((str(path.relative_to(ROOT)), line), []).append(fault)
    chooser = random.Random(f"{seed} {area}")
    chosen = chooser.sample(sorted(places), min(count, len(places)))
    return [made(area, path, *chooser.choice(places[path, line])) for path, line in chosen]


def files(area: str) -> list[Path]:
    """The files of an area."""
    found = [
        one for name in AREAS[area] for one in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    return sorted(path for path in found if not _LEFT_OUT.search(str(path.relative_to(ROOT))))


def possible(code: str) -> Iterator[tuple[int, tuple[str, int]]]:
    """(line, (operator, occurrence)) of every fault, but for those in annotations, which nothing evaluates."""
    nodes = list(ast_nodes(get_ast(code)))
    idle = set(unevaluated(ast.parse(code)))
    for name in filter(_FAMILIES.fullmatch, plugins.operator_names()):
        operator = plugins.get_operator(name)()
        positions = [place for node in nodes for place in operator.mutation_positions(node)]
        yield from ((start[0], (name, at)) for at, (start, _) in enumerate(positions) if tuple(start) not in idle)


def made(area: str, path: str, name: str, occurrence: int) -> Mutant:
    """The fault, put in."""
    code = (ROOT / path).read_text(encoding="utf-8")
    content = mutate_code(code, plugins.get_operator(name)(), occurrence)
    old, new = code.splitlines(), content.splitlines()
    at = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(new) - 1)
    return Mutant(area, path, at + 1, name, old[at].strip(), new[at].strip(), content)


def unevaluated(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """(line, column) of every place within an annotation, or within what only type checkers see."""
    spans: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation is not None:
            spans.append(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            spans.append(node.returns)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            spans.append(node)
    for span in spans:
        for node in ast.walk(span):
            if hasattr(node, "lineno"):
                for line in range(node.lineno, node.end_lineno + 1):  # type: ignore[attr-defined]
                    first = node.col_offset if line == node.lineno else 0  # type: ignore[attr-defined]
                    last = node.end_col_offset if line == node.end_lineno else 200  # type: ignore[attr-defined]
                    yield from ((line, column) for column in range(first, last))


def shown(mutant: Mutant, tests: Tests, trees: Queue[Path]) -> bool:
    """Whether a test notices it."""
    tree = trees.get()
    path = tree / mutant.path
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutant.content, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "0",
            *tests.of(mutant),
        ]
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            code = 1
        else:
            code = done.returncode
            said = done.stdout + done.stderr
            imported = "ERROR collecting" not in said and "while loading conftest" not in said
            if code == 5 or (code == 4 and imported):
                sys.exit(f"Expected tests to run, got none for {mutant.path}:{mutant.line}:\n{said[-3000:]}")
    finally:
        path.write_text(before, encoding="utf-8")
        trees.put(tree)
    print(
        "noticed " if code else "SURVIVED",
        f"{mutant.path}:{mutant.line}",
        f"{mutant.before}  ->  {mutant.after}",
        flush=True,
    )
    return code != 0


if __name__ == "__main__":
    main()
