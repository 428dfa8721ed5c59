"""Scripts over HTTP: which there are, their charts, and reading in one of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from drawn import encoded
from fastapi.testclient import TestClient
from PIL import Image
from waiting import answered

from inkdigit.evaluation import script_numbers, script_strokes
from inkdigit.ink.strokes import draw
from inkdigit.reader import Reader
from inkdigit.scripts import SCRIPTS
from inkdigit.web.app import create_app


@pytest.fixture(scope="module")
def client(reader: Reader) -> Iterator[TestClient]:
    with TestClient(create_app(reader), base_url="http://127.0.0.1:8377") as client:
        yield client


def strokes(script: str, text: str) -> list[list[list[float]]]:
    random = np.random.default_rng(3)
    drawn = [script_strokes.written(script, int(one), random) for one in text]
    return [path.tolist() for path in script_numbers.as_strokes(drawn, random).paths]


def picture(script: str, text: str) -> bytes:
    random = np.random.default_rng(3)
    drawn = script_numbers.as_strokes([script_strokes.written(script, int(one), random) for one in text], random)
    return encoded(255 - np.pad(draw(drawn, 80 * len(text), 8), 60))


def test_every_script_that_is_here_is_listed(client: TestClient) -> None:
    found = client.get("/api/scripts").json()
    assert found["read"] == "western"
    assert [one["name"] for one in found["scripts"]] == list(SCRIPTS)
    thai = next(one for one in found["scripts"] if one["name"] == "thai")
    assert thai == {
        "name": "thai", "title": "Thai", "digits": "๐๑๒๓๔๕๖๗๘๙", "runs_left": False, "non_commercial": False,
    }  # fmt: skip


def test_a_chart_has_the_strokes_of_ten_digits(client: TestClient) -> None:
    found = client.get("/api/scripts/burmese").json()
    assert found["digits"] == "၀၁၂၃၄၅၆၇၈၉"
    assert len(found["strokes"]) == 10
    points = [point for digit in found["strokes"] for stroke in digit for point in stroke]
    assert all(-1 <= x <= 101 and -1 <= y <= 101 for x, y in points)


def test_a_chart_of_an_unknown_script_is_told(client: TestClient) -> None:
    answer = client.get("/api/scripts/elvish")
    assert answer.status_code == 422
    assert answer.json()["error"]["kind"] == "script"


def test_strokes_are_read_in_the_script_that_is_named(client: TestClient) -> None:
    found = client.post("/api/ink", json={"strokes": strokes("thai", "2548"), "script": "thai"}).json()
    assert (found["text"], found["native"], found["script"]) == ("2548", "๒๕๔๘", "thai")


def test_the_script_of_strokes_is_found(client: TestClient) -> None:
    found = client.post("/api/ink", json={"strokes": strokes("thai", "2548"), "script": "auto"}).json()
    assert found["script"] == found["scripts"][0]["script"] == "thai"


def test_live_ink_names_its_script_with_each_message(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8377/api/ink") as socket:
        socket.receive_json()
        for number, script in enumerate(["thai", "burmese"], 1):
            socket.send_text(json.dumps({"id": number, "strokes": strokes(script, "96"), "script": script}))
            assert answered(socket)["number"]["script"] == script
        socket.send_text(json.dumps({"id": 3, "strokes": [], "script": "elvish"}))
        assert answered(socket)["error"]["kind"] == "script"
        socket.send_text(json.dumps({"id": 4, "strokes": [], "script": 7}))
        assert "the name of a script" in answered(socket)["error"]["message"]


def test_a_picture_is_read_in_the_script_that_is_named(client: TestClient) -> None:
    found = client.post("/api/read?script=thai", content=picture("thai", "25"), headers={"content-type": "image/png"})
    assert [one["native"] for one in found.json()["numbers"]] == ["๒๕"]
    said = client.post("/api/read?script=elvish", content=picture("thai", "2"), headers={"content-type": "image/png"})
    assert said.status_code == 422


def test_numbers_of_a_picture_are_read_each_in_its_own_script(client: TestClient) -> None:
    thai, burmese = (
        np.asarray(Image.open(io.BytesIO(picture(script, text))).convert("L"))
        for script, text in (("thai", "2548"), ("burmese", "2496"))
    )
    page = np.pad(np.vstack([thai, burmese]), 100, constant_values=255)
    found = client.post("/api/read?script=mixed", content=encoded(page), headers={"content-type": "image/png"})
    assert [one["native"] for one in found.json()["numbers"]] == ["๒๕๔๘", "၂၄၉၆"]
    assert [one["script"] for one in found.json()["numbers"]] == ["thai", "burmese"]


def test_single_digits_are_read_in_the_script_that_is_named(client: TestClient) -> None:
    found = client.post("/api/digits?script=thai", content=picture("thai", "4"), headers={"content-type": "image/png"})
    assert [one["value"] for one in found.json()["digits"]] == [4]


def test_the_look_inside_is_into_the_network_of_the_script(client: TestClient) -> None:
    found = client.post("/api/inside", json={"strokes": strokes("thai", "4"), "at": 0, "script": "thai"}).json()
    assert found["digit"]["value"] == 4
    assert client.post("/api/inside", json={"strokes": strokes("thai", "4"), "script": "auto"}).status_code == 200
