from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from drawn import DIGITS, encoded, frames, number, picture
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from waiting import answered

import inkdigit
from inkdigit.recognition.networks import Networks
from inkdigit.web import messages, routes
from inkdigit.web.app import create_app
from inkdigit.web.newest import Newest

HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def application(reader: inkdigit.Reader) -> FastAPI:
    return create_app(reader)


@pytest.fixture
def client(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, base_url=HERE, raise_server_exceptions=False) as found:
        yield found


def limited(**settings: int) -> TestClient:
    return TestClient(create_app(inkdigit.Reader(settings=inkdigit.Settings(**settings))), base_url=HERE)  # type: ignore[arg-type]


def test_the_page_and_its_parts_are_served_with_strict_headers(client: TestClient) -> None:
    for path, kind in {
        "/": "text/html",
        "/static/page.js": "javascript",
        "/static/draw/ink.js": "javascript",
        "/static/shared/style.css": "text/css",
        "/static/icon.svg": "image/svg",
    }.items():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert kind in answer.headers["content-type"]
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_names_nothing_outside_this_server(client: TestClient) -> None:
    for path in ("/", "/static/page.js", "/static/draw/ink.js", "/static/shared/style.css"):
        text = client.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "<style" not in text
        assert " style=" not in text


def test_health_says_ok(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "script": "western", "normaliser": 1}


def test_a_picture_is_read_as_raw_body_and_as_a_form(client: TestClient) -> None:
    content = encoded(picture(6))
    raw = client.post("/api/read", content=content, headers={"content-type": "image/png"})
    form = client.post("/api/read", files={"file": ("six.png", content, "image/png")})
    assert raw.status_code == form.status_code == 200
    assert raw.json() == form.json()
    assert raw.json()["numbers"][0]["text"] == "6"


def test_what_the_network_saw_is_sent_where_it_is_asked_for(client: TestClient) -> None:
    content = encoded(picture(6))
    for query, there in (("", False), ("?glyphs=false", False), ("?glyphs=true", True)):
        found = client.post(f"/api/read{query}", content=content).json()["numbers"][0]
        assert [("glyph" in digit) for digit in found["digits"]] == [there], query


BAD_BODIES: dict[str, tuple[dict[str, Any], int]] = {
    "nothing": ({}, 422),
    "text": ({"content": b"seven"}, 422),
    "half a JPEG": ({"content": encoded(picture(5), "JPEG")[:700]}, 422),
    "an animation": ({"content": frames("GIF")}, 422),
    "a form without file": ({"files": {"photo": b"x"}}, 422),
    "a field that is no file": ({"data": {"file": "x"}}, 422),
    "a broken form": ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=a"}}, 422),
    "a form without boundary": ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422),
}


@pytest.mark.parametrize(("body", "status"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_has_the_one_shape_of_errors(client: TestClient, body: dict[str, Any], status: int) -> None:
    answer = client.post("/api/read", **body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"kind", "message", "expected", "got", "remedy"}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/none", 404), ("GET", "/api/read", 405), ("GET", "/static/none.js", 404)]
)
def test_an_unknown_address_has_the_one_shape_of_errors(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["kind"] == "request"


def test_a_fault_is_told_without_its_inside(
    application: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(image: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(application.state.reader, "page", fails)
    answer = client.post("/api/read", content=b"x")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "fault" in answer.json()["error"]["message"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80", "[broken"])
def test_a_call_under_another_name_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 403
    assert "INKDIGIT_ALLOWED_HOSTS" in answer.json()["error"]["message"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8377", "127.0.0.1:1", "[::1]:8377"])
def test_our_own_names_are_let_in(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_a_name_from_the_settings_is_let_in(reader: inkdigit.Reader) -> None:
    more = inkdigit.Reader(settings=inkdigit.Settings(allowed_hosts="ink.example, other.example"))
    client = TestClient(create_app(more), base_url="http://ink.example")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example"]
)
def test_a_call_from_another_page_is_refused(client: TestClient, origin: str) -> None:
    answer = client.post("/api/read", content=encoded(picture(6)), headers={"origin": origin})
    assert answer.status_code == 403
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("ws://127.0.0.1/api/ink", headers={"origin": origin}),
    ):
        pass
    assert caught.value.code == 1008


def test_a_call_from_our_own_page_is_let_in(client: TestClient) -> None:
    answer = client.post("/api/read", content=encoded(picture(6)), headers={"origin": HERE})
    assert answer.status_code == 200
    with client.websocket_connect("ws://127.0.0.1/api/ink", headers={"origin": HERE}) as socket:
        assert "hello" in socket.receive_json()


def test_the_limit_of_a_body_holds_at_and_above() -> None:
    content = encoded(picture(6))
    with limited(max_file_bytes=len(content)) as client:
        assert client.post("/api/read", content=content).status_code == 200
        assert client.post("/api/read", files={"file": content}).status_code == 200
    with limited(max_file_bytes=len(content) - 1) as client:
        assert client.post("/api/read", content=content).status_code == 422
        assert client.post("/api/read", content=content + bytes(5000)).status_code == 413


def test_a_body_without_a_length_is_stopped_at_the_limit() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield bytes(1_000)

    with limited(max_file_bytes=10_000) as client:
        for headers in ({}, {"content-type": "multipart/form-data; boundary=a"}):
            answer = client.post("/api/read", content=endless(), headers=headers)
            assert answer.status_code == 413
            assert answer.json()["error"]["kind"] == "request"


def test_ink_is_read_over_the_socket(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        assert socket.receive_json()["hello"]["max_points"] == 20_000
        for number, digit in enumerate((7, 2, 9), 1):
            socket.send_text(json.dumps({"id": number, "strokes": DIGITS[digit]}))
            found = answered(socket)
            assert (found["id"], found["number"]["text"]) == (number, str(digit))


def test_while_a_drawing_is_read_the_server_says_that_it_lives(
    client: TestClient, application: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()
    reader: inkdigit.Reader = application.state.reader
    read_ink = type(reader).ink

    def slow(strokes: Any, stopped: Any) -> Any:
        assert seen.wait(60)
        return read_ink(reader, strokes, stopped=stopped)

    monkeypatch.setattr(reader, "ink", slow)
    monkeypatch.setattr(routes, "ALIVE", 0.01)
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        socket.receive_json()
        socket.send_text(json.dumps({"id": 1, "strokes": DIGITS[7]}))
        for _ in range(3):
            assert socket.receive_json() == {"alive": True}
        seen.set()
        found = answered(socket)
        assert (found["id"], found["number"]["text"]) == (1, "7")


def test_bad_messages_leave_the_socket_open(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        socket.receive_json()
        socket.send_text("{")
        assert answered(socket)["error"]["kind"] == "request"
        socket.send_bytes(b"\x00")
        assert answered(socket)["error"]["kind"] == "request"
        socket.send_text(json.dumps({"id": 5, "strokes": [[[0, 0]] * 20_001]}))
        assert "20,000 points" in answered(socket)["error"]["message"]
        socket.send_text(json.dumps({"id": 6, "strokes": DIGITS[1]}))
        assert answered(socket)["number"]["text"] == "1"


def test_the_newest_drawing_wins(client: TestClient, application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first is read, ten more come: its reading stops, and the last of them is the next that is read."""
    begun, all_came = threading.Event(), threading.Event()
    asked: list[int] = []
    grouped, are_signs, put = Networks.grouped, Networks.are_signs, Newest.put

    def slow(networks: Networks, marks: Any) -> Any:
        asked.append(len(marks))
        begun.set()
        assert all_came.wait(60)
        return grouped(networks, marks)

    def signs(networks: Networks, marks: Any, *where: Any) -> Any:
        asked.append(-len(marks))
        return are_signs(networks, marks, *where)

    def counted(newest: Newest[Any], message: Any) -> None:
        put(newest, message)
        if newest.count == 11:
            all_came.set()

    monkeypatch.setattr(Networks, "grouped", slow)
    monkeypatch.setattr(Networks, "are_signs", signs)
    monkeypatch.setattr(Newest, "put", counted)
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        socket.receive_json()
        socket.send_text(json.dumps({"id": 1, "strokes": number("71")}))
        assert begun.wait(60)
        for at in range(2, 12):
            socket.send_text(json.dumps({"id": at, "strokes": number("17")}))
        found = answered(socket)
    assert (found["id"], found["number"]["text"]) == (11, "17"), "the first has no answer"
    assert len(asked) == 3, "the first was not asked about its signs"
    assert asked[0] > 0 > asked[2]


def test_nothing_is_read_on_for_who_has_gone(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, gone, ended = threading.Event(), threading.Event(), threading.Event()
    grouped, put, answer = Networks.grouped, Newest.put, messages.answer
    answers: list[str | None] = []

    def slow(networks: Networks, marks: Any) -> Any:
        begun.set()
        assert gone.wait(60)
        return grouped(networks, marks)

    def heard(newest: Newest[Any], message: Any) -> None:
        put(newest, message)
        if message is None:
            gone.set()

    def answering(*given: Any) -> str | None:
        answers.append(answer(*given))
        ended.set()
        return answers[-1]

    monkeypatch.setattr(Networks, "grouped", slow)
    monkeypatch.setattr(Newest, "put", heard)
    monkeypatch.setattr(messages, "answer", answering)
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        socket.receive_json()
        socket.send_text(json.dumps({"id": 1, "strokes": number("71")}))
        assert begun.wait(60)
    assert ended.wait(60)
    assert answers == [None]
