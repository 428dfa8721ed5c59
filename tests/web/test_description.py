"""The description for machines: an example of every address, each true, and one shape of errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient
from here import ROOT

import inkdigit
from inkdigit.web.app import create_app
from inkdigit.web.description import examples

BINARY = ("POST /api/page", "GET /api/kept/{number}.png", "GET /api/kept/export", "GET /metrics")
RAW = ("POST /api/read", "POST /api/page", "POST /api/digits", "POST /api/kept/import")
ADDRESS = {"{script}": "thai", "{number}": "1", "{name}": "digits", "{version}": "1"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = tmp_path_factory.mktemp("described") / "store.sqlite"
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(store))))
    with TestClient(app, base_url="http://127.0.0.1") as found:
        kept = found.post("/api/kept", json=examples()["POST /api/kept"]["asked"])
        assert kept.json()["id"] == 1
        yield found


def test_every_answer_says_the_version_of_the_api_and_so_does_the_description(client: TestClient) -> None:
    for path, status in (("/openapi.json", 200), ("/healthz", 200), ("/v2", 200), ("/api/none", 404), ("/", 200)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["x-api-version"]) == (status, "1")
    assert client.get("/healthz", headers={"host": "other"}).headers["x-api-version"] == "1", "of who is refused, too"
    assert client.get("/openapi.json").json()["info"]["x-api-version"] == "1"
    assert "has one version, 1:" in (ROOT / "docs" / "http.md").read_text(encoding="utf-8")


def operations(client: TestClient) -> dict[str, dict[str, Any]]:
    paths = client.get("/openapi.json").json()["paths"]
    return {f"{method.upper()} {path}": what for path, methods in paths.items() for method, what in methods.items()}


def same_keys(shown: Any, answered: Any) -> None:
    """Objects with the same names; of lists the first that both have."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict)
        assert set(shown) == set(answered)
        for key, value in shown.items():
            same_keys(value, answered[key])
    elif isinstance(shown, list):
        assert isinstance(answered, list)
        for one, other in zip(shown[:1], answered[:1], strict=False):
            same_keys(one, other)


def test_every_address_has_an_example_and_no_other(client: TestClient) -> None:
    found = operations(client)
    assert set(examples()) == set(found)
    for name, operation in found.items():
        answer = next(iter(operation["responses"].values()))
        if name not in BINARY:
            assert answer["content"]["application/json"]["example"], name
        if name.startswith(("POST", "PATCH")) and name not in RAW:
            assert operation["requestBody"]["content"]["application/json"]["example"], name


@pytest.mark.parametrize("name", sorted(examples()))
def test_what_an_example_asks_is_answered_as_it_shows(client: TestClient, name: str) -> None:
    method, path = name.split()
    for key, value in ADDRESS.items():
        path = path.replace(key, value)
    example = examples()[name]
    body: dict[str, Any] = {"json": example["asked"]} if "asked" in example else {}
    if name in RAW:
        made = client.get("/api/kept/export?as=json").content if "import" in path else encoded(picture(7))
        body = {"content": made, "headers": {"content-type": "application/octet-stream" if "import" in path else ""}}
    if name == "POST /api/kept/delete":
        body = {"json": {"ids": [99]}}  # the others want to see it
    answer = client.request(method, path, params=example.get("query") if "export" in path else None, **body)
    assert answer.is_success, answer.text
    if name not in BINARY:
        same_keys(example["answered"], answer.json())


def test_errors_have_one_shape_in_the_description(client: TestClient) -> None:
    for name, operation in operations(client).items():
        assert set(operation["responses"]) <= {"200", "201", "default"}
        wanted = "ProtocolError" if "/v2" in name else "Error"
        content = operation["responses"]["default"]["content"]["application/json"]
        assert content["schema"]["$ref"].endswith(f"/{wanted}")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/read?glyphs=maybe"), ("POST", "/api/read?personal=7"), ("GET", "/nowhere"), ("PUT", "/api/read")],
)
def test_errors_have_one_shape_on_the_wire(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()["error"]) == {"kind", "message", "expected", "got", "remedy"}
