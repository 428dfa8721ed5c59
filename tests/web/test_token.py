"""A server that other machines can reach asks for a token, on every address but those that say whether it is well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import inkdigit
from inkdigit.web.app import create_app
from inkdigit.web.guard import COOKIE
from inkdigit.web.server import is_loopback

TOKEN = "a b;c=ü"  # as awkward as one may be


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), token=TOKEN)
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as found:
        yield found


def bearer(token: str) -> dict[str, bytes]:
    return {"authorization": f"Bearer {token}".encode()}


@pytest.mark.parametrize("path", ["/", "/api/kept", "/static/index.html", "/metrics", "/v2/models/digits", "/nowhere"])
def test_nothing_is_told_without_the_token(client: TestClient, path: str) -> None:
    for headers in ({}, bearer("another"), bearer(""), bearer(TOKEN[:-1]), {"authorization": b"Basic YTpi"}):
        answer = client.get(path, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "the token of this server" in answer.text
        assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"])
def test_whether_it_is_well_is_told_to_everybody(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_with_the_token_everything_is_there(tmp_path: Path) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), token="sesame")
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/read", content=encoded(picture(7)), headers=bearer("sesame"))
        assert answer.json()["numbers"][0]["text"] == "7"
        assert client.get("/", headers={"authorization": "bearer sesame"}).status_code == 200


def test_the_page_takes_the_token_once_and_hides_it(client: TestClient) -> None:
    told = client.get("/", params={"token": TOKEN}, follow_redirects=False)
    assert told.status_code == 303
    assert told.headers["location"] == "/"
    cookie = told.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert client.get("/").status_code == 200, "the browser sends the cookie"
    with client.websocket_connect("ws://127.0.0.1/api/ink") as socket:
        assert "hello" in socket.receive_json()
    client.cookies.clear()
    assert client.get("/").status_code == 401
    assert client.get("/", params={"token": "another"}).status_code == 401
    assert client.get("/api/kept", params={"token": TOKEN}).status_code == 401, "only the page takes it so"


def test_live_ink_needs_it_too(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/api/ink"):
        pass


@pytest.mark.parametrize("cookie", ["", ";", f"{COOKIE}=", f"{COOKIE}=x", "a=b; \x01=\x02", "=" * 5_000])
def test_broken_cookies_bring_nothing(client: TestClient, cookie: str) -> None:
    assert client.get("/", headers={"cookie": cookie}).status_code == 401


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1", "0:0:0:0:0:0:0:1"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["localhost.example.com", "localhosts", "127.evil.example", "127.0.0.1.example", "127.1", "::1234", "::10", "::",
     "0.0.0.0", "10.0.0.1", "", "example.com"],
)  # fmt: skip
def test_what_only_begins_as_its_name_or_address_does_is_another(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost.example.com"])
def test_a_server_for_others_needs_a_token_or_says_that_it_needs_none(host: str) -> None:
    command = [sys.executable, "-m", "inkdigit", "serve", "--port", "0", "--host", host]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "INKDIGIT_TOKEN" in done.stderr
    assert "--no-auth" in done.stderr
    if "example" in host:
        return  # it is nobody's name
    with subprocess.Popen([*command, "--no-auth"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Reading at")
        process.kill()
