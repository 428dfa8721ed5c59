"""What the server writes: a line for each request with its id, and nothing of what the request brought."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient

import inkdigit
from inkdigit.errors import SettingError
from inkdigit.web import logs
from inkdigit.web.app import create_app

TOKEN = "quiet-please"
KNOWS = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(params=["json", "text", "quiet"])
def log(request: pytest.FixtureRequest) -> Iterator[str]:
    """The server writes so, and as before when the test is over."""
    names = ("inkdigit.web", "uvicorn", "asyncio")
    before = [(logging.getLogger(one).handlers[:], logging.getLogger(one).level) for one in names]
    yield request.param
    for one, (handlers, level) in zip(names, before, strict=True):
        logging.getLogger(one).handlers[:] = handlers
        logging.getLogger(one).setLevel(level)
    logging.getLogger("uvicorn").propagate = True


@pytest.fixture
def client(tmp_path: Path, log: str) -> Iterator[TestClient]:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), token=TOKEN, log=log)
    logs.configure(settings)
    app = create_app(inkdigit.Reader(settings=settings))
    with TestClient(app, base_url="http://127.0.0.1", headers=KNOWS) as found:
        yield found


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_request_leaves_one_object(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    content = encoded(picture(7))
    answer = client.post("/api/read?glyphs=true", content=content, headers={"x-request-id": "scan-17"})
    [line] = written(capsys)
    told = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("time"))
    assert 0 < told.pop("ms") < 60_000
    assert told == {
        "level": "info",
        "message": "POST /api/read 200",
        "request": "scan-17",
        "method": "POST",
        "route": "/api/read",
        "status": 200,
        "received": len(content),
        "sent": len(answer.content),
        "client": "testclient",
    }


@pytest.mark.parametrize("log", ["text"], indirect=True)
def test_a_request_leaves_one_line(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.get("/healthz", headers={"x-request-id": "a1"})
    [line] = written(capsys)
    assert " info GET /healthz 200 ms=" in line
    assert line.endswith("client=testclient request=a1")


@pytest.mark.parametrize("log", ["quiet"], indirect=True)
def test_only_what_goes_wrong_is_written_by_default(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    client.get("/healthz")
    client.get("/nowhere")
    assert written(capsys) == []
    assert inkdigit.Settings().log == "quiet"


@pytest.mark.parametrize("log", ["json", "text"], indirect=True)
def test_nothing_that_a_request_brought_is_written(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    secret = {"title": "my diary", "strokes": [[[83.25, 62], [199, 60]]]}
    client.post("/api/kept", json=secret)
    client.get("/api/kept?text=4711")
    client.get(f"/?token={TOKEN}")
    client.get(f"/{TOKEN}/4711")
    client.post("/api/read", files={"file": ("diary.png", encoded(picture(7)))})
    lines = written(capsys)
    assert len(lines) == 6  # one goes on to the page
    for word in (TOKEN, "4711", "diary", "83.25"):
        assert word not in "\n".join(lines)


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_fault_is_one_object_with_the_id_of_its_request(
    client: TestClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(inkdigit.Reader, "page", fails)
    assert client.post("/api/read", content=encoded(picture(7)), headers={"x-request-id": "b2"}).status_code == 500
    fault, request = (json.loads(line) for line in written(capsys))
    assert (fault["level"], fault["request"]) == ("error", "b2")
    assert "ZeroDivisionError" in fault["fault"]
    assert (request["status"], request["request"]) == (500, "b2")


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_socket_leaves_one_object_when_it_is_closed(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    with client.websocket_connect("/api/ink", headers={"host": "127.0.0.1"}) as socket:
        socket.receive_text()
    told = json.loads(written(capsys)[0])
    assert (told["method"], told["route"], told["status"]) == ("WS", "/api/ink", 101)
    assert told["sent"] > 0


@pytest.mark.parametrize("log", ["quiet"], indirect=True)
@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\tb", '{"a":1}', "ü", "a;b"])
def test_an_id_that_is_no_plain_word_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/healthz", headers={"x-request-id": given.encode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize("log", ["quiet"], indirect=True)
@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/kept/7", "/static/index.html"])
def test_the_id_of_a_request_comes_back_with_every_answer(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"x-request-id": "x" * 128}).headers["x-request-id"] == "x" * 128
    assert client.head(path, headers={"x-request-id": "c3"}).headers["x-request-id"] == "c3"
    assert client.get(path).headers["x-request-id"] != client.get(path).headers["x-request-id"]


def test_another_way_to_write_is_refused() -> None:
    with pytest.raises(SettingError, match=r"quiet, text, json.*INKDIGIT_LOG"):
        inkdigit.Settings(log="xml")
