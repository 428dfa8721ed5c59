"""A job in its folder: what was asked for, what it reads, what is written already, and its end.

job.json         what was asked for
inputs.parquet   the files that it reads, as they were when it began
results/         a Parquet file a part; a part is done when its file is here
rejects/         the same of what could not be read, written before the results of its part
underway/        notes of parts that are being read
done.json        the counts, when all parts are done
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

import inkdigit
from inkdigit.batch import inputs
from inkdigit.batch.columns import Columns, chosen
from inkdigit.batch.inputs import PARQUET, Inputs
from inkdigit.batch.place import Place
from inkdigit.batch.results import Made
from inkdigit.errors import BatchError
from inkdigit.models import catalogue
from inkdigit.settings import Settings

JOB, INPUTS, FINISHED = "job.json", "inputs.parquet", "done.json"
RESULTS, REJECTS, UNDERWAY = "results", "rejects", "underway"
_ASKED = 16  # files that are asked for at once: an object store takes its time for each
_MOST = 4_000_000_000  # bytes of the list of inputs


@dataclass(frozen=True)
class Asked:
    """What a job is asked to do; two that differ in it do not share a folder.

    Attributes:
        source: path or address of what is read.
        single: whether all ink of a picture is one digit.
        script, model: as Reader takes them.
        columns: of Parquet files.
    """

    source: str
    single: bool = False
    script: str = "western"
    model: str | None = None
    columns: Columns = field(default_factory=Columns)


@dataclass(frozen=True)
class Job:
    """A job that has begun. Travels to the machines that read.

    Attributes:
        count: items in a part.
        settings: limits.
        made: what it reads with.
    """

    asked: Asked
    source: Place
    out: Place
    count: int
    settings: Settings
    made: Made

    def result(self, key: str) -> Place:
        """The file of the results of a part."""
        return self.out.inside(f"{RESULTS}/{key}.parquet")

    def reject(self, key: str) -> Place:
        """The file of its rejects."""
        return self.out.inside(f"{REJECTS}/{key}.parquet")

    def note(self, key: str) -> Place:
        """The note that it is being read."""
        return self.out.inside(f"{UNDERWAY}/{key}.json")


def made_with(asked: Asked, settings: Settings) -> Made:
    """The model that is read with here, and the version of this package.

    Raises:
        ModelError: there is no such model.
    """
    path = catalogue.find(asked.model, settings, asked.script)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return Made(path.stem, digest, inkdigit.__version__)


def begin(asked: Asked, out: str, settings: Settings) -> tuple[Job, Inputs, int]:
    """Begins a job in its folder, or takes up the one that was begun there.

    Returns:
        the job, its inputs, and how many files came since it began.

    Raises:
        BatchError: nothing to read, or the folder holds something else, or the source was changed since.
        ModelError: there is no such model.
    """
    source, into = Place.of(asked.source), Place.of(out)
    made = made_with(asked, settings)
    _check_apart(source, into)
    now = inputs.listed(source, settings.batch_max_files)
    kept = _kept(into)
    if kept is None:
        count = settings.batch_digits if asked.single else settings.batch_pages
        _check_columns(source, now, asked.columns)
        _write(into.inside(INPUTS), now.to_parquet())
        _write(into.inside(JOB), _json({**_said(asked, source, made), "part": count, "inkdigit": made.inkdigit}))
        return Job(asked, source, into, count, settings, made), now, 0
    _check_same(kept, _said(asked, source, made), into)
    try:
        began = Inputs.from_parquet(into.inside(INPUTS).read(_MOST))
        count = int(str(kept["part"]))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise BatchError("the job that was begun there", f"{into.text}: {error}", "Name another --out") from None
    more = inputs.compared(began, now, source)
    return Job(asked, source, into, count, settings, made), began, more


def done_keys(job: Job) -> frozenset[str]:
    """The parts whose results are written."""
    found = job.out.inside(RESULTS).below()
    return frozenset(one.base_name.removesuffix(".parquet") for one in found if not one.base_name.startswith("."))


def finished(out: Place) -> dict[str, int] | None:
    """The counts of a job that is done; None of another one."""
    try:
        found: dict[str, int] = json.loads(out.inside(FINISHED).read(1 << 20))
    except (OSError, ValueError):
        return None
    return found


def finish(job: Job, items: int) -> dict[str, int]:
    """Counts what was written, and says that the job is done.

    Raises:
        BatchError: it cannot be written.
    """
    counts = {"items": items, "rows": _rows(job, RESULTS), "rejects": _rows(job, REJECTS)}
    job.out.inside(UNDERWAY).remove()
    for place in (RESULTS, REJECTS):  # drafts of processes that were ended
        for one in job.out.inside(place).below():
            if one.base_name.startswith("."):
                job.out.inside(f"{place}/{one.base_name}").remove()
    _write(job.out.inside(FINISHED), _json(counts))
    return counts


def _rows(job: Job, table: str) -> int:
    """Rows of a table, by what its files say of themselves."""
    names = [one.base_name for one in job.out.inside(table).below() if not one.base_name.startswith(".")]

    def rows(name: str) -> int:
        """Of one of its files."""
        with job.out.inside(f"{table}/{name}").opened() as file:
            return int(pq.read_metadata(file).num_rows)

    with ThreadPoolExecutor(_ASKED) as pool:
        return sum(pool.map(rows, names))


def _check_apart(source: Place, out: Place) -> None:
    """What is written must not be read."""
    if source.files.equals(out.files) and f"{out.path}/".startswith(f"{source.path.rstrip('/')}/"):
        raise BatchError("--out outside of what is read", f"{out.text} in {source.text}", "Name another folder")


def _kept(out: Place) -> dict[str, object] | None:
    """What the job in a folder was asked; None where the folder is empty, or not there."""
    try:
        found: dict[str, object] = json.loads(out.inside(JOB).read(1 << 20))
        return found
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise BatchError("a folder for results", f"{out.text} ({error})", "Name another --out") from None
    there = [one for one in out.below() if one.base_name != INPUTS]
    if there or out.info().type == fs.FileType.File:
        raise BatchError("an empty folder, or one of this job", f"{out.text} with other files", "Name another --out")
    return None


def _said(asked: Asked, source: Place, made: Made) -> dict[str, object]:
    """What must be the same when a job is taken up."""
    return {
        "source": source.path if source.is_local else source.text, "single": asked.single, "script": asked.script,
        "model": made.model, "model_version": made.model_version, "columns": asdict(asked.columns),
    }  # fmt: skip


def _check_same(kept: dict[str, object], said: dict[str, object], out: Place) -> None:
    other = [f"{name} {kept.get(name)!r} and not {value!r}" for name, value in said.items() if kept.get(name) != value]
    if other:
        raise BatchError(f"the job that was begun in {out.text}", "; ".join(other), "Name another --out")


def _check_columns(source: Place, found: Inputs, asked: Columns) -> None:
    """The first Parquet file tells whether the right column was named; others that lack it are rejects."""
    for name, kind in zip(found.files, found.kinds, strict=True):
        if kind == PARQUET:
            try:
                with source.inside(name).opened() as file:
                    schema = pq.read_schema(file)
            except (pa.ArrowException, OSError, ValueError):
                continue
            chosen(schema, asked, name or source.name)
            return


def _json(found: dict[str, object] | dict[str, int]) -> bytes:
    return (json.dumps(found, indent=1) + "\n").encode()


def _write(place: Place, content: bytes) -> None:
    try:
        place.write(content)
    except OSError as error:
        got = f"{place.text}: {error.strerror or error}"
        raise BatchError("a folder that can be written to", got, "Name another --out, or make room") from None


def others(found: Sequence[tuple[str, int]]) -> str:
    """What was left out, in words; "" for nothing."""
    return ", ".join(f"{count:,} {suffix}" for suffix, count in found[:5]) + (" ..." if len(found) > 5 else "")
