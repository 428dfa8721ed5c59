"""The Open Inference Protocol, spoken by the client of Triton, and by hand."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import httpx2
import numpy as np
import pytest
from drawn import encoded, picture, written
from here import missing
from numpy.typing import NDArray
from sheet import Server

import inkdigit
from inkdigit.web import inference, tensors


@pytest.fixture(scope="module")
def glyphs(server: Server) -> NDArray[np.uint8]:
    """Each digit as the network sees it, uint8 (10, 28, 28)."""
    reader = inkdigit.Reader()
    return np.stack([np.rint(reader.digit(picture(digit)).glyph * 255).astype(np.uint8) for digit in range(10)])


@pytest.fixture
def triton(server: Server) -> Any:
    try:
        from tritonclient import http
    except ImportError:
        missing("tritonclient", "Install the extra [dev].")
    client = http.InferenceServerClient(f"127.0.0.1:{server.port}")
    yield client
    client.close()


def test_the_client_of_triton_finds_the_server_and_its_models(triton: Any) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.get_server_metadata()["name"] == "inkdigit"
    for name in inference.MODELS:
        assert triton.is_model_ready(name)
        assert triton.is_model_ready(name, "1")
        assert triton.get_model_metadata(name)["name"] == name
    assert not triton.is_model_ready("other")
    assert triton.get_model_metadata("digits", "1")["inputs"] == [
        {"name": "glyphs", "datatype": "UINT8", "shape": [-1, 28, 28]}
    ]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
def test_the_client_of_triton_reads_digits(
    triton: Any, glyphs: NDArray[np.uint8], binary: bool, packed: str | None
) -> None:
    from tritonclient import http

    given = http.InferInput("glyphs", [10, 28, 28], "UINT8")
    given.set_data_from_numpy(glyphs, binary_data=binary)
    wanted = [http.InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "digit")]
    found = triton.infer("digits", [given], outputs=wanted, request_id="5", request_compression_algorithm=packed)
    assert found.get_response()["id"] == "5"
    assert found.as_numpy("digit").tolist() == list(range(10))
    assert found.as_numpy("probabilities").shape == (10, 10)
    assert found.as_numpy("probabilities").argmax(axis=1).tolist() == list(range(10))
    assert found.as_numpy("confidence") is None, "nobody asked for it"


def test_the_client_of_triton_gets_everything_where_it_asks_for_nothing(triton: Any, glyphs: NDArray[np.uint8]) -> None:
    from tritonclient import http

    given = http.InferInput("glyphs", [3, 28, 28], "UINT8")
    given.set_data_from_numpy(np.stack([glyphs[4], np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)]))
    found = triton.infer("digits", [given], model_version="1")
    assert found.as_numpy("digit").tolist() == [4, -1, -1]
    assert found.as_numpy("confidence").dtype == np.float32


def test_the_client_of_triton_reads_pages(triton: Any) -> None:
    from tritonclient import http

    pictures = [encoded(written("4071", "268")), encoded(picture(5))]
    given = http.InferInput("pictures", [2], "BYTES")
    given.set_data_from_numpy(np.array(pictures, np.object_))
    pages = [json.loads(one) for one in triton.infer("pages", [given]).as_numpy("pages")]
    assert [[number["text"] for number in page["numbers"]] for page in pages] == [["4071", "268"], ["5"]]


def test_an_error_reaches_the_client_of_triton(triton: Any, glyphs: NDArray[np.uint8]) -> None:
    from tritonclient import http
    from tritonclient.utils import InferenceServerException

    given = http.InferInput("glyphs", [10, 784], "UINT8")
    given.set_data_from_numpy(glyphs.reshape(10, 784))
    with pytest.raises(InferenceServerException, match="glyphs as UINT8"):
        triton.infer("digits", [given])
    with pytest.raises(InferenceServerException, match="one of the models digits, pages"):
        triton.infer("letters", [given])


def asked(server: Server, model: str, message: Any, **more: Any) -> Any:
    return httpx2.post(f"{server.address}v2/models/{model}/infer", content=json.dumps(message).encode(), **more)


def test_pages_are_base64_in_plain_json(server: Server) -> None:
    row = {"name": "pictures", "datatype": "BYTES", "shape": [1]}
    shown = base64.b64encode(encoded(picture(3))).decode()
    answer = asked(server, "pages", {"inputs": [row | {"data": [shown]}]}).json()
    [page] = answer["outputs"][0]["data"]
    assert json.loads(page)["numbers"][0]["text"] == "3"
    assert "as base64" in asked(server, "pages", {"inputs": [row | {"data": ["?"]}]}).json()["error"]
    assert "PNG" in asked(server, "pages", {"inputs": [row | {"data": ["aaaa"]}]}).json()["error"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("", 200), ("/", 200), ("/health/live", 200), ("/health/ready", 200), ("/models/digits", 200),
     ("/models/digits/versions/1/ready", 200), ("/models/digits/versions/2", 404), ("/models/x/ready", 404),
     ("/x", 404), ("/models/digits/infer", 405)],
)  # fmt: skip
def test_every_address_answers_in_the_shape_of_the_protocol(server: Server, path: str, status: int) -> None:
    answer = httpx2.get(f"{server.address}v2{path}")
    assert answer.status_code == status
    assert set(answer.json()) == {"error"} or status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "body", "wrong"),
    [
        ({"content-encoding": "br"}, b"{}", "gzip or deflate"),
        ({"content-encoding": "gzip"}, b"{}", "another"),
        ({"content-encoding": "gzip"}, gzip.compress(b"{}", mtime=0)[:-3], "a whole body"),
        ({"content-encoding": "deflate"}, zlib.compress(bytes(70_000_000)), "a whole body of at most 64,000,000"),
        ({tensors.LENGTH: "9"}, b"{}", "0 to 2"),
        ({}, b"", "a JSON object"),
        ({}, b'{"inputs": []}', "the input glyphs"),
    ],
)
def test_a_broken_request_is_an_error_in_the_shape_of_the_protocol(
    server: Server, headers: dict[str, str], body: bytes, wrong: str
) -> None:
    answer = httpx2.post(f"{server.address}v2/models/digits/infer", content=body, headers=headers)
    assert answer.status_code in (413, 422)
    assert wrong in answer.json()["error"]


def test_another_host_is_refused_in_the_shape_of_the_protocol(server: Server) -> None:
    answer = httpx2.get(f"{server.address}v2", headers={"host": "example.org"})
    assert answer.status_code == 403
    assert isinstance(answer.json()["error"], str)
