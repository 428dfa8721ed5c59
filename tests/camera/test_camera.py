"""Cameras, streams and films in the shell; the films are made here, of numbers that shake a little."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import encoded, written
from here import ROOT
from numpy.typing import NDArray
from readings import HERE, number
from typer.testing import CliRunner

import inkdigit
from inkdigit.camera import camera, recording
from inkdigit.camera.camera import Changes, Source, follow
from inkdigit.camera.tracking import AGREE, Settled
from inkdigit.cli.annotate import annotated
from inkdigit.cli.commands import app
from inkdigit.errors import CameraError

FRAMES = 14


def pictures(*numbers: str) -> list[NDArray[np.uint8]]:
    """RGB frames of 640 x 480 of numbers on paper."""
    sheet = np.full((520, 900), 230, np.uint8)
    drawn = written(*numbers)[:520]
    sheet[: len(drawn)] = np.minimum(sheet[: len(drawn)], drawn)
    made = []
    for step in range(FRAMES):
        turn = cv2.getRotationMatrix2D((450, 260), 0.5 * float(np.sin(step)), 0.68)
        turn[:, 2] += [320 - 450 + 3 * np.cos(step), 240 - 260]
        seen = cv2.warpAffine(sheet, turn, (640, 480), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        made.append(np.repeat(seen[:, :, None], 3, axis=2).astype(np.uint8))
    return made


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AVI at 10 frames a second."""
    path = tmp_path_factory.mktemp("film") / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (640, 480))
    for pixels in pictures("4071", "268"):
        writer.write(pixels)
    writer.release()
    return path


def shell(*words: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the JSON lines and the errors of `inkdigit camera --json`."""
    done = CliRunner().invoke(app, ["camera", "--json", *words])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_film_is_read_by_its_own_clock(film: Path) -> None:
    code, rows, errors = shell("--device", str(film))
    assert (code, errors) == (0, "")
    assert [(row["change"], row["text"], row["id"]) for row in rows] == [("shown", "4071", 1), ("shown", "268", 2)]
    assert [row["time"] for row in rows] == [(AGREE - 1) / 10] * 2
    assert set(rows[0]) == {"time", "change", "id", "text", "written", "native", "script", "confidence", "box"}
    assert (rows[0]["native"], rows[0]["script"]) == ("4071", "western")
    assert rows[0]["confidence"] > 0.5
    left, top, right, bottom = rows[0]["box"]
    assert (left, right - left, bottom - top) == pytest.approx((55, 215, 78), abs=15)


def test_people_get_a_line_a_number(film: Path) -> None:
    done = CliRunner().invoke(app, ["camera", "--device", str(film)])
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == ["4071", "268"]
    assert done.stdout.splitlines()[0].startswith("    0.50 s\t4071\t")


def test_reading_stops_after_so_many_frames(film: Path) -> None:
    for frames, numbers in ((AGREE - 1, 0), (AGREE, 2), (1_000, 2)):
        assert len(shell("--device", str(film), "--frames", str(frames))[1]) == numbers
    assert shell("--device", str(film), "--frames", "0")[0] == 2


def test_annotated_frames_go_to_a_film(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.mp4"
    assert shell("--device", str(film), "--annotate", str(out))[0] == 0
    kept = cv2.VideoCapture(str(out))
    assert (kept.get(cv2.CAP_PROP_FRAME_COUNT), kept.get(cv2.CAP_PROP_FPS)) == (FRAMES, 10)
    read: list[Any] = []
    while (frame := kept.read())[0]:
        read.append(frame[1].astype(int))
    blue = [int(((one[:, :, 0] - one[:, :, 2]) > 60).sum()) for one in read]
    assert max(blue[: AGREE - 1]) == 0
    assert min(blue[AGREE - 1 :]) > 200


def test_annotated_frames_go_to_a_folder(film: Path, tmp_path: Path) -> None:
    assert shell("--device", str(film), "--annotate", str(tmp_path / "out"), "--frames", "7")[0] == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"frame-{count:06}.jpg" for count in range(1, 8)]


def test_stopping_by_hand_keeps_a_film_that_can_be_played(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = iter(range(4))

    def page(self: inkdigit.Reader, image: Any) -> Any:
        if next(frames, None) is None:
            raise KeyboardInterrupt
        return inkdigit.Page((), (640, 480))

    monkeypatch.setattr(inkdigit.Reader, "page", page)
    assert shell("--device", str(film), "--annotate", str(tmp_path / "out.mp4"))[0] == 130
    assert cv2.VideoCapture(str(tmp_path / "out.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 4


def test_large_frames_are_read_smaller_and_boxes_are_in_their_own_pixels(
    reader: inkdigit.Reader, tmp_path: Path
) -> None:
    path = tmp_path / "large.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (1920, 1440))
    for pixels in pictures("4071")[:AGREE]:
        writer.write(cv2.resize(pixels, (1920, 1440), interpolation=cv2.INTER_CUBIC))
    writer.release()
    with Source(str(path)) as source:
        _, settled = list(follow(source, reader))[-1]
    assert settled[0].number.text == "4071"
    assert settled[0].number.box == pytest.approx((165, 320, 810, 555), abs=60)


BAD_SOURCES = {
    "a camera that is not there": ("97", "Expected camera 97"),
    "a file that is not there": ("none.mp4", "no file at"),
    "a folder": (".", "the folder"),
    "a file that is no film": ("notes.mp4", "none that can be played"),
    "an empty file": ("empty.mp4", "none that can be played"),
}


@pytest.mark.parametrize(("name", "said"), BAD_SOURCES.values(), ids=BAD_SOURCES)
def test_a_bad_source_is_named_in_our_own_words(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.mp4").write_text("not a film\n" * 100)
    Path("empty.mp4").touch()
    code, rows, errors = shell("--device", name)
    assert (code, rows) == (1, [])
    assert said in errors
    assert "Traceback" not in errors


def test_an_address_where_nothing_answers_is_named() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can
        code, rows, errors = shell("--device", f"http://127.0.0.1:{silent.getsockname()[1]}/x.mjpg")
    assert (code, rows) == (1, [])
    assert "no answer" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", ["rtsp://127.0.0.1/live", "film.avi"])
def test_opening_and_every_read_of_a_stream_have_an_end(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg waits without end by itself, and the thread that reads would with it."""
    opened: list[Any] = []

    def capture(*given: Any) -> Camera:
        opened.append(given)
        return Camera([])

    monkeypatch.chdir(tmp_path)
    Path("film.avi").touch()
    monkeypatch.setattr(camera.cv2, "VideoCapture", capture)
    Source(name, stalled=2.5)
    ((where, how, limits),) = opened
    assert (where, how) == (name, cv2.CAP_FFMPEG)
    assert dict(zip(limits[::2], limits[1::2], strict=True)) == {
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: 2_500,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: 2_500,
    }


def test_nothing_but_our_own_words_is_printed(tmp_path: Path) -> None:
    """OpenCV and FFmpeg print by themselves, past Python."""
    (tmp_path / "notes.mp4").write_text("not a film\n" * 100)
    for name in ("97", "notes.mp4"):
        named = str(tmp_path / name) if "." in name else name
        command = [sys.executable, "-m", "inkdigit", "camera", "--device", named]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("Expected ")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("out", ["file/out.mp4", "file/out", "file"])
def test_a_place_that_cannot_be_written_is_named(film: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("x")
    code, _, errors = shell("--device", str(film), "--annotate", str(tmp_path / out))
    assert code == 1
    assert errors.startswith(f"Expected room to write {tmp_path / out}")


def test_a_film_that_came_out_too_short_is_told(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that is full: OpenCV itself says nothing."""

    class Deaf:
        isOpened = staticmethod(lambda: True)
        write = staticmethod(lambda pixels: None)
        release = staticmethod(lambda: None)

    monkeypatch.setattr(recording.cv2, "VideoWriter", _Maker(Deaf()))
    code, _, errors = shell("--device", str(film), "--annotate", str(tmp_path / "out.mp4"), "--frames", "3")
    assert code == 1
    assert "0 of 3 frames written" in errors


class _Maker:
    """Stands for cv2.VideoWriter or cv2.VideoCapture, and makes always the same."""

    fourcc = staticmethod(cv2.VideoWriter.fourcc)

    def __init__(self, made: Any) -> None:
        self._made = made

    def __call__(self, *_: Any) -> Any:
        return self._made


class Camera:
    """A camera that gives pictures when it is let, then ends or says nothing more."""

    def __init__(self, frames: list[Any], hangs: bool = False) -> None:
        self._frames, self._hangs = list(frames), hangs
        self.waits, self.goes, self.empty = (threading.Event() for _ in range(3))
        self.taken = 0
        self.released = threading.Event()

    def isOpened(self) -> bool:
        return True

    def get(self, _: int) -> float:
        return 30.0

    def read(self) -> tuple[bool, Any]:
        if self.taken == 1:
            self.goes.wait(60)
        if self._frames:
            self.taken += 1
            return True, self._frames.pop(0)
        self.empty.set()
        if self._hangs:
            self.waits.wait(60)
        return False, None

    def release(self) -> None:
        self.released.set()


@pytest.mark.parametrize("hangs", [False, True], ids=["ended", "hangs"])
def test_a_camera_that_is_unplugged_is_told_and_let_go(monkeypatch: pytest.MonkeyPatch, hangs: bool) -> None:
    made = Camera(pictures("4071")[:2], hangs)
    made.goes.set()
    monkeypatch.setattr(camera.cv2, "VideoCapture", _Maker(made))
    with (
        Source("0", stalled=0.2 if hangs else 30) as source,
        pytest.raises(CameraError, match="pictures from camera 0") as caught,
    ):
        list(source)
    assert ("none for 0.2 seconds" if hangs else "its end") in str(caught.value)
    assert "Plug it in again" in str(caught.value)
    made.waits.set()
    assert made.released.wait(30)


def test_of_a_camera_only_the_newest_picture_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Camera(pictures("4071") * 20, hangs=True)
    monkeypatch.setattr(camera.cv2, "VideoCapture", _Maker(made))
    with Source("0", stalled=5) as source:
        frames = iter(source)
        assert next(frames).place == 1
        made.goes.set()
        assert made.empty.wait(30)
        assert next(frames).place == 20 * FRAMES
    made.waits.set()


class _Stream(BaseHTTPRequestHandler):
    """Motion JPEG, as a network camera sends it: so many pictures, then the line is cut."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for pixels in pictures("4071") * 2:
            data = encoded(pixels, "JPEG")
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def stream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live.mjpg"
    server.shutdown()
    server.server_close()


def test_a_stream_is_read_and_its_end_is_told(stream: str) -> None:
    code, rows, errors = shell("--device", stream)
    assert code == 1
    assert re.search(rf"Expected pictures from {stream}, got its end after 2[78]\.", errors)
    assert {row["text"] for row in rows} <= {"4071"}, "how many are settled depends on how fast they are read"


def test_numbers_that_come_change_and_go_are_told_once(reader: inkdigit.Reader) -> None:
    changes = Changes()
    first = (Settled(1, number("407", HERE), 0.0, True),)
    assert [(row["change"], row["text"]) for row in changes.of(first, 0.1)] == [("shown", "407")]
    assert changes.of(first, 0.2) == []
    other = (Settled(1, number("401", HERE), 0.3, True), Settled(2, number("5", HERE), 0.3, True))
    assert [(row["change"], row["id"], row["text"]) for row in changes.of(other, 0.3)] == [
        ("changed", 1, "401"),
        ("shown", 2, "5"),
    ]
    assert [(row["change"], row["id"]) for row in changes.of(other[1:], 0.4)] == [("gone", 1)]


def test_a_live_film_runs_as_fast_as_what_was_seen(tmp_path: Path) -> None:
    with recording.recording(tmp_path / "live.avi", None, annotated) as kept:
        assert kept is not None
        for time in (0.0, 0.31, 0.32, 1.0):
            kept.add(pictures("4")[0], (), time)
    assert cv2.VideoCapture(str(tmp_path / "live.avi")).get(cv2.CAP_PROP_FRAME_COUNT) == 11
