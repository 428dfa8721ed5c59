"""What README and the pages say is true: commands, code, tables, pictures, links."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from drawn import DIGITS, encoded, picture
from here import ROOT
from PIL import Image

from benchmarks.tables import filled
from inkdigit.cli.commands import app
from inkdigit.data import datasets
from inkdigit.models.catalogue import shipped

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
RUN = ("inkdigit read", "inkdigit data list")  # run as they stand; the others are checked against their flags


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[str]:
    found = {line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines() if line.strip()}
    return sorted(found)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that the pages name."""
    (tmp_path / "scans").mkdir()
    (tmp_path / "seven.png").write_bytes(encoded(picture(7)))
    (tmp_path / "scans" / "three.png").write_bytes(encoded(picture(3)))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "bestmodel.onnx").write_bytes(shipped("western").read_bytes())
    (tmp_path / "data" / "pen").mkdir(parents=True)
    for name in datasets.PEN_DIGITS:
        mark = {"label": "1", "writer": "a", "strokes": DIGITS[1]}
        (tmp_path / "data" / "pen" / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps(mark).encode()))
    return tmp_path


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith(RUN)])
def test_a_command_of_the_pages_runs(line: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_MODELS", str(desk / "models"))
    monkeypatch.setenv("INKDIGIT_DATA", str(desk / "data"))
    line = line.replace("inkdigit", f"{shlex.quote(sys.executable)} -m inkdigit", 1)
    done = subprocess.run(line, shell=True, cwd=desk, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if "seven.png" in line:
        assert re.search(r"\b7\b", done.stdout), done.stdout
    else:
        assert done.stdout.splitlines()[-1].startswith("Data folder: "), done.stdout


@pytest.mark.parametrize("line", [line for line in commands() if not line.startswith(RUN)])
def test_a_command_of_the_pages_is_known(line: str) -> None:
    words = shlex.split(line)
    if words[:2] == ["python3", "start.py"]:
        assert (ROOT / "start.py").is_file()
        assert words[2:] in ([], ["test"])
        return
    if words[0] == "make":
        assert f"{words[1]}:" in (ROOT / "Makefile").read_text()
        return
    if words[0] == "curl":
        assert words[-1] == "http://127.0.0.1:8377/api/read"
        return
    assert words[0] == "inkdigit"
    group = typer.main.get_command(app)
    command = group.commands[words[1]]  # type: ignore[attr-defined]
    flags = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    for word in words[2:]:
        assert not word.startswith("--") or word in flags, f"{word} is no flag of {words[1]}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_the_pages_runs(page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    for block in blocks(page, "python"):
        names: dict[str, object] = {}
        exec(compile(block, page.name, "exec"), names)  # the pages are ours
        assert names["digit"].value == 7  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_json_of_the_pages_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)


def test_the_page_about_json_shows_the_shape_that_is_answered(desk: Path) -> None:
    import inkdigit

    shown = json.loads(blocks(ROOT / "docs" / "json.md", "json")[0])
    answered = inkdigit.Reader().page(desk / "seven.png").to_json()

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items()}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    assert shape(shown) == shape(answered)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_come_from_the_result_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text) == text, "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_readme_opens_with_a_small_moving_picture() -> None:
    path = ROOT / "docs" / "pictures" / "drawing.webp"
    assert "docs/pictures/drawing.webp" in (ROOT / "README.md").read_text()[:600]
    assert path.stat().st_size < 600_000
    with Image.open(path) as image:
        assert image.n_frames > 20  # type: ignore[attr-defined]


def test_the_verbs_are_listed() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for verb in ("run", "test", "check", "bench", "docs", "clean"):
        assert re.search(rf"^{verb}: ## .+", makefile, re.MULTILINE), verb
    if shutil.which("make"):
        done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert "start the app" in done.stdout


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = "python3 start.py test"
    assert command in blocks(ROOT / "README.md", "sh")[1]
    assert command in (ROOT / ".ci" / "run").read_text()


def test_every_command_explains_itself() -> None:
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.help, name


def test_every_picture_is_shown_on_a_page() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in (ROOT / "docs" / "pictures").iterdir() if f"pictures/{path.name}" not in shown] == []


def test_no_result_says_who_wrote_a_mark() -> None:
    """Who a writer is stays in the data; results count writers and never name one."""
    results = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
    assert results
    assert [path.name for path in results if re.search(r"\bw[0-9a-f]{8}\b", path.read_text(encoding="utf-8"))] == []


def test_make_rebuilds_every_result_file() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for result in (ROOT / "benchmarks" / "results").glob("*.json"):
        found = json.loads(result.read_text(encoding="utf-8"))
        command = found.get("command", "python -m benchmarks.runs") if isinstance(found, dict) else ""
        module = command.removeprefix("python -m ").split(" ")[0]
        made_beside = command == "make docs" or module == "benchmarks.runs"  # by tests; by hand, of what was trained
        assert made_beside or f"-m {module}" in makefile, result.name
