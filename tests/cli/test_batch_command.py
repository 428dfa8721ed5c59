from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import shelves
from typer.testing import CliRunner

from inkdigit.batch.run import Finished, Progress
from inkdigit.cli import batch_command
from inkdigit.cli.commands import app


def call(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["batch", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_neither_the_package_nor_help_loads_what_batch_needs() -> None:
    code = """
import sys
import inkdigit
from inkdigit.cli.commands import app
try:
    app(["--help"])
except SystemExit:
    pass
print([name for name in ("ray", "pyarrow", "pandas", "inkdigit.batch") if name in sys.modules])
"""
    done = python(code)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert "batch" in done.stdout


@pytest.mark.parametrize("name", ["ray", "pyarrow"])
def test_without_its_extra_it_says_how_to_get_it(name: str, tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    done = python(
        f"import sys; sys.modules[{name!r}] = None; from inkdigit.cli.commands import app;"
        f"app(['batch', {str(tmp_path / 'in')!r}, '--out', {str(tmp_path / 'out')!r}])"
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Expected the extra [batch], got no {name}.")
    assert "pip install '.[batch]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["in"], ["in", "--out", "out", "--workers", "0"]])
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    assert call(*arguments)[0] == 2


def test_bad_input_is_one_line_and_starts_nothing(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    (tmp_path / "empty").mkdir()
    shelves.parquet(tmp_path / "t.parquet", 9, name=["a"])
    said = {
        (tmp_path / "none", "out"): "got nothing at",
        (tmp_path / "empty", "out"): "got an empty folder",
        (tmp_path / "t.parquet", "out"): "Expected one column of bytes",
        (tmp_path / "in", "in/out"): "Expected --out outside of what is read",
        ("ftp://x/y", "out"): "Expected a path, s3://BUCKET/PATH or gs://BUCKET/PATH",
    }
    for (source, out), part in said.items():
        code, printed, err = call(source, "--out", tmp_path / out)
        assert (code, printed, err.count("\n")) == (1, "", 1), err
        assert part in err
        assert not (tmp_path / out).exists()


@pytest.mark.parametrize("address", ["ray://127.0.0.1:10001", "127.0.0.1", "127.0.0.1:x", ":6379", "127.0.0.1:99999"])
def test_an_address_of_another_kind_says_what_is_expected(address: str, tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    code, _, err = call(tmp_path / "in", "--out", tmp_path / "out", "--address", address)
    assert code == 1
    assert "a Ray cluster" in err


def test_an_address_where_nobody_answers_is_said_to_be_one(tmp_path: Path) -> None:
    shelves.digits(tmp_path / "in", 1)
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))  # bound, and nobody listens
        address = f"127.0.0.1:{some.getsockname()[1]}"
        code, _, err = call(tmp_path / "in", "--out", tmp_path / "out", "--address", address)
    assert code == 1
    assert (
        err == f"Expected a Ray cluster, got nobody who answers at {address}. Check the address, or start one there.\n"
    )


def test_a_bad_variable_is_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_BATCH_PAGES", "0")
    code, _, err = call(tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert "INKDIGIT_BATCH_PAGES" in err


def test_how_far_it_is_is_one_line() -> None:
    now = Progress(items=12_000, rejects=3, share=0.6, seconds=15.0, read=12_000)
    assert batch_command.line(now) == "12,000 read, 3 rejected, 60%, 800.0 a second, 10 s left"
    slow = Progress(items=1, share=1e-4, seconds=9.0, read=1)
    assert batch_command.line(slow) == "1 read, 0 rejected, 0%, 0.1 a second, 24 h 59 min left"
    assert batch_command.line(Progress()) == "0 read, 0 rejected, 0%, 0.0 a second"
    assert batch_command._span(61) == "1 min 01 s"


def test_the_last_lines_say_what_was_done_and_what_was_not(capsys: pytest.CaptureFixture[str]) -> None:
    batch_command._say(Finished(20, 21, 2, False, 0, ""), "out")
    batch_command._say(Finished(20, 21, 2, True, 3, "1 .txt"), "out")
    said = capsys.readouterr()
    line = "20 items, 21 pages in out/results, 2 in out/rejects\n"
    assert said.out == line + "Nothing left to do: " + line
    assert "3 files came since this job began" in said.err
    assert "Left out, as nothing that is read: 1 .txt" in said.err


def test_a_person_sees_a_line_that_changes_and_a_log_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with batch_command._Shown() as shown:
        shown.progress(Progress(items=1_000, share=0.5, seconds=1.0, read=1_000))
        shown.progress(Progress(items=2, share=1.0, seconds=1.0, read=2))
    err = capsys.readouterr().err
    assert err.startswith("\r1,000 read")
    assert err.endswith("\r2 read, 0 rejected, 100%, 2.0 a second, 0 s left" + 7 * " " + "\n")
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    shown = batch_command._Shown()
    shown.progress(Progress(items=1))
    assert capsys.readouterr().err == ""
    shown._said -= 11
    shown.progress(Progress(items=2))
    assert capsys.readouterr().err == "2 read, 0 rejected, 0%, 0.0 a second\n"


def test_a_job_that_is_done_is_not_begun_again(tmp_path: Path) -> None:
    from inkdigit.batch import job

    shelves.digits(tmp_path / "in", 2)
    mine = shelves.begun(tmp_path / "in", tmp_path / "out", single=True)
    shelves.read(mine)
    job.finish(mine, 2)
    code, out, err = call(tmp_path / "in", "--out", tmp_path / "out", "--single", "--address", "127.0.0.1:1")
    assert (code, err) == (0, "")
    assert out.startswith("Nothing left to do: 2 items, 2 pages")
