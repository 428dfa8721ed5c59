"""What may take long runs beside the reading of pictures: pages of documents, and imports. Nobody's picture waits."""

from __future__ import annotations

import gzip
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from drawn import pdf_of_lines
from fastapi.testclient import TestClient
from here import pdf_needed
from test_apart import SEVEN, dies, sleeps
from waiting import until

import inkdigit
from inkdigit.errors import BusyError, PictureError
from inkdigit.web import jobs
from inkdigit.web.app import create_app
from inkdigit.web.room import IMPORTS, KINDS, PAGES, Room

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as found:
        yield found


def number(reader: Any) -> int:
    return os.getpid()


def test_pictures_are_read_while_all_that_may_take_long_does(
    portal: BlockingPortal, reader: inkdigit.Reader, tmp_path: Path
) -> None:
    """Two slow documents had both of the server's threads, and one picture needs one for a moment."""
    room: Room = portal.call(lambda: Room(inkdigit.Settings(readers=1, max_waiting=1, read_seconds=600)))
    held = []
    for kind in KINDS:
        for turn in range(2):  # the second waits for the first
            task = partial(room.read_beside, kind, sleeps, reader, str(tmp_path / f"{kind} {turn}"), 3_600, seconds=600)
            held.append(portal.start_task_soon(task))
    for at, kind in enumerate(KINDS, 1):
        until((tmp_path / f"{kind} 0").exists)
        until(lambda at=at: room.lines[at].waiting == 1)  # type: ignore[misc]
        with pytest.raises(BusyError, match="at most 1 waiting"):
            portal.call(partial(room.read_beside, kind, jobs.nothing, reader, seconds=1))
    assert portal.call(partial(room.read, jobs.page, reader, SEVEN))[1] == ["7"]
    assert (room.pixels, room.waiting) == (0, 0)
    for task in held:
        task.cancel()
    until(lambda: not any(line.pixels or line.waiting for line in room.lines))
    assert portal.call(partial(room.read_beside, PAGES, number, reader, seconds=600)) != os.getpid()


def test_a_picture_needs_none_of_the_threads_for_long_work(tmp_path: Path) -> None:
    """Two slow documents had both of them, and the reader of a request was asked for in one."""
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(tmp_path / "s.sqlite"), readers=1)))
    go = threading.Event()
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.portal is not None
        try:
            for _ in range(os.cpu_count() or 1):
                began = threading.Event()
                client.portal.start_task_soon(app.state.room.run, partial(waits, began, go))
                assert began.wait(60)
            assert client.post("/api/read", content=SEVEN).json()["numbers"][0]["text"] == "7"
            assert client.post("/api/read?personal=true&script=western", content=SEVEN).status_code == 200
        finally:
            go.set()


def test_slow_live_drawings_take_no_thread_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty of them had all threads, and nobody's kept drawings were shown."""
    began, go = threading.Event(), threading.Event()
    monkeypatch.setattr("inkdigit.web.messages.answer", lambda *given: waits(began, go))
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(tmp_path / "s.sqlite"))))
    with TestClient(app, base_url="http://127.0.0.1") as client, ThreadPoolExecutor(1) as beside:
        assert client.portal is not None
        limiter = client.portal.call(lambda: anyio.to_thread.current_default_thread_limiter())
        limiter.total_tokens = 1
        with client.websocket_connect("/api/ink", headers={"host": "127.0.0.1"}) as socket:
            socket.receive_json()
            socket.send_json({"id": 1, "strokes": []})
            assert began.wait(60)
            try:
                assert beside.submit(client.get, "/api/kept/stats").result(60).status_code == 200
            finally:
                go.set()


def waits(began: threading.Event, go: threading.Event) -> None:
    began.set()
    go.wait(600)


def test_what_ends_its_process_is_refused(portal: BlockingPortal, reader: inkdigit.Reader) -> None:
    room = Room(inkdigit.Settings(readers=1))
    with pytest.raises(PictureError, match="ends the process"):
        portal.call(partial(room.read_beside, IMPORTS, dies, reader, signal.SIGSEGV, seconds=600))


def test_without_processes_pages_and_imports_have_threads_of_their_own(
    portal: BlockingPortal, reader: inkdigit.Reader, tmp_path: Path
) -> None:
    room = Room(inkdigit.Settings())
    assert portal.call(partial(room.read_beside, PAGES, number, reader, seconds=1)) == os.getpid()


def test_a_page_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """Its lines take PDFium many seconds, in which Python is not asked."""
    pdf_needed()
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"), readers=1, read_seconds=1)
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/page?page=1", content=pdf_of_lines(6_000_000))
    assert (answer.status_code, answer.json()["error"]["kind"]) == (504, "time")


def ends(reader: Any, content: bytes, name: str, path: str) -> set[str]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return set()


def never_ends(reader: Any, content: bytes, name: str, path: str) -> set[str]:
    time.sleep(3_600)
    return set()


def waits_first(reader: Any, content: bytes, name: str, path: str) -> set[str]:
    """As the job does, once a file is there that the name names."""
    Path(name).with_suffix(".begun").touch()
    until(Path(name).exists)
    return spooled(reader, content, "seven.png", path)


spooled = jobs.spooled


def at_import(folder: Path, **limits: int) -> TestClient:
    settings = inkdigit.Settings(store=str(folder / "s.sqlite"), readers=1, **limits)  # type: ignore[arg-type]
    return TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1")


@pytest.mark.parametrize(("job", "status", "kind"), [(ends, 422, "picture"), (never_ends, 504, "time")])
def test_an_import_that_ends_its_process_or_does_not_end_is_refused_and_nothing_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: Any, status: int, kind: str
) -> None:
    monkeypatch.setattr("inkdigit.web.jobs.spooled", job)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with at_import(tmp_path, import_seconds=1 if job is never_ends else 300) as client:
        answer = client.post("/api/kept/import?name=a.png", content=SEVEN)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind)
        assert client.get("/api/kept").json()["total"] == 0
        assert not list(folder.iterdir())
    monkeypatch.undo()
    with at_import(tmp_path) as client:
        assert client.post("/api/kept/import?name=a.png", content=SEVEN).json()["kept"] == [1]


def test_others_are_answered_while_a_file_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.web.jobs.spooled", waits_first)
    go = tmp_path / "go"
    with at_import(tmp_path) as client, ThreadPoolExecutor(1) as one:
        done = one.submit(client.post, f"/api/kept/import?name={go}", content=SEVEN)
        until(go.with_suffix(".begun").exists)
        assert client.get("/healthz").status_code == 200
        assert client.post("/api/read", content=SEVEN).json()["numbers"][0]["text"] == "7"
        assert client.post("/api/kept", json={"strokes": [[[83, 62], [199, 60], [120, 219]]]}).json()["id"] == 1
        go.touch()
        assert done.result(600).json()["kept"] == [2]


def test_a_full_temporary_folder_is_said_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inkdigit.web.jobs.spooled", full)
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"))
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/kept/import?name=a.png", content=SEVEN)
    assert (answer.status_code, answer.json()["error"]["got"]) == (503, "No space left on device")


def of_zeros(count: int) -> bytes:
    """The JSON of an inference request with so many values."""
    row = b'{"name": "glyphs", "datatype": "UINT8", "shape": [1, 28, 28], "data": ['
    return b'{"inputs": [' + row + b"0," * (count - 1) + b"0]}]}"


@pytest.mark.parametrize(
    ("content", "packed"),
    [(of_zeros(60_000), "identity"), (gzip.compress(b"{}", mtime=0), "gzip")],
    ids=["large", "packed"],
)
def test_others_are_answered_while_the_body_of_an_inference_waits_to_be_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, packed: str
) -> None:
    """It was parsed where everybody is answered: 60 kB of gzip kept all of them waiting for nine seconds."""
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(tmp_path / "s.sqlite"))))
    begun, go, taken = threading.Event(), threading.Event(), list[int]()

    async def held(job: Any, *given: Any, pixels: int) -> Any:
        taken.append(pixels)
        begun.set()
        await anyio.to_thread.run_sync(go.wait)
        return job(*given)

    monkeypatch.setattr(app.state.room, "read", held)
    with TestClient(app, base_url="http://127.0.0.1") as client, ThreadPoolExecutor(1) as one:
        sent = {"content": content, "headers": {"content-encoding": packed}}
        done = one.submit(lambda: client.post("/v2/models/digits/infer", **sent))  # type: ignore[arg-type]
        try:
            assert begun.wait(60)
            assert client.get("/healthz").status_code == 200
        finally:
            go.set()
        assert done.result(60).status_code == 422
    assert taken == [len(content) * (1 if packed == "identity" else 1_032)], "its size counts"


def test_large_bodies_of_an_inference_are_parsed_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def here(*given: Any, **named: Any) -> None:
        raise AssertionError("parsed in the server")

    monkeypatch.setattr("inkdigit.web.tensors.asked", here)  # in this process alone
    with at_import(tmp_path, max_json_parts=1_000_000) as client:

        def said(content: bytes, **headers: str) -> str:
            answer = client.post("/v2/models/digits/infer", content=content, headers=headers)
            assert answer.status_code == 422
            return str(answer.json()["error"])

        assert "784 values of glyphs" in said(of_zeros(60_000))
        bomb = gzip.compress(of_zeros(31_000_000), 1)
        assert "JSON of at most 1,000,000 parts" in said(bomb, **{"content-encoding": "gzip"})
        rows = [[[0] * 28] * 28] * 100
        asked = {"inputs": [{"name": "glyphs", "datatype": "UINT8", "shape": [100, 28, 28], "data": rows}]}
        answer = client.post("/v2/models/digits/infer", json=asked)
        assert answer.json()["outputs"][0]["data"] == [-1] * 100
