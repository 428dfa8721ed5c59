"""Connections that do nothing, or almost nothing, end in time and never keep others out."""

from __future__ import annotations

import gc
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import Mock

import httpx2
import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from uvicorn import Config
from uvicorn.server import ServerState
from waiting import until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import inkdigit
from inkdigit.web import serving
from inkdigit.web.app import create_app
from inkdigit.web.connections import Connection, Crowd
from inkdigit.web.server import listen

SEVEN = encoded(picture(7))
HEAD = b"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Clock:
    """A loop whose time the test sets, and in which nothing runs."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def create_task(self, coroutine: Any) -> Mock:
        coroutine.close()
        return Mock()

    def call_later(self, *given: Any) -> Mock:
        return Mock()


class Wire:
    """A transport: what was sent, what nobody takes of it, and how it ended."""

    def __init__(self) -> None:
        self.sent, self.unsent, self.end = b"", 0, ""

    def write(self, data: bytes) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def close(self) -> None:
        self.end = self.end or "closed"

    def abort(self) -> None:
        self.end = "aborted"

    def is_closing(self) -> bool:
        return bool(self.end)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    pause_reading = resume_reading = lambda self: None


class Stage:
    """A crowd, its clock, and connections without sockets."""

    def __init__(self, **settings: int) -> None:
        self.clock = Clock()
        self.crowd = Crowd(inkdigit.Settings(**settings))  # type: ignore[arg-type]
        self.config = Config(lambda: None, log_config=None, lifespan="off")
        self.config.load()
        self.state = ServerState()

    def connected(self, said: bytes = b"") -> tuple[Connection, Wire]:
        one = self.crowd.connection(config=self.config, server_state=self.state, app_state={}, _loop=self.clock)
        wire = Wire()
        one.connection_made(wire)  # type: ignore[arg-type]
        if said:
            one.data_received(said)
        return one, wire

    def after(self, seconds: float) -> None:
        self.clock.now += seconds
        self.crowd.looked_over(self.clock.now)


def error_of(wire: Wire) -> tuple[int, dict[str, str]]:
    """Status and error of what was sent, which has our headers."""
    head, _, body = wire.sent.partition(b"\r\n\r\n")
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)["error"]


@pytest.mark.parametrize(("seconds", "end"), [(4.9, ""), (5.0, ""), (5.1, "closed")])
def test_a_connection_that_says_nothing_ends_without_a_word(seconds: float, end: str) -> None:
    stage = Stage(head_seconds=5)
    _, wire = stage.connected()
    stage.after(seconds)
    assert (wire.end, wire.sent) == (end, b"")


@pytest.mark.parametrize(("drops", "end"), [(9, ""), (10, ""), (11, "closed")])
def test_a_head_that_comes_drop_by_drop_has_one_time_for_all_of_it(drops: int, end: str) -> None:
    stage = Stage(head_seconds=5)
    one, wire = stage.connected(b"GET / HTTP/1.1\r\n")
    for _ in range(drops):
        stage.after(0.5)
        one.data_received(b"a: b\r\n")
    assert wire.end == end
    if end:
        assert error_of(wire)[0] == 408
        assert error_of(wire)[1]["kind"] == "slow"


@pytest.mark.parametrize(("seconds", "end"), [(2.9, ""), (3.0, ""), (3.1, "closed")])
def test_between_two_parts_of_a_body_there_is_a_longest_wait(seconds: float, end: str) -> None:
    stage = Stage(head_seconds=1, pause_seconds=3, slowest_bytes=0)
    one, wire = stage.connected(HEAD)
    for _ in range(20):
        stage.after(2.9)
        one.data_received(b"x")
    assert wire.end == ""
    stage.after(seconds)
    assert wire.end == end
    if end:
        assert error_of(wire)[0] == 408


@pytest.mark.parametrize(("drop", "end"), [(9, "closed"), (10, ""), (11, "")])
def test_a_body_that_comes_drop_by_drop_must_come_fast_enough(drop: int, end: str) -> None:
    stage = Stage(pause_seconds=3, slowest_bytes=10)
    one, wire = stage.connected(HEAD)
    for _ in range(60):
        one.data_received(b"x" * drop)
        stage.after(1)
    assert wire.end == end


def test_a_body_that_we_do_not_take_keeps_nobody_waiting() -> None:
    stage = Stage(pause_seconds=3)
    one, wire = stage.connected(HEAD.replace(b"1000", b"200000") + b"x" * 100_000)
    assert one.flow.read_paused
    stage.after(1_000)
    assert wire.end == ""


def test_who_waits_for_us_may_wait() -> None:
    stage = Stage(head_seconds=1, pause_seconds=1)
    _, wire = stage.connected(WHOLE)
    stage.after(1_000)
    assert wire.end == ""
    assert not stage.crowd.waited


@pytest.mark.parametrize(("seconds", "end"), [(2.9, ""), (3.0, ""), (3.1, "aborted")])
def test_an_answer_that_nobody_takes_is_dropped(seconds: float, end: str) -> None:
    stage = Stage(pause_seconds=3)
    one, wire = stage.connected(WHOLE)
    wire.unsent = 100_000
    one.pause_writing()
    stage.after(1)
    wire.unsent = 90_000
    stage.after(3.1)  # some of it was taken
    stage.after(seconds)
    assert wire.end == end
    if not end:
        wire.unsent = 0
        one.resume_writing()
        stage.after(1_000)
        assert wire.end == ""


@pytest.mark.parametrize(("count", "ended"), [(2, 0), (3, 0), (4, 1), (5, 2)])
def test_for_one_too_many_the_one_gives_way_that_was_waited_for_longest(count: int, ended: int) -> None:
    stage = Stage(max_connections=3)
    wires = [stage.connected()[1] for _ in range(count)]
    assert [wire.end for wire in wires] == ["closed"] * ended + [""] * (count - ended)
    assert all(wire.sent == b"" for wire in wires)


def test_an_upload_that_gives_way_is_told_so() -> None:
    stage = Stage(max_connections=1)
    _, first = stage.connected(HEAD)
    _, second = stage.connected()
    assert error_of(first)[0] == 503
    assert b"retry-after: 1" in first.sent
    assert second.end == ""


def test_where_all_are_being_answered_the_new_one_is_refused() -> None:
    stage = Stage(max_connections=1)
    _, first = stage.connected(WHOLE)
    _, second = stage.connected()
    assert first.end == ""
    assert (second.end, error_of(second)[0]) == ("closed", 503)


def test_what_is_no_http_is_refused_in_our_shape() -> None:
    stage = Stage()
    for said in (b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\na: " + b"x" * 200_000):
        _, wire = stage.connected(said)
        assert wire.end == "closed"
        assert error_of(wire)[0] == 400


def test_the_limit_leaves_file_handles_for_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: asked.append(pair))
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1_024, 4_096))
    assert Crowd(inkdigit.Settings(max_connections=3_000)).most == 3_000
    assert asked == [(3_256, 4_096)]
    assert Crowd(inkdigit.Settings(max_connections=100_000)).most == 3_840
    assert Crowd(inkdigit.Settings(max_connections=50)).most == 50
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1_024, 1_024))
    assert Crowd(inkdigit.Settings()).most == 768


@contextmanager
def serving_here(**settings: int) -> Iterator[tuple[Any, int]]:
    """A server in a thread of this process, and its port."""
    listener = listen("127.0.0.1", 0, any_port=False)
    up = threading.Event()
    server = serving.served(inkdigit.Reader(settings=inkdigit.Settings(**settings)), up.set)  # type: ignore[arg-type]
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    assert up.wait(60)
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)


def test_idle_connections_keep_nobody_out_and_slow_ones_end() -> None:
    with serving_here(max_connections=20, head_seconds=1, pause_seconds=1) as (server, port), ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(60)]
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200
        slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
        slow.sendall(WHOLE[:-2])
        stuck = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
        stuck.sendall(HEAD + b"x")
        for one in (slow, stuck):
            assert one.recv(65_536).startswith(b"HTTP/1.1 408")
        for one in idle:
            assert one.recv(1) == b""
        until(lambda: not server.server_state.connections)


def test_what_a_server_keeps_is_not_looked_through_again_and_again() -> None:
    """Collecting garbage kept everybody waiting for 50 ms."""
    before = gc.get_freeze_count()
    try:
        with serving_here():
            assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_a_socket_that_is_half_closed_leaves_nothing_behind() -> None:
    with serving_here() as (server, port), ExitStack() as stack:
        for said in (b"", WHOLE[:-2], HEAD, WHOLE):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            one.sendall(said)
            one.shutdown(socket.SHUT_WR)
            while one.recv(65_536):
                pass
        until(lambda: not server.server_state.connections and not server.server_state.tasks)
        answer = httpx2.post(f"http://127.0.0.1:{port}/api/read", content=SEVEN, timeout=60)
        assert answer.json()["numbers"][0]["text"] == "7"


def test_a_websocket_on_which_nobody_says_anything_is_no_request_that_comes_slowly() -> None:
    """It was ended after INKDIGIT_PAUSE_SECONDS, with an answer of HTTP that broke its frames."""
    with serving_here(head_seconds=1, pause_seconds=1) as (_, port), ExitStack() as stack:
        live = stack.enter_context(connect(f"ws://127.0.0.1:{port}/api/ink"))
        slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
        slow.sendall(HEAD + b"x")  # which is ended later than the other would be
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408")
        live.send(json.dumps({"id": 5, "strokes": [[[83, 62], [199, 60], [120, 219]]]}))
        while json.loads(live.recv(60)).get("id") != 5:
            pass


@pytest.mark.parametrize(("most", "opened"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3)])
def test_there_are_so_many_websockets_and_no_more(tmp_path: Any, most: int, opened: int) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"), max_sockets=most)
    app = create_app(inkdigit.Reader(settings=settings))
    here = {"headers": {"host": "127.0.0.1"}}
    with TestClient(app, base_url="http://127.0.0.1") as client, ExitStack() as stack:
        for _ in range(opened):
            socket = stack.enter_context(client.websocket_connect("/api/ink", **here))
            assert "hello" in socket.receive_json()
        if opened == most:
            with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/api/ink", **here):
                pass
            assert refused.value.status_code == 503  # type: ignore[attr-defined]
        stack.close()
        if most:
            with client.websocket_connect("/api/ink", **here) as socket:
                assert "hello" in socket.receive_json(), "who has gone makes room"


def test_a_flood_of_messages_keeps_nobody_out_and_the_last_is_answered() -> None:
    drawn = [[[83, 62], [199, 60], [120, 219]]]
    with serving_here(max_sockets=4) as (_, port), ExitStack() as stack:
        flood = [stack.enter_context(connect(f"ws://127.0.0.1:{port}/api/ink")) for _ in range(4)]
        for number in range(1, 101):
            for one in flood:
                one.send(json.dumps({"id": number, "strokes": drawn}))
        answer = httpx2.post(f"http://127.0.0.1:{port}/api/read", content=SEVEN, timeout=60)
        assert answer.json()["numbers"][0]["text"] == "7"
        with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{port}/api/ink"):
            pass
        assert refused.value.response.status_code == 503
        for one in flood:
            while json.loads(one.recv(60)).get("id") != 100:
                pass
