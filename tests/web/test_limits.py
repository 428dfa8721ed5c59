"""Limits over several parts, and what the application holds for all requests: opened once, and closed at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from drawn import encoded, number, picture
from fastapi import FastAPI
from fastapi.testclient import TestClient
from waiting import Crossing

import inkdigit
from inkdigit.store import adaptation, store
from inkdigit.web import state
from inkdigit.web.app import create_app
from inkdigit.web.guard import Guard

HERE = "http://127.0.0.1"


@pytest.fixture
def application(tmp_path: Path) -> FastAPI:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"))
    return create_app(inkdigit.Reader(settings=settings))


@pytest.fixture
def client(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, base_url=HERE) as found:
        yield found


def received(guard: Guard, taken: list[int], *parts: int) -> list[Any]:
    """Sends a body of parts of these sizes, without its length, through the guard to an application that reads all.

    Returns:
        What was answered: nothing where the application read all, for it says nothing.
    """
    said: list[Any] = []
    waiting = [{"type": "http.request", "body": bytes(size), "more_body": True} for size in parts]
    waiting.append({"type": "http.request", "more_body": False})

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    guard.app = reading(taken)
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"127.0.0.1")], "server": None}
    with start_blocking_portal() as portal:  # a loop of its own: in the thread of a browser one runs already
        portal.call(guard, scope, receive, send)
    return said


def reading(taken: list[int]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            taken.append(len(message.get("body", b"")))
            more = message["more_body"]

    return app


@pytest.mark.parametrize(
    ("parts", "passed"),
    [
        ([7_048, 7_048], [7_048, 7_048, 0]),  # a form may add 4,096 bytes to a file
        ([7_048, 7_047], [7_048, 7_047, 0]),
        ([7_048, 7_049], [7_048]),
        ([14_096], [14_096, 0]),
        ([14_097], []),
        ([5_000] * 9, [5_000, 5_000]),  # it stops there, and not at the end
        ([1] * 14_097, [1] * 14_096),
    ],
    ids=["at", "below", "above", "one part at", "one part above", "far above", "byte by byte"],
)
def test_the_parts_of_a_body_have_one_limit_together(parts: list[int], passed: list[int]) -> None:
    guard = Guard(reading([]), inkdigit.Settings(max_file_bytes=10_000))
    taken: list[int] = []
    said = received(guard, taken, *parts)
    if len(passed) > len(parts):
        assert said == []
    else:
        assert said[0]["status"] == 413
        assert "at most 10,000 bytes" in json.loads(said[1]["body"])["error"]["message"]
    assert taken == passed


def test_each_body_is_counted_for_itself() -> None:
    guard = Guard(reading([]), inkdigit.Settings(max_file_bytes=10_000))
    for _ in range(3):
        taken: list[int] = []
        received(guard, taken, 10_000)
        assert taken == [10_000, 0]


MESSAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "keep": ("POST", "", {"strokes": [{"width": 22, "points": number("1")[0]}]}),
    "change": ("PATCH", "/1", {"title": "one"}),
    "delete": ("POST", "/delete", {"ids": [1]}),
    "restore": ("POST", "/restore", {"ids": [1]}),
}


@pytest.mark.parametrize(("method", "path", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_has_a_limit_below_at_and_above(
    tmp_path: Path, method: str, path: str, message: dict[str, Any]
) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), max_message_bytes=2_000)
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url=HERE) as client:
        assert client.post("/api/kept", json=MESSAGES["keep"][2]).status_code == 201
        for size, fits in ((1_999, True), (2_000, True), (2_001, False)):
            body = json.dumps(message | {"x": ""}).encode()
            body = body.removesuffix(b'"}') + b"x" * (size - len(body)) + b'"}'
            answer = client.request(
                method, f"/api/kept{path}", content=body, headers={"content-type": "application/json"}
            )
            assert answer.is_success is fits, answer.text
            assert fits or answer.json()["error"]["message"].startswith(
                "Expected a message of at most 2,000 bytes, got 2,001."
            )


def test_a_picture_is_kept_with_the_time_that_is_said_of_it(client: TestClient) -> None:
    content = encoded(picture(6))
    for at, body in (
        ("2026-11-21T09:30:00%2B01:00", {"content": content, "headers": {"content-type": "image/png"}}),
        ("2026-11-21T08:30:00Z", {"files": {"file": ("six.png", content, "image/png")}}),
    ):
        answer = client.post(f"/api/kept?at={at}", **body)  # type: ignore[arg-type]
        assert answer.json()["at"] == "2026-11-21T08:30:00.000Z"
    assert client.get("/api/kept?since=2026-11-21&until=2026-11-21").json()["total"] == 2
    answer = client.post("/api/kept?at=yesterday", content=content, headers={"content-type": "image/png"})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "kept")


def test_the_store_is_closed_when_the_server_stops(application: FastAPI, tmp_path: Path) -> None:
    with TestClient(application, base_url=HERE) as client:
        assert client.post("/api/kept", json=MESSAGES["keep"][2]).status_code == 201
        assert (tmp_path / "store.sqlite-wal").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["store.sqlite"]  # SQLite takes its log in when it is closed


def test_a_store_that_nobody_asked_for_is_not_opened_to_be_closed(application: FastAPI, tmp_path: Path) -> None:
    with TestClient(application, base_url=HERE) as client:
        assert client.get("/healthz").status_code == 200
    assert application.state.store is None
    assert not list(tmp_path.iterdir())


def test_two_who_ask_at_once_get_one_store(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    crossing, opened, real = Crossing(), [], store.open

    def held(settings: inkdigit.Settings) -> store.Store:
        crossing.hold()
        opened.append(real(settings))
        return opened[-1]

    monkeypatch.setattr(state, "_OPENING", crossing.lock)
    monkeypatch.setattr(store, "open", held)
    found = crossing.run(*[lambda: state.store_of(application)] * 2)
    assert len(opened) == 1
    assert found == opened * 2


def test_two_who_ask_at_once_get_one_adaptation(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    crossing, made = Crossing(), []
    state.store_of(application)

    class Held(adaptation.Adaptation):
        def __init__(self, reader: inkdigit.Reader, own: store.Store) -> None:
            crossing.hold()
            super().__init__(reader, own)
            made.append(self)

    monkeypatch.setattr(state, "_OPENING", crossing.lock)
    monkeypatch.setattr(adaptation, "Adaptation", Held)
    found = crossing.run(*[lambda: state.adaptation_of(application)] * 2)
    assert len(made) == 1
    assert found == made * 2
