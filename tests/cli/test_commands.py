from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from drawn import encoded, frames, picture, written
from here import missing
from PIL import Image
from typer.testing import CliRunner

from inkdigit.cli import console
from inkdigit.cli.commands import app
from inkdigit.errors import InkdigitError, PictureError
from inkdigit.evaluation import numbers
from inkdigit.ink import documents
from inkdigit.models import catalogue
from inkdigit.scripts import SCRIPTS


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, as a shell starts it."""
    command = [sys.executable, "-m", "inkdigit", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **environment}, timeout=60)


def call(*arguments: str) -> tuple[int, str, str]:
    """The command in this process: exit code, stdout, stderr."""
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for digit in (3, 1, 4):
        (tmp_path / "in" / "deep").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / ("deep" if digit == 4 else ".") / f"{digit}.png").write_bytes(encoded(picture(digit)))
    (tmp_path / "in" / "notes.txt").write_text("not a picture")
    return tmp_path / "in"


def test_a_picture_is_read(folder: Path) -> None:
    done = run("read", str(folder / "3.png"), "--single")
    assert done.returncode == 0
    name, text, sure, _ = done.stdout.decode().strip().split("\t")
    assert (name, text) == (str(folder / "3.png"), "3")
    assert sure.endswith("%")


@pytest.mark.parametrize(("confidence", "said"), [(1.0, "99.9%"), (0.9997, "99.9%"), (0.998, "99.8%"), (0.5, "50.0%")])
def test_no_reading_is_said_to_be_certain(confidence: float, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    number: Any = SimpleNamespace(written="3", confidence=confidence, words="sure")
    console.Readings("").page("3.png", SimpleNamespace(numbers=[number]))  # type: ignore[arg-type]
    console.change({"time": 1.0, "change": "shown", "text": "3", "confidence": confidence}, as_json=False)
    assert capsys.readouterr().out == f"3.png\t3\t{said}\tsure\n    1.00 s\t3\t{said}\n"


def test_a_folder_is_read_in_order(folder: Path) -> None:
    code, out, _ = call("read", str(folder))
    assert code == 0
    assert [line.split("\t")[1] for line in out.splitlines()] == ["1", "3", "4"]


@pytest.mark.parametrize("single", [[], ["--single"]])
def test_json_is_the_shape_of_a_page(folder: Path, single: list[str]) -> None:
    code, out, _ = call("read", str(folder / "1.png"), "--json", *single)
    line = json.loads(out)
    assert code == 0
    assert line["path"].endswith("1.png")
    assert line["size"] == [280, 280]
    assert line["numbers"][0]["text"] == "1"
    assert len(line["numbers"][0]["digits"][0]["probabilities"]) == 10


def test_standard_input_is_read() -> None:
    done = run("read", "-", "--json", stdin=encoded(picture(8)))
    assert done.returncode == 0
    assert json.loads(done.stdout)["numbers"][0]["text"] == "8"


def test_a_blank_picture_is_said_to_be_blank(tmp_path: Path) -> None:
    (tmp_path / "blank.png").write_bytes(encoded(picture(1) * 0))
    assert "no number found" in call("read", str(tmp_path / "blank.png"))[1]
    assert json.loads(call("read", str(tmp_path / "blank.png"), "--json")[1])["numbers"] == []


def test_what_cannot_be_read_is_named_and_the_rest_is_read(folder: Path) -> None:
    bad = {
        "text.png": b"seven",
        "empty.png": b"",
        "half.jpg": encoded(picture(5), "JPEG")[:900],
        "moving.gif": frames("GIF"),
    }
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    code, out, err = call("read", str(folder), str(folder / "none.png"), "--json")
    assert code == 1
    for name in [*bad, "none.png"]:
        assert name in err
    lines = [json.loads(line) for line in out.splitlines()]
    assert sorted(line["numbers"][0]["text"] for line in lines if "numbers" in line) == ["1", "3", "4"]
    assert sum("error" in line for line in lines) == 5


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    code, _, err = call("read", str(tmp_path))
    assert code == 1
    assert "Expected a folder with pictures, got none in it." in err


@pytest.mark.parametrize("arguments", [["read"], ["read", "--nonsense", "x"], ["nonsense"], ["data", "steal"]])
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    assert call(*arguments)[0] == 2


def test_a_wrong_variable_is_two_and_no_traceback(folder: Path) -> None:
    done = run("read", str(folder / "1.png"), INKDIGIT_MAX_PIXELS="many")
    assert done.returncode == 2
    assert b"INKDIGIT_MAX_PIXELS" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_limit_from_a_variable_holds(folder: Path) -> None:
    done = run("read", str(folder / "1.png"), INKDIGIT_MAX_PIXELS="1000")
    assert done.returncode == 1
    assert b"at most 1,000 pixels" in done.stderr


def test_a_corrupt_model_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"junk")
    code, _, err = call("read", str(folder / "1.png"), "--model", str(tmp_path / "bad.onnx"))
    assert code == 1
    assert err.startswith("Expected an ONNX model")
    code, out, err = call("read", str(folder / "1.png"), "--script", "western")
    assert (code, out.split("\t")[1], err) == (0, "1", "")
    code, out, err = call("read", str(folder / "1.png"), "--script", "runes")
    assert (code, out) == (1, "")
    assert "runes" in err


def test_the_version_is_printed() -> None:
    import inkdigit

    assert call("--version") == (0, f"{inkdigit.__version__}\n", "")


def test_evaluate_counts_a_folder(folder: Path, tmp_path: Path) -> None:
    for digit in range(10):
        (tmp_path / "set" / str(digit)).mkdir(parents=True)
        (tmp_path / "set" / str(digit) / "a.png").write_bytes(encoded(picture(digit)))
    (tmp_path / "set" / "2" / "wrong.png").write_bytes(encoded(picture(7)))
    code, out, _ = call("evaluate", str(tmp_path / "set"), "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["total"], found["misread"], found["wrong"], found["refused"]) == (11, 1, 1, 0)
    assert found["digits"][2] == {"digit": 2, "total": 2, "wrong": 1, "refused": 0}
    code, out, _ = call("evaluate", str(tmp_path / "set"), "--plot", str(tmp_path / "plots"))
    assert code == 0
    assert "1 of 11 misread" in out
    assert len(list((tmp_path / "plots").iterdir())) == 3


def test_evaluate_of_nothing_says_what_there_is(tmp_path: Path) -> None:
    code, _, err = call("evaluate", str(tmp_path))
    assert code == 1
    assert "folders 0 to 9" in err
    assert "mnist-test" in call("evaluate", "poems")[2]


def test_data_says_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_DATA", str(tmp_path))
    monkeypatch.setattr("inkdigit.data.datasets.cache_folder", lambda: tmp_path / "cache")
    code, out, _ = call("data", "list")
    assert code == 0
    assert "inkdigit data fetch" in out
    assert str(tmp_path) in out
    for name in ("mnist-test", "digits-tablet", "symbols", "figures", "scanned-digits"):
        assert f"\n{name:14} not here\n" in f"\n{out}", name
    assert "Expected" not in out  # nothing failed: nothing was asked for
    assert call("data", "check")[0] == 1


def test_train_of_an_unknown_recipe_says_which_there_are(tmp_path: Path) -> None:
    code, _, err = call("train", "--recipe", "sorcery", "--out", str(tmp_path))
    assert code == 1
    assert "fast, default, wide, distilled" in err


def test_a_person_at_a_terminal_sees_a_table(folder: Path) -> None:
    try:
        ours, theirs = os.openpty()
    except (AttributeError, OSError):  # not on Windows, or no /dev/pts
        missing("A terminal device", "Mount /dev/pts.")
    command = [sys.executable, "-m", "inkdigit", "read", str(folder / "3.png"), "--single"]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        shown = b""
        while not shown.count(b"\n") >= 2:
            shown += os.read(ours, 4096)
        assert process.wait(30) == 0
    os.close(ours)
    assert re.search(rb"reads.*sure.*in words", shown), shown
    assert re.search(rb" 3 +\d\d\.\d% +sure ", shown), shown


def test_train_without_its_extra_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['torch'] = None; from inkdigit.cli.commands import app; app(['train'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Expected the extra [train], got no torch.")
    assert "Traceback" not in done.stderr


def test_a_picture_above_the_limit_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(encoded(Image.new("1", (10_000, 10_000))))
    done = run("read", str(tmp_path / "huge.png"))
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"Expected a picture of at most 80,000,000 pixels, got 10,000 x 10,000" in done.stderr


def test_models_are_listed_added_used_and_removed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGIT_MODELS", str(tmp_path / "models"))
    shipped = str(catalogue.shipped())
    assert "western (shipped)" in call("models")[1]
    assert re.search(r"which-script \(shipped\) \*.* validation [\d,]+", call("models")[1])
    code, out, _ = call("models", "add", shipped, "--name", "mine")
    assert code == 0
    assert "read right" in out
    assert "--model mine" in out
    assert "mine" in call("models", "list")[1]
    digest = hashlib.sha256(Path(shipped).read_bytes()).hexdigest()
    assert f"SHA-256 of the file added: {digest}\n" in out
    assert call("models")[1].count(digest[:12]) == 2, "what was added is what ships"
    rows = [json.loads(row) for row in call("models", "--json")[1].splitlines()]
    assert [row["name"] for row in rows if row["shipped"]] == [*SCRIPTS, "which-script"]
    assert not [row for row in rows if row["error"]]
    assert [row["sha256"] for row in rows if row["name"] in ("western", "mine")] == [digest, digest]
    assert [row["name"] for row in rows if row["non_commercial"]] == [
        *(name for name, one in SCRIPTS.items() if one.non_commercial),
        "which-script",
    ]
    assert call("read", str(folder / "3.png"), "--model", "mine")[1].split("\t")[1] == "3"
    assert call("models", "remove", "mine")[0] == 0
    code, _, err = call("read", str(folder / "3.png"), "--model", "mine")
    assert code == 1
    assert "none added so far" in err


@pytest.mark.parametrize("arguments", [["add"], ["remove"], ["list", "x"], ["burn", "x"]], ids=" ".join)
def test_models_says_what_it_takes(arguments: list[str]) -> None:
    code, _, err = call("models", *arguments)
    assert code == 2
    assert "list, add FILE, use NAME or remove NAME" in err


def test_a_pickle_is_not_a_model(tmp_path: Path) -> None:
    (tmp_path / "best.pkl").write_bytes(b"")
    code, _, err = call("models", "add", str(tmp_path / "best.pkl"))
    assert code == 1
    assert "can run code" in err


def test_csv_is_a_line_a_number_with_its_box(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    path.write_bytes(encoded(written("4071", "268")))
    code, out, _ = call("read", str(path), "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0
    assert [(row["path"], row["number"], row["text"]) for row in rows] == [
        (str(path), "1", "4071"),
        (str(path), "2", "268"),
    ]
    assert float(rows[0]["left"]) < float(rows[0]["right"])
    assert 0 < float(rows[0]["confidence"]) <= 1


def test_csv_and_json_together_are_wrong_usage(folder: Path) -> None:
    assert call("read", str(folder), "--csv", "--json")[0] == 2


def test_annotated_pictures_are_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    path.write_bytes(encoded(written("4071")))
    code, _, _ = call("read", str(path), "--annotate", str(tmp_path / "marked"))
    assert code == 0
    with Image.open(tmp_path / "marked" / "sheet.png.png") as image:
        assert image.size == (900, 260)


def test_every_page_of_a_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    pages = [Image.fromarray(written(text)) for text in ("4071", "268")]
    path.write_bytes(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    code, out, _ = call("read", str(path))
    assert code == 0
    assert [line.split("\t")[:2] for line in out.splitlines()] == [
        [f"{path} page 1", "4071"],
        [f"{path} page 2", "268"],
    ]


def test_evaluate_counts_whole_numbers(monkeypatch: pytest.MonkeyPatch, data_settings: object) -> None:
    monkeypatch.setattr(numbers, "COUNTS", dict.fromkeys(numbers.NAMES, 3) | {"pages": 1})  # of many numbers
    code, out, _ = call("evaluate", "numbers", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["set"] for row in rows] == list(numbers.NAMES)
    assert all(row["total"] >= 3 for row in rows)
    assert sum(row["right"] for row in rows) >= 0.7 * sum(row["total"] for row in rows)
    assert "strokes-spaced" in call("evaluate", "strokes-spaced")[1]


def test_a_damaged_page_is_named_and_all_others_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [(" page 1", written("4071")), (" page 2", PictureError("whole pages", "a damaged one", "Print it"))]
    behind = tmp_path / "other.png"
    behind.write_bytes(encoded(written("35")))

    def documents_pages(source: object, settings: object) -> Iterator[documents.Page]:
        if str(source).endswith("none.pdf"):
            raise InkdigitError("the extra [pdf]", "no pypdfium2", "Run pip install")
        yield from [*pages, (" page 3", written("268"))] if str(source).endswith("three.pdf") else [("", behind)]

    monkeypatch.setattr(documents, "pages", documents_pages)
    code, out, err = call("read", "three.pdf", "none.pdf", str(behind))
    assert code == 1
    assert [line.split("\t")[:2] for line in out.splitlines()] == [
        ["three.pdf page 1", "4071"],
        ["three.pdf page 3", "268"],
        [str(behind), "35"],
    ]
    assert [line.partition(": ")[0] for line in err.splitlines()] == ["three.pdf page 2", "none.pdf"]
