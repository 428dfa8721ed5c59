"""Kept drawings over HTTP."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import encoded, number, picture
from fastapi.testclient import TestClient
from PIL import Image

import inkdigit
from inkdigit.web.app import create_app

HERE = "http://127.0.0.1"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"), max_page=50)
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url=HERE) as found:
        yield found


def strokes(text: str) -> list[dict[str, Any]]:
    return [{"width": 22, "points": points} for points in number(text)]


def keep(client: TestClient, text: str, **about: Any) -> dict[str, Any]:
    answer = client.post("/api/kept", json={"strokes": strokes(text), **about})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_is_made_before_something_is_kept(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/api/kept").json() == {"drawings": [], "next": None, "total": 0}
    assert client.get("/api/kept/stats").json()["drawings"] == 0
    assert client.post("/api/kept/delete", json={"ids": [1]}).json() == {"deleted": []}
    assert not list(tmp_path.iterdir())


def test_a_drawing_in_another_script_is_kept_with_it(client: TestClient) -> None:
    ring = [[50 + 40 * math.cos(turn / 5), 50 + 50 * math.sin(turn / 5)] for turn in range(33)]
    made = client.post("/api/kept", json={"strokes": [ring], "script": "thai"}).json()
    assert (made["text"], made["native"], made["script"], made["model"]) == ("0", "๐", "thai", "thai")
    assert client.post("/api/kept", json={"strokes": [ring], "script": "elvish"}).status_code == 422


def test_a_drawing_is_kept_and_shown(client: TestClient) -> None:
    made = keep(client, "42", title="a", tags=["x"], correct=[4, 10], at="2026-11-21T09:30:00+01:00")
    assert set(made) == {
        "id", "at", "title", "tags", "kind", "text", "written", "shown", "confidence", "correct", "wrong",
        "digits", "model", "native", "script",
    }  # fmt: skip
    assert (made["native"], made["script"]) == ("4?", "western")
    assert (made["text"], made["correct"], made["wrong"]) == ("42", "4?", True)
    assert (made["written"], made["shown"]) == ("42", "4?")
    assert made["at"] == "2026-11-21T08:30:00.000Z"
    assert [set(one) for one in made["digits"]] == [{"value", "confidence", "correct"}] * 2
    whole = client.get(f"/api/kept/{made['id']}").json()
    sent = [point for stroke in strokes("42") for point in stroke["points"]]
    shown = [point for stroke in whole["strokes"] for point in stroke["points"]]
    assert np.allclose(shown, sent, rtol=1e-6, atol=0)
    assert {stroke["width"] for stroke in whole["strokes"]} == {22}
    assert len(base64.b64decode(whole["digits"][0]["glyph"])) == 784
    assert len(whole["digits"][0]["box"]) == 4
    small = client.get(f"/api/kept/{made['id']}.png")
    assert small.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(small.content)) as image:
        assert max(image.size) == 160
        assert image.convert("L").getextrema() == (0, 255)


def test_a_picture_is_kept_as_raw_body_and_as_a_form(client: TestClient) -> None:
    content = encoded(picture(6))
    raw = client.post("/api/kept?title=six&tag=a&tag=b", content=content, headers={"content-type": "image/png"})
    form = client.post("/api/kept", files={"file": ("six.png", content, "image/png")})
    assert (raw.status_code, form.status_code) == (201, 201)
    assert (raw.json()["kind"], raw.json()["text"], raw.json()["tags"]) == ("picture", "6", ["a", "b"])


def test_the_gallery_is_searched_and_paged(client: TestClient) -> None:
    for text in ("1", "2", "3"):
        keep(client, text, at="2026-11-21T23:30:00Z")
    first = client.get("/api/kept?limit=2").json()
    assert [one["text"] for one in first["drawings"]] == ["3", "2"]
    assert first["total"] == 3
    last = client.get(f"/api/kept?limit=2&before={first['next']}").json()
    assert ([one["text"] for one in last["drawings"]], last["next"]) == (["1"], None)
    for query, count in {
        "digit=2": 1, "text=3": 1, "least=0.5&most=1": 3, "wrong=true": 0, "wrong=false": 3, "tag=x": 0,
        "since=2026-11-21": 3, "until=2026-11-21": 3, "until=2026-11-20": 0, "since=2026-11-21T23:30:00.001Z": 0,
        "since=2026-11-22T00:30:00%2B01:00": 3, "since=2026-11-22T00:30:00+01:00": 3, "digit=": 3, "labelled=true": 0,
    }.items():  # fmt: skip
        assert client.get(f"/api/kept?{query}").json()["total"] == count, query


def test_a_drawing_is_corrected_deleted_and_brought_back(client: TestClient) -> None:
    number = keep(client, "7")["id"]
    changed = client.patch(f"/api/kept/{number}", json={"correct": [1], "title": "t", "tags": ["a"]}).json()
    assert (changed["correct"], changed["wrong"], changed["title"], changed["tags"]) == ("1", True, "t", ["a"])
    assert client.post("/api/kept/delete", json={"ids": [number, 99]}).json() == {"deleted": [number]}
    assert client.get(f"/api/kept/{number}").status_code == 404
    assert client.get(f"/api/kept/{number}.png").status_code == 404
    assert client.post("/api/kept/restore", json={"ids": [number]}).json() == {"restored": [number]}
    assert client.get(f"/api/kept/{number}").json()["title"] == "t"


BAD: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "no strokes": ("POST", "", {"json": {}}, 422),
    "blank": ("POST", "", {"json": {"strokes": []}}, 422),
    "strokes of words": ("POST", "", {"json": {"strokes": [{"width": 1, "points": [["a", "b"]]}]}}, 422),
    "a width of nothing": ("POST", "", {"json": {"strokes": [{"width": 0, "points": [[1, 1]]}]}}, 422),
    "pressure above 1": ("POST", "", {"json": {"strokes": [{"points": [[1, 1, 2]]}]}}, 422),
    "too many points": ("POST", "", {"json": {"strokes": [{"points": [[1, 1]] * 20_001}]}}, 422),
    "a long title": ("POST", "", {"json": {"strokes": strokes("1"), "title": "x" * 201}}, 422),
    "a title of numbers": ("POST", "", {"json": {"strokes": strokes("1"), "title": 5}}, 422),
    "many tags": ("POST", "", {"json": {"strokes": strokes("1"), "tags": list("abcdefghijklmnopqrstu")}}, 422),
    "a wrong time": ("POST", "", {"json": {"strokes": strokes("1"), "at": "yesterday"}}, 422),
    "corrections that do not fit": ("POST", "", {"json": {"strokes": strokes("1"), "correct": [1, 2]}}, 422),
    "a picture that is none": ("POST", "", {"content": b"six"}, 422),
    "broken JSON": ("POST", "", {"content": b"{", "headers": {"content-type": "application/json"}}, 422),
    "deep JSON": ("POST", "", {"content": b"[" * 99_999, "headers": {"content-type": "application/json"}}, 422),
    "too long": ("POST", "", {"json": {"strokes": [], "x": "x" * 1_000_000}}, 422),
    "a form of another site": ("POST", "/delete", {"content": b'{"ids": [1]}'}, 422),
    "ids of words": ("POST", "/delete", {"json": {"ids": ["1"]}}, 422),
    "no ids": ("POST", "/restore", {"json": {}}, 422),
    "an unknown id": ("PATCH", "/99", {"json": {"title": "x"}}, 404),
    "a large id": ("GET", "/" + "9" * 40, {}, 404),
    "an id of words": ("GET", "/seven", {}, 404),
    "a digit of words": ("GET", "?digit=x", {}, 422),
    "an eleventh digit": ("GET", "?digit=11", {}, 422),
    "a share above 1": ("GET", "?least=7", {}, 422),
    "a share that is none": ("GET", "?least=nan", {}, 422),
    "a wrong cursor": ("GET", "?before=x", {}, 422),
    "a large cursor": ("GET", "?before=" + "9" * 40, {}, 422),
    "a large page": ("GET", "?limit=51", {}, 422),
    "wrong that is none": ("GET", "?wrong=maybe", {}, 422),
    "a wrong day": ("GET", "?since=2026-02-30", {}, 422),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status"), BAD.values(), ids=BAD)
def test_a_bad_request_has_the_one_shape_of_errors(
    client: TestClient, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    answer = client.request(method, f"/api/kept{path}", **body)
    assert answer.status_code == status, answer.text
    assert set(answer.json()["error"]) == {"kind", "message", "expected", "got", "remedy"}


def test_a_message_of_half_a_character_is_kept_without_it(client: TestClient) -> None:
    message = {"strokes": strokes("1"), "title": "a\ud800b\x00c"}
    answer = client.post("/api/kept", content=json.dumps(message), headers={"content-type": "application/json"})
    assert answer.json()["title"] == "a b c"


def test_a_store_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"not a database" * 1_000)
    settings = inkdigit.Settings(store=str(tmp_path / "store.sqlite"))
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url=HERE) as client:
        answer = client.get("/api/kept")
    assert answer.status_code == 503
    assert answer.json()["error"]["kind"] == "store"
    assert str(tmp_path) in answer.json()["error"]["message"]


def test_drawings_are_exported_and_imported_again(client: TestClient) -> None:
    ids = [keep(client, text, title=f"drawing {text}", correct=[1])["id"] for text in "123"]
    one = client.get(f"/api/kept/export?as=png&ids={ids[0]}")
    assert one.headers["content-type"] == "image/png"
    assert one.headers["content-disposition"] == 'attachment; filename="000001-drawing-1.png"'
    assert len(one.content) == int(one.headers["content-length"])
    for form, kind in {"svg": "application/zip", "json": "application/json", "npz": "application/octet-stream"}.items():
        assert client.get(f"/api/kept/export?as={form}").headers["content-type"] == kind
    some = client.get(f"/api/kept/export?as=json&ids={ids[0]},{ids[2]}").content
    wrong = client.get("/api/kept/export?as=json&wrong=true").content
    known = client.post("/api/kept/import", content=some, headers={"content-type": "application/octet-stream"})
    assert known.json() == {"name": "", "kept": [], "known": 2, "left_out": []}
    client.post("/api/kept/delete", json={"ids": ids})
    back = client.post("/api/kept/import", files={"file": ("mine.json", wrong)})
    assert back.json() == {"name": "mine.json", "kept": [2, 3], "known": 0, "left_out": []}
    named = client.post("/api/kept/import?name=six.png", content=encoded(picture(6))).json()
    assert client.get(f"/api/kept/{named['kept'][0]}").json()["title"] == "six"


def test_an_export_or_import_that_cannot_be_says_why(client: TestClient) -> None:
    keep(client, "1")
    for query in ("", "?as=gif", "?as=png&ids=99", "?as=png&ids=x", "?as=svg&digit=9"):
        answer = client.get(f"/api/kept/export{query}")
        assert answer.status_code == 422, query
        assert set(answer.json()["error"]) == {"kind", "message", "expected", "got", "remedy"}
    for content, kind in {b"": "picture", b"{": "exchange", b"PK": "exchange", b"<svg/>": "exchange"}.items():
        assert client.post("/api/kept/import", content=content).json()["error"]["kind"] == kind, content
    assert client.post("/api/kept/import", files={"other": b"x"}).json()["error"]["kind"] == "request"
    assert client.get("/api/kept").json()["total"] == 1
