"""How often one client may ask, and whose word counts about who that is."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import inkdigit
from inkdigit.web import rate, serving
from inkdigit.web.app import create_app
from inkdigit.web.rate import Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("count", "refused"), [(2, 0), (3, 0), (4, 1), (9, 6)])
def test_a_client_may_ask_so_many_times_at_once(count: int, refused: int) -> None:
    each = Rate(3, Clock())
    assert [each.error("203.0.113.7") is None for _ in range(count)] == [True] * (count - refused) + [False] * refused
    assert each.error("203.0.113.8") is None, "another one asks for itself"


@pytest.mark.parametrize(("seconds", "more"), [(19.9, 0), (20.1, 1), (40.1, 2), (1e6, 3)])
def test_the_bucket_fills_again(seconds: float, more: int) -> None:
    clock = Clock()
    each = Rate(3, clock)
    for _ in range(3):
        each.error("203.0.113.7")
    refused = each.error("203.0.113.7")
    assert refused is not None
    assert refused.seconds == 20
    clock.now += seconds
    assert sum(each.error("203.0.113.7") is None for _ in range(5)) == more


def test_who_keeps_asking_is_let_in_as_soon_as_who_waits() -> None:
    clock = Clock()
    each = Rate(60, clock)
    taken = 0
    for _ in range(1_000):  # ten times a second, for 100 s
        clock.now += 0.1
        taken += each.error("203.0.113.7") is None
    assert 158 <= taken <= 161


def test_all_addresses_of_one_ipv6_network_are_one_client() -> None:
    each = Rate(1, Clock())
    assert each.error("2001:db8::1") is None
    assert each.error("2001:db8::2%eth0") is not None
    assert each.error("2001:db8:0:1::1") is None
    assert each.error("203.0.113.7") is None
    assert each.error("::ffff:203.0.113.7") is not None, "the same in another dress"
    assert each.error("no address") is None


def test_no_more_clients_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "_MOST_CLIENTS", 10)
    each = Rate(1, Clock())
    for number in range(100):
        each.error(f"203.0.113.{number}")
    assert len(each._buckets) == 10


def test_without_a_limit_nothing_is_remembered() -> None:
    each = Rate(inkdigit.Settings().requests_a_minute)
    assert each.error("203.0.113.7") is None
    assert not each._buckets


def test_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    settings = inkdigit.Settings(store=str(tmp_path / "s.sqlite"), requests_a_minute=2, token="x")
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url="http://127.0.0.1") as client:
        assert [client.get("/api/kept/stats").status_code for _ in range(2)] == [401, 401]
        answer = client.get("/api/kept/stats", headers={"authorization": "Bearer x"})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 30
        assert answer.json()["error"]["kind"] == "rate"
        assert answer.headers["x-content-type-options"] == "nosniff"
        with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/api/ink"):
            pass
        assert refused.value.status_code == 429  # type: ignore[attr-defined]
        assert client.get("/v2/models/digits").json() == {"error": answer.json()["error"]["message"]}
        for path in ("/healthz", "/readyz", "/v2/health/live"):
            assert client.get(path).status_code == 200
        assert client.get("/metrics").status_code == 401, "not counted, but not open either"


@pytest.mark.parametrize(
    ("proxies", "peer", "client"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1", "203.0.113.7"),
        ("10.0.0.0/8, 192.0.2.1", "10.9.9.9", "203.0.113.7"),
    ],
)
def test_only_a_named_proxy_says_who_asks(
    proxies: str, peer: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn would believe that
    seen: list[str] = []

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    monkeypatch.setattr(serving, "create_app", lambda reader: app)
    config = serving.served(inkdigit.Reader(settings=inkdigit.Settings(proxies=proxies)), lambda: None).config
    config.load()
    asked = TestClient(config.loaded_app, client=(peer, 1))
    asked.get("/", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"})
    assert seen == [client]
