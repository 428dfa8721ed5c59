"""Whatever fits the description of an address, and much that does not, is answered, and never with a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from drawn import encoded, picture
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

import inkdigit
from inkdigit.web.app import create_app
from inkdigit.web.description import examples

HERE = "http://127.0.0.1"
LIGHTLY = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
MORE = settings(LIGHTLY, max_examples=30)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    store = tmp_path_factory.mktemp("schema") / "store.sqlite"
    limits = inkdigit.Settings(store=str(store), max_pixels=1_000_000, max_message_bytes=100_000)
    return create_app(inkdigit.Reader(settings=limits))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as found:
        yield found


def answered(status: int, headers: Any, said: Any) -> None:
    """Not with a fault, with our headers, and where it is an error, in our shape."""
    assert status < 500, said()
    assert "nosniff" in str(headers["x-content-type-options"])
    if status >= 400:
        assert list(said()) == ["error"]


@pytest.mark.parametrize("name", sorted(examples()))
def test_whatever_fits_the_description_or_almost_does_is_answered(app: FastAPI, name: str) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    method, path = name.split()
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]

    @LIGHTLY
    @given(case=some.one_of(schema[path][method].as_strategy(generation_mode=mode) for mode in modes))
    def asked(case: schemathesis.Case) -> None:
        answer = case.call(base_url=HERE)
        answered(answer.status_code, answer.headers, answer.json)

    asked()


@pytest.mark.parametrize("path", ["/api/read", "/api/digits", "/api/kept", "/api/kept/import?name=a.svg"])
@pytest.mark.parametrize("kind", ["", "image/png", "application/octet-stream", "multipart/form-data; boundary=x"])
def test_any_bytes_are_answered(client: TestClient, path: str, kind: str) -> None:
    made = encoded(picture(7))

    @MORE
    @given(some.one_of(some.binary(max_size=3_000), changed(made)))
    def asked(body: bytes) -> None:
        answer = client.post(path, content=body, headers={"content-type": kind})
        answered(answer.status_code, answer.headers, answer.json)

    asked()


@pytest.mark.parametrize("path", ["/api/ink", "/api/kept", "/api/inside", "/api/glyph", "/v2/models/digits/infer"])
def test_any_json_is_answered(client: TestClient, path: str) -> None:
    number = some.one_of(some.floats(), some.integers(), some.none(), some.text(max_size=5))
    ink = some.lists(some.lists(some.lists(number, max_size=3), max_size=5), max_size=4)
    known = {name: some.one_of(ink, number) for name in ("strokes", "glyph", "at", "personal", "inputs", "title", "id")}

    @MORE
    @given(some.one_of(some.fixed_dictionaries({}, optional=known), ink, number))
    def asked(value: Any) -> None:
        body = json.dumps(value).encode()
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        answered(answer.status_code, answer.headers, answer.json)

    asked()


def changed(content: bytes) -> some.SearchStrategy[bytes]:
    """A file with some of its bytes changed, or cut off."""
    places = some.lists(some.tuples(some.integers(0, len(content) - 1), some.integers(0, 255)), max_size=8)
    return some.builds(_changed, some.just(content), places, some.integers(0, len(content)))


def _changed(content: bytes, places: list[tuple[int, int]], end: int) -> bytes:
    made = bytearray(content)
    for at, value in places:
        made[at] = value
    return bytes(made[: end if len(places) % 2 else None])
