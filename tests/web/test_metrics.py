"""What is counted, under which names, and that nothing that people make up becomes a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

import inkdigit
from inkdigit.web.app import create_app


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(tmp_path / "store.sqlite"))))
    with TestClient(app, base_url="http://127.0.0.1") as found:
        yield found


def counts(client: TestClient) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of their names) -> value."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[(sample.name, *(value for _, value in sorted(sample.labels.items())))] = sample.value
    return found


def test_a_request_is_counted_with_its_time_sizes_and_answer(client: TestClient) -> None:
    before = counts(client)
    content = encoded(picture(7))
    answer = client.post("/api/read", content=content)
    after = counts(client)

    def more(*key: str) -> float:
        return after[key] - before.get(key, 0)

    assert more("inkdigit_http_requests_total", "POST", "/api/read", "200") == 1
    assert more("inkdigit_http_request_duration_seconds_count", "/api/read") == 1
    assert 0 < more("inkdigit_http_request_duration_seconds_sum", "/api/read") < 60
    assert more("inkdigit_http_request_size_bytes_sum", "/api/read") == len(content)
    assert more("inkdigit_http_response_bytes_total", "/api/read") == len(answer.content)
    assert more("inkdigit_answers_total", "7") == 1
    assert after[("inkdigit_http_requests_in_progress",)] == 1, "the one that asks"


def test_refusals_are_counted_by_their_kind(client: TestClient) -> None:
    before = counts(client)
    client.post("/api/read", content=b"x")
    client.post("/api/kept", content=b"x", headers={"content-type": "application/json"})
    client.get("/", headers={"host": "example.org"})
    after = counts(client)
    for kind, count in (("picture", 1), ("request", 2)):
        key = ("inkdigit_refused_requests_total", kind)
        assert after[key] - before.get(key, 0) == count


def test_what_people_make_up_is_not_counted_apart(client: TestClient) -> None:
    for path in ("/nowhere", "/api/kept/17", "/api/kept/18", "/static/draw/x.js"):
        client.get(path)
    client.request("BREW", "/")
    paths = {key[2] for key in counts(client) if key[0] == "inkdigit_http_requests_total"}
    assert not paths & {"/nowhere", "/api/kept/17", "/static/draw/x.js"}
    assert {"other", "/static", "/api/kept/{number:id}"} <= paths
    assert "BREW" not in {key[1] for key in counts(client) if key[0] == "inkdigit_http_requests_total"}


def test_the_model_in_use_is_named(client: TestClient) -> None:
    told = [key for key in counts(client) if key[0] == "inkdigit_model_info"]
    card = inkdigit.Reader().model.card
    assert ("inkdigit_model_info", card.provenance["commit"], "western.onnx", card.script, inkdigit.__version__) in told
