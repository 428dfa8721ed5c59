"""The command `inkdigit store`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import encoded, number, picture
from typer.testing import CliRunner

import inkdigit
from inkdigit.cli.commands import app
from inkdigit.store import intake, store


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept" / "store.sqlite"
    monkeypatch.setenv("INKDIGIT_STORE", str(path))
    return path


def call(*arguments: object, answer: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["store", *map(str, arguments)], input=answer)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def fill(reader: inkdigit.Reader, *texts: str) -> None:
    kept = store.open()
    for text in texts:
        kept.keep(intake.from_strokes(reader, number(text), correct="1", at="2026-01-02T03:04:05Z"))
    kept.close()


def test_an_empty_store_is_shown_and_not_made(place: Path) -> None:
    code, out, _ = call()
    assert code == 0
    assert str(place) in out
    assert "none yet" in out
    assert not place.parent.exists()


def test_the_store_is_shown(place: Path, reader: inkdigit.Reader) -> None:
    fill(reader, "7", "1")
    lines = dict(
        line.split(maxsplit=1) for line in call("show")[1].splitlines() if line.split()[0] in ("drawings", "newest")
    )
    assert lines == {"drawings": "2", "newest": "2026-01-02 03:04"}


def test_wiping_asks_first(place: Path, reader: inkdigit.Reader) -> None:
    fill(reader, "7")
    assert call("wipe", answer="n\n")[0] == 1
    assert store.open().find().total == 1
    assert call("wipe", answer="y\n")[0] == 0
    assert store.open().find().total == 0
    fill(reader, "8")
    code, out, _ = call("wipe", "--yes")
    assert (code, out) == (0, f"Wiped {place}\n")
    assert store.open().find().total == 0


def test_a_store_is_exported_and_imported_again(place: Path, reader: inkdigit.Reader, tmp_path: Path) -> None:
    fill(reader, "7", "1")
    for name, form in {"a.json": "", "a.zip": "", "b.zip": "svg", "c.zip": "idx", "a.csv": "", "a.npz": ""}.items():
        code, out, err = call("export", tmp_path / name, *(["--as", form] if form else []))
        assert (code, err) == (0, "")
        assert out.startswith(f"Wrote {tmp_path / name}, ")
    call("wipe", "--yes")
    code, out, _ = call("import", tmp_path / "a.json", tmp_path / "b.zip")
    assert code == 0
    assert out.splitlines() == [
        f"{tmp_path / 'a.json'}: 2 kept, 0 already there", f"{tmp_path / 'b.zip'}: 0 kept, 2 already there",
    ]  # fmt: skip


def test_an_export_that_fails_leaves_what_was_there(place: Path, reader: inkdigit.Reader, tmp_path: Path) -> None:
    fill(reader, "7", "1")
    (tmp_path / "a.png").write_bytes(b"mine")
    for name, said in {"a.png": "ends with .zip", "a.gif": "one of png", "none/a.json": "can be written"}.items():
        code, _, err = call("export", tmp_path / name)
        assert code == 1
        assert said in err
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "kept"]


def test_files_are_imported_each_for_itself(place: Path, tmp_path: Path) -> None:
    (tmp_path / "six.png").write_bytes(encoded(picture(6)))
    (tmp_path / "bad.svg").write_bytes(b"<svg>")
    images, labels = np.zeros((2, 28, 28), np.uint8), np.array([3, 4], np.uint8)
    for name, array in (("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels)):
        sides = b"".join(side.to_bytes(4, "big") for side in array.shape)
        (tmp_path / name).write_bytes(b"\0\0\x08" + bytes([array.ndim]) + sides + array.tobytes())
    files = [tmp_path / name for name in
             ("six.png", "bad.svg", "none.png", "train-images-idx3-ubyte", "train-labels-idx1-ubyte")]  # fmt: skip
    code, out, err = call("import", *files)
    assert code == 1
    assert [line.split(": ")[1] for line in out.splitlines()] == ["1 kept, 0 already there", "2 kept, 0 already there"]
    assert [line.split(": ")[0] for line in err.splitlines()] == [str(files[1]), str(files[2])]
    assert store.open().labelled()[1].tolist() == [3, 4]


@pytest.mark.parametrize("arguments", [["burn"], ["export"], ["export", "a", "b"], ["import"], ["wipe", "a"]])
def test_wrong_usage_is_two(place: Path, arguments: list[str]) -> None:
    assert call(*arguments)[0] == 2
