"""Live reading over the WebSocket: frames in, numbers out."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest
from drawn import encoded, frames, written
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import inkdigit
from inkdigit.camera.tracking import AGREE
from inkdigit.web import camera
from inkdigit.web.app import create_app
from inkdigit.web.newest import Newest

HERE = "http://127.0.0.1"
FRAME = encoded(written("4071", "268"), "JPEG", quality=85)


@pytest.fixture
def socket(reader: inkdigit.Reader) -> Any:
    with TestClient(create_app(reader), base_url=HERE).websocket_connect("ws://127.0.0.1/api/camera") as found:
        found.hello = found.receive_json()["hello"]
        yield found


def asked(socket: Any, frame: bytes) -> dict[str, Any]:
    socket.send_bytes(frame)
    answer: dict[str, Any] = socket.receive_json()
    return answer


def limited(**settings: int) -> Any:
    reader = inkdigit.Reader(settings=inkdigit.Settings(**settings))  # type: ignore[arg-type]
    return TestClient(create_app(reader), base_url=HERE).websocket_connect("ws://127.0.0.1/api/camera")


def test_the_server_says_its_limits_first(socket: Any) -> None:
    assert socket.hello == {"max_frame_bytes": 2_000_000, "max_frame_pixels": 4_000_000}


def test_a_frame_is_read_at_once_and_settles_after_several(socket: Any) -> None:
    answers = [asked(socket, FRAME) for _ in range(AGREE)]
    assert [answer["frame"] for answer in answers] == list(range(1, AGREE + 1))
    assert [number["text"] for number in answers[0]["numbers"]] == ["4071", "268"]
    assert answers[0]["size"] == [900, 460]
    assert all(answer["settled"] == [] for answer in answers[:-1])
    settled = answers[-1]["settled"]
    assert [(number["id"], number["text"], number["seen"]) for number in settled] == [
        (1, "4071", True),
        (2, "268", True),
    ]
    assert answers[-1]["ms"] > 0


def test_a_settled_number_has_the_shape_of_a_number_with_glyphs(socket: Any) -> None:
    settled = [asked(socket, FRAME) for _ in range(AGREE)][-1]["settled"][0]
    number = asked(socket, FRAME)["numbers"][0]
    assert number.keys() | {"id", "since", "seen"} == settled.keys()
    assert number["digits"][0].keys() | {"glyph"} == settled["digits"][0].keys()
    assert settled["box"] == pytest.approx(number["box"], abs=3)


def test_each_socket_is_a_camera_of_its_own(reader: inkdigit.Reader) -> None:
    client = TestClient(create_app(reader), base_url=HERE)
    for _ in range(2):
        with client.websocket_connect("ws://127.0.0.1/api/camera") as socket:
            socket.receive_json()
            assert asked(socket, FRAME)["settled"] == []


BAD_FRAMES = {
    "nothing": b"",
    "no picture": b"not a picture",
    "half a picture": FRAME[:900],
    "an animation": frames("GIF"),
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_bad_frame_is_answered_and_the_next_is_read(socket: Any, frame: bytes) -> None:
    answer = asked(socket, frame)
    assert answer["frame"] == 1
    assert answer["error"]["kind"] == "picture"
    assert set(answer["error"]) == {"kind", "message", "expected", "got", "remedy"}
    assert [number["text"] for number in asked(socket, FRAME)["numbers"]] == ["4071", "268"]


def test_a_text_is_no_frame(socket: Any) -> None:
    socket.send_text(json.dumps({"strokes": []}))
    assert socket.receive_json()["error"]["kind"] == "request"
    assert asked(socket, FRAME)["frame"] == 2


def test_the_limit_of_bytes_holds_below_at_and_above() -> None:
    for more, allowed in ((1, True), (0, True), (-1, False)):
        with limited(max_frame_bytes=len(FRAME) + more) as socket:
            socket.receive_json()
            answer = asked(socket, FRAME)
            assert ("numbers" in answer) == allowed
            assert allowed or "INKDIGIT_MAX_FRAME_BYTES" in answer["error"]["remedy"]


def test_the_limit_of_pixels_holds_below_at_and_above() -> None:
    for more, allowed in ((1, True), (0, True), (-1, False)):
        with limited(max_frame_pixels=900 * 460 + more) as socket:
            socket.receive_json()
            answer = asked(socket, FRAME)
            assert ("numbers" in answer) == allowed
            assert allowed or "INKDIGIT_MAX_FRAME_PIXELS" in answer["error"]["remedy"]


def test_a_frame_may_have_no_more_pixels_than_any_picture() -> None:
    for more, allowed in ((1, True), (0, True), (-1, False)):
        with limited(max_pixels=900 * 460 + more) as socket:
            assert socket.receive_json()["hello"]["max_frame_pixels"] == 900 * 460 + more
            answer = asked(socket, FRAME)
            assert ("numbers" in answer) == allowed
            assert allowed or "INKDIGIT_MAX_PIXELS" in answer["error"]["remedy"]


def test_frames_that_come_too_fast_are_dropped_and_the_newest_is_read(
    socket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, all_came = threading.Event(), threading.Event()
    put, answer = Newest.put, camera.Live.answer

    def counted(newest: Newest[Any], message: Any) -> None:
        put(newest, message)
        if newest.count == 31:
            all_came.set()

    def slow(live: camera.Live, frame: bytes | None, count: int) -> str:
        begun.set()
        assert all_came.wait(60)
        return answer(live, frame, count)

    monkeypatch.setattr(Newest, "put", counted)
    monkeypatch.setattr(camera.Live, "answer", slow)
    blank = encoded(np.full((460, 900), 245, np.uint8), "JPEG")
    socket.send_bytes(FRAME)
    assert begun.wait(60)
    for _ in range(29):
        socket.send_bytes(FRAME)
    socket.send_bytes(blank)
    first, last = socket.receive_json(), socket.receive_json()
    assert [number["text"] for number in first["numbers"]] == ["4071", "268"]
    assert (last["frame"], last["numbers"]) == (31, [])


def test_a_camera_reads_the_hand_that_was_taught_where_it_is_asked_to(
    reader: inkdigit.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = []

    def taught_reader(app: object, script: str, personal: bool) -> inkdigit.Reader:
        asked_for.extend([app] * personal)
        return reader

    monkeypatch.setattr(camera.state, "reader_in", taught_reader)
    client = TestClient(create_app(reader), base_url=HERE)
    for words, times in (("", 0), ("?personal=false", 0), ("?personal=true", 1)):
        with client.websocket_connect(f"ws://127.0.0.1/api/camera{words}") as socket:
            socket.receive_json()
            assert asked(socket, FRAME)["numbers"][0]["text"] == "4071"
        assert len(asked_for) == times


def test_a_page_of_another_site_gets_no_frame_read(reader: inkdigit.Reader) -> None:
    client = TestClient(create_app(reader), base_url=HERE)
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1/api/camera", headers={"origin": "http://evil.example"}),
    ):
        pass


def test_the_page_may_use_the_camera_and_nobody_else(reader: inkdigit.Reader) -> None:
    answer = TestClient(create_app(reader), base_url=HERE).get("/")
    assert answer.headers["permissions-policy"].split(", ")[0] == "camera=(self)"
    assert "media-src" not in answer.headers["content-security-policy"]  # a stream needs none
