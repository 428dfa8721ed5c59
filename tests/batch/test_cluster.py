"""Whole jobs on Ray: what is lost on the way, a node or the program itself, and what is there at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import shelves
from drawn import encoded, written
from waiting import PATIENCE

from benchmarks import nodes

SHEET = encoded(written("4071", "268"))
LONG = 30 * PATIENCE  # s; a whole job, on a machine that others use too


def started(source: Path, out: Path, *flags: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own, with small parts."""
    command = [sys.executable, "-m", "inkdigit", "batch", str(source), "--out", str(out), *flags]
    small = {"INKDIGIT_BATCH_PAGES": "1", "INKDIGIT_BATCH_DIGITS": "7"}
    return subprocess.Popen(
        command, env={**os.environ, **small, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def parts(out: Path) -> int:
    return len(list((out / "results").glob("part-*"))) if (out / "results").exists() else 0


@pytest.fixture
def shelf(tmp_path: Path) -> tuple[Path, Counter[str]]:
    """Sheets of every kind of source, some bad; and each id that must come out, once."""
    source = tmp_path / "in"
    for place in range(12):
        (source / "loose").mkdir(parents=True, exist_ok=True)
        (source / "loose" / f"{place:02}.png").write_bytes(SHEET)
    (source / "loose" / "bad.png").write_bytes(b"seven")
    content = shelves.tar(source / "a.tar", {f"{place:02}.png": SHEET for place in range(12)})
    shelves.tar(source / "cut.tar", {"0.png": SHEET, "1.png": SHEET})
    (source / "cut.tar").write_bytes(content[: 512 + -(-len(SHEET) // 512) * 512 + 700])
    shelves.parquet(source / "t.parquet", 5, id=[f"row {at}" for at in range(12)], picture=[SHEET] * 11 + [None])
    ids = [f"loose/{place:02}.png" for place in range(12)] + [f"a.tar/{place:02}.png" for place in range(12)]
    ids += ["loose/bad.png", "cut.tar/00.png", "cut.tar/01.png", "cut.tar", *(f"row {at}" for at in range(12))]
    return source, Counter(ids)


BAD = ["loose/bad.png", "cut.tar/01.png", "cut.tar", "row 11"]


def check(out: Path, ids: Counter[str]) -> None:
    """Every item is there once, read right or rejected."""
    results, rejects = shelves.written(out)
    assert shelves.seen(out) == ids
    assert sorted(row["id"] for row in rejects) == sorted(BAD)
    assert {tuple(number["text"] for number in row["numbers"]) for row in results} == {("4071", "268")}


@pytest.fixture(scope="module")
def cluster() -> Iterator[nodes.Nodes]:
    """Two nodes with a core each. The test that kills one stands last."""
    with nodes.running([1, 1]) as found:
        yield found


def test_a_machine_with_another_model_ends_the_job_in_our_words(tmp_path: Path, cluster: nodes.Nodes) -> None:
    shelves.digits(tmp_path / "in", 2)
    code = """
import sys
from inkdigit.batch import job, run
from inkdigit.settings import Settings
from dataclasses import replace
source, out, address = sys.argv[1:]
begin = job.begin
def elsewhere(*given):
    mine, files, more = begin(*given)
    return replace(mine, made=replace(mine.made, model_version="another")), files, more
job.begin = elsewhere
try:
    run.run(job.Asked(source), out, Settings(), address)
except Exception as error:
    print(type(error).__name__, error)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "out"), cluster.address]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(cluster.environment))
    assert done.stdout.startswith("BatchError Expected Made(model='western', model_version='another'"), done.stderr
    assert "Install the same version and model there." in done.stdout


def test_a_job_that_is_killed_goes_on_where_it_was(
    shelf: tuple[Path, Counter[str]], tmp_path: Path, cluster: nodes.Nodes
) -> None:
    source, ids = shelf
    out = tmp_path / "out"
    first = started(source, out, "--address", cluster.address, **cluster.environment)
    nodes.until(lambda: parts(out) >= 3 or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    _, complained = first.communicate()
    assert first.returncode == -signal.SIGKILL, complained
    before = {path.name: path.stat().st_mtime_ns for path in (out / "results").glob("part-*")}
    second = started(source, out, "--address", cluster.address, **cluster.environment)
    said, complained = second.communicate(timeout=LONG)
    assert second.returncode == 0, complained
    assert said.splitlines()[-1] == f"40 items, 36 pages in {out}/results, 4 in {out}/rejects"
    assert [line for line in complained.splitlines() if " read, " not in line] == []
    check(out, ids)
    for name, written_at in before.items():
        assert (out / "results" / name).stat().st_mtime_ns == written_at, "it was read again"
    third = started(source, out)
    assert third.communicate(timeout=LONG)[0].startswith("Nothing left to do: 40 items")


def test_a_node_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    shelf: tuple[Path, Counter[str]], tmp_path: Path, cluster: nodes.Nodes
) -> None:
    source, ids = shelf
    out = tmp_path / "out"
    job = started(source, out, "--address", cluster.address, **cluster.environment)
    nodes.until(lambda: (parts(out) >= 3 and bool(cluster.workers(1))) or job.poll() is not None)
    assert job.poll() is None, job.communicate()
    cluster.raylet(1).kill()
    said, complained = job.communicate(timeout=LONG)
    assert job.returncode == 0, complained
    assert said.splitlines()[-1] == f"40 items, 36 pages in {out}/results, 4 in {out}/rejects"
    check(out, ids)


def test_a_cluster_of_our_own_is_started_and_ended(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 10)
    job = started(tmp_path / "in", tmp_path / "out", "--single", "--workers", "1")
    said, complained = job.communicate(timeout=LONG)
    assert job.returncode == 0, complained
    assert [line for line in complained.splitlines() if " read, " not in line] == []
    assert said == f"10 items, 10 pages in {tmp_path}/out/results, 0 in {tmp_path}/out/rejects\n"


@pytest.mark.parametrize("own", [True, False])
def test_a_cluster_of_our_own_has_a_secret_that_is_made_for_it(tmp_path: Path, own: bool) -> None:
    """Whoever reaches the ports of a cluster without one runs code on it."""
    (tmp_path / "ray" / "data").mkdir(parents=True)
    for package in ("ray", "ray/data"):  # in place of Ray, which takes seconds to load
        (tmp_path / package / "__init__.py").touch()
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from inkdigit.batch import cluster;"
        f"cluster._loaded({own}); print(os.environ.get('RAY_AUTH_MODE'), os.environ.get('RAY_AUTH_TOKEN'))"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    said = {
        subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], env=plain, text=True) for _ in range(2)
    }
    modes = {line.split()[0] for line in said}
    assert (modes, len(said)) == (({"token"}, 2) if own else ({"None"}, 1))
    assert not own or all(len(line.split()[1]) >= 32 for line in said)
