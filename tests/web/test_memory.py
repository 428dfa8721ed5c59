"""Memory that runs out: who asked is told to come again, the process reads on, and nothing confirmed is lost."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from drawn import encoded, picture
from fastapi.testclient import TestClient
from PIL import Image
from test_connections import serving_here
from test_workers import Service
from uvicorn.protocols.http.h11_impl import H11Protocol
from waiting import answered

import inkdigit
from inkdigit.errors import BusyError, PictureError
from inkdigit.models import sandbox
from inkdigit.store import store
from inkdigit.web.app import create_app
from inkdigit.web.room import Room

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this limit")
SEVEN = encoded(picture(7))
LIMIT, NEAR = 600_000_000, 16_000_000  # bytes


def held(process: int | str = "self") -> int:
    """Bytes that a process can write to, as the kernel counts them."""
    [kilobytes] = re.findall(r"VmData:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return 1024 * int(kilobytes)


def takes(reader: Any, more: int) -> int:
    """As much as may be taken, and so much more."""
    assert len(bytearray(LIMIT + more - held()))
    return os.getpid()


def fails(reader: Any, *given: Any, error: Exception, **named: Any) -> None:
    raise error


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as found:
        yield found


def test_a_process_that_reads_has_so_much_memory_and_reads_on_when_it_needed_more(
    portal: BlockingPortal, reader: inkdigit.Reader
) -> None:
    room = Room(inkdigit.Settings(readers=1, read_seconds=600, max_reader_memory=LIMIT))
    first = portal.call(partial(room.read, takes, reader, -NEAR))
    with pytest.raises(BusyError, match="memory to do this in"):
        portal.call(partial(room.read, takes, reader, NEAR))
    assert portal.call(partial(room.read, takes, reader, -NEAR)) == first, "no process was lost"


def test_a_picture_that_needs_more_is_answered_so_and_the_next_is_read(tmp_path: Path) -> None:
    large = encoded(Image.new("RGBA", (10_000, 6_000), "white"))
    settings = inkdigit.Settings(
        store=str(tmp_path / "s.sqlite"), readers=1, read_seconds=600, max_reader_memory=500_000_000
    )
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/read", content=large)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "busy")
        assert answer.headers["retry-after"]
        assert client.post("/api/read", content=SEVEN).json()["numbers"][0]["text"] == "7"


words = pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("std::bad_alloc"),
        RuntimeError("Failed to allocate memory for requested buffer of size 123"),
        OSError("(-4:Insufficient memory) Failed to allocate 144000000 bytes in function 'OutOfMemoryError'"),
    ],
)


@words
def test_every_library_has_its_words_for_it(error: Exception) -> None:
    with pytest.raises(BusyError, match="memory to do this in"), sandbox.memory(LIMIT):
        fails(None, error=error)


@pytest.mark.parametrize("error", [PictureError("a", "b, bad_alloc", "C"), ValueError("by chance")])
def test_other_errors_are_what_they_were(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, sandbox.memory(10**12):
        fails(None, error=error)
    assert caught.value is error


@pytest.mark.parametrize("error", [None, MemoryError(), ValueError()])
def test_what_comes_and_goes_through_the_pipe_is_not_limited(error: Exception | None) -> None:
    """A process that cannot take all that it is sent would take the rest of it for another job."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        with sandbox.memory(10**12):
            assert resource.getrlimit(resource.RLIMIT_DATA) == (10**12, before[1])
            if error is not None:
                raise error
    except (BusyError, ValueError):
        pass
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@words
def test_a_server_without_memory_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(inkdigit.Reader, "page", partial(fails, error=error))
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"))
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/read", content=SEVEN)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "busy")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["retry-after"]


@words
@pytest.mark.parametrize("address", ["/api/ink", "/api/camera"])
def test_a_live_drawing_or_picture_without_memory_is_answered_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, error: Exception
) -> None:
    monkeypatch.setattr(inkdigit.Reader, "ink" if address == "/api/ink" else "page", partial(fails, error=error))
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"))
    app = create_app(inkdigit.Reader(settings=settings))
    with (
        TestClient(app, base_url="http://127.0.0.1") as client,
        client.websocket_connect(address, headers={"host": "127.0.0.1"}) as socket,
    ):
        socket.receive_json()
        for _ in range(2):
            if address == "/api/ink":
                socket.send_json({"id": 1, "strokes": []})
            else:
                socket.send_bytes(SEVEN)
            assert answered(socket)["error"]["kind"] == "busy"


def test_a_server_that_reads_pictures_itself_says_so_and_reads_the_next(tmp_path: Path) -> None:
    import resource

    service = Service("--readers", "0", INKDIGIT_STORE=str(tmp_path / "store.sqlite"))
    try:
        assert service.read() == "7"
        limit = held(service.process.pid) + 100_000_000
        resource.prlimit(service.process.pid, resource.RLIMIT_DATA, (limit, limit))
        large = encoded(Image.new("RGBA", (10_000, 6_000), "white"))
        for address in ("api/read", "api/digits"):
            answer = httpx2.post(service.address + address, content=large, timeout=600)
            assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "busy")
            assert answer.headers["retry-after"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert service.read() == "7"
    finally:
        service.process.kill()
        service.process.communicate()


def test_a_body_for_which_there_is_no_memory_is_answered_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cut off without an answer."""
    handle, left = H11Protocol.handle_events, [MemoryError()]

    def short(connection: H11Protocol) -> None:
        if left and connection.conn.trailing_data[0]:
            raise left.pop()
        handle(connection)

    monkeypatch.setattr(H11Protocol, "handle_events", short)
    with serving_here() as (_, port):
        answer = httpx2.post(f"http://127.0.0.1:{port}/api/read", content=SEVEN, timeout=60)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "busy")
        assert answer.headers["retry-after"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert httpx2.post(f"http://127.0.0.1:{port}/api/read", content=SEVEN, timeout=60).status_code == 200


def test_a_server_whose_readers_run_out_of_memory_loses_nothing_that_it_confirmed(tmp_path: Path) -> None:
    place = str(tmp_path / "store.sqlite")
    service = Service("--readers", "1", INKDIGIT_STORE=place, INKDIGIT_MAX_READER_MEMORY="500000000")
    sent = [(SEVEN, 201), (encoded(Image.new("RGBA", (10_000, 6_000), "white")), 503)] * 4

    def keep(content: bytes) -> httpx2.Response:
        headers = {"content-type": "image/png"}
        return httpx2.post(service.address + "api/kept", content=content, headers=headers, timeout=600)

    try:
        with ThreadPoolExecutor(4) as many:
            answers = list(many.map(keep, [content for content, _ in sent]))
    finally:
        service.process.kill()
        service.process.communicate()
    assert [answer.status_code for answer in answers] == [status for _, status in sent]
    found = store.open(inkdigit.Settings(store=place))
    kept = [one.id for one in found.find().drawings]
    found.close()
    assert sorted(kept) == sorted(answer.json()["id"] for answer in answers if answer.status_code == 201)
