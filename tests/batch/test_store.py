"""A job from one bucket to another, by the protocol of S3, spoken by a stand-in on this machine."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
import shelves
from drawn import encoded, picture
from here import missing
from shelves import SEVEN

from inkdigit.batch import inputs, job
from inkdigit.batch.attempts import Attempt
from inkdigit.batch.place import Place
from inkdigit.batch.worker import Worker
from inkdigit.errors import BatchError


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """What stands behind s3://BUCKET/PATH to reach it."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        missing("moto", "pip install '.[dev]'")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "someone")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield f"?endpoint_override={host}%3A{port}&scheme=http&region=us-east-1&allow_bucket_creation=true"
    server.stop()


def place(path: str, address: str) -> Place:
    return Place.of(f"s3://{path}{address}")


def test_a_job_reads_and_writes_an_object_store(address: str) -> None:
    source = place("scans", address)
    source.files.create_dir("scans")
    source.files.create_dir("read")
    for digit in range(5):
        source.inside(f"loose/{digit}.png").write(encoded(picture(digit)))
    source.inside("loose/bad.png").write(b"seven")
    members = {f"{digit}.png": encoded(picture(digit)) for digit in (5, 6)}
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        source.inside("a.tar").write(shelves.tar(Path(folder) / "a.tar", members))
        shelves.parquet(Path(folder) / "t.parquet", 1, id=["x", "y"], picture=[SEVEN, None])
        source.inside("t.parquet").write((Path(folder) / "t.parquet").read_bytes())
    mine = shelves.begun(f"s3://scans{address}", f"s3://read/out{address}", 2, single=True)
    worker = Worker(mine)
    for part in shelves.all_parts(mine):
        worker.read(part)
    assert job.finish(mine, 10) == {"items": 10, "rows": 8, "rejects": 2}
    found = [
        row
        for one in place("read/out/results", address).below()
        for row in pq.read_table(io.BytesIO(place(one.path, address).read(10**6))).to_pylist()
    ]
    texts = {row["id"]: row["numbers"][0]["text"] for row in found}
    assert texts == {f"loose/{digit}.png": str(digit) for digit in range(5)} | {
        "a.tar/5.png": "5", "a.tar/6.png": "6", "x": "7",
    }  # fmt: skip
    again = shelves.begun(f"s3://scans{address}", f"s3://read/out{address}", 2, single=True)
    assert {part.kind for part in shelves.all_parts(again, job.done_keys(again))} == {"done"}
    assert not mine.out.inside("underway/part.json").exists()


def test_a_place_in_a_store_that_is_not_there_is_said_to_be_one(address: str) -> None:
    with pytest.raises(BatchError, match="got nothing at"):
        inputs.listed(place("nowhere/at/all", address), 10)


def test_notes_of_attempts_work_in_a_store_too(address: str) -> None:
    where = place("notes", address)
    where.files.create_dir("notes")
    note = where.inside("part.json")
    Attempt.begin(note)
    assert Attempt.begin(note).is_careful
    Attempt.begin(note).end()
    assert not note.exists()
