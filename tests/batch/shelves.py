"""Sources for batch jobs: folders, tar shards, Parquet files, and jobs that read them in this process, without Ray."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from drawn import encoded, picture

from inkdigit.batch import inputs, job, parts
from inkdigit.batch.job import Asked, Job
from inkdigit.batch.worker import Worker
from inkdigit.settings import Settings

SEVEN = encoded(picture(7))


def digits(folder: Path, count: int) -> list[str]:
    """Pictures of one digit each, 0 to 9 in turn; their names, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{place:04}.png" for place in range(count)]
    for place, name in enumerate(names):
        (folder / name).write_bytes(encoded(picture(place % 10)))
    return names


def tar(path: Path, files: Mapping[str, bytes]) -> bytes:
    """A tar of files; its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path.read_bytes()


def parquet(path: Path, rows: int, **columns: Sequence[Any]) -> None:
    """A Parquet file, with so many rows in a group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: list(column) for name, column in columns.items()}), path, row_group_size=rows)


def begun(source: Path | str, out: Path | str, count: int = 3, **asked: Any) -> Job:
    """A job in its folder, with so many items in a part."""
    settings = Settings(batch_digits=count, batch_pages=count)
    return job.begin(Asked(str(source), **asked), str(out), settings)[0]


def all_parts(of: Job, done: frozenset[str] = frozenset()) -> list[parts.Part]:
    """What a job is parted into."""
    files = inputs.listed(of.source, of.settings.batch_max_files)
    chunks = inputs.chunks(files, of.count)
    return [one for chunk in chunks for one in parts.parts(of.source, chunk, of.count, of.asked.columns, done)]


def read(of: Job) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Reads all parts of a job here; its results and rejects."""
    worker = Worker(of)
    for part in all_parts(of):
        worker.read(part)
    return written(Path(of.out.path))


def written(out: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The results and rejects of a job, in the order of their files' names."""
    results, rejects = (
        [row for path in sorted((out / name).glob("part-*")) for row in pq.read_table(path).to_pylist()]
        for name in ("results", "rejects")
    )
    return results, rejects


def seen(out: Path) -> Counter[str]:
    """How often each id stands in the tables of a job."""
    return Counter(row["id"] for table in written(out) for row in table)
