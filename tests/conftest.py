"""Shared by all tests: the reader, the data folder, a browser, a store."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import postgres
import pytest
from here import missing
from numpy.typing import NDArray
from storing import plain

import inkdigit
from inkdigit.data import datasets
from inkdigit.recognition.model import Model
from inkdigit.store import store
from inkdigit.store.store import Store

# Workers share the cores: one thread each is faster than all of them on every core.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}

# Whoever runs the tests has kept drawings and chosen a model: they are neither read nor written here.
os.environ["XDG_DATA_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="inkdigit-tests-")


# A busy machine is no fault; and where nobody looks, the same examples are tried each time.
hypothesis.settings.register_profile("ours", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("ours")


@pytest.fixture(scope="session", autouse=True)
def each_file_of_strokes_is_parsed_once() -> Iterator[None]:
    """That takes seconds: of the folder INKDIGIT_DATA, which nobody changes, each worker does it once."""
    parse, folder = datasets.pen, os.environ.get("INKDIGIT_DATA")  # a test may name another one
    parsed: dict[str, list[datasets.PenSample]] = {}

    def once(name: str, settings: inkdigit.Settings | None = None) -> list[datasets.PenSample]:
        if (settings or inkdigit.Settings.from_environment()).data != folder:
            return parse(name, settings)
        if name not in parsed:
            parsed[name] = parse(name, settings)
        return list(parsed[name])

    datasets.pen = once
    yield
    datasets.pen = parse


@pytest.fixture(scope="session")
def reader() -> inkdigit.Reader:
    return inkdigit.Reader(settings=inkdigit.Settings())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many glyphs the networks of digits are asked about, each time that they are."""
    counts: list[int] = []
    scores = Model.scores

    def counted(self: Model, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        counts.append(len(glyphs))
        return scores(self, glyphs)

    monkeypatch.setattr(Model, "scores", counted)
    return counts


@pytest.fixture(scope="session")
def data_settings() -> inkdigit.Settings:
    """Settings with a data folder that holds MNIST and the pen files."""
    settings = inkdigit.Settings.from_environment()
    if not datasets.has_pen(settings):
        missing("The data folder", "Set INKDIGIT_DATA to the folder that holds mnist/ and pen/.")
    return settings


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    missing("Chromium", "Install it, on Debian: apt-get install chromium.")


@pytest.fixture(scope="session")
def headless_chromium(chromium: str) -> str:
    """Path of a Chromium without windows, which opens a page in a seventh of the time; else of any."""
    return shutil.which("chromium-headless-shell") or chromium


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server of our own."""
    where = postgres.programs()
    if where is None:
        missing("PostgreSQL", "Install it, on Debian: apt-get install postgresql.")
    with postgres.serving(where) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> inkdigit.Settings:
    """Settings with an empty store of each kind."""
    if request.param == "sqlite":
        return inkdigit.Settings(store=str(tmp_path / "kept" / "store.sqlite"), store_wait_ms=300)
    server: postgres.Server = request.getfixturevalue("postgresql")
    return inkdigit.Settings(store=server.database(f"t{uuid.uuid4().hex}"), store_wait_ms=300)


@pytest.fixture(scope="session")
def devanagari() -> None:
    """A font with the signs of Hindi: empty boxes prove nothing."""
    if not shutil.which("fc-list") or not subprocess.run(["fc-list", ":lang=hi"], capture_output=True).stdout:
        missing("A font with Devanagari", "Install one, on Debian: apt-get install fonts-lohit-deva.")


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Store]:
    """A store of SQLite with one drawing, closed."""
    found = store.open(inkdigit.Settings(store=str(tmp_path / "store.sqlite"), store_wait_ms=100))
    found.keep(plain())
    found.close()
    yield found
    found.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", default="", help="folder into which the browser tests write README's pictures")


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the page go: the folder of --pictures, or a temporary one."""
    folder = Path(request.config.getoption("--pictures") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def kept_ones(tmp_path: Path) -> Iterator[Store]:
    found = store.open(inkdigit.Settings(store=str(tmp_path / "first.sqlite")))
    yield found
    found.close()
