"""What strangers sent that ended in a fault of the server, or kept it busy: each kind gets an answer of our shape."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import encoded, picture
from fastapi.testclient import TestClient
from PIL import Image

import inkdigit
from inkdigit.web import upload
from inkdigit.web.app import create_app

HERE = "http://127.0.0.1"
SEVEN = "[[0,0],[50,0],[20,90]]"
DRAWN = '{"strokes":[{"width":22,"points":' + SEVEN + "}]}"
JPEG = encoded(Image.fromarray(255 - picture(7)), "JPEG")


@pytest.fixture
def client(tmp_path: Path, reader: inkdigit.Reader) -> Iterator[TestClient]:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"))
    app = create_app(inkdigit.Reader(settings=settings))
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as found:
        yield found


def of_our_shape(answer: Any) -> dict[str, str]:
    """The error of an answer, which has our headers too."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    error: dict[str, str] = answer.json()["error"]
    assert set(error) == {"kind", "message", "expected", "got", "remedy"}
    return error


def svg(inside: str, encoding: str = "utf-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()


def imported(client: TestClient, content: bytes) -> Any:
    octets = {"content-type": "application/octet-stream"}
    return client.post("/api/kept/import?name=a.svg", content=content, headers=octets)


@pytest.mark.parametrize("width", ["1e-300", "5e-324", "9e-7", "1.1e9", "1e300", "0", "-1"])
def test_a_pen_too_thin_or_too_thick_is_refused(client: TestClient, width: str) -> None:
    body = '{"strokes":[{"width":' + width + ',"points":[[0,0]]}]}'
    answer = client.post("/api/kept", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "width above 0, from 1e-06 to 1e+09" in of_our_shape(answer)["message"]


@pytest.mark.parametrize("width", ["1e-6", "1e9"])
def test_a_pen_as_thin_or_thick_as_it_may_be_draws(client: TestClient, width: str) -> None:
    body = '{"strokes":[{"width":' + width + ',"points":[[0,0]]}]}'
    assert client.post("/api/kept", content=body, headers={"content-type": "application/json"}).status_code == 201


@pytest.mark.parametrize(
    "inside",
    [
        '<polyline points="' + "," * 600_000 + '"/>',
        '<polyline points="' + " " * 600_000 + 'x"/>',
        '<path d="M0 0' + "," * 600_000 + 'x"/>',
        ('<g transform="' + "a" * 9_990 + '"/>') * 60,
        ('<g transform="' + "a(" * 4_990 + '"/>') * 60,
        ('<g transform="' + "a " * 4_990 + '"/>') * 60,
        ('<g style="' + "a:" * 4_990 + '"/>') * 60,
    ],
    ids=["commas", "spaces", "path", "long name", "brackets", "words", "style"],
)
def test_long_text_in_an_svg_is_read_once(client: TestClient, inside: str) -> None:
    """Read again from each of its places, any of these takes minutes."""
    answer = imported(client, svg(inside))
    assert answer.status_code == 422
    of_our_shape(answer)


@pytest.mark.parametrize("radius", ["1e-300", "1e-190", "1e-12", "1e12"])
def test_an_arc_of_any_radius_is_a_line_of_ink(client: TestClient, radius: str) -> None:
    drawn = f'<path d="M0 0 A{radius} {radius} 0 0 1 30 40 L 60 60"/>'
    assert imported(client, svg(drawn)).json()["kept"] == [1]


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "rot13", "zip", "hex", "punycode", "undefined", "mbcs", "xx"])
def test_an_svg_in_an_odd_encoding_is_refused(client: TestClient, encoding: str) -> None:
    answer = imported(client, svg('<path d="M0 0L30 40"/>', encoding))
    assert answer.status_code == 422
    of_our_shape(answer)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "us-ascii", "ISO-8859-1", "windows-1252"])
def test_an_svg_in_a_plain_encoding_is_taken(client: TestClient, encoding: str) -> None:
    assert imported(client, svg('<path d="M0 0L30 40"/>', encoding)).json()["kept"] == [1]


@pytest.mark.parametrize("number", ["1" * 18, "1" * 20, "9" * 5_000])
def test_an_id_of_any_length_names_nothing(client: TestClient, number: str) -> None:
    for answer in (
        client.get(f"/api/kept/{number}"),
        client.get(f"/api/kept/{number}.png"),
        client.patch(f"/api/kept/{number}", json={"title": "x"}),
    ):
        assert answer.status_code == 404
        of_our_shape(answer)


@pytest.mark.parametrize("ids", ["9" * 30, "-" + "9" * 30, "1,-5,0"])
def test_ids_of_any_length_find_nothing(client: TestClient, ids: str) -> None:
    assert client.get(f"/api/kept?ids={ids}").json()["drawings"] == []


@pytest.mark.parametrize("name", ["text", "tag"])
def test_a_search_has_a_limit(client: TestClient, name: str) -> None:
    assert client.get(f"/api/kept?{name}={'a' * 1_000}").status_code == 200
    answer = client.get(f"/api/kept?{name}={'a' * 1_001}")
    assert answer.status_code == 422
    assert "at most 1,000 characters" in of_our_shape(answer)["message"]
    assert client.get(f"/api/kept?{name}={'%25' * 1_000}").status_code == 200


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "//", "http://127.0.0.1:1"])
def test_a_broken_origin_is_another_page(client: TestClient, origin: str) -> None:
    answer = client.post("/api/read", content=encoded(picture(7)), headers={"origin": origin})
    assert answer.status_code == 403
    of_our_shape(answer)


def with_exif(content: bytes) -> bytes:
    """A JPEG of a 7 with these bytes as its EXIF data."""
    part = b"Exif\0\0" + content
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part + JPEG[2:]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says what is broken
@pytest.mark.parametrize("seed", range(20))
def test_a_picture_with_broken_exif_data_is_read(client: TestClient, seed: int) -> None:
    random = np.random.default_rng(seed)
    head = (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II*\0", b"")[seed % 4]
    tag = b"\1\0" + struct.pack("<HHI", 0x0112, int(random.integers(0, 14)), int(random.integers(2**32)))
    exif = head + (tag if seed % 3 else b"") + random.bytes(int(random.integers(0, 60)))
    answer = client.post("/api/read", content=with_exif(exif), headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    assert [number["text"] for number in answer.json()["numbers"]] in (["7"], ["2"], ["?"], [])  # it may be turned


def test_what_nobody_foresaw_is_an_answer_of_our_shape(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*given: Any) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(inkdigit.Reader, "page", fails)
    answer = client.post("/api/read", content=encoded(picture(7)))
    assert answer.status_code == 500
    error = of_our_shape(answer)
    assert error["got"] == "a fault in the server"
    assert "by chance" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert client.get("/healthz").status_code == 200


def test_a_full_temporary_folder_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", full)
    answer = client.post("/api/read", files={"file": ("a.png", encoded(picture(7)))})
    assert answer.status_code == 503
    assert "No space left on device" in of_our_shape(answer)["got"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/kept", "/static/index.html"])
def test_head_is_there_where_get_is(client: TestClient, path: str) -> None:
    asked, told = client.get(path), client.head(path)
    assert told.status_code == asked.status_code == 200
    assert told.content == b""
    assert told.headers["content-length"] == asked.headers["content-length"]


def test_media_types_are_known_in_any_case(client: TestClient) -> None:
    kept = client.post("/api/kept", content=DRAWN, headers={"content-type": "Application/JSON; Charset=UTF-8"})
    assert kept.status_code == 201
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = part + encoded(picture(7)) + b"\r\n--x--\r\n"
    read = client.post("/api/read", content=body, headers={"content-type": "Multipart/Form-Data; boundary=x"})
    assert read.json()["numbers"][0]["text"] == "7"


def test_the_media_type_is_told_without_its_parameters() -> None:
    class Request:
        headers = {"content-type": " Image/PNG ; q=1"}  # noqa: RUF012

    assert upload.media_type(Request()) == "image/png"  # type: ignore[arg-type]
