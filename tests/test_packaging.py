"""What `pip install` brings: a wheel and an sdist, built here, installed into environments of their own, used there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from drawn import encoded, picture
from here import ROOT

USE = """
import json, sys
import inkdigit
from fastapi.testclient import TestClient
from inkdigit.web import offline
from inkdigit.web.app import create_app
reader = inkdigit.Reader(settings=inkdigit.Settings(store=sys.argv[2]))
with TestClient(create_app(reader), base_url="http://127.0.0.1:8377") as client:
    answers = {path: client.get(path).status_code for path in ["/healthz", *offline.files()]}
    kept = client.post("/api/kept", json={"strokes": [{"width": 22, "points": [[5, 0], [5, 100]]}]}).status_code
print(json.dumps([inkdigit.__file__, reader.digit(sys.argv[1]).value, answers, kept]))
"""


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sdist of what git tracks, and the wheel that is built from it."""
    return packed(tracked(), tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("dist"))


def packed(names: list[str], clone: Path, out: Path, *kinds: str) -> list[Path]:
    """What is built of a copy of some files."""
    for name in names:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    command = [sys.executable, "-P", "-m", "build", "--no-isolation", *kinds, "--outdir", str(out), str(clone)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out)
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(out.iterdir())


def installed(package: Path, where: Path) -> Path:
    """Python of a new environment that holds the package alone; what it depends on is borrowed from ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(where)], check=True)
    python = where / "bin" / "python"
    ours = sysconfig.get_path("purelib")
    at = sysconfig.get_path("purelib", vars={"base": str(where), "platbase": str(where)})
    Path(at, "borrowed.pth").write_text(
        ours
    )  # a path alone: the .pth files in it, of our editable install, do not count
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        *quiet,
        "--force-reinstall",
        str(package),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=where)
    assert done.returncode == 0, done.stdout + done.stderr
    return python


def test_one_wheel_and_one_sdist_are_built(built: list[Path]) -> None:
    assert [path.name.rsplit("-")[0] for path in built] == ["inkdigit", "inkdigit"]
    assert [path.suffix for path in built] == [".whl", ".gz"]


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built: list[Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    manual = "inkdigit-0.1.0.data/data/share/man/man1/inkdigit.1"
    assert held == {name for name in tracked() if name.startswith("inkdigit/")} | {manual}


def test_the_package_grows_only_knowingly(built: list[Path]) -> None:
    """Of 450 MB that an installation may take, the libraries take most."""
    with zipfile.ZipFile(built[0]) as wheel:
        assert sum(one.file_size for one in wheel.infolist()) < 11_000_000
        assert sum(one.file_size for one in wheel.infolist() if one.filename.endswith(".onnx")) < 8_500_000


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_what_is_installed_reads_and_serves_and_keeps(built: list[Path], kind: str, tmp_path: Path) -> None:
    python = installed(built[kind == "sdist"], tmp_path / "environment")
    (tmp_path / "six.png").write_bytes(encoded(picture(6)))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(python), *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where, value, answers, kept = json.loads(run("-W", "ignore", "-c", USE, "six.png", str(tmp_path / "store.sqlite")))
    assert Path(where).is_relative_to(tmp_path / "environment")
    assert (value, kept) == (6, 201)
    assert set(answers.values()) == {200}
    assert len(answers) > 40
    assert json.loads(run("-m", "inkdigit", "read", "six.png", "--single", "--json"))["numbers"][0]["text"] == "6"
    assert (tmp_path / "environment" / "share" / "man" / "man1" / "inkdigit.1").is_file()
    assert run(str(python.with_name("inkdigit")), "--version").strip() == "0.1.0"


def below(folder: Path) -> set[str]:
    """Every file and folder in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_what_is_uninstalled_leaves_nothing_but_the_store(built: list[Path], tmp_path: Path) -> None:
    """Used and uninstalled as a person does it; what Python compiled on the way is gone with the rest."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "six.png").write_bytes(encoded(picture(6)))
    python = installed(built[0], tmp_path / "environment")
    ours = ("PYTHON", "XDG_", "INKDIGIT_", "ORT_", "CI")  # with CI, onnxruntime would hold back what it leaves else
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"HOME": str(tmp_path / "home")}
    for words in (
        "--version",
        "read six.png --single",
        "data list",
        "models",
        "completion bash",
        "store import six.png",
    ):
        command = [str(python.with_name("inkdigit")), *words.split()]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    assert any("inkdigit/cli/__pycache__/" in name for name in below(tmp_path / "environment"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    subprocess.run([*pip, "uninstall", "--quiet", "--yes", "inkdigit"], cwd=tmp_path, check=True)
    left = below(tmp_path / "environment") - below(tmp_path / "bare")
    empty = {"share", "share/man"}  # pip takes a file's own folder away with it, and none above
    assert {name for name in left if not name.endswith("/borrowed.pth")} <= empty
    kept = below(tmp_path / "home")
    assert kept == {".local", ".local/share", ".local/share/inkdigit", ".local/share/inkdigit/store.sqlite"}


SCRIPTS = """
import json, sys
import inkdigit
from inkdigit.models import catalogue
settings = inkdigit.Settings(store=sys.argv[1])
try:
    inkdigit.Reader("persian", settings=settings)
except inkdigit.InkdigitError as error:
    said = str(error)
thai = inkdigit.Reader("thai", settings=settings)
found = thai.of_script("auto").ink([[[0, 0], [9, 9]]])
shapes = catalogue.telling_scripts()
print(json.dumps([catalogue.ship(), said, thai.ink([[[0, 0], [9, 9]]]).script, len(found.scripts), shapes]))
"""


def test_a_wheel_without_the_networks_of_non_commercial_data_reads_all_other_scripts(tmp_path: Path) -> None:
    free = [name for name in tracked() if "/weights/non-commercial/" not in name]
    assert len(free) == len(tracked()) - 6  # five scripts, and the network that tells scripts
    (tmp_path / "clone").mkdir()
    (tmp_path / "dist").mkdir()
    [wheel] = packed(free, tmp_path / "clone", tmp_path / "dist", "--wheel")
    python = installed(wheel, tmp_path / "environment")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), "-W", "ignore", "-c", SCRIPTS, str(tmp_path / "store.sqlite")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    here, said, read, likely, shapes = json.loads(done.stdout)
    assert sorted(here) == sorted(
        ["western", "arabic-indic", "gujarati", "gurmukhi", "odia", "kannada", "thai", "burmese", "chinese"]
    )
    assert said.startswith("Expected a script whose network is here: western, arabic-indic")
    assert read == "thai"
    assert likely >= 1, "auto goes by the readings alone"
    assert shapes is None
