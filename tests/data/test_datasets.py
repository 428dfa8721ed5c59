from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import datasets
from inkdigit.errors import DataError
from inkdigit.settings import Settings

NAMES = tuple(datasets.MNIST_SHA256)


def idx(array: np.ndarray) -> bytes:
    shape = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return b"\x00\x00\x08" + bytes([array.ndim]) + shape + array.astype(np.uint8).tobytes()


def small_mnist() -> dict[str, bytes]:
    """Four IDX files like MNIST's, of noise, so that they do not pack small."""
    random = np.random.default_rng(0)
    files = {}
    for name in NAMES:
        count = 60 if name.startswith("train") else 10
        shape = (count, 28, 28) if "images" in name else (count,)
        files[name] = idx(random.integers(0, 256 if "images" in name else 10, shape))
    return files


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves files; breaks off the first answer of a file in `break_once` half way; honours Range when told to."""

    files: dict[str, bytes]
    break_once: set[str]
    ranges: bool
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        name = self.path.strip("/")
        wanted = self.headers.get("Range")
        self.asked.append((name, wanted))
        if name not in self.files:
            self.send_error(404)
            return
        content = self.files[name]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if name in self.break_once:
            self.break_once.discard(name)
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Mirror]]:
    files = small_mnist()
    handler = type(
        "Handler",
        (Mirror,),
        {
            "files": {f"{n}.gz": gzip.compress(c) for n, c in files.items()},
            "break_once": set(),
            "ranges": True,
            "asked": [],
        },
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    dead = "http://127.0.0.1:9/"
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", (dead, f"http://127.0.0.1:{server.server_port}/"))
    monkeypatch.setattr(datasets, "MNIST_SHA256", {n: hashlib.sha256(c).hexdigest() for n, c in files.items()})
    monkeypatch.setattr(datasets, "cache_folder", lambda: tmp_path / "cache")
    yield handler
    server.shutdown()
    server.server_close()


def test_mnist_comes_from_the_second_mirror_when_the_first_is_dead(mirror: type[Mirror]) -> None:
    found = datasets.mnist("test", Settings())
    assert found.images.shape == (10, 28, 28)
    assert found.labels.dtype == np.int64


def test_what_was_fetched_is_kept(mirror: type[Mirror]) -> None:
    datasets.mnist("test", Settings())
    mirror.asked.clear()
    datasets.mnist("test", Settings())
    assert mirror.asked == []


@pytest.mark.parametrize("ranges", [True, False], ids=["server goes on", "server starts anew"])
def test_a_broken_download_goes_on_where_it_stopped(mirror: type[Mirror], ranges: bool) -> None:
    mirror.ranges = ranges
    mirror.break_once.add("train-images-idx3-ubyte.gz")
    with pytest.raises(DataError, match="mirrors"):
        datasets.mnist("train", Settings())
    assert datasets.mnist("train", Settings()).images.shape == (60, 28, 28)
    asked = [wanted for name, wanted in mirror.asked if name == "train-images-idx3-ubyte.gz"]
    assert asked[0] is None
    assert asked[1] is not None
    assert asked[1].startswith("bytes=")


def test_other_content_is_refused_and_not_kept(mirror: type[Mirror], tmp_path: Path) -> None:
    mirror.files["t10k-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.zeros(10)))
    with pytest.raises(DataError, match="other content"):
        datasets.mnist("test", Settings())
    assert not (tmp_path / "cache" / "mnist" / "t10k-labels-idx1-ubyte.gz").exists()


def test_offline_says_what_to_do(mirror: type[Mirror], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(DataError, match="set INKDIGIT_DATA"):
        datasets.mnist("test", Settings())
    with pytest.raises(DataError, match="inkdigit data fetch"):
        datasets.mnist("test", Settings(), download=False)


def test_a_damaged_file_in_the_data_folder_is_named(mirror: type[Mirror], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(mirror.files["t10k-images-idx3-ubyte.gz"][:100])
    with pytest.raises(DataError, match="damaged"):
        datasets.mnist("test", Settings(data=str(tmp_path / "data")))


def test_unpacked_files_are_taken_too(mirror: type[Mirror], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name, content in small_mnist().items():
        (folder / name).write_bytes(content)
    assert len(datasets.mnist("test", Settings(data=str(tmp_path / "data"))).labels) == 10
    assert mirror.asked == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x00\x08",
        b"\x00\x00\x0d\x01\x00\x00\x00\x01x",
        idx(np.zeros((3, 2, 2)))[:-1],
        idx(np.zeros(3)) + b"x",
    ],
    ids=["empty", "no axes", "floats", "short", "long"],
)
def test_bytes_that_are_no_idx_are_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        datasets.read_idx(content)


def test_pictures_check_themselves() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    with pytest.raises(DataError, match="labels"):
        datasets.Pictures(images, np.array([1]))
    with pytest.raises(DataError, match="labels from 0 to 9"):
        datasets.Pictures(images, np.array([1, 10]))
    with pytest.raises(DataError, match='"train" or "test"'):
        datasets.mnist("all")


def pen_folder(tmp_path: Path, *lines: str) -> Settings:
    (tmp_path / "pen").mkdir()
    (tmp_path / "pen" / "digits.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return Settings(data=str(tmp_path))


def test_pen_samples_are_read(tmp_path: Path) -> None:
    line = json.dumps({"label": "7", "writer": "a", "strokes": [[[0, 0], [5, 5]]]})
    samples = datasets.pen("digits", pen_folder(tmp_path, line, line))
    assert [(sample.label, sample.writer, sample.strokes) for sample in samples] == [("7", "a", [[[0, 0], [5, 5]]])] * 2


@pytest.mark.parametrize("line", ["{", "[]", '{"label": "7"}', "7"])
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    good = json.dumps({"label": "7", "writer": "a", "strokes": []})
    with pytest.raises(DataError, match="line 2"):
        datasets.pen("digits", pen_folder(tmp_path, good, line))


def test_missing_pen_files_say_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="INKDIGIT_DATA"):
        datasets.pen("digits", Settings(data=str(tmp_path)))
    with pytest.raises(DataError, match="no data folder"):
        datasets.pen("digits", Settings())
    with pytest.raises(DataError, match="one of digits"):
        datasets.pen("poems")
    assert not datasets.has_pen(Settings())


def test_a_writer_falls_into_one_fold_for_ever() -> None:
    assert [datasets.fold_of(writer) for writer in ("a", "b", "c", "w1a2b3c4d")] == [2, 2, 1, 0]
    assert {datasets.fold_of(str(n)) for n in range(100)} == set(range(datasets.FOLDS))


IMAGES = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def test_own_pictures_are_read_from_every_format(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=np.array([4, 9]))
    np.savez_compressed(tmp_path / "b.npz", x_test=IMAGES, y_test=np.array([[4], [9]], np.uint8))
    rows = [",".join(map(str, [label, *image.ravel()])) for label, image in zip((4, 9), IMAGES, strict=True)]
    (tmp_path / "c.csv").write_text("\n".join(rows))
    (tmp_path / "d.csv").write_text("\n".join(["label," + ",".join(f"p{n}" for n in range(9)), *rows]) + "\n")
    (tmp_path / "my-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "my-labels-idx1-ubyte").write_bytes(idx(np.array([4, 9])))
    (tmp_path / "z-images.gz").write_bytes(gzip.compress(idx(IMAGES)))
    (tmp_path / "z-labels.gz").write_bytes(gzip.compress(idx(np.array([4, 9]))))
    for name in ("a.npz", "b.npz", "c.csv", "d.csv", "my-images-idx3-ubyte", "z-images.gz"):
        found = datasets.own(tmp_path / name)
        assert (found.images == IMAGES).all(), name
        assert found.labels.tolist() == [4, 9], name


def test_own_pictures_that_are_wrong_are_refused(tmp_path: Path) -> None:
    good = {"images": IMAGES, "labels": np.array([4, 9])}
    np.savez(tmp_path / "names.npz", pictures=IMAGES)
    np.savez(tmp_path / "floats.npz", **{**good, "images": IMAGES / 255})
    np.savez(tmp_path / "labels.npz", **{**good, "labels": np.array([4, 12])})
    np.savez(tmp_path / "words.npz", **{**good, "labels": np.array(["4", "9"])})
    np.savez(tmp_path / "few.npz", **{**good, "labels": np.array([4])})
    np.savez(tmp_path / "none.npz", images=IMAGES[:0], labels=np.zeros(0, int))
    np.savez(tmp_path / "pickle.npz", images=np.array([object()]), labels=np.array([4]), allow_pickle=True)
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "columns.csv").write_text("4,1,2,3\n")
    (tmp_path / "range.csv").write_text("4,1,2,3,300\n")
    (tmp_path / "text.csv").write_text("4,a,b,c,d\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "lonely-images").write_bytes(idx(IMAGES))
    (tmp_path / "song.mp3").write_bytes(b"la")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(DataError):
            datasets.own(path)
    with pytest.raises(DataError, match=r"(?i)no such"):
        datasets.own(tmp_path / "missing.npz")
