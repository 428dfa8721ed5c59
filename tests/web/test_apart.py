"""Pictures are read in other processes: one that takes too long or dies is replaced, and who asked gets an answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import cv2
import numpy as np
import psutil
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from drawn import encoded, picture
from fastapi.testclient import TestClient
from test_room import in_a_loop
from waiting import answered, until

import inkdigit
from inkdigit.errors import BusyError, InkError, PictureError, TimeError
from inkdigit.ink.stopping import after
from inkdigit.recognition import profile
from inkdigit.web import jobs
from inkdigit.web.app import create_app
from inkdigit.web.room import Room

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
SEVEN, FOUR = encoded(picture(7)), encoded(picture(4))


def sleeps(reader: Any, began: str, seconds: float) -> None:
    Path(began).touch()
    time.sleep(seconds)


def dies(reader: Any, number: int) -> None:
    os.kill(os.getpid(), number)


def dies_once(reader: Any, mark: str) -> str:
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"


def fails(reader: Any) -> None:
    raise InkError("a", "b", "C")


def flags(reader: Any) -> bool:
    return bool(sys.flags.safe_path)


def threads(reader: Any) -> int:
    return cv2.getNumThreads()


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as found:
        yield found


@pytest.fixture(scope="module")
def room(portal: BlockingPortal) -> Room:
    """Two processes that read."""
    found: Room = portal.call(lambda: Room(inkdigit.Settings(readers=2, read_seconds=600)))
    portal.call(found.warm)
    return found


def test_a_picture_is_read_there_as_it_is_here(room: Room, portal: BlockingPortal, reader: inkdigit.Reader) -> None:
    said, labels = portal.call(partial(room.read, jobs.page, reader, SEVEN))
    assert (said, labels) == jobs.page(reader, SEVEN)
    assert labels == ["7"]


def hands(reader: inkdigit.Reader) -> set[str]:
    return set(reader.profiles)


def test_the_hand_of_each_script_is_read_there_too(room: Room, portal: BlockingPortal, reader: inkdigit.Reader) -> None:
    for script in ("thai", "auto"):
        asked = reader.of_script(script)
        glyphs = np.rint(reader.digit(SEVEN).glyph[None] * 255).astype(np.uint8)
        taught = asked.taught({"thai": profile.learn(reader.of_script("thai").model, glyphs, np.array([7]))})
        assert portal.call(partial(room.read, hands, taught)) == {"thai"}
        assert portal.call(partial(room.read, hands, asked)) == set()


def test_errors_come_back_as_they_are(room: Room, portal: BlockingPortal, reader: inkdigit.Reader) -> None:
    with pytest.raises(PictureError, match="picture"):
        portal.call(partial(room.read, jobs.page, reader, b"x"))
    with pytest.raises(InkError) as error:
        portal.call(partial(room.read, fails, reader))
    assert (error.value.expected, error.value.got, error.value.remedy) == ("a", "b", "C")


def test_others_are_read_while_one_takes_long_and_who_gives_up_stops_it(
    room: Room, portal: BlockingPortal, reader: inkdigit.Reader, tmp_path: Path
) -> None:
    began = tmp_path / "began"
    before = set(psutil.Process().children())
    endless = portal.start_task_soon(partial(room.read, sleeps, reader, str(began), 3_600))
    until(began.exists)
    assert portal.call(partial(room.read, jobs.page, reader, SEVEN))[1] == ["7"]
    endless.cancel()
    until(lambda: len(before - set(psutil.Process().children())) == 1)


def test_what_takes_too_long_is_killed(
    room: Room, portal: BlockingPortal, reader: inkdigit.Reader, tmp_path: Path
) -> None:
    hasty = Room(inkdigit.Settings(readers=1, read_seconds=1))
    before = set(psutil.Process().children())
    with pytest.raises(TimeError, match="read in 1 s"):
        portal.call(partial(hasty.read, sleeps, reader, str(tmp_path / "began"), 3_600))
    assert len(before - set(psutil.Process().children())) == 1, "it is not only given up"
    assert portal.call(partial(room.read, jobs.page, reader, SEVEN))[1] == ["7"]


def test_a_picture_that_ends_the_decoder_is_refused_and_the_next_is_read(
    room: Room, portal: BlockingPortal, reader: inkdigit.Reader
) -> None:
    slow = Room(inkdigit.Settings(readers=1, read_seconds=600))
    with pytest.raises(PictureError, match="ends the process"):
        portal.call(partial(slow.read, dies, reader, signal.SIGSEGV))
    assert portal.call(partial(slow.read, jobs.page, reader, FOUR))[1] == ["4"]


def test_a_process_that_is_killed_by_chance_loses_nothing(
    portal: BlockingPortal, reader: inkdigit.Reader, tmp_path: Path
) -> None:
    slow = Room(inkdigit.Settings(readers=1, read_seconds=600))
    assert portal.call(partial(slow.read, dies_once, reader, str(tmp_path / "mark"))) == "read"


def test_the_folder_of_the_server_is_not_on_their_path(
    room: Room, portal: BlockingPortal, reader: inkdigit.Reader
) -> None:
    assert portal.call(partial(room.read, flags, reader))


def test_they_have_no_threads_for_one_picture(room: Room, portal: BlockingPortal, reader: inkdigit.Reader) -> None:
    """Every processor has a process: threads of OpenCV beside it took a quarter of the answers a second."""
    assert portal.call(partial(room.read, threads, reader)) == 1


def test_they_load_no_server() -> None:
    code = "import sys; from inkdigit.web import jobs; print('fastapi' in sys.modules, 'sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_server_starts_where_they_cannot_be_started_and_says_when_to_come_again(
    portal: BlockingPortal, reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*given: Any, **named: Any) -> None:
        await anyio.lowlevel.checkpoint()
        raise anyio.BrokenWorkerProcess("Error during worker process initialization")  # as anyio does

    monkeypatch.setattr("anyio.to_process.run_sync", broken)
    busy = Room(inkdigit.Settings(readers=2))
    portal.call(busy.warm)
    with pytest.raises(BusyError, match="none that starts in time"):
        portal.call(partial(busy.read, jobs.page, reader, SEVEN))


@in_a_loop
async def test_without_them_a_picture_is_read_in_a_thread() -> None:
    room = Room(inkdigit.Settings())
    await room.warm()
    assert await room.read(lambda reader: os.getpid(), inkdigit.Reader()) == os.getpid()


def test_every_address_that_takes_pictures_reads_them_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"), readers=1, read_seconds=600)
    app = create_app(inkdigit.Reader(settings=settings))

    def here(*given: Any, **named: Any) -> None:
        raise AssertionError("read in the server")

    monkeypatch.setattr("inkdigit.ink.picture.decode", here)  # in this process alone
    monkeypatch.setattr("inkdigit.ink.documents.page", here)
    monkeypatch.setattr("inkdigit.exchange.importing.spool", here)
    image = {"content-type": "image/png"}
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.post("/api/read", content=SEVEN).json()["numbers"][0]["text"] == "7"
        files = [("file", ("a.png", SEVEN)), ("file", ("b.png", b"x")), ("file", ("c.png", FOUR))]
        found = client.post("/api/digits", files=files * 20).json()["digits"]
        assert [one.get("value", "error") for one in found] == [7, "error", 4] * 20
        shown = client.post("/api/page?page=1", content=SEVEN)
        assert (shown.headers["x-pages"], shown.content[:4]) == ("1", b"\x89PNG")
        assert client.post("/api/kept?title=x", content=SEVEN, headers=image).json()["text"] == "7"
        assert client.post("/api/kept/import?name=four.png", content=FOUR).json()["kept"] == [2]
        asked = {"inputs": [{"name": "pictures", "datatype": "BYTES", "shape": [1], "data": [base64(SEVEN)]}]}
        pages = client.post("/v2/models/pages/infer", json=asked).json()["outputs"][0]["data"]
        assert '"text":"7"' in pages[0]
        with client.websocket_connect("/api/camera", headers={"host": "127.0.0.1"}) as socket:
            socket.receive_json()
            socket.send_bytes(SEVEN)
            assert socket.receive_json()["numbers"][0]["text"] == "7"


def base64(content: bytes) -> str:
    from base64 import b64encode

    return b64encode(content).decode()


def test_strokes_that_take_too_long_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.ink.stopping.after", lambda seconds: lambda: True)
    monkeypatch.setattr("inkdigit.web.messages.after", lambda seconds: lambda: True)
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"))
    drawn = {"id": 1, "strokes": [[[83, 62], [199, 60], [120, 219]], [[300, 62], [310, 219]]]}
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/ink", json=drawn)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (504, "time")
        for address in ("/api/kept", "/api/inside"):
            answer = client.post(address, json=drawn)
            assert (answer.status_code, answer.json()["error"]["kind"]) == (504, "time"), address
        with client.websocket_connect("/api/ink", headers={"host": "127.0.0.1"}) as socket:
            socket.receive_json()
            socket.send_json(drawn)
            assert answered(socket)["error"]["kind"] == "time"


def test_a_reading_is_wanted_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    late = after(2)
    for seconds, over in ((101.9, False), (102.0, False), (102.1, True)):
        now[0] = seconds
        assert late() is over


def test_a_reading_that_was_stopped_is_answered_in_our_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"))
    app = create_app(inkdigit.Reader(settings=settings))

    async def late(*given: Any, **named: Any) -> None:
        await anyio.lowlevel.checkpoint()
        raise TimeError("a picture that is read in 1 s", "one that is not", "Make it smaller")

    monkeypatch.setattr(app.state.room, "read", late)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        answer = client.post("/api/read", content=SEVEN)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (504, "time")
