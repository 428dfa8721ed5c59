"""Looking inside, and reading 784 pixels, over HTTP."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from drawn import BAD_STROKES, DIGITS
from fastapi.testclient import TestClient

import inkdigit
from inkdigit.ink.strokes import Strokes
from inkdigit.recognition import glyph, profile
from inkdigit.web import state
from inkdigit.web.app import create_app

HERE = "http://127.0.0.1"
BLANK = base64.b64encode(bytes(784)).decode()


@pytest.fixture(scope="module")
def client(reader: inkdigit.Reader) -> Iterator[TestClient]:
    with TestClient(create_app(reader), base_url=HERE, raise_server_exceptions=False) as found:
        yield found


def pixels(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)


def encoded(ink: np.ndarray) -> str:
    return base64.b64encode(ink.astype(np.uint8).tobytes()).decode()


def look(client: TestClient, **message: Any) -> dict[str, Any]:
    answer = client.post("/api/inside", json=message)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_look_shows_steps_layers_heat_and_changes(client: TestClient) -> None:
    seen = look(client, strokes=DIGITS[3])
    assert seen["digit"]["value"] == 3
    assert [step["name"] for step in seen["steps"]] == ["drawn", "fitted"]
    for step in seen["steps"]:
        assert pixels(step["pixels"], step["height"], step["width"]).max() == 255
    assert [(one["channels"], one["height"], one["width"]) for one in seen["layers"]] == [
        *3 * [(32, 14, 14)],
        *3 * [(64, 7, 7)],
        (96, 5, 5),
    ]
    for one in seen["layers"]:
        assert pixels(one["maps"], one["channels"], one["height"], one["width"]).max() == 255
    assert [one["digit"] for one in seen["looked"]] == [3, *(one["digit"] for one in seen["changes"])]
    left, top, right, bottom = seen["frame"]
    assert right - left == pytest.approx(bottom - top, abs=0.02)


def test_the_strongest_heat_is_127_steps_from_nothing(client: TestClient) -> None:
    for one in look(client, strokes=DIGITS[8])["looked"]:
        steps = pixels(one["heat"], 28, 28).astype(int) - 128
        assert np.abs(steps).max() == 127
        assert one["most"] > 0
        assert steps[0, 0] == 0


def test_the_change_that_was_named_changes_the_answer(client: TestClient) -> None:
    seen = look(client, strokes=DIGITS[3])
    ink = pixels(seen["digit"]["glyph"], 28, 28).astype(int)
    found = [one for one in seen["changes"] if one["found"]]
    assert found
    for one in found:
        changed = ink + pixels(one["added"], 28, 28) - pixels(one["removed"], 28, 28)
        answer = client.post("/api/glyph", json={"glyph": encoded(changed)}).json()
        assert answer["value"] == one["digit"]
        assert answer["confidence"] == pytest.approx(one["chance"], abs=1e-3)
        assert one["places"].keys() <= {"add", "remove"}


def test_each_digit_of_a_number_can_be_looked_into(client: TestClient) -> None:
    strokes = [
        [[x * 0.5 + right, y * 0.5] for x, y in stroke] for right, d in ((0, 4), (60, 7)) for stroke in DIGITS[d]
    ]
    assert [look(client, strokes=strokes, at=at)["digit"]["value"] for at in (0, 1)] == [4, 7]


def test_a_glyph_is_looked_into_without_steps(client: TestClient) -> None:
    drawn = glyph.from_strokes(Strokes.of(DIGITS[6])).pixels * 255
    seen = look(client, glyph=encoded(np.rint(drawn)))
    assert (seen["digit"]["value"], seen["steps"], seen["frame"], seen["corner"]) == (6, [], None, None)
    assert seen["layers"]


def test_a_glyph_is_read_as_it_stands_or_fitted(client: TestClient) -> None:
    corner = np.zeros((28, 28))
    corner[1:9, 1:3] = 255  # a short thick line in a corner
    as_it_stands, fitted = (
        client.post("/api/glyph", json={"glyph": encoded(corner), "fit": fit}).json() for fit in (False, True)
    )
    assert fitted["value"] == 1
    assert np.array_equal(pixels(as_it_stands["glyph"], 28, 28), corner)
    assert pixels(fitted["glyph"], 28, 28)[:, 12:16].max() > 200, "in the middle"
    assert pixels(fitted["glyph"], 28, 28)[:, :8].max() == 0


def test_an_empty_grid_is_blank(client: TestClient) -> None:
    for fit in (False, True):
        answer = client.post("/api/glyph", json={"glyph": BLANK, "fit": fit}).json()
        assert (answer["value"], answer["box"], answer["verdict"]["kind"]) == (None, None, "blank")


@pytest.mark.parametrize("address", ["/api/inside", "/api/glyph"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "a JSON object"),
        (b"\xff", "a JSON object"),
        (b"[" * 100_000, "a JSON object"),
        (b"[]", "an object with"),
        (b"{}", "an object with"),
        (b'{"glyph": 7}', "784 bytes"),
        (b'{"glyph": null}', "784 bytes"),
        (b'{"glyph": "!!!!"}', "784 bytes"),
        (b'{"glyph": "AAAA"}', "784 bytes"),
    ],
)
def test_what_is_no_glyph_is_refused(client: TestClient, address: str, body: bytes, expected: str) -> None:
    answer = client.post(address, content=body)
    assert answer.status_code == 422
    assert expected in answer.json()["error"]["expected"]


@pytest.mark.parametrize(("strokes", "message"), BAD_STROKES.values(), ids=BAD_STROKES.keys())
def test_bad_strokes_are_refused(client: TestClient, strokes: Any, message: str) -> None:
    import json

    answer = client.post("/api/inside", content=json.dumps({"strokes": strokes}))
    assert answer.status_code in (413, 422)
    if answer.status_code == 422:
        assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize("at", [-1, 1, "0", 0.0, None, True])
def test_a_digit_that_is_not_there_is_refused(client: TestClient, at: Any) -> None:
    answer = client.post("/api/inside", json={"strokes": DIGITS[3], "at": at})
    assert answer.status_code == 422
    assert answer.json()["error"]["expected"] == '"at" from 0 to 0'


@pytest.mark.parametrize("message", [{"strokes": []}, {"glyph": BLANK}], ids=["strokes", "glyph"])
def test_nothing_cannot_be_looked_into(client: TestClient, message: Any) -> None:
    answer = client.post("/api/inside", json=message)
    assert answer.status_code == 422
    assert answer.json()["error"]["expected"] == "a digit to look into"


def test_a_body_is_taken_up_to_its_limit() -> None:
    settings = inkdigit.Settings(max_message_bytes=2000)
    with TestClient(create_app(inkdigit.Reader(settings=settings)), base_url=HERE) as client:
        body = b'{"glyph": "%s"}' % BLANK.encode()
        for length, status in ((1999, 200), (2000, 200), (2001, 413)):
            answer = client.post("/api/glyph", content=body.ljust(length))
            assert answer.status_code == status, length
        assert "2,000 bytes" in answer.json()["error"]["expected"]


def test_the_hand_that_was_taught_is_looked_into_on_request(
    reader: inkdigit.Reader, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.rint(glyph.from_strokes(Strokes.of(DIGITS[4])).pixels * 255).astype(np.uint8)
    nines = profile.learn(reader.model, np.repeat(drawn[None], 8, axis=0), np.full(8, 9, np.int64))

    def taught_reader(app: object, script: str, personal: bool) -> inkdigit.Reader:
        return reader.personal(nines) if personal else reader

    monkeypatch.setattr(state, "reader_in", taught_reader)
    for personal, value in ((True, 9), (False, 4)):
        message = {"strokes": DIGITS[4], "personal": personal}
        assert look(client, **message)["looked"][0]["digit"] == value
        message = {"glyph": encoded(drawn), "personal": personal}
        assert client.post("/api/glyph", json=message).json()["value"] == value


def test_another_model_is_looked_into_once_it_is_loaded(reader: inkdigit.Reader) -> None:
    app = create_app(reader)
    with TestClient(app, base_url=HERE) as client:
        look(client, strokes=DIGITS[3])
        first = app.state.looker
        look(client, strokes=DIGITS[4])
        assert app.state.looker is first
        app.state.reader = inkdigit.Reader(settings=inkdigit.Settings())
        look(client, strokes=DIGITS[4])
        assert app.state.looker.model is app.state.reader.model
