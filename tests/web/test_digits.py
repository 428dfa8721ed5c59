"""One digit a picture, many at once, glyphs as bytes, and strokes, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import DIGITS, encoded, number, picture
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from python_multipart.multipart import MultipartParser

import inkdigit
from inkdigit.errors import PictureError
from inkdigit.web import jobs, tensors
from inkdigit.web.app import create_app
from inkdigit.web.room import Room

HERE = "http://127.0.0.1"
OCTETS = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store: Path = tmp_path_factory.mktemp("kept") / "store.sqlite"
    app = create_app(inkdigit.Reader(settings=inkdigit.Settings(store=str(store), max_glyphs=30)))
    with TestClient(app, base_url=HERE) as found:
        yield found


@pytest.fixture(scope="module")
def glyphs(client: TestClient) -> NDArray[np.uint8]:
    """Each digit as the network sees it, uint8 (10, 28, 28)."""
    reader: inkdigit.Reader = client.app.state.reader  # type: ignore[attr-defined]
    return np.stack([np.rint(reader.digit(picture(digit)).glyph * 255).astype(np.uint8) for digit in range(10)])


def values(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    return [one.get("value", one.get("error")) for one in answer.json()["digits"]]


def test_pictures_of_a_form_are_read_in_their_order(client: TestClient) -> None:
    files = [("file", (f"{digit}.png", encoded(picture(digit)))) for digit in (4, 0, 7)]
    assert values(client.post("/api/digits", files=files)) == [4, 0, 7]


def test_what_is_no_picture_says_so_in_its_place(client: TestClient) -> None:
    files = [("file", ("a.png", encoded(picture(4)))), ("file", ("b.png", b"x")), ("file", ("c.png", b""))]
    first, second, third = values(client.post("/api/digits", files=files))
    assert first == 4
    assert second["kind"] == third["kind"] == "picture"
    assert "empty" in third["message"]


def test_one_picture_is_a_body_as_it_is(client: TestClient) -> None:
    assert values(client.post("/api/digits", content=encoded(picture(5)), headers={"content-type": "image/png"})) == [5]


@pytest.mark.parametrize("kind", ["small", "large", "other filters", "damaged", "two", "any script"])
def test_one_small_plain_picture_is_read_where_it_arrives_and_all_else_apart(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What is inflated by zlib alone reaches no decoder that a file could break."""
    shown = cv2.resize(picture(4), (320, 320)) if kind == "large" else picture(4)
    filters = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH] if kind == "other filters" else []
    sent = bytearray(cv2.imencode(".png", shown, filters)[1].tobytes())
    if kind == "damaged":
        sent[len(sent) // 2] ^= 255
    apart: list[int] = []
    read = Room.read

    async def watched(room: Room, *given: Any, pixels: int = 0) -> Any:
        apart.append(pixels)
        return await read(room, *given, pixels=pixels)

    monkeypatch.setattr(Room, "read", watched)
    files = [("file", ("a.png", bytes(sent)))] * (2 if kind == "two" else 1)
    where = "/api/digits?script=auto" if kind == "any script" else "/api/digits"
    found = values(client.post(where, files=files))
    assert apart == ([] if kind == "small" else [shown.size])
    assert found == [4] * len(files) if kind != "damaged" else found[0]["kind"] == "picture"


@pytest.mark.parametrize("limit", ["max_pixels", "max_file_bytes", "max_side"])
def test_a_small_picture_beyond_the_limits_says_so_in_its_place(tmp_path: Path, limit: str) -> None:
    sent = encoded(picture(4))
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), **{limit: 279})
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url=HERE) as client:
        [said] = values(client.post("/api/digits", content=sent, headers={"content-type": "image/png"}))
    assert "279" in said["message"]


@pytest.mark.parametrize("times", [1, 3])
def test_glyphs_are_bytes(client: TestClient, glyphs: NDArray[np.uint8], times: int) -> None:
    """Ten are read at once, thirty in another thread."""
    answer = client.post("/api/digits", content=glyphs.tobytes() * times, headers=OCTETS)
    assert values(answer) == list(range(10)) * times


def test_a_glyph_without_ink_is_blank(client: TestClient) -> None:
    [blank] = client.post("/api/digits", content=bytes(784), headers=OCTETS).json()["digits"]
    assert blank["value"] is None
    assert blank["verdict"]["kind"] == "blank"
    assert blank["box"] is None


@pytest.mark.parametrize("size", [0, 783, 785, 1567])
def test_half_a_glyph_is_refused(client: TestClient, size: int) -> None:
    answer = client.post("/api/digits", content=bytes(size), headers=OCTETS)
    assert answer.status_code == 422
    assert "784 bytes a digit" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("count", "status"), [(29, 200), (30, 200), (31, 413)])
def test_glyphs_have_a_limit(client: TestClient, count: int, status: int) -> None:
    assert client.post("/api/digits", content=bytes(784 * count), headers=OCTETS).status_code == status


@pytest.mark.parametrize("kind", ["glyphs", "inference"])
def test_others_are_answered_while_many_digits_are_written(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Twenty thousand of them kept everybody waiting for more than two seconds."""
    began, go = threading.Event(), threading.Event()
    place, name = (jobs, "_json") if kind == "glyphs" else (tensors, "_values")
    write = getattr(place, name)

    def held(*given: Any) -> Any:
        began.set()
        assert go.wait(60)
        return write(*given)

    monkeypatch.setattr(place, name, held)
    asked = {"inputs": [{"name": "glyphs", "datatype": "UINT8", "shape": [20, 28, 28], "data": [0] * 784 * 20}]}
    with ThreadPoolExecutor(2) as many:
        if kind == "glyphs":
            answer = many.submit(client.post, "/api/digits", content=bytes(784 * 20), headers=OCTETS)
        else:
            answer = many.submit(client.post, "/v2/models/digits/infer", json=asked)
        try:
            assert began.wait(60)
            assert many.submit(client.get, "/healthz").result(60).status_code == 200
        finally:
            go.set()
        assert answer.result(60).status_code == 200


def test_a_form_is_parsed_in_pieces_between_which_others_have_their_turn(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = MultipartParser.write

    def counted(parser: MultipartParser, data: bytes) -> int:
        sizes.append(len(data))
        return write(parser, data)

    monkeypatch.setattr(MultipartParser, "write", counted)
    files = [("file", ("a.png", encoded(picture(digit)))) for digit in range(10)]
    assert values(client.post("/api/digits", files=files)) == list(range(10))
    assert max(sizes) <= 8_192 < sum(sizes)


@pytest.mark.parametrize(("count", "status"), [(29, 200), (30, 200), (31, 422)])
def test_pictures_have_a_limit(client: TestClient, count: int, status: int) -> None:
    files = [("file", ("a.png", encoded(picture(4))))] * count
    assert client.post("/api/digits", files=files).status_code == status


def test_a_form_without_a_file_is_refused(client: TestClient) -> None:
    answer = client.post("/api/digits", files={"picture": ("a.png", encoded(picture(4)))})
    assert answer.status_code == 422
    assert 'the field "file"' in answer.json()["error"]["message"]


def test_strokes_are_a_number(client: TestClient) -> None:
    answer = client.post("/api/ink", json={"strokes": number("407")})
    assert answer.json()["text"] == "407"
    single = client.post("/api/ink", json={"strokes": DIGITS[7], "single": True})
    assert single.json()["text"] == "7"


@pytest.mark.parametrize("body", ["[]", "{}", '{"strokes": 3}', '{"strokes": [[[1]]]}', "x"])
def test_what_is_no_strokes_is_refused(client: TestClient, body: str) -> None:
    answer = client.post("/api/ink", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert set(answer.json()["error"]) == {"kind", "message", "expected", "got", "remedy"}


def test_the_reader_takes_glyphs_of_one_type_and_shape(reader: inkdigit.Reader, glyphs: NDArray[np.uint8]) -> None:
    assert [one.value for one in reader.glyphs(glyphs)] == list(range(10))
    boxes = [one.box for one in reader.glyphs(glyphs)]
    for box, one in zip(boxes, glyphs, strict=True):
        rows, columns = np.nonzero(one)
        assert box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert reader.glyphs(np.zeros((0, 28, 28), np.uint8)) == []
    for wrong in (glyphs.astype(np.float32), glyphs[0], glyphs[:, :20], glyphs[:, None]):
        with pytest.raises(PictureError, match="28, 28"):
            reader.glyphs(wrong)
